// The version of the library that is linked in: results and messages name it, so that a number can be traced to its
// program.
#pragma once

#include <string_view>

namespace eks {

std::string_view version();
// What compiled it, and how: "GNU 12.2.0, Release".
std::string_view compiler();

}  // namespace eks
