#include "models/systems/autoscaling/cluster_autoscaler/scale_up.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/backoff.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/balancing.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/expander.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/report.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/snapshot_room.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace eks::cluster_autoscaler {

namespace {

constexpr std::int64_t milli_per_core = 1000;

// Equal pods with one of them that stands for all.
struct Demand {
    std::vector<Wanted> pods;
    std::vector<PodGroup> groups;
};

// The template's pod as far as the packing asks for it.
PodGroup pod_group_of(const Spec& spec, TemplateIx ix, std::int64_t count) {
    const PodTemplate& t = spec[ix];
    PodGroup group;
    group.count = count;
    group.pod.requests = {{"cpu", t.requests.cpu_milli}, {"memory", t.requests.memory_bytes}};
    group.pod.spread = t.constraints.spread;
    group.pod.required_anti_affinity = t.constraints.required_anti_affinity;
    for (const Label& label : t.labels) group.pod.labels[label.key] = label.value;
    if (!t.containers.empty()) {
        const Resources& first = t.containers.front().requests;
        group.first_container = {static_cast<double>(first.cpu_milli) / milli_per_core,
                                 static_cast<double>(first.memory_bytes)};
    }
    return group;
}

Demand demand_of(const Spec& spec, const World& world, const Pending& pending) {
    Demand demand;
    for (const std::vector<std::size_t>& group : equivalence_groups(spec, world, pending)) {
        const Pod& exemplar = world.pods[pending.pods[group.front()].id];
        demand.pods.push_back({exemplar.pod_template, volume_needs(spec, world, exemplar)});
        demand.groups.push_back(pod_group_of(spec, exemplar.pod_template, static_cast<std::int64_t>(group.size())));
    }
    return demand;
}

ComparedNode compared(const Spec& spec, const AutoscalerTemplate& node) {
    const NodeShape& shape = spec[node.shape];
    return {shape.capacity,
            shape.allocatable,
            shape.allocatable - node.daemon_requests,
            shape.max_pods,
            shape.max_pods - node.daemon_pods,
            shape.labels};
}

// One node group that could take pods.
struct Option {
    std::size_t group = 0;
    std::vector<std::size_t> similar;     // groups that share its new nodes, itself the first (CA-26)
    std::vector<std::size_t> pod_groups;  // that its nodes could take, of the demand
    ExpansionOption expansion;
};

class ScaleUp {
  public:
    ScaleUp(const Spec& spec, World& world, Turn& turn, const Snapshot& snapshot, const ClusterCounts& counts)
        : spec_(spec),
          settings_(spec.cluster_autoscaler),
          world_(world),
          turn_(turn),
          snapshot_(snapshot),
          counts_(counts),
          state_(world.cluster_autoscaler) {
        for (std::size_t i = 0; i < snapshot.size(); ++i) {
            cores_ += spec[snapshot[i].shape].capacity.cpu_milli / milli_per_core;
            bytes_ += spec[snapshot[i].shape].capacity.memory_bytes;
        }
    }

    bool run(const Demand& demand) {
        std::vector<Option> options = schedulable_options(demand);
        find_similar(options);
        for (Option& option : options) estimate_for(demand, option);
        std::erase_if(options,
                      [](const Option& o) { return o.expansion.node_count == 0 || o.expansion.pods == 0; });  // CA-17
        if (options.empty()) return false;
        const Option& best = choose(options);
        const std::int64_t nodes = capped(best);
        return nodes > 0 && grow(best, nodes);
    }

    GroupRefusal refusal_of(std::size_t group, const Wanted& pod) const {
        const GroupRefusal invalid = invalidity(group);
        if (invalid != GroupRefusal::none) return invalid;
        SnapshotRoom one(snapshot_, state_.groups[group].node, std::span(&pod, 1));
        one.add_node();
        one.begin(0);
        return one.look(one.size() - 1) == Look::fits ? GroupRefusal::none : GroupRefusal::takes_no_pod;
    }

