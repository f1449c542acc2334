// A table of the library as an Arrow C stream: what pandas, polars, DuckDB, pyarrow and others read without a copy, and
// without any of them being there.
#pragma once

#include "models/report/columns.hpp"

#include <pybind11/pybind11.h>

#include <memory>

namespace ekssim {

// The capsule "arrow_array_stream" of Arrow's PyCapsule interface, with the whole table as its only batch. The buffers
// stay the table's own, which lives until the last reader has let go of them.
pybind11::capsule arrow_stream(std::shared_ptr<const eks::ColumnTable> table);

}  // namespace ekssim
