#include "models/systems/autoscaling/cluster_autoscaler/snapshot.hpp"

#include "models/spec/tolerations.hpp"
#include "models/world/node_taints.hpp"
#include "models/world/pod_sums.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace eks::cluster_autoscaler {

namespace {

bool share_a_port(const PodTemplate& a, const PodTemplate& b) {
    constexpr std::string_view everywhere = "0.0.0.0";
    return std::ranges::any_of(a.constraints.host_ports, [&](const HostPort& x) {
        return std::ranges::any_of(b.constraints.host_ports, [&](const HostPort& y) {
            return x.port == y.port && x.protocol == y.protocol &&
                   (x.ip == y.ip || x.ip == everywhere || y.ip == everywhere);
        });
    });
}

// The global minimum of a spread constraint (SCHED-46).
std::int64_t least_of(const SchedulerMemory::Sum& sum, std::int64_t min_domains) {
    std::int64_t least = std::numeric_limits<std::int32_t>::max();
    std::int64_t domains = 0;
    for (std::size_t i = 0; i < sum.nodes.size(); ++i) {
        if (sum.nodes[i] == 0) continue;
        ++domains;
        least = std::min<std::int64_t>(least, i < sum.pods.size() ? sum.pods[i] : 0);
    }
    return domains < min_domains ? 0 : least;
}

ZoneIx zone_of_own_claims(const World& world, const Pod& pod) {
    const auto place = [](const ReplicaVolumes& v) { return std::pair(v.workload, v.replica); };
    const std::pair wanted(pod.workload, pod.replica);
    const auto found = std::ranges::lower_bound(world.replica_volumes, wanted, {}, place);
    return found != world.replica_volumes.end() && place(*found) == wanted ? found->zone : ZoneIx::none();
}

void heed(const Spec& spec, const VolumeClaim& claim, ZoneIx bound, VolumeNeeds& needs) {
    if (!claim.is_zonal) return;
    if (bound.valid()) {
        needs.is_impossible = needs.is_impossible || (needs.zone.valid() && needs.zone != bound);
        needs.zone = bound;
        return;
    }
    if (claim.allowed.empty()) return;
    needs.barred.resize(spec.zones.size());
    for (std::size_t zone = 0; zone < needs.barred.size(); ++zone) {
        if (std::ranges::find(claim.allowed, ZoneIx::of(zone)) == claim.allowed.end()) needs.barred[zone] = 1;
    }
}

}  // namespace

// A volume that several pods of a node share counts for each of them.
VolumeNeeds volume_needs(const Spec& spec, const World& world, const Pod& pod) {
    const PodTemplate& t = spec[pod.pod_template];
    VolumeNeeds needs;
    needs.attachments = t.attachments;
    for (const std::uint32_t claim : t.claims) {
        const bool is_bound = claim < world.claim_zones.size();
        heed(spec, spec.claims[claim], is_bound ? world.claim_zones[claim] : ZoneIx::none(), needs);
    }
    for (const VolumeClaim& claim : t.own_claims) heed(spec, claim, zone_of_own_claims(world, pod), needs);
    for (const VolumeClaim& claim : t.passing_claims) heed(spec, claim, ZoneIx::none(), needs);
    return needs;
}

// --- the snapshot

Snapshot::Snapshot(const Spec& spec, World& world) : spec_(spec), world_(world) {
    nodes_.reserve(world.node_order.size());
    place_of_slot_.assign(world.nodes.capacity_slots(), 0);
    const bool has_ports =
        std::ranges::any_of(spec.templates, [](const PodTemplate& pod) { return !pod.constraints.host_ports.empty(); });
    for (const NodeId id : world.node_order) {
        const Node& row = world.nodes[id];
        const NodeShape& shape = spec[row.shape];
        SnapshotNode node;
        node.shape = row.shape;
        node.id = id;
        node.hostname = id.slot;
        node.free = shape.allocatable - row.requested;
        if (row.trunk.stage != TrunkStage::ready) node.free.pod_enis = 0;
        node.free_pods = shape.max_pods - row.pods;
        node.free_volumes = shape.max_volumes - row.volumes;
        node.is_closed = !row.has_instance();
        for (PodId pod = has_ports ? row.first_pod : PodId::none(); pod.valid(); pod = world.pods[pod].next_on_node) {
            const Pod& other = world.pods[pod];
            if (other.holds_resources && !spec[other.pod_template].constraints.host_ports.empty())
                node.with_ports.push_back(other.pod_template);
        }
        nodes_.push_back(std::move(node));
        place_of_slot_[id.slot] = static_cast<std::uint32_t>(nodes_.size());
    }
    next_hostname_ = static_cast<std::uint32_t>(world.nodes.capacity_slots());
    if (spec.relations->sums.empty()) return;
    remember(spec, world);
    sums_ = world.scheduler.memory.sums;
}

