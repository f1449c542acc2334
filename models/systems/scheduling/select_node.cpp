#include "models/systems/scheduling/select_node.hpp"

#include "libsim/portable_math.hpp"
#include "models/spec/streams.hpp"
#include "models/spec/tolerations.hpp"
#include "models/systems/scheduling/filters.hpp"
#include "models/systems/scheduling/scores.hpp"
#include "models/world/node_pressure.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace eks {

namespace {

struct Candidate {
    NodeId id;
    std::int64_t score = 0;
};

// Space for one cycle, kept between cycles only so that no memory is asked for. It holds nothing that outlives a call.
struct Scratch {
    std::vector<Candidate> feasible;
    std::vector<NodeId> best;
    std::vector<std::int64_t> spread;        // raw, SCHED-60, by place in `feasible`
    std::vector<std::int32_t> same_on_node;  // by node slot
    std::vector<std::int32_t> same_in_zone;  // by zone
    std::vector<std::uint8_t> zone_seen;
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
void sum_zones_of_matching_nodes(const Spec& spec, const World& world, TemplateIx pod_template) {
    scratch.same_in_zone.assign(spec.zones.size(), 0);
    for (const NodeId id : world.node_order) {
        const NodeShapeIx shape = world.nodes[id].shape;
        if (!spec.template_on_shape(pod_template, shape).affinity_matches) continue;
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
        if (!node_reports_image(world, node, c.image)) return;
        sum += image_share(spec.images[c.image.value].unpacked_bytes, world.image_nodes[c.image.value], nodes);
    };
    for (const ContainerSpec& c : t.init_containers) add(c);
    for (const ContainerSpec& c : t.containers) add(c);
    return sum;
}

// The system's default constraints: hostname with maxSkew 3, zone with maxSkew 5, both to be met if possible
// (SCHED-60).
void add_spread(const Spec& spec, const World& world, const Workload& workload, TemplateIx pod_template) {
    count_same_on_nodes(world, workload);
    sum_zones_of_matching_nodes(spec, world, pod_template);
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
    scratch.spread.clear();
    for (const Candidate& c : scratch.feasible) {
        const std::int32_t on_node = scratch.same_on_node[c.id.slot];
        const std::int32_t in_zone = scratch.same_in_zone[spec[world.nodes[c.id].shape].zone.value];
        const double score = on_node * by_node + 2 + in_zone * by_zone + 4;
        const std::int64_t raw = std::llround(score);
        smallest = scratch.spread.empty() ? raw : std::min(smallest, raw);
        largest = std::max(largest, raw);
        scratch.spread.push_back(raw);
    }
    for (std::size_t i = 0; i < scratch.feasible.size(); ++i) {
        scratch.feasible[i].score +=
            weight_pod_topology_spread * normalised_spread(scratch.spread[i], smallest, largest);
    }
}

// X-4, over the feasible nodes.
void add_spread_of_2018(const Spec& spec, const World& world, const Workload& workload) {
    count_same_on_nodes(world, workload);
    sum_zones_of_feasible_nodes(spec, world);
    std::int64_t most_on_node = 0;
    std::int64_t most_in_zone = 0;
    for (const Candidate& c : scratch.feasible) {
        most_on_node = std::max<std::int64_t>(most_on_node, scratch.same_on_node[c.id.slot]);
        most_in_zone =
            std::max<std::int64_t>(most_in_zone, scratch.same_in_zone[spec[world.nodes[c.id].shape].zone.value]);
    }
    for (Candidate& c : scratch.feasible) {
        c.score +=
            selector_spread_of_2018(scratch.same_on_node[c.id.slot], most_on_node,
                                    scratch.same_in_zone[spec[world.nodes[c.id].shape].zone.value], most_in_zone);
    }
}

// Preferred node terms (SCHED-57) and taints that are better avoided (SCHED-58), against the most of any feasible node.
void add_preferences(const Spec& spec, const World& world, TemplateIx t) {
    const auto fit_of = [&](const Candidate& c) -> const TemplateOnShape& {
        return spec.template_on_shape(t, world.nodes[c.id].shape);
    };
    std::int64_t most_preferred = 0;
    std::int64_t most_avoided = 0;
    for (const Candidate& c : scratch.feasible) {
        most_preferred = std::max<std::int64_t>(most_preferred, fit_of(c).preferred_weight);
        most_avoided = std::max<std::int64_t>(most_avoided, fit_of(c).avoided_taints);
    }
    const bool is_2018 = spec.kubernetes.is_2018();
    const std::int64_t top = is_2018 ? 10 : 100;
    const std::int64_t affinity = is_2018 ? 1 : spec[t].preferred_node_terms.empty() ? 0 : weight_node_affinity;
    const std::int64_t taints = is_2018 ? 1 : weight_taint_toleration;
    for (Candidate& c : scratch.feasible) {
        c.score += affinity * normalised_up(fit_of(c).preferred_weight, most_preferred, top) +
                   taints * normalised_down(fit_of(c).avoided_taints, most_avoided, top);
    }
}

// The part of a node's score that it has whatever other nodes are feasible.
std::int64_t own_score(const Spec& spec, const World& world, const PodTemplate& t, NodeId id) {
    const Node& node = world.nodes[id];
    const Resources& room = spec[node.shape].allocatable;
    const Load cpu{room.cpu_milli, node.scoring_requested.cpu_milli + t.scoring_requests.cpu_milli};
    const Load memory{room.memory_bytes, node.scoring_requested.memory_bytes + t.scoring_requests.memory_bytes};
    if (spec.kubernetes.is_2018()) return least_requested_of_2018(cpu, memory) + balance_of_2018(cpu, memory);

    std::int64_t score = weight_node_resources_fit * least_allocated(cpu, memory);
    if (!t.requests_nothing) {
        const std::int64_t with_pod =
            balance(Load{room.cpu_milli, node.requested.cpu_milli + t.requests.cpu_milli},
                    Load{room.memory_bytes, node.requested.memory_bytes + t.requests.memory_bytes});
        score += weight_balanced_allocation *
                 (spec.kubernetes.balanced_score_is_relative()
                      ? relative_balance(with_pod, balance(Load{room.cpu_milli, node.requested.cpu_milli},
                                                           Load{room.memory_bytes, node.requested.memory_bytes}))
                      : with_pod);
    }
    const auto containers = static_cast<std::int64_t>(t.containers.size() + t.init_containers.size());
    return score + weight_image_locality * image_locality(image_sum(spec, world, t, id), containers);
}

// The taints of a node that is not Ready, or whose agent of Cilium is not (IPAM-350).
bool tolerates_state(const PodTemplate& t, const Node& node, const NodeShape& shape) {
    return (node.state == NodeState::ready || tolerates_start_of(t, shape)) &&
           (!node.cilium.is_tainted || tolerates_cilium_taint(t));
}

// What the filters say of a node, for a pod that is pinned to one or to none, and its own score if they pass it.
NodeLook look_at(const Spec& spec, const World& world, TemplateIx template_ix, NodeId pinned, NodeId id) {
    const PodTemplate& t = spec[template_ix];
    const Node& node = world.nodes[id];
    const NodeShape& shape = spec[node.shape];
    // In 1.10 these are conditions of the node and no taints: nothing tolerates them.
    const bool are_taints = !spec.kubernetes.is_2018();
    NodeForFilters view;
    view.cordoned = node.cordoned || !node.has_instance();
    view.tolerates_cordon = node.cordoned && node.has_instance() && are_taints &&
                            tolerates(t, "node.kubernetes.io/unschedulable", "", TaintEffect::no_schedule);
    view.is_other_node = pinned.valid() && pinned != id;
    view.ready = node.state == NodeState::ready && !node.cilium.is_tainted;
    view.tolerates_not_ready = !view.ready && are_taints && tolerates_state(t, node, shape);
    view.under_pressure = is_refused_for_pressure(node.pressure, t, are_taints);
    view.fit = &spec.template_on_shape(template_ix, node.shape);
    view.offers_branch_enis = node.trunk.stage == TrunkStage::ready;
    view.requested = &node.requested;
    view.allocatable = &shape.allocatable;
    view.pods = node.pods;
    view.max_pods = shape.max_pods;
    NodeLook look;
    look.generation = id.generation;
    look.changes = node.changes;
    const Filter refusal = first_refusal(t.requests, view);
    look.refusal = static_cast<std::uint8_t>(refusal);
    if (refusal == Filter::none) look.score = static_cast<std::int32_t>(own_score(spec, world, t, id));
    return look;
}

// What is remembered of the template's class, with nothing in it that something else than its node has made void.
NodeLooks::OfClass& memory_of(const Spec& spec, World& world, TemplateIx template_ix) {
    NodeLooks& memory = world.scheduler.looks;
    if (memory.classes.size() != spec.scheduling_class_count) memory.classes.resize(spec.scheduling_class_count);
    NodeLooks::OfClass& known = memory.classes[spec.scheduling_classes[template_ix.value]];
    known.looks.resize(world.nodes.capacity_slots());
    if (spec.kubernetes.is_2018()) return known;  // images count for nothing
    const PodTemplate& t = spec[template_ix];
    std::size_t place = 0;
    bool is_void = known.nodes != static_cast<std::int64_t>(world.node_order.size());
    known.nodes = static_cast<std::int64_t>(world.node_order.size());
    known.image_nodes.resize(t.containers.size() + t.init_containers.size());
    for (const std::vector<ContainerSpec>* containers : {&t.containers, &t.init_containers}) {
        for (const ContainerSpec& c : *containers) {
            std::int32_t& had = known.image_nodes[place++];
            is_void = is_void || had != world.image_nodes[c.image.value];
            had = world.image_nodes[c.image.value];
        }
    }
    if (is_void) std::ranges::fill(known.looks, NodeLook{});
    return known;
}

// The nodes of the best score so far, in the order in which they were met.
class Best {
  public:
    explicit Best(std::vector<NodeId>& space) : nodes_(space) { nodes_.clear(); }
    void offer(NodeId id, std::int64_t score) {
        if (score < top_) return;
        if (score > top_) nodes_.clear();
        top_ = score;
        nodes_.push_back(id);
    }
    const std::vector<NodeId>& nodes() const { return nodes_; }

