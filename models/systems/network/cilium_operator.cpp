#include "models/systems/network/cilium_operator.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/network/address_pool.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/cilium_agent.hpp"
#include "models/systems/network/cilium_work.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/network/two_cnis.hpp"
#include "models/systems/signals.hpp"
#include "models/world/pod_sums.hpp"

#include <algorithm>
#include <array>

namespace eks::cilium {

namespace {

// What a resync reads, one after the other (IPAM-320).
constexpr std::array<Ec2Action, 5> resync_calls{Ec2Action::describe_vpcs, Ec2Action::describe_subnets,
                                                Ec2Action::describe_route_tables, Ec2Action::describe_security_groups,
                                                Ec2Action::describe_network_interfaces};

// EC2 shows an instance to the operator once a resync has begun after its launch.
bool knows(const World& world, NodeId node) {
    const sim::Time seen = world.cilium.seen_as_of;
    return seen != sim::Time::never() && seen >= world.nodes[node].launched;
}

// Larger first; excess below zero (IPAM-321).
std::int64_t deficit(const Spec& spec, const World& world, NodeId node) {
    const Demand demand = demand_of(spec, world, node);
    return demand.needed > 0 ? demand.needed : -demand.excess;
}

bool has_work(const Spec& spec, const World& world, NodeId node) {
    return world.nodes[node].cilium.has_started && knows(world, node) && deficit(spec, world, node) != 0;
}

// Workers take nodes from the queue as long as there are workers.
void employ(const Spec& spec, World& world, Turn& turn) {
    CiliumOperator& op = world.cilium;
    while (op.busy < spec.cilium.parallel_workers && !op.queue.empty()) {
        const NodeId node = op.queue.front();
        op.queue.erase(op.queue.begin());
        if (!world.nodes.contains(node)) continue;
        ++op.busy;
        NodeWork(spec, world, turn, node).begin();
    }
}

void queue_node(World& world, NodeId node) {
    world.nodes[node].cilium.step = CiliumStep::queued;
    world.cilium.queue.push_back(node);
}

void call_for_resync(const Spec& spec, World& world, Turn& turn) {
    CiliumOperator& op = world.cilium;
    begin_call(spec, world, turn, op.call, resync_calls[op.resync_call], operator_key, CiliumResyncGoesOn{op.leaders});
}

void begin_resync(const Spec& spec, World& world, Turn& turn) {
    CiliumOperator& op = world.cilium;
    if (op.resyncs) {
        op.resync_again = true;
        return;
    }
    op.resyncs = true;
    op.resync_again = false;
    op.resync_call = 0;
    op.resync_began = turn.now();
    call_for_resync(spec, world, turn);
}

// An ENI with addresses of its own and no prefix.
bool has_single_addresses_only(const World& world, const Eni& eni) {
    bool has_single = false;
    const std::uint32_t end = eni.first_cidr + static_cast<std::uint32_t>(eni.slots);
    for (std::uint32_t at = eni.first_cidr; at != end; ++at) {
        if (!world.cidrs[at].on_eni) continue;
        if (world.cidrs[at].is_prefix) return false;
        has_single = true;
    }
    return has_single;
}

// What the operator knew of its release on an ENI that is gone.
void forget_release(CiliumNode& c) {
    c.releasing = EniId::none();
    c.excess_since = c.marked_at = sim::Time::never();
    c.marked = c.acknowledged = 0;
}

// What the other CNI of the node has changed at EC2: ENIs that it has made come into the object, and what it has taken
// away goes from there, pods or not.
void learn_of_the_other_cni(const Spec& spec, World& world, Turn& turn, NodeId id) {
    CiliumNode& c = world.nodes[id].cilium;
    AddressesDroppedFact fact{id, 0, 0, 0};
    const auto drop = [&](EniId eni, std::uint32_t at) {
        count_states(world, world.cidrs[at], spec.cni.cooldown, turn.now(), fact);
        unstore_cidr(world, eni, at);
    };
    for (EniId eni_id = world.pools[c.pool].first_eni; eni_id.valid();) {
        const Eni& eni = world.enis[eni_id];
        const EniId next = eni.next_in_pool;
        const bool is_there = eni.state == EniState::attached;
        const std::uint32_t end = eni.first_cidr + static_cast<std::uint32_t>(eni.slots);
        for (std::uint32_t at = eni.first_cidr; at != end; ++at) {
            if (world.cidrs[at].in_store && (!is_there || !world.cidrs[at].on_eni)) drop(eni_id, at);
        }
        if (!is_there) {
            if (eni_id == c.releasing) forget_release(c);
            leave_store(world, eni_id);
        }
        eni_id = next;
    }
    if (fact.free + fact.cooling + fact.assigned > 0) turn.note(fact);
    std::vector<EniId> strangers;
    for (const auto& [eni_id, eni] : world.enis) {
        if (eni.pool == c.pool && !eni.in_store && eni.state == EniState::attached) strangers.push_back(eni_id);
    }
    for (const EniId stranger : strangers) enter_store(world, stranger, turn.now());
}

// What EC2 has on the node's ENIs is offered to its agent.
void publish(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const CiliumNode& c = world.nodes[id].cilium;
    if (has_two_cnis(world.nodes[id])) learn_of_the_other_cni(spec, world, turn, id);
    std::int32_t added = 0;
    for (EniId eni_id = world.pools[cilium_pool(world.nodes[id])].first_eni; eni_id.valid();
         eni_id = world.enis[eni_id].next_in_pool) {
        const Eni& eni = world.enis[eni_id];
        if (eni.device < spec.cilium.first_interface_index || (eni_id == c.releasing && c.acknowledged > 0)) continue;
        const std::uint32_t end = eni.first_cidr + static_cast<std::uint32_t>(eni.slots);
        for (std::uint32_t at = eni.first_cidr; at != end; ++at) {
            if (!world.cidrs[at].on_eni || world.cidrs[at].in_store) continue;
            store_cidr(world, eni_id, at);
            added += world.cidrs[at].size();
        }
    }
    review_addresses(spec, world, turn, id);
    if (added == 0) return;
    turn.note(AddressesAddedFact{id, added});
    pool_published(spec, world, turn, id);
}

void finish_resync(const Spec& spec, World& world, Turn& turn) {
    CiliumOperator& op = world.cilium;
    op.resyncs = false;
    op.seen_as_of = op.resync_began;
    std::vector<NodeId> due;
    due.swap(op.due);
    std::vector<std::pair<std::int64_t, NodeId>> to_do;
    for (const NodeId node : due) {
        if (!world.nodes.contains(node)) continue;
        world.nodes[node].cilium.is_due = false;
        publish(spec, world, turn, node);
        CiliumNode& c = world.nodes[node].cilium;
        if (c.awaits_resync && op.resync_began >= c.acted_at) c.awaits_resync = false;
        const bool has_any = has_work(spec, world, node);
        if (has_any && !c.awaits_resync && c.step == CiliumStep::resting)
            to_do.emplace_back(deficit(spec, world, node), node);
        if (!has_any && !c.awaits_resync) {
            cancel_release(world, turn, node);
            c.excess_since = sim::Time::never();
        }
        if (has_any || c.awaits_resync || c.step != CiliumStep::resting || (c.has_started && !knows(world, node)))
            mark_due(world, node);
    }
    std::ranges::sort(to_do, [](const auto& a, const auto& b) {
        if ((a.first < 0) && (b.first < 0))
            return std::pair(a.first, a.second.slot) < std::pair(b.first, b.second.slot);
        if (a.first != b.first) return a.first > b.first;
        return a.second.slot < b.second.slot;
    });
    for (const auto& [lacking, node] : to_do) queue_node(world, node);
    employ(spec, world, turn);
    if (op.resync_again) begin_resync(spec, world, turn);
}

}  // namespace

bool is_up(const Spec& spec, const World& world) {
    const WorkloadIx ix = spec.cilium.operator_workload;
    return world.cilium.has_leader && (!ix.valid() || world[ix].ready > 0);
}

namespace {

// IPAM-300: a lease of 15 s, renewed every 2 s. Who wants it looks every 2 s and up to 2.4 s late (client-go,
// leaderelection.JitterFactor 1.2), and counts the 15 s from its own last look.
constexpr sim::Duration lease = sim::Duration::microseconds(15'000'000);
constexpr double renewal_us = 2e6;
constexpr double longest_look_us = renewal_us * 2.2;

sim::Duration part_of(double whole_us, double share) {
    return sim::Duration::microseconds(static_cast<std::int64_t>(share * whole_us));
}

// What the leader had begun is nobody's. ENIs on their way stay where they are.
void abandon_work(const Spec& spec, World& world, Turn& turn, NodeId id) {
    CiliumNode& c = world.nodes[id].cilium;
    const bool leaves_eni = c.step == CiliumStep::attaching || c.step == CiliumStep::deleting_unattached;
    if (leaves_eni) leak_eni(spec, world, turn, c.eni);
    c.step = CiliumStep::resting;
    c.awaits_resync = false;
    c.eni = EniId::none();
    c.excess_since = sim::Time::never();
    choose_cidrs(spec, world, id);
    cancel_release(world, turn, id);
}

void elect(World& world, Turn& turn, sim::Time from) {
    const double late = sim::draw_unit(turn.key(), {stream::operator_lease, operator_key, world.cilium.leaders, 1});
    turn.at(std::max(turn.now(), from) + part_of(longest_look_us, late), CiliumLeaderElected{world.cilium.leaders});
}

}  // namespace

void leader_lost(const Spec& spec, World& world, Turn& turn) {
    CiliumOperator& op = world.cilium;
    if (!op.has_leader) return;
    const WorkloadIx ix = spec.cilium.operator_workload;
    const bool has_other = !ix.valid() || world[ix].ready > 1;
    op.has_leader = false;
    ++op.leaders;
    const double ago = sim::draw_unit(turn.key(), {stream::operator_lease, operator_key, op.leaders, 0});
    op.lease_until = turn.now() - part_of(renewal_us, ago) + lease;
    for (const NodeId node : world.node_order) abandon_work(spec, world, turn, node);
    op.resyncs = op.resync_again = false;
    op.seen_as_of = sim::Time::never();  // whoever follows knows nothing yet
    op.busy = 0;
    op.queue.clear();
    if (has_other) elect(world, turn, op.lease_until);
}

void leader_may_return(World& world, Turn& turn) {
    if (!world.cilium.has_leader) elect(world, turn, world.cilium.lease_until);
}

CiliumWatermarks watermarks(const Spec& spec, const World& world, NodeId node) {
    const NodeShape& shape = spec[world.nodes[node].shape];
    return cilium_watermarks(spec.cilium, {shape.max_enis, shape.ipv4_per_eni},
                             world.pools[cilium_pool(world.nodes[node])].uses_prefixes);
}

void object_changed(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const CiliumNode& c = world.nodes[node].cilium;
    if (!is_up(spec, world) || !knows(world, node)) {
        mark_due(world, node);
        // Older ones leave an instance that they do not know to the next resync (cilium/cilium#20678).
        constexpr std::int32_t looks_at_new_nodes = 14;
        if (is_up(spec, world) && spec.cilium.version_minor >= looks_at_new_nodes) begin_resync(spec, world, turn);
        return;
    }
    // The first that it hears of a node that is known: what EC2 has there is in its memory.
    if (world.pools[cilium_pool(world.nodes[node])].enis == 0) publish(spec, world, turn, node);
    if (!has_work(spec, world, node) && c.acknowledged == 0) return;
    mark_due(world, node);
    if (c.step != CiliumStep::resting || c.awaits_resync || demand_of(spec, world, node).needed == 0) return;
    queue_node(world, node);
    employ(spec, world, turn);
}

void node_done(const Spec& spec, World& world, Turn& turn, NodeId node, Afterwards afterwards) {
    CiliumNode& c = world.nodes[node].cilium;
    c.step = CiliumStep::resting;
    c.awaits_resync = true;
    c.acted_at = turn.now();
    c.eni = EniId::none();
    choose_cidrs(spec, world, node);
    mark_due(world, node);
    --world.cilium.busy;
    if (has_two_cnis(world.nodes[node])) pool_changed(spec, world, turn, node);
    if (afterwards == Afterwards::resync) begin_resync(spec, world, turn);
    employ(spec, world, turn);
}

void choose_cidrs(const Spec& spec, World& world, NodeId id) {
    const Node& node = world.nodes[id];
    AddressPool& pool = world.pools[cilium_pool(node)];
    pool.uses_prefixes = spec.cilium.prefix_delegation && spec[node.shape].takes_prefixes;
    for (EniId eni = pool.first_eni; eni.valid(); eni = world.enis[eni].next_in_pool)
        pool.uses_prefixes = pool.uses_prefixes && !has_single_addresses_only(world, world.enis[eni]);
}

void agent_is_ready(const Spec& spec, World& world, Turn& turn, NodeId id, bool is_ready) {
    Node& node = world.nodes[id];
    const bool was_tainted = node.cilium.is_tainted;
    const bool is_tainted = is_ready ? !spec.cilium.removes_taints && (was_tainted || spec[node.shape].waits_for_cilium)
                                     : was_tainted || spec.cilium.sets_taints;
    if (is_tainted == was_tainted) return;
    node.cilium.is_tainted = is_tainted;
    node_taints_changed(world, id);
    if (is_tainted) return;
    wake_pool(spec, world, turn, ClusterChange::taint_lifted, id);
    daemons_may_run(spec, world, turn, id);
}

void forget_node(const Spec& spec, World& world, Turn& turn, NodeId id) {
    CiliumNode& c = world.nodes[id].cilium;
    const bool has_worker = c.step > CiliumStep::queued;
    const Eni* eni = world.enis.find(c.eni);
    if (has_worker && eni != nullptr && eni->state == EniState::available) leak_eni(spec, world, turn, c.eni);
    const PoolId second_store = c.pool;
    c = {};
    c.pool = second_store;  // goes with the node
    std::erase(world.cilium.queue, id);
    std::erase(world.cilium.due, id);
    if (!has_worker) return;
    --world.cilium.busy;
    employ(spec, world, turn);
}

void start_operator(const Spec& spec, World& world, Turn& turn) {
    const double unit = sim::draw_unit(turn.key(), {stream::cilium_choice, operator_key, 0, 0});
    const auto phase = static_cast<std::int64_t>(unit * static_cast<double>(spec.cilium.resync_interval.us()));
    // In a settled cluster it has been reading since long ago, but for nodes that are launched from now on.
    if (spec.opening == Opening::settled) world.cilium.seen_as_of = turn.now();
    turn.after(sim::Duration::microseconds(phase), CiliumResync{});
    if (spec.cni_kind == CniKind::both) turn.after(unmanaged_pods_interval, CiliumUnmanagedPods{});
}

WaitCause shortage_cause(const Spec& spec, const World& world, NodeId node) {
    const CiliumNode& c = world.nodes[node].cilium;
    if (c.step == CiliumStep::creating || c.step == CiliumStep::attaching || c.step == CiliumStep::marking)
        return WaitCause::eni_attach;
    const Demand demand = demand_of(spec, world, node);
    const SubnetIx subnet = subnet_for_eni(spec, world, node);
    const bool is_empty = !subnet.valid() || world.subnets[subnet.value].free_single == 0;
    return demand.needed > 0 && is_empty ? WaitCause::subnet_empty : WaitCause::no_address;
}

AddressWait next_addresses_await(const Spec& spec, const World& world, NodeId node) {
    const CiliumNode& c = world.nodes[node].cilium;
    const AddressPool& pool = world.pools[cilium_pool(world.nodes[node])];
    if (cilium_needed(watermarks(spec, world, node), pool.total + c.acknowledged, pool.assigned + c.own) == 0)
        return AddressWait::node_is_full_for_cilium;
    if (!is_up(spec, world)) return AddressWait::operator_is_away;
    if (c.step == CiliumStep::queued) return AddressWait::worker;
    if (c.step != CiliumStep::resting) return AddressWait::operator_works;
    if (demand_of(spec, world, node).needed == 0 && c.reports_at != sim::Time::never()) return AddressWait::report;
    return AddressWait::resync;
}

void cancel_release(World& world, Turn& turn, NodeId id) {
    CiliumNode& c = world.nodes[id].cilium;
    c.marked_at = sim::Time::never();
    c.marked = 0;
    if (c.acknowledged == 0) return;
    std::int32_t back = 0;
    if (!world.enis.contains(c.releasing)) return forget_release(c);
    const Eni& eni = world.enis[c.releasing];
    const std::uint32_t end = eni.first_cidr + static_cast<std::uint32_t>(eni.slots);
    for (std::uint32_t at = eni.first_cidr; at != end; ++at) {
        if (!world.cidrs[at].on_eni || world.cidrs[at].in_store) continue;
        store_cidr(world, c.releasing, at);
        back += world.cidrs[at].size();
    }
    c.acknowledged = 0;
    if (back > 0) turn.note(AddressesAddedFact{id, back});
}

namespace {

void fill_at_leisure(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const PoolId pool = cilium_pool(world.nodes[id]);
    const NodeShape& shape = spec[world.nodes[id].shape];
    for (;;) {
        const Demand demand = demand_of(spec, world, id);
        if (demand.needed == 0) return;
        const std::int64_t most = cilium_most(watermarks(spec, world, id), demand.needed, 0);
        const bool prefixes = world.pools[pool].uses_prefixes;
        const auto cidrs_for = [&](const Eni& eni) {
            const std::int64_t cidrs = prefixes ? (most + addresses_per_prefix - 1) / addresses_per_prefix : most;
            return static_cast<std::int32_t>(std::min<std::int64_t>(cidrs, eni.slots - eni.granted));
        };
        bool has_grown = false;
        for (EniId eni = world.pools[pool].first_eni; eni.valid(); eni = world.enis[eni].next_in_pool) {
            if (has_grown || world.enis[eni].device < spec.cilium.first_interface_index) continue;
            const std::int32_t want = cidrs_for(world.enis[eni]);
            has_grown = want > 0 && take_cidrs(spec, world, turn, eni, want) > 0;
        }
        if (has_grown) continue;
        if (world.nodes[id].enis < shape.max_enis) {
            const SubnetIx subnet = subnet_for_eni(spec, world, id);
            if (subnet.valid() && world.subnets[subnet.value].free_single > 1) {
                const std::uint16_t device = device_for_eni(spec, world, id);
                const EniId eni = old_eni(spec, world, turn, pool, subnet);
                if (eni.valid()) set_in_ec2(world, eni, [&](Eni& row) { row.device = device; });
                if (eni.valid() && take_cidrs(spec, world, turn, eni, cidrs_for(world.enis[eni])) > 0) continue;
            }
        }
        if (!prefixes) return;
        world.pools[pool].uses_prefixes = false;  // no /28 is left, perhaps single addresses are (IPAM-327)
    }
}

}  // namespace

void settle_pool(const Spec& spec, World& world, Turn& turn, NodeId id) {
    settle_agent(spec, world, turn, id);
    fill_at_leisure(spec, world, turn, id);
    choose_cidrs(spec, world, id);
}

}  // namespace eks::cilium

namespace eks {

void on(const Spec& spec, World& world, Turn& turn, const CiliumResync&) {
    turn.after(spec.cilium.resync_interval, CiliumResync{});
    if (cilium::is_up(spec, world)) cilium::begin_resync(spec, world, turn);
}

void on(const Spec& spec, World& world, Turn& turn, const CiliumLeaderElected& event) {
    if (world.cilium.has_leader || event.serial != world.cilium.leaders) return;
    world.cilium.has_leader = true;
    for (const NodeId node : world.node_order) mark_due(world, node);
    cilium::begin_resync(spec, world, turn);
}

void on(const Spec& spec, World& world, Turn& turn, const CiliumResyncGoesOn& event) {
    CiliumOperator& op = world.cilium;
    if (event.serial != op.leaders) return;
    if (!cilium::go_on(spec, world, turn, op.call, cilium::operator_key, event)) return;
    // Without all of it nothing is changed: the next minute's resync tries again.
    if (op.call.is_refused) {
        op.resyncs = false;
        return;
    }
    note_call(turn, op.call.action, Ec2Result::success);
    if (++op.resync_call < cilium::resync_calls.size()) return cilium::call_for_resync(spec, world, turn);
    cilium::finish_resync(spec, world, turn);
}

}  // namespace eks
