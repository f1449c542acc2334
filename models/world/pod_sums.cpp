#include "models/world/pod_sums.hpp"

#include <algorithm>

namespace eks {

namespace {

// The domain of a node, or -1 if it does not count.
std::int32_t domain_of(const PodRelationsTable& table, const PodSum& sum, NodeId id, const Node& node) {
    if (node.state == NodeState::deleted) return -1;  // its object is gone, and the scheduler knows it no more
    if (!sum.includes_shape.empty() && sum.includes_shape[node.shape.value] == 0) return -1;
    if (sum.honors_taints_for.valid() && ((node.condition_taints & ~sum.tolerated_condition_taints) != 0 ||
                                          (node.cilium.is_tainted && !sum.tolerates_cilium)))
        return -1;
    const TopologyKey& key = table.keys[sum.key];
    return key.is_hostname ? static_cast<std::int32_t>(id.slot) : key.domain_of_shape[node.shape.value];
}

void add(SchedulerMemory::Sum& sum, std::int32_t domain, std::int32_t sign) {
    sum.pods[static_cast<std::size_t>(domain)] += sign;
    sum.total += sign;
}

enum class Which : std::uint8_t { all, but_those_without_terminating, only_those_without_terminating };

void change(World& world, TemplateIx pod_template, NodeId node, std::int32_t sign, Which which) {
    SchedulerMemory& memory = world.scheduler.memory;
    const PodRelationsTable* table = memory.counted.get();
    if (table == nullptr || pod_template.value >= table->of_template.size()) return;
    for (const SumIx ix : table->of_template[pod_template.value].adds_to) {
        const PodSum& sum = table->sums[ix];
        if (which == Which::but_those_without_terminating && sum.leaves_out_terminating) continue;
        if (which == Which::only_those_without_terminating && !sum.leaves_out_terminating) continue;
        const std::int32_t domain = domain_of(*table, sum, node, world.nodes[node]);
        if (domain >= 0) add(memory.sums[ix], domain, sign);
    }
}

void remember_nodes(World& world) {
    SchedulerMemory& memory = world.scheduler.memory;
    memory.knows_nodes = true;
    memory.classes.clear();
    memory.changes.clear();
    memory.slots.clear();
    memory.shapes.clear();
    memory.place_of_slot.assign(world.nodes.capacity_slots(), 0);
    for (const NodeId id : world.node_order) {
        memory.place_of_slot[id.slot] = static_cast<std::uint32_t>(memory.slots.size());
        memory.changes.push_back(1);
        memory.slots.push_back(id.slot);
        memory.shapes.push_back(world.nodes[id].shape.value);
    }
}

void count_all(const Spec& spec, World& world) {
    SchedulerMemory& memory = world.scheduler.memory;
    memory.counted = spec.relations.table;
    memory.sums.assign(memory.counted->sums.size(), {});
    for (std::size_t i = 0; i < memory.sums.size(); ++i) {
        const PodSum& sum = memory.counted->sums[i];
        const TopologyKey& key = memory.counted->keys[sum.key];
        const std::size_t domains =
            key.is_hostname ? world.nodes.capacity_slots() : static_cast<std::size_t>(key.domains);
        memory.sums[i].pods.assign(domains, 0);
        if (!sum.leaves_out_terminating) continue;
        memory.sums[i].nodes.assign(domains, 0);
        for (const NodeId node : world.node_order) {
            const std::int32_t domain = domain_of(*memory.counted, sum, node, world.nodes[node]);
            if (domain >= 0) ++memory.sums[i].nodes[static_cast<std::size_t>(domain)];
        }
    }
    for (const auto& [id, pod] : world.pods) {
        if (pod.holds_resources) count_on_node(world, pod, +1);
    }
}

}  // namespace

void node_changed(World& world, NodeId id) {
    ++world.nodes[id].changes;
    SchedulerMemory& memory = world.scheduler.memory;
    if (!memory.knows_nodes || id.slot >= memory.place_of_slot.size()) return;
    const std::uint32_t place = memory.place_of_slot[id.slot];
    if (place < memory.slots.size() && memory.slots[place] == id.slot) ++memory.changes[place];
}

void node_taints_changed(World& world, NodeId id) {
    node_changed(world, id);
    SchedulerMemory& memory = world.scheduler.memory;
    if (memory.counted != nullptr && memory.counted->honors_taints) memory.counted.reset();
}

void forget_nodes(World& world) {
    world.scheduler.memory.knows_nodes = false;
    world.scheduler.memory.counted.reset();
}

void remember(const Spec& spec, World& world) {
    if (!world.scheduler.memory.knows_nodes) remember_nodes(world);
    if (world.scheduler.memory.counted != spec.relations.table) count_all(spec, world);
}

void count_on_node(World& world, const Pod& pod, std::int32_t sign) {
    change(world, pod.pod_template, pod.node, sign,
           pod.terminating ? Which::but_those_without_terminating : Which::all);
}

void count_terminating(World& world, const Pod& pod) {
    if (pod.holds_resources) change(world, pod.pod_template, pod.node, -1, Which::only_those_without_terminating);
}

void suppose_on_node(World& world, const Pod& pod, NodeId node, std::int32_t sign) {
    change(world, pod.pod_template, node, sign, Which::all);
    SchedulerMemory& memory = world.scheduler.memory;
    for (const SumIx ix : memory.counted->of_template[pod.pod_template.value].adds_if_supposed) {
        const std::int32_t domain = domain_of(*memory.counted, memory.counted->sums[ix], node, world.nodes[node]);
        if (domain >= 0) add(memory.sums[ix], domain, sign);
    }
}

}  // namespace eks
