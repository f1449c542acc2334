// A node group keeps as many instances as it is to have, evenly over its zones (AWS-62). What cannot be launched in one
// zone is tried in another, and else again after a while. Instances that stand unevenly stay where they are: that a
// group rebalances its zones later is left out.
#include "models/systems/capacity/groups.hpp"
#include "models/systems/handlers.hpp"
#include "models/world/active_faults.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace eks {

namespace {

// One zone of a group.
struct ZoneSize {
    std::int32_t instances = 0;
    std::int32_t wanted = 0;   // by the call that is being put together
    std::int32_t allowed = 0;  // by EC2
    bool is_closed = false;    // a launch has failed there
};

std::vector<ZoneSize> sizes_of_zones(const Spec& spec, const World& world, NodeGroupIx ix) {
    const std::vector<NodeShapeIx>& shapes = spec[ix].shapes;
    std::vector<ZoneSize> zones(shapes.size());
    for_each_of_group(spec, world, ix, [&](NodeId, const Node& node) {
        if (!is_in_service(node)) return;
        ++zones[static_cast<std::size_t>(std::ranges::find(shapes, node.shape) - shapes.begin())].instances;
    });
    return zones;
}

// The zones of so many instances more, one after the other; fewer if no zone is open.
std::vector<std::size_t> spread(std::vector<ZoneSize>& zones, std::int32_t count) {
    std::vector<std::size_t> places;
    for (; count > 0; --count) {
        std::size_t best = zones.size();
        for (std::size_t i = 0; i < zones.size(); ++i) {
            const auto size = [&](std::size_t zone) { return zones[zone].instances + zones[zone].wanted; };
            if (!zones[i].is_closed && (best == zones.size() || size(i) < size(best))) best = i;
        }
        if (best == zones.size()) break;
        ++zones[best].wanted;
        places.push_back(best);
    }
    return places;
}

// One call a zone, for as many as there is room for (IPAM-211). Answers how many instances were launched.
std::int32_t launch(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix, std::vector<ZoneSize>& zones,
                    const std::vector<std::size_t>& places) {
    const NodeGroup& group = spec[ix];
    for (std::size_t i = 0; i < zones.size(); ++i) {
        ZoneSize& zone = zones[i];
        zone.allowed = 0;
        if (zone.wanted == 0) continue;
        if (is_out(spec, world, spec[group.shapes[i]].zone)) {
            zone.is_closed = true;
            turn.note(Ec2CallFact{Ec2Action::run_instances, Ec2Result::internal_error, 1});
            continue;
        }
        const InstancesCall call =
            call_for_instances(spec, world, turn, Ec2Action::run_instances, zone.wanted, group.stable_key + i);
        zone.allowed = call.instances;
        zone.is_closed = call.instances < zone.wanted;
        if (call.is_refused) continue;
        const bool has_room = world.subnets[spec[group.shapes[i]].subnet.value].free_single > 0;
        turn.note(Ec2CallFact{Ec2Action::run_instances,
                              has_room ? Ec2Result::success : Ec2Result::insufficient_free_addresses, 1});
    }
    std::int32_t launched = 0;
    for (const std::size_t place : places) {
        ZoneSize& zone = zones[place];
        --zone.wanted;
        if (zone.allowed == 0) continue;
        --zone.allowed;
        if (launch_node(spec, world, turn, group.shapes[place])) {
            ++zone.instances;
            ++launched;
        } else {
            zone.is_closed = true;
        }
    }
    return launched;
}

}  // namespace

void keep_size(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix) {
    std::vector<ZoneSize> zones = sizes_of_zones(spec, world, ix);
    std::int32_t missing = world.groups[ix.value].desired;
    for (const ZoneSize& zone : zones) missing -= zone.instances;
    while (missing > 0) {
        const std::vector<std::size_t> places = spread(zones, missing);
        if (places.empty()) return look_at_size(world, turn, ix, turn.now() + spec.latencies.launch_retry);
        missing -= launch(spec, world, turn, ix, zones, places);
    }
}

void look_at_size(World& world, Turn& turn, NodeGroupIx ix, sim::Time at) {
    NodeGroupState& group = world.groups[ix.value];
    if (group.looks_at <= at) return;
    group.looks_at = at;
    turn.at(at, GroupLook{ix});
}

void on(const Spec& spec, World& world, Turn& turn, const GroupLook& event) {
    NodeGroupState& group = world.groups[event.group.value];
    if (group.looks_at != turn.now()) return;
    group.looks_at = sim::Time::never();
    keep_size(spec, world, turn, event.group);
}

}  // namespace eks
