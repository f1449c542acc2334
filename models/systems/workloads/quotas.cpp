// Source: Kubernetes 1.36, plugin/pkg/admission/resourcequota, pkg/controller/resourcequota.
//
// Left out: quotas of other objects than pods, the usage that the controller counts anew every five minutes (ours is
// never wrong), and with it the pods that are past their grace period and still there.
#include "models/systems/workloads/quotas.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/world/sizing.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::uint8_t last_step = 9;  // 512: more than a sync creates (RS-1)

void change_use(Turn& turn, const QuotaBound& bound, std::uint32_t place, QuotaUse& use, std::int64_t change) {
    const std::int64_t before = used_share_ppm(use.used, bound.limit);
    use.used += change;
    const std::int64_t share = used_share_ppm(use.used, bound.limit) - before;
    if (share != 0) turn.note(QuotaFact{place, share});
}

// The parts of a pod's charge that end when the pod does, or with its object.
void give_back(const Spec& spec, World& world, Turn& turn, const Pod& pod, bool is_object) {
    for (const std::uint32_t q : spec.quotas_of[pod.pod_template.value]) {
        const ResourceQuota& quota = spec.quotas[q];
        for (std::uint32_t b = 0; b < quota.bounds.size(); ++b) {
            const QuotaBound& bound = quota.bounds[b];
            if ((bound.measure == QuotaMeasure::pod_objects) != is_object) continue;
            world.quota_uses[quota.first_use + b].returning += charge_of(bound, spec[pod.pod_template]);
        }
        if (world.quotas_due[q] != 0) continue;
        world.quotas_due[q] = 1;
        // Its controller sees the pod and writes the status, which admission sees.
        turn.after(write_latency(spec, world) + 2 * spec.latencies.watch_delivery, QuotaSync{q});
    }
}

}  // namespace

bool admits_pod(const Spec& spec, World& world, Turn& turn, WorkloadIx workload, TemplateIx written) {
    const TemplateIx ix = as_admitted(spec, world, written);  // webhooks that change pods come before
    if (!has_quota(spec, ix)) return true;
    const PodTemplate& pod = spec[ix];
    for (const std::uint32_t q : spec.quotas_of[ix.value]) {
        const ResourceQuota& quota = spec.quotas[q];
        for (std::uint32_t b = 0; b < quota.bounds.size(); ++b) {
            const QuotaBound& bound = quota.bounds[b];
            const std::int64_t used = world.quota_uses[quota.first_use + b].used;
            const bool is_unstated = lacks_what_is_bound(bound, pod);
            const std::int64_t charge = charge_of(bound, pod);
            if (!is_unstated && (charge <= 0 || used + charge <= bound.limit)) continue;
            turn.note(PodRefusedFact{workload, q, b, used, bound.limit, is_unstated, charge});
            return false;
        }
    }
    return true;
}

void charge_pod(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (!has_quota(spec, pod.pod_template)) return;
    pod.is_charged = true;
    for (const std::uint32_t q : spec.quotas_of[pod.pod_template.value]) {
        const ResourceQuota& quota = spec.quotas[q];
        for (std::uint32_t b = 0; b < quota.bounds.size(); ++b) {
            const std::uint32_t place = quota.first_use + b;
            change_use(turn, quota.bounds[b], place, world.quota_uses[place],
                       charge_of(quota.bounds[b], spec[pod.pod_template]));
        }
    }
}

bool quotas_allow_resize(const Spec& spec, const World& world, PodId id, TemplateIx to) {
    const Pod& pod = world.pods[id];
    if (!has_quota(spec, pod.pod_template)) return true;
    return std::ranges::all_of(spec.quotas_of[pod.pod_template.value], [&](std::uint32_t q) {
        const ResourceQuota& quota = spec.quotas[q];
        for (std::uint32_t b = 0; b < quota.bounds.size(); ++b) {
            const QuotaBound& bound = quota.bounds[b];
            const std::int64_t more = charge_of(bound, spec[to]) - charge_of(bound, spec[pod.pod_template]);
            if (more > 0 && world.quota_uses[quota.first_use + b].used + more > bound.limit) return false;
        }
        return true;
    });
}

