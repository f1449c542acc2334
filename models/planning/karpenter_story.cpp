// What Karpenter says of a pod or a node: a provisioning round (KARP-4 to KARP-14) and a pass of its disruption loop
// (KARP-41 to KARP-57), on a copy.
#include "models/planning/autoscaler_story.hpp"
#include "models/systems/autoscaling/karpenter/candidates.hpp"
#include "models/systems/autoscaling/karpenter/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace eks {

namespace {

namespace kp = karpenter;

kp::WhatIf what_if_of(const kp::Moment& seen, std::vector<kp::PodIx> pods) {
    kp::WhatIf what_if;
    what_if.pods = std::move(pods);
    what_if.is_gone.resize(seen.nodes.size());
    what_if.is_unsettled.resize(seen.nodes.size());
    return what_if;
}

std::optional<kp::PodIx> find_pod(const kp::Moment& seen, PodId pod) {
    const auto at = std::ranges::find(seen.pods, pod);
    if (at == seen.pods.end()) return std::nullopt;
    return static_cast<kp::PodIx>(at - seen.pods.begin());
}

// --- pods

std::string text_of(kp::Refusal refusal, const std::string& pool) {
    switch (refusal) {
        case kp::Refusal::no_node_pool: return "nodepool requirements filtered out all available instance types";
        case kp::Refusal::limits:
            return fmt::format("all available instance types exceed limits for nodepool: \"{}\"", pool);
        case kp::Refusal::taint: return "did not tolerate a taint of the nodepool";
        case kp::Refusal::requirements: return "incompatible requirements";
        case kp::Refusal::topology: return "unsatisfiable topology constraint";
        case kp::Refusal::host_ports: return "host port is taken by a DaemonSet";
        case kp::Refusal::min_values: return "minValues requirement is not met";
        case kp::Refusal::instance_types: return "no instance type satisfied resources and requirements";
    }
    return "";
}

// What each pool said in the round, in which everything else has its place. A pool without a type of its own is not
// even asked.
void tell_of_pools(const AutoscalerMoment& moment, const kp::Moment& seen, const kp::Solution& solution,
                   AutoscalerStory& story) {
    const auto& pools = moment.spec.karpenter.pools;
    std::vector<std::string> said;
    for (const auto& [pool, refusal] : solution.refused) {
        const std::string& name = pools[pool].name;
        story.groups.push_back({name, text_of(refusal, name), false});
        said.push_back(fmt::format("incompatible with nodepool \"{}\", {}", name, story.groups.back().what));
    }
    story.says = pools.empty() ? "there is no NodePool" : "no NodePool helps";
    if (pools.empty()) return;
    const std::string no_type = text_of(kp::Refusal::no_node_pool, {});
    story.event = fmt::format("FailedScheduling: Failed to schedule pod, {}",
                              said.empty() ? no_type : fmt::format("{}", fmt::join(said, "; ")));
    for (std::size_t pool = 0; pool < pools.size(); ++pool) {
        const auto has_template =
            std::ranges::find(seen.round->templates, pool, &kp::ClaimTemplate::pool) != seen.round->templates.end();
        if (!has_template) story.groups.push_back({pools[pool].name, no_type, false});
    }
}

std::string claims_on_their_way(const AutoscalerMoment& moment) {
    const KarpenterState& state = moment.world.karpenter;
    std::vector<std::string> names;
    for (const PendingClaim& claim : state.claims)
        names.push_back(fmt::format("a claim of {}", moment.spec.karpenter.pools[claim.pool].name));
    for (const NodeId node : state.coming) {
        if (const Node* row = moment.world.nodes.find(node))
            names.push_back(fmt::format("{}, not initialised yet", story_name(moment.spec, *row)));
    }
    constexpr std::size_t names_shown = 5;
    const std::size_t more = names.size() > names_shown ? names.size() - names_shown : 0;
    names.resize(names.size() - more);
    return fmt::format("{}{}", fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : std::string());
}

std::string next_round(const KarpenterState& state) {
    const sim::Time due = std::min(state.batch_due, state.retry_due);
    return due == sim::Time::never() ? std::string("its next round") : "its next round, at " + story_time(due);
}

void ask_round(const AutoscalerMoment& moment, PodId pod, AutoscalerStory& story) {
    World world = moment.world;
    kp::forget_available(world, moment.now);
    const kp::Moment seen = kp::look_at_cluster(moment.spec, world, moment.now, kp::BoundPods::of_nodes_that_go);
    const auto place = find_pod(seen, pod);
    if (!place) {
        story.says = "it does not see the pod";
        return;
    }
    std::vector<kp::PodIx> pods = seen.waiting;
    pods.insert(pods.end(), seen.moving.begin(), seen.moving.end());
    kp::WhatIf what_if = what_if_of(seen, std::move(pods));
    what_if.asked_about = *place;
    const kp::Solution solution = kp::solve(*seen.round, what_if);
    for (const auto& [node, placed] : solution.placed) {
        if (placed != *place) continue;
        const NodeId id = seen.nodes[node];
        const Node* row = id.valid() ? moment.world.nodes.find(id) : nullptr;
        story.says = fmt::format("it is to go to {}",
                                 row == nullptr ? std::string("a claim on its way") : story_name(moment.spec, *row));
        if (const std::string coming = claims_on_their_way(moment); !coming.empty())
            story.says += "; on their way: " + coming;
        return;
    }
    for (const kp::NewClaim& claim : solution.claims) {
        if (std::ranges::find(claim.pods, *place) == claim.pods.end()) continue;
        story.says = fmt::format("{} makes a claim of {} for it and {} other pods", next_round(moment.world.karpenter),
                                 moment.spec.karpenter.pools[claim.pool].name, claim.pods.size() - 1);
        return;
    }
    tell_of_pools(moment, seen, solution, story);
}

// --- nodes

std::string_view name_of(DisruptionMethod method) {
    switch (method) {
        case DisruptionMethod::emptiness: return "empty";
        case DisruptionMethod::drift: return "drifted";
        case DisruptionMethod::multi_node: return "underutilized, with others";
        case DisruptionMethod::single_node: break;
    }
    return "underutilized";
}

bool is_among(const std::vector<NodeId>& nodes, NodeId node) { return std::ranges::find(nodes, node) != nodes.end(); }

// What is under way with it already.
std::optional<std::string> under_way(const AutoscalerMoment& moment, const PoolNode& node) {
    const KarpenterState& state = moment.world.karpenter;
    if (node.is_deleted())
        return fmt::format("its claim has been deleted at {}: it is drained{}", story_time(node.deleted),
                           node.is_terminating ? ", and its instance terminated" : "");
    for (const DisruptionCommand& command : state.commands) {
        if (!is_among(command.nodes, node.node)) continue;
        const auto up = std::ranges::count_if(command.launched, [&](NodeId id) {
            const PoolNode* replacement = state.find(id);
            return replacement != nullptr && replacement->is_initialized();
        });
        return fmt::format("it is being disrupted ({}), and waits for {} of {} replacements", name_of(command.method),
                           command.replacements - static_cast<std::uint32_t>(up), command.replacements);
    }
    for (const DisruptionCommand& command : state.decided) {
        if (is_among(command.nodes, node.node))
            return fmt::format("it is chosen to go ({}), and looked at again at {} (KARP-46)", name_of(command.method),
                               story_time(state.validation_due));
    }
    if (!node.is_initialized()) return "it is not initialised yet";
    if (node.nominated_until > moment.now)
        return fmt::format("it is nominated for a pod that waits, until {} (KARP-14)",
                           story_time(node.nominated_until));
    return std::nullopt;
}

// The first pod that keeps its node where it is (KARP-41).
std::optional<std::string> keeping_pod(const AutoscalerMoment& moment, const kp::Moment& seen, NodeId node) {
    for (PodId id = moment.world.nodes[node].first_pod; id.valid(); id = moment.world.pods[id].next_on_node) {
        const auto place = find_pod(seen, id);
        if (!place) continue;
        const kp::Pod& pod = seen.round->pods[*place];
        if (pod.phase == kp::PodPhase::ended || pod.is_terminating) continue;
        const Pod& row = moment.world.pods[id];
        if (kp::blocks_disruption(pod, moment.now.us()))
            return fmt::format("pod {} has the annotation karpenter.sh/do-not-disrupt", story_name(moment.spec, row));
        if (pod.owner != kp::OwnerKind::daemon_set && kp::is_kept_by_budget(moment.spec, moment.world, row))
            return fmt::format("a PodDisruptionBudget lets pod {} not go", story_name(moment.spec, row));
    }
    return std::nullopt;
}

// One node as a pass of the disruption loop would see it: drift comes before consolidation.
class DisruptionStory {
  public:
    DisruptionStory(const AutoscalerMoment& moment, NodeId node)
        : moment_(moment),
          world_(moment.world),
          seen_(kp::look_at_cluster(moment.spec, world_, moment.now, kp::BoundPods::all)),
          node_(node),
          row_(*moment.world.karpenter.find(node)) {}

