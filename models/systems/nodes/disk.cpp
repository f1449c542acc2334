#include "models/systems/nodes/disk.hpp"

#include "models/systems/nodes/log_files.hpp"

#include <algorithm>

namespace eks {

namespace {

const KubeletSettings& kubelet_of(const Spec& spec, const World& world, NodeId node) {
    return spec[world.nodes[node].shape].kubelet;
}

// What its containers have written is there until its object goes, or until the kubelet has cleared it away after an
// eviction. After a stop of its machine it begins anew.
bool has_written(const Pod& pod) {
    if (pod.phase == PodPhase::pending) return false;
    const bool has_run = pod.was_ready || pod.started != sim::Time::origin();  // else its init containers have failed
    return containers_run(pod) || pod.stage == PodStage::crashed || pod.stage == PodStage::stopping ||
           (pod.stage == PodStage::finished && has_run && !pod.is_evicted);
}

sim::Duration time_of_writing(const Pod& pod, sim::Time at) {
    const sim::Time until = pod.finished == sim::Time::origin() ? at : std::min(at, pod.finished);
    return std::max(until - pod.started, sim::Duration::zero());
}

// Bytes a second by which what pods write grows at this instant.
std::int64_t growth_of(const Spec& spec, const World& world, NodeId node, sim::Time at) {
    std::int64_t rate = 0;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        const std::int64_t own = spec[pod.pod_template].log_bytes_per_second;
        if (own == 0 || !has_written(pod) || pod.finished != sim::Time::origin()) continue;
        const Bytes now = amount(own, time_of_writing(pod, at));
        if (now < log_bytes_most(own, kubelet_of(spec, world, node))) rate += own;
    }
    return rate;
}

}  // namespace

Bytes pod_disk_used(const Spec& spec, const World& world, const Pod& pod, sim::Time at) {
    if (!has_written(pod)) return 0;
    const PodTemplate& t = spec[pod.pod_template];
    return t.disk_bytes +
           log_bytes(t.log_bytes_per_second, time_of_writing(pod, at), kubelet_of(spec, world, pod.node));
}

sim::Time pod_disk_reaches(const Spec& spec, const World& world, const Pod& pod, Bytes used, sim::Time from) {
    if (pod_disk_used(spec, world, pod, from) >= used) return from;
    const PodTemplate& t = spec[pod.pod_template];
    const std::int64_t rate = t.log_bytes_per_second;
    const Bytes of_logs = used - t.disk_bytes;
    if (rate == 0 || log_bytes_most(rate, kubelet_of(spec, world, pod.node)) < of_logs) return sim::Time::never();
    return std::max(from, pod.started + time_for(of_logs, rate));
}

Bytes disk_used(const Spec& spec, const World& world, NodeId node, sim::Time at) {
    Bytes used = spec.system_disk_bytes + world.nodes[node].image_bytes;
    if (!spec.pods_write) return used;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node)
        used += pod_disk_used(spec, world, world.pods[id], at);
    return used;
}

bool disk_is_full(const Spec& spec, const World& world, NodeId node, sim::Time now, Bytes more) {
    const Bytes capacity = spec[world.nodes[node].shape].capacity.ephemeral_bytes;
    return capacity > 0 && disk_used(spec, world, node, now) + more > capacity;
}

// Growth only ever slows down, so each step ends at the mark or before it.
sim::Time disk_reaches(const Spec& spec, const World& world, NodeId node, Bytes mark, sim::Time from) {
    constexpr std::int64_t seconds_in_a_century = std::int64_t{3'155'760'000};
    if (mark == never_used) return sim::Time::never();
    for (sim::Time at = from;;) {
        const Bytes used = disk_used(spec, world, node, at);
        if (used >= mark) return at;
        const std::int64_t rate = spec.pods_write ? growth_of(spec, world, node, at) : 0;
        if (rate == 0 || (mark - used) / rate > seconds_in_a_century) return sim::Time::never();
        at = at + time_for(mark - used, rate);
    }
}

Bytes image_collection_mark(Bytes capacity, const KubeletSettings& kubelet) {
    if (kubelet.image_gc_high_percent == 100) return never_used;
    // 100 - available * 100 / capacity, in integers, is the threshold or more.
    const std::int64_t most_available = ((101 - kubelet.image_gc_high_percent) * capacity - 1) / 100;
    return capacity - most_available;
}

}  // namespace eks
