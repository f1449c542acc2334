#include "models/systems/network/two_cnis.hpp"

#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/signals.hpp"

namespace eks {

namespace {

// A CIDR that the row's store has and EC2 has not.
std::uint32_t forgotten_by_ec2(const World& world, const Eni& eni) {
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        if (world.cidrs[at].in_store && !world.cidrs[at].on_eni) return at;
    }
    return no_cidr;
}

std::int32_t free_places(const World& world, const Eni& eni) {
    std::int32_t count = 0;
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at)
        count += world.cidrs[at].is_empty() ? 1 : 0;
    return count;
}

// The pod that has the same address by the other store.
PodId other_holder(const World& world, const Pod& pod) {
    const Eni& eni = world.enis[pod.eni];
    if (!eni.twin.valid()) return PodId::none();
    const AddressPlace place = place_of(pod);
    const EniCidr& cidr = world.cidrs[place.cidr];
    const std::uint32_t there = find_cidr(world, world.enis[eni.twin], cidr.network, cidr.is_prefix);
    if (there == no_cidr) return PodId::none();
    const PodId owner = record_of(world, world.cidrs[there], place.offset).owner;
    const Pod* other = world.pods.find(owner);
    const bool has_it =
        other != nullptr && other->eni == eni.twin && place_of(*other) == AddressPlace{there, place.offset};
    return has_it ? owner : PodId::none();
}

AddressState state_of(const World& world, const Node& node, const Pod& pod) {
    if (!pod.eni.valid() || world.enis[pod.eni].state != EniState::attached || !world.cidrs[place_of(pod).cidr].on_eni)
        return AddressState::taken_away;
    // The route of the later pod stays where it was, also after its end.
    if (pod.address == AddressState::overwritten) return AddressState::overwritten;
    const PodId other = other_holder(world, pod);
    if (!other.valid()) return AddressState::undisputed;
    if (world.pods[other].address == AddressState::overwritten) return AddressState::shared;
    if (world.pods[other].address == AddressState::shared) return AddressState::overwritten;
    // Two that have just met: the CNI that answers now has written its route last.
    const bool is_ciliums = pod.given_by == AddressGiver::cilium;
    return is_ciliums == node.cilium.has_written_configuration ? AddressState::shared : AddressState::overwritten;
}

}  // namespace

bool belongs_on(const Spec& spec, const World& world, NodeShapeIx shape, Cni which) {
    const WorkloadIx daemons = which == Cni::cilium ? spec.cilium.agent_workload : spec.aws_node;
    if (!daemons.valid()) return true;
    if (world[daemons].deleted) return false;
    // Beside the VPC CNI, Cilium's agents are taken to run on all nodes.
    if (which == Cni::cilium && spec.cni_kind == CniKind::both) return true;
    return runs_on(spec, daemons, shape);
}

void make_places(const Spec& spec, World& world, Turn& turn, EniId id, std::int32_t count) {
    const EniId twin = world.enis[id].twin;
    if (!twin.valid()) return;
    for (const EniId row : {id, twin}) {
        const Eni& eni = world.enis[row];
        while (free_places(world, eni) < count) {
            const std::uint32_t at = forgotten_by_ec2(world, eni);
            if (at == no_cidr) break;
            if (is_ciliums(world, eni)) {
                AddressesDroppedFact fact{eni.node, 0, 0, 0};
                count_states(world, world.cidrs[at], spec.cni.cooldown, turn.now(), fact);
                turn.note(fact);
            }
            unstore_cidr(world, row, at);
        }
    }
}

void review_addresses(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const Node& node = world.nodes[id];
    if (!has_two_cnis(node)) return;
    for (PodId p = node.first_pod; p.valid(); p = world.pods[p].next_on_node) {
        Pod& pod = world.pods[p];
        if (pod.given_by == AddressGiver::only) continue;
        const AddressState now = state_of(world, node, pod);
        if (now == pod.address) continue;
        if (pod.stage == PodStage::ready) turn.note(PodAddressFact{p, pod.workload, pod.address, now});
        pod.address = now;
        addresses_of_pods_change(spec, world, turn, pod.workload);
    }
}

}  // namespace eks
