#include "models/systems/faults/faults.hpp"

#include "models/systems/faults/container_faults.hpp"
#include "models/systems/faults/node_faults.hpp"
#include "models/systems/signals.hpp"
#include "models/world/active_faults.hpp"
#include "models/world/subnet_verbs.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

std::vector<NodeId> nodes_in_scope(const Spec& spec, const World& world, const Fault& fault) {
    std::vector<NodeId> found;
    for (const auto& [id, node] : world.nodes) {
        if (strikes(spec, fault, node)) found.push_back(id);
    }
    return found;
}

// As many as there are: the last ones may be missing.
void take_subnet_addresses(const Spec& spec, World& world, Turn& turn, const Fault& fault, std::uint32_t holder) {
    std::int64_t taken = 0;
    for (; taken < fault.addresses; ++taken) {
        std::uint32_t address = 0;
        if (!take_addresses(spec, world, turn.key(), fault.subnet, 1, &address)) break;
        world.held_by_others.push_back({fault.subnet, address, holder});
    }
    turn.note(SubnetFact{fault.subnet, -taken});
}

void give_back_subnet_addresses(const Spec& spec, World& world, Turn& turn, const Fault& fault, std::uint32_t holder) {
    std::int64_t back = 0;
    for (const HeldAddress& held : world.held_by_others) {
        if (held.holder != holder) continue;
        give_back_address(spec, world, held.subnet, held.address);
        ++back;
    }
    std::erase_if(world.held_by_others, [&](const HeldAddress& held) { return held.holder == holder; });
    turn.note(SubnetFact{fault.subnet, back});
}

}  // namespace

void fault_begins(const Spec& spec, World& world, Turn& turn, std::uint32_t action) {
    const Fault& fault = spec.timeline[action].fault;
    if (fault.kind == FaultKind::ec2_throttling) settle_ec2_buckets(spec, world, turn.now());
    if (fault.kind == FaultKind::aws_throttling) settle_aws_buckets(spec, world, turn.now());
    if (fault.kind == FaultKind::imds_unavailable) {
        for (const NodeId node : nodes_in_scope(spec, world, fault)) {
            if (!is_struck(spec, world, fault.kind, world.nodes[node])) metadata_falls_silent(spec, world, turn, node);
        }
    }
    world.faults.push_back({fault.kind, action, turn.now()});
    if (fault.kind == FaultKind::aws_throttling) aws_load_changes(spec, world, turn);
    switch (fault.kind) {
        case FaultKind::imds_unavailable:
        case FaultKind::imds_stale:
            for (const NodeId node : nodes_in_scope(spec, world, fault)) metadata_changed(spec, world, turn, node);
            break;
        case FaultKind::cni_daemon_down:
            for (const NodeId node : nodes_in_scope(spec, world, fault)) stop_cni(spec, world, turn, node);
            break;
        case FaultKind::subnet_addresses_taken: take_subnet_addresses(spec, world, turn, fault, action + 1); break;
        case FaultKind::cilium_leader_lost: cilium::leader_lost(spec, world, turn); break;
        case FaultKind::image_registry_slow: registry_changes(spec, world, turn, fault); break;
        case FaultKind::disk_stats_corrupt: disk_statistics_change(spec, world, turn, fault); break;
        case FaultKind::node_down:
        case FaultKind::zone_outage:
        case FaultKind::runtime_freeze:
        case FaultKind::kubelet_restart:
        case FaultKind::spot_interruption:
        case FaultKind::spot_storm:
        case FaultKind::data_path_migration: strike_nodes(spec, world, turn, action); break;
        case FaultKind::container_crash: strike_containers(spec, world, turn, fault); break;
        case FaultKind::telemetry_outage: telemetry_changes(spec, world, turn); break;
        case FaultKind::api_server_slow:  // each call asks for itself
        case FaultKind::eni_attach_failure:
        case FaultKind::pod_interface_failure:
        case FaultKind::ec2_throttling:
        case FaultKind::aws_throttling:
        case FaultKind::insufficient_capacity:
        case FaultKind::launch_failure: break;
    }
}

void fault_ends(const Spec& spec, World& world, Turn& turn, std::uint32_t action) {
    const Fault& fault = spec.timeline[action].fault;
    const auto active = std::ranges::find_if(
        world.faults, [&](const ActiveFault& candidate) { return spec.timeline[candidate.action].fault == fault; });
    if (active == world.faults.end()) return;
    const std::uint32_t holder = active->action + 1;
    if (fault.kind == FaultKind::ec2_throttling) settle_ec2_buckets(spec, world, turn.now());
    if (fault.kind == FaultKind::aws_throttling) settle_aws_buckets(spec, world, turn.now());
    world.faults.erase(active);
    if (fault.kind == FaultKind::aws_throttling) aws_load_changes(spec, world, turn);
    switch (fault.kind) {
        case FaultKind::imds_unavailable:
            for (const NodeId node : nodes_in_scope(spec, world, fault)) {
                if (!is_struck(spec, world, fault.kind, world.nodes[node]))
                    metadata_answers_again(spec, world, turn, node);
            }
            break;
        case FaultKind::imds_stale:
            for (const NodeId node : nodes_in_scope(spec, world, fault)) metadata_changed(spec, world, turn, node);
            break;
        case FaultKind::cni_daemon_down:
            for (const NodeId node : nodes_in_scope(spec, world, fault)) run_cni(spec, world, turn, node);
            break;
        case FaultKind::subnet_addresses_taken: give_back_subnet_addresses(spec, world, turn, fault, holder); break;
        case FaultKind::cilium_leader_lost: cilium::leader_may_return(world, turn); break;
        case FaultKind::image_registry_slow: registry_changes(spec, world, turn, fault); break;
        case FaultKind::disk_stats_corrupt: disk_statistics_change(spec, world, turn, fault); break;
        case FaultKind::node_down:
        case FaultKind::zone_outage:
        case FaultKind::runtime_freeze:
        case FaultKind::kubelet_restart:
        case FaultKind::data_path_migration: release_nodes(spec, world, turn, holder - 1); break;
        case FaultKind::container_crash:  // of a sidecar of telemetry
        case FaultKind::telemetry_outage: telemetry_changes(spec, world, turn); break;
        case FaultKind::api_server_slow:
        case FaultKind::eni_attach_failure:
        case FaultKind::pod_interface_failure:
        case FaultKind::ec2_throttling:
        case FaultKind::aws_throttling:
        case FaultKind::insufficient_capacity:
        case FaultKind::launch_failure:
        case FaultKind::spot_interruption:
        case FaultKind::spot_storm: break;
    }
}

}  // namespace eks
