// An instant fleet: one call, and EC2 takes of the pools that it names those that it has (KARP-33).
#include "models/systems/capacity/market.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

FleetAnswer create_fleet(const Spec& spec, World& world, Turn& turn, const std::vector<NodeShapeIx>& pools,
                         std::int32_t count, std::uint64_t caller) {
    const InstancesCall call = call_for_instances(spec, world, turn, Ec2Action::create_fleet, count, caller);
    FleetAnswer answer;
    answer.answered = call.answered;
    answer.is_throttled = call.is_refused;
    if (call.is_refused) return answer;
    answer.allowed = call.instances;

    std::vector<NodeShapeIx> open = pools;
    Ec2Result refusal = Ec2Result::success;
    while (static_cast<std::int32_t>(answer.launched.size()) < answer.allowed) {
        std::vector<NodeShapeIx> with_capacity;
        for (const NodeShapeIx pool : open) {
            const Ec2Result result = launch_answer(spec, world, pool);
            if (result == Ec2Result::success) {
                with_capacity.push_back(pool);
                continue;
            }
            refusal = result;
            answer.refused.push_back(pool);
        }
        open = std::move(with_capacity);
        if (open.empty()) break;
        const NodeShapeIx pool = chosen_pool(spec, turn.key(), open, caller, answer.launched.size());
        answer.launched.push_back(launch_node(spec, world, turn, pool));
    }
    turn.note(Ec2CallFact{Ec2Action::create_fleet, answer.launched.empty() ? refusal : Ec2Result::success, 1});
    return answer;
}

}  // namespace eks
