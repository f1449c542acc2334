#include "models/world/invariants.hpp"

#include "models/world/address_verbs.hpp"
#include "models/world/branch_verbs.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

class Findings {
  public:
    void expect(bool holds, const char* what, std::uint32_t slot) {
        if (!holds) sentences_.push_back(std::string(what) + " (slot " + std::to_string(slot) + ")");
    }
    std::vector<std::string> take() { return std::move(sentences_); }

  private:
    std::vector<std::string> sentences_;
};

void check_nodes(const Spec& spec, const World& world, Findings& f) {
    for (const auto& [id, node] : world.nodes) {
        Resources requested;
        Resources scoring;
        std::int32_t pods = 0;
        std::int32_t holders = 0;
        for (PodId p = node.first_pod; p.valid(); p = world.pods[p].next_on_node) {
            const Pod& pod = world.pods[p];
            f.expect(pod.node == id, "a pod in a node's chain names another node", p.slot);
            if (pod.eni.valid()) ++holders;
            if (!pod.holds_resources) continue;
            requested += spec[pod.pod_template].requests;
            scoring += spec[pod.pod_template].scoring_requests;
            ++pods;
        }
        f.expect(requested == node.requested && scoring == node.scoring_requested,
                 "a node's sums differ from its pods' requests", id.slot);
        f.expect(pods == node.pods, "a node's count of pods differs from its chain", id.slot);
        f.expect(pods <= spec[node.shape].max_pods, "a node holds more pods than its max-pods", id.slot);
        f.expect(requested.cpu_milli <= spec[node.shape].allocatable.cpu_milli, "a node's CPU is overcommitted",
                 id.slot);
        f.expect(requested.memory_bytes <= spec[node.shape].allocatable.memory_bytes,
                 "a node's memory is overcommitted", id.slot);

        std::int32_t all_assigned = 0;
        for (PoolId p = node.first_pool; p.valid(); p = world.pools[p].next_on_node)
            all_assigned += world.pools[p].all_assigned;
        if (has_two_cnis(node)) all_assigned += world.pools[node.cilium.pool].all_assigned;
        // The store keeps the addresses of pods that went while the daemon did not listen (IPAM-122).
        f.expect(holders <= all_assigned, "pods have addresses that the store has not assigned", id.slot);
        std::int32_t attached = 0;
        std::int32_t others = 0;
        for (const auto& [e, eni] : world.enis) {
            if (eni.node != id || eni.state != EniState::attached || !stands_for_eni(world, eni)) continue;
            ++attached;
            if (eni.tag != EniTag::managed) ++others;
        }
        f.expect(attached == node.enis, "a node's count of ENIs differs from those attached to it", id.slot);
        std::int32_t attached_to_cards = 0;
        std::int32_t others_on_cards = 0;
        for (PoolId p = node.first_pool; p.valid(); p = world.pools[p].next_on_node) {
            const AddressPool& pool = world.pools[p];
            attached_to_cards += pool.attached;
            others_on_cards += pool.untagged_enis + pool.no_manage_enis;
            f.expect(pool.attached <= spec[node.shape].enis_of_card(pool.card),
                     "a network card has more ENIs than its type allows", id.slot);
        }
        f.expect(attached_to_cards == node.enis, "a node's count of ENIs differs from that of its network cards",
                 id.slot);
        f.expect(others_on_cards == others, "a network card's count of others' ENIs differs from their tags", id.slot);
    }
}

// IPAM section H, 1 and 2: the sums of a store are those of its ENIs, and an address has one owner, who knows it.
void check_pools(const World& world, Findings& f) {
    for (const auto& [id, pool] : world.pools) {
        AddressPool counted;
        std::int32_t capacity = 0;
        for (EniId e = pool.first_eni; e.valid(); e = world.enis[e].next_in_pool) {
            const Eni& eni = world.enis[e];
            f.expect(eni.in_store && eni.pool == id, "an ENI in a store's chain does not know of it", e.slot);
            ++counted.enis;
            counted.all_assigned += eni.assigned;
            if (!eni.is_excluded) {
                counted.total += eni.active_total;
                counted.assigned += eni.active_assigned;
                capacity += eni.slots * (pool.uses_prefixes || pool.takes_both ? addresses_per_prefix : 1);
            }
            for (std::int32_t i = 0; i < eni.slots; ++i) {
                const EniCidr& cidr = world.cidrs[eni.first_cidr + static_cast<std::uint32_t>(i)];
                if (cidr.in_store && cidr.is_prefix && cidr.assigned == 0) ++counted.free_prefixes;
            }
        }
        f.expect(counted.enis == pool.enis && counted.total == pool.total && counted.assigned == pool.assigned &&
                     counted.all_assigned == pool.all_assigned && counted.free_prefixes == pool.free_prefixes,
                 "a store's counts differ from its ENIs'", id.slot);
        f.expect(pool.assigned <= pool.total, "a store has assigned more than it has", id.slot);
        f.expect(pool.total <= capacity, "a store has more addresses than its ENIs can hold", id.slot);
    }
}