  private:
    std::vector<NodeId>& nodes_;
    std::int64_t top_ = std::numeric_limits<std::int64_t>::min();
};

// Among the nodes of the best score, SCHED-61 or X-4.
NodeId pick(const Spec& spec, World& world, sim::RunKey key, const Pod& pod, const std::vector<NodeId>& best) {
    std::size_t place = 0;
    if (spec.kubernetes.is_2018()) {
        place = world.scheduler.rotation++ % best.size();
    } else if (!spec.scheduler.breaks_ties_first && best.size() > 1) {
        place = sim::draw_below(key, {stream::tie_break, spec[pod.workload].stable_key, pod.ordinal, pod.attempts},
                                best.size());
    }
    return best[place];
}

// One cycle. `look(node)` answers as look_at() does for this pod.
template <class Look>
NodeChoice choose(const Spec& spec, World& world, sim::RunKey key, const Pod& pod, Look&& look) {
    const Workload& workload = spec[pod.workload];
    const std::size_t nodes = world.node_order.size();
    NodeChoice choice;
    if (nodes == 0) return choice;

    // Preferences and spread are measured against other feasible nodes: then scores can be summed up only once all are
    // known.
    const bool prefers = spec[pod.pod_template].prefers_nodes;
    const bool spreads = !workload.spread_with.empty();
    const bool is_relative = prefers || spreads;

    // The nodes that can take it, from the rotating start until there are enough (SCHED-25 to SCHED-27).
    const bool samples = spec.kubernetes.samples_nodes();
    const std::int64_t wanted =
        samples ? feasible_nodes_wanted(static_cast<std::int64_t>(nodes), spec.scheduler.percentage_of_nodes_to_score)
                : static_cast<std::int64_t>(nodes);
    std::size_t place = samples ? static_cast<std::size_t>(world.scheduler.rotation % nodes) : 0;
    std::uint32_t nearest = 0;
    std::int64_t found = 0;
    Best best(scratch.best);
    std::vector<Candidate>& feasible = scratch.feasible;
    feasible.clear();
    for (std::size_t processed = 0; processed < nodes; ++processed) {
        const NodeId at = world.node_order[place];
        const NodeLook& seen = look(at);
        const auto refusal = static_cast<Filter>(seen.refusal);
        if (refusal == Filter::none) {
            if (found == wanted) break;
            ++found;
            if (is_relative)
                feasible.push_back({at, seen.score});
            else
                best.offer(at, seen.score);
        } else {
            choice.rejectors |= bit(refusal);
            if (nearness(refusal) >= nearest) {
                nearest = nearness(refusal);
                choice.reason = cause_of(refusal);
            }
        }
        if (++place == nodes) place = 0;
    }
    if (samples) world.scheduler.rotation = place;
    if (found == 0) return choice;

    if (is_relative) {
        if (found > 1) {  // SCHED-30: a single node is taken without scoring
            if (prefers) add_preferences(spec, world, pod.pod_template);
            if (spreads && spec.kubernetes.is_2018()) add_spread_of_2018(spec, world, workload);
            if (spreads && !spec.kubernetes.is_2018()) add_spread(spec, world, workload, pod.pod_template);
        }
        for (const Candidate& c : feasible) best.offer(c.id, c.score);
    }
    choice.node = pick(spec, world, key, pod, best.nodes());
    return choice;
}

}  // namespace

NodeChoice select_node(const Spec& spec, World& world, sim::RunKey key, PodId id) {
    const Pod& pod = world.pods[id];
    if (pod.pinned.valid()) return select_node_plainly(spec, world, key, id);
    const TemplateIx t = pod.pod_template;
    std::vector<NodeLook>& looks = memory_of(spec, world, t).looks;
    return choose(spec, world, key, pod, [&](NodeId at) -> const NodeLook& {
        NodeLook& look = looks[at.slot];
        if (look.generation != at.generation || look.changes != world.nodes[at].changes) [[unlikely]]
            look = look_at(spec, world, t, NodeId::none(), at);
        return look;
    });
}

NodeChoice select_node_plainly(const Spec& spec, World& world, sim::RunKey key, PodId id) {
    const Pod& pod = world.pods[id];
    return choose(spec, world, key, pod,
                  [&](NodeId at) { return look_at(spec, world, pod.pod_template, pod.pinned, at); });
}

bool may_fit_after(const Spec& spec, const World& world, const Pod& pod, ClusterChange change, NodeId node) {
    const std::uint32_t resources = bit(Filter::node_resources_fit) | bit(Filter::too_many_pods);
    if (change == ClusterChange::pod_gone) return (pod.rejectors & resources) != 0;
    const TemplateOnShape& fit = spec.template_on_shape(pod.pod_template, world.nodes[node].shape);
    if (change == ClusterChange::resources_added) return (pod.rejectors & resources) != 0 && fit.fits_empty_node;
    const PodTemplate& t = spec[pod.pod_template];
    const bool minds_not_ready = !tolerates_start_of(t, spec[world.nodes[node].shape]) ||
                                 (spec.cni_kind != CniKind::vpc_cni && !tolerates_cilium_taint(t));
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
