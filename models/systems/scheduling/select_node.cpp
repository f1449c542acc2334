#include "models/systems/scheduling/select_node.hpp"

#include "libsim/portable_math.hpp"
#include "models/spec/streams.hpp"
#include "models/spec/tolerations.hpp"
#include "models/systems/scheduling/filters.hpp"
#include "models/systems/scheduling/scores.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

struct Candidate {
    NodeId id;
    std::int64_t score = 0;
    std::int64_t preferred = 0;  // raw, SCHED-57
    std::int64_t avoided = 0;    // raw, SCHED-58
    std::int64_t spread = 0;     // raw, SCHED-60
};

// Space for one cycle, kept between cycles only so that no memory is asked for. It holds nothing that outlives a call.
struct Scratch {
    std::vector<Candidate> feasible;
    std::vector<std::int32_t> same_on_node;  // by node slot
    std::vector<std::int32_t> same_in_zone;  // by zone
    std::vector<std::uint8_t> zone_seen;
    std::vector<std::size_t> best;
};
thread_local Scratch scratch;

// Pods that count as "the same" for spreading, by node: those of every workload that a common selector joins.
void count_same_on_nodes(const World& world, const Workload& workload) {
    scratch.same_on_node.assign(world.nodes.capacity_slots(), 0);
    for (const WorkloadIx other : workload.spread_with) {
        for (PodId id = world[other].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
            const Pod& pod = world.pods[id];
            if (!pod.node.valid() || pod.terminating || pod.stage == PodStage::finished) continue;
            ++scratch.same_on_node[pod.node.slot];
        }
    }
}

// The same by zone, over all nodes that the pod's selector and affinity admit (SCHED-60).
void sum_zones_of_matching_nodes(const Spec& spec, const World& world, const Workload& workload) {
    scratch.same_in_zone.assign(spec.zones.size(), 0);
    for (const NodeId id : world.node_order) {
        const NodeShapeIx shape = world.nodes[id].shape;
        if (!spec.template_on_shape(workload.pod_template, shape).affinity_matches) continue;
        scratch.same_in_zone[spec[shape].zone.value] += scratch.same_on_node[id.slot];
    }
}

// The same by zone, over the feasible nodes.
void sum_zones_of_feasible_nodes(const Spec& spec, const World& world) {
    scratch.same_in_zone.assign(spec.zones.size(), 0);
    for (const Candidate& c : scratch.feasible) {
        scratch.same_in_zone[spec[world.nodes[c.id].shape].zone.value] += scratch.same_on_node[c.id.slot];
    }
}

std::int64_t image_sum(const Spec& spec, const World& world, const PodTemplate& t, NodeId node) {
    const auto nodes = static_cast<std::int64_t>(world.node_order.size());
    std::int64_t sum = 0;
    const auto add = [&](const ContainerSpec& c) {
        if (!node_has_image(world, node, c.image)) return;
        sum += spec.images[c.image.value].unpacked_bytes * world.image_nodes[c.image.value] / nodes;
    };
    for (const ContainerSpec& c : t.init_containers) add(c);
    for (const ContainerSpec& c : t.containers) add(c);
    return sum;
}

// The system's default constraints: hostname with maxSkew 3, zone with maxSkew 5, both to be met if possible
// (SCHED-60).
void add_spread(const Spec& spec, const World& world, const Workload& workload) {
    count_same_on_nodes(world, workload);
    sum_zones_of_matching_nodes(spec, world, workload);
    scratch.zone_seen.assign(spec.zones.size(), 0);
    std::int64_t zones = 0;
    for (const Candidate& c : scratch.feasible) {
        std::uint8_t& seen = scratch.zone_seen[spec[world.nodes[c.id].shape].zone.value];
        if (seen == 0) ++zones;
        seen = 1;
    }
    const double by_node = sim::math::log(static_cast<double>(scratch.feasible.size() + 2));
    const double by_zone = sim::math::log(static_cast<double>(zones + 2));
    std::int64_t smallest = 0;
    std::int64_t largest = 0;
    for (std::size_t i = 0; i < scratch.feasible.size(); ++i) {
        Candidate& c = scratch.feasible[i];
        const std::int32_t on_node = scratch.same_on_node[c.id.slot];
        const std::int32_t in_zone = scratch.same_in_zone[spec[world.nodes[c.id].shape].zone.value];
        const double raw = on_node * by_node + 2 + in_zone * by_zone + 4;
        c.spread = static_cast<std::int64_t>(raw + 0.5);
        smallest = i == 0 ? c.spread : std::min(smallest, c.spread);
        largest = std::max(largest, c.spread);
    }
    for (Candidate& c : scratch.feasible)
        c.score += weight_pod_topology_spread * normalised_spread(c.spread, smallest, largest);
}

