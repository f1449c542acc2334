// The updater's loop (VPA-20 to VPA-22): pods whose requests are off are resized in place or evicted, a few of each
// controller at a time, those first that need more.
#include "models/systems/autoscaling/vpa/admission.hpp"
#include "models/systems/autoscaling/vpa/new_pods.hpp"
#include "models/systems/autoscaling/vpa/resize.hpp"
#include "models/systems/autoscaling/vpa/update.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/world/sizing.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace eks {

namespace {

// Of a resize that is put off, or under way, before the updater evicts the pod instead.
constexpr sim::Duration longest_deferral = sim::Duration::minutes(5);
constexpr sim::Duration longest_resize = sim::Duration::hours(1);

bool is_live(const Pod& pod) { return !pod.terminating && pod.stage != PodStage::finished; }

// One autoscaler's turn.
class Updating {
  public:
    Updating(const Spec& spec, World& world, Turn& turn, std::uint32_t ix)
        : spec_(spec),
          world_(world),
          turn_(turn),
          ix_(ix),
          scaler_(spec.pod_scaling.vertical[ix]),
          state_(world.pod_scaling.vertical[ix]),
          settings_(spec.pod_scaling.vertical_processes.updates) {}

    void update() {
        forget_pods_that_are_gone();
        count_groups();
        std::vector<PodId> for_eviction;
        if (vpa::resizes_in_place(scaler_.mode)) {
            for (const PodId id : in_order([&](PodId pod) { return is_for_place(pod); })) {
                if (!update_in_place(id)) for_eviction.push_back(id);
            }
        } else {
            for_eviction = in_order([&](PodId id) { return may_evict(id); });
        }
        if (!vpa::evicts(scaler_.mode)) return;
        for (const PodId id : for_eviction) {
            if (may_evict(id)) evict_pod(id);
        }
    }

  private:
    // The template of a ReplicaSet, or a Job; the others keep all their pods, whatever their template is.
    using Controller = std::pair<std::uint32_t, std::uint32_t>;

    Controller controller_of(const Pod& pod) const {
        if (pod.job.valid()) return {0, pod.job.slot + 1};
        const bool has_sets = spec_[pod.workload].kind == WorkloadKind::deployment;
        return {has_sets ? as_written(world_, pod.pod_template).value : 0, 0};
    }

    // A Job's is the number of pods that it has.
    std::int32_t configured(const Pod& pod, std::int32_t pods) const {
        if (pod.job.valid()) return pods;
        if (spec_[pod.workload].kind == WorkloadKind::daemon_set) return world_[pod.workload].ready;
        for (const auto& [id, set] : world_.replica_sets) {
            if (set.workload == pod.workload && set.pod_template == as_written(world_, pod.pod_template))
                return set.size;
        }
        return world_[pod.workload].desired;
    }

    void forget_pods_that_are_gone() {
        for (std::size_t i = state_.resizings.size(); i-- > 0;) {
            const Pod* const pod = world_.pods.find(state_.resizings[i].pod);
            if (pod == nullptr || !is_live(*pod)) drop_resizing(spec_, world_, turn_, state_, i);
        }
    }

    void count_groups() {
        for_each_pod(world_, scaler_.target, [&](PodId, const Pod& pod) {
            if (!is_live(pod)) return;
            vpa::PodGroup& group = groups_[controller_of(pod)];
            ++(pod.phase == PodPhase::pending ? group.pending : group.running);
            group.configured = configured(pod, group.pending + group.running);
        });
    }

    vpa::PodGroup& group_of(PodId id) { return groups_[controller_of(world_.pods[id])]; }

    bool may_evict(PodId id) {
        return vpa::may_evict(group_of(id), world_.pods[id].phase == PodPhase::pending, scaler_.min_replicas,
                              settings_);
    }

    bool may_disturb(PodId id) { return vpa::may_disturb(group_of(id), scaler_.min_replicas, settings_); }

    const PodResizing* resizing_of(PodId id) const {
        const auto at = std::ranges::find(state_.resizings, id, &PodResizing::pod);
        return at == state_.resizings.end() ? nullptr : &*at;
    }

    // Whether the updater does anything about it in place, or instead.
    bool is_for_place(PodId id) {
        if (world_.pods[id].phase == PodPhase::pending) return false;
        const PodResizing* const resizing = resizing_of(id);
        if (resizing == nullptr) return may_disturb(id);
        return scaler_.mode == vpa::UpdateMode::in_place ? may_ask_again(*resizing) : has_failed(*resizing);
    }

    // What can never be done is asked for again once less of something is wanted.
    bool may_ask_again(const PodResizing& resizing) const {
        if (resizing.state != ResizeState::infeasible) return false;
        const Resources& asked = spec_[resizing.to].requests;
        const Resources& wanted = spec_[target_of(resizing.pod)].requests;
        return wanted.cpu_milli < asked.cpu_milli || wanted.memory_bytes < asked.memory_bytes;
    }

    bool has_failed(const PodResizing& resizing) const {
        const sim::Duration since = turn_.now() - resizing.asked;
        switch (resizing.state) {
            case ResizeState::infeasible: return true;
            case ResizeState::deferred: return since > longest_deferral;
            case ResizeState::asked: return since > longest_resize;
        }
        return false;
    }

    TemplateIx target_of(PodId id) const {
        return as_admitted(spec_, world_, as_written(world_, world_.pods[id].pod_template));
    }

