#include "models/scenario/advice.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/limits.hpp"
#include "models/spec/prices.hpp"

#include <fmt/format.h>

#include <cmath>

namespace eks {

namespace {

constexpr double whole_percent = 100;

void read_percent(const Reader& section, std::string_view key, double most, double& into) {
    const auto at = section.member(key);
    if (!at) return;
    const auto percent = at->number(0.0, most);
    if (percent && *percent > 0)
        into = *percent;
    else if (percent)
        at->complain(Rule::out_of_range, fmt::format("{} must be above 0", at->title()));
}

// A setting of the other strategy would do nothing.
void refuse_settings_of(const Reader& section, std::string_view other, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        if (!section.has(key)) continue;
        section.complain_at_key(key, Rule::contradictory_fields,
                                fmt::format("{}: {} is a setting of the strategy {}", section.title(), key, other),
                                fmt::format("say strategy: {}, or leave it out", other));
    }
}

void read_span(const Reader& section, std::string_view key, sim::Duration& into) {
    const auto at = section.member(key);
    const auto span = at ? at->duration() : std::nullopt;
    if (!span) return;
    constexpr sim::Duration shortest = sim::Duration::seconds(1);
    if (*span < shortest || *span > sim::Duration::days(limits::simulated_days))
        at->complain(Rule::out_of_range, fmt::format("{} is {}; it may be from 1s to {} days", at->title(),
                                                     sim::to_text(*span), limits::simulated_days));
    else
        into = *span;
}

void read_krr(const Reader& at, krr::Settings& krr) {
    if (!at.expect_map()) return;
    at.refuse_unknown_members(keys::krr);
    if (const auto strategy = at.member("strategy")) {
        if (const auto word = strategy->one_of({"simple", "simple_limit"}))
            krr.strategy = *word == 0 ? krr::Strategy::simple : krr::Strategy::simple_limit;
    }
    if (krr.strategy == krr::Strategy::simple)
        refuse_settings_of(at, "simple_limit", {"cpuRequestPercentile", "cpuLimitPercentile"});
    else
        refuse_settings_of(at, "simple", {"cpuPercentile"});
    constexpr double buffer_most = 10'000;
    read_percent(at, "cpuPercentile", whole_percent, krr.cpu_percentile);
    read_percent(at, "cpuRequestPercentile", whole_percent, krr.cpu_request_percentile);
    read_percent(at, "cpuLimitPercentile", whole_percent, krr.cpu_limit_percentile);
    read_percent(at, "memoryBufferPercentage", buffer_most, krr.memory_buffer_percent);
    constexpr std::int64_t points_most = 1'000'000'000;
    if (const auto points = at.integer("pointsRequired", 1, points_most)) krr.least_points = *points;
    if (const auto allows = at.boolean("allowHpa")) krr.allows_hpa = *allows;
    read_span(at, "historyDuration", krr.history);
    read_span(at, "timeframeDuration", krr.step);
    if (krr.history < krr.step)
        at.complain(Rule::size_order, fmt::format("{}: historyDuration {} is shorter than timeframeDuration {}",
                                                  at.title(), sim::to_text(krr.history), sim::to_text(krr.step)));
}

void read_price(const Reader& section, std::string_view key, MicroUsd& into) {
    constexpr double usd_max = 1e6;
    constexpr double micro_a_usd = 1e6;
    const auto at = section.member(key);
    const auto usd = at ? at->number(0.0, usd_max) : std::nullopt;
    if (usd) into = static_cast<MicroUsd>(std::llround(*usd * micro_a_usd));
}

// Its dashboard has no prices until somebody picks an instance type, whose price it then splits; here that is the first
// one of the cluster, split as OpenCost does.
void read_goldilocks(const std::optional<Reader>& at, ScenarioBuilder& builder) {
    AdviceSettings& advice = builder.spec.pod_scaling.advice;
    const bool has_prices = at && at->is_map() && at->has("cpuPrice") && at->has("memoryPrice");
    if (!builder.spec.shapes.empty() && !has_prices) {
        const NodeShape& shape = builder.spec.shapes.front();
        const UnitPrices unit = unit_prices(builder.spec.prices, shape);
        advice.core_hour = unit.core_hour;
        advice.gib_hour = unit.gib_hour;
        builder.assume("advice.goldilocks",
                       fmt::format("{:.6f} USD for a core and {:.6f} for a GiB an hour",
                                   static_cast<double>(unit.core_hour) / 1e6, static_cast<double>(unit.gib_hour) / 1e6),
                       fmt::format("a guess: as {} costs, the first type of the cluster", shape.instance_type));
    }
    if (!at || !at->expect_map()) return;
    at->refuse_unknown_members(keys::goldilocks);
    read_price(*at, "cpuPrice", advice.core_hour);
    read_price(*at, "memoryPrice", advice.gib_hour);
}

// KRR leaves kube-system out where no namespaces are named, and knows nothing of pods without a controller.
bool is_looked_at(const Workload& workload) {
    return workload.namespace_name != "kube-system" && workload.kind != WorkloadKind::pod;
}

}  // namespace

void read_advice(const std::optional<Reader>& section, ScenarioBuilder& builder) {
    if (!section || !section->expect_map()) return;
    section->refuse_unknown_members(keys::advice);
    AdviceSettings& advice = builder.spec.pod_scaling.advice;
    advice.is_asked = true;
    if (const auto krr = section->member("krr")) read_krr(*krr, advice.krr);
    builder.assume("advice.krr", "a Prometheus that has scraped every kubelet", "VPA-31: KRR asks one");
    read_span(*section, "every", advice.every);
    read_goldilocks(section->member("goldilocks"), builder);
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx workload = WorkloadIx::of(i);
        if (is_looked_at(builder.spec[workload]) && !builder.spec.template_of(workload).containers.empty())
            advice.workloads.push_back(workload);
    }
}

}  // namespace eks
