// The cluster as Cluster Autoscaler simulates it within one loop (CA-2, step 5): every node with the room that is left
// on it, nodes that are on their way, and what pods count of each other by topology domain. Pods are placed, moved and
// taken back here, and nothing of it happens (GEN-2).
//
//     Snapshot snapshot(spec, world);
//     const FilterCycle cycle(snapshot, wanted);
//     if (const auto node = snapshot.find(cycle, 0, anywhere)) snapshot.place(wanted.pod_template, *node, +1);
//
// It answers as the scheduler's filters do, in whole numbers: what a template and a shape have to say to each other and
// which pods count in which sum the Spec knows already. Which profile the cluster's scheduler has is no matter of the
// autoscaler's: it runs the default filters.
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/packing.hpp"
#include "models/world/cluster_autoscaler_rows.hpp"
#include "models/world/world.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace eks::cluster_autoscaler {

struct SnapshotNode {
    NodeShapeIx shape;
    NodeId id;                   // none: it is not there yet
    std::uint32_t hostname = 0;  // its domain by kubernetes.io/hostname
    Resources free;
    std::int32_t free_pods = 0;
    std::int32_t free_volumes = 0;
    bool is_closed = false;              // goes, or has no machine: nothing is placed on it
    std::vector<TemplateIx> with_ports;  // of its pods, those that take ports of the host
};

// Where a pod's volumes let it be (AWS-93).
struct VolumeNeeds {
    std::int32_t attachments = 0;
    bool is_impossible = false;
    ZoneIx zone;                       // the only one
    std::vector<std::uint8_t> barred;  // by zone; empty: none is
};
VolumeNeeds volume_needs(const Spec& spec, const World& world, const Pod& pod);

// A pod that wants a node.
struct Wanted {
    TemplateIx pod_template;
    VolumeNeeds volumes;
};

class Snapshot {
  public:
    // World is changed only in what the scheduler keeps of its sums.
    Snapshot(const Spec& spec, World& world);

    const Spec& spec() const { return spec_; }
    std::size_t size() const { return nodes_.size(); }
    const SnapshotNode& operator[](std::size_t node) const { return nodes_[node]; }
    // Of those that are there, by slot; nothing for one that is not listed.
    std::optional<std::size_t> place_of(NodeId node) const;

    // A node that is not there yet.
    std::size_t add(const AutoscalerTemplate& node);
    void close(std::size_t node) { nodes_[node].is_closed = true; }

    // A pod of the template comes to the node (+1) or leaves it (-1).
    void place(TemplateIx pod_template, std::size_t node, std::int32_t sign);

    // The node's domain in a sum; -1: it counts in none.
    std::int32_t domain_in(SumIx sum, std::size_t node) const {
        return domain_of(spec_.relations->sums[sum], nodes_[node]);
    }
    // Whether other pods are where a pod of the template, which is on the node, does not want them.
    bool violates_own_anti_affinity(TemplateIx pod_template, std::size_t node) const;

    // CA-5: such pods count for nothing.
    void leave_out(const Pod& pod);

  private:
    friend class FilterCycle;
    friend class SnapshotRoom;
    struct WithoutNodes {};
    // Another one with the same sums and no node.
    Snapshot(const Snapshot& other, WithoutNodes);

    std::int32_t domain_of(const PodSum& sum, const SnapshotNode& node) const;
    void add_to_sums(const SnapshotNode& node);

    const Spec& spec_;
    const World& world_;
    std::vector<SnapshotNode> nodes_;
    std::vector<std::uint32_t> place_of_slot_;  // 1 + place, or 0
    std::uint32_t next_hostname_ = 0;
    std::vector<SchedulerMemory::Sum> sums_;
};

// One pod before the nodes of a snapshot; void as soon as anything in that is changed.
class FilterCycle {
  public:
    FilterCycle(const Snapshot& snapshot, const Wanted& wanted);

    Look look(std::size_t node) const;
    bool fits(std::size_t node) const { return look(node) == Look::fits; }

  private:
    bool suits(const SnapshotNode& node) const;
    bool volumes_fit(const SnapshotNode& node) const;
    Look look_at_relations(const SnapshotNode& node) const;

    const Snapshot& snapshot_;
    const Wanted& wanted_;
    const PodTemplate& pod_;
    const PodRelations& relations_;
    std::vector<std::int64_t> most_;  // by rule of required spread: pods of the domain, without this one
    bool is_first_ = false;
};

// The first node from `from` on, in a circle, that takes the pod and is not closed. `accepts`: which ones count at all.
template <class Accepts>
std::optional<std::size_t> find_node(const Snapshot& snapshot, const FilterCycle& cycle, std::size_t from,
                                     Accepts&& accepts) {
    const std::size_t nodes = snapshot.size();
    for (std::size_t i = 0; i < nodes; ++i) {
        std::size_t node = from + i;
        if (node >= nodes) node -= nodes;
        if (!snapshot[node].is_closed && accepts(node) && cycle.fits(node)) return node;
    }
    return std::nullopt;
}

}  // namespace eks::cluster_autoscaler
