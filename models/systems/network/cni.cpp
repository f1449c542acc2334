// Which CNI answers what signals.hpp asks of the network: the one place that knows that there is more than one.
#include "models/systems/network/address_pool.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/cilium_agent.hpp"
#include "models/systems/network/cilium_operator.hpp"
#include "models/systems/network/two_cnis.hpp"
#include "models/systems/signals.hpp"
#include "models/world/active_faults.hpp"
#include "models/world/cluster_dns.hpp"

namespace eks {

void pool_changed(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for_each_cni(spec, world.nodes[node], [&](Cni which) {
        if (which == Cni::cilium) return cilium::use_changed(spec, world, turn, node);
        vpc_cni::pool_changed(spec, world, turn, node);
    });
    review_addresses(spec, world, turn, node);
}

WaitCause shortage_cause(const Spec& spec, const World& world, NodeId node, sim::Time now) {
    return cilium_answers(spec, world.nodes[node]) ? cilium::shortage_cause(spec, world, node)
                                                   : vpc_cni::shortage_cause(spec, world, node, now);
}

AddressWait next_addresses_await(const Spec& spec, const World& world, NodeId node, sim::Time now) {
    return cilium_answers(spec, world.nodes[node]) ? cilium::next_addresses_await(spec, world, node)
                                                   : vpc_cni::next_addresses_await(spec, world, node, now);
}

std::int32_t give_address(const Spec& spec, World& world, sim::RunKey key, PodId pod, sim::Time now) {
    const Node& node = world.nodes[world.pods[pod].node];
    const bool is_ciliums = cilium_answers(spec, node);
    const std::int32_t given = is_ciliums ? (cilium::give_address(spec, world, key, pod, now) ? 1 : 0)
                                          : give_from_store(spec, world, key, pod, now);
    if (given > 0 && has_two_cnis(node))
        world.pods[pod].given_by = is_ciliums ? AddressGiver::cilium : AddressGiver::vpc_cni;
    return given;
}

void note_given(const World& world, Turn& turn, PodId id, std::int32_t given) {
    // Where two CNIs are, the metrics are of Cilium's store.
    if (world.pods[id].given_by == AddressGiver::vpc_cni) return;
    for (; given > 0; --given) turn.note(AddressAssignedFact{world.pods[id].node});
}

sim::Time address_usable_at(const Spec& spec, World& world, NodeId node, sim::Time now) {
    const Node& row = world.nodes[node];
    if (!cilium_answers(spec, row)) return store_usable_at(spec, world, node, now);
    return world.pools[cilium_pool(row)].available() > row.cilium.own ? now : sim::Time::never();
}

sim::Duration endpoint_delay(const Spec& spec, Turn& turn, const Pod& pod) {
    if (spec.cni_kind == CniKind::vpc_cni || pod.given_by == AddressGiver::vpc_cni) return sim::Duration::zero();
    return cilium::endpoint_delay(spec, turn, pod);
}

std::int32_t addresses_in_use(const World& world, NodeId node) {
    const Node& row = world.nodes[node];
    const PoolId pool = answering_pool(row);
    return world.pools[pool].assigned + (pool == cilium_pool(row) ? row.cilium.own : 0);
}

void take_back_address(const Spec& spec, World& world, Turn& turn, PodId id) {
    const NodeId node = world.pods[id].node;
    const bool asks_cilium = cilium_answers(spec, world.nodes[node]);
    if (!has_two_cnis(world.nodes[node]))
        return asks_cilium ? cilium::take_back_address(spec, world, turn, id)
                           : vpc_cni::take_back_address(spec, world, turn, id);
    Pod& pod = world.pods[id];
    const bool is_ciliums = pod.given_by == AddressGiver::cilium;
    pod.given_by = AddressGiver::only;
    pod.address = AddressState::undisputed;
    // The runtime asks the CNI whose configuration comes first, and that one knows nothing of the other's pods.
    if (is_ciliums != asks_cilium)
        abandon_address(world, id);
    else if (!pod.eni.valid())
        pool_changed(spec, world, turn, node);
    else if (is_ciliums)
        cilium::take_back_address(spec, world, turn, id);
    else
        vpc_cni::take_back_address(spec, world, turn, id);
    review_addresses(spec, world, turn, node);
}

void start_daemon(const Spec& spec, World& world, Turn& turn, NodeId node, Cni which) {
    if (!belongs_on(spec, world, world.nodes[node].shape, which)) return;
    CniPod& pod = daemon_of(world.nodes[node], which);
    pod.is_placed = true;
    if (is_struck(spec, world, FaultKind::cni_daemon_down, world.nodes[node])) return;
    ++pod.serial;
    if (which == Cni::cilium && lacks_names(spec, world, spec.cilium.agent_workload))
        return cni_crashed(spec, world, turn, node, which);
    if (which == Cni::cilium) return cilium::start_agent(spec, world, turn, node);
    vpc_cni::start_cni(spec, world, turn, node);
}

void start_cni(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for_each_cni(spec, world.nodes[node], [&](Cni which) { start_daemon(spec, world, turn, node, which); });
}

void stop_daemon(const Spec& spec, World& world, Turn& turn, NodeId node, Cni which) {
    CniPod& pod = daemon_of(world.nodes[node], which);
    pod.serves = false;
    ++pod.serial;
    if (which == Cni::cilium) return cilium::stop_agent(spec, world, turn, node);
    vpc_cni::stop_cni(spec, world, turn, node);
}

void stop_cni(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for_each_cni(spec, world.nodes[node], [&](Cni which) { stop_daemon(spec, world, turn, node, which); });
}

void run_cni(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for_each_cni(spec, world.nodes[node], [&](Cni which) { run_daemon(spec, world, turn, node, which); });
}

void daemons_deleted(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    for (const auto& entry : world.nodes) {
        const NodeId id = entry.id;
        for_each_cni(spec, entry.row, [&](Cni which) {
            if (workload != (which == Cni::cilium ? spec.cilium.agent_workload : spec.aws_node)) return;
            stop_daemon(spec, world, turn, id, which);
            daemon_of(world.nodes[id], which).is_placed = false;
        });
    }
}

namespace {

// The resource controller's setting stands beside those of the daemon, which does not read it (IPAM-157).
bool are_same_to_daemons(CniSettings a, const CniSettings& b) {
    a.branch_eni_cooldown = b.branch_eni_cooldown;
    return a == b;
}

// On nodes with two CNIs all daemons of the one that changes start again at once.
void change_either(const Spec& before, const Spec& after, World& world, Turn& turn) {
    for (const NodeId node : world.node_order) {
        for_each_cni(after, world.nodes[node], [&](Cni which) {
            const bool is_same =
                which == Cni::cilium ? after.cilium == before.cilium : are_same_to_daemons(after.cni, before.cni);
            if (is_same) return;
            stop_daemon(after, world, turn, node, which);
            daemon_of(world.nodes[node], which).settings = static_cast<std::uint32_t>(world.cni_settings.size() - 1);
            run_daemon(after, world, turn, node, which);
        });
    }
}

}  // namespace

// The VPC CNI's are variables of its pod. Those of Cilium stand in a ConfigMap that is read at the start of a process:
// whoever changes them has the agents start again, and before them the operator, which acts on them.
void change_cni(const Spec& before, const Spec& after, World& world, Turn& turn) {
    const bool is_other_vpc_cni = !are_same_to_daemons(after.cni, before.cni);
    if (is_other_vpc_cni) world.cni_settings.push_back(after.cni);
    if (after.cilium.prefix_delegation != before.cilium.prefix_delegation) {
        for (const NodeId node : world.node_order) cilium::choose_cidrs(after, world, node);
    }
    if (after.cni_kind == CniKind::both) return change_either(before, after, world, turn);
    const WorkloadIx pods = after.cni_workload;
    const bool has_other_pods = pods.valid() && after[pods].pod_template != before[pods].pod_template;
    const bool has_other_settings =
        after.cni_kind == CniKind::vpc_cni ? is_other_vpc_cni : after.cilium != before.cilium;
    if (has_other_settings || has_other_pods) update_cni(after, world, turn);
}

namespace {

bool runs_ipamd(const Spec& spec, const Node& node) { return has_two_cnis(node) || spec.cni_kind == CniKind::vpc_cni; }

}  // namespace

void metadata_changed(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (runs_ipamd(spec, world.nodes[node])) vpc_cni::metadata_changed(spec, world, turn, node);
}

void metadata_falls_silent(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (runs_ipamd(spec, world.nodes[node])) vpc_cni::metadata_falls_silent(spec, world, turn, node);
}

void metadata_answers_again(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (runs_ipamd(spec, world.nodes[node])) vpc_cni::metadata_answers_again(spec, world, turn, node);
}

void start_cluster_network(const Spec& spec, World& world, Turn& turn) {
    if (spec.cni_kind == CniKind::vpc_cni) return;
    cilium::start_operator(spec, world, turn);
    // On nodes that are there already the VPC CNI has been alone until now: Cilium has just been installed.
    for (const NodeId node : world.node_order) {
        const Node& row = world.nodes[node];
        if (has_two_cnis(row) && !row.cilium.agent.is_placed) start_daemon(spec, world, turn, node, Cni::cilium);
    }
}

void settle_pool(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const Cni which = runs_ipamd(spec, world.nodes[node]) ? Cni::vpc_cni : Cni::cilium;
    if (!belongs_on(spec, world, world.nodes[node].shape, which)) return;  // IPAM-123
    if (which == Cni::cilium) return cilium::settle_pool(spec, world, turn, node);
    vpc_cni::settle_pool(spec, world, turn, node);
}

}  // namespace eks
