// What Goldilocks and KRR say of the containers of a run at an instant: VPA-30 and VPA-31 put together from what the
// World has kept. It is about the first container of each workload's pods, whose use the scenario states.
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/autoscaling/advice/goldilocks.hpp"
#include "models/systems/autoscaling/advice/krr.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks {

struct ContainerAdvice {
    WorkloadIx workload;
    goldilocks::Shown set;  // in the pod template now; 0: not set
    // Goldilocks, where a VerticalPodAutoscaler watches the workload and has learnt something.
    std::optional<std::uint32_t> vertical;  // into PodScaling::vertical
    std::optional<vpa::Recommendation> recommendation;  // 0 where it says nothing of a resource
    goldilocks::Costs costs;  // if so
    // KRR
    krr::Advice cpu;
    krr::Advice memory;
    krr::Severity severity = krr::Severity::unknown;  // the worst one, as KRR shows it for the container
    friend bool operator==(const ContainerAdvice&, const ContainerAdvice&) = default;
};

ContainerAdvice advice_of(const Spec& spec, const World& world, std::size_t row);
// By AdviceSettings::workloads; empty where nothing was asked for.
std::vector<ContainerAdvice> container_advice(const Spec& spec, const World& world);

}  // namespace eks
