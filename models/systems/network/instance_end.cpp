// What EC2 and the CNI do when an instance ends (IPAM-132).
#include "models/systems/network/cilium_operator.hpp"
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/network/resource_controller.hpp"
#include "models/systems/network/two_cnis.hpp"
#include "models/systems/signals.hpp"

#include <vector>

namespace eks {

namespace {

// Those that are attached or were made for it, in the order of their slots; on a node with two CNIs one row for each.
std::vector<EniId> enis_of(const World& world, NodeId node) {
    std::vector<EniId> found;
    for (const auto& [id, eni] : world.enis) {
        if (eni.node == node) found.push_back(id);
    }
    return found;
}

}  // namespace

void end_cni(const Spec& spec, World& world, Turn& turn, NodeId id) {
    for_each_cni(spec, world.nodes[id], [&](Cni which) { daemon_of(world.nodes[id], which).is_placed = false; });
    stop_cni(spec, world, turn, id);
    if (spec.cni_kind != CniKind::vpc_cni) cilium::forget_node(spec, world, turn, id);
    end_trunk(spec, world, turn, id);
    const std::vector<EniId> enis = enis_of(world, id);
    for (const EniId eni : enis) {
        if (world.enis[eni].in_store) leave_store(world, eni);
    }
    for (const EniId eni : enis) {
        if (!world.enis.contains(eni)) continue;  // it went with its other row
        if (world.enis[eni].ends_with_instance) {
            delete_from_ec2(spec, world, turn, eni);
            continue;
        }
        if (world.enis[eni].state == EniState::attached) {
            detach_eni(world, eni);
            leak_eni(spec, world, turn, eni);
        }
        part_from_node(world, eni);
    }
}

}  // namespace eks
