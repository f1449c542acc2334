#include "models/systems/scheduling/plain/volumes.hpp"

#include "models/systems/scheduling/plain/matching.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

namespace eks::plain {

namespace {

const VolumeClaim* find_claim(const Cluster& cluster, const PodObject& pod, const std::string& name) {
    const auto found = std::ranges::find_if(cluster.claims, [&](const VolumeClaim& claim) {
        return claim.namespace_name == pod.namespace_name && claim.name == name;
    });
    return found == cluster.claims.end() ? nullptr : &*found;
}

const StorageClass* class_of(const Cluster& cluster, const VolumeClaim& claim) {
    const auto found = std::ranges::find(cluster.storage_classes, claim.storage_class, &StorageClass::name);
    return found == cluster.storage_classes.end() ? nullptr : &*found;
}

const Volume* volume_of(const Cluster& cluster, const VolumeClaim& claim) {
    const auto found = std::ranges::find(cluster.volumes, claim.volume_name, &Volume::name);
    return !claim.is_bound || found == cluster.volumes.end() ? nullptr : &*found;
}

template <class Visit>  // visit(claim) for each claim of the pod that is there
void for_each_claim(const Cluster& cluster, const PodObject& pod, Visit&& visit) {
    for (const std::string& name : pod.claims) {
        if (const VolumeClaim* claim = find_claim(cluster, pod, name)) visit(*claim);
    }
}

// One of the four labels that say where a volume or a node is.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> place_labels{{
    {"topology.kubernetes.io/zone", "topology.kubernetes.io/zone"},
    {"topology.kubernetes.io/region", "topology.kubernetes.io/region"},
    {"failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"},
    {"failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"},
}};

// Values of such a label of a volume are joined by "__".
bool is_one_of(std::string_view value, std::string_view joined) {
    for (std::size_t from = 0; from <= joined.size();) {
        const std::size_t end = std::min(joined.find("__", from), joined.size());
        if (joined.substr(from, end - from) == value) return true;
        from = end + 2;
    }
    return false;
}

}  // namespace

std::optional<std::string> missing_claim(const Cluster& cluster, const PodObject& pod) {
    const auto missing = std::ranges::find_if(
        pod.claims, [&](const std::string& name) { return find_claim(cluster, pod, name) == nullptr; });
    return missing == pod.claims.end() ? std::nullopt : std::optional(*missing);
}

bool has_unbound_immediate_claim(const Cluster& cluster, const PodObject& pod) {
    bool found = false;
    for_each_claim(cluster, pod, [&](const VolumeClaim& claim) {
        const StorageClass* storage = class_of(cluster, claim);
        found = found || (!claim.is_bound && (storage == nullptr || !storage->waits_for_consumer));
    });
    return found;
}

std::int64_t claims_shared(const Cluster& cluster, const PodObject& pod, const PodObject& other) {
    std::int64_t shared = 0;
    if (other.namespace_name != pod.namespace_name) return shared;
    for_each_claim(cluster, pod, [&](const VolumeClaim& claim) {
        if (claim.is_for_one_pod) shared += std::ranges::count(other.claims, claim.name);
    });
    return shared;
}

bool exceeds_volume_limit(const Cluster& cluster, const NodeInfo& node, const PodObject& pod) {
    const auto limits = cluster.volume_limits.find(node.node->name);
    if (limits == cluster.volume_limits.end()) return false;
    using Attached = std::set<std::pair<std::string, std::string>>;  // driver, volume
    const auto volumes_of = [&](const PodObject& owner, Attached& to, bool is_incoming) {
        for_each_claim(cluster, owner, [&](const VolumeClaim& claim) {
            if (const Volume* volume = volume_of(cluster, claim)) {
                to.insert({volume->driver, volume->handle});
            } else if (is_incoming && !claim.is_bound) {
                const StorageClass* storage = class_of(cluster, claim);
                if (storage != nullptr) to.insert({storage->provisioner, "to be made for " + claim.name});
            }
        });
    };
    Attached attached;
    for (const PodObject* other : node.pods) volumes_of(*other, attached, false);
    Attached wanted;
    volumes_of(pod, wanted, true);
    for (const auto& [driver, limit] : limits->second) {
        const auto of_driver = [&](const auto& volume) { return volume.first == driver; };
        const auto is_new = [&](const auto& volume) { return of_driver(volume) && !attached.contains(volume); };
        const std::int64_t more = std::ranges::count_if(wanted, is_new);
        if (more > 0 && std::ranges::count_if(attached, of_driver) + more > limit) return true;
    }
    return false;
}

std::vector<std::string> volume_binding_reasons(const Cluster& cluster, const NodeObject& node, const PodObject& pod) {
    bool is_elsewhere = false;
    bool cannot_be_made = false;
    for_each_claim(cluster, pod, [&](const VolumeClaim& claim) {
        if (const Volume* volume = volume_of(cluster, claim)) {
            is_elsewhere = is_elsewhere || (volume->has_node_terms && !matches_any(volume->node_terms, node));
        } else if (!claim.is_bound) {
            const StorageClass* storage = class_of(cluster, claim);
            cannot_be_made = cannot_be_made || (storage != nullptr && !storage->allowed_topologies.empty() &&
                                                !matches_any(storage->allowed_topologies, node));
        }
    });
    std::vector<std::string> reasons;
    if (is_elsewhere) reasons.emplace_back("node(s) didn't match PersistentVolume's node affinity");
    if (cannot_be_made) reasons.emplace_back("node(s) didn't find available persistent volumes to bind");
    return reasons;
}

bool is_outside_volume_zone(const Cluster& cluster, const NodeObject& node, const PodObject& pod) {
    const bool has_place = std::ranges::any_of(
        place_labels, [&](const auto& label) { return find_label(node.labels, label.first) != nullptr; });
    if (!has_place) return false;
    bool is_outside = false;
    for_each_claim(cluster, pod, [&](const VolumeClaim& claim) {
        const Volume* volume = volume_of(cluster, claim);
        if (volume == nullptr) return;
        for (const auto& [key, current_key] : place_labels) {
            const std::string* places = find_label(volume->labels, key);
            if (places == nullptr) continue;
            const std::string* place = find_label(node.labels, key);
            if (place == nullptr) place = find_label(node.labels, current_key);
            is_outside = is_outside || place == nullptr || !is_one_of(*place, *places);
        }
    });
    return is_outside;
}

}  // namespace eks::plain
