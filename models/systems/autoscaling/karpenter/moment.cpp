#include "models/systems/autoscaling/karpenter/moment.hpp"

#include "models/spec/tolerations.hpp"
#include "models/systems/autoscaling/karpenter/consolidate.hpp"

#include <algorithm>

namespace eks::karpenter {

namespace {

// A node that has been Ready for so long has all its DaemonSet pods.
constexpr sim::Duration daemons_come_within = sim::Duration::microseconds(300'000'000);

OwnerKind owner_of(WorkloadKind kind) {
    if (kind == WorkloadKind::daemon_set) return OwnerKind::daemon_set;
    return kind == WorkloadKind::stateful_set ? OwnerKind::stateful_set : OwnerKind::other;
}

PodPhase phase_of(const eks::Pod& pod) {
    if (pod.stage == PodStage::finished || pod.stage == PodStage::lost) return PodPhase::ended;
    return pod.phase == eks::PodPhase::pending ? PodPhase::pending : PodPhase::running;
}

class MomentMaking {
  public:
    MomentMaking(const Spec& spec, World& world, sim::Time now)
        : spec_(spec), world_(world), now_(now), knowledge_(knowledge_of(spec, world)) {
        moment_.knowledge = &knowledge_;
    }

    Moment make(BoundPods which) {
        nodes_.reserve(world_.node_order.size() + world_.karpenter.coming.size());
        const std::size_t most_pods = which == BoundPods::all ? world_.pods.size() : 0;
        pods_.reserve(most_pods);
        places_.reserve(most_pods);
        moment_.pods.reserve(most_pods);
        for (const NodeId node : world_.node_order) add_node(node);
        for (const NodeId node : world_.karpenter.coming) {
            if (world_.nodes[node].state == NodeState::launching) add_node(node);
        }
        add_waiting_pods();
        const bool all = which == BoundPods::all || knowledge_.basis.demand.count_classes() > 0;
        for (NodeIx n = 0; n < nodes_.size(); ++n) {
            if (all || nodes_[n].is_being_deleted) add_pods_of(n);
        }
        moment_.round =
            std::make_unique<Round>(knowledge_.basis, std::move(pods_), std::move(places_), std::move(nodes_));
        return std::move(moment_);
    }

  private:
    void add_node(NodeId id) {
        const Node& node = world_.nodes[id];
        if (!node.has_instance()) return;
        const NodeShape& shape = spec_[node.shape];
        const PoolNode* claim = world_.karpenter.find(id);
        RoundNode entry;
        entry.look = &look_of_shape(spec_, world_, node.shape);
        entry.is_initialized = claim == nullptr || claim->is_initialized();
        entry.is_being_deleted = claim != nullptr && claim->is_disrupted;
        entry.has_object = node.state != NodeState::launching;
        entry.taints = entry.own_taints = *knowledge_.basis.find_taints(shape.taints);
        // KARP-8: what comes and goes while a node comes up does not count; on others it keeps pods away.
        constexpr ConditionTaints of_effect_no_schedule = (ConditionTaints{1} << no_execute_shift) - 1;
        const bool is_blocked = node.cordoned || (node.condition_taints & of_effect_no_schedule) != 0;
        if (entry.is_initialized && (is_blocked || node.state != NodeState::ready)) {
            std::vector<Taint> blocked = shape.taints;
            blocked.push_back({"node.kubernetes.io/unschedulable", "", TaintEffect::no_schedule});
            entry.taints = knowledge_.basis.find_taints(blocked).value_or(knowledge_.unschedulable);
        }
        entry.room = Quantities(knowledge_.basis.resources.count());
        knowledge_.add(shape.allocatable - node.requested, entry.room);
        entry.room[Resources::pods] = shape.max_pods - node.pods;
        leave_room_for_daemons(id, entry);
        if (knowledge_.has_host_ports) add_host_ports(id, entry);
        nodes_.push_back(std::move(entry));
        moment_.nodes.push_back(id);
    }

    void leave_room_for_daemons(NodeId id, RoundNode& entry) const {
        const Node& node = world_.nodes[id];
        if (entry.is_initialized && node.ready_at != sim::Time::never() && node.ready_at + daemons_come_within <= now_)
            return;
        Quantities missing = knowledge_.basis.daemon_requests(*entry.look, entry.host, entry.taints);
        for (PodId p = node.first_pod; p.valid(); p = world_.pods[p].next_on_node) {
            const eks::Pod& pod = world_.pods[p];
            if (spec_[pod.workload].kind != WorkloadKind::daemon_set || !pod.holds_resources) continue;
            const Quantities& requests = knowledge_.basis.demand.of(pod.pod_template.value).requests;
            for (std::size_t r = 0; r < missing.size(); ++r) missing[r] -= requests[r];
        }
        for (std::size_t r = 0; r < missing.size(); ++r) entry.room[r] -= std::max<std::int64_t>(missing[r], 0);
    }

