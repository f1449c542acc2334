// An object that the timeline makes while a run is under way. Its controller sees it as it would see any new object.
#include "models/spec/tolerations.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

namespace eks {

namespace {

// DS-1: a pod for each node that it belongs on and whose taints of a beginning it tolerates; the others follow when
// they are Ready.
std::int32_t nodes_of(const Spec& spec, const World& world, WorkloadIx daemon_set) {
    std::int32_t count = 0;
    for (const NodeId id : world.node_order) {
        const Node& node = world.nodes[id];
        const bool is_open = node.state == NodeState::ready || spec.kubernetes.daemon_sets_bind_themselves() ||
                             tolerates_start_of(spec.template_of(daemon_set), spec[node.shape]);
        count += is_open && runs_on(spec, daemon_set, node.shape) ? 1 : 0;
    }
    return count;
}

}  // namespace

void create_workload(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    WorkloadState& state = world[ix];
    if (!state.deleted) return;
    state.deleted = false;
    const Workload& workload = spec[ix];
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    const std::int64_t now_unix_seconds = spec.start_unix_seconds + turn.now().us() / 1'000'000;
    switch (workload.kind) {
        case WorkloadKind::job: turn.at(seen, JobCreated{ix, now_unix_seconds}); return;
        case WorkloadKind::cron_job:
            state.created_unix_seconds = now_unix_seconds;
            if (!spec.kubernetes.cron_jobs_are_polled() && !workload.cron.suspended) turn.at(seen, CronSync{ix});
            return;
        case WorkloadKind::scaled_job: return;
        case WorkloadKind::daemon_set: set_desired(world, turn, ix, nodes_of(spec, world, ix)); break;
        case WorkloadKind::deployment:
        case WorkloadKind::replica_set:
        case WorkloadKind::stateful_set:
        case WorkloadKind::pod: set_desired(world, turn, ix, workload.replicas); break;
    }
    sync_at(world, turn, ix, seen);
    scaled_pods_change(spec, world, turn, ix);
    cluster_size_changes(spec, world, turn);  // whoever scales it looks at it
}

}  // namespace eks
