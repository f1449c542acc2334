// The kubelet brings a pod up: sandbox with its network, images, init containers, containers, readiness (KUBELET-30).
#include "models/spec/streams.hpp"
#include "models/spec/tolerations.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/nodes/crash.hpp"
#include "models/systems/nodes/disk.hpp"
#include "models/systems/nodes/eviction.hpp"
#include "models/systems/nodes/images.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/nodes/machine.hpp"
#include "models/systems/nodes/memory.hpp"
#include "models/systems/nodes/node_lifecycle.hpp"
#include "models/systems/nodes/own_end.hpp"
#include "models/systems/nodes/readiness.hpp"
#include "models/systems/nodes/restart_backoff.hpp"
#include "models/systems/signals.hpp"
#include "models/world/active_faults.hpp"
#include "models/world/address_verbs.hpp"
#include "models/world/branch_verbs.hpp"
#include "models/world/cluster_dns.hpp"
#include "models/world/secrets.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

// The row of an event's pod, or null when the event has been overtaken.
Pod* still_meant(World& world, PodId id, std::uint32_t epoch) {
    Pod* pod = world.pods.find(id);
    return pod != nullptr && pod->epoch == epoch && !pod->terminating ? pod : nullptr;
}

double draw(const Spec& spec, Turn& turn, const Pod& pod, std::uint32_t purpose, std::uint32_t n) {
    return sim::draw_unit(turn.key(), {purpose, spec[pod.workload].stable_key, pod.ordinal, n});
}

// A volume that cannot be mounted is tried again after half a second, and each time after twice as long, two minutes
// and two seconds at most (k8s.io/kubernetes pkg/util/goroutinemap/exponentialbackoff).
sim::Duration mount_pause(std::uint8_t attempts) {
    constexpr std::int64_t first_ms = 500;
    constexpr std::int64_t most_ms = 122'000;
    return sim::Duration::milliseconds(std::min(first_ms << std::min<unsigned>(attempts, 10U), most_ms));
}

// Everything that the pod mounts must be there before its sandbox is made (KUBELET-30).
bool waits_for_volumes(const Spec& spec, World& world, Turn& turn, PodId id, std::uint8_t attempts) {
    Pod& pod = world.pods[id];
    if (!lacks_secret(spec, world, pod, SecretNeed::the_pod)) return false;
    pod.stage = PodStage::sandbox;
    wait_for(world, turn, id, WaitCause::secret_volume);
    turn.after(mount_pause(attempts), VolumesRetry{id, pod.epoch, attempts});
    return true;
}

void start_sandbox(const Spec& spec, World& world, Turn& turn, PodId id, std::uint8_t attempts = 0) {
    if (waits_for_volumes(spec, world, turn, id, attempts)) return;
    Pod& pod = world.pods[id];
    pod.stage = PodStage::sandbox;
    wait_for(world, turn, id, WaitCause::sandbox_start);
    turn.after(lane(Lane::sandbox_made), SandboxMade{id, pod.epoch});
}

// The next try of a worker whose sync failed: the pause is stretched by a draw and ends at the kubelet's next tick
// (KUBELET-11).
sim::Time retry_at(const Spec& spec, const World& world, Turn& turn, const Pod& pod, sim::Duration pause) {
    const double stretch = 0.5 * draw(spec, turn, pod, stream::kubelet_retry, pod.sandbox_attempts);
    const sim::Duration longer =
        sim::Duration::microseconds(static_cast<std::int64_t>(stretch * static_cast<double>(pause.us())));
    return sim::next_tick(turn.now() + pause + longer, world.nodes[pod.node].kubelet_phase,
                          spec.latencies.kubelet_tick);
}

const ContainerSpec& container(const PodTemplate& t, std::size_t index) {
    return index < t.init_containers.size() ? t.init_containers[index] : t.containers[index - t.init_containers.size()];
}