    void add_host_ports(NodeId id, RoundNode& entry) const {
        for (PodId p = world_.nodes[id].first_pod; p.valid(); p = world_.pods[p].next_on_node) {
            const std::vector<HostPort>& ports = spec_[world_.pods[p].pod_template].constraints.host_ports;
            if (!ports.empty() && world_.pods[p].holds_resources)
                entry.host_ports.insert(entry.host_ports.end(), ports.begin(), ports.end());
        }
    }

    PodIx add_pod(PodId id, std::optional<NodeIx> place) {
        const eks::Pod& row = world_.pods[id];
        const PodTemplate& t = spec_[row.pod_template];
        Pod& pod = pods_.emplace_back();
        pod.shape = knowledge_.shape_of(spec_, world_, row);
        pod.created_us = row.created.us();
        pod.phase = phase_of(row);
        pod.is_terminating = row.terminating;
        pod.owner = owner_of(spec_[row.workload].kind);
        if (t.keeps_node_for != sim::Duration::zero()) {
            pod.do_not_disrupt.is_set = true;
            if (t.keeps_node_for != sim::Duration::max()) pod.do_not_disrupt.for_us = t.keeps_node_for.us();
        }
        if (row.started != sim::Time::origin()) pod.started_us = row.started.us();
        pod.deletion_cost = t.deletion_cost;
        pod.priority = t.priority;
        pod.is_bound = place.has_value();
        places_.push_back(place);
        moment_.pods.push_back(id);
        return static_cast<PodIx>(pods_.size() - 1);
    }

    void add_waiting_pods() {
        const auto add = [&](PodId id) {
            const eks::Pod* pod = world_.pods.find(id);
            if (pod != nullptr && is_provisionable(spec_, *pod)) moment_.waiting.push_back(add_pod(id, std::nullopt));
        };
        const SchedulerState& scheduler = world_.scheduler;
        for (const QueuedPod& queued : scheduler.active) {
            const eks::Pod* pod = world_.pods.find(queued.pod);
            if (pod != nullptr && pod->place == QueuePlace::active && pod->queue_sequence == queued.sequence)
                add(queued.pod);
        }
        for (const PodId id : scheduler.backoff) {
            const eks::Pod* pod = world_.pods.find(id);
            if (pod != nullptr && pod->place == QueuePlace::backoff) add(id);
        }
        for (const PodId id : scheduler.unschedulable) {
            const eks::Pod* pod = world_.pods.find(id);
            if (pod != nullptr && pod->place == QueuePlace::unschedulable) add(id);
        }
    }

    void add_pods_of(NodeIx n) {
        for (PodId p = world_.nodes[moment_.nodes[n]].first_pod; p.valid(); p = world_.pods[p].next_on_node) {
            const PodIx pod = add_pod(p, n);
            if (nodes_[n].is_being_deleted && is_reschedulable(pods_[pod]) &&
                !is_kept_by_budget(spec_, world_, world_.pods[p]))
                moment_.moving.push_back(pod);
        }
    }

    const Spec& spec_;
    World& world_;
    sim::Time now_;
    const Knowledge& knowledge_;
    Moment moment_;
    std::vector<RoundNode> nodes_;
    std::vector<Pod> pods_;
    NodesOfPods places_;
};

}  // namespace

std::optional<NodeIx> Moment::find(NodeId node) const {
    const auto found = std::ranges::find(nodes, node);
    return found == nodes.end() ? std::nullopt : std::optional(static_cast<NodeIx>(found - nodes.begin()));
}

Moment look_at_cluster(const Spec& spec, World& world, sim::Time now, BoundPods which) {
    return MomentMaking(spec, world, now).make(which);
}

bool is_provisionable(const Spec& spec, const eks::Pod& pod) {
    return pod.stage == PodStage::queued && pod.unplaced != WaitCause::none && !pod.terminating &&
           !pod.nominated.valid() && spec[pod.workload].kind != WorkloadKind::daemon_set;
}

bool is_kept_by_budget(const Spec& spec, const World& world, const eks::Pod& pod) {
    int selecting = 0;
    bool is_kept = false;
    for (std::size_t b = 0; b < spec.budgets.size(); ++b) {
        if (!spec.budgets[b].selected[pod.pod_template.value]) continue;
        ++selecting;
        is_kept = is_kept || world.budgets[b].disruptions_allowed == 0;
    }
    return is_kept || selecting > 1;
}

}  // namespace eks::karpenter
