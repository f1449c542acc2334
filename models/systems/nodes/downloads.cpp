#include "models/systems/nodes/downloads.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/nodes/fair_shares.hpp"
#include "models/systems/nodes/images.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace eks {

namespace {

// Links are numbered: registries first, then each node's way in and way out, by slot.
std::uint32_t link_of_registry(std::uint32_t registry) { return registry; }
std::uint32_t link_into(const Spec& spec, NodeId node) {
    return static_cast<std::uint32_t>(spec.registries.size()) + 2 * node.slot;
}
std::uint32_t link_out_of(const Spec& spec, NodeId node) { return link_into(spec, node) + 1; }

std::uint32_t registry_of(const Spec& spec, const Pull& pull) { return spec.images[pull.image.value].registry; }

std::int64_t slower(std::int64_t rate, std::int32_t slowdown_milli) {
    return std::max<std::int64_t>(rate * 1000 / slowdown_milli, 1);
}

// What all pulls of a registry may have together now; 0: no bound.
std::int64_t bound_of(const Spec& spec, const World& world, std::uint32_t registry) {
    std::int64_t bound = spec.registries[registry].bytes_per_second;
    for (const ActiveFault& active : world.faults) {
        const Fault& fault = spec.timeline[active.action].fault;
        if (active.kind != FaultKind::image_registry_slow || !fault.concerns_registry(registry)) continue;
        if (bound > 0) bound = slower(bound, fault.slowdown_milli);
        if (fault.bytes_per_second > 0)
            bound = bound == 0 ? fault.bytes_per_second : std::min(bound, fault.bytes_per_second);
    }
    return bound;
}

std::int64_t limit_of(const Spec& spec, const World& world, const Pull& pull) {
    if (pull.from.valid()) return spec.latencies.peer_bytes_per_second;
    const std::uint32_t registry = registry_of(spec, pull);
    const std::int64_t stated = spec.registries[registry].pull_bytes_per_second;
    std::int64_t limit = stated > 0 ? stated : spec.latencies.pull_bytes_per_second;
    for (const ActiveFault& active : world.faults) {
        const Fault& fault = spec.timeline[active.action].fault;
        if (active.kind == FaultKind::image_registry_slow && fault.concerns_registry(registry))
            limit = slower(limit, fault.slowdown_milli);
    }
    return limit;
}

// A link that a fetch goes over, and what it carries; 0: any amount, so that fetches on it do not concern each other.
struct Way {
    std::uint32_t link = no_link;
    std::int64_t bound = 0;
};

std::array<Way, 2> ways_of(const Spec& spec, const World& world, const Pull& pull) {
    const auto network = [&](NodeId node) { return spec[world.nodes[node].shape].network_bytes_per_second; };
    const Way in{link_into(spec, pull.node), network(pull.node)};
    if (pull.from.valid()) return {in, {link_out_of(spec, pull.from), network(pull.from)}};
    const std::uint32_t registry = registry_of(spec, pull);
    return {in, {link_of_registry(registry), bound_of(spec, world, registry)}};
}

// The event of this instant that works out the rates anew.
void change_rates_now(World& world, Turn& turn) {
    Downloads& downloads = world.downloads;
    if (downloads.due == turn.now()) return;
    downloads.due = turn.now();
    turn.at(turn.now(), DownloadsChange{++downloads.serial});
}

void mark_ways(const Spec& spec, World& world, const Pull& pull) {
    for (const Way& way : ways_of(spec, world, pull)) {
        if (way.bound > 0) world.downloads.changed_links.push_back(way.link);
    }
}

sim::Time end_of(const Pull& pull) {
    return pull.as_of + sim::Duration::microseconds((pull.left + pull.rate - 1) / pull.rate);
}

void pass_to(Pull& pull, sim::Time now) {
    pull.left -= pull.rate * (now - pull.as_of).us();
    pull.as_of = now;
}

// New rates for those that a change concerns: they go over a link of which some flow has changed, or over one that such
// a fetch goes over too.
void share_out(const Spec& spec, World& world, sim::Time now) {
    std::vector<PullId> others;
    std::vector<PullId> concerned;
    for (auto [id, pull] : world.pulls) {
        if (pull.state == PullState::fetching) others.push_back(id);
    }
    std::vector<std::uint32_t>& changed = world.downloads.changed_links;
    const auto has_changed = [&](std::uint32_t link) { return std::ranges::find(changed, link) != changed.end(); };
    std::ranges::sort(changed);
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    for (std::size_t before = 0; before != others.size();) {
        before = others.size();
        std::erase_if(others, [&](PullId id) {
            const Pull& pull = world.pulls[id];
            const auto ways = ways_of(spec, world, pull);
            const bool is_concerned =
                pull.rate == 0 || std::ranges::any_of(ways, [&](const Way& way) { return has_changed(way.link); });
            if (!is_concerned) return false;
            concerned.push_back(id);
            for (const Way& way : ways) {
                if (way.bound > 0 && !has_changed(way.link)) changed.push_back(way.link);
            }
            return true;
        });
    }
    std::vector<Transfer> flows;
    std::vector<std::int64_t> capacities;
    std::vector<std::uint32_t> links;  // whose capacities these are
    for (const PullId id : concerned) {
        const Pull& pull = world.pulls[id];
        Transfer flow;
        flow.limit = limit_of(spec, world, pull);
        std::size_t next = 0;
        for (const Way& way : ways_of(spec, world, pull)) {
            if (way.bound == 0) continue;
            const auto at = std::ranges::find(links, way.link);
            flow.links[next++] = static_cast<std::uint32_t>(at - links.begin());
            if (at != links.end()) continue;
            links.push_back(way.link);
            capacities.push_back(way.bound);
        }
        flows.push_back(flow);
    }
    const std::vector<std::int64_t> rates = fair_shares(flows, std::move(capacities));
    for (std::size_t i = 0; i < concerned.size(); ++i) {
        Pull& pull = world.pulls[concerned[i]];
        pass_to(pull, now);
        pull.rate = rates[i];
    }
    changed.clear();
}

}  // namespace

