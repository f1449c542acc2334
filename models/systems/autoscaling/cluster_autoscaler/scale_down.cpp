#include "models/systems/autoscaling/cluster_autoscaler/scale_down.hpp"

#include "models/systems/autoscaling/cluster_autoscaler/drain_rules.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/removal_simulation.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/report.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/utilization.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace eks::cluster_autoscaler {

namespace {

struct RemovalCandidate {
    NodeId node;
    std::size_t group = 0;
    bool is_empty = false;
    bool was_unneeded = false;
    PodsToMove pods;
    std::optional<double> utilization;
    double threshold = 0;
};

CountedAmounts counted(const Resources& amounts) { return {amounts.cpu_milli, amounts.memory_bytes, amounts.gpus}; }

// CA-45
std::int64_t longest_list(const ClusterAutoscaler& settings, sim::Duration unneeded_time, sim::Duration shortest,
                          std::int64_t unneeded_now) {
    const std::int64_t parallel = settings.max_parallel;
    const sim::Duration interval = std::max(std::min(shortest, unneeded_time), sim::Duration::microseconds(1));
    const std::int64_t rounds = std::max(unneeded_time, interval) / interval;
    return std::min(unneeded_now + 2 * parallel, parallel * rounds + parallel);
}

class ScaleDownPlan {
  public:
    // `told`: where the verdict on each node is written, if anybody wants it.
    ScaleDownPlan(const Spec& spec, World& world, Turn& turn, Snapshot& snapshot,
                  std::vector<NodeStays>* told = nullptr)
        : spec_(spec),
          settings_(spec.cluster_autoscaler),
          world_(world),
          turn_(turn),
          snapshot_(snapshot),
          state_(world.cluster_autoscaler),
          allowed_(allowed_disruptions(world)),
          places_(spec),
          told_(told) {}

    sim::Time run() {
        std::vector<RemovalCandidate> candidates = eligible_nodes();
        std::ranges::stable_sort(candidates, {}, [](const RemovalCandidate& c) {  // CA-41
            return std::pair(!c.is_empty, !c.was_unneeded);
        });
        choose(candidates);
        forget_others();
        show();
        return next_;
    }

  private:
    void count(AutoscalerLevel reason) { ++levels_[static_cast<std::size_t>(reason)]; }
    void tell(NodeStays stays) {
        if (told_ != nullptr) told_->push_back(std::move(stays));
    }
    void look_again_at(sim::Time at) {
        if (at > turn_.now()) next_ = std::min(next_, at);
    }

    std::optional<double> utilization_of(const Node& row, const ScaleDownOptions& options) const {
        const NodeShape& shape = spec_[row.shape];
        UtilizationOptions how;
        how.ignores_daemon_sets = options.ignores_daemon_sets;
        how.counts_gpu_only = shape.capacity.gpus > 0;
        std::vector<PodOnNode> pods;
        if (!options.ignores_daemon_sets && !row.health.is_silent()) {
            // Their sum stands for all of them.
            pods.push_back({.requests = counted(row.requested)});
        } else {
            for (PodId id = row.first_pod; id.valid(); id = world_.pods[id].next_on_node) {
                const Pod& pod = world_.pods[id];
                if (!pod.holds_resources) continue;
                pods.push_back({.requests = counted(spec_[pod.pod_template].requests),
                                .is_of_daemon_set = spec_[pod.workload].kind == WorkloadKind::daemon_set ||
                                                    spec_[pod.pod_template].wishes.counts_as_daemon,
                                .is_long_terminating = pod.terminating && row.health.is_silent()});
            }
        }
        const auto found = utilization(counted(shape.allocatable), pods, how);
        return found ? std::optional(found->share) : std::nullopt;
    }

    // CA-41, CA-42
    std::vector<RemovalCandidate> eligible_nodes() {
        std::vector<RemovalCandidate> candidates;
        for (const NodeId id : world_.node_order) {
            const Node& row = world_.nodes[id];
            const auto place = places_.of(spec_[row.shape].group);
            if (!place || !row.has_instance() || row.exit != NodeExit::none) continue;
            if (removal_of(state_, id) != NodeRemoval::none) continue;
            const AutoscaledGroup& group = settings_.groups[*place];
            if (world_.groups[group.group.value].desired <= group.minimum) {
                count(AutoscalerLevel::group_min_size_reached);
                tell({.node = id, .reason = AutoscalerLevel::group_min_size_reached});
                continue;
            }
            const AutoscaledNode* known = find_row(state_, id);
            if (known != nullptr && known->unremovable_until > turn_.now()) {
                count(AutoscalerLevel::recently_unremovable);
                look_again_at(known->unremovable_until);
                continue;
            }
            if (row.state != NodeState::ready && !settings_.scales_down_unready) continue;
            const auto share = utilization_of(row, group.scale_down);
            const double threshold = spec_[row.shape].capacity.gpus > 0 ? group.scale_down.gpu_utilization_threshold
                                                                        : group.scale_down.utilization_threshold;
            if (!share || *share > threshold) {
                count(AutoscalerLevel::not_underutilized);
                tell({id, AutoscalerLevel::not_underutilized, share, threshold, {}});
                continue;
            }
            RemovalCandidate candidate{.node = id, .group = *place, .utilization = share, .threshold = threshold};
            candidate.pods = pods_to_move(spec_, world_, row, allowed_, turn_.now());
            candidate.is_empty = candidate.pods.may_go() && candidate.pods.movable.empty();
            candidate.was_unneeded = known != nullptr && known->unneeded_since != sim::Time::never();
            candidates.push_back(std::move(candidate));
        }
        return candidates;
    }

