#include "models/systems/nodes/own_end.hpp"

#include "models/spec/streams.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::uint32_t draws_a_run = 4;
enum Draw : std::uint32_t { liveness_share, liveness_after, exit_share, exit_after };

double draw(const Spec& spec, Turn& turn, const Pod& pod, Draw which) {
    return sim::draw_unit(turn.key(), {stream::container_failure, spec[pod.workload].stable_key, pod.ordinal,
                                       draws_a_run * pod.restarts + which});
}

bool strikes(const Spec& spec, Turn& turn, const Pod& pod, Draw which, std::int32_t share_ppm) {
    return share_ppm > 0 && draw(spec, turn, pod, which) * 1e6 < static_cast<double>(share_ppm);
}

template <class F>
void for_each_serving(const PodTemplate& t, F f) {
    for (const ContainerSpec& c : t.init_containers) {
        if (c.is_sidecar) f(c);
    }
    for (const ContainerSpec& c : t.containers) f(c);
}

sim::Duration drawn_stop(const Spec& spec, Turn& turn, const Pod& pod, std::uint32_t n) {
    return spec[pod.pod_template].stop_time.sample(
        sim::draw_unit(turn.key(), {stream::stop_time, spec[pod.workload].stable_key, pod.ordinal, n}));
}

// A process that is told to stop while so much is left of the grace: a call to stop one takes two seconds before it
// turns to force, whatever is left.
sim::Duration stop_within(sim::Duration stop, sim::Duration left) {
    return std::min(stop, std::max(left, sim::Duration::seconds(2)));
}

}  // namespace

sim::Duration answers_after(const Spec& spec, Turn& turn, const Pod& pod) {
    return spec[pod.pod_template].ready_after.sample(
        sim::draw_unit(turn.key(), {stream::ready_after, spec[pod.workload].stable_key, pod.ordinal, pod.restarts}));
}

sim::Duration started_after(const PodTemplate& t, sim::Duration answers_after) {
    sim::Duration latest = sim::Duration::zero();
    for_each_serving(t, [&](const ContainerSpec& c) {
        if (c.startup.is_set) latest = std::max(latest, first_probe_from(c.startup, answers_after));
    });
    return latest;
}

OwnEnd own_end(const Spec& spec, Turn& turn, const Pod& pod, sim::Duration answers_after) {
    const PodTemplate& t = spec[pod.pod_template];
    OwnEnd end;
    const auto killed_after = [&](sim::Duration after) {
        if (after >= end.after) return;
        end.after = after;
        end.fails = true;
    };
    // One that takes longer to start than its startup probe allows is killed over and over again.
    for_each_serving(t, [&](const ContainerSpec& c) {
        if (!c.startup.is_set) return;
        const sim::Duration limit = gives_up_at(c.startup, sim::Duration::zero());
        if (first_probe_from(c.startup, answers_after) + c.startup.timeout > limit) killed_after(limit);
    });
    if (strikes(spec, turn, pod, liveness_share, t.liveness_failure.share_ppm)) {
        const sim::Duration hangs = std::max(t.liveness_failure.after.sample(draw(spec, turn, pod, liveness_after)),
                                             started_after(t, answers_after));
        for_each_serving(t, [&](const ContainerSpec& c) {
            if (c.liveness.is_set) killed_after(gives_up_at(c.liveness, hangs));
        });
    }
    // What is killed has its hook and its grace first (KUBELET-50).
    if (end.comes()) {
        sim::Duration hook;
        for_each_serving(
            t, [&](const ContainerSpec& c) { hook = std::max(hook, std::min(c.pre_stop, t.termination_grace)); });
        end.after += hook + stop_within(drawn_stop(spec, turn, pod, 1 + pod.restarts), t.termination_grace - hook);
    }
    if (strikes(spec, turn, pod, exit_share, t.exit.share_ppm)) {
        const sim::Duration exits = t.exit.after.sample(draw(spec, turn, pod, exit_after));
        if (exits < end.after) end = {exits, t.exit_code != 0};
    }
    return end;
}

sim::Duration stop_duration(const Spec& spec, Turn& turn, const Pod& pod, sim::Duration most) {
    const PodTemplate& t = spec[pod.pod_template];
    sim::Duration hook;
    for (const ContainerSpec& c : t.containers) hook = std::max(hook, std::min(c.pre_stop, most));
    const sim::Duration stop = drawn_stop(spec, turn, pod, 0);
    sim::Duration ends = hook + stop_within(stop, most - hook);
    // Sidecars after them, the last one first.
    for (auto c = t.init_containers.rbegin(); c != t.init_containers.rend(); ++c) {
        if (!c->is_sidecar) continue;
        const sim::Duration left = std::max(most - ends, sim::Duration::zero());
        const sim::Duration its_hook = std::min(c->pre_stop, left);
        ends += its_hook + stop_within(stop, left - its_hook);
    }
    return ends;
}

}  // namespace eks
