// What robusta's KRR would advise after a usage series for each pod of a container (VPA-31), as functions of plain
// values. Source: robusta-dev/krr 1.29, robusta_krr/strategies/{simple,simple_limit}.py, core/runner.py, core/models.
#pragma once

#include "models/spec/advice.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace eks::krr {

// Points of one pod, in cores or bytes; the order does not matter. KRR asks for one each 75 s over 14 days.
struct Points {
    double value = 0;
    std::int64_t times = 1;
};
using Series = std::vector<Points>;

// Why there is no advice: "No data", "Not enough data", "HPA detected".
enum class Silence : std::uint8_t { none, no_data, not_enough_data, scaled_by_hpa };

// In thousandths of a core, or bytes.
struct Advice {
    std::optional<std::int64_t> request;
    std::optional<std::int64_t> limit;
    Silence silence = Silence::none;
    friend bool operator==(const Advice&, const Advice&) = default;
};

Advice cpu_advice(std::span<const Series> pods, bool is_scaled_by_hpa, const Settings& settings);
// `oom_limit_bytes`: the highest limit at which a container was killed for want of memory; 0: none was, or KRR was not
// asked to look.
Advice memory_advice(std::span<const Series> pods, double oom_limit_bytes, bool is_scaled_by_hpa,
                     const Settings& settings);

// Of the difference between what is set and what is advised; the larger, the worse. Where only one of them is there, it
// is a warning.
enum class Severity : std::uint8_t { unknown, good, ok, warning, critical };
Severity cpu_severity(std::optional<std::int64_t> set_milli, std::optional<std::int64_t> advised_milli);
Severity memory_severity(std::optional<std::int64_t> set_bytes, std::optional<std::int64_t> advised_bytes);

// What is set for a container in one resource.
struct Set {
    std::optional<std::int64_t> request;
    std::optional<std::int64_t> limit;
};
// The worse one of the request's and the limit's; unknown without advice.
Severity worse_cpu_severity(const Set& set, const Advice& advice);
Severity worse_memory_severity(const Set& set, const Advice& advice);

}  // namespace eks::krr
