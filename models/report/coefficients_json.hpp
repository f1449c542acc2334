// The coefficients of the data path model with their defaults (DPC, section 3), for those who measure them.
#pragma once

#include <string>

namespace eks {

// [{"id", "value", "low", "high", "unit", "origin", "meaning"}, …], in the order of the table.
std::string datapath_coefficients_as_json();

}  // namespace eks
