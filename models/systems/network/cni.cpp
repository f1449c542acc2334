// Which CNI answers what signals.hpp asks of the network: the one place that knows that there is more than one.
#include "models/systems/network/address_pool.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/cilium_agent.hpp"
#include "models/systems/network/cilium_operator.hpp"
#include "models/systems/signals.hpp"
#include "models/world/active_faults.hpp"

namespace eks {

namespace {

bool is_cilium(const Spec& spec) { return spec.cni_kind != CniKind::vpc_cni; }

}  // namespace

void pool_changed(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (!is_cilium(spec)) return vpc_cni::pool_changed(spec, world, turn, node);
    cilium::use_changed(spec, world, turn, node);
}

WaitCause shortage_cause(const Spec& spec, const World& world, NodeId node, sim::Time now) {
    return is_cilium(spec) ? cilium::shortage_cause(spec, world, node)
                           : vpc_cni::shortage_cause(spec, world, node, now);
}

CiliumWait next_addresses_await(const Spec& spec, const World& world, NodeId node) {
    return is_cilium(spec) ? cilium::next_addresses_await(spec, world, node) : CiliumWait::nothing;
}

std::int32_t give_address(const Spec& spec, World& world, sim::RunKey key, PodId pod, sim::Time now) {
    if (is_cilium(spec)) return cilium::give_address(spec, world, key, pod, now) ? 1 : 0;
    return give_from_store(spec, world, key, pod, now);
}

sim::Time address_usable_at(const Spec& spec, World& world, NodeId node, sim::Time now) {
    if (!is_cilium(spec)) return store_usable_at(spec, world, node, now);
    const Node& row = world.nodes[node];
    return pool_of(world, row).available() > row.cilium.own ? now : sim::Time::never();
}

sim::Duration endpoint_delay(const Spec& spec, Turn& turn, const Pod& pod) {
    return is_cilium(spec) ? cilium::endpoint_delay(spec, turn, pod) : sim::Duration::zero();
}

std::int32_t addresses_in_use(const World& world, NodeId node) {
    return pool_of(world, world.nodes[node]).assigned + world.nodes[node].cilium.own;
}

void take_back_address(const Spec& spec, World& world, Turn& turn, PodId pod) {
    if (is_cilium(spec)) return cilium::take_back_address(spec, world, turn, pod);
    vpc_cni::take_back_address(spec, world, turn, pod);
}

void start_cni(const Spec& spec, World& world, Turn& turn, NodeId node) {
    CniPod& pod = world.nodes[node].cni;
    pod.is_placed = true;
    if (is_struck(spec, world, FaultKind::cni_daemon_down, world.nodes[node])) return;
    ++pod.serial;
    if (is_cilium(spec)) return cilium::start_agent(spec, world, turn, node);
    vpc_cni::start_cni(spec, world, turn, node);
}

void stop_cni(const Spec& spec, World& world, Turn& turn, NodeId node) {
    CniPod& pod = world.nodes[node].cni;
    pod.serves = false;
    ++pod.serial;
    if (is_cilium(spec)) return cilium::stop_agent(spec, world, turn, node);
    vpc_cni::stop_cni(spec, world, turn, node);
}

// The VPC CNI's are variables of its pod. Those of Cilium stand in a ConfigMap that is read at the start of a process:
// whoever changes them has the agents start again, and before them the operator, which acts on them.
void change_cni(const Spec& before, const Spec& after, World& world, Turn& turn) {
    const WorkloadIx pods = after.cni_workload;
    const bool has_other_pods = pods.valid() && after[pods].pod_template != before[pods].pod_template;
    if (after.cni == before.cni && after.cilium == before.cilium && !has_other_pods) return;
    if (after.cilium.prefix_delegation != before.cilium.prefix_delegation) {
        for (const NodeId node : world.node_order) cilium::choose_cidrs(after, world, node);
    }
    world.cni_settings.push_back(after.cni);
    update_cni(after, world, turn);
}

void metadata_changed(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (!is_cilium(spec)) vpc_cni::metadata_changed(spec, world, turn, node);
}

void metadata_falls_silent(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (!is_cilium(spec)) vpc_cni::metadata_falls_silent(spec, world, turn, node);
}

void metadata_answers_again(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (!is_cilium(spec)) vpc_cni::metadata_answers_again(spec, world, turn, node);
}

void start_cluster_network(const Spec& spec, World& world, Turn& turn) {
    if (is_cilium(spec)) cilium::start_operator(spec, world, turn);
}

void settle_pool(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (is_cilium(spec)) return cilium::settle_pool(spec, world, turn, node);
    vpc_cni::settle_pool(spec, world, turn, node);
}

}  // namespace eks