void score_today(const Spec& spec, const World& world, const Workload& workload, const PodTemplate& t) {
    std::int64_t most_preferred = 0;
    std::int64_t most_avoided = 0;
    for (const Candidate& c : scratch.feasible) {
        most_preferred = std::max(most_preferred, c.preferred);
        most_avoided = std::max(most_avoided, c.avoided);
    }
    const auto containers = static_cast<std::int64_t>(t.containers.size() + t.init_containers.size());
    for (Candidate& c : scratch.feasible) {
        const Node& node = world.nodes[c.id];
        const Resources& room = spec[node.shape].allocatable;
        c.score = weight_taint_toleration * normalised_down(c.avoided, most_avoided, 100);
        if (!t.preferred_node_terms.empty())
            c.score += weight_node_affinity * normalised_up(c.preferred, most_preferred, 100);
        c.score += weight_node_resources_fit *
                   least_allocated(
                       Load{room.cpu_milli, node.scoring_requested.cpu_milli + t.scoring_requests.cpu_milli},
                       Load{room.memory_bytes, node.scoring_requested.memory_bytes + t.scoring_requests.memory_bytes});
        if (!t.requests_nothing) {
            const std::int64_t with_pod =
                balance(Load{room.cpu_milli, node.requested.cpu_milli + t.requests.cpu_milli},
                        Load{room.memory_bytes, node.requested.memory_bytes + t.requests.memory_bytes});
            c.score += weight_balanced_allocation *
                       (spec.kubernetes.balanced_score_is_relative()
                            ? relative_balance(with_pod, balance(Load{room.cpu_milli, node.requested.cpu_milli},
                                                                 Load{room.memory_bytes, node.requested.memory_bytes}))
                            : with_pod);
        }
        c.score += weight_image_locality * image_locality(image_sum(spec, world, t, c.id), containers);
    }
    if (!workload.spread_with.empty()) add_spread(spec, world, workload);
}

void score_2018(const Spec& spec, const World& world, const Workload& workload, const PodTemplate& t) {
    std::int64_t most_preferred = 0;
    std::int64_t most_avoided = 0;
    std::int64_t most_on_node = 0;
    std::int64_t most_in_zone = 0;
    const bool spreads = !workload.spread_with.empty();
    if (spreads) {
        count_same_on_nodes(world, workload);
        sum_zones_of_feasible_nodes(spec, world);
    }
    for (const Candidate& c : scratch.feasible) {
        most_preferred = std::max(most_preferred, c.preferred);
        most_avoided = std::max(most_avoided, c.avoided);
        if (!spreads) continue;
        most_on_node = std::max<std::int64_t>(most_on_node, scratch.same_on_node[c.id.slot]);
        most_in_zone =
            std::max<std::int64_t>(most_in_zone, scratch.same_in_zone[spec[world.nodes[c.id].shape].zone.value]);
    }
    for (Candidate& c : scratch.feasible) {
        const Node& node = world.nodes[c.id];
        const Resources& room = spec[node.shape].allocatable;
        const Load cpu{room.cpu_milli, node.scoring_requested.cpu_milli + t.scoring_requests.cpu_milli};
        const Load memory{room.memory_bytes, node.scoring_requested.memory_bytes + t.scoring_requests.memory_bytes};
        c.score = least_requested_of_2018(cpu, memory) + balance_of_2018(cpu, memory) +
                  normalised_up(c.preferred, most_preferred, 10) + normalised_down(c.avoided, most_avoided, 10);
        if (spreads) {
            c.score += selector_spread_of_2018(scratch.same_on_node[c.id.slot], most_on_node,
                                               scratch.same_in_zone[spec[node.shape].zone.value], most_in_zone);
        }
    }
}

// Among the nodes of the best score, SCHED-61 or X-4.
NodeId pick_best(const Spec& spec, World& world, sim::RunKey key, const Pod& pod) {
    std::int64_t top = scratch.feasible.front().score;
    for (const Candidate& c : scratch.feasible) top = std::max(top, c.score);
    scratch.best.clear();
    for (std::size_t i = 0; i < scratch.feasible.size(); ++i) {
        if (scratch.feasible[i].score == top) scratch.best.push_back(i);
    }
    std::size_t pick = 0;
    if (spec.kubernetes.is_2018()) {
        pick = world.scheduler.rotation++ % scratch.best.size();
    } else if (!spec.scheduler.breaks_ties_first && scratch.best.size() > 1) {
        pick = sim::draw_below(key, {stream::tie_break, spec[pod.workload].stable_key, pod.ordinal, pod.attempts},
                               scratch.best.size());
    }
    return scratch.feasible[scratch.best[pick]].id;
}

}  // namespace

