// A policy of the caller's in the place of what a HorizontalPodAutoscaler decides: Python code in a notebook, mostly.
//
// It is split as everything in a run is. What does not change is a function, shared by all copies of a run; what does
// is its state, plain bytes that the function alone understands, which are copied, compared and hashed with the World.
// So a fork has its own state without knowing what is in it, and two runs are equal only if their policies are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// What one metric of the HorizontalPodAutoscaler reads at a look, as its status would show it.
struct PolicyMetric {
    std::string_view name;              // "cpu", "http_requests_per_second"
    std::string_view kind;              // Utilization, AverageValue or Value, as in the object's target
    std::optional<double> value;        // per cent of the requests, or the amount (of memory bytes); none: no answer
    double target = 0;                  // likewise
    std::optional<std::int32_t> wants;  // replicas that this metric alone would propose
};

// What a policy is shown at a look.
struct PolicyView {
    double now_seconds = 0;
    std::int32_t replicas = 0;  // that the target is asked to have
    std::int32_t existing = 0;  // pods that it has
    std::int32_t ready = 0;
    std::int32_t least = 1;
    std::int32_t most = 1;
    std::vector<PolicyMetric> metrics;
};

struct PolicyAnswer {
    std::int64_t replicas = 0;
    std::string state;
};

// The same view and state must give the same answer, on any thread.
using PolicyFunction = std::function<PolicyAnswer(const PolicyView&, std::string_view state)>;

// Thrown through the run by a function that cannot answer; the run is then unusable.
class PolicyFailed : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct ScalerPolicy {
    std::shared_ptr<const PolicyFunction> decide;  // null: there is none
    std::string state;

    bool is_there() const { return decide != nullptr; }
    friend bool operator==(const ScalerPolicy& a, const ScalerPolicy& b) {
        return a.is_there() == b.is_there() && a.state == b.state;
    }
};

// Which HorizontalPodAutoscaler a policy stands in for, as "namespace/name".
struct NamedPolicy {
    std::string scaler;
    ScalerPolicy policy;
};

}  // namespace eks
