// The bill of a small scenario, kind by kind, for tests that work it out by hand.
#pragma once

#include "models/metrics/summary.hpp"
#include "models/planning/experiment.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace eks::testing {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;

// Three m5.xlarge of 0.2 USD, 80 GiB each; two hours, of which the first ten minutes do not count.
inline constexpr double hours = 110.0 / 60.0;

inline Changes with(const Changes& more) {
    Changes changes{{"timeline", "[]"}, {"prices", R"({"instances": {"m5.xlarge": 0.2, "m5.large": 0.096}})"}};
    changes.insert(changes.end(), more.begin(), more.end());
    return changes;
}

struct Bill {
    std::vector<MetricSummary> metrics;
    double usd = 0;

    // Summed over the series whose labels have all these values among them.
    double total(std::string_view metric, const std::vector<std::string>& values = {}) const {
        double sum = 0;
        for (const MetricSummary& summary : metrics) {
            if (summary.metric->name != metric) continue;
            for (const SeriesSummary& series : summary.series) {
                const bool has_all = std::ranges::all_of(values, [&](const std::string& value) {
                    return std::ranges::any_of(series.labels, [&](const auto& label) { return label.second == value; });
                });
                if (has_all) sum += series.total.value_or(0);
            }
        }
        return sum;
    }
    double kind(const std::string& name) const { return total("ekssim_cost_usd_total", {name}); }
};

inline Bill bill_of(const Changes& more) {
    const auto scenario = scenario_test::load(with(more));
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    if (!scenario.ok()) return {};
    const auto outcome = run_experiment(*scenario, *plan_metrics(*scenario));
    return {outcome.metrics, outcome.runs.front().cost_usd};
}

inline constexpr double rounding = 1e-5;  // prices an hour are whole millionths

// 100 requests a second of a MiB each way: 377.487 GB an hour either way.
inline constexpr double gb_an_hour = 100 * 1048576.0 * 3600 / 1e9;
inline const std::string heavy = R"({"cpu": "1ms", "bytesIn": "1Mi", "bytesOut": "1Mi"})";

}  // namespace eks::testing
