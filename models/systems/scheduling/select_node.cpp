#include "models/systems/scheduling/select_node.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/scheduling/node_look.hpp"
#include "models/systems/scheduling/nomad/select_client.hpp"
#include "models/systems/scheduling/relations.hpp"
#include "models/systems/scheduling/relative_scores.hpp"
#include "models/systems/scheduling/scores.hpp"
#include "models/systems/scheduling/suppose.hpp"
#include "models/systems/scheduling/volume_filter.hpp"
#include "models/world/pod_sums.hpp"

#include <algorithm>
#include <limits>

namespace eks {

namespace {

// Space for one cycle, kept between cycles only so that no memory is asked for. It holds nothing that outlives a call.
struct Scratch {
    std::vector<FeasibleNode> feasible;
    std::vector<std::uint32_t> best;
};
thread_local Scratch scratch_of_thread;

// What is remembered of the template's class, with nothing in it that something else than its node has made void.
std::vector<NodeLook>& looks_of(const Spec& spec, World& world, TemplateIx template_ix) {
    SchedulerMemory& memory = world.scheduler.memory;
    if (memory.classes.size() != spec.scheduling_class_count) {
        // Templates that come about in a run have classes behind those before.
        if (memory.classes.size() > spec.scheduling_class_count) memory.classes.clear();
        memory.classes.resize(spec.scheduling_class_count);
    }
    SchedulerMemory::OfClass& known = memory.classes[spec.scheduling_classes[template_ix.value]];
    bool is_void = known.looks.size() != world.node_order.size();
    if (!spec.kubernetes.is_2018()) {  // where images count for nothing
        const PodTemplate& t = spec[template_ix];
        std::size_t place = 0;
        is_void = is_void || known.nodes != static_cast<std::int64_t>(world.node_order.size());
        known.nodes = static_cast<std::int64_t>(world.node_order.size());
        known.image_nodes.resize(t.containers.size() + t.init_containers.size());
        for (const std::vector<ContainerSpec>* containers : {&t.containers, &t.init_containers}) {
            for (const ContainerSpec& c : *containers) {
                std::int32_t& had = known.image_nodes[place++];
                is_void = is_void || had != world.image_nodes[c.image.value];
                had = world.image_nodes[c.image.value];
            }
        }
    }
    if (is_void) known.looks.assign(world.node_order.size(), NodeLook{});
    return known.looks;
}

// SCHED-29: with the pods added that are nominated to the node and are at least as important, and without them.
Refusal refusal_with_nominated(const Spec& spec, World& world, PodId id, NodeId node, const RelationFilter& now,
                               const VolumeFilter& volumes) {
    const Pod& pod = world.pods[id];
    const auto as_is = [&](const RelationFilter& relations) {
        Refusal refusal = refusal_of_node(spec, world, pod.pod_template, pod.pinned, node);
        if (refusal.filter == Filter::none && volumes.is_needed()) refusal = volumes.refusal(world.nodes[node]);
        if (refusal.filter != Filter::none) return refusal;
        return relations.refusal(node.slot, world.nodes[node].shape.value);
    };
    std::vector<PodId> supposed;
    for (const PodId other : world.scheduler.nominated) {
        const Pod& row = world.pods[other];
        if (other == id || row.nominated != node || spec[row.pod_template].priority < spec[pod.pod_template].priority)
            continue;
        if (want_the_same_port(spec[pod.pod_template], spec[row.pod_template])) {
            for (const PodId each : supposed) suppose(spec, world, each, node, -1);
            return for_now_by(Filter::node_ports);
        }
        suppose(spec, world, other, node, +1);
        supposed.push_back(other);
    }
    if (supposed.empty()) return as_is(now);
    RelationFilter with_them(spec, world, pod.pod_template);
    if (now.looks_at_no_affinity()) with_them.skip_affinity();
    const Refusal refusal = as_is(with_them);
    for (const PodId other : supposed) suppose(spec, world, other, node, -1);
    return refusal.filter != Filter::none ? refusal : as_is(now);
}

bool is_nominated_to(const World& world, NodeId node) {
    return std::ranges::any_of(world.scheduler.nominated, [&](PodId id) { return world.pods[id].nominated == node; });
}

// The nodes of the best score so far, in the order in which they were met.
class Best {
  public:
    explicit Best(std::vector<std::uint32_t>& space) : places_(space) { places_.clear(); }
    void offer(std::uint32_t place, std::int32_t score) {
        if (score < top_) return;
        if (score > top_) places_.clear();
        top_ = score;
        places_.push_back(place);
    }
    const std::vector<std::uint32_t>& places() const { return places_; }

