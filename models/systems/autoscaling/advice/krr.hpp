// What robusta's KRR would advise after a usage series for each pod of a container (VPA-31), as functions of plain
// values. Source: robusta-dev/krr 1.29, robusta_krr/strategies/{simple,simple_limit}.py, core/runner.py, core/models.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace eks::krr {

// Points of one pod, in cores or bytes; the order does not matter. KRR asks for one each 75 s over 14 days.
using Series = std::vector<double>;

enum class Strategy : std::uint8_t { simple, simple_limit };

struct Settings {
    Strategy strategy = Strategy::simple;
    double cpu_percentile = 95;          // simple
    double cpu_request_percentile = 66;  // simple_limit
    double cpu_limit_percentile = 96;
    double memory_buffer_percent = 15;
    double oom_buffer_percent = 25;
    std::int64_t least_points = 100;
    bool allows_hpa = false;
};

// Why there is no advice.
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

enum class Severity : std::uint8_t { good, ok, warning, critical };
// Of the difference between what is set and what is advised. Where only one of them is, it is a warning.
Severity cpu_severity(std::optional<std::int64_t> set_milli, std::optional<std::int64_t> advised_milli);
Severity memory_severity(std::optional<std::int64_t> set_bytes, std::optional<std::int64_t> advised_bytes);

}  // namespace eks::krr
