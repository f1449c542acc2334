// The version of the library that is linked in: results and messages name it, so that a number can be traced to its
// program.
#pragma once

#include <string_view>

namespace eks {

std::string_view version();

}  // namespace eks
