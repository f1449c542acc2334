// How long kernels lag behind the cluster (DPC-50 to DPC-54). All nodes of a group hear of a change at the same moment
// and take as long to write it, so that they are one: what differs between them by chance is left out.
#include "models/systems/datapath/rule_sync.hpp"
#include "models/systems/datapath/run/run.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <cmath>

namespace eks::datapath {

namespace {

bool is_written_by_kube_proxy(const RuleGroup& group) {
    return !group.is_of_balancers && !group.path.translates_by_ebpf();
}

// Whose rules a change has to reach: eBPF's maps, or kube-proxy's rules.
Mode writer_of(const DataPath& path) { return path.translates_by_ebpf() ? path.mode : path.rules(); }

// DPD-13, DPC-50: what kube-proxy lists of nftables before it changes something.
NftListing listing_of(const Spec& spec) {
    constexpr int lists_all_from = 36;
    return spec.kubernetes.minor >= lists_all_from ? NftListing::whole_table : NftListing::none;
}

double period_of(const Spec& spec, const RuleGroup& group) {
    return is_written_by_kube_proxy(group) ? spec.data_paths.kube_proxy.min_sync_period.in_seconds() : 0;
}

// FR-30. The AWS Load Balancer Controller registers targets and takes them out. While it is away nobody registers any;
// those that are gone the load balancer itself finds out, by two checks 15 s apart that fail (the controller's defaults
// for an ALB).
constexpr double checks_fail_seconds = 30;
bool is_without_controller(const Spec& spec, const World& world, const RuleGroup& group) {
    const WorkloadIx controller = spec.identity.balancer_controller;
    return group.is_of_balancers && controller.valid() && world[controller].ready == 0;
}

double sync_seconds(const Spec& spec, const World& world, const RuleGroup& group, double changed) {
    if (is_without_controller(spec, world, group)) return checks_fail_seconds;
    if (group.is_of_balancers) return spec.data_paths.target_lag.in_seconds();
    return changed_sync_seconds(writer_of(group.path), table_of(spec, world), changed, listing_of(spec),
                                spec.data_paths.coefficients);
}

// Services that the scenario does not list change all the time: syncs then follow each other, and ours takes the next.
sim::Time after_the_others(const Spec& spec, const World& world, const RuleGroup& group, sim::Time at) {
    const double changes = spec.data_paths.others.changes_per_second;
    if (changes <= 0 || world.data_path.other_services <= 0 || group.is_of_balancers) return at;
    const double period = std::max(period_of(spec, group), 1 / changes);
    const double cycle = std::max(period, sync_seconds(spec, world, group, std::max(1.0, changes * period)));
    const std::int64_t cycle_us = std::max<std::int64_t>(of_seconds(cycle).us(), 1);
    const std::int64_t since = (at - sim::Time::origin()).us();
    return sim::Time::origin() + sim::Duration::microseconds((since + cycle_us - 1) / cycle_us * cycle_us);
}

void start(const Spec& spec, World& world, RuleGroup& group, sim::Time now) {
    group.in_hand.swap(group.changed);
    group.changed.clear();
    group.writes.clear();
    const bool is_held = is_without_controller(spec, world, group);
    for (const std::uint32_t service : group.in_hand) {
        KernelVersion& write = group.writes.emplace_back(world.data_path.written[service]);
        if (!is_held) continue;
        write.added = group.kernel[service].added;
        write.removed = std::min(write.removed, write.added);
    }
    group.in_hand_since = group.changed_at;
    group.changed_at = sim::Time::never();
    group.starts_at = sim::Time::never();
    const double changes = world.data_path.other_services > 0 ? spec.data_paths.others.changes_per_second : 0;
    const double since = (now - group.started).in_seconds();
    const double others = changes * std::min(since, std::max(period_of(spec, group), changes > 0 ? 1 / changes : 0));
    double takes = sync_seconds(spec, world, group, static_cast<double>(group.in_hand.size()) + others);
    // DPD-6: now and then kube-proxy writes everything.
    const bool is_full =
        is_written_by_kube_proxy(group) && now - group.full_at >= spec.data_paths.kube_proxy.full_sync_period;
    if (is_full) {
        takes = full_sync_seconds(writer_of(group.path), table_of(spec, world), false, listing_of(spec),
                                  spec.data_paths.coefficients);
        group.full_at = now;
    }
    group.started = now;
    group.ends_at = now + of_seconds(takes);
}

void finish(const Spec& spec, World& world, Turn& turn, std::uint32_t g) {
    RuleGroup& group = world.data_path.groups[g];
    for (std::size_t i = 0; i < group.in_hand.size(); ++i) {
        const std::uint32_t service = group.in_hand[i];
        group.kernel[service] = group.writes[i];
        judge_anew(spec, world, service);
        forget_ends(world.data_path, service);
        if (group.is_of_balancers) leave_targets(spec, world.data_path, service, turn.now());
    }
    ++group.version;
    if (has_nodes(world.data_path, g))
        turn.note(RulesWrittenFact{g, static_cast<std::int32_t>(group.in_hand.size()), turn.now() - group.in_hand_since,
                                   turn.now() - group.started});
    // What nobody has registered waits for its controller.
    if (group.is_of_balancers) {
        for (const std::uint32_t service : group.in_hand) {
            const auto place = std::ranges::lower_bound(group.changed, service);
            const bool is_listed = place != group.changed.end() && *place == service;
            if (group.kernel[service].added < world.data_path.written[service].added && !is_listed)
                group.changed.insert(place, service);
        }
        if (!group.changed.empty()) group.changed_at = std::min(group.changed_at, turn.now());
    }
    group.in_hand.clear();
    group.writes.clear();
    group.ends_at = sim::Time::never();
    if (group.changed.empty()) return;
    if (is_without_controller(spec, world, group) && group.starts_at == sim::Time::never()) return;
    group.starts_at = std::max(group.starts_at, turn.now());
}

sim::Time next_step(const RuleGroup& group) {
    if (group.is_frozen) return sim::Time::never();
    return group.ends_at == sim::Time::never() ? group.starts_at : group.ends_at;
}

}  // namespace

sim::Duration first_sync(const Spec& spec, const World& world, const DataPath& path) {
    return of_seconds(full_sync_seconds(writer_of(path), table_of(spec, world), true, listing_of(spec),
                                        spec.data_paths.coefficients));
}

}  // namespace eks::datapath