  private:
    std::int32_t desired(std::size_t group) const { return world_.groups[settings_.groups[group].group.value].desired; }
    std::int32_t room(std::size_t group) const { return settings_.groups[group].maximum - desired(group); }
    const NodeShape& shape_of(std::size_t group) const { return spec_[state_.groups[group].node.shape]; }

    // CA-11
    GroupRefusal invalidity(std::size_t group) const {
        if (room(group) <= 0) return GroupRefusal::max_size_reached;
        if (!may_grow(spec_, world_, group, counts_.groups[group], turn_.now()))
            return is_backed_off(state_.groups[group], turn_.now()) ? GroupRefusal::backed_off
                                                                    : GroupRefusal::not_ready;
        return within_quotas(group, 1) == 1 ? GroupRefusal::none : GroupRefusal::resource_limit_reached;
    }
    bool is_valid(std::size_t group) const { return invalidity(group) == GroupRefusal::none; }

    // CA-12: of the valid groups, those whose node would take at least one of the pods.
    std::vector<Option> schedulable_options(const Demand& demand) const {
        std::vector<Option> options;
        for (std::size_t group = 0; group < settings_.groups.size(); ++group) {
            if (!is_valid(group)) continue;
            Option option{.group = group, .similar = {group}};
            SnapshotRoom one(snapshot_, state_.groups[group].node, demand.pods);
            one.add_node();
            for (std::size_t i = 0; i < demand.pods.size(); ++i) {
                one.begin(i);
                if (one.look(one.size() - 1) == Look::fits) option.pod_groups.push_back(i);
            }
            if (!option.pod_groups.empty()) options.push_back(std::move(option));
        }
        return options;
    }

    void find_similar(std::vector<Option>& options) const {
        if (!settings_.balances_similar_groups) return;
        for (Option& option : options) {
            const ComparedNode own = compared(spec_, state_.groups[option.group].node);
            for (const Option& other : options) {
                if (other.group == option.group || !std::ranges::includes(other.pod_groups, option.pod_groups))
                    continue;
                if (are_similar(own, compared(spec_, state_.groups[other.group].node),
                                settings_.balancing_ignored_labels))
                    option.similar.push_back(other.group);
            }
        }
    }

    void estimate_for(const Demand& demand, Option& option) const {
        const NodeShape& shape = shape_of(option.group);
        std::vector<Wanted> pods;
        EstimateQuestion question;
        for (const std::size_t i : option.pod_groups) {
            pods.push_back(demand.pods[i]);
            question.groups.push_back(demand.groups[i]);
        }
        question.node_template.allocatable = {{"cpu", shape.allocatable.cpu_milli},
                                              {"memory", shape.allocatable.memory_bytes}};
        question.template_capacity = {static_cast<double>(shape.capacity.cpu_milli) / milli_per_core,
                                      static_cast<double>(shape.capacity.memory_bytes)};
        question.may_take_fast_path = settings_.may_take_fast_path;
        std::int64_t room_of_similar = 0;
        for (const std::size_t group : option.similar) room_of_similar += room(group);
        question.node_limit =
            strictest({settings_.max_nodes_per_scale_up, similar_groups_threshold(room_of_similar),
                       cluster_threshold(settings_.max_nodes_total, static_cast<std::int64_t>(snapshot_.size()))});

        SnapshotRoom nodes(snapshot_, state_.groups[option.group].node, pods);
        const Estimate need = Packing(nodes, question).run();
        ExpansionOption& expansion = option.expansion;
        expansion.node_count = need.node_count;
        expansion.pods = need.scheduled;
        for (std::size_t i = 0; i < pods.size(); ++i) {
            const Resources& requests = spec_[pods[i].pod_template].requests;
            expansion.requested_cpu_milli += need.scheduled_per_group[i] * requests.cpu_milli;
            expansion.requested_bytes += need.scheduled_per_group[i] * requests.memory_bytes;
        }
        expansion.has_template = true;
        expansion.capacity_cpu_milli = shape.capacity.cpu_milli;
        expansion.capacity_bytes = shape.capacity.memory_bytes;
        const AutoscaledGroup& group = settings_.groups[option.group];
        if (group.has_priority) expansion.priority = group.priority;
    }

