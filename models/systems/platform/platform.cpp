// What happens in the cluster, told to those of the platform that act on it, and how a run begins for them.
#include "models/systems/platform/aws_api.hpp"
#include "models/systems/platform/balancer_controller.hpp"
#include "models/systems/platform/balancers.hpp"
#include "models/systems/platform/credentials.hpp"
#include "models/systems/platform/external_dns.hpp"
#include "models/systems/platform/secrets.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

// Whoever calls steadily does so while a pod of his is ready.
void caller_changes(const Spec& spec, World& world, Turn& turn, std::size_t which) {
    const SteadyCaller& caller = spec.identity.callers[which];
    const bool calls = !caller.pods.valid() || world[caller.pods].ready > 0;
    std::uint8_t& is_up = world.identity.callers_up[which];
    if ((is_up != 0) == calls) return;
    settle_aws_buckets(spec, world, turn.now());
    is_up = calls ? 1 : 0;
    AwsBucket& bucket = world.identity.buckets[static_cast<std::size_t>(service_of(caller.action))];
    const std::int64_t sign = calls ? 1 : -1;
    const std::int64_t change = sign * caller.micro_per_second;
    bucket.steady_micro += change;
    const std::int64_t refused = refused_of(caller, bucket.refused_ppm);
    turn.note(SteadyCallsFact{static_cast<std::uint32_t>(which), change - sign * refused, sign * refused});
    look_at_bucket(spec, world, turn, service_of(caller.action));
}

// Of the load balancers that face the internet, those that are not made in the run.
std::int32_t facing_from_the_start(const Spec& spec) {
    const auto comes_later = [&](const std::string& name) {
        return std::ranges::any_of(spec.identity.balancer_objects, [&](const BalancerObject& object) {
            return object.comes_alone && spec.load_balancers[object.balancer].name == name;
        });
    };
    const std::vector<std::string>& facing = spec.identity.exposure.balancers;
    return static_cast<std::int32_t>(std::ssize(facing) - std::ranges::count_if(facing, comes_later));
}

}  // namespace

void begin_platform(const Spec& spec, World& world, sim::Time now) {
    const Identity& identity = spec.identity;
    if (identity.is_empty()) return;
    constexpr std::int64_t pico_a_request = 1'000'000'000'000;
    for (const AwsLimit& limit : identity.limits)
        world.identity.buckets.push_back({limit.bucket * pico_a_request, now, 0, 0, 0});
    world.identity.callers_up.resize(identity.callers.size());
    world.identity.secrets.resize(identity.secrets.size());
    world.identity.secret_operators.resize(identity.secret_operators.size());
    world.identity.gates.resize(identity.gates.size());
    begin_balancers(spec, world);
    world.identity.external_dns.resize(identity.external_dns.size());
    settle_secrets(spec, world);
}

void open_platform(const Spec& spec, World& world, Turn& turn) {
    const Identity& identity = spec.identity;
    if (identity.exposure.is_said || !identity.exposure.balancers.empty())
        turn.note(ExposureFact{identity.exposure.is_open_to_all() ? 1 : 0, facing_from_the_start(spec)});
    if (identity.is_empty()) return;
    if (identity.balancer_controller.valid())
        world.identity.controller_runs = world[identity.balancer_controller].ready > 0;
    count_settled_targets(spec, world);
    follow_settled_names(spec, world, turn);
    renew_settled_credentials(spec, world, turn);
    follow_settled_secrets(spec, world, turn);
    for (std::size_t i = 0; i < identity.callers.size(); ++i) caller_changes(spec, world, turn, i);
}

void platform_pods_change(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Identity& identity = spec.identity;
    const Pod& pod = world.pods[id];
    // What data paths know of targets has waited for it.
    if (pod.workload == identity.balancer_controller && world.data_path.is_open)
        data_path_steps_at(world, turn, turn.now());
    if (identity.is_empty()) return;
    for (std::uint32_t i = 0; i < identity.secret_operators.size(); ++i) {
        if (identity.secret_operators[i].pods == pod.workload) secrets_operator_changes(spec, world, turn, i);
    }
    if (pod.workload == identity.balancer_controller) balancer_controller_changes(spec, world, turn);
    targets_change(spec, world, turn, id);
    balancers_pods_change(spec, world, turn, pod.workload);
    for (std::uint32_t i = 0; i < identity.external_dns.size(); ++i) {
        if (identity.external_dns[i].pods == pod.workload) external_dns_changes(spec, world, turn, i);
    }
    for (std::size_t i = 0; i < identity.callers.size(); ++i) {
        if (identity.callers[i].pods == pod.workload) caller_changes(spec, world, turn, i);
    }
}

}  // namespace eks
