// The built-in on-demand prices. They are read apart from the instance types, and only when the first price is asked
// for: most commands never need one.
#pragma once

#include "models/quantities.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace eks {

// Linux, shared tenancy, micro-USD per hour; nothing where no price is known.
std::optional<MicroUsd> on_demand_price(std::string_view instance_type, std::string_view region);

// The regions of the table, sorted. The views live as long as the program.
std::span<const std::string_view> priced_regions();

}  // namespace eks
