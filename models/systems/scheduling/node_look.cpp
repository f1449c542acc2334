#include "models/systems/scheduling/node_look.hpp"

#include "models/spec/tolerations.hpp"
#include "models/systems/scheduling/scores.hpp"
#include "models/world/node_taints.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace eks {

namespace {

bool tolerates_cordon(const Spec& spec, const PodTemplate& t, const Node& node) {
    if (!node.has_instance()) return false;
    // In 1.10 it is a condition of the node and no taint: nothing tolerates it.
    return !node.cordoned || (!spec.kubernetes.is_2018() &&
                              tolerates(t, "node.kubernetes.io/unschedulable", "", TaintEffect::no_schedule));
}

bool port_is_taken(const Spec& spec, const World& world, const PodTemplate& t, const Node& node) {
    for (PodId id = node.first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& other = world.pods[id];
        if (other.holds_resources && want_the_same_port(t, spec[other.pod_template])) return true;
    }
    return false;
}

std::int64_t image_sum(const Spec& spec, const World& world, const PodTemplate& t, NodeId node) {
    const auto nodes = static_cast<std::int64_t>(world.node_order.size());
    std::int64_t sum = 0;
    const auto add = [&](const ContainerSpec& c) {
        if (!node_reports_image(world, node, c.image)) return;
        sum += image_share(spec.images[c.image.value].unpacked_bytes, world.image_nodes[c.image.value], nodes);
    };
    for (const ContainerSpec& c : t.init_containers) add(c);
    for (const ContainerSpec& c : t.containers) add(c);
    return sum;
}

const ResourceKind* kind_named(std::string_view name) {
    const auto found = std::ranges::find(all_resource_kinds, name, resource_name);
    return found == all_resource_kinds.end() ? nullptr : &*found;
}

bool is_scalar(ResourceKind kind) {
    return kind != ResourceKind::cpu && kind != ResourceKind::memory && kind != ResourceKind::ephemeral_storage;
}

// A resource that the node does not have is left out, and a scalar one that the pod does not request (SCHED-52).
std::vector<WeightedLoad> loads(const std::vector<WeightedResource>& counted, const Resources& room,
                                const Resources& requested, const Resources& pod, std::int64_t times) {
    std::vector<WeightedLoad> all;
    for (const auto& [name, weight] : counted) {
        const ResourceKind* kind = kind_named(name);
        if (kind == nullptr || room.of(*kind) == 0 || (pod.of(*kind) == 0 && is_scalar(*kind))) continue;
        all.push_back({{room.of(*kind), requested.of(*kind) + times * pod.of(*kind)}, weight});
    }
    return all;
}

std::int64_t fit_of(const SchedulerProfile& profile, const PodTemplate& t, const Node& node, const Resources& room) {
    if (profile.strategy == ScoringStrategy::least_allocated && profile.fits_by_cpu_and_memory)
        return least_allocated(
            Load{room.cpu_milli, node.scoring_requested.cpu_milli + t.scoring_requests.cpu_milli},
            Load{room.memory_bytes, node.scoring_requested.memory_bytes + t.scoring_requests.memory_bytes});
    return fit_score(profile, loads(profile.fit_resources, room, node.scoring_requested, t.scoring_requests, 1));
}

// `times`: 1 with the pod added, 0 without.
std::int64_t balance_of(const SchedulerProfile& profile, const PodTemplate& t, const Node& node, const Resources& room,
                        std::int64_t times) {
    if (profile.balances_cpu_and_memory)
        return balance(Load{room.cpu_milli, node.requested.cpu_milli + times * t.requests.cpu_milli},
                       Load{room.memory_bytes, node.requested.memory_bytes + times * t.requests.memory_bytes});
    return balance(loads(profile.balanced_resources, room, node.requested, t.requests, times));
}

bool requests_any(const SchedulerProfile& profile, const PodTemplate& t) {
    if (profile.balances_cpu_and_memory) return !t.requests_nothing;
    return std::ranges::any_of(profile.balanced_resources, [&](const WeightedResource& resource) {
        const ResourceKind* kind = kind_named(resource.name);
        return kind != nullptr && t.requests.of(*kind) != 0;
    });
}

std::int64_t own_score_of_2018(const PodTemplate& t, const Node& node, const Resources& room) {
    const Load cpu{room.cpu_milli, node.scoring_requested.cpu_milli + t.scoring_requests.cpu_milli};
    const Load memory{room.memory_bytes, node.scoring_requested.memory_bytes + t.scoring_requests.memory_bytes};
    return least_requested_of_2018(cpu, memory) + balance_of_2018(cpu, memory);
}

}  // namespace

