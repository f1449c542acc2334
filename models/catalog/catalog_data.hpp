// The two data files of models/catalog/data/, compiled into the library by catalog.cmake. Only catalog.cpp and
// prices.cpp read them.
#pragma once

#include <string_view>

namespace eks::catalog_data {

extern const std::string_view instance_types_tsv;
extern const std::string_view prices_tsv;

}  // namespace eks::catalog_data
