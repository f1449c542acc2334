// Spot instances end when EC2 wants them back: two minutes after a notice (AWS-30). By itself that happens as often as
// the Spot Advisor has it of their type (AWS-25); a storm of the scenario comes on top.
//
// Who reacts (AWS-32): a managed node group drains the node at once and launches another one; a node pool's Karpenter
// is told; an unmanaged group sees the end of the instance, and replaces it then. That a managed group may already be
// told to rebalance some time before the notice is left out: how long before is not published (AWS-31).
#include "libsim/portable_math.hpp"
#include "models/spec/streams.hpp"
#include "models/systems/capacity/groups.hpp"
#include "models/systems/handlers.hpp"

namespace eks {

namespace {

constexpr sim::Duration notice_period = sim::Duration::microseconds(120'000'000);  // AWS-30

// AWS-25: a constant hazard of -ln(1 - p) in a month of 730 hours.
sim::Duration time_to_interruption(double unit, std::int32_t ppm_per_month) {
    constexpr double month_us = 730.0 * 3600e6;
    constexpr double whole_ppm = 1e6;
    const double months =
        sim::math::log(1.0 - unit) / sim::math::log(1.0 - static_cast<double>(ppm_per_month) / whole_ppm);
    constexpr double longest_months = 1000.0;
    return sim::Duration::microseconds(static_cast<std::int64_t>(std::min(months, longest_months) * month_us));
}

}  // namespace

void instance_launched(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const Node& node = world.nodes[id];
    const NodeShape& shape = spec[node.shape];
    if (!shape.is_spot || !spec.ec2.interrupts_spot || shape.interruptions_ppm_per_month == 0) return;
    const double unit =
        sim::draw_unit(turn.key(), {stream::interruption, spec[shape.group].stable_key, node.ordinal, 0});
    turn.after(time_to_interruption(unit, shape.interruptions_ppm_per_month), InterruptionNotice{id});
}

void notify_interruption(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node* node = world.nodes.find(id);
    if (node == nullptr || !node->has_instance() || node->interrupted_at != sim::Time::never() ||
        node->exit == NodeExit::shutting_down)
        return;
    node->interrupted_at = turn.now() + notice_period;
    turn.at(node->interrupted_at, InstanceEnds{id});
    turn.note(InterruptionFact{id});
    const NodeGroup& group = spec[spec[node->shape].group];
    if (group.is_managed && !group.is_node_pool) {
        look_at_size(world, turn, spec[node->shape].group, turn.now() + spec.latencies.group_reaction);
        if (node->exit == NodeExit::none) take_out(spec, world, turn, id);
    }
    spot_interruption_noticed(spec, world, turn, id);
}

void on(const Spec& spec, World& world, Turn& turn, const InterruptionNotice& event) {
    notify_interruption(spec, world, turn, event.node);
}

void on(const Spec& spec, World& world, Turn& turn, const InstanceEnds& event) {
    const Node* node = world.nodes.find(event.node);
    if (node == nullptr || !node->has_instance()) return;
    // A launch that has failed is a scaling activity that has (CA-29).
    if (node->state == NodeState::launching && node->interrupted_at == sim::Time::never())
        world.groups[spec[node->shape].group.value].failed_at = turn.now();
    end_instance(spec, world, turn, event.node);
}

}  // namespace eks
