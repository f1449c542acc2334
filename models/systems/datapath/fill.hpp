// A table of connections in a run: the fluid balance of DPC-30 to DPC-33 for rates that change now and then. An entry
// stays for as long as its connection and its closing take, so that what leaves is what came so long ago: a list of the
// rates since then is all that is kept, and no timer for any connection (DPC-63).
#pragma once

#include "models/world/datapath_rows.hpp"

namespace eks::datapath {

double entries_at(const TableFill& table, sim::Time now);

// From now on connections ask for so many entries a second, each for so long. What is there already is taken to stay as
// long as what comes.
void ask(TableFill& table, sim::Time now, double per_second, double hold_seconds);

// When the table is full, or gives out entries again, if nothing else changes; never: not.
sim::Time next_change(const TableFill& table);

// As many entries leave as come.
bool is_steady(const TableFill& table, sim::Time now);

}  // namespace eks::datapath
