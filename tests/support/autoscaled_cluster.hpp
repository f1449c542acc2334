// A tiny cluster with Cluster Autoscaler, which runs on a node of a group of its own that it does not scale. Other pods
// may run there only where the cluster is made so.
//
//     AutoscaledCluster a;
//     const NodeGroupIx workers = a.add_group({.group = "workers"}, 0, 5);
//     a.c.add_deployment("web", 3, TinyCluster::serving_pod(1000));
//     TinyRun run = a.c.start();
#pragma once

#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {

enum class SystemNode : std::uint8_t { closed, open };

struct AutoscaledCluster {
    TinyCluster c;
    WorkloadIx autoscaler;

    explicit AutoscaledCluster(SystemNode system = SystemNode::closed) {
        c.add_nodes(1, {.group = "system", .labels = {{"role", "system"}}});
        if (system == SystemNode::closed) c.spec.shapes[0].taints = {{"role", "system", TaintEffect::no_schedule}};
        PodTemplate pod = TinyCluster::serving_pod();
        Toleration own;
        own.key = "role";
        own.exists = true;
        pod.tolerations = {own};
        pod.node_selector = {{"role", "system"}};
        autoscaler = c.add_deployment("cluster-autoscaler", 1, pod);
        c.at(autoscaler).namespace_name = "kube-system";
        settings().pods = autoscaler;
    }

    ClusterAutoscaler& settings() { return c.spec.cluster_autoscaler; }

    // A group that it scales, `desired` nodes to begin with. Its Auto Scaling group says what its nodes are.
    NodeGroupIx add_group(const TinyNodes& nodes, std::int32_t minimum, std::int32_t maximum,
                          std::int32_t desired = 0) {
        const NodeGroupIx ix = c.add_nodes(desired, nodes);
        NodeGroup& group = c.spec.node_groups[ix.value];
        group.stable_key = stable_key_of(group.name);
        group.minimum = minimum;
        group.maximum = maximum;
        AutoscaledGroup scaled;
        scaled.group = ix;
        scaled.minimum = minimum;
        scaled.maximum = maximum;
        NodeShape seen = c.spec.shapes[group.shapes.front().value];
        scaled.asg_template = NodeShapeIx::of(c.spec.shapes.size());
        c.spec.shapes.push_back(seen);
        settings().groups.push_back(scaled);
        return ix;
    }
    // What the Auto Scaling group says of the group's nodes.
    NodeShape& asg_template_of(NodeGroupIx group) {
        for (const AutoscaledGroup& scaled : settings().groups) {
            if (scaled.group == group) return c.spec.shapes[scaled.asg_template.value];
        }
        return c.spec.shapes.front();
    }
};

inline std::int32_t desired_of(const TinyRun& run, NodeGroupIx group) {
    return run.world().groups[group.value].desired;
}

inline std::int64_t counted(const TinyRun& run, AutoscalerCount what) {
    std::int64_t sum = 0;
    for (const auto& seen : run.all<AutoscalerCountFact>()) sum += seen.fact.count == what ? seen.fact.more : 0;
    return sum;
}
inline std::int64_t level(const TinyRun& run, AutoscalerLevel what) {
    return run.world().cluster_autoscaler.levels[static_cast<std::size_t>(what)];
}
// When a counter grew; empty if it never did.
inline std::vector<sim::Time> times_of(const TinyRun& run, AutoscalerCount what) {
    std::vector<sim::Time> times;
    for (const auto& seen : run.all<AutoscalerCountFact>()) {
        if (seen.fact.count == what) times.push_back(seen.at);
    }
    return times;
}

inline std::size_t nodes_of(const TinyRun& run, NodeGroupIx group) {
    std::size_t nodes = 0;
    for (const NodeId id : run.world().node_order) {
        const Node& row = run.row(id);
        if (run.spec()[row.shape].group == group && row.has_instance()) ++nodes;
    }
    return nodes;
}

}  // namespace eks::testing