// Its sandbox is gone or going: it may have lost its address while the daemon did not listen (IPAM-122).
bool has_left(const Pod& pod) { return pod.terminating || pod.stage == PodStage::finished; }

void check_enis(const Spec& spec, const World& world, Findings& f) {
    for (const auto& [id, eni] : world.enis) {
        const AddressPool* const pool = world.pools.find(eni.pool);
        const Node* const node = world.nodes.find(eni.node);
        f.expect(node != nullptr ? node->has_instance() : !eni.node.valid() && !eni.in_store,
                 "an ENI is of an instance that has ended", id.slot);
        Eni counted;
        const std::uint32_t end = eni.first_cidr + static_cast<std::uint32_t>(eni.slots);
        for (std::uint32_t at = eni.first_cidr; at != end; ++at) {
            const EniCidr& cidr = world.cidrs[at];
            f.expect(cidr.is_empty() == (!cidr.on_eni && !cidr.in_store), "a CIDR is on no side", id.slot);
            if (cidr.on_eni) ++counted.granted;
            std::int32_t owned = 0;
            for (std::uint32_t n = 0; !cidr.is_empty() && n < static_cast<std::uint32_t>(cidr.size()); ++n) {
                const AddressRecord record = record_of(world, cidr, n);
                if (!record.owner.valid()) continue;
                ++owned;
                const Pod* pod = world.pods.find(record.owner);
                if (pod == nullptr || (!pod->eni.valid() && has_left(*pod))) continue;
                const bool is_further = spec[pod->pod_template].wants_every_card && pod->eni.valid() &&
                                        world.enis[pod->eni].pool != eni.pool;
                // The runtime takes an address back at the CNI that answers now, which may be the other one.
                const bool is_abandoned =
                    node != nullptr && has_two_cnis(*node) &&
                    (!pod->eni.valid() || (pod->given_by == AddressGiver::cilium) != is_ciliums(world, eni));
                // A sandbox that fails while the daemon is away leaves its address to what that does when it starts.
                const bool awaits_daemon = node != nullptr && !pod->eni.valid() && !answering_daemon(*node).serves;
                f.expect(awaits_daemon || (pod->eni == id && place_of(*pod) == AddressPlace{at, n}) || is_further ||
                             is_abandoned,
                         "an address is assigned to a pod that does not know of it", id.slot);
            }
            f.expect(owned == cidr.assigned, "a CIDR's count of owners differs from its records", id.slot);
            if (!cidr.in_store) continue;
            f.expect(eni.in_store, "a CIDR is in the store and its ENI is not", id.slot);
            ++counted.cidrs;
            counted.assigned += cidr.assigned;
            if (pool == nullptr || !pool->takes(cidr)) continue;
            counted.active_total += cidr.size();
            counted.active_assigned += cidr.assigned;
        }
        f.expect(counted.granted == eni.granted && counted.cidrs == eni.cidrs && counted.assigned == eni.assigned &&
                     counted.active_total == eni.active_total && counted.active_assigned == eni.active_assigned,
                 "an ENI's counts differ from its slots", id.slot);
        f.expect(eni.granted <= eni.slots, "an ENI has more CIDRs than it can hold", id.slot);
    }
}

// The CIDRs that EC2 has on the ENI, by one of its rows, are those of its twin.
bool agree_on_cidrs(const World& world, const Eni& eni, const Eni& twin) {
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        const EniCidr& cidr = world.cidrs[at];
        if (!cidr.on_eni) continue;
        const std::uint32_t there = find_cidr(world, twin, cidr.network, cidr.is_prefix);
        if (there == no_cidr || !world.cidrs[there].on_eni) return false;
    }
    return eni.granted == twin.granted;
}

