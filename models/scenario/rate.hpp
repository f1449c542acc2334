// How often something happens, as a scenario writes it: 30/s, 0.5/s, 600/min, 5/h. Internal to models/scenario.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/traffic.hpp"

#include <cstdint>
#include <optional>

namespace eks {

// In thousandths a second, rounded to the nearest; a complaint and nothing for anything but a rate.
std::optional<std::int32_t> read_rate_milli(const Reader& at);

// The same in millionths.
std::optional<std::int64_t> read_rate_micro(const Reader& at);

// A rate over the simulated time:
//
//     200/s
//     {steps: {0s: 100/s, 2h: 900/s}}                               each until the next
//     {sine: {mean: 800/s, amplitude: 600/s, period: 24h}}          at its mean and rising when the run begins
//     {trace: rate.csv}                                             seconds and a rate a second, each until the next
std::optional<RateLaw> read_rate_law(const Reader& at);

}  // namespace eks
