// The EndpointSlice controller and what nodes make of its slices (EPS-1, EPS-2).
//
// A change of a pod is seen by the controller, written with its own client's limit, and taken over by each node's
// kube-proxy within the second of its minSyncPeriod. A Service whose slices have just been written waits a second.
// Which endpoint lies in which slice is not kept: a sync is taken to touch a slice for each endpoint that changed.
// Services without a selector, and the older Endpoints objects, are left out.
#include "models/systems/handlers.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/endpoint_arithmetic.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr sim::Duration own_slices_pause = sim::Duration::seconds(1);  // EPS-1
constexpr sim::Duration min_sync_period = sim::Duration::seconds(1);   // of kube-proxy, EPS-2

struct Endpoints {
    std::int32_t ready = 0;
    std::int32_t terminating = 0;  // that still serve
    std::int32_t all = 0;
};

// EPS-2: ready is a pod that is Ready and not terminating; one that terminates serves until its containers end.
Endpoints endpoints_of(const World& world, const Service& service) {
    Endpoints now;
    for (const WorkloadIx workload : service.to) {
        const auto count = [&](PodId first) {
            for (PodId id = first; id.valid(); id = world.pods[id].next_of_owner) {
                const Pod& pod = world.pods[id];
                if (!pod.has_sandbox || pod.stage == PodStage::finished) continue;
                ++now.all;
                if (counts_as_ready(pod) && !pod.terminating && !pod.hides_ready) ++now.ready;
                if (pod.stage == PodStage::stopping && pod.was_ready) ++now.terminating;
            }
        };
        count(world[workload].first_pod);
        for (JobId job = world[workload].first_job; job.valid(); job = world.jobs[job].next_of_workload)
            count(world.jobs[job].first_pod);
    }
    return now;
}

void take_over(ServiceState& state, const Endpoints& now) {
    state.ready = now.ready;
    state.terminating = now.terminating;
    state.endpoints = now.all;
    state.slices = slices_of(now.all);
}

}  // namespace

void open_services(const Spec& spec, World& world, Turn& turn) {
    for (std::uint32_t i = 0; i < spec.services.size(); ++i) {
        ServiceState& state = world.services[i];
        take_over(state, endpoints_of(world, spec.services[i]));
        turn.note(EndpointsFact{i, state.ready, state.terminating, state.slices});
    }
}

void endpoints_change(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    if (spec.services_of.empty()) return;
    for (const std::uint32_t i : spec.services_of[workload.value]) {
        ServiceState& state = world.services[i];
        ++state.changes;
        if (state.changed_at != sim::Time::never()) continue;
        state.changed_at = turn.now();
        const sim::Time seen = turn.now() + spec.latencies.watch_delivery;
        turn.at(std::max(seen, state.written_at + own_slices_pause), EndpointSync{i});
    }
}

void on(const Spec& spec, World& world, Turn& turn, const EndpointSync& event) {
    ServiceState& state = world.services[event.service];
    const ServiceState before = state;
    take_over(state, endpoints_of(world, spec.services[event.service]));
    state.changed_at = sim::Time::never();
    state.changes = 0;
    sim::Time seen = turn.now();
    for (std::int32_t n = slices_written(before.changes, before.slices, state.slices); n > 0; --n)
        seen = std::max(seen, write_call(spec, world, turn, Controller::endpoint_slice, turn.now()).seen);
    state.written_at = turn.now();
    service_written(spec, world, turn, event.service, before.changed_at, seen);
    turn.note(EndpointsFact{event.service, state.ready - before.ready, state.terminating - before.terminating,
                            state.slices - before.slices, seen + min_sync_period - before.changed_at});
}

}  // namespace eks
