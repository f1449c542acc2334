#include "models/world/verbs.hpp"

#include "libsim/check.hpp"
#include "models/world/pod_sums.hpp"
#include "models/world/sizing.hpp"
#include "models/world/subnet_verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::uint32_t bits_a_word = 64;

void add_to_node(const Spec& spec, World& world, const Pod& pod, std::int32_t sign) {
    const PodTemplate& t = spec[pod.pod_template];
    Node& node = world.nodes[pod.node];
    if (sign > 0) {
        node.requested += t.requests;
        node.scoring_requested += t.scoring_requests;
    } else {
        node.requested -= t.requests;
        node.scoring_requested -= t.scoring_requests;
    }
    node.pods += sign;
    node.volumes += sign * t.attachments;
    node_changed(world, pod.node);
    count_on_node(world, pod, sign);
}

}  // namespace

World empty_world(const Spec& spec) {
    World world;
    world.workloads.resize(spec.workloads.size());
    for (const NodeGroup& group : spec.node_groups) {
        NodeGroupState state;
        state.desired = group.desired;
        world.groups.push_back(state);
    }
    world.zones.resize(spec.zones.size());
    world.services.resize(spec.services.size());
    world.traffic.classes.resize(spec.traffic.classes.size());
    world.traffic.servers.resize(spec.traffic.servers.size());
    world.traffic.queues.resize(spec.traffic.queues.size());
    world.pod_scaling.horizontal.resize(spec.pod_scaling.horizontal.size());
    world.pod_scaling.vertical.resize(spec.pod_scaling.vertical.size());
    world.pod_scaling.proportional_vertical.resize(spec.pod_scaling.proportional_vertical.size());
    world.pod_scaling.objects.resize(spec.pod_scaling.objects.size());
    world.pod_scaling.advice.pods.resize(spec.pod_scaling.advice.workloads.size());
    world.pod_scaling.advice.shown.resize(spec.pod_scaling.advice.workloads.size());
    world.controller_calls.resize(controller_count);
    world.controller_requeues.resize(controller_count);
    for (const ResourceQuota& quota : spec.quotas)
        world.quota_uses.resize(world.quota_uses.size() + quota.bounds.size());
    world.quotas_due.resize(spec.quotas.size());
    std::int32_t largest = 1;
    for (const NodeShape& shape : spec.shapes) largest = std::max(largest, shape.ipv4_per_eni - 1);
    world.cidr_stride = static_cast<std::uint32_t>(largest);
    world.image_words = (spec.images.size() + bits_a_word - 1) / bits_a_word;
    world.image_nodes.resize(spec.images.size());
    world.registry_calls.resize(spec.registries.size());
    world.cni_settings = {spec.cni};
    for (const VolumeClaim& claim : spec.claims) world.claim_zones.push_back(claim.zone);
    if (spec.nomad.runs) world.nomad.blocked.resize(spec.workloads.size());
    world.nomad.policies.resize(spec.nomad.policies.size());
    add_subnets(spec, world);
    return world;
}

NodeId add_node(const Spec& spec, World& world, NodeShapeIx shape, sim::Time now) {
    Node node;
    node.shape = shape;
    NodeGroupState& group = world.groups[spec[shape].group.value];
    node.ordinal = group.next_ordinal++;
    node.version = group.version;
    node.launched = now;
    node.ready_at = sim::Time::never();
    node.address_wakes_at = sim::Time::never();
    const NodeId id = world.nodes.insert(node);
    if (world.node_images.size() < world.nodes.capacity_slots() * world.image_words) {
        world.node_images.resize(world.nodes.capacity_slots() * world.image_words);
        world.reported_images.resize(world.node_images.size());
        world.images_on_nodes.resize(world.nodes.capacity_slots() * spec.images.size());
    }
    return id;
}

