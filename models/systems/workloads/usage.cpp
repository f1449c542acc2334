// What the pods of a workload use changes with the simulated time where a trace describes it: one event a change and
// workload, whatever the number of its pods. Kubelets act on what is used of memory (KUBELET-60, KUBELET-64).
#include "models/systems/handlers.hpp"
#include "models/systems/workloads/controllers.hpp"

namespace eks {

namespace {

void schedule_change(Turn& turn, const Usage& usage, WorkloadIx workload, std::size_t point) {
    if (point >= usage.points.size()) return;
    turn.at(sim::Time::at(usage.points[point].at), UsageChanges{workload, static_cast<std::uint32_t>(point)});
}

}  // namespace

void follow_usages(const Spec& spec, Turn& turn) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (const Usage* usage = spec.usage_of(ix); usage != nullptr && !usage->follows_traffic)
            schedule_change(turn, *usage, ix, 1);
    }
}

void on(const Spec& spec, World& world, Turn& turn, const UsageChanges& event) {
    const Usage& usage = *spec.usage_of(event.workload);
    const UsagePoint& now = usage.points[event.point];
    turn.note(UsageFact{event.workload, now.cpu_milli, now.memory_bytes});
    memory_use_changes(spec, world, turn, event.workload);
    scaled_pods_change(spec, world, turn, event.workload);
    schedule_change(turn, usage, event.workload, event.point + std::size_t{1});
}

}  // namespace eks
