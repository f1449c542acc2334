#include "models/systems/network/cilium_agent.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/cilium_operator.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks::cilium {

namespace {

const AddressPool& own_pool(const World& world, NodeId node) { return world.pools[cilium_pool(world.nodes[node])]; }

// Addresses that pods use and the object offers no more, because EC2 has taken them away.
std::int32_t lost(const World& world, NodeId node) {
    std::int32_t count = 0;
    if (!has_two_cnis(world.nodes[node])) return count;
    for (PodId p = world.nodes[node].first_pod; p.valid(); p = world.pods[p].next_on_node)
        count += world.pods[p].given_by == AddressGiver::cilium && !world.pods[p].eni.valid() ? 1 : 0;
    return count;
}

std::int32_t in_use(const World& world, NodeId node) {
    return own_pool(world, node).assigned + lost(world, node) + world.nodes[node].cilium.own;
}

bool holds_enough(const Spec& spec, const World& world, NodeId node) {
    const std::int64_t needed =
        cilium_needed_to_start(watermarks(spec, world, node), cilium_own_addresses(spec.cilium));
    return own_pool(world, node).total >= needed;
}

// An agent that starts again finds the addresses that it had.
void take_own(const Spec& spec, World& world, Turn& turn, NodeId node) {
    CiliumNode& c = world.nodes[node].cilium;
    if (c.own > 0) return;
    c.own = cilium_own_addresses(spec.cilium);
    for (std::int32_t n = 0; n < c.own; ++n) turn.note(AddressAssignedFact{node});
}

// When the links of all ENIs that the agent knows of are there.
sim::Time links_up_at(const Spec& spec, const World& world, NodeId node) {
    sim::Time latest = sim::Time::origin();
    for_each_eni(world, pool_of(world, world.nodes[node]), [&](EniId, const Eni& eni) {
        if (!eni.is_primary) latest = std::max(latest, eni.visible_at + spec.cilium.eni_link);
    });
    return latest;
}

// IPAM-335: 15 looks, the pauses between them doubling from 0.1 s to 30 s. The one at which the links are up, or the
// last one of all.
struct LinkLook {
    sim::Time at;
    bool is_last = false;
};
LinkLook look_for_links(sim::Time now, sim::Time up) {
    constexpr int tries = 15;
    constexpr sim::Duration longest = sim::Duration::microseconds(30'000'000);
    sim::Duration pause = sim::Duration::microseconds(100'000);
    sim::Time look = now;
    for (int n = 1; n < tries && look < up; ++n) {
        look = look + pause;
        pause = std::min(pause * 2, longest);
    }
    return {look, look < up};
}

// IPAM-329: the agent gives up addresses that no pod uses and answers do-not-release for the others.
void answer_release(World& world, Turn& turn, NodeId id) {
    CiliumNode& c = world.nodes[id].cilium;
    if (c.marked_at == sim::Time::never() || c.marked == 0) return;
    const Eni* eni = world.enis.find(c.releasing);
    if (eni == nullptr || !eni->in_store) return;
    const std::uint32_t first = eni->first_cidr;
    const std::uint32_t end = first + static_cast<std::uint32_t>(eni->slots);
    std::int32_t spare = own_pool(world, id).available() - c.own;
    std::int32_t given_up = 0;
    for (std::uint32_t at = first; at != end && given_up < std::min(c.marked, spare); ++at) {
        const EniCidr& cidr = world.cidrs[at];
        if (!cidr.in_store || cidr.assigned > 0 || given_up + cidr.size() > std::min(c.marked, spare)) continue;
        given_up += cidr.size();
        unstore_cidr(world, c.releasing, at);
    }
    c.marked = 0;
    c.acknowledged += given_up;
    if (given_up > 0) turn.note(AddressesDroppedFact{id, given_up, 0, 0});
}

// What was released while no agent ran.
void free_what_was_abandoned(World& world, Turn& turn, NodeId node) {
    const AddressPool& pool = own_pool(world, node);
    const std::int32_t before = pool.assigned;
    for (EniId eni = pool.first_eni; eni.valid(); eni = world.enis[eni].next_in_pool) restore_records(world, eni);
    for (std::int32_t n = pool.assigned; n < before; ++n) turn.note(AddressReleasedFact{node, turn.now()});
}

}  // namespace

void start_agent(const Spec& spec, World& world, Turn& turn, NodeId node) {
    CiliumNode& c = world.nodes[node].cilium;
    free_what_was_abandoned(world, turn, node);
    c.has_started = true;
    c.misses_link = false;
    c.started = turn.now();
    pool_published(spec, world, turn, node);
    object_changed(spec, world, turn, node);
}

void stop_agent(const Spec& spec, World& world, Turn& turn, NodeId node) {
    CiliumNode& c = world.nodes[node].cilium;
    c.has_started = false;
    c.looks_at = c.reports_at = sim::Time::never();
    agent_is_ready(spec, world, turn, node, false);
}

void settle_agent(const Spec& spec, World& world, Turn& turn, NodeId node) {
    CniPod& pod = daemon_of(world.nodes[node], Cni::cilium);
    CiliumNode& c = world.nodes[node].cilium;
    if (!pod.serves) {
        pod.is_placed = pod.serves = c.has_started = true;
        c.started = turn.now();
        agent_is_ready(spec, world, turn, node, true);
        take_own(spec, world, turn, node);
    }
    c.reported = in_use(world, node);
    c.last_report = turn.now();
}

void pool_published(const Spec& spec, World& world, Turn& turn, NodeId node) {
    CiliumNode& c = world.nodes[node].cilium;
    if (daemon_of(world.nodes[node], Cni::cilium).serves) {
        watch_for_address(spec, world, turn, node);
        return;
    }
    // IPAM-335: it looks when it starts and then at each interval.
    if (!c.has_started || c.looks_at != sim::Time::never() || !holds_enough(spec, world, node)) return;
    c.looks_at = sim::next_tick(turn.now(), c.started.since_origin() % spec.cilium.start_look_interval,
                                spec.cilium.start_look_interval);
    turn.at(c.looks_at, CiliumAgentLook{node});
}

void use_changed(const Spec& spec, World& world, Turn& turn, NodeId node) {
    CiliumNode& c = world.nodes[node].cilium;
    if (!daemon_of(world.nodes[node], Cni::cilium).serves || c.reports_at != sim::Time::never()) return;
    if (c.reported == in_use(world, node) && c.marked == 0) return;
    c.reports_at = turn.now();
    if (c.last_report != sim::Time::never())
        c.reports_at = std::max(c.reports_at, c.last_report + spec.cilium.node_update_interval);
    turn.at(c.reports_at, CiliumReport{node});
}

bool give_address(const Spec& spec, World& world, sim::RunKey key, PodId pod, sim::Time now) {
    const Node& node = world.nodes[world.pods[pod].node];
    if (world.pools[cilium_pool(node)].available() <= node.cilium.own) return false;
    return give_from_pool(spec, world, key, pod, cilium_pool(node), now);
}

// IPAM-303: whoever comes next may have it at once.
void take_back_address(const Spec& spec, World& world, Turn& turn, PodId pod) {
    const NodeId node = world.pods[pod].node;
    if (!daemon_of(world.nodes[node], Cni::cilium).serves) return abandon_address(world, pod);
    undo_assign(world, pod);
    turn.note(AddressReleasedFact{node, turn.now()});
    watch_for_address(spec, world, turn, node);
    use_changed(spec, world, turn, node);
}

sim::Duration endpoint_delay(const Spec& spec, Turn& turn, const Pod& pod) {
    const auto part = [&](const sim::Distribution& law, std::uint32_t n) {
        return law.sample(sim::draw_unit(
            turn.key(), {stream::endpoint, spec[pod.workload].stable_key, pod.ordinal, 2 * pod.sandbox_attempts + n}));
    };
    // Pods of one workload have the same labels: the first of them needs an identity that is new.
    const sim::Duration identity = pod.ordinal == 0 ? part(spec.cilium.new_identity, 0) : sim::Duration::zero();
    return identity + part(spec.cilium.regeneration, 1);
}

}  // namespace eks::cilium

