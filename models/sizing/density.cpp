#include "models/sizing/density.hpp"

#include "models/spec/pod_addresses.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <limits>

namespace eks::sizing {

namespace {

using Counts = Eigen::Array<std::int64_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Column = Eigen::Array<std::int64_t, Eigen::Dynamic, 1>;
using Row = Eigen::Array<std::int64_t, 1, Eigen::Dynamic>;

constexpr std::int64_t boundless = std::numeric_limits<std::int32_t>::max();

// A kind of room: how much of it a node of a row has, and how much of it a pod of a column takes.
struct Kind {
    Bound bound;
    Column room;
    Row need;
};

constexpr std::array devices{ResourceKind::neuron,     ResourceKind::pod_eni,    ResourceKind::extended_0,
                             ResourceKind::extended_1, ResourceKind::extended_2, ResourceKind::extended_3};

std::int64_t address_room(const Spec& spec, const NodeShape& shape, const DaemonLoad& daemons) {
    if (spec.cni.ipv6) return boundless;  // IPAM-61
    return std::max<std::int64_t>(addresses_for_pods(spec, shape) - daemons.addresses, 0);
}

// Node pools choose types themselves; they have no row of numbers.
bool has_a_type(const NodeGroup& group) { return !group.is_node_pool && !group.shapes.empty(); }

NodeRoom room_of_group(const Spec& spec, std::size_t g) {
    const NodeGroup& group = spec.node_groups[g];
    return has_a_type(group) ? room_of(spec, group.shapes.front()) : NodeRoom{};
}

std::vector<Kind> kinds_of(std::span<const NodeRoom> rooms, std::span<const DemandedWorkload> workloads) {
    const auto kind = [&](Bound bound, auto room_of_row, auto need_of_column) {
        Kind made{bound, Column(static_cast<Eigen::Index>(rooms.size())),
                  Row(static_cast<Eigen::Index>(workloads.size()))};
        for (std::size_t r = 0; r < rooms.size(); ++r) made.room[static_cast<Eigen::Index>(r)] = room_of_row(rooms[r]);
        for (std::size_t w = 0; w < workloads.size(); ++w)
            made.need[static_cast<Eigen::Index>(w)] = need_of_column(workloads[w]);
        return made;
    };
    const auto resource = [&](Bound bound, ResourceKind of) {
        return kind(
            bound, [of](const NodeRoom& room) { return room.resources.of(of); },
            [of](const DemandedWorkload& w) { return w.each.of(of); });
    };
    const auto one = [](const DemandedWorkload&) { return std::int64_t{1}; };
    std::vector<Kind> kinds;
    kinds.push_back(resource(Bound::cpu, ResourceKind::cpu));
    kinds.push_back(resource(Bound::memory, ResourceKind::memory));
    kinds.push_back(kind(Bound::pods, [](const NodeRoom& room) { return room.pods; }, one));
    kinds.push_back(kind(
        Bound::addresses, [](const NodeRoom& room) { return room.addresses; },
        [](const DemandedWorkload& w) { return std::int64_t{w.takes_address}; }));
    kinds.push_back(kind(
        Bound::volumes, [](const NodeRoom& room) { return room.volumes; },
        [](const DemandedWorkload& w) { return w.attachments; }));
    kinds.push_back(resource(Bound::gpus, ResourceKind::gpu));
    kinds.push_back(resource(Bound::storage, ResourceKind::ephemeral_storage));
    kinds.push_back(kind(
        Bound::network,
        [](const NodeRoom& room) {
            return room.network_bytes_per_second > 0 ? room.network_bytes_per_second
                                                     : std::numeric_limits<std::int64_t>::max();
        },
        [](const DemandedWorkload& w) { return w.network_bytes_per_second; }));
    for (const ResourceKind device : devices) kinds.push_back(resource(Bound::device, device));
    return kinds;
}

}  // namespace

std::string_view text_of(Bound bound) {
    constexpr std::array<std::string_view, bound_kinds> texts{"cpu",  "memory",  "pods",    "addresses", "volumes",
                                                              "gpus", "storage", "network", "device",    "node"};
    return texts[static_cast<std::size_t>(bound)];
}

DaemonLoad daemon_load_on(const Spec& spec, NodeShapeIx shape) {
    DaemonLoad load;
    for (std::uint32_t w = 0; w < spec.workloads.size(); ++w) {
        const WorkloadIx ix{w};
        if (spec[ix].kind != WorkloadKind::daemon_set || !runs_on(spec, ix, shape)) continue;
        const PodTemplate& pod = spec.template_of(ix);
        load.requests += pod.requests;
        load.pods += 1;
        load.addresses += pod.host_network ? 0 : 1;
        load.attachments += pod.attachments;
    }
    return load;
}

NodeRoom room_of(const Spec& spec, NodeShapeIx ix) {
    const NodeShape& shape = spec[ix];
    const DaemonLoad daemons = daemon_load_on(spec, ix);
    NodeRoom room;
    room.resources = shape.allocatable;
    room.resources -= daemons.requests;
    for (const ResourceKind kind : all_resource_kinds)
        room.resources.of(kind) = std::max<std::int64_t>(room.resources.of(kind), 0);
    room.pods = std::max<std::int64_t>(shape.max_pods - daemons.pods, 0);
    room.addresses = address_room(spec, shape, daemons);
    room.volumes = std::max<std::int64_t>(shape.max_volumes - daemons.attachments, 0);
    room.network_bytes_per_second = shape.network_baseline_bytes_per_second;
    return room;
}

NodeSplit split_of(const Spec& spec, NodeShapeIx ix, const InstanceType& type) {
    const NodeShape& shape = spec[ix];
    const Resources daemons = daemon_load_on(spec, ix).requests;
    // Each part takes of what the ones before it have left, so that the sum is what is sold even where daemons ask for
    // more than there is.
    const auto split = [](std::int64_t sold, std::int64_t capacity, std::int64_t allocatable, std::int64_t eviction,
                          std::int64_t daemon_sets) {
        const std::int64_t os = sold - capacity;
        const std::int64_t kept_back = capacity - allocatable;
        const std::int64_t evicts = std::min(eviction, kept_back);
        const std::int64_t taken = std::min(daemon_sets, allocatable);
        return std::array<std::int64_t, 5>{os, kept_back - evicts, evicts, taken, allocatable - taken};
    };
    constexpr std::int64_t milli = 1000;
    NodeSplit made;
    made.cpu_milli =
        split(type.vcpus * milli, shape.capacity.cpu_milli, shape.allocatable.cpu_milli, 0, daemons.cpu_milli);
    made.memory_bytes = split(type.memory_mib * mebibyte, shape.capacity.memory_bytes, shape.allocatable.memory_bytes,
                              shape.kubelet.memory_available.of(shape.capacity.memory_bytes), daemons.memory_bytes);
    made.storage_bytes =
        split(shape.volume_gib * gibibyte, shape.capacity.ephemeral_bytes, shape.allocatable.ephemeral_bytes,
              shape.kubelet.nodefs_available.of(shape.capacity.ephemeral_bytes), daemons.ephemeral_bytes);
    return made;
}

bool may_run_on(const Spec& spec, WorkloadIx workload, NodeGroupIx group) {
    const std::vector<NodeShapeIx>& shapes = spec[group].shapes;
    return std::any_of(shapes.begin(), shapes.end(), [&](NodeShapeIx shape) {
        const TemplateOnShape& look = spec.template_on_shape(spec[workload].pod_template, shape);
        return look.affinity_matches && look.profile_admits && look.taints_tolerated;
    });
}

Density density_of(const Spec& spec, std::span<const DemandedWorkload> workloads) {
    Density table;
    table.rows = spec.node_groups.size();
    table.columns = workloads.size();
    std::vector<NodeRoom> rooms;
    for (std::size_t g = 0; g < table.rows; ++g) rooms.push_back(room_of_group(spec, g));

    const auto rows = static_cast<Eigen::Index>(table.rows);
    const auto columns = static_cast<Eigen::Index>(table.columns);
    Counts least = Counts::Constant(rows, columns, boundless);
    Counts bound = Counts::Constant(rows, columns, static_cast<std::int64_t>(Bound::pods));
    for (const Kind& kind : kinds_of(rooms, workloads)) {
        if ((kind.need == 0).all()) continue;
        for (Eigen::Index c = 0; c < columns; ++c) {
            if (kind.need[c] <= 0) continue;
            const Column fits = kind.room / kind.need[c];
            const auto binds = (fits < least.col(c)).eval();
            bound.col(c) = binds.select(Column::Constant(rows, static_cast<std::int64_t>(kind.bound)), bound.col(c));
            least.col(c) = least.col(c).min(fits);
        }
    }
    table.cells.resize(table.rows * table.columns);
    for (std::size_t g = 0; g < table.rows; ++g) {
        for (std::size_t w = 0; w < table.columns; ++w) {
            if (!has_a_type(spec.node_groups[g]) || !may_run_on(spec, workloads[w].workload, NodeGroupIx::of(g)))
                continue;
            Density::Cell& cell = table.cells[g * table.columns + w];
            const auto r = static_cast<Eigen::Index>(g);
            const auto c = static_cast<Eigen::Index>(w);
            const bool is_kept_apart = workloads[w].most_per_node < least(r, c);
            cell.count = static_cast<std::int32_t>(is_kept_apart ? workloads[w].most_per_node : least(r, c));
            cell.bound = static_cast<std::int8_t>(is_kept_apart ? static_cast<std::int64_t>(Bound::node) : bound(r, c));
        }
    }
    return table;
}

Density density_by_filling(const Spec& spec, std::span<const DemandedWorkload> workloads) {
    Density table;
    table.rows = spec.node_groups.size();
    table.columns = workloads.size();
    table.cells.resize(table.rows * table.columns);
    for (std::size_t g = 0; g < table.rows; ++g) {
        for (std::size_t w = 0; w < table.columns; ++w) {
            if (!has_a_type(spec.node_groups[g]) || !may_run_on(spec, workloads[w].workload, NodeGroupIx::of(g)))
                continue;
            const DemandedWorkload& pod = workloads[w];
            NodeRoom left = room_of_group(spec, g);
            Density::Cell& cell = table.cells[g * table.columns + w];
            // Kinds in the order of Bound: the first one that refuses the next pod is the one that binds.
            const auto refusal = [&]() -> Bound {
                if (pod.each.cpu_milli > 0 && pod.each.cpu_milli > left.resources.cpu_milli) return Bound::cpu;
                if (pod.each.memory_bytes > 0 && pod.each.memory_bytes > left.resources.memory_bytes)
                    return Bound::memory;
                if (left.pods < 1) return Bound::pods;
                if (pod.takes_address && left.addresses < 1) return Bound::addresses;
                if (pod.attachments > left.volumes) return Bound::volumes;
                if (pod.each.gpus > left.resources.gpus) return Bound::gpus;
                if (pod.each.ephemeral_bytes > left.resources.ephemeral_bytes) return Bound::storage;
                if (left.network_bytes_per_second > 0 &&
                    pod.network_bytes_per_second * (cell.count + 1) > left.network_bytes_per_second)
                    return Bound::network;
                return fits(pod.each, left.resources) ? Bound::node : Bound::device;
            };
            while (cell.count < pod.most_per_node && refusal() == Bound::node) {
                left.resources -= pod.each;
                left.pods -= 1;
                left.addresses -= pod.takes_address ? 1 : 0;
                left.volumes -= pod.attachments;
                ++cell.count;
            }
            const Bound last = refusal();
            cell.bound = static_cast<std::int8_t>(last);
        }
    }
    return table;
}

}  // namespace eks::sizing
