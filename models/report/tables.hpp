// What a run has now, as tables: one row a node, pod or address.
#pragma once

#include "models/planning/run.hpp"
#include "models/report/columns.hpp"

namespace eks {

ColumnTable nodes_table(const Run& run);
ColumnTable pods_table(const Run& run);
// The addresses that the nodes' network plugins hold.
ColumnTable addresses_table(const Run& run);

}  // namespace eks
