// What Goldilocks and robusta's KRR are asked to say of the containers of a run (VPA-30, VPA-31): the section `advice`.
#pragma once

#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <vector>

namespace eks::krr {

enum class Strategy : std::uint8_t { simple, simple_limit };

// The defaults are KRR's own. Source: robusta-dev/krr 1.29, robusta_krr/strategies/{simple,simple_limit}.py,
// robusta_krr/core/abstract/strategies.py (history and step).
struct Settings {
    Strategy strategy = Strategy::simple;
    double cpu_percentile = 95;          // simple
    double cpu_request_percentile = 66;  // simple_limit
    double cpu_limit_percentile = 96;
    double memory_buffer_percent = 15;
    double oom_buffer_percent = 25;
    std::int64_t least_points = 100;
    bool allows_hpa = false;
    sim::Duration history = sim::Duration::hours(336);
    sim::Duration step = sim::Duration::seconds(75);
    friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace eks::krr

namespace eks {

struct AdviceSettings {
    bool is_asked = false;  // else nothing is kept
    krr::Settings krr;
    // Those that KRR looks at: not kube-system's, and no bare pods. The advice is about the first container of their
    // pods, since that is the one whose use a scenario states.
    std::vector<WorkloadIx> workloads;
    // How often KRR is run for the metrics; the report is that of the end. A guess: how often people run it.
    sim::Duration every = sim::Duration::hours(1);
    // Goldilocks' costs: of a core and of a GiB.
    MicroUsd core_hour = 0;
    MicroUsd gib_hour = 0;
    friend bool operator==(const AdviceSettings&, const AdviceSettings&) = default;
};

}  // namespace eks