// The container cannot be made, as nothing can be written for it or a Secret of its variables is not there: the kubelet
// tries again and again.
void make_container_later(const Spec& spec, World& world, Turn& turn, PodId id, WaitCause cause) {
    Pod& pod = world.pods[id];
    pod.stage = PodStage::starting;
    wait_for(world, turn, id, cause);
    turn.at(retry_at(spec, world, turn, pod, spec.latencies.kubelet_retry), ContainersGoOn{id, pod.epoch});
}

// Brings up containers from the pod's next one on, one after another, up to something that takes an event of its own: a
// pull, an init container, or the moment at which all run. An image is asked for once the container before has started
// (KUBELET-30); a container whose image cannot be had is left out for now, but an init container holds up all behind
// it.
enum class FirstImage : std::uint8_t { unknown, pulled };
void start_containers_with(const Spec& spec, World& world, Turn& turn, PodId id, FirstImage first) {
    Pod& pod = world.pods[id];
    const PodTemplate& t = spec[pod.pod_template];
    // The scenario's limit on containers keeps their number within the row's.
    const auto all = static_cast<std::uint16_t>(t.init_containers.size() + t.containers.size());
    const std::uint16_t begun_at = pod.next_container;
    sim::Duration spent = sim::Duration::zero();
    for (; pod.next_container < all; ++pod.next_container) {
        const ContainerSpec& c = container(t, pod.next_container);
        if (disk_is_full(spec, world, pod.node, turn.now(), 0))
            return make_container_later(spec, world, turn, id, WaitCause::disk_full);
        const bool is_init = pod.next_container < t.init_containers.size();
        if (!is_init && pod.skips_started && !wants_image(world, id, c.image)) continue;
        if (spent > sim::Duration::zero() && !node_has_image(world, pod.node, c.image)) {
            pod.stage = PodStage::starting;
            wait_for(world, turn, id, WaitCause::container_start);
            turn.after(spent, ContainersGoOn{id, pod.epoch});
            return;
        }
        const bool was_pulled = first == FirstImage::pulled && pod.next_container == begun_at;
        const ImageAsked asked = was_pulled ? ImageAsked{} : ask_for_image(spec, world, turn, id, c);
        if (asked.answer == ImageAnswer::pulling) {
            pod.stage = PodStage::pulling;
            wait_for(world, turn, id, WaitCause::image_pull);
            return;
        }
        if (asked.answer == ImageAnswer::missing) {
            if (is_init) return look_again_for_images(spec, world, turn, id);
            continue;
        }
        if (lacks_secret(spec, world, pod, pod.next_container))
            return make_container_later(spec, world, turn, id, WaitCause::secret);
        spent += asked.takes + spec.latencies.container_start;
        if (is_init && !c.is_sidecar) {
            pod.stage = PodStage::initializing;
            wait_for(world, turn, id, WaitCause::init_containers);
            const sim::Time exits =
                turn.now() + spent +
                t.init_run_time.sample(draw(spec, turn, pod, stream::init_run_time, pod.next_container));
            turn.at(relist_after(spec, world, pod.node, exits), InitContainerDone{id, pod.epoch});
            return;
        }
    }
    if (!all_images_found(world, id)) {
        pod.next_container = static_cast<std::uint16_t>(t.init_containers.size());
        pod.skips_started = true;
        return look_again_for_images(spec, world, turn, id);
    }
    pod.skips_started = false;
    pod.stage = PodStage::starting;
    wait_for(world, turn, id, WaitCause::container_start);
    turn.at(lane(Lane::containers_running), turn.now() + spent, ContainersRunning{id, pod.epoch});
}

void start_containers(const Spec& spec, World& world, Turn& turn, PodId id) {
    start_containers_with(spec, world, turn, id, FirstImage::unknown);
}

