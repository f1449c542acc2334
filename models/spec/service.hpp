// A Service with a selector, and the workloads whose pods it selects.
#pragma once

#include "models/spec/indices.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

struct Service {
    std::string namespace_name;
    std::string name;
    std::vector<WorkloadIx> to;
    std::int32_t ports = 1;  // each has rules of its own (DPD-1)
    friend bool operator==(const Service&, const Service&) = default;
};

}  // namespace eks
