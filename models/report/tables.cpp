#include "models/report/tables.hpp"

#include "models/systems/network/address_store.hpp"

#include <fmt/format.h>

namespace eks {

namespace {

std::string name_of(const Spec& spec, const Node& node) {
    return fmt::format("{}-{}", spec[spec[node.shape].group].name, node.ordinal);
}

std::string address_text(std::uint32_t a) {
    return fmt::format("{}.{}.{}.{}", a >> 24, (a >> 16) & 255, (a >> 8) & 255, a & 255);
}

const char* text_of_phase(PodPhase phase) {
    switch (phase) {
        case PodPhase::pending: return "Pending";
        case PodPhase::running: return "Running";
        case PodPhase::succeeded: return "Succeeded";
        case PodPhase::failed: break;
    }
    return "Failed";
}

void add_count(Column& column, std::integral auto value) { column.add(static_cast<std::int64_t>(value)); }

}  // namespace

ColumnTable nodes_table(const Run& run) {
    using enum Column::Kind;
    const Spec& spec = run.spec();
    Column name(text, "name"), node_group(text, "node_group"), zone(text, "zone"), type(text, "instance_type");
    Column ready(truth, "ready"), pods(integer, "pods"), max_pods(integer, "max_pods");
    Column requested_cpu(integer, "requested_cpu_milli"), allocatable_cpu(integer, "allocatable_cpu_milli");
    Column requested_memory(integer, "requested_memory_bytes");
    Column allocatable_memory(integer, "allocatable_memory_bytes");
    Column enis(integer, "enis"), addresses(integer, "addresses"), assigned(integer, "assigned_addresses");
    for (const NodeId id : run.world().node_order) {
        const Node& node = run.world().nodes[id];
        const NodeShape& shape = spec[node.shape];
        const AddressPool& pool = run.world().pools[answering_pool(node)];
        name.add(name_of(spec, node));
        node_group.add(spec[shape.group].name);
        zone.add(spec.zones[shape.zone.value]);
        type.add(shape.instance_type);
        ready.add_truth(node.state == NodeState::ready);
        add_count(pods, node.pods);
        add_count(max_pods, shape.max_pods);
        add_count(requested_cpu, node.requested.cpu_milli);
        add_count(allocatable_cpu, shape.allocatable.cpu_milli);
        add_count(requested_memory, node.requested.memory_bytes);
        add_count(allocatable_memory, shape.allocatable.memory_bytes);
        add_count(enis, node.enis);
        add_count(addresses, pool.total);
        add_count(assigned, pool.assigned);
    }
    return {{std::move(name), std::move(node_group), std::move(zone), std::move(type), std::move(ready),
             std::move(pods), std::move(max_pods), std::move(requested_cpu), std::move(allocatable_cpu),
             std::move(requested_memory), std::move(allocatable_memory), std::move(enis), std::move(addresses),
             std::move(assigned)}};
}

ColumnTable pods_table(const Run& run) {
    using enum Column::Kind;
    const Spec& spec = run.spec();
    const World& world = run.world();
    Column namespace_name(text, "namespace"), workload(text, "workload"), kind(text, "workload_kind");
    Column ordinal(integer, "ordinal"), phase(text, "phase"), ready(truth, "ready"), waiting_for(text, "waiting_for");
    Column node(text, "node"), address(text, "address"), created(number, "created_seconds");
    Column restarts(integer, "restarts");
    for (const auto& [id, pod] : world.pods) {
        const Workload& w = spec[pod.workload];
        namespace_name.add(w.namespace_name);
        workload.add(w.name);
        kind.add(kind_name(w.kind));
        add_count(ordinal, pod.replica);
        phase.add(text_of_phase(pod.phase));
        ready.add_truth(pod.stage == PodStage::ready);
        if (pod.cause == WaitCause::none)
            waiting_for.add_null();
        else
            waiting_for.add(text_of(pod.cause).name);
        if (pod.node.valid())
            node.add(name_of(spec, world.nodes[pod.node]));
        else
            node.add_null();
        if (pod.eni.valid())
            address.add(address_text(address_at(world, place_of(pod))));
        else
            address.add_null();
        created.add(pod.created.since_origin().in_seconds());
        add_count(restarts, pod.restarts);
    }
    return {{std::move(namespace_name), std::move(workload), std::move(kind), std::move(ordinal), std::move(phase),
             std::move(ready), std::move(waiting_for), std::move(node), std::move(address), std::move(created),
             std::move(restarts)}};
}

ColumnTable addresses_table(const Run& run) {
    using enum Column::Kind;
    const Spec& spec = run.spec();
    const World& world = run.world();
    Column node(text, "node"), eni_slot(integer, "eni"), is_primary(truth, "is_primary_eni"), address(text, "address");
    Column state(text, "state"), namespace_name(text, "namespace"), workload(text, "workload");
    Column free_at(number, "free_at_seconds");
    const auto add_row = [&](EniId id, const Eni& eni, const EniCidr& cidr, std::uint32_t offset) {
        const AddressRecord record = record_of(world, cidr, offset);
        const sim::Duration cooldown = cni_of(world, eni.node).cooldown;
        const bool cools = is_cooling(record, cooldown, run.now());
        const Pod* const pod = world.pods.find(record.owner);
        node.add(name_of(spec, world.nodes[eni.node]));
        add_count(eni_slot, id.slot);
        is_primary.add_truth(eni.is_primary);
        address.add(address_text(cidr.network + offset));
        state.add(pod != nullptr ? "assigned" : cools ? "cooling" : "free");
        if (pod != nullptr) {
            namespace_name.add(spec[pod->workload].namespace_name);
            workload.add(spec[pod->workload].name);
        } else {
            namespace_name.add_null();
            workload.add_null();
        }
        if (cools)
            free_at.add((record.released + cooldown).since_origin().in_seconds());
        else
            free_at.add_null();
    };
    for (const auto& entry : world.enis) {
        for_each_stored(world, entry.row, [&](std::uint32_t, const EniCidr& cidr) {
            for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset)
                add_row(entry.id, entry.row, cidr, offset);
        });
    }
    return {{std::move(node), std::move(eni_slot), std::move(is_primary), std::move(address), std::move(state),
             std::move(namespace_name), std::move(workload), std::move(free_at)}};
}

}  // namespace eks