// When the pod's readiness shows: at once without a probe; else at the first probe that meets it ready, and as many
// more as the threshold asks for (KUBELET-39).
sim::Duration ready_delay(const PodTemplate& t, sim::Duration ready_after) {
    sim::Duration latest = ready_after;
    for (const ContainerSpec& c : t.containers) {
        if (!c.has_readiness_probe || c.readiness_period <= sim::Duration::zero()) continue;
        sim::Duration probe = c.readiness_initial_delay;
        if (probe < ready_after) {
            const std::int64_t periods =
                (ready_after - probe + c.readiness_period - sim::Duration::microseconds(1)) / c.readiness_period;
            probe += c.readiness_period * periods;
        }
        latest = std::max(latest, probe + c.readiness_period * (c.readiness_success_threshold - 1));
    }
    return latest;
}

// CNI ADD failed. KUBELET-31, IPAM-173: again after ten seconds and a bit, with a new sandbox, for ever; the pod stays
// bound (IPAM-174).
void add_failed(const Spec& spec, World& world, Turn& turn, const AddFailedFact& failure) {
    Pod& pod = world.pods[failure.pod];
    pod.stage = PodStage::stuck;
    ++world.nodes[pod.node].stuck_pods;
    wait_for(world, turn, failure.pod, failure.cause);
    turn.note(failure);
    turn.at(retry_at(spec, world, turn, pod, spec.latencies.kubelet_retry), SandboxRetry{failure.pod, pod.epoch});
    watch_for_address(spec, world, turn, pod.node);
}

// What the node's store holds while a pod is refused for this cause.
AddFailedFact refusal_of_store(const Spec& spec, World& world, Turn& turn, PodId id, WaitCause cause) {
    const Pod& pod = world.pods[id];
    const Node& node = world.nodes[pod.node];
    const sim::Time usable =
        answering_daemon(node).serves ? address_usable_at(spec, world, pod.node, turn.now()) : sim::Time::never();
    const std::int32_t total = world.pools[answering_pool(node)].total;
    return {id, pod.node, pod.workload, cause, addresses_in_use(world, pod.node), total, usable};
}

// CNI ADD for a pod with an interface of its own. False: it failed, and the pod waits for what it failed for.
bool add_to_network(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Pod& pod = world.pods[id];
    const NodeId node = pod.node;
    // IPAM-122: without its daemon the node stays Ready, and every ADD fails at the call.
    if (!answering_daemon(world.nodes[node]).serves) {
        add_failed(spec, world, turn, refusal_of_store(spec, world, turn, id, WaitCause::cni_not_ready));
        return false;
    }
    if (wants_branch_eni(spec, pod)) {
        const WaitCause shortage = branch_shortage(world, id);
        if (shortage == WaitCause::none) return true;
        const auto places = static_cast<std::int32_t>(spec[world.nodes[node].shape].allocatable.pod_enis);
        add_failed(spec, world, turn,
                   {id, node, pod.workload, shortage, world.nodes[node].trunk.branches, places, sim::Time::never()});
        return false;
    }
    if (spec.cni.ipv6) {
        // IPAM-61: the /80 of a node never runs out.
        if (world.nodes[node].ipamd.has_ipv6_prefix) return true;
        add_failed(spec, world, turn, {id, node, pod.workload, WaitCause::no_address, 0, 0, sim::Time::never()});
        return false;
    }
    const std::int32_t given = give_address(spec, world, turn.key(), id, turn.now());
    if (given == 0) {
        AddFailedFact refusal = refusal_of_store(spec, world, turn, id, shortage_cause(spec, world, node, turn.now()));
        refusal.awaits = next_addresses_await(spec, world, node, turn.now());
        add_failed(spec, world, turn, refusal);
        return false;
    }
    note_given(world, turn, id, given);
    pool_changed(spec, world, turn, node);
    return true;
}

}  // namespace

ImageIx next_image(const Spec& spec, const Pod& pod) {
    return container(spec[pod.pod_template], pod.next_container).image;
}

sim::Time relist_after(const Spec& spec, const World& world, NodeId node, sim::Time exit) {
    return sim::next_tick_after(exit, world.nodes[node].kubelet_phase, spec.latencies.kubelet_tick);
}

