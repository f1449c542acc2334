// A Service with a selector, and the workloads whose pods it selects.
#pragma once

#include "models/spec/indices.hpp"

#include <string>
#include <vector>

namespace eks {

struct Service {
    std::string namespace_name;
    std::string name;
    std::vector<WorkloadIx> to;
    friend bool operator==(const Service&, const Service&) = default;
};

}  // namespace eks
