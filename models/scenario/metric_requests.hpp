// Metrics that autoscalers ask for by name, until it is known what in the scenario is called so: `traffic` is read
// after the objects. Internal to models/scenario.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/horizontal_scaler.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

struct MetricRequest {
    Reader at;  // for complaints
    bool is_of_keda = false;
    std::uint32_t owner = 0;   // into PodScaling::horizontal, or PodScaling::objects
    std::uint32_t metric = 0;  // of it
    hpa::MetricSource source = hpa::MetricSource::external;
    std::string name;                 // of the metric; of a KEDA trigger its query or type
    std::vector<std::string> called;  // what may be the name of a queue: labels of the selector, fields of a trigger
    std::string described;            // "Service/shop/web", of an Object metric
    WorkloadIx target;                // of the autoscaler
    bool wants_queue = false;         // a trigger that counts messages, whatever it is called
};

}  // namespace eks