namespace {

// KUBELET-20, as far as a node can have changed since the pod was bound: it shuts down, or has a taint of effect
// NoExecute. Others the kubelet does not mind; what it is short of is in eviction.hpp.
bool is_rejected(const Spec& spec, const World& world, const Pod& pod) {
    const Node& node = world.nodes[pod.node];
    const ConditionTaints minded = no_execute_part(node.condition_taints);
    return node.health.acts() &&
           (node.health.is_shutting_down || (minded & ~spec[pod.pod_template].tolerated_condition_taints) != 0);
}

// It has failed without having run, and its controller makes another one.
void reject(World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    give_up_wait(world, turn, id);
    pod.failed = true;
    pod.finished = turn.now();
    pod.stage = PodStage::stopping;
    turn.at(turn.now(), SandboxStopped{id, ++pod.epoch});
}

}  // namespace

void kubelet_sees(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    pod.scheduled = turn.now();
    turn.note(PodScheduledFact{id, pod.workload, pod.node, pod.attempts, turn.now() - pod.created});
    const bool is_down = world.nodes[pod.node].health.is_down;
    if (!is_down && (is_rejected(spec, world, pod) || refuses_under_pressure(spec, world, turn, pod)))
        return reject(world, turn, id);
    if (wants_branch_eni(spec, pod)) request_branch_eni(spec, world, turn, id);
    watch_evictions(spec, world, turn, pod.node);
    pod_needs_secrets(spec, world, turn, id);
    if (is_down) {
        lose_pod(spec, world, turn, id);
        return wait_for_node(world, turn, id);
    }
    start_on_node(spec, world, turn, id);
}

void start_on_node(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    const bool has_network =
        world.nodes[pod.node].ready_at != sim::Time::never() || spec[pod.pod_template].host_network;
    if (has_network) {
        start_sandbox(spec, world, turn, id);
        return;
    }
    // KUBELET-30 (1), IPAM-195 (8): tried about each second until the network is there; nothing happens before.
    pod.stage = PodStage::stuck;
    wait_for(world, turn, id, WaitCause::cni_not_ready);
}

void network_came_up(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        Pod& pod = world.pods[id];
        if (!waits_for_network(pod)) continue;
        turn.at(retry_at(spec, world, turn, pod, spec.latencies.network_not_ready_retry), SandboxRetry{id, pod.epoch});
    }
}

void on(const Spec& spec, World& world, Turn& turn, const PodBound& event) {
    Pod* pod = world.pods.find(event.pod);
    if (pod == nullptr || pod->terminating || pod->stage != PodStage::binding) return;
    if (!world.nodes[pod->node].health.is_down && has_to_wait(world, turn, event.pod, HeldStep::bound)) return;
    wake_pool(spec, world, turn, ClusterChange::pod_bound, pod->node, pod->pod_template);
    node_load_changes(spec, world, turn, pod->node);
    kubelet_sees(spec, world, turn, event.pod);
}

void on(const Spec& spec, World& world, Turn& turn, const VolumesRetry& event) {
    const Pod* pod = still_meant(world, event.pod, event.epoch);
    if (pod == nullptr || has_to_wait(world, turn, event.pod, HeldStep::volumes_retry)) return;
    constexpr std::uint8_t most = 20;  // by then the pause grows no more
    start_sandbox(spec, world, turn, event.pod, std::min<std::uint8_t>(event.attempts + 1, most));
}

void on(const Spec& spec, World& world, Turn& turn, const SandboxRetry& event) {
    Pod* pod = still_meant(world, event.pod, event.epoch);
    if (pod == nullptr || has_to_wait(world, turn, event.pod, HeldStep::sandbox_retry)) return;
    if (!waits_for_network(*pod)) --world.nodes[pod->node].stuck_pods;
    start_sandbox(spec, world, turn, event.pod);
}