    vpa::ContainerToUpdate container_of(PodId id) const {
        const TemplateIx now = world_.pods[id].pod_template;
        const ContainerSpec& container = spec_[now].containers.front();
        vpa::ContainerToUpdate found;
        vpa::Recommendation& wanted = found.recommendation;
        wanted = vpa::capped({state_.target, state_.lower_bound, state_.upper_bound},
                             vpa::amounts_in(spec_[as_written(world_, now)].containers.front()), scaler_.policy,
                             scaler_.limit_range);
        if (container.states_cpu_request) found.requests.cpu_milli = container.requests.cpu_milli;
        if (container.states_memory_request) found.requests.memory_bytes = container.requests.memory_bytes;
        // It says nothing of a resource that it does not control.
        if (state_.target.cpu_milli == 0) leave_alone(found.requests.cpu_milli, wanted, &vpa::Amounts::cpu_milli);
        if (state_.target.memory_bytes == 0)
            leave_alone(found.requests.memory_bytes, wanted, &vpa::Amounts::memory_bytes);
        const WatchedPod* const watched = find_watched(state_, id);
        if (watched != nullptr && watched->killed != sim::Time::never())
            found.last_end = vpa::OomKill{watched->had_started.us(), watched->killed.us()};
        return found;
    }

    static void leave_alone(std::optional<std::int64_t>& request, vpa::Recommendation& wanted,
                            std::int64_t vpa::Amounts::* resource) {
        request = request.value_or(0);
        for (vpa::Amounts* const each : {&wanted.target, &wanted.lower_bound, &wanted.upper_bound})
            each->*resource = *request;
    }

    template <class Predicate>
    std::vector<PodId> in_order(Predicate may_go) {
        std::vector<std::pair<vpa::UpdatePriority, PodId>> accepted;
        for_each_pod(world_, scaler_.target, [&](PodId id, const Pod& pod) {
            if (!is_live(pod) || !may_go(id)) return;
            const vpa::ContainerToUpdate container = container_of(id);
            const std::optional<std::int64_t> started =
                pod.phase == PodPhase::pending ? std::nullopt : std::optional(pod.scheduled.us());
            if (vpa::is_accepted({&container, 1}, started, turn_.now().us(), settings_))
                accepted.emplace_back(vpa::update_priority({&container, 1}), id);
        });
        std::ranges::stable_sort(accepted,
                                 [](const auto& a, const auto& b) { return vpa::comes_before(a.first, b.first); });
        std::vector<PodId> order;
        for (const auto& [priority, id] : accepted) order.push_back(id);
        return order;
    }

    // False: it has to be evicted instead.
    bool update_in_place(PodId id) {
        const PodResizing* const resizing = resizing_of(id);
        if (resizing != nullptr && scaler_.mode == vpa::UpdateMode::in_place_or_recreate) return false;
        // The one before it in the order may have used up what its group can bear.
        if (resizing == nullptr && !may_disturb(id)) return true;
        const TemplateIx to = target_of(id);
        if (to == world_.pods[id].pod_template) return true;
        if (!takes_resize(spec_, world_, id, to)) return false;
        if (resizing == nullptr) ++group_of(id).evicted;
        ask_for_resize(spec_, world_, turn_, ix_, id, to);
        return true;
    }

    void evict_pod(PodId id) {
        const sim::Time seen = turn_.now() + write_latency(spec_, world_) + spec_.latencies.watch_delivery;
        vpa::PodGroup& group = group_of(id);
        const bool is_evicted_now = is_evicted(evict(spec_, world_, turn_, id, seen));
        turn_.note(VerticalUpdateFact{ix_, is_evicted_now ? VerticalUpdate::evicted : VerticalUpdate::refused});
        if (is_evicted_now) ++group.evicted;
    }

    const Spec& spec_;
    World& world_;
    Turn& turn_;
    std::uint32_t ix_;
    const VerticalScaler& scaler_;
    VerticalScalerState& state_;
    const vpa::UpdaterSettings& settings_;
    std::map<Controller, vpa::PodGroup> groups_;
};

bool updates_pods(vpa::UpdateMode mode) { return vpa::evicts(mode) || vpa::resizes_in_place(mode); }

}  // namespace

void open_vertical_updater(const Spec& spec, Turn& turn) {
    const PodScaling& scaling = spec.pod_scaling;
    if (std::ranges::any_of(scaling.vertical, [](const VerticalScaler& each) { return updates_pods(each.mode); }))
        turn.after(scaling.vertical_processes.updates.period, VpaUpdate{});
}

void on(const Spec& spec, World& world, Turn& turn, const VpaUpdate&) {
    // Without the webhook pods would come back as they were: it waits for its lease.
    if (runs_vertical_process(spec, world, &VerticalProcesses::updater) &&
        runs_vertical_process(spec, world, &VerticalProcesses::webhook)) {
        for (std::uint32_t i = 0; i < spec.pod_scaling.vertical.size(); ++i) {
            const VerticalScalerState& state = world.pod_scaling.vertical[i];
            if (!updates_pods(spec.pod_scaling.vertical[i].mode) || !vpa::has_advice(state)) continue;
            Updating(spec, world, turn, i).update();
        }
    }
    turn.after(spec.pod_scaling.vertical_processes.updates.period, VpaUpdate{});
}

}  // namespace eks
