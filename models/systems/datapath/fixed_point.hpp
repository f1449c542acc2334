// Load makes requests slow, slow requests are retried, and retries are load: the value at which that agrees with itself
// (DPC-64).
#pragma once

namespace eks::datapath {

struct FixedPoint {
    double value = 0;
    bool is_stable = true;  // else `value` is the one without the loop
};

inline constexpr int fixed_point_steps = 8;
inline constexpr double fixed_point_damping = 0.5;
inline constexpr double fixed_point_accuracy = 0.01;

// `next` answers what would follow from a value; `open_loop` is where nothing feeds back.
template <class Next>
constexpr FixedPoint fixed_point(double open_loop, Next next) {
    double value = open_loop;
    for (int i = 0; i < fixed_point_steps; ++i) {
        const double change = next(value) - value;
        const double stepped = value + fixed_point_damping * change;
        const double size = value < 0 ? -value : value;
        const double moved = stepped < value ? value - stepped : stepped - value;
        if (moved <= fixed_point_accuracy * size) return {stepped, true};
        value = stepped;
    }
    return {open_loop, false};
}

}  // namespace eks::datapath
