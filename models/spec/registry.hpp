// Where images come from: the hosts that a scenario's images name, and what bounds a pull from each of them.
#pragma once

#include "libsim/time.hpp"

#include <cstdint>
#include <string>

namespace eks {

// What stays at 0 or unsaid does not bound: a pull then has the latency and the rate of Latencies, as if it were alone.
struct Registry {
    std::string host;  // "docker.io", "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
    bool states_latency = false;
    sim::Duration latency;                   // from the request to the first byte
    std::int64_t bytes_per_second = 0;       // of all its pulls together
    std::int64_t pull_bytes_per_second = 0;  // of a single pull
    std::int32_t pulls = 0;                  // that it answers in `per`; what is above it gets a 429 (AWS-104)
    sim::Duration per;
    friend bool operator==(const Registry&, const Registry&) = default;
};

}  // namespace eks
