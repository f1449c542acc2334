#include "models/systems/network/ec2_api.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::int64_t nano_a_token = 1'000'000'000;

// What others in the account call a second: always, and while a fault has them do it.
std::int64_t other_load_milli(const Spec& spec, const World& world, Ec2Action action) {
    std::int64_t load = spec.ec2[action].other_load_milli_per_second;
    for (const ActiveFault& active : world.faults) {
        const Fault& fault = spec.timeline[active.action].fault;
        if (fault.kind == FaultKind::ec2_throttling && ((fault.actions >> static_cast<unsigned>(action)) & 1) != 0)
            load += fault.load_milli_per_second;
    }
    return load;
}

void refill(const Spec& spec, World& world, Ec2Action action, sim::Time now) {
    const Ec2Limit& limit = spec.ec2[action];
    TokenBucket& bucket = world.ec2_buckets[static_cast<std::size_t>(action)];
    const std::int64_t full = limit.bucket * nano_a_token;
    const std::int64_t rate = limit.refill_milli_per_second - other_load_milli(spec, world, action);
    // Longer than it takes to fill or empty the bucket makes no difference, and might overflow.
    const std::int64_t enough = rate == 0 ? 0 : full / std::abs(rate) + 1;
    const std::int64_t elapsed = std::min((now - bucket.as_of).us(), enough);
    bucket.nano_tokens = std::clamp(bucket.nano_tokens + elapsed * rate, std::int64_t{0}, full);
    bucket.as_of = now;
}

// Which bucket counts the instances of a call: those of an instant fleet are taken to be run like others (KARP-36).
constexpr Ec2Action counted_as(Ec2Action action) {
    return action == Ec2Action::create_fleet ? Ec2Action::run_instances : action;
}

// The bucket of an action that counts instances; nobody else's count is known.
void refill_instances(const Spec& spec, World& world, Ec2Action action, sim::Time now) {
    const Ec2Limit& limit = spec.ec2[action];
    TokenBucket& bucket = world.ec2_instances[static_cast<std::size_t>(action)];
    const std::int64_t full = limit.instances * nano_a_token;
    const std::int64_t rate = limit.instances_refill_milli_per_second;
    const std::int64_t elapsed = std::min((now - bucket.as_of).us(), rate == 0 ? 0 : full / rate + 1);
    bucket.nano_tokens = std::min(bucket.nano_tokens + elapsed * rate, full);
    bucket.as_of = now;
}

bool take_token(const Spec& spec, World& world, Ec2Action action, sim::Time now) {
    refill(spec, world, action, now);
    TokenBucket& bucket = world.ec2_buckets[static_cast<std::size_t>(action)];
    if (bucket.nano_tokens < nano_a_token) return false;
    bucket.nano_tokens -= nano_a_token;
    return true;
}

}  // namespace

Ec2Attempt attempt_call(const Spec& spec, World& world, Turn& turn, Ec2Action action, std::uint64_t caller) {
    Ec2Attempt attempt;
    attempt.is_refused = !take_token(spec, world, action, turn.now());
    const double unit = sim::draw_unit(
        turn.key(),
        {stream::ec2_latency, caller, static_cast<std::uint64_t>(turn.now().us()), static_cast<std::uint32_t>(action)});
    attempt.answered = turn.now() + spec.ec2[action].latency.sample(unit);
    if (attempt.is_refused) note_call(turn, action, Ec2Result::request_limit_exceeded);
    return attempt;
}

InstancesCall call_for_instances(const Spec& spec, World& world, Turn& turn, Ec2Action action, std::int32_t count,
                                 std::uint64_t caller) {
    const Ec2Action counted = counted_as(action);
    refill_instances(spec, world, counted, turn.now());
    std::int64_t& tokens = world.ec2_instances[static_cast<std::size_t>(counted)].nano_tokens;
    const Ec2Attempt attempt = attempt_call(spec, world, turn, action, caller);
    InstancesCall call{attempt.answered, attempt.is_refused, 0};
    if (call.is_refused) return call;
    call.instances = count;
    if (spec.ec2[counted].instances == 0) return call;  // no bucket counts them
    call.instances = static_cast<std::int32_t>(std::min<std::int64_t>(count, tokens / nano_a_token));
    call.is_refused = call.instances == 0;
    if (call.is_refused) note_call(turn, action, Ec2Result::request_limit_exceeded);
    tokens -= call.instances * nano_a_token;
    return call;
}

sim::Duration sdk_pause(Turn& turn, std::uint64_t caller, std::uint32_t attempts) {
    constexpr std::int64_t most_us = 20'000'000;
    const std::int64_t span = std::min(std::int64_t{1'000'000} << std::min(attempts - 1, 10U), most_us);
    const double unit =
        sim::draw_unit(turn.key(), {stream::ec2_retry, caller, static_cast<std::uint64_t>(turn.now().us()), attempts});
    return sim::Duration::microseconds(static_cast<std::int64_t>(unit * static_cast<double>(span)));
}

void fill_buckets(const Spec& spec, World& world, sim::Time now) {
    world.ec2_buckets.clear();
    world.ec2_instances.clear();
    for (const Ec2Limit& limit : spec.ec2.limits) {
        world.ec2_buckets.push_back({limit.bucket * nano_a_token, now});
        world.ec2_instances.push_back({limit.instances * nano_a_token, now});
    }
}

void settle_ec2_buckets(const Spec& spec, World& world, sim::Time now) {
    for (std::size_t i = 0; i < world.ec2_buckets.size(); ++i) refill(spec, world, static_cast<Ec2Action>(i), now);
}

}  // namespace eks
