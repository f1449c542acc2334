#include "models/systems/autoscaling/cluster_autoscaler/pending.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace eks::cluster_autoscaler {

namespace {

// CA-8
constexpr sim::Duration too_new = sim::Duration::seconds(2);
constexpr sim::Duration too_new_for_gpus = sim::Duration::seconds(30);

bool is_daemon(const Spec& spec, const Pod& pod) { return spec[pod.workload].kind == WorkloadKind::daemon_set; }

// CA-4, CA-5. One that was never tried, or waits for its gates, has no condition yet.
bool is_unschedulable(const Spec& spec, const Pod& pod) {
    return pod.stage == PodStage::queued && pod.unplaced != WaitCause::none && pod.place != QueuePlace::gated &&
           !pod.terminating && !pod.nominated.valid() && !is_daemon(spec, pod) &&
           spec[pod.pod_template].priority >= spec.cluster_autoscaler.expendable_below;
}

// f(id) for each pod that the scheduler knows without a node.
template <class F>
void for_each_queued(const Spec& spec, const World& world, F f) {
    if (spec.kubernetes.is_2018()) {  // a pod in back-off is in no list
        for (const auto& [id, pod] : world.pods) {
            if (pod.stage == PodStage::queued) f(id);
        }
        return;
    }
    for (const PodId id : world.scheduler.unschedulable) f(id);
    for (const PodId id : world.scheduler.backoff) f(id);
    for (const QueuedPod& queued : world.scheduler.active) {
        const Pod* pod = world.pods.find(queued.pod);
        if (pod != nullptr && pod->place == QueuePlace::active && pod->queue_sequence == queued.sequence) f(queued.pod);
    }
}

// CA-6: the pods of nodes that are being drained want a node, too.
template <class F>
void for_each_of_drains(const Spec& spec, const World& world, F f) {
    for (const AutoscaledNode& node : world.cluster_autoscaler.nodes) {
        const bool is_drained = node.removal != NodeRemoval::none && node.removal != NodeRemoval::ordered;
        if (!is_drained || !node.is_drain || world.nodes.find(node.node) == nullptr) continue;
        for (PodId id = world.nodes[node.node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
            const Pod& pod = world.pods[id];
            const bool comes_again = spec[pod.workload].kind != WorkloadKind::pod && !is_daemon(spec, pod);
            if (pod.holds_resources && !pod.terminating && comes_again) f(id);
        }
    }
}

bool are_told_apart(const Spec& spec, const Pod& pod) {
    // Each pod of a StatefulSet or of an indexed Job has labels of its own, and a bare pod has no controller.
    const Workload& workload = spec[pod.workload];
    return workload.kind == WorkloadKind::stateful_set || workload.kind == WorkloadKind::pod ||
           (pod.job.valid() && workload.job.is_indexed);
}

}  // namespace

Pending pending_pods(const Spec& spec, const World& world, sim::Time now) {
    Pending pending;
    for_each_of_drains(spec, world, [&](PodId id) {
        pending.pods.push_back({id, true, spec[world.pods[id].pod_template].priority, world.pods[id].created});
    });
    for_each_queued(spec, world, [&](PodId id) {
        const Pod& pod = world.pods[id];
        if (!is_unschedulable(spec, pod)) return;
        const PodTemplate& t = spec[pod.pod_template];
        const sim::Duration delay = std::max(spec.cluster_autoscaler.new_pod_delay, t.wishes.scale_up_delay);
        if (now - pod.created < delay) {
            pending.next_of_age = std::min(pending.next_of_age, pod.created + delay);
            return;
        }
        pending.pods.push_back({id, false, t.priority, pod.created});
    });
    std::ranges::sort(pending.pods, [&](const PendingPod& a, const PendingPod& b) {
        const Pod& x = world.pods[a.id];
        const Pod& y = world.pods[b.id];
        return std::tuple(-a.priority, !a.is_of_drain, x.workload.value, x.ordinal, a.id.slot) <
               std::tuple(-b.priority, !b.is_of_drain, y.workload.value, y.ordinal, b.id.slot);
    });
    return pending;
}

void filter_out_schedulable(Snapshot& snapshot, const World& world, std::uint32_t& last_place, Pending& pending) {
    const Spec& spec = snapshot.spec();
    // Pods like one that found no node are not tried: what was placed since takes room and gives none. Those that
    // another pod may draw to a node, or that volumes tell apart, are.
    std::set<std::uint32_t> hopeless;
    std::erase_if(pending.pods, [&](const PendingPod& each) {
        const Pod& pod = world.pods[each.id];
        if (hopeless.contains(pod.pod_template.value)) return false;
        const Wanted wanted{pod.pod_template, volume_needs(spec, world, pod)};
        const FilterCycle cycle(snapshot, wanted);
        const std::size_t from = snapshot.size() == 0 ? 0 : (last_place + 1) % snapshot.size();
        const auto node = find_node(snapshot, cycle, from, [](std::size_t) { return true; });
        if (node) {
            last_place = static_cast<std::uint32_t>(*node);
            snapshot.place(pod.pod_template, *node, +1);
            return true;
        }
        const PodTemplate& t = spec[pod.pod_template];
        const PodRelations& relations = spec.relations->of_template[pod.pod_template.value];
        if (relations.affinity.empty() && relations.required_spread.empty() && t.claims.empty() && t.own_claims.empty())
            hopeless.insert(pod.pod_template.value);
        return false;
    });
}

std::vector<std::vector<std::size_t>> equivalence_groups(const Spec& spec, const World& world, const Pending& pending) {
    std::vector<std::vector<std::size_t>> groups;
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::size_t> known;
    for (std::size_t i = 0; i < pending.pods.size(); ++i) {
        const Pod& pod = world.pods[pending.pods[i].id];
        if (are_told_apart(spec, pod)) {
            groups.push_back({i});
            continue;
        }
        const std::tuple key(pod.workload.value, pod.pod_template.value, pod.job.valid() ? pod.job.slot + 1 : 0);
        const auto [at, is_new] = known.try_emplace(key, groups.size());
        if (is_new) groups.emplace_back();
        groups[at->second].push_back(i);
    }
    return groups;
}

bool are_too_new(const Spec& spec, const World& world, const Pending& pending, sim::Time now) {
    sim::Time oldest = sim::Time::never();
    sim::Time oldest_with_gpu = sim::Time::never();
    for (const PendingPod& pod : pending.pods) {
        oldest = std::min(oldest, pod.created);
        if (spec[world.pods[pod.id].pod_template].requests.gpus > 0)
            oldest_with_gpu = std::min(oldest_with_gpu, pod.created);
    }
    return (oldest != sim::Time::never() && now - oldest < too_new) ||
           (oldest_with_gpu != sim::Time::never() && now - oldest_with_gpu < too_new_for_gpus);
}

}  // namespace eks::cluster_autoscaler
