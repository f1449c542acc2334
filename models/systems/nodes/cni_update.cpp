// A change of the CNI's DaemonSet goes over the nodes as its updateStrategy says (DS-4): the pods of a few nodes are
// replaced at a time, and the next ones follow when those are ready. Until its turn comes a node's daemon runs on with
// the settings that it was made with.
//
// The daemons have rows of their own (CniPod): the pods of the DaemonSet, which only take room on their nodes, stay.
#include "models/systems/handlers.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/signals.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

const PodTemplate* template_of_cni(const Spec& spec) {
    return spec.cni_workload.valid() ? &spec.template_of(spec.cni_workload) : nullptr;
}

// DS-4: a share is of the nodes that should have a pod, and rounded up.
std::size_t most_away(const Spec& spec, const World& world) {
    if (!spec.cni_workload.valid()) return 1;
    const RolloutSpec& rollout = spec[spec.cni_workload].rollout;
    const auto nodes = std::ranges::count_if(world.node_order, [&](NodeId node) {
        return world.nodes[node].has_instance() && runs_on(spec, spec.cni_workload, world.nodes[node].shape);
    });
    const std::int32_t most = pods_of(rollout.max_unavailable, static_cast<std::int32_t>(nodes), Rounding::up);
    return static_cast<std::size_t>(std::max(most, 1));
}

// From the deletion of a node's pod to the start of the next one's first container after the init containers: the
// controller deletes and makes it, the kubelet stops one and starts the other. New images are pulled one after another.
// The init containers copy the plugin, so that its version differs from that of no daemon at all until the new one is
// up: ADD and DEL are refused meanwhile (IPAM-125).
sim::Duration replacement_time(const Spec& spec, World& world, NodeId node, sim::Time now) {
    const Latencies& l = spec.latencies;
    const PodTemplate* pod = template_of_cni(spec);
    if (pod == nullptr) return l.container_start;
    sim::Duration lasts = (l.api_write + l.watch_delivery) * 2 + l.sandbox_stop + l.sandbox_start;
    for (const auto* containers : {&pod->init_containers, &pod->containers}) {
        for (const ContainerSpec& c : *containers) {
            if (node_has_image(world, node, c.image)) continue;
            lasts += pull_time(spec, spec.images[c.image.value]);
            put_image_on_node(spec, world, node, c.image, now);
        }
    }
    for (const ContainerSpec& c : pod->init_containers) {
        lasts += l.container_start + (c.is_sidecar ? sim::Duration::zero() : pod->init_run_time.mean());
    }
    return lasts + l.container_start;
}

void replace_pod(const Spec& spec, World& world, Turn& turn, NodeId node) {
    stop_cni(spec, world, turn, node);
    CniPod& pod = world.nodes[node].cni;
    pod.settings = static_cast<std::uint32_t>(world.cni_settings.size() - 1);
    world.cni_update.away.push_back(node);
    if (!pod.is_placed) return;
    pod.crashes = 0;
    pod.created = turn.now() + replacement_time(spec, world, node, turn.now());
    const Cni which = spec.cni_kind == CniKind::vpc_cni ? Cni::vpc_cni : Cni::cilium;
    turn.at(pod.created, CniStarts{node, pod.serial, which});
}

// When a daemon that serves now is ready to its DaemonSet: at its next probe, and some time later if it asks for that.
sim::Time ready_at(const Spec& spec, const Node& node, sim::Time now) {
    const PodTemplate* pod = template_of_cni(spec);
    sim::Time ready = now;
    if (pod == nullptr) return ready;
    for (const ContainerSpec& c : pod->containers) {
        if (!c.has_readiness_probe || c.readiness_period <= sim::Duration::zero()) continue;
        const sim::Time first = node.cni.started + c.readiness_initial_delay;
        ready = std::max(
            ready,
            now <= first ? first : sim::next_tick(now, first.since_origin() % c.readiness_period, c.readiness_period));
    }
    return ready + spec[spec.cni_workload].rollout.min_ready + spec.latencies.api_write + spec.latencies.watch_delivery;
}

}  // namespace

void update_cni(const Spec& spec, World& world, Turn& turn) {
    if (spec.cni_workload.valid() && spec[spec.cni_workload].rollout.on_delete) return;
    world.cni_update.left = world.node_order;
    // Nodes that the DaemonSet passes over have no pod of it to replace.
    if (spec.cni_workload.valid()) {
        std::erase_if(world.cni_update.left,
                      [&](NodeId node) { return !runs_on(spec, spec.cni_workload, world.nodes[node].shape); });
    }
    turn.at(turn.now(), CniUpdateGoesOn{});
}

void cni_serves_again(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (std::ranges::find(world.cni_update.away, node) == world.cni_update.away.end()) return;
    turn.at(ready_at(spec, world.nodes[node], turn.now()), CniUpdateGoesOn{});
}

void on(const Spec& spec, World& world, Turn& turn, const CniUpdateGoesOn&) {
    CniUpdate& update = world.cni_update;
    const auto is_gone = [&](NodeId node) {
        const Node* row = world.nodes.find(node);
        return row == nullptr || !row->has_instance();
    };
    std::erase_if(update.left, is_gone);
    std::erase_if(update.away, [&](NodeId node) {
        if (is_gone(node)) return true;
        const Node& row = world.nodes[node];
        return row.cni.serves && ready_at(spec, row, row.cni.initialised) <= turn.now();
    });
    // A pod that does not run is replaced whatever the others do.
    std::vector<NodeId> next;
    for (const NodeId node : update.left) {
        if (!world.nodes[node].cni.serves) next.push_back(node);
    }
    for (const NodeId node : update.left) {
        if (update.away.size() + next.size() >= most_away(spec, world)) break;
        if (world.nodes[node].cni.serves) next.push_back(node);
    }
    for (const NodeId node : next) {
        std::erase(update.left, node);
        std::erase(update.away, node);
        replace_pod(spec, world, turn, node);
    }
}

}  // namespace eks