Snapshot::Snapshot(const Snapshot& other, WithoutNodes)
    : spec_(other.spec_), world_(other.world_), next_hostname_(other.next_hostname_), sums_(other.sums_) {}

std::optional<std::size_t> Snapshot::place_of(NodeId node) const {
    if (node.slot >= place_of_slot_.size() || place_of_slot_[node.slot] == 0) return std::nullopt;
    const std::size_t place = place_of_slot_[node.slot] - 1;
    return nodes_[place].id == node ? std::optional(place) : std::nullopt;
}

std::int32_t Snapshot::domain_of(const PodSum& sum, const SnapshotNode& node) const {
    if (!sum.includes_shape.empty() && sum.includes_shape[node.shape.value] == 0) return -1;
    if (sum.honors_taints_for.valid() && node.id.valid()) {
        const Node& row = world_.nodes[node.id];
        if ((row.condition_taints & ~sum.tolerated_condition_taints) != 0 ||
            (row.cilium.is_tainted && !sum.tolerates_cilium))
            return -1;
    }
    const TopologyKey& key = spec_.relations->keys[sum.key];
    return key.is_hostname ? static_cast<std::int32_t>(node.hostname) : key.domain_of_shape[node.shape.value];
}

void Snapshot::add_to_sums(const SnapshotNode& node) {
    for (std::size_t i = 0; i < sums_.size(); ++i) {
        const std::int32_t domain = domain_of(spec_.relations->sums[i], node);
        if (domain < 0) continue;
        const auto at = static_cast<std::size_t>(domain);
        if (sums_[i].pods.size() <= at) sums_[i].pods.resize(at + 1);
        if (!spec_.relations->sums[i].leaves_out_terminating) continue;
        if (sums_[i].nodes.size() <= at) sums_[i].nodes.resize(at + 1);
        ++sums_[i].nodes[at];
    }
}

std::size_t Snapshot::add(const AutoscalerTemplate& from) {
    const NodeShape& shape = spec_[from.shape];
    SnapshotNode node;
    node.shape = from.shape;
    node.hostname = next_hostname_++;
    node.free = shape.allocatable - from.daemon_requests;
    node.free_pods = shape.max_pods - from.daemon_pods;
    node.free_volumes = shape.max_volumes;
    add_to_sums(node);
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
}

void Snapshot::place(TemplateIx t, std::size_t place, std::int32_t sign) {
    SnapshotNode& node = nodes_[place];
    const PodTemplate& pod = spec_[t];
    node.free -= pod.requests * sign;
    node.free_pods -= sign;
    node.free_volumes -= sign * pod.attachments;
    if (!pod.constraints.host_ports.empty()) {
        if (sign > 0)
            node.with_ports.push_back(t);
        else if (const auto at = std::ranges::find(node.with_ports, t); at != node.with_ports.end())
            node.with_ports.erase(at);
    }
    if (sums_.empty()) return;
    for (const SumIx ix : spec_.relations->of_template[t.value].adds_to) {
        const std::int32_t domain = domain_of(spec_.relations->sums[ix], node);
        if (domain < 0) continue;
        sums_[ix].pods[static_cast<std::size_t>(domain)] += sign;
        sums_[ix].total += sign;
    }
}

bool Snapshot::violates_own_anti_affinity(TemplateIx t, std::size_t node) const {
    const PodRelations& relations = spec_.relations->of_template[t.value];
    return std::ranges::any_of(relations.anti_affinity, [&](SumIx sum) {
        const std::int32_t domain = domain_in(sum, node);
        if (domain < 0) return false;
        const bool counts_itself = std::ranges::find(relations.adds_to, sum) != relations.adds_to.end();
        return sums_[sum].pods[static_cast<std::size_t>(domain)] > (counts_itself ? 1 : 0);
    });
}