    // CA-44, CA-45
    void choose(std::vector<RemovalCandidate>& candidates) {
        const sim::Duration unneeded_time =
            settings_.groups.empty() ? sim::Duration::zero() : settings_.groups.front().scale_down.unneeded_time;
        const std::int64_t most =
            longest_list(settings_, unneeded_time, state_.shortest_plan_interval,
                         state_.levels[static_cast<std::size_t>(AutoscalerLevel::unneeded_nodes)]);
        for (RemovalCandidate& candidate : candidates) {
            if (static_cast<std::int64_t>(chosen_.size()) >= most) break;
            // Budgets that earlier candidates have used up count.
            if (!candidate.is_empty)
                candidate.pods = pods_to_move(spec_, world_, world_.nodes[candidate.node], allowed_, turn_.now());
            look_again_at(candidate.pods.next_of_age);
            const bool is_free = candidate.pods.may_go();
            if (is_free && move_away(candidate)) {
                chosen_.push_back(candidate.node);
                tell({candidate.node, std::nullopt, candidate.utilization, candidate.threshold, candidate.pods});
                continue;
            }
            const auto reason = is_free ? AutoscalerLevel::no_place_to_move_pods : AutoscalerLevel::blocked_by_pod;
            count(reason);
            tell({candidate.node, reason, candidate.utilization, candidate.threshold, candidate.pods});
            row_of(state_, candidate.node).unremovable_until = turn_.now() + settings_.unremovable_recheck;
            look_again_at(turn_.now() + settings_.unremovable_recheck);
        }
    }

    bool move_away(const RemovalCandidate& candidate) {
        if (!move_pods(world_, snapshot_, candidate.node, candidate.pods.movable, state_.last_place)) return false;
        for (const PodId id : candidate.pods.movable) {
            for (std::size_t i = 0; i < allowed_.size(); ++i)
                allowed_[i] -= spec_.budgets[i].selects(world_.pods[id].pod_template) ? 1 : 0;
        }
        return true;
    }

    // CA-46: who leaves the list begins anew.
    void forget_others() {
        std::vector<std::uint8_t> is_chosen(world_.nodes.capacity_slots());
        for (const NodeId id : chosen_) {
            is_chosen[id.slot] = 1;
            AutoscaledNode& row = row_of(state_, id);
            if (row.unneeded_since == sim::Time::never()) row.unneeded_since = turn_.now();
        }
        for (AutoscaledNode& row : state_.nodes) {
            if (row.node.valid() && is_chosen[row.node.slot] == 0) row.unneeded_since = sim::Time::never();
        }
    }

    void show() {
        levels_[static_cast<std::size_t>(AutoscalerLevel::unneeded_nodes)] = static_cast<std::int64_t>(chosen_.size());
        for (const AutoscalerLevel level :
             {AutoscalerLevel::unneeded_nodes, AutoscalerLevel::not_underutilized,
              AutoscalerLevel::group_min_size_reached, AutoscalerLevel::blocked_by_pod,
              AutoscalerLevel::no_place_to_move_pods, AutoscalerLevel::recently_unremovable})
            report(world_, turn_, level, levels_[static_cast<std::size_t>(level)]);
    }

    const Spec& spec_;
    const ClusterAutoscaler& settings_;
    World& world_;
    Turn& turn_;
    Snapshot& snapshot_;
    ClusterAutoscalerState& state_;
    std::vector<std::int32_t> allowed_;
    GroupPlaces places_;
    std::vector<NodeStays>* told_;
    std::vector<NodeId> chosen_;
    std::array<std::int64_t, autoscaler_level_count> levels_{};
    sim::Time next_ = sim::Time::never();
};

sim::Duration patience_with(const Spec& spec, const GroupPlaces& places, const Node& node) {
    const ScaleDownOptions& options = spec.cluster_autoscaler.groups[*places.of(spec[node.shape].group)].scale_down;
    return node.state == NodeState::ready ? options.unneeded_time : options.unready_time;
}

// CA-40. Nothing that a loop does itself fails here, so that no failure puts it off.
sim::Time cooldown_over(const ClusterAutoscaler& settings, const ClusterAutoscalerState& state) {
    return std::max(state.last_scale_up + settings.delay_after_add, state.last_deletion + settings.delay_after_delete);
}

}  // namespace

