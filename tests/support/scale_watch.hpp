// What autoscalers did in a run, and when: a tracer.
#pragma once

#include "models/planning/run.hpp"

#include <cstdint>
#include <variant>
#include <vector>

namespace eks::testing {

class ScaleWatch {
  public:
    struct Step {
        sim::Time at;
        std::int32_t change = 0;
        friend bool operator==(const Step&, const Step&) = default;
    };
    // Of HorizontalPodAutoscalers; and all changes of a number of replicas, by whomever, since the run began.
    std::vector<Step> rescales;
    std::vector<Step> replicas;
    std::uint64_t events = 0;

    void begin(std::uint64_t, sim::Time time, const Event& event) {
        now_ = time;
        if (std::holds_alternative<HorizontalSync>(event)) ++syncs;
        ++events;
    }
    void scheduled(std::uint64_t) {}
    void fact(const Fact& fact) {
        if (const auto* rescaled = std::get_if<RescaledFact>(&fact)) rescales.push_back({now_, rescaled->change});
        if (const auto* desired = std::get_if<ReplicasDesiredFact>(&fact); desired != nullptr && now_ > sim::Time{})
            replicas.push_back({now_, desired->change});
    }
    std::uint64_t syncs = 0;

  private:
    sim::Time now_;
};

}  // namespace eks::testing
