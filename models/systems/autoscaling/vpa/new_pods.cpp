#include "models/systems/autoscaling/vpa/new_pods.hpp"

#include "models/systems/autoscaling/vpa/admission.hpp"
#include "models/systems/autoscaling/vpa/update.hpp"
#include "models/world/sizing.hpp"

#include <algorithm>

namespace eks::vpa {

namespace {

// What is not recommended, or not limited, stays.
Amounts put_over(const Amounts& written, const Amounts& given) {
    return {given.cpu_milli != 0 ? given.cpu_milli : written.cpu_milli,
            given.memory_bytes != 0 ? given.memory_bytes : written.memory_bytes};
}

SizedTemplate sized_for(const Spec& spec, const VerticalScaler& scaler, const Amounts& target, TemplateIx written) {
    const ContainerAmounts now = amounts_in(spec[written].containers.front());
    Amounts requests = capped(target, now, scaler.policy, scaler.limit_range);
    if (target.cpu_milli == 0) requests.cpu_milli = 0;
    if (target.memory_bytes == 0) requests.memory_bytes = 0;
    const Amounts limits = scaler.policy.controls_limits
                               ? proportional_limits(now, requests, scaler.limit_range.default_limit)
                               : Amounts{};
    return {written, {{0, put_over(now.requests, requests), put_over(now.limits, limits)}}};
}

bool changes_nothing(const Spec& spec, const SizedTemplate& sized) {
    const ContainerAmounts written = amounts_in(spec[sized.of].containers.front());
    return sized.sizes.front().requests == written.requests && sized.sizes.front().limits == written.limits;
}

// Those of which the target's controllers may make pods.
std::vector<TemplateIx> written_templates(const Spec& spec, const World& world, WorkloadIx target) {
    std::vector<TemplateIx> found{spec[target].pod_template};
    const auto add = [&](TemplateIx ix) {
        if (ix.valid() && std::ranges::find(found, ix) == found.end()) found.push_back(ix);
    };
    for (const auto& [id, set] : world.replica_sets) {
        if (set.workload == target) add(set.pod_template);
    }
    for (const Rollout& rollout : world.rollouts) {
        if (rollout.workload == target) add(rollout.before);
    }
    for (JobId job = world[target].first_job; job.valid(); job = world.jobs[job].next_of_workload)
        add(world.jobs[job].pod_template);
    return found;
}

}  // namespace

bool has_advice(const VerticalScalerState& state) { return state.target != Amounts{}; }

void renew_admissions(const Spec& spec, World& world) {
    std::vector<SizedTemplate> wanted;
    for (std::size_t i = 0; i < spec.pod_scaling.vertical.size(); ++i) {
        const VerticalScaler& scaler = spec.pod_scaling.vertical[i];
        const VerticalScalerState& state = world.pod_scaling.vertical[i];
        if (!sets_requests_of_new_pods(scaler.mode) || !has_advice(state)) continue;
        for (const TemplateIx written : written_templates(spec, world, scaler.target)) {
            SizedTemplate sized = sized_for(spec, scaler, state.target, written);
            if (changes_nothing(spec, sized))
                admit_as(world, written, written);
            else
                wanted.push_back(std::move(sized));
        }
    }
    if (wanted.empty()) return;
    const std::vector<TemplateIx> places = find_or_add_templates(spec, world, wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i) admit_as(world, wanted[i].of, places[i]);
}

}  // namespace eks::vpa