    std::string verdict() const {
        if (row_.drifted > moment_.now) return on_consolidation();
        const std::string drift =
            fmt::format("it has drifted at {} from its NodePool or EC2NodeClass", story_time(row_.drifted));
        const std::vector<kp::RunCandidate> candidates = kp::drifted(moment_.spec, world_, seen_, moment_.now);
        const auto at = std::ranges::find(candidates, node_, &kp::RunCandidate::node);
        // What keeps it from being replaced keeps it from all.
        if (at == candidates.end()) return drift + "; " + why_no_candidate();
        if (const auto held = what_holds_drifted(candidates, static_cast<std::size_t>(at - candidates.begin())))
            return fmt::format("{}, but {}; consolidation: {}", drift, *held, on_consolidation());
        return drift + (at->is_empty() ? ", is empty, and goes at the next pass"
                                       : ", and is replaced when its turn comes: one at a pass (KARP-60)");
    }

  private:
    std::string why_no_candidate() const {
        const auto keeping = keeping_pod(moment_, seen_, node_);
        return keeping ? *keeping + " (KARP-41)" : std::string("it is no candidate");
    }

    // Those that may go for the reason, of the node's pool.
    bool is_within_budgets(DisruptionReason reason) const {
        return kp::allowed_now(moment_.spec, moment_.world, moment_.now)[row_.pool][static_cast<std::size_t>(reason)] >
               0;
    }
    std::string budgets_text(std::string_view reason) const {
        return fmt::format("the budgets of NodePool {} let no node go for being {} now (KARP-43)", pool().name, reason);
    }
    const eks::NodePool& pool() const { return moment_.spec.karpenter.pools[row_.pool]; }

