// Rows are plain: what owns memory cannot be stored in a table, since a copy of the world must be a copy of bytes.
// Each block is compiled alone with -DWRONG=<number> and must fail; without WRONG the whole file must compile.
#include "libsim/id.hpp"
#include "libsim/table.hpp"

#include <string>

using PodId = sim::Id<struct PodTag>;
struct PlainRow {
    int restarts = 0;
    friend bool operator==(const PlainRow&, const PlainRow&) = default;
};
struct RowWithText {
    std::string name;
    friend bool operator==(const RowWithText&, const RowWithText&) = default;
};

PodId right(sim::Table<PodId, PlainRow>& pods) { return pods.insert(PlainRow{}); }

#if WRONG == 1
PodId a_row_owns_no_memory(sim::Table<PodId, RowWithText>& pods) { return pods.insert(RowWithText{}); }
#endif
