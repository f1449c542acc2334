// The section `prices`: what the user pays, where that is not the list price of the catalogue.
#pragma once

#include "models/scenario/builder.hpp"

#include <optional>

namespace eks {

// Once all node shapes are known: changes the prices of their instances too.
void read_prices(const std::optional<Reader>& prices, ScenarioBuilder& builder);

}  // namespace eks