namespace {

constexpr sim::Duration endpoint_limit = sim::Duration::seconds(330);    // IPAM-340
constexpr sim::Duration policy_agent_limit = sim::Duration::seconds(2);  // IPAM-172

// CNI ADD goes no further: what it had got is given back at once (IPAM-171), or by the DEL that the runtime sends for
// the failed sandbox (IPAM-172).
void undo_add(const Spec& spec, World& world, Turn& turn, PodId id, WaitCause cause) {
    if (world.pods[id].eni.valid()) take_back_address(spec, world, turn, id);
    add_failed(spec, world, turn, refusal_of_store(spec, world, turn, id, cause));
}

// IPAM-171
bool interface_fails(const Spec& spec, const World& world, Turn& turn, const Pod& pod) {
    constexpr std::uint64_t all_ppm = 1'000'000;
    return std::ranges::any_of(world.faults, [&](const ActiveFault& active) {
        const Fault& fault = spec.timeline[active.action].fault;
        if (active.kind != FaultKind::pod_interface_failure || !strikes(spec, fault, world.nodes[pod.node]))
            return false;
        const std::uint64_t drawn = sim::draw_below(
            turn.key(), {stream::pod_interface, spec[pod.workload].stable_key, pod.ordinal, pod.sandbox_attempts},
            all_ppm);
        return drawn < static_cast<std::uint64_t>(fault.share_ppm);
    });
}

// How long the node's policy agent, which comes up with the CNI's pod, does not answer yet; zero if nobody asks it.
sim::Duration policy_agent_delay(const Spec& spec, const World& world, NodeId node, sim::Time now) {
    if (!cni_of(world, node).asks_policy_agent || spec.cni_kind != CniKind::vpc_cni) return sim::Duration::zero();
    const sim::Time up = world.nodes[node].cni.created + spec.latencies.policy_agent_start;
    return up > now ? up - now : sim::Duration::zero();
}

}  // namespace

void on(const Spec& spec, World& world, Turn& turn, const SandboxMade& event) {
    Pod* pod = still_meant(world, event.pod, event.epoch);
    if (pod == nullptr || has_to_wait(world, turn, event.pod, HeldStep::sandbox_made)) return;
    ++pod->sandbox_attempts;
    if (!spec[pod->pod_template].host_network) {
        // A sandbox that died with its machine is taken off the network before there is another one (KUBELET-32).
        const bool had_address = pod->eni.valid() || pod->given_by != AddressGiver::only;
        if (had_address && answering_daemon(world.nodes[pod->node]).serves)
            take_back_address(spec, world, turn, event.pod);
        if (!add_to_network(spec, world, turn, event.pod)) return;
        if (interface_fails(spec, world, turn, *pod))
            return undo_add(spec, world, turn, event.pod, WaitCause::sandbox_retry);
        const sim::Duration delay = policy_agent_delay(spec, world, pod->node, turn.now());
        if (delay > sim::Duration::zero()) {
            turn.after(std::min(delay, policy_agent_limit), EndpointReady{event.pod, pod->epoch});
            return;
        }
    }
    if (pod->eni.valid()) {
        const sim::Duration delay = endpoint_delay(spec, turn, *pod);
        if (delay > sim::Duration::zero()) {
            turn.after(std::min(delay, endpoint_limit), EndpointReady{event.pod, pod->epoch});
            return;
        }
    }
    pod->has_sandbox = true;
    endpoints_change(spec, world, turn, pod->workload);
    start_containers(spec, world, turn, event.pod);
}

void on(const Spec& spec, World& world, Turn& turn, const EndpointReady& event) {
    Pod* pod = still_meant(world, event.pod, event.epoch);
    if (pod == nullptr || has_to_wait(world, turn, event.pod, HeldStep::endpoint_ready)) return;
    const bool has_daemon = answering_daemon(world.nodes[pod->node]).serves;
    if (!has_daemon) return undo_add(spec, world, turn, event.pod, WaitCause::cni_not_ready);
    if (endpoint_delay(spec, turn, *pod) > endpoint_limit ||
        policy_agent_delay(spec, world, pod->node, turn.now()) > sim::Duration::zero())
        return undo_add(spec, world, turn, event.pod, WaitCause::sandbox_retry);
    pod->has_sandbox = true;
    endpoints_change(spec, world, turn, pod->workload);
    start_containers(spec, world, turn, event.pod);
}

