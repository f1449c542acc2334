// A time that is not set, as the autoscalers compare it: their zero time, at which the first year begins.
#pragma once

#include <cstdint>

namespace eks {

inline constexpr std::int64_t year_one_us = -62'135'596'800'000'000;  // microseconds since 1970

}  // namespace eks