NodeChoice select_node(const Spec& spec, World& world, sim::RunKey key, PodId id) {
    const Pod& pod = world.pods[id];
    const Workload& workload = spec[pod.workload];
    const PodTemplate& t = spec[workload.pod_template];
    const auto nodes = static_cast<std::int64_t>(world.node_order.size());
    NodeChoice choice;
    if (nodes == 0) return choice;

    // The nodes that can take it, from the rotating start until there are enough (SCHED-25 to SCHED-27).
    scratch.feasible.clear();
    const bool samples = spec.kubernetes.samples_nodes();
    const std::int64_t wanted =
        samples ? feasible_nodes_wanted(nodes, spec.scheduler.percentage_of_nodes_to_score) : nodes;
    const std::int64_t start =
        samples ? static_cast<std::int64_t>(world.scheduler.rotation % static_cast<std::uint64_t>(nodes)) : 0;
    std::int64_t processed = 0;
    std::uint32_t nearest = 0;
    NodeForFilters look;
    // In 1.10 these are conditions of the node and no taints: nothing tolerates them.
    const bool are_taints = !spec.kubernetes.is_2018();
    look.tolerates_cordon =
        are_taints && tolerates(t, "node.kubernetes.io/unschedulable", "", TaintEffect::no_schedule);
    look.tolerates_not_ready = are_taints && tolerates_not_ready(t);
    for (; processed < nodes; ++processed) {
        const NodeId at = world.node_order[static_cast<std::size_t>((start + processed) % nodes)];
        const Node& node = world.nodes[at];
        const NodeShape& shape = spec[node.shape];
        const TemplateOnShape& fit = spec.template_on_shape(workload.pod_template, node.shape);
        look.cordoned = node.cordoned;
        look.is_other_node = pod.pinned.valid() && pod.pinned != at;
        look.ready = node.state == NodeState::ready;
        look.fit = &fit;
        look.requested = &node.requested;
        look.allocatable = &shape.allocatable;
        look.pods = node.pods;
        look.max_pods = shape.max_pods;
        const Filter refusal = first_refusal(t.requests, look);
        if (refusal != Filter::none) {
            choice.rejectors |= bit(refusal);
            if (nearness(refusal) >= nearest) {
                nearest = nearness(refusal);
                choice.reason = cause_of(refusal);
            }
            continue;
        }
        if (static_cast<std::int64_t>(scratch.feasible.size()) == wanted) break;
        scratch.feasible.push_back({at, 0, fit.preferred_weight, fit.avoided_taints, 0});
    }
    if (samples) world.scheduler.rotation = static_cast<std::uint64_t>((start + processed) % nodes);
    if (scratch.feasible.empty()) return choice;

    if (scratch.feasible.size() > 1) {  // SCHED-30: a single node is taken without scoring
        if (spec.kubernetes.is_2018())
            score_2018(spec, world, workload, t);
        else
            score_today(spec, world, workload, t);
    }
    choice.node = pick_best(spec, world, key, pod);
    return choice;
}

bool may_fit_after(const Spec& spec, const World& world, const Pod& pod, ClusterChange change, NodeId node) {
    const std::uint32_t resources = bit(Filter::node_resources_fit) | bit(Filter::too_many_pods);
    if (change == ClusterChange::pod_gone) return (pod.rejectors & resources) != 0;
    const TemplateOnShape& fit = spec.template_on_shape(spec[pod.workload].pod_template, world.nodes[node].shape);
    const bool minds_not_ready = !tolerates_not_ready(spec.template_of(pod.workload));
    const bool refused_for_taints = (pod.rejectors & bit(Filter::taint_toleration)) != 0;
    // The node had its not-ready taint until now: news for whoever minded that one and minds no other.
    if (change == ClusterChange::taint_lifted) return refused_for_taints && minds_not_ready && fit.taints_tolerated;
    const bool has_not_ready_taint = world.nodes[node].state != NodeState::ready;
    return ((pod.rejectors & resources) != 0 && fit.fits_empty_node) ||
           (refused_for_taints && fit.taints_tolerated && !(has_not_ready_taint && minds_not_ready)) ||
           ((pod.rejectors & bit(Filter::node_affinity)) != 0 && fit.affinity_matches) ||
           ((pod.rejectors & bit(Filter::node_name)) != 0 && pod.pinned == node) ||
           (pod.rejectors & bit(Filter::node_unschedulable)) != 0;
}

}  // namespace eks