void on(const Spec& spec, World& world, Turn& turn, const ImagePulled& event) {
    Pod* pod = still_meant(world, event.pod, event.epoch);
    if (pod == nullptr || has_to_wait(world, turn, event.pod, HeldStep::image_pulled)) return;
    if (event.failed) {
        image_failed(world, event.pod, next_image(spec, *pod), turn.now());
        if (pod->next_container < spec[pod->pod_template].init_containers.size())
            return look_again_for_images(spec, world, turn, event.pod);
        ++pod->next_container;
        return start_containers(spec, world, turn, event.pod);
    }
    // Asked again, it is found; what the kubelet did to have it is no second call to the registry.
    start_containers_with(spec, world, turn, event.pod, FirstImage::pulled);
}

void on(const Spec& spec, World& world, Turn& turn, const ContainersGoOn& event) {
    Pod* pod = still_meant(world, event.pod, event.epoch);
    if (pod == nullptr || has_to_wait(world, turn, event.pod, HeldStep::containers_go_on)) return;
    if (pod->stage == PodStage::image_missing) try_images_again(world, event.pod);
    start_containers(spec, world, turn, event.pod);
}

namespace {

bool init_container_fails(const Spec& spec, Turn& turn, const Pod& pod) {
    constexpr std::uint32_t draws_a_container = 1U << 16;
    const std::int32_t share = spec[pod.pod_template].init_failure_ppm;
    return share > 0 &&
           draw(spec, turn, pod, stream::init_failure, draws_a_container * pod.next_container + pod.restarts) * 1e6 <
               static_cast<double>(share);
}

// KUBELET-38: a pod that may not restart has failed; any other tries again after its back-off (KUBELET-37).
void init_container_failed(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (spec[pod.pod_template].restart_policy == RestartPolicy::never) {
        give_up_wait(world, turn, id);
        pod.failed = true;
        pod.finished = turn.now();
        turn.after(lane(Lane::sandbox_stopped), SandboxStopped{id, pod.epoch});
        return;
    }
    turn.note(ContainerRestartedFact{pod.workload});
    const sim::Time again = restarts_at(spec, world, turn, pod, restart_backoff(pod.backoff_step));
    pod.backoff_step = std::min<std::uint8_t>(pod.backoff_step + 1, last_backoff_step);
    ++pod.restarts;
    pod.stage = PodStage::crashed;
    wait_for(world, turn, id, WaitCause::crash_backoff);
    turn.at(again, InitContainerRestarts{id, pod.epoch});
}

}  // namespace

void on(const Spec& spec, World& world, Turn& turn, const InitContainerDone& event) {
    Pod* pod = still_meant(world, event.pod, event.epoch);
    if (pod == nullptr || has_to_wait(world, turn, event.pod, HeldStep::init_container_done)) return;
    if (init_container_fails(spec, turn, *pod)) return init_container_failed(spec, world, turn, event.pod);
    ++pod->next_container;
    start_containers(spec, world, turn, event.pod);
}

void on(const Spec& spec, World& world, Turn& turn, const InitContainerRestarts& event) {
    Pod* pod = still_meant(world, event.pod, event.epoch);
    if (pod == nullptr || has_to_wait(world, turn, event.pod, HeldStep::init_container_restarts)) return;
    start_containers(spec, world, turn, event.pod);
}

void on(const Spec& spec, World& world, Turn& turn, const ContainersRunning& event) {
    Pod* pod = still_meant(world, event.pod, event.epoch);
    if (pod == nullptr || has_to_wait(world, turn, event.pod, HeldStep::containers_running)) return;
    leave_crash_loop(turn, *pod);
    pod->stage = PodStage::running;
    pod->hides_ready = false;
    pod->started = turn.now();
    set_phase(world, turn, event.pod, PodPhase::running);
    note_use(spec, turn, *pod, +1);
    outside_use_changes(spec, world, turn, pod->node);
    telemetry_changes(spec, world, turn);
    pod_use_changes(spec, world, turn, event.pod);
    scaled_pods_change(spec, world, turn, pod->workload);
    // The status goes to the API server and takes of the kubelet's limit.
    write_call_of_kubelet(spec, world, turn, pod->node);
    if (!asks_for_credentials(spec, world, turn, event.pod)) containers_have_credentials(spec, world, turn, event.pod);
}

