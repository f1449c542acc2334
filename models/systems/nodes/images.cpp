// KUBELET-33 to KUBELET-36: what the kubelet does before it makes a container, and the queue of a node's pulls.
//
// Left out: layers. An image is fetched and unpacked as a whole, so that two images share nothing, and a peer has all
// of it or none. A pull goes on when the pod that asked for it is deleted. Whether an image that is there is still what
// its tag says (imagePullPolicy Always) is asked beside the queue, not in it.
#include "models/systems/nodes/images.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/nodes/disk.hpp"
#include "models/systems/nodes/downloads.hpp"
#include "models/systems/nodes/eviction.hpp"
#include "models/systems/nodes/image_backoff.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

bool is_before(const ImageBackoff& entry, PodId pod, ImageIx image) {
    return entry.pod.slot != pod.slot ? entry.pod.slot < pod.slot : entry.image.value < image.value;
}

// Where the entry of this pod and image stands or would stand; with the first image, where those of the pod begin.
std::size_t place_of(const World& world, PodId pod, ImageIx image) {
    const auto at = std::ranges::partition_point(
        world.image_backoffs, [&](const ImageBackoff& entry) { return is_before(entry, pod, image); });
    return static_cast<std::size_t>(at - world.image_backoffs.begin());
}

ImageBackoff* backoff_of(World& world, PodId pod, ImageIx image) {
    const std::size_t at = place_of(world, pod, image);
    if (at == world.image_backoffs.size()) return nullptr;
    ImageBackoff& entry = world.image_backoffs[at];
    return entry.pod == pod && entry.image == image ? &entry : nullptr;
}

ImageBackoff& make_backoff(World& world, PodId pod, ImageIx image) {
    if (ImageBackoff* entry = backoff_of(world, pod, image)) return *entry;
    const auto at = world.image_backoffs.begin() + static_cast<std::ptrdiff_t>(place_of(world, pod, image));
    ImageBackoff entry;
    entry.pod = pod;
    entry.image = image;
    return *world.image_backoffs.insert(at, entry);
}

template <class F>
void for_each_backoff(World& world, PodId pod, F&& visit) {
    for (std::size_t i = place_of(world, pod, ImageIx::of(0)); i < world.image_backoffs.size(); ++i) {
        if (world.image_backoffs[i].pod != pod) return;
        visit(world.image_backoffs[i]);
    }
}

sim::Duration latency_of(const Spec& spec, const Registry& registry) {
    return registry.states_latency ? registry.latency : spec.latencies.pull_latency;
}

sim::Duration unpack_time(const Spec& spec, const Image& image) {
    return sim::Duration::microseconds(image.unpacked_bytes * 1'000'000 / spec.latencies.unpack_bytes_per_second);
}

bool takes_call(Node& node, const KubeletSettings& kubelet, sim::Time now) {
    if (kubelet.pull_qps == 0) return true;
    return take_token(node.image_calls, sim::Duration::microseconds(1'000'000 / kubelet.pull_qps), kubelet.pull_burst,
                      now);
}

bool takes_pull_of_registry(World& world, const Registry& registry, std::uint32_t which, sim::Time now) {
    if (registry.pulls == 0) return true;
    return take_token(world.registry_calls[which], registry.per / registry.pulls, registry.pulls, now);
}

// All of an image, in the unit of Pull::left.
std::int64_t whole(const Spec& spec, ImageIx image) {
    return spec.images[image.value].compressed_bytes * microbytes_a_byte;
}

// The pull of this image to this node, if one is under way.
PullId pull_under_way(const World& world, NodeId node, ImageIx image) {
    PullId id = world.nodes[node].first_pull;
    while (id.valid() && world.pulls[id].image != image) id = world.pulls[id].next_on_node;
    return id;
}

void begin_next_pulls(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const std::int32_t most = spec[world.nodes[node].shape].kubelet.parallel_pulls;
    std::int32_t active = 0;
    for (PullId id = world.nodes[node].first_pull; id.valid(); id = world.pulls[id].next_on_node) {
        if (most != 0 && active == most) return;
        ++active;
        if (world.pulls[id].state == PullState::queued) begin_pull(spec, world, turn, id);
    }
}

void ask_for_pull(const Spec& spec, World& world, Turn& turn, const Pod& pod, ImageIx image) {
    if (pull_under_way(world, pod.node, image).valid()) return;
    Pull pull;
    pull.node = pod.node;
    pull.image = image;
    pull.workload = pod.workload;
    pull.asked = turn.now();
    pull.left = whole(spec, image);
    const PullId id = world.pulls.insert(pull);
    PullId* last = &world.nodes[pod.node].first_pull;
    while (last->valid()) last = &world.pulls[*last].next_on_node;
    *last = id;
    begin_next_pulls(spec, world, turn, pod.node);
}