    kp::Consolidator consolidator(const std::vector<kp::RunCandidate>& candidates) const {
        return {*seen_.round, kp::plain(candidates),
                kp::unsettled_nodes(moment_.spec, moment_.world, seen_, moment_.now), moment_.now.us()};
    }

    // KARP-60; nothing: it goes.
    std::optional<std::string> what_holds_drifted(const std::vector<kp::RunCandidate>& candidates,
                                                  std::size_t i) const {
        if (!is_within_budgets(DisruptionReason::drifted)) return budgets_text("Drifted");
        if (candidates[i].is_empty() || consolidator(candidates).without({i})) return std::nullopt;
        return "its pods would find no other place (SchedulingSimulation)";
    }

    std::string on_consolidation() const {
        const std::vector<kp::RunCandidate> candidates = kp::consolidatable(moment_.spec, world_, seen_, moment_.now);
        const auto at = std::ranges::find(candidates, node_, &kp::RunCandidate::node);
        if (at != candidates.end()) return on_candidate(candidates, static_cast<std::size_t>(at - candidates.begin()));
        if (const auto keeping = keeping_pod(moment_, seen_, node_)) return *keeping + " (KARP-41)";
        const sim::Time due = kp::consolidatable_at(moment_.spec, row_);
        if (due == sim::Time::never()) return "its NodePool says consolidateAfter: Never";
        if (due > moment_.now)
            return fmt::format("consolidateAfter of its NodePool is not over: from {} on (KARP-42)", story_time(due));
        return "it is no candidate";
    }