    // CA-24: what the chain leaves is drawn from.
    const Option& choose(const std::vector<Option>& options) const {
        std::vector<ExpansionOption> expansions;
        for (const Option& option : options) expansions.push_back(option.expansion);
        const std::vector<std::size_t> left = surviving_options(expansions, settings_.expanders);
        const std::uint64_t drawn =
            sim::draw_below(turn_.key(), {stream::autoscaler_choice, state_.starts, state_.loops, 0}, left.size());
        return options[left[drawn]];
    }

    // CA-18
    std::int64_t capped(const Option& option) const {
        std::int64_t nodes = option.expansion.node_count;
        if (settings_.max_nodes_total > 0)
            nodes = std::min(nodes, settings_.max_nodes_total - static_cast<std::int64_t>(snapshot_.size()));
        return within_quotas(option.group, nodes);
    }

    std::int64_t within_quotas(std::size_t group, std::int64_t nodes) const {
        const NodeShape& shape = shape_of(group);
        const std::int64_t cores_of_node = shape.capacity.cpu_milli / milli_per_core;
        if (cores_of_node > 0) nodes = std::min(nodes, (settings_.max_cores - cores_) / cores_of_node);
        if (shape.capacity.memory_bytes > 0)
            nodes = std::min(nodes, (settings_.max_memory_gib * gibibyte - bytes_) / shape.capacity.memory_bytes);
        return std::max<std::int64_t>(nodes, 0);
    }

    // CA-19, CA-27, CA-32
    bool grow(const Option& option, std::int64_t nodes) {
        std::vector<BalancedGroup> sizes;
        for (const std::size_t group : option.similar)
            sizes.push_back({desired(group), settings_.groups[group].maximum});
        const std::vector<std::int32_t> grown = balanced_sizes(sizes, nodes);
        std::int64_t added = 0;
        for (std::size_t i = 0; i < grown.size(); ++i) {
            const std::int32_t more = grown[i] - sizes[i].size;
            if (more <= 0) continue;
            AutoscaledGroupState& group = state_.groups[option.similar[i]];
            group.requested += more;
            group.requested_at = turn_.now();
            added += more;
            set_group_size(spec_, world_, turn_, settings_.groups[option.similar[i]].group, grown[i]);
        }
        if (added == 0) return false;
        state_.last_scale_up = turn_.now();
        report(turn_, AutoscalerCount::scaled_up_nodes, added);
        return true;
    }

    const Spec& spec_;
    const ClusterAutoscaler& settings_;
    World& world_;
    Turn& turn_;
    const Snapshot& snapshot_;
    const ClusterCounts& counts_;
    ClusterAutoscalerState& state_;
    std::int64_t cores_ = 0;
    std::int64_t bytes_ = 0;
};

}  // namespace

std::vector<GroupRefusal> refusals_of_groups(const Spec& spec, World& world, Turn& turn, const Snapshot& snapshot,
                                             PodId pod, const ClusterCounts& counts) {
    const ScaleUp decision(spec, world, turn, snapshot, counts);
    const Wanted wanted{world.pods[pod].pod_template, volume_needs(spec, world, world.pods[pod])};
    std::vector<GroupRefusal> refusals;
    for (std::size_t group = 0; group < spec.cluster_autoscaler.groups.size(); ++group)
        refusals.push_back(decision.refusal_of(group, wanted));
    return refusals;
}

ScaleUpResult scale_up(const Spec& spec, World& world, Turn& turn, const Snapshot& snapshot, const Pending& pending,
                       const ClusterCounts& counts) {
    const ClusterAutoscaler& settings = spec.cluster_autoscaler;
    if (pending.pods.empty()) return ScaleUpResult::not_needed;
    if (settings.max_nodes_total > 0 && counts.all.ready >= settings.max_nodes_total) return ScaleUpResult::no_option;
    if (are_too_new(spec, world, pending, turn.now())) return ScaleUpResult::in_cooldown;
    ScaleUp decision(spec, world, turn, snapshot, counts);
    return decision.run(demand_of(spec, world, pending)) ? ScaleUpResult::done : ScaleUpResult::no_option;
}

}  // namespace eks::cluster_autoscaler
