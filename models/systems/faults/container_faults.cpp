#include "models/systems/faults/container_faults.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/signals.hpp"
#include "models/world/active_faults.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

// Drawn one after the other. A share is rounded to the next whole pod, but strikes one at least.
std::vector<PodId> pods_to_strike(const Spec& spec, const World& world, Turn& turn, const Fault& fault) {
    constexpr std::int64_t ppm = 1'000'000;
    std::vector<PodId> in_scope;
    for_each_pod(world, fault.workload, [&](PodId id, const Pod& pod) {
        if (is_alive(pod) && strikes(spec, fault, world.nodes[pod.node])) in_scope.push_back(id);
    });
    const auto all = static_cast<std::int64_t>(in_scope.size());
    std::int64_t wanted = fault.count;
    if (wanted == 0) wanted = std::max<std::int64_t>((all * fault.share_ppm + ppm / 2) / ppm, 1);
    if (wanted >= all) return in_scope;
    std::vector<PodId> chosen;
    for (std::uint32_t n = 0; std::ssize(chosen) < wanted; ++n) {
        const std::uint64_t pick =
            sim::draw_below(turn.key(), {stream::struck_container, fault.occurrence, 0, n}, in_scope.size());
        chosen.push_back(in_scope[pick]);
        in_scope.erase(in_scope.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    return chosen;
}

}  // namespace

void strike_containers(const Spec& spec, World& world, Turn& turn, const Fault& fault) {
    for (const PodId pod : pods_to_strike(spec, world, turn, fault)) {
        if (fault.container.empty())
            crash_containers(spec, world, turn, pod);
        else
            sidecar_crashes(spec, world, turn, pod);
    }
}

}  // namespace eks