// IPAM-354: two stores of one node, and one EC2 behind them.
void check_twins(const World& world, Findings& f) {
    for (const auto& [id, eni] : world.enis) {
        f.expect(eni.state != EniState::gone || (eni.in_store && eni.granted == 0 && !eni.twin.valid()),
                 "an ENI that EC2 has deleted is in no store, or holds something", id.slot);
        if (!eni.twin.valid()) continue;
        const Eni* twin = world.enis.find(eni.twin);
        f.expect(twin != nullptr && twin->twin == id && is_ciliums(world, *twin) != is_ciliums(world, eni),
                 "an ENI's two rows do not know of each other", id.slot);
        if (twin == nullptr) continue;
        f.expect(twin->node == eni.node && twin->subnet == eni.subnet && twin->state == eni.state &&
                     twin->device == eni.device && twin->is_primary == eni.is_primary &&
                     twin->is_trunk == eni.is_trunk && twin->created == eni.created &&
                     twin->visible_at == eni.visible_at && twin->primary_address == eni.primary_address &&
                     twin->slots == eni.slots && agree_on_cidrs(world, eni, *twin),
                 "a node's two stores are shown different ENIs by EC2", id.slot);
    }
    for (const auto& [id, pod] : world.pods) {
        if (pod.given_by == AddressGiver::only) {
            f.expect(pod.address == AddressState::undisputed, "an address is contested and nobody contests it",
                     id.slot);
            continue;
        }
        const bool is_on_eni = pod.eni.valid() && world.enis[pod.eni].state == EniState::attached &&
                               world.cidrs[place_of(pod).cidr].on_eni;
        f.expect(is_on_eni == (pod.address != AddressState::taken_away),
                 "a pod's address has been taken away and the pod does not show it, or the other way about", id.slot);
    }
}

// IPAM-155: a branch ENI takes one of its node's places, and is its pod's alone.
void check_branch_enis(const Spec& spec, const World& world, Findings& f) {
    std::int32_t at_work = 0;
    std::size_t on_nodes = 0;
    for (const auto& [id, node] : world.nodes) {
        std::int32_t places = 0;
        std::int32_t deleting = 0;
        for_each_branch(world, node, [&](BranchEniId b, const BranchEni& branch) {
            ++on_nodes;
            f.expect(branch.node == id, "a branch ENI in a node's chain names another node", b.slot);
            if (branch.takes_place()) ++places;
            if (branch.stage == BranchStage::deleting) ++deleting;
        });
        f.expect(places == node.trunk.branches, "a node's count of branch ENIs differs from its chain", id.slot);
        f.expect(places <= spec[node.shape].allocatable.pod_enis, "a node has more branch ENIs than its type allows",
                 id.slot);
        f.expect(deleting == (node.trunk.is_served ? 1 : 0), "two workers delete branch ENIs of one node", id.slot);
    }
    f.expect(on_nodes == world.branch_enis.size(), "a branch ENI is on no node", 0);
    for (const auto& [id, branch] : world.branch_enis) {
        const Pod* pod = world.pods.find(branch.pod);
        f.expect(!branch.pod.valid() || (pod != nullptr && pod->branch == id && pod->node == branch.node),
                 "a branch ENI is of a pod that does not know of it", id.slot);
        f.expect(branch.stage != BranchStage::in_use || branch.pod.valid(), "a branch ENI is in use by nobody",
                 id.slot);
        f.expect((branch.stage > BranchStage::creating) == (branch.address != 0),
                 "a branch ENI has no address, or has one before it is made", id.slot);
        if (branch.stage == BranchStage::creating || branch.stage == BranchStage::associating ||
            branch.stage == BranchStage::annotating || branch.stage == BranchStage::deleting)
            ++at_work;
    }
    for (BranchEniId b = world.resource_controller.first_in_queue; b.valid(); b = world.branch_enis[b].next_in_queue) {
        if (world.branch_enis[b].stage == BranchStage::deleting) --at_work;
    }
    f.expect(at_work == world.resource_controller.busy_workers, "workers of the resource controller are lost", 0);
    for (const auto& [id, pod] : world.pods) {
        if (!pod.branch.valid()) continue;
        const BranchEni* branch = world.branch_enis.find(pod.branch);
        f.expect(branch != nullptr && branch->pod == id, "a pod names a branch ENI that is not its own", id.slot);
        f.expect(!pod.eni.valid(), "a pod has a branch ENI and an address of the pool", id.slot);
    }
}

