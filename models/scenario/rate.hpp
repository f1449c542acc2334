// How often something happens, as a scenario writes it: 30/s, 0.5/s, 600/min, 5/h. Internal to models/scenario.
#pragma once

#include "models/scenario/reader.hpp"

#include <cstdint>
#include <optional>

namespace eks {

// In thousandths a second, rounded to the nearest; a complaint and nothing for anything but a rate.
std::optional<std::int32_t> read_rate_milli(const Reader& at);

}  // namespace eks
