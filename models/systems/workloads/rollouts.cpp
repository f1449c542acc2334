// The Deployment controller and that of its ReplicaSets, once a template was changed in the run.
//
// Both see what they and others have written only when it comes back to them, and each call takes its turn in the
// client's limit: that, and nothing else, is what a large rollout of fast pods waits for (CTRL-2 to CTRL-4).
#include "models/systems/workloads/rollouts.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/deployment_arithmetic.hpp"
#include "models/systems/workloads/quotas.hpp"
#include "models/systems/workloads/slow_start.hpp"
#include "models/systems/workloads/surplus.hpp"
#include "models/world/sizing.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

constexpr std::int32_t most_changes_a_sync = 500;  // RS-1

Rollout* find_rollout(World& world, WorkloadIx workload) {
    const auto at = std::ranges::find(world.rollouts, workload, &Rollout::workload);
    return at == world.rollouts.end() ? nullptr : &*at;
}

// Oldest first.
std::vector<ReplicaSetId> sets_of(const World& world, WorkloadIx workload) {
    std::vector<ReplicaSetId> sets;
    for (const auto& [id, set] : world.replica_sets) {
        if (set.workload == workload) sets.push_back(id);
    }
    std::ranges::sort(sets, [&](ReplicaSetId a, ReplicaSetId b) {
        const ReplicaSet& x = world.replica_sets[a];
        const ReplicaSet& y = world.replica_sets[b];
        return x.created != y.created ? x.created < y.created : x.revision < y.revision;
    });
    return sets;
}

std::uint32_t next_revision(const World& world, WorkloadIx workload) {
    std::uint32_t last = 0;
    for (const auto& [id, set] : world.replica_sets) {
        if (set.workload == workload) last = std::max(last, set.revision);
    }
    return last + 1;
}

ReplicaSetSize size_of(const ReplicaSet& set) {
    return {set.size,         set.available, set.pods,
            set.desired_then, set.most_then, static_cast<std::int64_t>(set.revision)};
}

RolloutRoom room_of(const Spec& spec, const World& world, WorkloadIx ix) {
    const RolloutSpec& rollout = spec[ix].rollout;
    const std::int32_t replicas = world[ix].desired;
    return rollout.recreates ? room_of_recreate(replicas)
                             : room_of_rollout(rollout.max_surge, rollout.max_unavailable, replicas);
}

bool has_old_pods(const Spec& spec, const World& world, WorkloadIx ix) {
    for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const Pod& pod = world.pods[id];
        if (pod.stage != PodStage::finished && as_written(world, pod.pod_template) != spec[ix].pod_template)
            return true;
    }
    return false;
}

// One look of a Deployment's controller at its ReplicaSets as they were last seen.
class DeploymentLook {
  public:
    DeploymentLook(const Spec& spec, World& world, Turn& turn, WorkloadIx ix)
        : spec_(spec),
          world_(world),
          turn_(turn),
          ix_(ix),
          room_(room_of(spec, world, ix)),
          ids_(sets_of(world, ix)),
          at_(turn.now()),
          seen_(turn.now()) {
        for (std::size_t i = 0; i < ids_.size(); ++i) {
            const ReplicaSet& set = world.replica_sets[ids_[i]];
            if (set.pod_template == spec[ix].pod_template) newest_ = i;
            sizes_.push_back(size_of(set));
        }
    }

    void look() {
        const bool was_complete = is_complete(sizes_, newest_, room_.replicas);
        RolloutSync sync;
        if (is_scaling_event(sizes_, room_)) {
            sync = sync_scale(sizes_, newest_, room_, !spec_[ix_].rollout.recreates, pods());
        } else if (spec_[ix_].rollout.recreates) {
            sync = sync_recreate(sizes_, newest_, room_, has_old_pods(spec_, world_, ix_));
            if (sync.act == RolloutAct::nothing && newest_ == no_new_set) {
                make_set(room_.replicas);
                sync.sizes.push_back(room_.replicas);
            }
        } else {
            if (newest_ == no_new_set)
                make_set(size_of_new_set(sizes_, 0, room_));
            else
                make_latest();
            sync = sync_rollout(sizes_, newest_, room_);
        }
        for (std::size_t i = 0; i < ids_.size(); ++i) {
            const bool is_annotated = sync.act == RolloutAct::shares_out && sizes_[i].size > 0;
            if (sync.sizes[i] != sizes_[i].size || is_annotated) scale(i, sync.sizes[i]);
        }
        if (was_complete && sync.act == RolloutAct::nothing) trim_history();
    }

