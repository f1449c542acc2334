#include "models/systems/scheduling/volume_filter.hpp"

#include <algorithm>

namespace eks {

namespace {

auto place_of(const ReplicaVolumes& volumes) { return std::pair(volumes.workload, volumes.replica); }

auto find_replica(const World& world, const Pod& pod) {
    return std::ranges::lower_bound(world.replica_volumes, std::pair(pod.workload, pod.replica), {}, place_of);
}

bool is_used_by_another(const Spec& spec, const World& world, PodId id, std::uint32_t claim) {
    for (const auto& [other, row] : world.pods) {
        // The scheduler knows the pods of nodes that are there.
        if (other == id || !row.holds_resources || world.nodes[row.node].state == NodeState::deleted) continue;
        const std::vector<std::uint32_t>& theirs = spec[row.pod_template].claims;
        if (std::ranges::find(theirs, claim) != theirs.end()) return true;
    }
    return false;
}

}  // namespace

ZoneIx zone_of_replica(const World& world, const Pod& pod) {
    const auto found = find_replica(world, pod);
    const bool is_there =
        found != world.replica_volumes.end() && place_of(*found) == std::pair(pod.workload, pod.replica);
    return is_there ? found->zone : ZoneIx::none();
}

ZoneIx zone_of_claim(const World& world, std::uint32_t claim) {
    return claim < world.claim_zones.size() ? world.claim_zones[claim] : ZoneIx::none();
}

VolumeFilter::VolumeFilter(const Spec& spec, const World& world, PodId id)
    : spec_(spec), world_(world), template_(spec[world.pods[id].pod_template]) {
    const Pod& pod = world.pods[id];
    const PodTemplate& t = template_;
    attachments_ = t.attachments;
    is_needed_ = !t.claims.empty() || !t.own_claims.empty() || !t.passing_claims.empty();
    if (!is_needed_) return;
    is_barred_.assign(spec.zones.size(), 0);
    for (const std::uint32_t claim : t.claims) {
        look_at(spec.claims[claim], zone_of_claim(world, claim));
        if (spec.claims[claim].is_for_one_pod) is_in_use_ = is_in_use_ || is_used_by_another(spec, world, id, claim);
    }
    for (const VolumeClaim& claim : t.own_claims) look_at(claim, zone_of_replica(world, pod));
    for (const VolumeClaim& claim : t.passing_claims) look_at(claim, ZoneIx::none());
}

void VolumeFilter::look_at(const VolumeClaim& claim, ZoneIx bound) {
    if (!claim.is_zonal) return;
    if (bound.valid()) {
        takes_no_zone_ = takes_no_zone_ || (zone_.valid() && zone_ != bound);
        zone_ = bound;
    } else if (!claim.allowed.empty()) {
        for (std::size_t zone = 0; zone < is_barred_.size(); ++zone) {
            if (std::ranges::find(claim.allowed, ZoneIx::of(zone)) == claim.allowed.end()) is_barred_[zone] = 1;
        }
    }
}

// A volume that several pods of a node use is attached once: how many are, and how many the pod would add.
std::int32_t VolumeFilter::more_attachments(const Node& node, std::int32_t& attached) const {
    std::vector<std::uint32_t> named;
    const auto add_named = [&](const PodTemplate& t, std::int32_t& count) {
        for (const std::uint32_t claim : t.claims) {
            if (!spec_.claims[claim].takes_attachment) continue;
            --count;
            if (std::ranges::find(named, claim) != named.end()) continue;
            named.push_back(claim);
            ++count;
        }
    };
    attached = 0;
    for (PodId id = node.first_pod; id.valid(); id = world_.pods[id].next_on_node) {
        if (!world_.pods[id].holds_resources) continue;
        const PodTemplate& t = spec_[world_.pods[id].pod_template];
        attached += t.attachments;
        add_named(t, attached);
    }
    std::int32_t more = attachments_;
    add_named(template_, more);
    return more;
}

Refusal VolumeFilter::refusal(const Node& node) const {
    if (is_in_use_) return for_now_by(Filter::volumes);
    const NodeShape& shape = spec_[node.shape];
    if (attachments_ > 0 && node.volumes + attachments_ > shape.max_volumes) {
        std::int32_t attached = 0;
        const std::int32_t more = more_attachments(node, attached);
        if (more > 0 && attached + more > shape.max_volumes) return for_now_by(Filter::volumes);
    }
    const bool is_elsewhere = zone_.valid() && zone_ != shape.zone;
    if (takes_no_zone_ || is_elsewhere || is_barred_[shape.zone.value] != 0) return final_by(Filter::volumes);
    return {};
}

bool bind_claims(const Spec& spec, World& world, PodId id) {
    const Pod& pod = world.pods[id];
    const PodTemplate& t = spec[pod.pod_template];
    if (t.claims.empty() && t.own_claims.empty()) return false;
    const ZoneIx zone = spec[world.nodes[pod.node].shape].zone;
    for (const std::uint32_t claim : t.claims) {
        if (world.claim_zones.size() <= claim) world.claim_zones.resize(claim + 1);
        if (spec.claims[claim].is_zonal && !world.claim_zones[claim].valid()) world.claim_zones[claim] = zone;
    }
    if (std::ranges::none_of(t.own_claims, &VolumeClaim::is_zonal) || zone_of_replica(world, pod).valid()) return false;
    world.replica_volumes.insert(find_replica(world, pod), {pod.workload, pod.replica, zone});
    return true;
}

}  // namespace eks