constexpr std::uint32_t word_bits = 64;

bool is_set(const std::vector<std::uint64_t>& bits, std::size_t at) {
    return ((bits[at / word_bits] >> (at % word_bits)) & 1) != 0;
}

// One bit an address that somebody holds, in the places of World::subnet_bits.
class HeldBits {
  public:
    HeldBits(const Spec& spec, const World& world, Findings& f)
        : spec_(spec), world_(world), f_(f), bits_(world.subnet_bits.size(), 0) {
        // AWS keeps five (IPAM-200), and what lies behind the end of a small subnet is nobody's.
        for (std::size_t i = 0; i < world.subnets.size(); ++i) {
            const auto size = static_cast<std::uint32_t>(spec.subnets[i].size());
            for (const std::uint32_t kept : {0U, 1U, 2U, 3U, size - 1}) set(i, kept);
            for (std::uint32_t behind = size; behind < word_bits; ++behind) set(i, behind);
        }
    }
    void hold(SubnetIx subnet, std::uint32_t first, std::int64_t count) {
        const std::uint32_t from = first - spec_[subnet].first_address;
        const bool is_inside = from + count <= spec_[subnet].size();
        f_.expect(is_inside, "an address is held outside of its subnet", subnet.value);
        for (std::uint32_t n = 0; is_inside && n < count; ++n) set(subnet.value, from + n);
    }
    const std::vector<std::uint64_t>& bits() const { return bits_; }

  private:
    void set(std::size_t subnet, std::uint32_t offset) {
        const std::size_t at = world_.subnets[subnet].first_word * word_bits + offset;
        f_.expect(!is_set(bits_, at), "an address of a subnet is held twice", static_cast<std::uint32_t>(subnet));
        bits_[at / word_bits] |= std::uint64_t{1} << (at % word_bits);
    }

    const Spec& spec_;
    const World& world_;
    Findings& f_;
    std::vector<std::uint64_t> bits_;
};

// The sums of a subnet are those of its bits.
const CidrReservation* reservation_of(const Subnet& subnet, std::uint32_t offset) {
    const auto at = std::ranges::find_if(subnet.reservations, [&](const CidrReservation& r) {
        const std::uint32_t from = r.first_address - subnet.first_address;
        return offset >= from && offset - from < r.size();
    });
    return at == subnet.reservations.end() ? nullptr : &*at;
}

void check_subnet_sums(const Spec& spec, const World& world, SubnetIx ix, Findings& f) {
    const Subnet& subnet = spec[ix];
    const SubnetState& state = world.subnets[ix.value];
    std::int64_t free = 0;
    std::int64_t free_single = 0;
    std::int64_t free_blocks = 0;
    for (std::uint32_t first = 0; first < subnet.size(); first += addresses_a_prefix) {
        std::int64_t in_block = 0;
        std::int64_t single = 0;
        std::int64_t for_prefixes = 0;
        for (std::uint32_t offset = first; offset < first + addresses_a_prefix; ++offset) {
            const CidrReservation* r = reservation_of(subnet, offset);
            if (r == nullptr || (r->is_for_prefixes && r->size() >= addresses_a_prefix)) ++for_prefixes;
            if (is_set(world.subnet_bits, state.first_word * word_bits + offset)) continue;
            ++in_block;
            if (r == nullptr) ++single;
        }
        free += in_block;
        free_single += single;
        if (in_block == addresses_per_prefix && for_prefixes == addresses_per_prefix) ++free_blocks;
        const std::size_t block = state.first_block_word * word_bits + first / addresses_a_prefix;
        f.expect(is_set(world.subnet_block_bits, block) == (in_block < addresses_per_prefix),
                 "a subnet takes a block for whole that is not, or the other way about", ix.value);
    }
    f.expect(free == state.free && free_single == state.free_single && free_blocks == state.free_blocks,
             "a subnet's counts differ from its addresses", ix.value);
}