namespace eks {

void on(const Spec& spec, World& world, Turn& turn, const CiliumReport& event) {
    if (!world.nodes.contains(event.node)) return;
    CiliumNode& c = world.nodes[event.node].cilium;
    if (c.reports_at != turn.now()) return;
    c.reports_at = sim::Time::never();
    c.last_report = turn.now();
    cilium::answer_release(world, turn, event.node);
    c.reported = cilium::in_use(world, event.node);
    cilium::object_changed(spec, world, turn, event.node);
}

void on(const Spec& spec, World& world, Turn& turn, const CiliumAgentLook& event) {
    if (!world.nodes.contains(event.node)) return;
    CiliumNode& c = world.nodes[event.node].cilium;
    if (c.looks_at != turn.now()) return;
    c.looks_at = sim::Time::never();
    if (daemon_of(world.nodes[event.node], Cni::cilium).serves || !cilium::holds_enough(spec, world, event.node))
        return;
    if (const sim::Time up = cilium::links_up_at(spec, world, event.node); up > turn.now()) {
        // IPAM-566: without its link the agent ends, and the kubelet starts it again.
        if (c.misses_link) {
            stop_daemon(spec, world, turn, event.node, Cni::cilium);
            return cni_crashed(spec, world, turn, event.node, Cni::cilium);
        }
        const cilium::LinkLook next = cilium::look_for_links(turn.now(), up);
        c.misses_link = next.is_last;
        c.looks_at = next.at;
        turn.at(c.looks_at, CiliumAgentLook{event.node});
        return;
    }
    cilium::take_own(spec, world, turn, event.node);
    cilium::agent_is_ready(spec, world, turn, event.node, true);
    c.has_written_configuration = has_two_cnis(world.nodes[event.node]);
    cni_initialised(spec, world, turn, event.node, Cni::cilium);
}

}  // namespace eks
