// ExternalDNS and the records of new names (FR-31). Each interval it lists its zones and their records, and makes those
// that are missing by one call; a minute later Route 53's servers have them. With --events it looks five seconds after
// an Ingress or a Service has changed, too. What it lists counts as steady calls (Identity::callers).
//
// Source: kubernetes-sigs/external-dns, controller/controller.go (RunOnce, ScheduleRunOnce, ShouldRunOnce).
//
// MODEL: a look takes no time, and the extra ones of --events add no calls but those for what is new. A call is tried
// three times (--aws-api-retries; of how many tries that number speaks is a guess) where the bucket is empty, else
// once, and one that fails for good fails the look. Resolvers that have been told that a name does not exist, and keep
// that, are left out, and so are domain filters, policies and the records of names that go.
#include "models/systems/platform/external_dns.hpp"

#include "libsim/random.hpp"
#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/platform/aws_api.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr sim::Duration event_window =
    sim::Duration::seconds(5);  // ScheduleRunOnce; --min-event-sync-interval is left out

std::uint64_t key_of(const Spec& spec, std::uint32_t dns) {
    return spec[spec.identity.external_dns[dns].pods].stable_key;
}

void look_at(World& world, Turn& turn, std::uint32_t dns, sim::Time at) {
    ExternalDnsState& state = world.identity.external_dns[dns];
    state.next = at;
    turn.at(at, DnsSync{dns, ++state.serial});
}

bool reads(const ExternalDns& dns, const BalancerObject& object) {
    return object.is_of_ingress ? dns.reads_ingresses : dns.reads_services;
}

bool is_missing(const ExternalDns& dns, const BalancerObject& object, const BalancerObjectState& state) {
    const bool has_address = state.stage == BalancerStage::starting || state.stage == BalancerStage::serving;
    return has_address && object.has_name && !state.has_record && reads(dns, object);
}

// Where the bucket is empty, each try of so many calls is refused with the share that steady calls are.
bool all_are_answered(const Spec& spec, const World& world, Turn& turn, std::uint32_t dns, std::int32_t calls) {
    const AwsBucket& bucket = world.identity.buckets[static_cast<std::size_t>(AwsService::route53)];
    if (bucket.refused_ppm == 0) return true;
    const double refused = static_cast<double>(bucket.refused_ppm) / 1e6;
    double all = 1;
    for (std::int32_t i = 0; i < calls; ++i) all *= 1 - refused * refused * refused;
    return sim::draw_unit(turn.key(), {stream::dns_refused, key_of(spec, dns),
                                       static_cast<std::uint64_t>(turn.now().us()), 0}) < all;
}

bool are_some_missing(const Spec& spec, const World& world, std::uint32_t dns) {
    for (std::uint32_t i = 0; i < world.identity.balancer_objects.size(); ++i) {
        if (is_missing(spec.identity.external_dns[dns], spec.identity.balancer_objects[i],
                       world.identity.balancer_objects[i]))
            return true;
    }
    return false;
}

// By one call, which is among those that have been drawn where the bucket is empty.
bool make_records(const Spec& spec, World& world, Turn& turn, std::uint32_t dns) {
    const auto for_missing = [&](const auto& act) {
        for (std::uint32_t i = 0; i < world.identity.balancer_objects.size(); ++i) {
            BalancerObjectState& state = world.identity.balancer_objects[i];
            if (is_missing(spec.identity.external_dns[dns], spec.identity.balancer_objects[i], state)) act(i, state);
        }
    };
    if (!are_some_missing(spec, world, dns)) return true;
    const bool is_empty = world.identity.buckets[static_cast<std::size_t>(AwsService::route53)].refused_ppm > 0;
    if (is_empty)
        turn.note(AwsCallFact{AwsAction::change_resource_record_sets, AwsResult::success, 1});
    else if (call_aws(spec, world, turn, AwsAction::change_resource_record_sets, 1) == 0)
        return false;
    for_missing([&](std::uint32_t i, BalancerObjectState& state) {
        state.has_record = true;
        turn.after(spec.identity.record_propagation, RecordEverywhere{i});
    });
    return true;
}

std::int64_t unix_seconds(const Spec& spec, sim::Time now) {
    constexpr std::int64_t us_in_second = 1'000'000;
    return spec.start_unix_seconds + now.us() / us_in_second;
}

void has_looked(Turn& turn, ExternalDnsState& state, std::uint32_t dns, std::int64_t at) {
    turn.note(DnsSyncFact{dns, false, at - state.last_sync});
    state.last_sync = at;
}

}  // namespace

void on(const Spec& spec, World& world, Turn& turn, const DnsSync& event) {
    ExternalDnsState& state = world.identity.external_dns[event.dns];
    if (!state.runs || event.serial != state.serial) return;
    const ExternalDns& dns = spec.identity.external_dns[event.dns];
    // One more than it lists: what it changes, if anything.
    const std::int32_t calls = dns.calls + (are_some_missing(spec, world, event.dns) ? 1 : 0);
    if (all_are_answered(spec, world, turn, event.dns, calls) && make_records(spec, world, turn, event.dns))
        has_looked(turn, state, event.dns, unix_seconds(spec, turn.now()));
    else
        turn.note(DnsSyncFact{event.dns, true, 0});
    look_at(world, turn, event.dns, turn.now() + dns.interval);
}

void on(const Spec& spec, World& world, Turn& turn, const RecordEverywhere& event) {
    BalancerObjectState& state = world.identity.balancer_objects[event.object];
    state.resolves = true;
    turn.note(NameResolvesFact{event.object, turn.now() - state.created});
    if (!spec.traffic.classes.empty()) requests_change(world, turn);
}

void follow_settled_names(const Spec& spec, World& world, Turn& turn) {
    for (std::uint32_t dns = 0; dns < world.identity.external_dns.size(); ++dns) {
        const ExternalDns& row = spec.identity.external_dns[dns];
        ExternalDnsState& state = world.identity.external_dns[dns];
        state.runs = world[row.pods].ready > 0;
        if (!state.runs) continue;
        const double unit = sim::draw_unit(turn.key(), {stream::dns_phase, key_of(spec, dns), 0, 0});
        const auto until =
            sim::Duration::microseconds(static_cast<std::int64_t>(unit * static_cast<double>(row.interval.us())));
        look_at(world, turn, dns, turn.now() + until);
        has_looked(turn, state, dns, unix_seconds(spec, turn.now()) - (row.interval - until).us() / 1'000'000);
    }
}

void external_dns_changes(const Spec& spec, World& world, Turn& turn, std::uint32_t dns) {
    ExternalDnsState& state = world.identity.external_dns[dns];
    const bool runs = world[spec.identity.external_dns[dns].pods].ready > 0;
    if (runs == state.runs) return;
    state.runs = runs;
    if (runs) look_at(world, turn, dns, turn.now());
}

void names_change(const Spec& spec, World& world, Turn& turn, const BalancerObject& object) {
    for (std::uint32_t dns = 0; dns < world.identity.external_dns.size(); ++dns) {
        const ExternalDnsState& state = world.identity.external_dns[dns];
        const sim::Time soon = turn.now() + event_window;
        const ExternalDns& row = spec.identity.external_dns[dns];
        if (row.hears_events && reads(row, object) && state.runs && state.next > soon) look_at(world, turn, dns, soon);
    }
}

}  // namespace eks