void remove_pull(World& world, PullId id) {
    const Pull& pull = world.pulls[id];
    PullId* at = &world.nodes[pull.node].first_pull;
    while (*at != id) at = &world.pulls[*at].next_on_node;
    *at = pull.next_on_node;
    world.pulls.erase(id);
}

bool runs_spegel(const Pod& pod) { return pod.stage == PodStage::ready && !pod.terminating; }

// AWS-105: a node whose Spegel has the whole image, if the one that asks has a Spegel to ask. Which of several is a
// draw.
NodeId peer_with(const Spec& spec, const World& world, Turn& turn, const Pull& pull) {
    if (!spec.spegel.valid()) return NodeId::none();
    bool has_own = false;
    std::uint64_t peers = 0;
    const auto each = [&](auto&& visit) {
        for (PodId id = world[spec.spegel].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
            const Pod& pod = world.pods[id];
            if (runs_spegel(pod)) visit(pod.node);
        }
    };
    each([&](NodeId node) {
        has_own = has_own || node == pull.node;
        if (node != pull.node && node_has_image(world, node, pull.image)) ++peers;
    });
    if (!has_own || peers == 0) return NodeId::none();
    const Node& to = world.nodes[pull.node];
    std::uint64_t chosen = sim::draw_below(
        turn.key(), {stream::image_peer, spec[spec[to.shape].group].stable_key, to.ordinal, pull.image.value}, peers);
    NodeId from;
    each([&](NodeId node) {
        if (node != pull.node && node_has_image(world, node, pull.image) && chosen-- == 0) from = node;
    });
    return from;
}

// The pull asks its registry, for all of it or for the rest.
void ask_registry(const Spec& spec, World& world, Turn& turn, PullId id) {
    Pull& pull = world.pulls[id];
    const std::uint32_t which = spec.images[pull.image.value].registry;
    const Registry& registry = spec.registries[which];
    pull.state = PullState::asking;
    if (registry_is_unreachable(spec, world, which)) {
        pull.will_fail = true;
        pull.failure = PullFailure::unreachable;
        turn.after(spec.latencies.registry_timeout, PullStep{id});
        return;
    }
    if (!takes_pull_of_registry(world, registry, which, turn.now())) {
        pull.will_fail = true;
        pull.failure = PullFailure::too_many_requests;
    }
    turn.after(latency_of(spec, registry), PullStep{id});
}

// The same pull under another id, so that the step which it waited for is void.
PullId renew(World& world, PullId id) {
    const Pull pull = world.pulls[id];
    const PullId renewed = world.pulls.insert(pull);
    PullId* at = &world.nodes[pull.node].first_pull;
    while (*at != id) at = &world.pulls[*at].next_on_node;
    *at = renewed;
    world.pulls.erase(id);
    return renewed;
}

// AWS-105: its peer is gone, and the next best is the registry, for what is left.
void lose_peer(const Spec& spec, World& world, Turn& turn, PullId id) {
    const PullState state = world.pulls[id].state;
    if (state == PullState::fetching) fetch_is_over(spec, world, turn, id);
    if (state == PullState::asking) id = renew(world, id);
    world.pulls[id].from = NodeId::none();
    if (state != PullState::unpacking) ask_registry(spec, world, turn, id);
}

void refuse_image(World& world, Turn& turn, PodId pod, ImageIx image, PullFailure why) {
    image_failed(world, pod, image, turn.now());
    turn.note(ImagePullFailedFact{world.pods[pod].node, image, why});
}

}  // namespace

sim::Duration pull_time(const Spec& spec, const Image& image) {
    const Registry& registry = spec.registries[image.registry];
    const std::int64_t rate =
        registry.pull_bytes_per_second > 0 ? registry.pull_bytes_per_second : spec.latencies.pull_bytes_per_second;
    const sim::Duration fetch = sim::Duration::microseconds(image.compressed_bytes * 1'000'000 / rate);
    return latency_of(spec, registry) + std::max(fetch, unpack_time(spec, image));
}

