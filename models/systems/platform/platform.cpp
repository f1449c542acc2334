// What happens in the cluster, told to those of the platform that act on it, and how a run begins for them.
#include "models/systems/platform/aws_api.hpp"
#include "models/systems/platform/balancer_controller.hpp"
#include "models/systems/platform/credentials.hpp"
#include "models/systems/platform/secrets.hpp"
#include "models/systems/signals.hpp"

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
    const std::int32_t change = calls ? caller.milli_per_second : -caller.milli_per_second;
    bucket.steady_milli += change;
    const auto refused =
        static_cast<std::int32_t>(static_cast<std::int64_t>(caller.milli_per_second) * bucket.refused_ppm / 1'000'000);
    const std::int32_t sign = calls ? 1 : -1;
    turn.note(SteadyCallsFact{static_cast<std::uint32_t>(which), change - sign * refused, sign * refused});
    look_at_bucket(spec, world, turn, service_of(caller.action));
}

}  // namespace

void begin_platform(const Spec& spec, World& world, sim::Time now) {
    const Identity& identity = spec.identity;
    if (identity.is_empty()) return;
    constexpr std::int64_t nano_a_request = 1'000'000'000;
    for (const AwsLimit& limit : identity.limits)
        world.identity.buckets.push_back({limit.bucket * nano_a_request, now, 0, 0, 0});
    world.identity.callers_up.resize(identity.callers.size());
    world.identity.secrets.resize(identity.secrets.size());
    world.identity.secret_operators.resize(identity.secret_operators.size());
    world.identity.gates.resize(identity.gates.size());
    settle_secrets(spec, world);
}

void open_platform(const Spec& spec, World& world, Turn& turn) {
    const Identity& identity = spec.identity;
    if (identity.exposure.is_said || !identity.exposure.balancers.empty())
        turn.note(ExposureFact{identity.exposure.is_open_to_all() ? 1 : 0,
                               static_cast<std::int32_t>(identity.exposure.balancers.size())});
    if (identity.is_empty()) return;
    if (identity.balancer_controller.valid())
        world.identity.controller_runs = world[identity.balancer_controller].ready > 0;
    renew_settled_credentials(spec, world, turn);
    follow_settled_secrets(spec, world, turn);
    for (std::size_t i = 0; i < identity.callers.size(); ++i) caller_changes(spec, world, turn, i);
}

void platform_pods_change(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Identity& identity = spec.identity;
    if (identity.is_empty()) return;
    const Pod& pod = world.pods[id];
    for (std::uint32_t i = 0; i < identity.secret_operators.size(); ++i) {
        if (identity.secret_operators[i].pods == pod.workload) secrets_operator_changes(spec, world, turn, i);
    }
    if (pod.workload == identity.balancer_controller) balancer_controller_changes(spec, world, turn);
    for (std::size_t i = 0; i < identity.callers.size(); ++i) {
        if (identity.callers[i].pods == pod.workload) caller_changes(spec, world, turn, i);
    }
}

}  // namespace eks