    std::int32_t pods() const {
        std::int32_t sum = 0;
        for (const ReplicaSetSize& set : sizes_) sum += set.pods;
        return sum;
    }
    RolloutProgress progress() const {
        RolloutProgress now;
        for (std::size_t i = 0; i < ids_.size(); ++i) {
            const ReplicaSet* set = world_.replica_sets.find(ids_[i]);
            if (set == nullptr) continue;  // beyond the history, and gone in this very look
            (i == newest_ ? now.updated : now.old) += set->pods;
            now.ready += set->ready;
            now.available += set->available;
        }
        return now;
    }
    bool is_done() const { return is_complete(sizes_, newest_, room_.replicas); }

    Written call() {
        const Written written = write_call(spec_, world_, turn_, Controller::deployment, at_);
        at_ = written.done;
        seen_ = std::max(seen_, written.seen);
        return written;
    }
    sim::Time seen() const { return seen_; }

  private:
    // The set is there when the call is done; its controller makes the pods once it sees it.
    void make_set(std::int32_t size) {
        const Written made = call();
        ReplicaSet set;
        set.workload = ix_;
        set.pod_template = spec_[ix_].pod_template;
        set.revision = next_revision(world_, ix_);
        set.created = turn_.now();
        set.size = size;
        set.desired_then = room_.replicas;
        set.most_then = room_.replicas + room_.surge;
        const ReplicaSetId id = world_.replica_sets.insert(set);
        sync_replica_set_at(world_, turn_, id, made.seen);
        newest_ = ids_.size();
        ids_.push_back(id);
        sizes_.push_back(size_of(set));
    }

    // A set that is gone back to has the highest revision again.
    void make_latest() {
        ReplicaSet& set = world_.replica_sets[ids_[newest_]];
        const std::uint32_t next = next_revision(world_, ix_);
        if (set.revision + 1 == next) return;
        set.revision = next;
        sizes_[newest_].revision = next;
        call();
    }

    void scale(std::size_t i, std::int32_t size) {
        turn_.at(call().seen, ReplicaSetScaled{ids_[i], size, room_.replicas + room_.surge});
    }

    void trim_history() {
        for (const std::size_t i : beyond_history(sizes_, newest_, spec_[ix_].rollout.history)) {
            // Its pods are all gone but for what the kubelets still stop; those count for no set any more.
            call();
            end_tries(turn_, ix_, world_.replica_sets[ids_[i]].tries);
            world_.replica_sets.erase(ids_[i]);
        }
    }

    const Spec& spec_;
    World& world_;
    Turn& turn_;
    WorkloadIx ix_;
    RolloutRoom room_;
    std::vector<ReplicaSetId> ids_;
    std::vector<ReplicaSetSize> sizes_;
    std::size_t newest_ = no_new_set;
    sim::Time at_;
    sim::Time seen_;
};

// DEPLOY-5. A second is added so that the deadline has surely passed.
void watch_progress(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, const RolloutProgress& now) {
    Rollout& rollout = *find_rollout(world, ix);
    if (gets_on({rollout.updated, rollout.old, rollout.ready, rollout.available}, now)) {
        rollout.last_progress = turn.now();
        if (rollout.has_stalled) turn.note(RolloutFact{ix, 0, -1, {}});
        rollout.has_stalled = false;
    }
    rollout.updated = now.updated;
    rollout.old = now.old;
    rollout.ready = now.ready;
    rollout.available = now.available;
    if (rollout.is_complete || rollout.has_stalled) return;
    const sim::Time deadline = rollout.last_progress + spec[ix].rollout.progress_deadline;
    if (turn.now() <= deadline) return sync_deployment_at(world, turn, ix, deadline + sim::Duration::seconds(1));
    rollout.has_stalled = true;
    turn.note(RolloutFact{ix, 0, +1, {}});
}

struct SetPods {
    std::int32_t active = 0;
    std::int32_t ready = 0;
    std::int32_t available = 0;
    sim::Time next_available = sim::Time::never();  // RS-3
};
SetPods pods_of(const Spec& spec, const World& world, const ReplicaSet& set, sim::Time now) {
    SetPods pods;
    const sim::Duration min_ready = spec[set.workload].rollout.min_ready;
    for (PodId id = world[set.workload].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const Pod& pod = world.pods[id];
        if (as_written(world, pod.pod_template) != set.pod_template || pod.terminating ||
            pod.stage == PodStage::finished)
            continue;
        ++pods.active;
        if (pod.stage != PodStage::ready) continue;
        ++pods.ready;
        if (is_available(pod, min_ready, now))
            ++pods.available;
        else
            pods.next_available = std::min(pods.next_available, pod.cause_since + min_ready);
    }
    return pods;
}

