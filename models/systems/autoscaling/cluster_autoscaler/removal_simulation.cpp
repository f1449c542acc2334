#include "models/systems/autoscaling/cluster_autoscaler/removal_simulation.hpp"

#include <vector>

namespace eks::cluster_autoscaler {

bool move_pods(const World& world, Snapshot& snapshot, NodeId node, std::span<const PodId> pods,
               std::uint32_t& last_place) {
    const auto from = snapshot.place_of(node);
    if (!from) return false;
    struct Move {
        TemplateIx pod_template;
        std::size_t to = 0;
    };
    std::vector<Move> moved;
    for (const PodId id : pods) {
        const TemplateIx pod_template = world.pods[id].pod_template;
        const Wanted wanted{pod_template, volume_needs(snapshot.spec(), world, world.pods[id])};
        snapshot.place(pod_template, *from, -1);
        const FilterCycle cycle(snapshot, wanted);
        const auto to = find_node(snapshot, cycle, (last_place + 1) % snapshot.size(),
                                  [&](std::size_t place) { return place != *from; });
        if (!to) {
            snapshot.place(pod_template, *from, +1);
            for (const Move& move : moved) {
                snapshot.place(move.pod_template, move.to, -1);
                snapshot.place(move.pod_template, *from, +1);
            }
            return false;
        }
        last_place = static_cast<std::uint32_t>(*to);
        snapshot.place(pod_template, *to, +1);
        moved.push_back({pod_template, *to});
    }
    snapshot.close(*from);
    return true;
}

}  // namespace eks::cluster_autoscaler
