#include "models/systems/autoscaling/cluster_autoscaler/templates.hpp"

#include "models/systems/autoscaling/cluster_autoscaler/cluster_state.hpp"

#include <algorithm>

namespace eks::cluster_autoscaler {

namespace {

constexpr sim::Duration stable_after = sim::Duration::seconds(60);  // CA-20

void add_all_daemons(const Spec& spec, const World& world, AutoscalerTemplate& node) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx daemons = WorkloadIx::of(i);
        if (spec[daemons].kind != WorkloadKind::daemon_set || world[daemons].deleted ||
            !runs_on(spec, daemons, node.shape))
            continue;
        node.daemon_requests += spec.template_of(daemons).requests;
        ++node.daemon_pods;
    }
}

void add_daemons_of(const Spec& spec, const World& world, const Node& row, AutoscalerTemplate& node) {
    for (PodId id = row.first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        if (!pod.holds_resources || spec[pod.workload].kind != WorkloadKind::daemon_set) continue;
        node.daemon_requests += spec[pod.pod_template].requests;
        ++node.daemon_pods;
    }
}

}  // namespace

void refresh_templates(const Spec& spec, World& world, sim::Time now) {
    ClusterAutoscalerState& state = world.cluster_autoscaler;
    const GroupPlaces places(spec);
    std::vector<std::uint8_t> is_done(state.groups.size());
    for (const NodeId id : world.node_order) {
        const Node& row = world.nodes[id];
        const auto group = places.of(spec[row.shape].group);
        if (!group || is_done[*group] != 0) continue;
        if (row.state != NodeState::ready || row.cordoned || now - row.ready_at <= stable_after ||
            removal_of(state, id) != NodeRemoval::none)
            continue;
        AutoscalerTemplate node;
        node.shape = row.shape;
        node.is_real = true;
        if (spec.cluster_autoscaler.forces_daemon_sets)
            add_all_daemons(spec, world, node);
        else
            add_daemons_of(spec, world, row, node);
        state.groups[*group].node = node;
        is_done[*group] = 1;
    }
    for (std::size_t i = 0; i < state.groups.size(); ++i) {
        AutoscalerTemplate& node = state.groups[i].node;
        if (node.is_real) continue;
        node = {};
        node.shape = spec.cluster_autoscaler.groups[i].asg_template;
        add_all_daemons(spec, world, node);
    }
}

sim::Time next_template(const Spec& spec, const World& world, sim::Time now) {
    sim::Time next = sim::Time::never();
    for (const NodeId id : world.node_order) {
        const Node& row = world.nodes[id];
        if (row.state != NodeState::ready || row.cordoned || row.ready_at + stable_after < now) continue;
        if (!spec[spec[row.shape].group].is_node_pool)
            next = std::min(next, row.ready_at + stable_after + sim::Duration::microseconds(1));
    }
    return next;
}

}  // namespace eks::cluster_autoscaler
