// What the Nomad Autoscaler makes of a metric (NOM-5): its strategy target-value, several checks of one policy, and the
// cooldown after an action. Functions of plain values.
#pragma once

#include "libsim/time.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace eks::nomad {

enum class Direction : std::uint8_t { none, up, down };

struct TargetValue {
    double target = 0;
    double threshold = 0.01;
    std::optional<std::int64_t> max_scale_up;  // steps at once
    std::optional<std::int64_t> max_scale_down;
};

struct Proposal {
    Direction direction = Direction::none;
    std::int64_t count = 0;
    friend constexpr bool operator==(const Proposal&, const Proposal&) = default;
};

// Within the threshold around the target nothing is proposed.
Proposal propose(const TargetValue& strategy, std::int64_t count, double metric);

// Of several checks: up beats none beats down; of the same direction the larger count.
Proposal winner(std::span<const Proposal> checks);

// The proposal within the policy's bounds; one that then changes nothing is none. A count outside of its bounds is
// brought back in, whatever the checks say.
Proposal bounded(const Proposal& proposal, std::int64_t count, std::int64_t least, std::int64_t most);

struct Cooldowns {
    sim::Duration any = sim::Duration::minutes(5);
    std::optional<sim::Duration> on_scale_up;
};
// How long the policy rests after an action.
constexpr sim::Duration cooldown_after(const Cooldowns& cooldowns, Direction direction) {
    return direction == Direction::up && cooldowns.on_scale_up ? *cooldowns.on_scale_up : cooldowns.any;
}

}  // namespace eks::nomad