namespace {

// SCHED-22: nodes by zone, zones in the order of their first appearance. The list goes round the zones: the first node
// of each, the second of each, …
struct NodeTree {
    std::vector<ZoneIx> zones;
    std::vector<std::vector<NodeId>> by_zone;

    void add(ZoneIx zone, NodeId id) {
        const auto at = static_cast<std::size_t>(std::find(zones.begin(), zones.end(), zone) - zones.begin());
        if (at == zones.size()) {
            zones.push_back(zone);
            by_zone.emplace_back();
        }
        by_zone[at].push_back(id);
    }
    void write_to(std::vector<NodeId>& order) const {
        order.clear();
        for (std::size_t round = 0;; ++round) {
            const std::size_t before = order.size();
            for (const std::vector<NodeId>& nodes : by_zone) {
                if (round < nodes.size()) order.push_back(nodes[round]);
            }
            if (order.size() == before) return;
        }
    }
};

NodeTree tree_of(const Spec& spec, const World& world) {
    NodeTree tree;
    for (const NodeId id : world.node_order) tree.add(spec[world.nodes[id].shape].zone, id);
    return tree;
}

}  // namespace

void list_node(const Spec& spec, World& world, NodeId id) { list_nodes(spec, world, {&id, 1}); }

void list_nodes(const Spec& spec, World& world, std::span<const NodeId> nodes) {
    NodeTree tree = tree_of(spec, world);
    for (const NodeId id : nodes) tree.add(spec[world.nodes[id].shape].zone, id);
    tree.write_to(world.node_order);
    forget_nodes(world);
}

void unlist_node(const Spec& spec, World& world, NodeId id) {
    NodeTree tree = tree_of(spec, world);
    for (std::vector<NodeId>& nodes : tree.by_zone) std::erase(nodes, id);
    tree.write_to(world.node_order);
    forget_nodes(world);
    std::erase_if(world.scheduler.nominated, [&](PodId pod) {
        const bool is_here = world.pods[pod].nominated == id;
        if (is_here) world.pods[pod].nominated = NodeId::none();
        return is_here;
    });
    for (std::size_t i = 0; i < world.image_nodes.size(); ++i) {
        if (node_reports_image(world, id, ImageIx::of(i))) --world.image_nodes[i];
    }
    const auto first_word = static_cast<std::ptrdiff_t>(id.slot * world.image_words);
    std::fill_n(world.node_images.begin() + first_word, world.image_words, std::uint64_t{0});
    std::fill_n(world.reported_images.begin() + first_word, world.image_words, std::uint64_t{0});
    world.nodes[id].images = 0;
    world.nodes[id].image_bytes = 0;
}

void remove_node(World& world, NodeId id) {
    const Node node = world.nodes[id];
    CHECK(!node.first_pod.valid(), "a node was removed while pods of it exist");
    CHECK(node.enis == 0, "a node was removed while ENIs are attached to it");
    CHECK(!node.trunk.first_branch.valid() && !node.trunk.is_served, "a node was removed while it has branch ENIs");
    for (PoolId pool = node.first_pool; pool.valid();) {
        const PoolId next = world.pools[pool].next_on_node;
        world.pools.erase(pool);
        pool = next;
    }
    if (has_two_cnis(node)) world.pools.erase(node.cilium.pool);
    world.nodes.erase(id);
}

PodId add_pod(const Spec& spec, World& world, WorkloadIx workload, std::uint32_t ordinal, JobId job, sim::Time now) {
    Pod pod;
    pod.workload = workload;
    pod.pod_template =
        as_admitted(spec, world, job.valid() ? world.jobs[job].pod_template : spec[workload].pod_template);
    pod.ordinal = pod.replica = ordinal;
    pod.job = job;
    pod.created = now;
    pod.cause_since = now;
    const PodId id = world.pods.insert(pod);
    PodId& first = job.valid() ? world.jobs[job].first_pod : world[workload].first_pod;
    world.pods[id].next_of_owner = first;
    if (first.valid()) world.pods[first].previous_of_owner = id;
    first = id;
    ++world[workload].active;
    return id;
}

