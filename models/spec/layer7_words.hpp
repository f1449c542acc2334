// What scenarios, questions and reports call the kinds of proxies on the way (DPC-1).
#pragma once

#include "models/spec/datapath.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace eks::datapath {

// By Layer7.
inline constexpr std::array<std::string_view, 6> layer7_words{"none",        "node-proxy",   "ingress-proxy",
                                                              "one-sidecar", "two-sidecars", "ztunnel"};
static_assert(layer7_words.size() == static_cast<std::size_t>(Layer7::ztunnel) + 1);

}  // namespace eks::datapath