// IPAM section H, 7: what ENIs hold of a subnet is what is taken there beyond AWS's five and what others use.
void check_subnets(const Spec& spec, const World& world, Findings& f) {
    std::vector<std::int64_t> held(world.subnets.size(), 0);
    HeldBits bits(spec, world, f);
    for (const auto& [id, eni] : world.enis) {
        if (!stands_for_eni(world, eni)) continue;
        ++held[eni.subnet.value];
        bits.hold(eni.subnet, eni.primary_address, 1);
        for (std::int32_t i = 0; i < eni.slots; ++i) {
            const EniCidr& cidr = world.cidrs[eni.first_cidr + static_cast<std::uint32_t>(i)];
            f.expect(!cidr.is_prefix || cidr.network % addresses_a_prefix == 0, "a prefix is not aligned", id.slot);
            if (!cidr.on_eni) continue;
            held[eni.subnet.value] += cidr.size();
            bits.hold(eni.subnet, cidr.network, cidr.size());
        }
    }
    for (const auto& [id, branch] : world.branch_enis) {
        if (branch.address == 0) continue;
        ++held[branch.subnet.value];
        bits.hold(branch.subnet, branch.address, 1);
    }
    for (const HeldAddress& other : world.held_by_others) {
        ++held[other.subnet.value];
        bits.hold(other.subnet, other.address, 1);
    }
    f.expect(bits.bits() == world.subnet_bits, "the addresses taken in subnets are not those that are held", 0);
    for (std::size_t i = 0; i < held.size(); ++i) {
        const Subnet& subnet = spec.subnets[i];
        f.expect(world.subnets[i].free == subnet.usable() - held[i],
                 "a subnet's free addresses differ from what is held of it", static_cast<std::uint32_t>(i));
        f.expect(world.subnets[i].free >= 0, "a subnet has given out more than it has", static_cast<std::uint32_t>(i));
        check_subnet_sums(spec, world, SubnetIx::of(i), f);
    }
}

void check_images(const Spec& spec, const World& world, Findings& f) {
    std::vector<std::int32_t> reporters(spec.images.size(), 0);
    std::size_t pulls_of_nodes = 0;
    for (const auto& [id, node] : world.nodes) {
        std::int32_t images = 0;
        Bytes bytes = 0;
        for (std::size_t i = 0; i < spec.images.size(); ++i) {
            const ImageIx image = ImageIx::of(i);
            const bool is_there = node_has_image(world, id, image);
            const bool is_reported = node_reports_image(world, id, image);
            f.expect(is_there || !is_reported, "a node reports an image that it does not have", id.slot);
            if (is_reported) ++reporters[i];
            if (!is_there) continue;
            ++images;
            bytes += spec.images[i].unpacked_bytes;
        }
        f.expect(images == node.images && bytes == node.image_bytes,
                 "a node's sums of images differ from those that are there", id.slot);
        for (PullId pull = node.first_pull; pull.valid(); pull = world.pulls[pull].next_on_node) {
            ++pulls_of_nodes;
            f.expect(world.pulls[pull].node == id, "a pull in a node's chain names another node", id.slot);
        }
    }
    f.expect(pulls_of_nodes == world.pulls.size(), "a pull is of no node", 0);
    for (std::size_t i = 0; i < reporters.size(); ++i)
        f.expect(reporters[i] == world.image_nodes[i], "an image's count of nodes differs from what they report",
                 static_cast<std::uint32_t>(i));
}