ImageAsked ask_for_image(const Spec& spec, World& world, Turn& turn, PodId id, const ContainerSpec& c) {
    const Pod& pod = world.pods[id];
    Node& node = world.nodes[pod.node];
    const bool is_there = node_has_image(world, pod.node, c.image);
    if (is_there && c.pull_policy != PullPolicy::always) return {ImageAnswer::there, {}};
    if (c.pull_policy == PullPolicy::never) {
        // No back-off: it is no pull that has failed.
        make_backoff(world, id, c.image).want = ImageWant::missed;
        turn.note(ImagePullFailedFact{pod.node, c.image, PullFailure::never});
        return {ImageAnswer::missing, {}};
    }
    if (ImageBackoff* entry = backoff_of(world, id, c.image); entry != nullptr && is_in_backoff(*entry, turn.now())) {
        entry->want = ImageWant::missed;
        return {ImageAnswer::missing, {}};
    }
    if (!takes_call(node, spec[node.shape].kubelet, turn.now())) {
        refuse_image(world, turn, id, c.image, PullFailure::qps_exceeded);
        return {ImageAnswer::missing, {}};
    }
    if (!is_there) {
        ask_for_pull(spec, world, turn, pod, c.image);
        return {ImageAnswer::pulling, {}};
    }
    if (registry_is_unreachable(spec, world, spec.images[c.image.value].registry)) {
        refuse_image(world, turn, id, c.image, PullFailure::unreachable);
        return {ImageAnswer::missing, {}};
    }
    return {ImageAnswer::there, spec.latencies.image_check};
}

void image_failed(World& world, PodId pod, ImageIx image, sim::Time now) {
    constexpr std::uint8_t most_told_apart = 6;
    ImageBackoff& entry = make_backoff(world, pod, image);
    if (entry.failures > 0 && series_is_over(entry, now)) entry.failures = 0;
    entry.failures = std::min<std::uint8_t>(entry.failures + 1, most_told_apart);
    entry.last_failure = now;
    entry.want = ImageWant::missed;
}

bool wants_image(const World& world, PodId pod, ImageIx image) {
    const std::size_t at = place_of(world, pod, image);
    if (at == world.image_backoffs.size()) return false;
    const ImageBackoff& entry = world.image_backoffs[at];
    return entry.pod == pod && entry.image == image && entry.want != ImageWant::none;
}

bool all_images_found(World& world, PodId pod) {
    bool any_missed = false;
    for_each_backoff(world, pod,
                     [&](const ImageBackoff& entry) { any_missed = any_missed || entry.want == ImageWant::missed; });
    if (any_missed) return false;
    for_each_backoff(world, pod, [](ImageBackoff& entry) { entry.want = ImageWant::none; });
    return true;
}

void try_images_again(World& world, PodId pod) {
    for_each_backoff(world, pod, [](ImageBackoff& entry) {
        if (entry.want == ImageWant::missed) entry.want = ImageWant::due;
    });
}

namespace {

// False where a look is due already.
bool begin_look(World& world, PodId pod) {
    bool is_due = false;
    for_each_backoff(world, pod, [&](const ImageBackoff& entry) { is_due = is_due || entry.want == ImageWant::due; });
    if (!is_due) try_images_again(world, pod);
    return !is_due;
}

}  // namespace

// A worker whose sync failed looks again after 10 s and a bit, which is in vain while the back-off lasts.
void look_again_for_images(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    pod.stage = PodStage::image_missing;
    sim::Time over = sim::Time::never();
    std::uint32_t failures = 0;
    for_each_backoff(world, id, [&](const ImageBackoff& entry) {
        if (entry.want != ImageWant::missed || entry.failures == 0) return;
        over = std::min(over, entry.last_failure + image_backoff(entry.failures));
        failures += entry.failures;
    });
    if (over == sim::Time::never()) {
        // Nothing but a pull by another pod of the node can help; see end_pull(). What was not come to is missed too.
        for_each_backoff(world, id, [](ImageBackoff& entry) {
            if (entry.want == ImageWant::due) entry.want = ImageWant::missed;
        });
        wait_for(world, turn, id, WaitCause::image_never_pulled);
        return;
    }
    wait_for(world, turn, id, WaitCause::image_backoff);
    constexpr std::uint32_t draws_a_failure = 64;  // five minutes are thirty sleeps
    sim::Time looks = turn.now();
    std::uint32_t n = draws_a_failure * failures;
    do {
        const double stretch =
            0.5 * sim::draw_unit(turn.key(), {stream::image_retry, spec[pod.workload].stable_key, pod.ordinal, n++});
        const sim::Duration pause = spec.latencies.kubelet_retry;
        const sim::Duration longer =
            sim::Duration::microseconds(static_cast<std::int64_t>(stretch * static_cast<double>(pause.us())));
        looks =
            sim::next_tick(looks + pause + longer, world.nodes[pod.node].kubelet_phase, spec.latencies.kubelet_tick);
    } while (looks < over);
    turn.at(looks, ContainersGoOn{id, pod.epoch});
}