sim::Time create(const Spec& spec, World& world, Turn& turn, ReplicaSetId id, std::int32_t count) {
    const auto create_one = [&](sim::Time at) {
        const Written call = write_call(spec, world, turn, Controller::replica_set, at);
        ReplicaSet& set = world.replica_sets[id];
        ++set.on_the_way;
        turn.at(call.seen, ReplicaAppears{id, world[set.workload].next_ordinal++});
        return call.done;
    };
    if (!has_quota(spec, world.replica_sets[id].pod_template)) return slow_start(count, turn.now(), create_one);
    sim::Time done = turn.now();
    const std::int32_t batch = next_batch(world.replica_sets[id].tries, count);
    for (std::int32_t i = 0; i < batch; ++i) done = std::max(done, create_one(turn.now()));
    return done;
}

sim::Time remove(const Spec& spec, World& world, Turn& turn, const ReplicaSet& set, std::int32_t count) {
    sim::Time done = turn.now();
    const std::vector<PodId> order = in_order_of_deletion(spec, world, set.workload, set.pod_template, turn.now());
    for (std::int32_t i = 0; i < count; ++i) {
        const Written call = write_call(spec, world, turn, Controller::replica_set, turn.now());
        request_delete(world, turn, order[static_cast<std::size_t>(i)], call.seen);
        done = std::max(done, call.done);
    }
    return done;
}

}  // namespace

const Rollout* rollout_of(const World& world, WorkloadIx workload) {
    const auto at = std::ranges::find(world.rollouts, workload, &Rollout::workload);
    return at == world.rollouts.end() ? nullptr : &*at;
}

bool has_replica_sets(const Spec& spec, const World& world, WorkloadIx workload) {
    return spec[workload].kind == WorkloadKind::deployment && rollout_of(world, workload) != nullptr;
}

ReplicaSetId first_replica_set_of(const World& world, WorkloadIx workload) {
    return rollout_of(world, workload)->first_set;
}

ReplicaSetId replica_set_of(const World& world, const Pod& pod) {
    if (world.rollouts.empty() || pod.job.valid()) return ReplicaSetId::none();
    for (const auto& [id, set] : world.replica_sets) {
        if (set.workload == pod.workload && set.pod_template == as_written(world, pod.pod_template)) return id;
    }
    return ReplicaSetId::none();
}

void sync_deployment_at(World& world, Turn& turn, WorkloadIx workload, sim::Time at) {
    Rollout* rollout = find_rollout(world, workload);
    if (rollout == nullptr || rollout->next_sync <= at) return;
    rollout->next_sync = at;
    turn.at(at, DeploymentSync{workload});
}

void sync_replica_set_at(World& world, Turn& turn, ReplicaSetId id, sim::Time at) {
    ReplicaSet* set = world.replica_sets.find(id);
    if (set == nullptr || set->next_sync <= at) return;
    set->next_sync = at;
    turn.at(at, ReplicaSetSync{id});
}

void begin_rollout(const Spec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx ix, sim::Time seen) {
    if (find_rollout(world, ix) == nullptr) {
        Rollout first;
        first.workload = ix;
        first.is_complete = true;
        first.before = before[ix].pod_template;
        world.rollouts.push_back(first);
        if (spec[ix].kind == WorkloadKind::deployment) {
            ReplicaSet set;
            set.workload = ix;
            set.pod_template = before[ix].pod_template;
            set.revision = 1;
            set.size = set.desired_then = world[ix].desired;
            set.most_then = set.size + room_of(before, world, ix).surge;
            set.on_the_way = world[ix].on_the_way;
            const SetPods pods = pods_of(before, world, set, turn.now());
            set.pods = set.pods_written = pods.active;
            set.ready = set.ready_written = pods.ready;
            set.available = set.available_written = pods.available;
            set.tries = world[ix].tries;
            world[ix].tries = {};
            world.rollouts.back().first_set = world.replica_sets.insert(set);
        }
    }
    Rollout& rollout = *find_rollout(world, ix);
    if (rollout.is_complete) {
        turn.note(RolloutFact{ix, +1, 0, {}});
        // Lower places of a StatefulSet keep the template that all had before the first partition (STS-2).
        if (before[ix].rollout.partition == 0) rollout.before = before[ix].pod_template;
    }
    rollout.is_complete = false;
    rollout.begun = rollout.last_progress = turn.now();
    if (spec[ix].kind == WorkloadKind::deployment)
        sync_deployment_at(world, turn, ix, seen);
    else
        sync_at(world, turn, ix, seen);
}

void complete_rollout(World& world, Turn& turn, WorkloadIx ix) {
    Rollout& rollout = *find_rollout(world, ix);
    if (rollout.is_complete) return;
    rollout.is_complete = true;
    turn.note(RolloutFact{ix, -1, rollout.has_stalled ? -1 : 0, turn.now() - rollout.begun});
    rollout.has_stalled = false;
}