sim::Time plan_scale_down(const Spec& spec, World& world, Turn& turn, Snapshot& snapshot) {
    ClusterAutoscalerState& state = world.cluster_autoscaler;
    if (state.last_plan != sim::Time::never()) {
        // Loops in which nothing would be found are slept through, and have been there all the same.
        const sim::Duration period = spec.cluster_autoscaler.scan_interval + spec.cluster_autoscaler.loop_time;
        state.shortest_plan_interval = std::min({state.shortest_plan_interval, turn.now() - state.last_plan, period});
    }
    state.last_plan = turn.now();
    return ScaleDownPlan(spec, world, turn, snapshot).run();
}

std::vector<NodeStays> explain_scale_down(const Spec& spec, World& world, Turn& turn, Snapshot& snapshot) {
    for (AutoscaledNode& row : world.cluster_autoscaler.nodes) row.unremovable_until = sim::Time::origin();
    std::vector<NodeStays> told;
    ScaleDownPlan(spec, world, turn, snapshot, &told).run();
    return told;
}

sim::Time scale_down_cooldown_over(const Spec& spec, const World& world) {
    return cooldown_over(spec.cluster_autoscaler, world.cluster_autoscaler);
}

sim::Duration unneeded_time_of(const Spec& spec, const Node& node) {
    return patience_with(spec, GroupPlaces(spec), node);
}

bool delete_unneeded(const Spec& spec, World& world, Turn& turn) {
    const ClusterAutoscaler& settings = spec.cluster_autoscaler;
    ClusterAutoscalerState& state = world.cluster_autoscaler;
    const bool is_in_cooldown = turn.now() < cooldown_over(settings, state);
    report(world, turn, AutoscalerLevel::scale_down_in_cooldown, is_in_cooldown ? 1 : 0);
    if (is_in_cooldown) return false;
    const GroupPlaces places(spec);
    const std::vector<std::int32_t> allowed = allowed_disruptions(world);
    // CA-46: how many each group may lose. The sizes count until the cloud has been asked.
    std::vector<std::int32_t> spare;
    for (const AutoscaledGroup& group : settings.groups)
        spare.push_back(world.groups[group.group.value].desired - group.minimum);
    std::vector<NodeId> empty;
    std::vector<NodeId> occupied;
    for (const AutoscaledNode& row : state.nodes) {
        const Node* node = row.node.valid() ? world.nodes.find(row.node) : nullptr;
        if (node == nullptr || !node->has_instance()) continue;
        const auto place = places.of(spec[node->shape].group);
        if (!place) continue;
        if (row.removal != NodeRemoval::none && row.removal != NodeRemoval::ordered) --spare[*place];
    }
    for (const AutoscaledNode& row : state.nodes) {
        const Node* node = row.node.valid() ? world.nodes.find(row.node) : nullptr;
        if (node == nullptr || row.unneeded_since == sim::Time::never() || row.removal != NodeRemoval::none) continue;
        if (row.unneeded_since + patience_with(spec, places, *node) >= turn.now()) continue;
        std::int32_t& of_group = spare[*places.of(spec[node->shape].group)];
        if (of_group <= 0) continue;
        --of_group;
        (pods_to_move(spec, world, *node, allowed, turn.now()).movable.empty() ? empty : occupied).push_back(row.node);
    }
    // CA-50
    const RemovalsNow now = removals_now(world);
    std::int32_t left = std::max(settings.max_parallel - now.all, 0);
    std::int32_t drains_left = std::max(settings.max_drains - now.drains, 0);
    bool has_begun = false;
    for (const bool is_drain : {false, true}) {
        for (const NodeId node : is_drain ? occupied : empty) {
            if (left == 0 || (is_drain && drains_left == 0)) break;
            --left;
            if (is_drain) --drains_left;
            begin_removal(spec, world, turn, node, is_drain);
            has_begun = true;
        }
    }
    if (has_begun) state.last_deletion = turn.now();
    return has_begun;
}

sim::Time next_deletion(const Spec& spec, const World& world) {
    const ClusterAutoscalerState& state = world.cluster_autoscaler;
    const GroupPlaces places(spec);
    sim::Time next = sim::Time::never();
    for (const AutoscaledNode& row : state.nodes) {
        const Node* node = row.node.valid() ? world.nodes.find(row.node) : nullptr;
        if (node == nullptr || row.unneeded_since == sim::Time::never()) continue;
        next = std::min(next, row.unneeded_since + patience_with(spec, places, *node));
    }
    if (next == sim::Time::never()) return next;
    return std::max(next + sim::Duration::microseconds(1), cooldown_over(spec.cluster_autoscaler, state));
}

}  // namespace eks::cluster_autoscaler