void put_on_node(const Spec& spec, World& world, PodId id, NodeId node_id) {
    Pod& pod = world.pods[id];
    Node& node = world.nodes[node_id];
    CHECK(!pod.node.valid(), "a pod was put on a second node");
    pod.node = node_id;
    pod.holds_resources = true;
    add_to_node(spec, world, pod, +1);
    pod.next_on_node = node.first_pod;
    if (node.first_pod.valid()) world.pods[node.first_pod].previous_on_node = id;
    node.first_pod = id;
}

void resize_pod(const Spec& spec, World& world, PodId id, TemplateIx to) {
    Pod& pod = world.pods[id];
    if (pod.holds_resources) add_to_node(spec, world, pod, -1);
    pod.pod_template = to;
    if (pod.holds_resources) add_to_node(spec, world, pod, +1);
}

void release_resources(const Spec& spec, World& world, PodId id) {
    Pod& pod = world.pods[id];
    if (!pod.holds_resources) return;
    pod.holds_resources = false;
    add_to_node(spec, world, pod, -1);
}

void remove_pod(const Spec& spec, World& world, PodId id) {
    release_resources(spec, world, id);
    const Pod pod = world.pods[id];
    CHECK(!pod.eni.valid(), "a pod was removed while it held an address");
    CHECK(!pod.branch.valid(), "a pod was removed while a branch ENI was its own");
    if (pod.node.valid()) {
        if (pod.previous_on_node.valid())
            world.pods[pod.previous_on_node].next_on_node = pod.next_on_node;
        else
            world.nodes[pod.node].first_pod = pod.next_on_node;
        if (pod.next_on_node.valid()) world.pods[pod.next_on_node].previous_on_node = pod.previous_on_node;
    }
    PodId& first = pod.job.valid() ? world.jobs[pod.job].first_pod : world[pod.workload].first_pod;
    if (pod.previous_of_owner.valid())
        world.pods[pod.previous_of_owner].next_of_owner = pod.next_of_owner;
    else
        first = pod.next_of_owner;
    if (pod.next_of_owner.valid()) world.pods[pod.next_of_owner].previous_of_owner = pod.previous_of_owner;
    if (pod.stage != PodStage::finished && !pod.terminating) --world[pod.workload].active;
    world.pods.erase(id);
}

namespace {

// Jobs of one workload have equally many indexes, so that a block fits the next of them.
std::uint32_t take_index_block(World& world, std::uint32_t count) {
    const auto fits = std::ranges::find(world.free_index_blocks, count, &JobIndexBlock::count);
    std::uint32_t first = static_cast<std::uint32_t>(world.job_indexes.size());
    if (fits != world.free_index_blocks.end()) {
        first = fits->first;
        world.free_index_blocks.erase(fits);
        std::fill_n(world.job_indexes.begin() + first, count, JobIndex{});
    } else {
        world.job_indexes.resize(first + count);
    }
    return first;
}

}  // namespace

JobId add_job(const Spec& spec, World& world, WorkloadIx workload, std::int64_t scheduled_unix_seconds, sim::Time now) {
    Job job;
    job.workload = workload;
    job.pod_template = spec[workload].pod_template;
    job.ordinal = world[workload].next_job_ordinal++;
    job.scheduled_unix_seconds = scheduled_unix_seconds;
    job.created = now;
    job.started = now;
    job.finished = sim::Time::never();
    job.last_failure = sim::Time::never();
    job.next_sync = sim::Time::never();
    if (spec[workload].job.is_indexed)
        job.first_index = take_index_block(world, static_cast<std::uint32_t>(spec[workload].job.completions));
    const JobId id = world.jobs.insert(job);
    JobId& first = world[workload].first_job;
    world.jobs[id].next_of_workload = first;
    if (first.valid()) world.jobs[first].previous_of_workload = id;
    first = id;
    return id;
}