void Snapshot::leave_out(const Pod& pod) {
    if (const auto at = place_of(pod.node)) place(pod.pod_template, *at, -1);
}

// --- one pod

FilterCycle::FilterCycle(const Snapshot& snapshot, const Wanted& wanted)
    : snapshot_(snapshot),
      wanted_(wanted),
      pod_(snapshot.spec_[wanted.pod_template]),
      relations_(snapshot.spec_.relations->of_template[wanted.pod_template.value]) {
    for (const SpreadRule& rule : relations_.required_spread)
        most_.push_back(rule.max_skew + least_of(snapshot.sums_[rule.sum], rule.min_domains) -
                        (rule.selects_itself ? 1 : 0));
    is_first_ = relations_.may_be_first &&
                std::ranges::all_of(relations_.affinity, [&](SumIx sum) { return snapshot_.sums_[sum].total == 0; });
}

bool FilterCycle::suits(const SnapshotNode& node) const {
    const TemplateOnShape& on_shape = snapshot_.spec_.template_on_shape(wanted_.pod_template, node.shape);
    if (!on_shape.affinity_matches || !on_shape.taints_tolerated) return false;
    if (!node.id.valid()) return true;
    const Node& row = snapshot_.world_.nodes[node.id];
    // In 1.10 these are conditions of the node and no taints.
    if (snapshot_.spec_.kubernetes.is_2018()) return row.state == NodeState::ready && !row.cordoned;
    return bears_taints_of_state(snapshot_.spec_, pod_, row);
}

bool FilterCycle::volumes_fit(const SnapshotNode& node) const {
    const VolumeNeeds& needs = wanted_.volumes;
    const ZoneIx zone = snapshot_.spec_[node.shape].zone;
    return !needs.is_impossible && (needs.attachments == 0 || needs.attachments <= node.free_volumes) &&
           (!needs.zone.valid() || needs.zone == zone) && (needs.barred.empty() || needs.barred[zone.value] == 0);
}

Look FilterCycle::look_at_relations(const SnapshotNode& node) const {
    const PodRelationsTable& table = *snapshot_.spec_.relations.table;
    const auto domain_of = [&](SumIx sum) {
        const TopologyKey& key = table.keys[table.sums[sum].key];
        return key.is_hostname ? static_cast<std::int32_t>(node.hostname) : key.domain_of_shape[node.shape.value];
    };
    const auto pods_of = [&](SumIx sum, std::int32_t domain) {
        const auto at = static_cast<std::size_t>(domain);
        return at < snapshot_.sums_[sum].pods.size() ? snapshot_.sums_[sum].pods[at] : 0;
    };
    for (std::size_t i = 0; i < relations_.required_spread.size(); ++i) {
        const SumIx sum = relations_.required_spread[i].sum;
        const std::int32_t domain = domain_of(sum);
        if (domain < 0) return Look::is_refused;
        if (pods_of(sum, domain) > most_[i]) return Look::is_refused_by_spread;
    }
    bool is_met = true;
    for (const SumIx sum : relations_.affinity) {
        const std::int32_t domain = domain_of(sum);
        if (domain < 0) return Look::is_refused;
        is_met = is_met && pods_of(sum, domain) > 0;
    }
    if (!is_met && !is_first_) return Look::is_refused;
    for (const std::vector<SumIx>* list : {&relations_.anti_affinity, &relations_.anti_affinity_of_others}) {
        for (const SumIx sum : *list) {
            const std::int32_t domain = domain_of(sum);
            if (domain >= 0 && pods_of(sum, domain) > 0) return Look::is_refused;
        }
    }
    return Look::fits;
}

Look FilterCycle::look(std::size_t place) const {
    const SnapshotNode& node = snapshot_[place];
    if (node.free_pods < 1 || !eks::fits(pod_.requests, node.free) || !suits(node)) return Look::is_refused;
    if (!pod_.constraints.host_ports.empty() && std::ranges::any_of(node.with_ports, [&](TemplateIx other) {
            return share_a_port(pod_, snapshot_.spec_[other]);
        }))
        return Look::is_refused;
    if (!volumes_fit(node)) return Look::is_refused;
    return relations_.filters() ? look_at_relations(node) : Look::fits;
}

}  // namespace eks::cluster_autoscaler
