#include "models/world/verbs.hpp"

#include "libsim/check.hpp"
#include "libsim/random.hpp"
#include "models/spec/streams.hpp"

#include <algorithm>
#include <bit>

namespace eks {

namespace {

constexpr std::uint32_t bits_a_word = 64;

bool is_taken(const World& world, const SubnetState& subnet, std::uint32_t offset) {
    return (world.subnet_bits[subnet.first_word + offset / bits_a_word] >> (offset % bits_a_word)) & 1;
}

void mark_taken(World& world, SubnetState& subnet, std::uint32_t offset) {
    CHECK(!is_taken(world, subnet, offset), "an address was taken twice");
    world.subnet_bits[subnet.first_word + offset / bits_a_word] |= std::uint64_t{1} << (offset % bits_a_word);
    --subnet.free;
}

// The offset of the free address with `before` free ones below it.
std::uint32_t nth_free(const World& world, const SubnetState& subnet, std::uint64_t before) {
    for (std::size_t word = subnet.first_word;; ++word) {
        std::uint64_t free = ~world.subnet_bits[word];
        const auto here = static_cast<std::uint64_t>(std::popcount(free));
        if (before >= here) {
            before -= here;
            continue;
        }
        for (; before > 0; --before) free &= free - 1;
        return static_cast<std::uint32_t>((word - subnet.first_word) * bits_a_word +
                                          static_cast<std::size_t>(std::countr_zero(free)));
    }
}

void add_to_node(const Spec& spec, Node& node, const Pod& pod, std::int32_t sign) {
    const PodTemplate& t = spec.template_of(pod.workload);
    if (sign > 0) {
        node.requested += t.requests;
        node.scoring_requested += t.scoring_requests;
    } else {
        node.requested -= t.requests;
        node.scoring_requested -= t.scoring_requests;
    }
    node.pods += sign;
    ++node.changes;
}

}  // namespace

World empty_world(const Spec& spec) {
    World world;
    world.workloads.resize(spec.workloads.size());
    world.group_next_ordinal.resize(spec.node_groups.size());
    world.controller_calls.resize(controller_count);
    std::int32_t largest = 1;
    for (const NodeShape& shape : spec.shapes) largest = std::max(largest, shape.ipv4_per_eni - 1);
    world.slot_stride = static_cast<std::uint32_t>(largest);
    world.image_words = (spec.images.size() + bits_a_word - 1) / bits_a_word;
    world.image_nodes.resize(spec.images.size());
    for (const Subnet& subnet : spec.subnets) {
        SubnetState state;
        state.first_word = world.subnet_bits.size();
        state.free = subnet.size();
        const auto size = static_cast<std::uint32_t>(subnet.size());
        world.subnet_bits.resize(state.first_word + (size + bits_a_word - 1) / bits_a_word);
        // AWS keeps the first four addresses and the last (IPAM-200); bits beyond a small subnet's end are never free.
        for (std::uint32_t offset = 0; offset < 4; ++offset) mark_taken(world, state, offset);
        mark_taken(world, state, size - 1);
        if (size < bits_a_word) world.subnet_bits[state.first_word] |= ~std::uint64_t{0} << size;
        // What others hold lies at the bottom of the subnet: which ones they are makes no difference to single
        // addresses.
        for (std::int32_t held = 0; held < subnet.in_use; ++held) mark_taken(world, state, nth_free(world, state, 0));
        world.subnets.push_back(state);
    }
    return world;
}

NodeId add_node(const Spec& spec, World& world, NodeShapeIx shape, sim::Time now) {
    Node node;
    node.shape = shape;
    node.ordinal = world.group_next_ordinal[spec[shape].group.value]++;
    node.launched = now;
    node.ready_at = sim::Time::never();
    node.pool_wakes_at = sim::Time::never();
    node.address_wakes_at = sim::Time::never();
    node.last_decrease = sim::Time::never();
    node.last_insufficient = sim::Time::never();
    const NodeId id = world.nodes.insert(node);
    if (world.node_images.size() < world.nodes.capacity_slots() * world.image_words) {
        world.node_images.resize(world.nodes.capacity_slots() * world.image_words);
    }
    return id;
}

void list_node(const Spec& spec, World& world, NodeId id) {
    // SCHED-22: the list goes round the zones: the first node of each, the second of each, … A new node comes behind
    // the last one that has as many earlier nodes in its own zone, zones in the order of their first appearance.
    std::vector<ZoneIx> zones;
    std::vector<std::vector<NodeId>> by_zone;
    world.node_order.push_back(id);
    for (const NodeId other : world.node_order) {
        const ZoneIx zone = spec[world.nodes[other].shape].zone;
        const auto at = static_cast<std::size_t>(std::find(zones.begin(), zones.end(), zone) - zones.begin());
        if (at == zones.size()) {
            zones.push_back(zone);
            by_zone.emplace_back();
        }
        by_zone[at].push_back(other);
    }
    const std::size_t listed = world.node_order.size();
    world.node_order.clear();
    for (std::size_t round = 0; world.node_order.size() < listed; ++round) {
        for (const std::vector<NodeId>& nodes : by_zone) {
            if (round < nodes.size()) world.node_order.push_back(nodes[round]);
        }
    }
}

PodId add_pod(World& world, WorkloadIx workload, std::uint32_t ordinal, JobId job, sim::Time now) {
    Pod pod;
    pod.workload = workload;
    pod.ordinal = ordinal;
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
    add_to_node(spec, node, pod, +1);
    pod.next_on_node = node.first_pod;
    if (node.first_pod.valid()) world.pods[node.first_pod].previous_on_node = id;
    node.first_pod = id;
}

void release_resources(const Spec& spec, World& world, PodId id) {
    Pod& pod = world.pods[id];
    if (!pod.holds_resources) return;
    pod.holds_resources = false;
    add_to_node(spec, world.nodes[pod.node], pod, -1);
}

void remove_pod(const Spec& spec, World& world, PodId id) {
    release_resources(spec, world, id);
    const Pod pod = world.pods[id];
    CHECK(!pod.eni.valid(), "a pod was removed while it held an address");
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

JobId add_job(World& world, WorkloadIx workload, std::int64_t scheduled_unix_seconds, sim::Time now) {
    Job job;
    job.workload = workload;
    job.ordinal = world[workload].next_job_ordinal++;
    job.scheduled_unix_seconds = scheduled_unix_seconds;
    job.created = now;
    job.started = now;
    job.finished = sim::Time::never();
    job.last_failure = sim::Time::never();
    job.next_sync = sim::Time::never();
    const JobId id = world.jobs.insert(job);
    JobId& first = world[workload].first_job;
    world.jobs[id].next_of_workload = first;
    if (first.valid()) world.jobs[first].previous_of_workload = id;
    first = id;
    return id;
}

void remove_job(World& world, JobId id) {
    const Job job = world.jobs[id];
    CHECK(!job.first_pod.valid(), "a Job was removed while pods of it exist");
    if (job.previous_of_workload.valid())
        world.jobs[job.previous_of_workload].next_of_workload = job.next_of_workload;
    else
        world[job.workload].first_job = job.next_of_workload;
    if (job.next_of_workload.valid()) world.jobs[job.next_of_workload].previous_of_workload = job.previous_of_workload;
    world.jobs.erase(id);
}

bool take_addresses(const Spec& spec, World& world, sim::RunKey key, SubnetIx subnet, std::int32_t count,
                    std::uint32_t* taken) {
    SubnetState& state = world.subnets[subnet.value];
    if (state.free < count) return false;
    for (std::int32_t i = 0; i < count; ++i) {
        const std::uint64_t pick = sim::draw_below(key, {stream::subnet_address, subnet.value, world.subnet_draws++, 0},
                                                   static_cast<std::uint64_t>(state.free));
        const std::uint32_t offset = nth_free(world, state, pick);
        mark_taken(world, state, offset);
        taken[i] = spec[subnet].first_address + offset;
    }
    return true;
}

void give_back_address(const Spec& spec, World& world, SubnetIx subnet, std::uint32_t address) {
    SubnetState& state = world.subnets[subnet.value];
    const std::uint32_t offset = address - spec[subnet].first_address;
    CHECK(is_taken(world, state, offset), "an address was given back twice");
    world.subnet_bits[state.first_word + offset / bits_a_word] &= ~(std::uint64_t{1} << (offset % bits_a_word));
    ++state.free;
}

EniId add_eni(World& world, NodeId node, SubnetIx subnet, std::int32_t slots, bool is_primary) {
    CHECK(slots >= 0 && static_cast<std::uint32_t>(slots) <= world.slot_stride,
          "an ENI has more slots than a block holds");
    Eni eni;
    eni.node = node;
    eni.subnet = subnet;
    eni.is_primary = is_primary;
    eni.slots = slots;
    if (world.free_blocks.empty()) {
        eni.first_slot = static_cast<std::uint32_t>(world.address_slots.size());
        world.address_slots.resize(world.address_slots.size() + world.slot_stride);
    } else {
        eni.first_slot = world.free_blocks.back();
        world.free_blocks.pop_back();
        std::fill_n(world.address_slots.begin() + eni.first_slot, world.slot_stride, AddressSlot{});
    }
    ++world.nodes[node].enis;
    return world.enis.insert(eni);
}

void enter_store(World& world, EniId id, sim::Time now) {
    Eni& eni = world.enis[id];
    CHECK(eni.state == EniState::attaching, "an ENI entered the store twice");
    eni.state = EniState::attached;
    eni.entered_store = now;
    Node& node = world.nodes[eni.node];
    node.addresses += eni.addresses;
    if (!node.first_eni.valid()) {
        node.first_eni = id;
        return;
    }
    EniId last = node.first_eni;
    while (world.enis[last].next_on_node.valid()) last = world.enis[last].next_on_node;
    world.enis[last].next_on_node = id;
}

void leave_store(World& world, EniId id) {
    Eni& eni = world.enis[id];
    CHECK(eni.state == EniState::attached && eni.assigned == 0, "an ENI left the store while pods used it");
    eni.state = EniState::detaching;
    Node& node = world.nodes[eni.node];
    node.addresses -= eni.addresses;
    if (node.first_eni == id) {
        node.first_eni = eni.next_on_node;
    } else {
        EniId before = node.first_eni;
        while (world.enis[before].next_on_node != id) before = world.enis[before].next_on_node;
        world.enis[before].next_on_node = eni.next_on_node;
    }
    eni.next_on_node = EniId::none();
}

void remove_eni(World& world, EniId id) {
    const Eni eni = world.enis[id];
    CHECK(eni.state != EniState::attached, "an ENI was removed while it was in the store");
    world.free_blocks.push_back(eni.first_slot);
    --world.nodes[eni.node].enis;
    world.enis.erase(id);
}

void add_address(World& world, EniId id, std::uint32_t address) {
    Eni& eni = world.enis[id];
    CHECK(eni.addresses < eni.slots, "an ENI was given more addresses than it can hold");
    std::uint32_t slot = eni.first_slot;
    while (world.address_slots[slot].address != 0) ++slot;
    world.address_slots[slot] = AddressSlot{address, PodId::none(), sim::Time::never()};
    ++eni.addresses;
    if (eni.state == EniState::attached) ++world.nodes[eni.node].addresses;
}

std::uint32_t drop_address(World& world, EniId id, std::uint32_t slot) {
    Eni& eni = world.enis[id];
    AddressSlot& row = world.address_slots[slot];
    CHECK(row.address != 0 && !row.owner.valid(), "an address in use was dropped");
    const std::uint32_t address = row.address;
    row = AddressSlot{};
    --eni.addresses;
    if (eni.state == EniState::attached) --world.nodes[eni.node].addresses;
    return address;
}

void assign_address(World& world, PodId pod_id, EniId eni_id, std::uint32_t slot) {
    Eni& eni = world.enis[eni_id];
    AddressSlot& row = world.address_slots[slot];
    Pod& pod = world.pods[pod_id];
    CHECK(row.address != 0 && !row.owner.valid(), "an address was given to a second pod");
    CHECK(!pod.eni.valid(), "a pod was given a second address");
    row.owner = pod_id;
    pod.eni = eni_id;
    pod.slot = slot;
    ++eni.assigned;
    ++world.nodes[eni.node].assigned;
}

void release_address(World& world, PodId pod_id, sim::Time now) {
    Pod& pod = world.pods[pod_id];
    Eni& eni = world.enis[pod.eni];
    AddressSlot& row = world.address_slots[pod.slot];
    CHECK(row.owner == pod_id, "a pod released an address that is not its own");
    row.owner = PodId::none();
    row.released = now;
    pod.eni = EniId::none();
    --eni.assigned;
    --world.nodes[eni.node].assigned;
}

bool node_has_image(const World& world, NodeId node, ImageIx image) {
    return (world.node_images[node.slot * world.image_words + image.value / bits_a_word] >>
            (image.value % bits_a_word)) &
           1;
}

void put_image_on_node(World& world, NodeId node, ImageIx image) {
    if (node_has_image(world, node, image)) return;
    world.node_images[node.slot * world.image_words + image.value / bits_a_word] |= std::uint64_t{1}
                                                                                    << (image.value % bits_a_word);
    ++world.image_nodes[image.value];
    ++world.nodes[node].changes;
}

}  // namespace eks