void remove_job(const Spec& spec, World& world, JobId id) {
    const Job job = world.jobs[id];
    if (spec[job.workload].job.is_indexed)
        world.free_index_blocks.push_back(
            {job.first_index, static_cast<std::uint32_t>(spec[job.workload].job.completions)});
    CHECK(!job.first_pod.valid(), "a Job was removed while pods of it exist");
    if (job.previous_of_workload.valid())
        world.jobs[job.previous_of_workload].next_of_workload = job.next_of_workload;
    else
        world[job.workload].first_job = job.next_of_workload;
    if (job.next_of_workload.valid()) world.jobs[job.next_of_workload].previous_of_workload = job.previous_of_workload;
    // The controller takes a Job that exists no more off its list before it decides anything (CRON-7, X-8).
    if (job.is_counted_active) --world[job.workload].active_jobs;
    world.jobs.erase(id);
}

namespace {

// The bit of an image in World::node_images or World::reported_images.
bool has_bit(const World& world, const std::vector<std::uint64_t>& bits, NodeId node, ImageIx image) {
    return (bits[node.slot * world.image_words + image.value / bits_a_word] >> (image.value % bits_a_word)) & 1;
}
void flip_bit(const World& world, std::vector<std::uint64_t>& bits, NodeId node, ImageIx image) {
    bits[node.slot * world.image_words + image.value / bits_a_word] ^= std::uint64_t{1} << (image.value % bits_a_word);
}

void report_image(World& world, NodeId node, ImageIx image, bool is_reported) {
    if (has_bit(world, world.reported_images, node, image) == is_reported) return;
    flip_bit(world, world.reported_images, node, image);
    world.image_nodes[image.value] += is_reported ? 1 : -1;
}

// nodeStatusMaxImages: the largest ones; of two that are equally large the one whose name came first.
constexpr std::int32_t most_reported_images = 50;

void report_images(const Spec& spec, World& world, NodeId node) {
    std::vector<ImageIx> there;
    for (std::size_t i = 0; i < spec.images.size(); ++i) {
        const ImageIx image = ImageIx::of(i);
        if (node_has_image(world, node, image)) there.push_back(image);
    }
    std::ranges::stable_sort(there, std::ranges::greater{},
                             [&](ImageIx image) { return spec.images[image.value].unpacked_bytes; });
    for (std::size_t i = 0; i < there.size(); ++i)
        report_image(world, node, there[i], i < static_cast<std::size_t>(most_reported_images));
}

}  // namespace

bool node_has_image(const World& world, NodeId node, ImageIx image) {
    return has_bit(world, world.node_images, node, image);
}

bool node_reports_image(const World& world, NodeId node, ImageIx image) {
    return has_bit(world, world.reported_images, node, image);
}

void put_image_on_node(const Spec& spec, World& world, NodeId id, ImageIx image, sim::Time now) {
    if (node_has_image(world, id, image)) return;
    Node& node = world.nodes[id];
    flip_bit(world, world.node_images, id, image);
    ++node.images;
    node.image_bytes += spec.images[image.value].unpacked_bytes;
    world.images_on_nodes[id.slot * spec.images.size() + image.value] = {now, now};
    if (node.images <= most_reported_images)
        report_image(world, id, image, true);
    else
        report_images(spec, world, id);
    node_changed(world, id);
}

void take_image_off_node(const Spec& spec, World& world, NodeId id, ImageIx image) {
    if (!node_has_image(world, id, image)) return;
    Node& node = world.nodes[id];
    report_image(world, id, image, false);
    flip_bit(world, world.node_images, id, image);
    --node.images;
    node.image_bytes -= spec.images[image.value].unpacked_bytes;
    if (node.images >= most_reported_images) report_images(spec, world, id);
    node_changed(world, id);
}

}  // namespace eks