void forget_images_of(const Spec& spec, World& world, PodId id, sim::Time now) {
    const auto first = world.image_backoffs.begin() + static_cast<std::ptrdiff_t>(place_of(world, id, ImageIx::of(0)));
    const auto last = std::find_if(first, world.image_backoffs.end(),
                                   [&](const ImageBackoff& entry) { return entry.pod.slot != id.slot; });
    world.image_backoffs.erase(first, last);
    const Pod& pod = world.pods[id];
    if (!pod.node.valid()) return;
    const PodTemplate& t = spec[pod.pod_template];
    for (const auto* containers : {&t.init_containers, &t.containers}) {
        for (const ContainerSpec& c : *containers)
            world.images_on_nodes[pod.node.slot * spec.images.size() + c.image.value].last_used = now;
    }
}

void end_pulls(const Spec& spec, World& world, Turn& turn, NodeId node) {
    while (world.nodes[node].first_pull.valid()) {
        const PullId id = world.nodes[node].first_pull;
        if (world.pulls[id].state == PullState::fetching) fetch_is_over(spec, world, turn, id);
        remove_pull(world, id);
    }
    std::vector<PullId> left_alone;
    for (auto [id, pull] : world.pulls) {
        if (pull.from == node) left_alone.push_back(id);
    }
    for (const PullId id : left_alone) lose_peer(spec, world, turn, id);
}

void begin_pull(const Spec& spec, World& world, Turn& turn, PullId id) {
    Pull& pull = world.pulls[id];
    pull.from = peer_with(spec, world, turn, pull);
    if (!pull.from.valid()) return ask_registry(spec, world, turn, id);
    pull.state = PullState::asking;
    turn.after(spec.latencies.peer_latency, PullStep{id});
}

void image_fetched(const Spec& spec, World& world, Turn& turn, PullId id) {
    Pull& pull = world.pulls[id];
    pull.state = PullState::unpacking;
    const sim::Time unpacked = pull.began + unpack_time(spec, spec.images[pull.image.value]);
    turn.at(std::max(unpacked, turn.now()), PullStep{id});
}

void end_pull(const Spec& spec, World& world, Turn& turn, PullId id, bool is_there) {
    const Pull pull = world.pulls[id];
    remove_pull(world, id);
    if (is_there) {
        put_image_on_node(spec, world, pull.node, pull.image, turn.now());
        watch_pressure(spec, world, turn, pull.node);
        turn.note(ImagePulledFact{pull.node, pull.image, pull.workload, turn.now() - pull.asked,
                                  spec.images[pull.image.value].compressed_bytes, pull.from.valid()});
    } else {
        turn.note(ImagePullFailedFact{pull.node, pull.image, pull.failure});
    }
    for (PodId pod_id = world.nodes[pull.node].first_pod; pod_id.valid(); pod_id = world.pods[pod_id].next_on_node) {
        const Pod& pod = world.pods[pod_id];
        if (pod.terminating) continue;
        if (pod.stage == PodStage::pulling && next_image(spec, pod) == pull.image)
            turn.at(turn.now(), ImagePulled{pod_id, pod.epoch, !is_there});
        // It polls all the time; this is the first look at which it finds what it never would have pulled. One that is
        // due finds what comes before it as well.
        if (is_there && pod.stage == PodStage::image_missing && pod.cause == WaitCause::image_never_pulled &&
            wants_image(world, pod_id, pull.image) && begin_look(world, pod_id))
            turn.at(sim::next_tick(turn.now(), world.nodes[pull.node].kubelet_phase, spec.latencies.kubelet_retry),
                    ContainersGoOn{pod_id, pod.epoch});
    }
    begin_next_pulls(spec, world, turn, pull.node);
}

void on(const Spec& spec, World& world, Turn& turn, const PullStep& event) {
    Pull* pull = world.pulls.find(event.pull);
    if (pull == nullptr) return;
    if (pull->state == PullState::unpacking) {
        const bool fits =
            !disk_is_full(spec, world, pull->node, turn.now(), spec.images[pull->image.value].unpacked_bytes);
        pull->failure = PullFailure::no_space;
        return end_pull(spec, world, turn, event.pull, fits);
    }
    if (pull->will_fail) return end_pull(spec, world, turn, event.pull, false);
    if (pull->left == whole(spec, pull->image)) pull->began = turn.now();  // else it goes on
    pull->state = PullState::fetching;
    if (pull->left == 0) return image_fetched(spec, world, turn, event.pull);
    fetch_begins(spec, world, turn, event.pull);
}

}  // namespace eks
