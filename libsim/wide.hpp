// 128-bit integers, for sums that must stay exact however long a run is: a value of 2^60 held for a century fits.
#pragma once

#include <cstdint>

namespace sim {

__extension__ using Int128 = __int128;

// For reports. Rounded once.
[[nodiscard]] constexpr double as_double(Int128 value) { return static_cast<double>(value); }

}  // namespace sim
