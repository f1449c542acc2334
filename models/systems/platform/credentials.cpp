// Pods get credentials of AWS as they start, and new ones in time: each process from STS (AWS-110), or all of them by
// the agent of their node from EKS (AWS-113).
//
// MODEL: a call that is throttled is made again after the pauses of the SDKs' standard retry mode for as long as it
// takes. That mode gives up after three attempts; what a process does then is its own affair, and most begin again.
// Processes use their credentials all the time, so that they renew them as early as they may. A pod whose credentials
// run out before they are renewed is not followed.
#include "models/systems/platform/credentials.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/platform/aws_api.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <limits>

namespace eks {

namespace {

const PodIdentity& identity_of(const Spec& spec, const Pod& pod) { return spec[pod.pod_template].identity; }

AwsAction action_of(const PodIdentity& identity) {
    return identity.credentials == CredentialSource::pod_identity ? AwsAction::assume_role_for_pod_identity
                                                                  : AwsAction::assume_role_with_web_identity;
}

// A process asks for itself; the agent asks once for a pod, whose token it knows them by.
std::uint8_t calls_for(const PodIdentity& identity) {
    return identity.credentials == CredentialSource::pod_identity ? std::uint8_t{1} : identity.processes;
}

std::uint64_t caller_of(const Spec& spec, const Pod& pod) { return spec[pod.workload].stable_key + pod.ordinal; }

// The row of an event's pod, if the processes that it is about still run.
std::uint16_t run_of(const Pod& pod) { return static_cast<std::uint16_t>(pod.restarts); }
Pod* still_runs(World& world, PodId id, std::uint32_t epoch, std::uint16_t run) {
    Pod* pod = world.pods.find(id);
    const bool is_meant = pod != nullptr && pod->epoch == epoch && run_of(*pod) == run && !pod->terminating;
    return is_meant && containers_run(*pod) ? pod : nullptr;
}

bool has_agent(const Spec& spec, const World& world, NodeId node) {
    if (!spec.identity.agent.valid()) return false;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        if (world.pods[id].workload == spec.identity.agent && world.pods[id].stage == PodStage::ready) return true;
    }
    return false;
}

void ask(Turn& turn, PodId id, const Pod& pod, const PodIdentity& identity, sim::Time at) {
    turn.at(at, CredentialsCall{id, pod.epoch, run_of(pod), calls_for(identity), 0});
}

void try_again(const Spec& spec, Turn& turn, const Pod& pod, const CredentialsCall& refused, std::int32_t calls) {
    constexpr std::uint8_t most = std::numeric_limits<std::uint8_t>::max();
    const std::uint8_t attempts = refused.attempts == most ? most : static_cast<std::uint8_t>(refused.attempts + 1);
    turn.after(aws_retry_pause(turn, caller_of(spec, pod), attempts),
               CredentialsCall{refused.pod, refused.epoch, refused.run, static_cast<std::uint8_t>(calls), attempts});
}

sim::Duration renewed_after(const Spec& spec, const PodIdentity& identity) {
    const sim::Duration session = identity.credentials == CredentialSource::pod_identity
                                      ? spec.identity.pod_identity_session
                                      : spec.identity.web_identity_session;
    return session - spec.identity.renewed_early;
}

}  // namespace

bool asks_for_credentials(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Pod& pod = world.pods[id];
    const PodIdentity& identity = identity_of(spec, pod);
    if (identity.credentials == CredentialSource::none) return false;
    wait_for(world, turn, id, WaitCause::credentials);
    ask(turn, id, pod, identity, turn.now());
    return true;
}

void on(const Spec& spec, World& world, Turn& turn, const CredentialsCall& event) {
    const Pod* pod = still_runs(world, event.pod, event.epoch, event.run);
    if (pod == nullptr) return;
    const PodIdentity& identity = identity_of(spec, *pod);
    const bool is_first = pod->cause == WaitCause::credentials;
    if (identity.credentials == CredentialSource::pod_identity && !has_agent(spec, world, pod->node)) {
        // Nobody answers on the link-local address, and the SDK tries again.
        return try_again(spec, turn, *pod, event, event.calls);
    }
    const AwsAction action = action_of(identity);
    const std::int32_t left = event.calls - call_aws(spec, world, turn, action, event.calls);
    if (left > 0) return try_again(spec, turn, *pod, event, left);
    if (is_first)
        turn.at(aws_answers_at(spec, turn, action, caller_of(spec, *pod)),
                CredentialsThere{event.pod, event.epoch, event.run});
    else
        ask(turn, event.pod, *pod, identity, turn.now() + renewed_after(spec, identity));
}

void on(const Spec& spec, World& world, Turn& turn, const CredentialsThere& event) {
    const Pod* pod = still_runs(world, event.pod, event.epoch, event.run);
    if (pod == nullptr || pod->cause != WaitCause::credentials) return;
    const PodIdentity& identity = identity_of(spec, *pod);
    ask(turn, event.pod, *pod, identity, turn.now() + renewed_after(spec, identity));
    containers_have_credentials(spec, world, turn, event.pod);
}

void renew_settled_credentials(const Spec& spec, World& world, Turn& turn) {
    for (const auto& [id, pod] : world.pods) {
        const PodIdentity& identity = identity_of(spec, pod);
        if (identity.credentials == CredentialSource::none || !containers_run(pod)) continue;
        // They have had them for some part of a session.
        const double unit = sim::draw_unit(turn.key(), {stream::credentials_phase, caller_of(spec, pod), 0, 0});
        const auto whole = static_cast<double>(renewed_after(spec, identity).us());
        ask(turn, id, pod, identity, turn.now() + sim::Duration::microseconds(static_cast<std::int64_t>(unit * whole)));
    }
}

}  // namespace eks
