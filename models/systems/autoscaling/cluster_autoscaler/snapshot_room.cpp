#include "models/systems/autoscaling/cluster_autoscaler/snapshot_room.hpp"

#include <algorithm>

namespace eks::cluster_autoscaler {

bool may_go_to_old_nodes(const Spec& spec, TemplateIx pod_template) {
    return std::ranges::any_of(spec[pod_template].constraints.spread, [](const SpreadConstraint& constraint) {
        return constraint.is_required && constraint.topology_key == hostname_label;
    });
}

// Nobody asks the old nodes but for such pods. Then one of them stands for all: a search begins behind the first node,
// whatever there is before the added ones.
SnapshotRoom::SnapshotRoom(const Snapshot& before, const AutoscalerTemplate& node, std::span<const Wanted> groups)
    : snapshot_(before, Snapshot::WithoutNodes{}), node_(node), groups_(groups) {
    const bool asks_old = std::ranges::any_of(
        groups, [&](const Wanted& pod) { return may_go_to_old_nodes(before.spec(), pod.pod_template); });
    if (asks_old) {
        snapshot_.nodes_ = before.nodes_;
    } else if (before.size() > 0) {
        snapshot_.nodes_.push_back(before[0]);
        snapshot_.nodes_.front().is_closed = true;
    }
}

}  // namespace eks::cluster_autoscaler