// IPAM-400
void check_buckets(const Spec& spec, const World& world, Findings& f) {
    for (std::size_t i = 0; i < world.ec2_buckets.size(); ++i) {
        const std::int64_t tokens = world.ec2_buckets[i].nano_tokens;
        const std::int64_t instances = world.ec2_instances[i].nano_tokens;
        f.expect(tokens >= 0 && tokens <= spec.ec2.limits[i].bucket * std::int64_t{1'000'000'000} && instances >= 0 &&
                     instances <= spec.ec2.limits[i].instances * std::int64_t{1'000'000'000},
                 "a bucket of EC2 calls is overdrawn", static_cast<std::uint32_t>(i));
    }
}

void check_health(const Spec& spec, const World& world, Findings& f) {
    std::vector<std::int32_t> ready(world.zones.size(), 0);
    std::vector<std::int32_t> not_ready(world.zones.size(), 0);
    for (const NodeId id : world.node_order) {
        const Node& node = world.nodes[id];
        const bool is_ready = node.state == NodeState::ready;
        ++(is_ready ? ready : not_ready)[spec[node.shape].zone.value];
        f.expect(!is_ready || (node.condition_taints & (taints_of_not_ready | taints_of_unreachable)) == 0,
                 "a node is Ready and has the taint of one that is not", id.slot);
        const bool has_taints = spec.kubernetes.has_leases_and_taints_by_condition();
        const ConditionTaints of_pressure = (node.pressure.memory ? no_schedule(ConditionTaint::memory_pressure) : 0) |
                                            (node.pressure.disk ? no_schedule(ConditionTaint::disk_pressure) : 0);
        constexpr ConditionTaints both =
            no_schedule(ConditionTaint::memory_pressure) | no_schedule(ConditionTaint::disk_pressure);
        f.expect((node.condition_taints & both) == (has_taints ? of_pressure : 0),
                 "a node's taints differ from what it is short of", id.slot);
    }
    for (std::size_t i = 0; i < world.zones.size(); ++i) {
        f.expect(world.zones[i].ready == ready[i] && world.zones[i].not_ready == not_ready[i],
                 "a zone's counts differ from its Node objects", static_cast<std::uint32_t>(i));
    }
    for (const auto& [id, pod] : world.pods) {
        f.expect(!pod.seems_ready || pod.stage == PodStage::lost, "a pod seems to be ready and is not lost", id.slot);
    }
}

void check_workloads(const World& world, Findings& f) {
    std::vector<std::int32_t> active(world.workloads.size(), 0);
    std::vector<std::int32_t> ready(world.workloads.size(), 0);
    for (const auto& [id, pod] : world.pods) {
        if (pod.stage != PodStage::finished && !pod.terminating) ++active[pod.workload.value];
        if (counts_as_ready(pod)) ++ready[pod.workload.value];
        f.expect(pod.stage == PodStage::queued || pod.node.valid(), "a pod beyond the scheduler has no node", id.slot);
        const Node* const node = world.nodes.find(pod.node);
        f.expect(
            node == nullptr || node->has_instance() || pod.stage == PodStage::lost || pod.stage == PodStage::finished,
            "a pod runs on an instance that has ended", id.slot);
        f.expect(pod.place == QueuePlace::none || pod.stage == PodStage::queued, "a bound pod waits in the scheduler",
                 id.slot);
    }
    std::vector<std::int32_t> succeeded(world.workloads.size(), 0);
    std::vector<std::int32_t> failed(world.workloads.size(), 0);
    for (const auto& [id, job] : world.jobs) {
        if (job.finished != sim::Time::never() && !job.deletion_requested)
            ++(job.complete ? succeeded : failed)[job.workload.value];
    }
    for (std::size_t i = 0; i < active.size(); ++i) {
        f.expect(succeeded[i] == world.workloads[i].succeeded_jobs && failed[i] == world.workloads[i].failed_jobs,
                 "a workload's counts of finished Jobs are off", static_cast<std::uint32_t>(i));
        f.expect(active[i] == world.workloads[i].active, "a workload's count of active pods is off",
                 static_cast<std::uint32_t>(i));
        f.expect(ready[i] == world.workloads[i].ready, "a workload's count of ready pods is off",
                 static_cast<std::uint32_t>(i));
    }
}

// What a quota counts is what the pods take that are there, or have not ended; what they gave back is still in it until
// its controller has looked.
void check_quotas(const Spec& spec, const World& world, Findings& f) {
    if (spec.quotas_of.empty()) return;
    std::vector<std::int64_t> taken(world.quota_uses.size(), 0);
    for (const auto& [id, pod] : world.pods) {
        for (const std::uint32_t q : spec.quotas_of[pod.pod_template.value]) {
            const ResourceQuota& quota = spec.quotas[q];
            for (std::size_t b = 0; b < quota.bounds.size(); ++b) {
                const QuotaBound& bound = quota.bounds[b];
                if (pod.is_charged || bound.measure == QuotaMeasure::pod_objects)
                    taken[quota.first_use + b] += charge_of(bound, spec[pod.pod_template]);
            }
        }
    }
    for (std::size_t i = 0; i < taken.size(); ++i) {
        const QuotaUse& use = world.quota_uses[i];
        f.expect(use.used == taken[i] + use.returning, "what a quota counts differs from its pods",
                 static_cast<std::uint32_t>(i));
    }
}

void check_groups(const World& world, Findings& f) {
    for (std::size_t i = 0; i < world.groups.size(); ++i)
        f.expect(world.groups[i].desired >= 0, "a node group wants less than no node", static_cast<std::uint32_t>(i));
}

void check_blocked(const World& world, Findings& f) {
    std::vector<std::int32_t> blocked(world.nomad.blocked.size(), 0);
    if (blocked.empty()) return;
    for (const auto& [id, pod] : world.pods) blocked[pod.workload.value] += pod.unplaced != WaitCause::none ? 1 : 0;
    for (std::size_t i = 0; i < blocked.size(); ++i) {
        f.expect(blocked[i] == world.nomad.blocked[i], "a workload's count of blocked allocations is off",
                 static_cast<std::uint32_t>(i));
    }
}

// Each pod that is a target and stays is registered, and what serves has been made ready.
void check_balancers(const Spec& spec, const World& world, Findings& f) {
    const IdentityState& state = world.identity;
    std::vector<std::int32_t> targets(state.gates.size(), 0);
    if (!targets.empty()) {
        for (const auto& [id, pod] : world.pods) {
            const std::int32_t gate = spec[pod.pod_template].identity.gate;
            const bool stays = !pod.terminating && !pod.failed && !pod.is_evicted;
            if (gate >= 0 && pod.is_target && stays) ++targets[static_cast<std::size_t>(gate)];
        }
    }
    for (std::uint32_t i = 0; i < targets.size(); ++i)
        f.expect(targets[i] <= state.gates[i].targets, "a pod is a target that nobody has registered", i);
    for (std::uint32_t i = 0; i < state.balancer_objects.size(); ++i) {
        const bool serves = state.balancer_objects[i].stage == BalancerStage::serving;
        const std::uint32_t balancer = spec.identity.balancer_objects[i].balancer;
        f.expect(!serves || state.balancers_active[balancer] != sim::Time::never(),
                 "an Ingress or a Service is served by a load balancer that was never made", i);
    }
}

// A log has one pod that writes to it, or waits for one.
void check_telemetry(const Spec& spec, const World& world, Findings& f) {
    const std::vector<AgentPod>& rows = world.telemetry.pods;
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
        const AgentPod& row = rows[i];
        f.expect(row.agent < spec.telemetry.agents.size(), "a write-ahead log is nobody's", i);
        for (const LogSpan& span : row.log)
            f.expect(span.micro > 0 && span.begins < span.ends, "a write-ahead log holds less than nothing", i);
        const bool is_away = !row.missing.empty() && row.missing.back().ends == sim::Time::never();
        f.expect(is_away != row.is_up, "a log is whole though nobody writes to it, or the other way round", i);
        for (std::size_t s = 1; s < row.missing.size(); ++s)
            f.expect(row.missing[s - 1].ends < row.missing[s].begins, "what a log misses is out of order", i);
        f.expect(std::ranges::is_sorted(row.log, {}, &LogSpan::begins), "a write-ahead log is out of order", i);
        f.expect(row.is_up ? row.pod.valid() : row.in_milli == 0 && row.out_milli == 0,
                 "a write-ahead log is written to by nobody", i);
        const auto same_pod = [&](const AgentPod& other) {
            return other.agent == row.agent && other.pod == row.pod && other.pod.valid();
        };
        f.expect(!row.pod.valid() || std::ranges::count_if(rows, same_pod) == 1, "a pod has two write-ahead logs", i);
    }
}

}  // namespace

std::vector<std::string> broken_invariants(const Spec& spec, const World& world) {
    Findings findings;
    check_nodes(spec, world, findings);
    check_pools(world, findings);
    check_enis(spec, world, findings);
    check_twins(world, findings);
    check_branch_enis(spec, world, findings);
    check_subnets(spec, world, findings);
    check_buckets(spec, world, findings);
    check_health(spec, world, findings);
    check_images(spec, world, findings);
    check_workloads(world, findings);
    check_quotas(spec, world, findings);
    check_groups(world, findings);
    check_blocked(world, findings);
    check_balancers(spec, world, findings);
    check_telemetry(spec, world, findings);
    return findings.take();
}

}  // namespace eks
