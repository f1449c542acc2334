#include "models/report/advice_json.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eks {

namespace {

using Json = nlohmann::ordered_json;

constexpr double milli_a_core = 1000;
constexpr double micro_a_usd = 1e6;

Json cores(std::optional<std::int64_t> milli) {
    return milli ? Json(static_cast<double>(*milli) / milli_a_core) : Json();
}
Json bytes(std::optional<std::int64_t> amount) { return amount ? Json(*amount) : Json(); }
Json usd(MicroUsd micro) { return static_cast<double>(micro) / micro_a_usd; }

// 0 is not set, or not recommended.
std::optional<std::int64_t> if_set(std::int64_t amount) { return amount > 0 ? std::optional(amount) : std::nullopt; }

// KRR's words; empty where there is advice.
std::string_view text_of(krr::Silence silence) {
    switch (silence) {
        case krr::Silence::none: break;
        case krr::Silence::no_data: return "No data";
        case krr::Silence::not_enough_data: return "Not enough data";
        case krr::Silence::scaled_by_hpa: return "HPA detected";
    }
    return "";
}

std::string_view text_of(krr::Severity severity) {
    switch (severity) {
        case krr::Severity::unknown: break;
        case krr::Severity::good: return "GOOD";
        case krr::Severity::ok: return "OK";
        case krr::Severity::warning: return "WARNING";
        case krr::Severity::critical: return "CRITICAL";
    }
    return "UNKNOWN";
}

void add_set(Json& row, const goldilocks::Shown& set) {
    row["cpu_request_cores"] = cores(if_set(set.requests.cpu_milli));
    row["cpu_limit_cores"] = cores(if_set(set.limits.cpu_milli));
    row["memory_request_bytes"] = bytes(if_set(set.requests.memory_bytes));
    row["memory_limit_bytes"] = bytes(if_set(set.limits.memory_bytes));
}

void add_amounts(Json& row, const std::string& name, const vpa::Amounts* amounts) {
    row[name + "_cpu_cores"] = amounts == nullptr ? Json() : cores(if_set(amounts->cpu_milli));
    row[name + "_memory_bytes"] = amounts == nullptr ? Json() : bytes(if_set(amounts->memory_bytes));
}

void add_goldilocks(Json& row, const Spec& spec, const ContainerAdvice& advice) {
    row["vpa"] = advice.vertical ? Json(spec.pod_scaling.vertical[*advice.vertical].name) : Json();
    const vpa::Recommendation* said = advice.recommendation ? &*advice.recommendation : nullptr;
    add_amounts(row, "vpa_lower", said == nullptr ? nullptr : &said->lower_bound);
    add_amounts(row, "vpa_target", said == nullptr ? nullptr : &said->target);
    add_amounts(row, "vpa_upper", said == nullptr ? nullptr : &said->upper_bound);
    const goldilocks::Shown guaranteed = said == nullptr ? goldilocks::Shown{} : goldilocks::guaranteed(*said);
    const goldilocks::Shown burstable = said == nullptr ? goldilocks::Shown{} : goldilocks::burstable(*said);
    add_amounts(row, "goldilocks_guaranteed", said == nullptr ? nullptr : &guaranteed.requests);
    add_amounts(row, "goldilocks_burstable_request", said == nullptr ? nullptr : &burstable.requests);
    add_amounts(row, "goldilocks_burstable_limit", said == nullptr ? nullptr : &burstable.limits);
    const auto cost = [&](std::optional<MicroUsd> micro) { return said == nullptr || !micro ? Json() : usd(*micro); };
    const goldilocks::Costs& costs = advice.costs;
    std::optional<MicroUsd> burstable_cost = costs.burstable_difference;
    if (burstable_cost) *burstable_cost += costs.current;
    row["goldilocks_cost_usd_per_hour"] = cost(costs.current);
    row["goldilocks_guaranteed_cost_usd_per_hour"] = cost(costs.current + costs.guaranteed_difference);
    row["goldilocks_burstable_cost_usd_per_hour"] = cost(burstable_cost);
    row["goldilocks_guaranteed_difference_usd_per_hour"] = cost(costs.guaranteed_difference);
    row["goldilocks_burstable_difference_usd_per_hour"] = cost(costs.burstable_difference);
}

void add_krr(Json& row, const ContainerAdvice& advice) {
    row["krr_cpu_request_cores"] = cores(advice.cpu.request);
    row["krr_cpu_limit_cores"] = cores(advice.cpu.limit);
    row["krr_cpu_info"] = text_of(advice.cpu.silence);
    row["krr_memory_request_bytes"] = bytes(advice.memory.request);
    row["krr_memory_limit_bytes"] = bytes(advice.memory.limit);
    row["krr_memory_info"] = text_of(advice.memory.silence);
    row["krr_severity"] = text_of(advice.severity);
}

}  // namespace

std::string advice_json(const Spec& spec, std::span<const ContainerAdvice> advice) {
    Json list = Json::array();
    for (const ContainerAdvice& each : advice) {
        const Workload& workload = spec[each.workload];
        Json row{{"namespace", workload.namespace_name},
                 {"workload", workload.name},
                 {"workload_kind", kind_name(workload.kind)},
                 {"container", spec.template_of(each.workload).containers.front().name}};
        add_set(row, each.set);
        add_goldilocks(row, spec, each);
        add_krr(row, each);
        list.push_back(std::move(row));
    }
    return list.dump();
}

}  // namespace eks