void forget_rollout(World& world, Turn& turn, WorkloadIx ix) {
    const Rollout* rollout = find_rollout(world, ix);
    if (rollout == nullptr) return;
    if (!rollout->is_complete) turn.note(RolloutFact{ix, -1, rollout->has_stalled ? -1 : 0, {}});
    for (const ReplicaSetId id : sets_of(world, ix)) {
        end_tries(turn, ix, world.replica_sets[id].tries);
        world.replica_sets.erase(id);
    }
    std::erase_if(world.rollouts, [ix](const Rollout& one) { return one.workload == ix; });
}

void on(const Spec& spec, World& world, Turn& turn, const ReplicaAppears& event) {
    ReplicaSet* set = world.replica_sets.find(event.set);
    if (set == nullptr) return;  // it has gone with its Deployment
    const bool is_admitted = admits_pod(spec, world, turn, set->workload, set->pod_template);
    if (is_admitted)
        make_pod(spec, world, turn, {set->workload, event.replica, JobId::none()}, set->pod_template);
    else
        set->tries.was_refused = true;
    if (--set->on_the_way > 0) return;
    sim::Time looks = turn.now();
    if (has_quota(spec, set->pod_template))
        looks = look_after_batch(spec, world, turn, Controller::replica_set, set->workload, set->tries);
    sync_replica_set_at(world, turn, event.set, looks);
}

void on(const Spec& spec, World& world, Turn& turn, const DeploymentSync& event) {
    Rollout* const found = find_rollout(world, event.workload);
    // The Deployment has gone, or a later look was brought forward.
    if (found == nullptr || found->next_sync != turn.now()) return;
    Rollout& rollout = *found;
    rollout.next_sync = sim::Time::never();
    if (turn.now() < rollout.blind_until) return sync_deployment_at(world, turn, event.workload, rollout.blind_until);
    DeploymentLook look(spec, world, turn, event.workload);
    look.look();
    const RolloutProgress now = look.progress();
    const bool has_changed = now.updated != rollout.updated || now.old != rollout.old || now.ready != rollout.ready ||
                             now.available != rollout.available;
    if (has_changed) look.call();  // its status
    rollout.blind_until = look.seen();
    if (look.is_done()) complete_rollout(world, turn, event.workload);
    watch_progress(spec, world, turn, event.workload, now);
}

void on(const Spec&, World& world, Turn& turn, const ReplicaSetScaled& event) {
    ReplicaSet* set = world.replica_sets.find(event.set);
    if (set == nullptr) return;
    set->size = event.size;
    set->desired_then = world[set->workload].desired;
    set->most_then = event.most;
    sync_replica_set_at(world, turn, event.set, turn.now());
    sync_deployment_at(world, turn, set->workload, turn.now());
}

void on(const Spec& spec, World& world, Turn& turn, const ReplicaSetSync& event) {
    ReplicaSet* set = world.replica_sets.find(event.set);
    if (set == nullptr || set->next_sync != turn.now()) return;
    set->next_sync = sim::Time::never();
    if (turn.now() < set->busy_until) return sync_replica_set_at(world, turn, event.set, set->busy_until);
    const SetPods pods = pods_of(spec, world, *set, turn.now());
    sim::Time at = turn.now();
    if (set->on_the_way == 0) {  // CTRL-2
        const std::int32_t missing = set->size - pods.active;
        if (missing <= 0) end_tries(turn, set->workload, set->tries);
        if (missing > 0) at = create(spec, world, turn, event.set, std::min(missing, most_changes_a_sync));
        if (missing < 0) at = remove(spec, world, turn, *set, std::min(-missing, most_changes_a_sync));
    }
    if (pods.active != set->pods_written || pods.ready != set->ready_written ||
        pods.available != set->available_written) {
        set->pods_written = pods.active;
        set->ready_written = pods.ready;
        set->available_written = pods.available;
        const Written status = write_call(spec, world, turn, Controller::replica_set, at);
        turn.at(status.seen, ReplicaSetStatusSeen{event.set});
        at = status.done;
    }
    set->busy_until = at;
    if (pods.next_available != sim::Time::never())
        sync_replica_set_at(world, turn, event.set, std::max(pods.next_available, at));
}

void on(const Spec&, World& world, Turn& turn, const ReplicaSetStatusSeen& event) {
    ReplicaSet* set = world.replica_sets.find(event.set);
    if (set == nullptr) return;
    set->pods = set->pods_written;
    set->ready = set->ready_written;
    set->available = set->available_written;
    sync_deployment_at(world, turn, set->workload, turn.now());
}

}  // namespace eks
