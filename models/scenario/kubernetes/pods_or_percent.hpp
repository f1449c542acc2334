// "25%" or 3, as maxSurge, maxUnavailable and minAvailable have it.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/pods_or_percent.hpp"

#include <optional>

namespace eks {

std::optional<PodsOrPercent> read_pods_or_percent(const Reader& reader);

}  // namespace eks
