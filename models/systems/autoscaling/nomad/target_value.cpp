#include "models/systems/autoscaling/nomad/target_value.hpp"

#include <algorithm>
#include <cmath>

namespace eks::nomad {

namespace {

int rank_of(Direction direction) {
    switch (direction) {
        case Direction::up: return 2;
        case Direction::none: return 1;
        case Direction::down: return 0;
    }
    return 1;
}

}  // namespace

Proposal propose(const TargetValue& strategy, std::int64_t count, double metric) {
    const double factor = strategy.target == 0 ? metric : metric / strategy.target;
    Direction direction = Direction::none;
    if (factor > 1 + strategy.threshold) direction = Direction::up;
    if (factor < 1 - strategy.threshold) direction = Direction::down;
    if (direction == Direction::none) return {Direction::none, count};
    const double exact = count == 0 ? factor : static_cast<double>(count) * factor;
    auto wanted = static_cast<std::int64_t>(std::ceil(exact));
    if (direction == Direction::up && strategy.max_scale_up) wanted = std::min(wanted, count + *strategy.max_scale_up);
    if (direction == Direction::down && strategy.max_scale_down)
        wanted = std::max(wanted, count - *strategy.max_scale_down);
    if (wanted == count) direction = Direction::none;
    return {direction, wanted};
}

Proposal winner(std::span<const Proposal> checks) {
    Proposal best = checks.front();
    for (const Proposal& check : checks.subspan(1)) {
        const int better = rank_of(check.direction) - rank_of(best.direction);
        if (better > 0 || (better == 0 && check.count > best.count)) best = check;
    }
    return best;
}

Proposal bounded(const Proposal& proposal, std::int64_t count, std::int64_t least, std::int64_t most) {
    const std::int64_t wanted = std::clamp(proposal.direction == Direction::none ? count : proposal.count, least, most);
    if (wanted == count) return {Direction::none, count};
    return {wanted > count ? Direction::up : Direction::down, wanted};
}

}  // namespace eks::nomad
