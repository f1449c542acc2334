#include "models/systems/platform/aws_api.hpp"

#include "libsim/wide.hpp"
#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::int64_t pico_a_request = 1'000'000'000'000;
constexpr std::int64_t all_ppm = 1'000'000;

AwsBucket& bucket_of(World& world, AwsService service) {
    return world.identity.buckets[static_cast<std::size_t>(service)];
}

// What others in the account call in millionths a second: always, and while a fault has them do it.
std::int64_t other_load_micro(const Spec& spec, const World& world, AwsService service) {
    constexpr std::int64_t micro_in_milli = 1000;
    std::int64_t load = spec.identity.limit(service).other_load_milli_per_second;
    for (const ActiveFault& active : world.faults) {
        const Fault& fault = spec.timeline[active.action].fault;
        if (fault.kind == FaultKind::aws_throttling && fault.service == service) load += fault.load_milli_per_second;
    }
    return load * micro_in_milli;
}

// What the bucket gains a microsecond, in the units of its tokens: the same number as in millionths a second.
std::int64_t gain(const Spec& spec, World& world, AwsService service) {
    constexpr std::int64_t micro_in_milli = 1000;
    return spec.identity.limit(service).refill_milli_per_second * micro_in_milli -
           other_load_micro(spec, world, service) - bucket_of(world, service).steady_micro;
}

void settle(const Spec& spec, World& world, AwsService service, sim::Time now) {
    AwsBucket& bucket = bucket_of(world, service);
    const std::int64_t full = spec.identity.limit(service).bucket * pico_a_request;
    const std::int64_t rate = gain(spec, world, service);
    // Longer than it takes to fill or empty the bucket makes no difference, and might overflow.
    const std::int64_t enough = rate == 0 ? 0 : full / std::abs(rate) + 1;
    const std::int64_t elapsed = std::min((now - bucket.as_of).us(), enough);
    bucket.pico_tokens = std::clamp(bucket.pico_tokens + elapsed * rate, std::int64_t{0}, full);
    bucket.as_of = now;
}

bool calls_now(const World& world, std::size_t caller) { return world.identity.callers_up[caller] != 0; }

// Tells what becomes of the steady calls from now on.
void note_refused(const Spec& spec, World& world, Turn& turn, AwsService service, std::int32_t ppm) {
    AwsBucket& bucket = bucket_of(world, service);
    if (bucket.refused_ppm == ppm) return;
    for (std::size_t i = 0; i < spec.identity.callers.size(); ++i) {
        const SteadyCaller& caller = spec.identity.callers[i];
        if (service_of(caller.action) != service || !calls_now(world, i)) continue;
        const std::int64_t more = refused_of(caller, ppm) - refused_of(caller, bucket.refused_ppm);
        turn.note(SteadyCallsFact{static_cast<std::uint32_t>(i), -more, more});
    }
    bucket.refused_ppm = ppm;
}

}  // namespace

std::int64_t refused_of(const SteadyCaller& caller, std::int32_t ppm) {
    return static_cast<std::int64_t>(sim::Int128{caller.micro_per_second} * ppm / all_ppm);
}

// MODEL: where more is asked for than the bucket is refilled with, all who ask steadily are refused the same share once
// it is empty, and single calls find no token in it (as IPAM-405 has it for EC2).
void look_at_bucket(const Spec& spec, World& world, Turn& turn, AwsService service) {
    if (world.identity.buckets.empty()) return;
    settle(spec, world, service, turn.now());
    AwsBucket& bucket = bucket_of(world, service);
    const std::int64_t rate = gain(spec, world, service);
    ++bucket.serial;
    if (rate >= 0) return note_refused(spec, world, turn, service, 0);
    if (bucket.pico_tokens == 0) {
        const std::int64_t asked = other_load_micro(spec, world, service) + bucket.steady_micro;
        const auto ppm = static_cast<std::int32_t>(sim::Int128{-rate} * all_ppm / asked);
        return note_refused(spec, world, turn, service, ppm);
    }
    note_refused(spec, world, turn, service, 0);
    const std::int64_t lasts_us = (bucket.pico_tokens - rate - 1) / -rate;
    turn.at(turn.now() + sim::Duration::microseconds(lasts_us),
            AwsBucketEmpty{static_cast<std::uint32_t>(service), bucket.serial});
}

void on(const Spec& spec, World& world, Turn& turn, const AwsBucketEmpty& event) {
    const auto service = static_cast<AwsService>(event.service);
    if (bucket_of(world, service).serial == event.serial) look_at_bucket(spec, world, turn, service);
}

std::int32_t call_aws(const Spec& spec, World& world, Turn& turn, AwsAction action, std::int32_t calls) {
    const AwsService service = service_of(action);
    settle(spec, world, service, turn.now());
    AwsBucket& bucket = bucket_of(world, service);
    const auto answered = static_cast<std::int32_t>(std::min<std::int64_t>(calls, bucket.pico_tokens / pico_a_request));
    bucket.pico_tokens -= answered * pico_a_request;
    if (answered > 0) turn.note(AwsCallFact{action, AwsResult::success, answered});
    if (answered < calls) turn.note(AwsCallFact{action, AwsResult::throttled, calls - answered});
    // The bucket will be empty sooner than it was thought to be.
    if (answered > 0 && gain(spec, world, service) < 0) look_at_bucket(spec, world, turn, service);
    return answered;
}

sim::Time aws_answers_at(const Spec& spec, Turn& turn, AwsAction action, std::uint64_t caller) {
    const double unit = sim::draw_unit(
        turn.key(),
        {stream::aws_latency, caller, static_cast<std::uint64_t>(turn.now().us()), static_cast<std::uint32_t>(action)});
    return turn.now() + spec.identity.limit(service_of(action)).latency.sample(unit);
}

sim::Duration aws_retry_pause(Turn& turn, std::uint64_t caller, std::uint32_t attempts) {
    const double unit =
        sim::draw_unit(turn.key(), {stream::aws_retry, caller, static_cast<std::uint64_t>(turn.now().us()), attempts});
    return sim::Duration::microseconds(
        static_cast<std::int64_t>(unit * static_cast<double>(longest_retry_pause(attempts).us())));
}

void settle_aws_buckets(const Spec& spec, World& world, sim::Time now) {
    for (std::size_t i = 0; i < world.identity.buckets.size(); ++i)
        settle(spec, world, static_cast<AwsService>(i), now);
}

void aws_load_changes(const Spec& spec, World& world, Turn& turn) {
    for (std::size_t i = 0; i < world.identity.buckets.size(); ++i)
        look_at_bucket(spec, world, turn, static_cast<AwsService>(i));
}

}  // namespace eks