namespace eks {

void data_path_steps_at(World& world, Turn& turn, sim::Time at) {
    DataPathState& state = world.data_path;
    if (at >= state.steps_at) return;
    state.steps_at = at;
    turn.at(std::max(at, turn.now()), DataPathStep{++state.steps});
}

void service_written(const Spec& spec, World& world, Turn& turn, std::uint32_t service, sim::Time since,
                     sim::Time seen) {
    DataPathState& state = world.data_path;
    if (!state.is_open) return;
    const EndpointCounts& counts = state.services[service];
    const datapath::RuleTable before = datapath::table_of(spec, world);
    state.written[service] = {counts.added, counts.removed};
    datapath::rules_differ(spec, world, before);
    for (std::uint32_t g = 0; g < state.groups.size(); ++g) {
        RuleGroup& group = state.groups[g];
        if (group.is_frozen) continue;
        if (!group.is_of_balancers && !datapath::has_nodes(state, g)) {
            // Nobody writes anything; whoever joins finds it as it is.
            group.kernel[service] = state.written[service];
            ++group.version;
            continue;
        }
        const auto place = std::ranges::lower_bound(group.changed, service);
        if (place == group.changed.end() || *place != service) group.changed.insert(place, service);
        group.changed_at = std::min(group.changed_at, since);
        if (group.starts_at != sim::Time::never()) continue;
        const double busy_until =
            group.ends_at == sim::Time::never() ? 0 : (group.ends_at - sim::Time::origin()).in_seconds();
        const double at = datapath::sync_start((seen - sim::Time::origin()).in_seconds(),
                                               (group.started - sim::Time::origin()).in_seconds(), busy_until,
                                               datapath::period_of(spec, group));
        group.starts_at =
            datapath::after_the_others(spec, world, group, sim::Time::origin() + datapath::of_seconds(at));
        data_path_steps_at(world, turn, group.starts_at);
    }
}

void on(const Spec& spec, World& world, Turn& turn, const DataPathStep& event) {
    DataPathState& state = world.data_path;
    if (event.serial != state.steps) return;
    const sim::Time now = turn.now();
    state.steps_at = sim::Time::never();
    sim::Time next = datapath::other_services_change_after(spec, now);
    const double others = datapath::other_services_at(spec, now);
    if (others != state.other_services) {
        state.other_services = others;
        for (RuleGroup& group : state.groups) group.work.clear();
        for (NodeDataPath& row : state.nodes) row.is_due = true;
        for (ClassDataPath& one : state.classes) one.is_judged = false;
    }
    for (std::uint32_t g = 0; g < state.groups.size(); ++g) {
        RuleGroup& group = state.groups[g];
        if (group.ends_at <= now) datapath::finish(spec, world, turn, g);
        const bool waits = group.ends_at == sim::Time::never() && group.starts_at == sim::Time::never();
        if (waits && !group.changed.empty() && !datapath::is_without_controller(spec, world, group))
            group.starts_at = now;
        if (group.ends_at == sim::Time::never() && group.starts_at <= now) datapath::start(spec, world, group, now);
        next = std::min(next, datapath::next_step(group));
    }
    for (std::uint32_t service = 0; service < state.services.size(); ++service) {
        const auto& ends = state.services[service].ends;
        const bool may_be_reused = !ends.empty() && ends.front().at + datapath::rest_of_addresses(spec) <= now;
        if (may_be_reused) datapath::judge_anew(spec, world, service);
    }
    datapath::drain_targets(spec, world, now);
    next = std::min({next, datapath::next_rested(spec, state, now), datapath::next_drained(spec, state)});
    for (NodeDataPath& row : state.nodes) {
        if (row.services != ServicePath::coming) continue;
        if (row.works_at <= now) {
            row.services = ServicePath::rules;
            row.works_at = sim::Time::never();
            row.is_due = true;
            for (const ClassShare& share : row.shares) state.classes[share.of_class].is_judged = false;
        }
        next = std::min(next, row.works_at);
    }
    data_path_steps_at(world, turn, next);
    dns_changes(spec, world, turn);
    requests_change(world, turn);
}

}  // namespace eks
