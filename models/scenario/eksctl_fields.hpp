// Fields of an eksctl file. Those that the model does not use are listed as ignored, never refused; only what looks
// like a slip in a field that is used is an error, as eksctl would refuse it too. Internal to models/scenario.
#pragma once

#include "models/scenario/reader.hpp"

#include <span>
#include <string_view>

namespace eks {

void check_eksctl_fields(const Reader& map, std::span<const std::string_view> used,
                         std::span<const std::string_view> ignored);

}  // namespace eks