  private:
    std::vector<std::uint32_t>& places_;
    std::int32_t top_ = std::numeric_limits<std::int32_t>::min();
};

// Among the nodes of the best score, SCHED-61 or X-4.
std::uint32_t pick(const Spec& spec, World& world, sim::RunKey key, const Pod& pod,
                   const std::vector<std::uint32_t>& best) {
    std::size_t at = 0;
    if (spec.kubernetes.is_2018()) {
        at = world.scheduler.rotation++ % best.size();
    } else if (!spec.scheduler.breaks_ties_first && best.size() > 1) {
        at = sim::draw_below(key, {stream::tie_break, spec[pod.workload].stable_key, pod.ordinal, pod.attempts},
                             best.size());
    }
    return best[at];
}

void count_refusal(NodeChoice& choice, std::uint32_t& nearest, Filter filter) {
    choice.rejectors |= bit(filter);
    if (nearness(filter) < nearest) return;
    nearest = nearness(filter);
    choice.reason = cause_of(filter);
}

// SCHED-43: a pod that names its node is tried there and nowhere else.
NodeChoice choose_pinned(const Spec& spec, World& world, PodId id, const RelationFilter& relations,
                         const VolumeFilter& volumes) {
    const NodeId node = world.pods[id].pinned;
    NodeChoice choice;
    std::uint32_t nearest = 0;
    const SchedulerMemory& memory = world.scheduler.memory;
    const std::uint32_t place = node.slot < memory.place_of_slot.size() ? memory.place_of_slot[node.slot] : 0;
    if (world.node_order[place] != node) {
        count_refusal(choice, nearest, Filter::node_name);
        return choice;
    }
    if (spec.kubernetes.samples_nodes())
        world.scheduler.rotation = (world.scheduler.rotation + 1) % world.node_order.size();
    const Refusal refusal = refusal_with_nominated(spec, world, id, node, relations, volumes);
    if (refusal.filter == Filter::none)
        choice.node = node;
    else
        count_refusal(choice, nearest, refusal.filter);
    return choice;
}

}  // namespace

Refusal refusal_now(const Spec& spec, World& world, PodId pod, NodeId node) {
    remember(spec, world);
    return refusal_with_nominated(spec, world, pod, node, RelationFilter(spec, world, world.pods[pod].pod_template),
                                  VolumeFilter(spec, world, pod));
}

std::vector<NodeId> nodes_that_refuse_for_now(const Spec& spec, World& world, PodId pod) {
    remember(spec, world);
    const RelationFilter relations(spec, world, world.pods[pod].pod_template);
    const VolumeFilter volumes(spec, world, pod);
    std::vector<NodeId> nodes;
    for (const NodeId node : world.node_order) {
        const Refusal refusal = refusal_with_nominated(spec, world, pod, node, relations, volumes);
        if (refusal.filter != Filter::none && !refusal.is_final) nodes.push_back(node);
    }
    return nodes;
}

NodeChoice select_node(const Spec& spec, World& world, sim::RunKey key, PodId id) {
    if (spec.nomad.runs) return nomad::select_client(spec, world, key, id);
    const Pod& pod = world.pods[id];
    const TemplateIx t = pod.pod_template;
    const std::size_t nodes = world.node_order.size();
    NodeChoice choice;
    if (nodes == 0) return choice;
    remember(spec, world);
    const SchedulerMemory& memory = world.scheduler.memory;
    const RelationFilter relations(spec, world, t);
    const VolumeFilter volumes(spec, world, id);

    // SCHED-24: the node that it made room on is taken without a look at the others.
    if (pod.nominated.valid() &&
        refusal_with_nominated(spec, world, id, pod.nominated, relations, volumes).filter == Filter::none) {
        choice.node = pod.nominated;
        return choice;
    }

    if (pod.pinned.valid()) return choose_pinned(spec, world, id, relations, volumes);

    std::vector<NodeLook>& looks = looks_of(spec, world, t);
    // The filters whose answers something else than the node makes void.
    const bool minds_nominated = !world.scheduler.nominated.empty();
    const bool asks_more = volumes.is_needed() || relations.is_needed() || minds_nominated;
    const auto verdict_of_others = [&](std::size_t place, std::int32_t verdict) {
        const NodeId node = world.node_order[place];
        Refusal refusal;
        if (volumes.is_needed()) refusal = volumes.refusal(world.nodes[node]);
        if (refusal.filter == Filter::none && relations.is_needed())
            refusal = relations.refusal(memory.slots[place], memory.shapes[place]);
        if (refusal.filter == Filter::none && minds_nominated && is_nominated_to(world, node))
            refusal = refusal_with_nominated(spec, world, id, node, relations, volumes);
        return refusal.filter == Filter::none ? verdict : verdict_of(refusal);
    };

    // The nodes that can take it, from the rotating start until there are enough (SCHED-25 to SCHED-27).
    const bool samples = spec.kubernetes.samples_nodes();
    const SchedulerProfile& profile = spec.profile_of(t);
    const std::int64_t share = profile.percentage_of_nodes_to_score > 0 ? profile.percentage_of_nodes_to_score
                                                                        : spec.scheduler.percentage_of_nodes_to_score;
    const std::int64_t wanted =
        samples ? feasible_nodes_wanted(static_cast<std::int64_t>(nodes), share) : static_cast<std::int64_t>(nodes);
    std::size_t place = samples ? static_cast<std::size_t>(world.scheduler.rotation % nodes) : 0;
    std::uint32_t nearest = 0;
    std::int64_t found = 0;
    Scratch& scratch = scratch_of_thread;
    if (scratch.feasible.size() < nodes) scratch.feasible.resize(nodes);
    FeasibleNode* const feasible = scratch.feasible.data();
    for (std::size_t processed = 0; processed < nodes; ++processed) {
        NodeLook& look = looks[place];
        if (look.changes != memory.changes[place]) [[unlikely]] {
            look.changes = memory.changes[place];
            look.verdict = verdict_on_node(spec, world, t, NodeId::none(), world.node_order[place]);
        }
        std::int32_t verdict = look.verdict;
        if (verdict >= 0 && asks_more) verdict = verdict_of_others(place, verdict);
        if (verdict >= 0) {
            if (found == wanted) break;
            feasible[found++] = {static_cast<std::uint32_t>(place), verdict};
        } else {
            count_refusal(choice, nearest, refusal_in(verdict).filter);
        }
        if (++place == nodes) place = 0;
    }
    if (samples) world.scheduler.rotation = place;
    if (found == 0) return choice;

    const std::span<FeasibleNode> all(feasible, static_cast<std::size_t>(found));
    if (found > 1) add_relative_scores(spec, world, t, all);  // SCHED-30: a single one needs no score
    Best best(scratch.best);
    for (const FeasibleNode& c : all) best.offer(c.place, c.score);
    choice.node = world.node_order[pick(spec, world, key, pod, best.places())];
    return choice;
}

}  // namespace eks
