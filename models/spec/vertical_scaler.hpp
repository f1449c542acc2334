// What a VerticalPodAutoscaler says (VPA-13, VPA-20), and the flags of the three processes that carry it out.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks::vpa {

struct Amounts {
    std::int64_t cpu_milli = 0;
    std::int64_t memory_bytes = 0;
    friend bool operator==(const Amounts&, const Amounts&) = default;
};

enum class UpdateMode : std::uint8_t { off, initial, recreate, in_place_or_recreate, in_place };  // "Auto" is recreate

// Of a container; 0 means that none is given, as a quantity of zero does to the real component.
struct ContainerPolicy {
    Amounts min_allowed;
    Amounts max_allowed;
    bool controls_limits = true;  // controlledValues RequestsAndLimits
    bool controls_cpu = true;     // controlledResources
    bool controls_memory = true;
    friend bool operator==(const ContainerPolicy&, const ContainerPolicy&) = default;
};

// Of type Container; 0 as above.
struct LimitRange {
    Amounts min;
    Amounts max;
    Amounts default_limit;
    friend bool operator==(const LimitRange&, const LimitRange&) = default;
};

// vpa-recommender 1.8, with the defaults of its flags (VPA-10, VPA-12, VPA-14).
struct RecommenderSettings {
    sim::Duration period = sim::Duration::minutes(1);  // --recommender-interval
    double target_cpu = 0.9;                           // --target-cpu-percentile, and so on
    double lower_cpu = 0.5;
    double upper_cpu = 0.95;
    double target_memory = 0.9;
    double lower_memory = 0.5;
    double upper_memory = 0.95;
    double safety_margin = 0.15;                                  // --recommendation-margin-fraction
    Amounts least_of_a_pod{25, std::int64_t{250} * 1024 * 1024};  // --pod-recommendation-min-cpu-millicores, -memory-mb
    friend bool operator==(const RecommenderSettings&, const RecommenderSettings&) = default;
};

// vpa-updater 1.8, likewise (VPA-21, VPA-22).
struct UpdaterSettings {
    std::int64_t lifetime_us =
        std::int64_t{12} * 3'600'000'000;              // --in-recommendation-bounds-eviction-lifetime-threshold
    double least_difference = 0.1;                     // --pod-update-threshold
    std::int64_t quick_oom_us = 600'000'000;           // --evict-after-oom-threshold
    std::int32_t least_replicas = 2;                   // --min-replicas
    double eviction_tolerance = 0.5;                   // --eviction-tolerance
    sim::Duration period = sim::Duration::minutes(1);  // --updater-interval
    friend bool operator==(const UpdaterSettings&, const UpdaterSettings&) = default;
};

}  // namespace eks::vpa

namespace eks {

// Only the first container of its pods has a use that a scenario states, so that the advice is about that one.
struct VerticalScaler {
    std::string namespace_name;
    std::string name;
    WorkloadIx target;
    std::string container;
    vpa::ContainerPolicy policy;
    vpa::LimitRange limit_range;  // of the namespace
    vpa::UpdateMode mode = vpa::UpdateMode::recreate;
    std::int32_t min_replicas = 0;  // 0: the updater's own
    friend bool operator==(const VerticalScaler&, const VerticalScaler&) = default;
};

// Where no Deployment of the scenario is one of them, all three run where nobody sees them.
struct VerticalProcesses {
    bool are_stated = false;
    std::vector<WorkloadIx> recommender;
    std::vector<WorkloadIx> updater;
    std::vector<WorkloadIx> webhook;  // vpa-admission-controller
    vpa::RecommenderSettings recommends;
    vpa::UpdaterSettings updates;
    friend bool operator==(const VerticalProcesses&, const VerticalProcesses&) = default;
};

}  // namespace eks
