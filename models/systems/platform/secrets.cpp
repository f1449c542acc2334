// Operators that make Secrets of what a provider keeps (FR-36): external-secrets, Vault's operator. One object after
// the other, each with a call a key, which the provider answers or throttles; again after the object's refreshInterval,
// and all of them when the operator's process begins. Without it no Secret comes to be, and those that are there stay.
#include "models/systems/platform/secrets.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/platform/aws_api.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

void take_next(const Spec& spec, World& world, Turn& turn, std::uint32_t which);

// Its operator makes one call after the other until it has all keys.
void call_provider(const Spec& spec, World& world, Turn& turn, std::uint32_t secret) {
    const OperatedSecret& object = spec.identity.secrets[secret];
    SecretsOperatorState& state = world.identity.secret_operators[object.by];
    // MODEL: of more keys than the bucket holds, those that a full one answers are enough.
    const std::int32_t needed = std::min(object.calls, spec.identity.limit(service_of(object.action)).bucket);
    if (object.is_paid_call && call_aws(spec, world, turn, object.action, object.calls) < needed) {
        turn.note(SecretSyncFact{secret, true, false});
        turn.after(aws_retry_pause(turn, secret, ++state.attempts), SecretSync{secret, state.serial, SecretStep::call});
        return;
    }
    state.attempts = 0;
    turn.after(spec.identity.secret_read * object.calls, SecretSync{secret, state.serial, SecretStep::made});
}

void queue_up(const Spec& spec, World& world, Turn& turn, std::uint32_t secret) {
    SecretState& state = world.identity.secrets[secret];
    const std::uint32_t which = spec.identity.secrets[secret].by;
    SecretsOperatorState& by = world.identity.secret_operators[which];
    if (!state.is_applied || state.is_queued || !by.runs) return;
    state.is_queued = true;
    by.queue.push_back(secret);
    if (!by.is_busy) take_next(spec, world, turn, which);
}

void take_next(const Spec& spec, World& world, Turn& turn, std::uint32_t which) {
    SecretsOperatorState& by = world.identity.secret_operators[which];
    by.is_busy = !by.queue.empty();
    if (by.is_busy) call_provider(spec, world, turn, by.queue.front());
}

void refresh_after(const Spec& spec, const World& world, Turn& turn, std::uint32_t secret, sim::Duration pause) {
    const OperatedSecret& object = spec.identity.secrets[secret];
    if (object.refresh > sim::Duration::zero())
        turn.after(pause, SecretSync{secret, world.identity.secret_operators[object.by].serial, SecretStep::refresh});
}

}  // namespace

void on(const Spec& spec, World& world, Turn& turn, const SecretSync& event) {
    const OperatedSecret& object = spec.identity.secrets[event.secret];
    SecretsOperatorState& by = world.identity.secret_operators[object.by];
    if (by.serial != event.serial) return;  // its process has ended
    if (event.which == SecretStep::call) return call_provider(spec, world, turn, event.secret);
    if (event.which == SecretStep::refresh) return queue_up(spec, world, turn, event.secret);
    SecretState& state = world.identity.secrets[event.secret];
    turn.note(SecretSyncFact{event.secret, false, !state.exists});
    state.exists = true;
    state.is_queued = false;
    by.queue.erase(by.queue.begin());
    refresh_after(spec, world, turn, event.secret, object.refresh);
    take_next(spec, world, turn, object.by);
}

void secrets_operator_changes(const Spec& spec, World& world, Turn& turn, std::uint32_t which) {
    SecretsOperatorState& by = world.identity.secret_operators[which];
    const bool runs = world[spec.identity.secret_operators[which].pods].ready > 0;
    if (by.runs == runs) return;
    by = {runs, false, by.serial + 1, 0, {}};
    for (std::uint32_t i = 0; i < spec.identity.secrets.size(); ++i) {
        if (spec.identity.secrets[i].by != which) continue;
        world.identity.secrets[i].is_queued = false;
        queue_up(spec, world, turn, i);
    }
}

void pod_needs_secrets(const Spec& spec, World& world, Turn& turn, PodId id) {
    for (const SecretNeed& need : spec[world.pods[id].pod_template].identity.secrets) {
        SecretState& state = world.identity.secrets[need.secret];
        if (state.is_applied) continue;
        state.is_applied = true;
        queue_up(spec, world, turn, need.secret);
    }
}

void settle_secrets(const Spec& spec, World& world) {
    for (std::size_t i = 0; i < spec.identity.secrets.size(); ++i) {
        SecretState& state = world.identity.secrets[i];
        state.is_applied = spec.identity.secrets[i].is_there_early;
        state.exists = state.is_applied && spec.opening == Opening::settled;
    }
}

void follow_settled_secrets(const Spec& spec, World& world, Turn& turn) {
    for (std::uint32_t which = 0; which < spec.identity.secret_operators.size(); ++which) {
        SecretsOperatorState& by = world.identity.secret_operators[which];
        by.runs = world[spec.identity.secret_operators[which].pods].ready > 0;
    }
    for (std::uint32_t i = 0; i < spec.identity.secrets.size(); ++i) {
        const OperatedSecret& object = spec.identity.secrets[i];
        if (!world.identity.secrets[i].exists) continue;
        turn.note(SecretSyncFact{i, false, true});
        if (!world.identity.secret_operators[object.by].runs) continue;
        const double unit = sim::draw_unit(turn.key(), {stream::secret_refresh, stable_key_of(object.name), i, 0});
        refresh_after(
            spec, world, turn, i,
            sim::Duration::microseconds(static_cast<std::int64_t>(unit * static_cast<double>(object.refresh.us()))));
    }
}

}  // namespace eks