bool registry_is_unreachable(const Spec& spec, const World& world, std::uint32_t registry) {
    return std::ranges::any_of(world.faults, [&](const ActiveFault& active) {
        const Fault& fault = spec.timeline[active.action].fault;
        return active.kind == FaultKind::image_registry_slow && fault.is_unreachable &&
               fault.concerns_registry(registry);
    });
}

void fetch_begins(const Spec& spec, World& world, Turn& turn, PullId id) {
    Pull& pull = world.pulls[id];
    pull.as_of = turn.now();
    pull.rate = 0;
    mark_ways(spec, world, pull);
    change_rates_now(world, turn);
}

void fetch_is_over(const Spec& spec, World& world, Turn& turn, PullId id) {
    Pull& pull = world.pulls[id];
    pass_to(pull, turn.now());
    mark_ways(spec, world, pull);
    change_rates_now(world, turn);
}

void registry_changes(const Spec& spec, World& world, Turn& turn, const Fault& fault) {
    std::vector<PullId> cut_off;
    for (auto [id, pull] : world.pulls) {
        const std::uint32_t registry = registry_of(spec, pull);
        if (pull.from.valid() || !fault.concerns_registry(registry)) continue;
        const bool is_open = pull.state == PullState::fetching || (pull.state == PullState::asking && !pull.will_fail);
        if (is_open && registry_is_unreachable(spec, world, registry)) cut_off.push_back(id);
        world.downloads.changed_links.push_back(link_of_registry(registry));
    }
    for (const PullId id : cut_off) {
        Pull& pull = world.pulls[id];
        if (pull.state == PullState::fetching) fetch_is_over(spec, world, turn, id);
        pull.failure = PullFailure::unreachable;
        end_pull(spec, world, turn, id, false);
    }
    if (!world.downloads.changed_links.empty()) change_rates_now(world, turn);
}

void on(const Spec& spec, World& world, Turn& turn, const DownloadsChange& event) {
    Downloads& downloads = world.downloads;
    if (event.serial != downloads.serial) return;
    downloads.due = sim::Time::never();
    std::vector<PullId> ended;
    for (auto [id, pull] : world.pulls) {
        if (pull.state == PullState::fetching && pull.rate > 0 && end_of(pull) <= turn.now()) ended.push_back(id);
    }
    for (const PullId id : ended) {
        mark_ways(spec, world, world.pulls[id]);
        image_fetched(spec, world, turn, id);
    }
    share_out(spec, world, turn.now());
    sim::Time next = sim::Time::never();
    for (auto [id, pull] : world.pulls) {
        if (pull.state == PullState::fetching) next = std::min(next, end_of(pull));
    }
    if (next == sim::Time::never()) return;
    downloads.due = next;
    turn.at(next, DownloadsChange{++downloads.serial});
}

}  // namespace eks
