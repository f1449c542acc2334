// What Cluster Autoscaler says of a pod or a node: its loop up to the question, on a copy (CA-2).
#include "models/planning/autoscaler_story.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/backoff.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/cluster_snapshot.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/scale_down.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/scale_up.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/templates.hpp"
#include "models/systems/scheduling/plain/cycle.hpp"
#include "models/systems/scheduling/plain/view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace eks {

namespace {

namespace ca = cluster_autoscaler;

// One loop, on a World of its own.
class Loop {
  public:
    explicit Loop(const AutoscalerMoment& moment)
        : spec_(moment.spec), world_(moment.world), turn_(queue_, facts_, moment.now, moment.key) {
        if (!state().runs) return;
        ca::refresh_templates(spec_, world_, turn_.now());
        counts_ = ca::count_nodes(spec_, world_, turn_.now());
    }

    const ClusterAutoscaler& settings() const { return spec_.cluster_autoscaler; }
    const ClusterAutoscalerState& state() const { return world_.cluster_autoscaler; }

    // Nothing: it goes on to decide something.
    std::optional<std::string> idle() const {
        if (!state().runs) return "it does not run: none of its pods is ready";
        if (!ca::is_healthy(settings(), counts_.all))
            return fmt::format("it does nothing while {} of {} nodes are not Ready (CA-31)", counts_.all.unready,
                               counts_.all.ready + counts_.all.unready + counts_.all.not_started);
        return std::nullopt;
    }

    void place_pending() {
        snapshot_.emplace(ca::take_snapshot(spec_, world_, counts_, turn_.now()));
        pending_ = ca::pending_pods(spec_, world_, turn_.now());
        was_pending_ = pending_.pods;
        ca::filter_out_schedulable(*snapshot_, world_, world_.cluster_autoscaler.last_place, pending_);
    }
    bool was_pending(PodId pod) const {
        return std::ranges::find(was_pending_, pod, &ca::PendingPod::id) != was_pending_.end();
    }
    bool is_pending(PodId pod) const {
        return std::ranges::find(pending_.pods, pod, &ca::PendingPod::id) != pending_.pods.end();
    }
    std::vector<ca::GroupRefusal> refusals(PodId pod) {
        return ca::refusals_of_groups(spec_, world_, turn_, *snapshot_, pod, counts_);
    }
    std::vector<ca::NodeStays> plan() { return ca::explain_scale_down(spec_, world_, turn_, *snapshot_); }
    sim::Time cooldown_over() const { return ca::scale_down_cooldown_over(spec_, world_); }

    std::string name_of(std::size_t group) const { return spec_[settings().groups[group].group].name; }
    std::int32_t desired(std::size_t group) const {
        return world_.groups[settings().groups[group].group.value].desired;
    }
    bool is_full() const { return settings().max_nodes_total > 0 && counts_.all.ready >= settings().max_nodes_total; }