void charge_resize(const Spec& spec, World& world, Turn& turn, TemplateIx from, TemplateIx to) {
    if (!has_quota(spec, from)) return;
    for (const std::uint32_t q : spec.quotas_of[from.value]) {
        const ResourceQuota& quota = spec.quotas[q];
        for (std::uint32_t b = 0; b < quota.bounds.size(); ++b) {
            const std::uint32_t place = quota.first_use + b;
            const QuotaBound& bound = quota.bounds[b];
            change_use(turn, bound, place, world.quota_uses[place],
                       charge_of(bound, spec[to]) - charge_of(bound, spec[from]));
        }
    }
}

void pod_ends_charge(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (!pod.is_charged) return;
    pod.is_charged = false;
    give_back(spec, world, turn, pod, false);
}

void gone_pod_ends_charge(const Spec& spec, World& world, Turn& turn, const Pod& pod) {
    if (!has_quota(spec, pod.pod_template)) return;
    if (pod.is_charged) give_back(spec, world, turn, pod, false);
    give_back(spec, world, turn, pod, true);
}

void on(const Spec& spec, World& world, Turn& turn, const QuotaSync& event) {
    world.quotas_due[event.quota] = 0;
    const ResourceQuota& quota = spec.quotas[event.quota];
    for (std::uint32_t b = 0; b < quota.bounds.size(); ++b) {
        QuotaUse& use = world.quota_uses[quota.first_use + b];
        change_use(turn, quota.bounds[b], quota.first_use + b, use, -use.returning);
        use.returning = 0;
    }
}

void open_quotas(const Spec& spec, Turn& turn) {
    for (const ResourceQuota& quota : spec.quotas) {
        for (std::uint32_t b = 0; b < quota.bounds.size(); ++b) {
            const std::int64_t share = used_share_ppm(0, quota.bounds[b].limit);
            if (share != 0) turn.note(QuotaFact{quota.first_use + b, share});
        }
    }
}

void quotas_change(const Spec& before, const Spec& after, const World& world, Turn& turn) {
    for (std::size_t q = 0; q < after.quotas.size(); ++q) {
        const ResourceQuota& quota = after.quotas[q];
        for (std::uint32_t b = 0; b < quota.bounds.size(); ++b) {
            const std::uint32_t place = quota.first_use + b;
            const std::int64_t used = world.quota_uses[place].used;
            const std::int64_t share =
                used_share_ppm(used, quota.bounds[b].limit) - used_share_ppm(used, before.quotas[q].bounds[b].limit);
            if (share != 0) turn.note(QuotaFact{place, share});
        }
    }
}

sim::Duration requeue_delay(Controller controller, std::int32_t refusals, bool is_2018) {
    sim::Duration first = sim::Duration::milliseconds(5);
    sim::Duration most = sim::Duration::seconds(1000);
    if (controller == Controller::job) {
        first = sim::Duration::seconds(is_2018 ? 10 : 1);
        most = sim::Duration::seconds(is_2018 ? 360 : 60);
    }
    constexpr std::int32_t doublings_max = 20;
    return std::min(most, first * (std::int64_t{1} << std::min(refusals - 1, doublings_max)));
}

sim::Time look_after_batch(const Spec& spec, World& world, Turn& turn, Controller controller, WorkloadIx workload,
                           CreationTries& tries) {
    if (!tries.was_refused) {
        tries.step = std::min<std::uint8_t>(tries.step + 1, last_step);
        return turn.now();
    }
    // The limit that all keys of a controller share: ten a second, a hundred at once (CTRL-1).
    constexpr CallPace shared{sim::Duration::milliseconds(100), sim::Duration::milliseconds(9900)};
    constexpr std::uint8_t counted_max = 100;
    if (tries.refusals == 0) turn.note(ReplicaFailureFact{workload, +1});
    tries.refusals = std::min<std::uint8_t>(tries.refusals + 1, counted_max);
    tries.step = 0;
    tries.was_refused = false;
    const sim::Time own = turn.now() + requeue_delay(controller, tries.refusals, spec.kubernetes.is_2018());
    if (controller == Controller::job) return own;
    return std::max(own,
                    call_goes_out(world.controller_requeues[static_cast<std::size_t>(controller)], shared, turn.now()));
}

void end_tries(Turn& turn, WorkloadIx workload, CreationTries& tries) {
    if (tries.refusals > 0) turn.note(ReplicaFailureFact{workload, -1});
    tries.step = tries.refusals = 0;
    tries.was_refused = false;
}

}  // namespace eks