void containers_have_credentials(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Pod& pod = world.pods[id];
    const PodTemplate& t = spec[pod.pod_template];
    if (t.runs_to_completion) {
        end_wait(world, turn, id);
        traffic_changes(spec, world, turn, pod.workload);
        job_pod_runs(spec, world, turn, id);
        const sim::Time exits = turn.now() + t.run_time.sample(draw(spec, turn, pod, stream::run_time, pod.restarts));
        turn.at(relist_after(spec, world, pod.node, exits), ContainerExitSeen{id, pod.epoch});
        return kill_if_out_of_memory(spec, world, turn, id);
    }
    wait_for(world, turn, id, WaitCause::readiness);
    follow_serving_pod(spec, world, turn, id);
    kill_if_out_of_memory(spec, world, turn, id);
    crash_if_struck(spec, world, turn, id);
}

void follow_serving_pod(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Pod& pod = world.pods[id];
    const PodTemplate& t = spec[pod.pod_template];
    // One that stands ready as the run begins has started long ago.
    const sim::Duration answers = pod.stage == PodStage::ready ? sim::Duration::zero() : answers_after(spec, turn, pod);
    const OwnEnd end = own_end(spec, turn, pod, answers);
    // A startup probe holds the others back (KUBELET-39).
    const sim::Duration ready = ready_delay(t, std::max(answers, started_after(t, answers)));
    if (pod.stage == PodStage::running && ready < end.after) turn.after(ready, PodBecameReady{id, pod.epoch});
    if (end.comes())
        turn.at(relist_after(spec, world, pod.node, turn.now() + end.after), ContainerExitSeen{id, pod.epoch});
}

void show_readiness(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        Pod& pod = world.pods[id];
        if (!pod.hides_ready) continue;
        end_hiding(spec, world, turn, pod);
        if (!pod.terminating && containers_run(pod)) turn.at(turn.now(), PodBecameReady{id, pod.epoch});
    }
}

void on(const Spec& spec, World& world, Turn& turn, const PodBecameReady& event) {
    Pod* pod = still_meant(world, event.pod, event.epoch);
    if (pod == nullptr || has_to_wait(world, turn, event.pod, HeldStep::became_ready)) return;
    if (pod->stage != PodStage::running) return;  // a container has ended meanwhile
    if (lacks_names(spec, world, pod->workload)) return wait_for(world, turn, event.pod, WaitCause::cluster_dns);
    if (waits_for_target(spec, world, turn, event.pod)) return;
    const std::uint32_t run = pod->restarts + 1;
    if (event.written_of == 0) {
        const sim::Time out = write_call_of_kubelet(spec, world, turn, pod->node).done - write_latency(spec, world);
        if (out > turn.now()) {
            turn.at(out, PodBecameReady{event.pod, event.epoch, run});
            return;
        }
    } else if (event.written_of != run) {
        return;  // a container has ended and started again meanwhile
    }
    pod->stage = PodStage::ready;
    end_wait(world, turn, event.pod);
    note_readiness(turn, event.pod, *pod, +1);
    ++world[pod->workload].ready;
    readiness_changed(spec, world, turn, *pod, +1);
    pod_readiness_changed(spec, world, turn, event.pod);
    platform_pods_change(spec, world, turn, event.pod);
    traffic_changes(spec, world, turn, pod->workload);
    endpoint_changes(spec, world, turn, pod->workload, EndpointChange::added);
    endpoints_change(spec, world, turn, pod->workload);
    pod_became_ready(spec, world, turn, event.pod);
}

}  // namespace eks