  private:
    const Spec& spec_;
    World world_;
    sim::EventQueue<Event> queue_;
    std::vector<Fact> facts_;
    Turn turn_;
    ca::ClusterCounts counts_;
    std::optional<ca::Snapshot> snapshot_;
    ca::Pending pending_;
    std::vector<ca::PendingPod> was_pending_;
};

// --- pods

// Why a pod is none of those that it looks at (CA-4 to CA-7).
std::string why_not_pending(const AutoscalerMoment& moment, PodId id) {
    const Spec& spec = moment.spec;
    const Pod& pod = moment.world.pods[id];
    const PodTemplate& t = spec[pod.pod_template];
    if (spec[pod.workload].kind == WorkloadKind::daemon_set) return "pods of DaemonSets are not looked at (CA-4)";
    if (t.priority < spec.cluster_autoscaler.expendable_below)
        return fmt::format("its priority {} is below {}, so that it is expendable (CA-5)", t.priority,
                           spec.cluster_autoscaler.expendable_below);
    if (pod.place == QueuePlace::gated) return "it waits for its scheduling gates and not for a node";
    if (pod.nominated.valid())
        return fmt::format("others make room for it on {}", story_name(spec, moment.world.nodes[pod.nominated]));
    const sim::Duration delay = std::max(spec.cluster_autoscaler.new_pod_delay, t.wishes.scale_up_delay);
    if (moment.now - pod.created < delay)
        return fmt::format("it is too young: looked at from {} on (CA-7)", story_time(pod.created + delay));
    return "the scheduler has not said yet that no node has room for it (CA-4)";
}

// What the scheduler's filters say of a node more of the group: an object of the template beside the cluster's.
std::vector<std::string> reasons_of_new_node(const AutoscalerMoment& moment, PodId pod,
                                             const AutoscalerTemplate& node) {
    const Spec& spec = moment.spec;
    const NodeShape& shape = spec[node.shape];
    plain::Cluster cluster = plain::view_of_cluster(spec, moment.world, pod);
    plain::NodeObject object;
    object.name = "template-node";
    for (const Label& label : shape.labels) object.labels[label.key] = label.value;
    object.labels["kubernetes.io/hostname"] = object.name;
    object.labels["topology.kubernetes.io/zone"] = spec.zones[shape.zone.value];
    object.taints = shape.taints;
    const Resources left = shape.allocatable - node.daemon_requests;
    for (const ResourceKind kind : all_resource_kinds) {
        const std::string name(spec.name_of(kind));
        if (!name.empty()) object.allocatable[name] = left.of(kind);
    }
    object.allocatable["pods"] = shape.max_pods - node.daemon_pods;
    cluster.nodes.push_back(std::move(object));
    const std::vector<plain::NodeInfo> infos = nodes_with_pods(cluster);
    plain::PodObject subject = plain::view_of_pod(spec, moment.world, pod);
    subject.nominated_node.clear();
    subject.node_name.clear();
    const plain::Choice choice = choose(cluster, spec.profile_of(moment.world.pods[pod].pod_template), infos, subject);
    if (choice.pod_refusal) return choice.pod_refusal->reasons;
    const auto refused = std::ranges::find(choice.refused, &infos.back(), &plain::RefusedNode::node);
    if (refused != choice.refused.end()) return refused->refusal.reasons;
    // The loop asks the fast path, which does not tell which filter has refused.
    return {"reason not known"};
}

std::vector<std::string> reasons_of_group(const AutoscalerMoment& moment, PodId pod, std::size_t group,
                                          ca::GroupRefusal refusal) {
    switch (refusal) {
        case ca::GroupRefusal::none: break;
        case ca::GroupRefusal::max_size_reached: return {"max node group size reached"};
        case ca::GroupRefusal::backed_off: return {"in backoff after failed scale-up"};
        case ca::GroupRefusal::not_ready: return {"not ready for scale-up"};
        case ca::GroupRefusal::resource_limit_reached: return {"max cluster cpu or memory limit reached"};
        case ca::GroupRefusal::takes_no_pod:
            return reasons_of_new_node(moment, pod, moment.world.cluster_autoscaler.groups[group].node);
    }
    return {};
}

std::string requested_text(const Loop& loop) {
    std::string text;
    for (std::size_t group = 0; group < loop.state().groups.size(); ++group) {
        const AutoscaledGroupState& state = loop.state().groups[group];
        if (state.requested > 0)
            text += fmt::format("{}{} more of {} since {}", text.empty() ? "" : ", ", state.requested,
                                loop.name_of(group), story_time(state.requested_at));
    }
    return text;
}

void ask_groups(const AutoscalerMoment& moment, Loop& loop, PodId pod, AutoscalerStory& story) {
    std::map<std::string, int> reasons;  // in how many groups
    std::vector<std::string> helping;
    const std::vector<ca::GroupRefusal> refusals = loop.refusals(pod);
    for (std::size_t group = 0; group < refusals.size(); ++group) {
        const std::vector<std::string> said = reasons_of_group(moment, pod, group, refusals[group]);
        for (const std::string& reason : said) ++reasons[reason];
        std::string what = refusals[group] == ca::GroupRefusal::none ? std::string("a node more would take it")
                                                                     : fmt::format("{}", fmt::join(said, ", "));
        if (refusals[group] == ca::GroupRefusal::max_size_reached)
            what += fmt::format(": {} of {}", loop.desired(group), loop.settings().groups[group].maximum);
        if (refusals[group] == ca::GroupRefusal::backed_off)
            what += ", until " + story_time(loop.state().groups[group].backed_off_until);
        if (refusals[group] == ca::GroupRefusal::none) helping.push_back(loop.name_of(group));
        story.groups.push_back({loop.name_of(group), std::move(what), refusals[group] == ca::GroupRefusal::none});
    }
    if (!helping.empty()) {
        story.says = fmt::format(
            "a node more of {} would take the pod; its next loop decides{}", fmt::join(helping, " or "),
            loop.state().looks_at == sim::Time::never() ? std::string() : ", at " + story_time(loop.state().looks_at));
        return;
    }
    story.says = "no node group would help";
    std::vector<std::string> counted;
    for (const auto& [reason, groups] : reasons) counted.push_back(fmt::format("{} {}", groups, reason));
    story.event = fmt::format("NotTriggerScaleUp: pod didn't trigger scale-up: {}", fmt::join(counted, ", "));
}

// --- nodes

std::string why_kept(const AutoscalerMoment& moment, const Loop& loop, const ca::NodeStays& stays, std::size_t group) {
    const std::string share = stays.utilization ? fmt::format("{:.2f}", *stays.utilization) : std::string("not known");
    switch (*stays.reason) {
        case AutoscalerLevel::group_min_size_reached:
            return fmt::format("its group {} is at its minimum size of {} (NodeGroupMinSizeReached)",
                               loop.name_of(group), loop.settings().groups[group].minimum);
        case AutoscalerLevel::not_underutilized:
            return fmt::format("its utilization is {}, and the threshold {:.2f} (NotUnderutilized)", share,
                               stays.threshold);
        case AutoscalerLevel::blocked_by_pod: {
            const std::string pod = stays.pods.blocking.valid()
                                        ? story_name(moment.spec, moment.world.pods[stays.pods.blocking])
                                        : std::string("a pod");
            return fmt::format("{} keeps it: {} (BlockedByPod); its utilization is {}", pod,
                               stays.pods.block == ca::DrainBlock::none
                                   ? "it is waited for, safe-to-evict on-completion"
                                   : name_of(stays.pods.block),
                               share);
        }
        case AutoscalerLevel::no_place_to_move_pods:
            return fmt::format("its pods would find no other node (NoPlaceToMovePods); its utilization is {}", share);
        default: return "it is not looked at";
    }
}

std::string_view meaning_of(NodeRemoval removal) {
    switch (removal) {
        case NodeRemoval::none: break;
        case NodeRemoval::tainted: return "it is being removed: tainted, and about to be drained";
        case NodeRemoval::evicting: return "it is being removed: some evictions were refused and are asked for again";
        case NodeRemoval::leaving: return "it is being removed: its pods are leaving";
        case NodeRemoval::ordered: return "it is being removed: its instance is being terminated";
    }
    return "";
}

std::string unneeded_text(const AutoscalerMoment& moment, const Loop& loop, NodeId node) {
    const AutoscaledNode* row = ca::find_row(moment.world.cluster_autoscaler, node);
    if (row == nullptr || row->unneeded_since == sim::Time::never())
        return "it is not needed, which the next loop finds";
    const sim::Time due = row->unneeded_since + ca::unneeded_time_of(moment.spec, moment.world.nodes[node]);
    std::string text = fmt::format("it has been unneeded since {}, and may go from {} on",
                                   story_time(row->unneeded_since), story_time(due));
    if (loop.cooldown_over() > due)
        text += fmt::format("; after the last scale-up or removal nothing goes before {} (CA-40)",
                            story_time(loop.cooldown_over()));
    return text;
}

}  // namespace