// In 1.10 these are conditions of the node and no taints: nothing tolerates them.
bool bears_state(const Spec& spec, const PodTemplate& t, const Node& node) {
    if (spec.kubernetes.is_2018()) {
        const bool lacks_memory = node.pressure.memory && t.qos == QualityOfService::best_effort;
        return node.state == NodeState::ready && !node.cilium.is_tainted && !node.pressure.disk && !lacks_memory;
    }
    return bears_taints_of_state(spec, t, node);
}

bool want_the_same_port(const PodTemplate& a, const PodTemplate& b) {
    constexpr std::string_view everywhere = "0.0.0.0";
    for (const HostPort& x : a.constraints.host_ports) {
        for (const HostPort& y : b.constraints.host_ports) {
            if (x.port == y.port && x.protocol == y.protocol &&
                (x.ip == y.ip || x.ip == everywhere || y.ip == everywhere))
                return true;
        }
    }
    return false;
}

Refusal refusal_of_node(const Spec& spec, const World& world, TemplateIx ix, NodeId pinned, NodeId id) {
    const PodTemplate& t = spec[ix];
    const SchedulerProfile& profile = spec.profile_of(ix);
    const Node& node = world.nodes[id];
    const NodeShape& shape = spec[node.shape];
    const TemplateOnShape& fit = spec.template_on_shape(ix, node.shape);
    const auto filters_by = [&](SchedulerPlugin plugin) { return profile.filters_by(plugin); };
    if (filters_by(SchedulerPlugin::node_unschedulable) && !tolerates_cordon(spec, t, node))
        return final_by(Filter::node_unschedulable);
    if (pinned.valid() && pinned != id) return final_by(Filter::node_name);
    if (filters_by(SchedulerPlugin::taint_toleration) && (!fit.taints_tolerated || !bears_state(spec, t, node)))
        return final_by(Filter::taint_toleration);
    if (filters_by(SchedulerPlugin::node_affinity) && !(fit.affinity_matches && fit.profile_admits))
        return final_by(Filter::node_affinity);
    if (filters_by(SchedulerPlugin::node_ports) && !t.constraints.host_ports.empty() &&
        port_is_taken(spec, world, t, node))
        return for_now_by(Filter::node_ports);
    if (!filters_by(SchedulerPlugin::node_resources_fit)) return {};
    const bool lacks_trunk = t.requests.pod_enis > 0 && node.trunk.stage != TrunkStage::ready;
    const bool is_too_large = spec.kubernetes.oversized_request_is_final() && (!fit.fits_empty_node || lacks_trunk);
    if (node.pods + 1 > shape.max_pods) return {Filter::too_many_pods, is_too_large};
    if (lacks_trunk || !fits(t.requests, shape.allocatable - node.requested))
        return {Filter::node_resources_fit, is_too_large};
    return {};
}

std::int64_t own_score(const Spec& spec, const World& world, TemplateIx ix, NodeId id) {
    const PodTemplate& t = spec[ix];
    const Node& node = world.nodes[id];
    const Resources& room = spec[node.shape].allocatable;
    if (spec.kubernetes.is_2018()) return own_score_of_2018(t, node, room);

    const SchedulerProfile& profile = spec.profile_of(ix);
    std::int64_t score = 0;
    if (const std::int64_t weight = profile.weight_of(SchedulerPlugin::node_resources_fit))
        score += weight * fit_of(profile, t, node, room);
    if (const std::int64_t weight = profile.weight_of(SchedulerPlugin::node_resources_balanced_allocation);
        weight != 0 && requests_any(profile, t)) {
        const std::int64_t with_pod = balance_of(profile, t, node, room, 1);
        score += weight * (spec.kubernetes.balanced_score_is_relative()
                               ? relative_balance(with_pod, balance_of(profile, t, node, room, 0))
                               : with_pod);
    }
    if (const std::int64_t weight = profile.weight_of(SchedulerPlugin::image_locality)) {
        const auto containers = static_cast<std::int64_t>(t.containers.size() + t.init_containers.size());
        if (containers > 0) score += weight * image_locality(image_sum(spec, world, t, id), containers);
    }
    return score;
}

std::int32_t verdict_on_node(const Spec& spec, const World& world, TemplateIx ix, NodeId pinned, NodeId id) {
    const Refusal refusal = refusal_of_node(spec, world, ix, pinned, id);
    return refusal.filter == Filter::none ? static_cast<std::int32_t>(own_score(spec, world, ix, id))
                                          : verdict_of(refusal);
}

}  // namespace eks
