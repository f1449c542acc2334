// What a NodePool may launch: the instance types of the catalogue that meet its requirements, in the zones of its node
// class, on demand and spot. Internal to models/scenario.
#pragma once

#include "models/scenario/kubernetes/ec2_node_classes.hpp"

namespace eks {

// Adds a shape for each to the Spec, and the types that no other pool has brought. `kubelet` is that of the pool, if it
// states one (v1beta1).
void add_offers(NodePool& pool, const NodeClass& node_class, const std::optional<Reader>& kubelet,
                const KarpenterSizing& sizing, ScenarioBuilder& builder);

}  // namespace eks