std::optional<AutoscalerStory> cluster_autoscaler_on_pod(const AutoscalerMoment& moment, PodId pod) {
    if (!moment.spec.cluster_autoscaler.pods.valid()) return std::nullopt;
    AutoscalerStory story{"Cluster Autoscaler", {}, {}, {}};
    Loop loop(moment);
    if (const auto idle = loop.idle()) {
        story.says = *idle;
        return story;
    }
    loop.place_pending();
    const std::string requested = requested_text(loop);
    if (!loop.was_pending(pod))
        story.says = why_not_pending(moment, pod);
    else if (!loop.is_pending(pod))
        story.says = fmt::format("a node that is there or on its way has room for it{}",
                                 requested.empty() ? "" : "; asked for: " + requested);
    else if (loop.is_full())
        story.says = fmt::format("max total nodes in cluster reached: {}", loop.settings().max_nodes_total);
    else
        ask_groups(moment, loop, pod, story);
    return story;
}

std::optional<AutoscalerStory> cluster_autoscaler_on_node(const AutoscalerMoment& moment, NodeId node) {
    if (!moment.spec.cluster_autoscaler.pods.valid()) return std::nullopt;
    AutoscalerStory story{"Cluster Autoscaler", {}, {}, {}};
    const Node& row = moment.world.nodes[node];
    const auto group = ca::GroupPlaces(moment.spec).of(moment.spec[row.shape].group);
    const NodeRemoval removal = ca::removal_of(moment.world.cluster_autoscaler, node);
    Loop loop(moment);
    if (!group)
        story.says = "its node group is none of those that it manages";
    else if (const auto idle = loop.idle())
        story.says = *idle;
    else if (!loop.settings().scales_down)
        story.says = "it removes no nodes: scale-down-enabled is false";
    else if (removal != NodeRemoval::none)
        story.says = meaning_of(removal);
    else if (!row.has_instance() || row.exit != NodeExit::none)
        story.says = "it is on its way out already";
    if (!story.says.empty()) return story;

    loop.place_pending();
    const std::vector<ca::NodeStays> plan = loop.plan();
    const auto found = std::ranges::find(plan, node, &ca::NodeStays::node);
    if (found == plan.end())
        story.says = row.state == NodeState::ready
                         ? "it would be looked at only after others: the list of unneeded nodes is full (CA-45)"
                         : "it is not Ready, and such nodes are not removed";
    else if (found->reason)
        story.says = why_kept(moment, loop, *found, *group);
    else
        story.says = unneeded_text(moment, loop, node);
    const AutoscaledNode* known = ca::find_row(moment.world.cluster_autoscaler, node);
    if (known != nullptr && known->unremovable_until > moment.now)
        story.says += fmt::format("; it was found unremovable, and is not looked at again before {} (CA-42)",
                                  story_time(known->unremovable_until));
    return story;
}

}  // namespace eks
