// What a VerticalPodAutoscaler says (VPA-13, VPA-20).
#pragma once

#include "models/spec/indices.hpp"

#include <cstdint>
#include <string>

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
    friend bool operator==(const ContainerPolicy&, const ContainerPolicy&) = default;
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
    friend bool operator==(const VerticalScaler&, const VerticalScaler&) = default;
};

}  // namespace eks
