// A tiny cluster with a NodePool of Karpenter: three instance types whose prices follow their size, in one zone, on
// demand. It begins empty, so that all is Karpenter's doing in the run. What a test does not speak of is as Karpenter
// has it by default, but for expiry.
#pragma once

#include "tests/support/tiny_cluster.hpp"

#include <string>

namespace eks::testing {

struct PoolCluster : TinyCluster {
    explicit PoolCluster(std::int32_t minor = 36) : TinyCluster(minor) {
        spec.opening = Opening::empty;
        add_pool("default");
    }

    NodePool& pool(std::size_t position = 0) { return spec.karpenter.pools[position]; }

    NodePool& add_pool(const std::string& name) {
        NodeGroup group;
        group.name = name;
        group.is_managed = false;
        group.is_node_pool = true;
        NodePool pool;
        pool.name = name;
        pool.node_class = "default";
        pool.group = NodeGroupIx::of(spec.node_groups.size());
        pool.budgets = {{0, true, 10, false, {}, {}}};
        pool.requirements = {{buying({"on-demand"}), 0}};
        spec.node_groups.push_back(group);
        spec.karpenter.pools.push_back(pool);
        for (const auto& [type, cores] : {std::pair{"small", 2}, std::pair{"medium", 4}, std::pair{"large", 8}})
            add_type(spec.karpenter.pools.size() - 1, type, cores, false);
        return spec.karpenter.pools.back();
    }

    static SelectorRequirement buying(std::vector<std::string> how) {
        return {"karpenter.sh/capacity-type", SelectorOperator::in, std::move(how), false};
    }

    // `cores` cores and four times as many GiB, for five cents an hour a core; as spot for two.
    void add_type(std::size_t in_pool, const std::string& name, std::int32_t cores, bool is_spot) {
        NodePool& pool = spec.karpenter.pools[in_pool];
        NodeShape shape;
        shape.group = pool.group;
        shape.zone = ZoneIx::of(0U);
        shape.subnet = SubnetIx::of(0U);
        shape.instance_type = name;
        shape.capacity.cpu_milli = 1000 * cores;
        shape.capacity.memory_bytes = 4 * cores * gibibyte;
        shape.allocatable = shape.capacity;
        shape.max_pods = 50;
        shape.vcpus = cores;
        shape.max_enis = 3;
        shape.ipv4_per_eni = 20;
        shape.is_spot = is_spot;
        shape.price_per_hour_micro_usd = cores * (is_spot ? 20'000 : 50'000);
        shape.labels = {{"karpenter.k8s.aws/ec2nodeclass", "default"},
                        {"karpenter.sh/capacity-type", is_spot ? "spot" : "on-demand"},
                        {"karpenter.sh/nodepool", pool.name},
                        {"kubernetes.io/arch", "amd64"},
                        {"node.kubernetes.io/instance-type", name},
                        {"topology.kubernetes.io/zone", spec.zones[0]}};
        shape.taints = pool.taints;
        pool.offers.push_back({NodeShapeIx::of(spec.shapes.size()), type_named(name, shape)});
        spec.node_groups[pool.group.value].shapes.push_back(NodeShapeIx::of(spec.shapes.size()));
        spec.shapes.push_back(shape);
    }

    std::uint32_t type_named(const std::string& name, const NodeShape& shape) {
        std::vector<NodePoolType>& types = spec.karpenter.types;
        const auto found = std::ranges::find(types, name, &NodePoolType::name);
        if (found != types.end()) return static_cast<std::uint32_t>(found - types.begin());
        NodePoolType type;
        type.name = name;
        type.node_class = "default";
        type.labels = {{"karpenter.k8s.aws/ec2nodeclass", "default"}, {"kubernetes.io/arch", "amd64"}};
        type.capacity = shape.capacity;
        type.allocatable = shape.allocatable;
        type.max_pods = shape.max_pods;
        types.push_back(type);
        return static_cast<std::uint32_t>(types.size() - 1);
    }
};

// Nodes of pools that have an instance now, by instance type in the order of their launch.
inline std::vector<std::string> instances(const TinyRun& run) {
    std::vector<std::pair<sim::Time, std::string>> found;
    for (const auto& [id, node] : run.world().nodes) {
        if (node.has_instance() && run.world().karpenter.find(id) != nullptr)
            found.emplace_back(node.launched, run.spec()[node.shape].instance_type);
    }
    std::ranges::stable_sort(found, {}, [](const auto& entry) { return entry.first; });
    std::vector<std::string> types;
    for (auto& [launched, type] : found) types.push_back(std::move(type));
    return types;
}

}  // namespace eks::testing
