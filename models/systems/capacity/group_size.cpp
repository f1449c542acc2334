// A node group keeps as many instances as it is to have, evenly over its zones (AWS-62). What cannot be launched in one
// zone is tried in another, and else again after a while. Instances that stand unevenly stay where they are: that a
// group rebalances its zones later is left out.
#include "models/systems/capacity/groups.hpp"
#include "models/systems/capacity/market.hpp"
#include "models/systems/handlers.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

// One zone of a group.
struct ZoneSize {
    ZoneIx zone;
    std::vector<NodeShapeIx> shapes;  // its instance types there, in the order of the group
    std::int32_t instances = 0;
    std::int32_t wanted = 0;   // by the call that is being put together
    std::int32_t allowed = 0;  // by EC2
    bool is_refused = false;   // the call itself
    bool is_closed = false;    // a launch has failed there
};

std::vector<ZoneSize> sizes_of_zones(const Spec& spec, const World& world, NodeGroupIx ix) {
    std::vector<ZoneSize> zones;
    for (const NodeShapeIx shape : spec[ix].shapes) {
        auto zone = std::ranges::find(zones, spec[shape].zone, &ZoneSize::zone);
        if (zone == zones.end()) zone = zones.insert(zones.end(), ZoneSize{.zone = spec[shape].zone, .shapes = {}});
        zone->shapes.push_back(shape);
    }
    for_each_of_group(spec, world, ix, [&](NodeId, const Node& node) {
        if (is_in_service(spec, node)) ++std::ranges::find(zones, spec[node.shape].zone, &ZoneSize::zone)->instances;
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

// A group that mixes them takes either what is on demand or what is spot, and never the one for lack of the other.
bool takes_spot(const Spec& spec, const World& world, NodeGroupIx ix) {
    std::int64_t instances = 0;
    std::int64_t on_demand = 0;
    for_each_of_group(spec, world, ix, [&](NodeId, const Node& node) {
        if (!is_in_service(spec, node)) return;
        ++instances;
        on_demand += spec[node.shape].is_spot ? 0 : 1;
    });
    return is_next_spot(spec[ix].purchase, instances, on_demand);
}

std::uint64_t spot_instances_in(const Spec& spec, const World& world, NodeGroupIx ix, ZoneIx zone) {
    std::uint64_t count = 0;
    for_each_of_group(spec, world, ix, [&](NodeId, const Node& node) {
        const NodeShape& shape = spec[node.shape];
        count += is_in_service(spec, node) && shape.is_spot && shape.zone == zone ? 1U : 0U;
    });
    return count;
}

// One more instance in the zone: of the first type that EC2 has, on demand; of spot pools the one that it takes
// (AWS-26). Answers why there is none.
Ec2Result launch_one(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix, const ZoneSize& zone) {
    std::vector<NodeShapeIx> open;
    Ec2Result refusal = Ec2Result::success;
    const bool is_mixed = spec[ix].purchase.is_mixed;
    const bool wants_spot = is_mixed && takes_spot(spec, world, ix);
    for (const NodeShapeIx shape : zone.shapes) {
        if (is_mixed && spec[shape].is_spot != wants_spot) continue;
        const Ec2Result answer = launch_answer(spec, world, shape);
        if (answer == Ec2Result::success)
            open.push_back(shape);
        else
            refusal = answer;
    }
    if (open.empty()) return refusal;
    const bool is_spot = spec[open.front()].is_spot;
    const NodeShapeIx shape =
        is_spot ? chosen_spot_pool(spec, turn.key(), spec[ix], open, world.groups[ix.value].next_ordinal,
                                   spot_instances_in(spec, world, ix, zone.zone))
                : open.front();
    launch_node(spec, world, turn, shape);
    return Ec2Result::success;
}

// One call a zone, for as many as there is room for (IPAM-211). Answers how many instances were launched.
std::int32_t launch(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix, std::vector<ZoneSize>& zones,
                    const std::vector<std::size_t>& places) {
    for (std::size_t i = 0; i < zones.size(); ++i) {
        ZoneSize& zone = zones[i];
        zone.allowed = 0;
        if (zone.wanted == 0) continue;
        const InstancesCall call =
            call_for_instances(spec, world, turn, Ec2Action::run_instances, zone.wanted, spec[ix].stable_key + i);
        zone.allowed = call.instances;
        zone.is_refused = call.is_refused;
        zone.is_closed = call.instances < zone.wanted;
    }
    std::int32_t launched = 0;
    std::vector<Ec2Result> answers(zones.size(), Ec2Result::success);  // to one more instance
    for (const std::size_t place : places) {
        ZoneSize& zone = zones[place];
        if (zone.allowed == 0) continue;
        --zone.allowed;
        answers[place] = launch_one(spec, world, turn, ix, zone);
        if (answers[place] == Ec2Result::success) {
            ++zone.instances;
            ++launched;
        } else {
            zone.allowed = 0;
        }
    }
    for (std::size_t i = 0; i < zones.size(); ++i) {
        ZoneSize& zone = zones[i];
        const bool was_asked = zone.wanted > 0 && !zone.is_refused;
        zone.wanted = 0;
        if (!was_asked) continue;
        turn.note(Ec2CallFact{Ec2Action::run_instances, answers[i], 1});
        if (answers[i] == Ec2Result::success) continue;
        zone.is_closed = true;
        world.groups[ix.value].failed_at = turn.now();
    }
    return launched;
}

}  // namespace

void keep_size(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix) {
    if (spec[ix].is_node_pool) return;
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