    // What the pass makes of a candidate alone (KARP-52).
    std::string on_candidate(const std::vector<kp::RunCandidate>& candidates, std::size_t i) const {
        const kp::RunCandidate& candidate = candidates[i];
        if (!candidate.is_empty() && pool().policy == NodePoolPolicy::when_empty)
            return "it is not empty, and the policy of its NodePool is WhenEmpty";
        if (!is_within_budgets(candidate.is_empty() ? DisruptionReason::empty : DisruptionReason::underutilized))
            return budgets_text(candidate.is_empty() ? "Empty" : "Underutilized");
        if (candidate.is_empty()) return "it is empty, and goes at the next pass";
        const kp::Consolidator alone = consolidator(candidates);
        const kp::Consolidation decision = alone.single(i);
        if (decision.action == kp::ConsolidationAction::remove)
            return "its pods find room elsewhere: it may be removed";
        if (decision.action == kp::ConsolidationAction::replace) return "a cheaper node would do: it may be replaced";
        const auto solution = alone.without({i});
        if (!solution) return "its pods would find no other place (SchedulingSimulation)";
        if (solution->claims.size() > 1)
            return fmt::format("its pods would need {} nodes in its place (KARP-52)", solution->claims.size());
        return "its pods would need another node, and none is cheaper (KARP-52)";
    }

    const AutoscalerMoment& moment_;
    World world_;
    kp::Moment seen_;
    NodeId node_;
    const PoolNode& row_;
};

// Of a node that has no claim any more.
std::string on_stranger(const Spec& spec, const Node& node) {
    const NodeGroupIx group = spec[node.shape].group;
    const auto pool = std::ranges::find(spec.karpenter.pools, group, &eks::NodePool::group);
    if (pool == spec.karpenter.pools.end()) return "it is no node of its NodePools";
    return fmt::format("it was a node of NodePool {}, and its claim is gone", pool->name);
}

}  // namespace

std::optional<AutoscalerStory> karpenter_on_pod(const AutoscalerMoment& moment, PodId pod) {
    if (!moment.spec.karpenter.is_there()) return std::nullopt;
    AutoscalerStory story{"Karpenter", {}, {}, {}};
    const Pod& row = moment.world.pods[pod];
    if (!kp::acts(moment.spec, moment.world))
        story.says = "it does not run: none of its pods is ready";
    else if (moment.spec[row.workload].kind == WorkloadKind::daemon_set)
        story.says = "pods of DaemonSets get no node of their own (KARP-4)";
    else if (row.nominated.valid())
        story.says =
            fmt::format("others make room for it on {}", story_name(moment.spec, moment.world.nodes[row.nominated]));
    else if (!kp::is_provisionable(moment.spec, row))
        story.says = "the scheduler has not said yet that no node has room for it (KARP-4)";
    else
        ask_round(moment, pod, story);
    return story;
}

std::optional<AutoscalerStory> karpenter_on_node(const AutoscalerMoment& moment, NodeId node) {
    if (!moment.spec.karpenter.is_there()) return std::nullopt;
    AutoscalerStory story{"Karpenter", {}, {}, {}};
    const PoolNode* row = moment.world.karpenter.find(node);
    if (row == nullptr) {
        story.says = on_stranger(moment.spec, moment.world.nodes[node]);
        return story;
    }
    if (!kp::acts(moment.spec, moment.world)) {
        story.says = "it does not run: none of its pods is ready";
        return story;
    }
    if (const auto doing = under_way(moment, *row)) {
        story.says = *doing;
        return story;
    }
    story.says = DisruptionStory(moment, node).verdict();
    return story;
}

}  // namespace eks
