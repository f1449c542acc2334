// What the limit of an expectation is written in, and how it is read: "90s", "600Mi", "12/s", "5%".
#pragma once

#include "models/metrics/definitions.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace eks {

// What a limit is written in.
struct LimitUnit {
    MetricUnit unit = MetricUnit::count;
    bool is_share = false;
    bool is_rate = false;
};

struct Limit {
    double base = 0.0;           // in units of the base series, or a share
    double base_per_unit = 1.0;  // to what the reader sees
    std::string unit;
};

std::optional<Limit> read_limit(std::string_view text, const LimitUnit& wanted);

// Why read_limit() could not make sense of it.
std::string limit_fault(std::string_view text, const LimitUnit& wanted);

// Such as "90s or 2m".
std::string_view example_of(const LimitUnit& wanted);

}  // namespace eks
