#include "models/sizing/sensitivity.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace eks::sizing {

namespace {

struct Change {
    std::string what;
    std::string from;
    std::string to;
    ProblemSettings settings;
    DemandFactors factors;
    std::vector<Architecture> architectures = {};  // empty: as wished
    std::optional<Purchase> purchase = {};
};

std::string percent(double share) { return fmt::format("{:.0f} %", share * 100.0); }

bool has_jobs_that_repeat(const SensitivityInput& input) {
    return std::any_of(input.demand.workloads.begin(), input.demand.workloads.end(), [&](const DemandedWorkload& w) {
        return input.spec[w.workload].kind == WorkloadKind::cron_job;
    });
}

std::vector<Change> changes_of(const SensitivityInput& input) {
    const ProblemSettings now = settings_of(input.wishes, input.zones);
    std::vector<Change> changes;
    const auto add = [&](std::string what, std::string from, std::string to) -> Change& {
        changes.push_back({std::move(what), std::move(from), std::move(to), now, {}});
        return changes.back();
    };
    constexpr double step = 0.1;
    add("headroom", percent(now.headroom), percent(now.headroom + step)).settings.headroom += step;
    if (now.headroom > 0.0) add("headroom", percent(now.headroom), "none").settings.headroom = 0.0;
    constexpr double fifth = 0.2;
    add("replicas", "as stated", "20 % more").factors.replicas = 1.0 + fifth;
    add("replicas", "as stated", "20 % less").factors.replicas = 1.0 - fifth;
    if (has_jobs_that_repeat(input)) {
        constexpr double twice = 2.0;
        add("run time of Jobs", "as stated", "twice as long").factors.run_time = twice;
    }
    if (input.purchase == Purchase::spot)
        add("price of spot instances", "the monthly average", "on demand, as when spot runs dry").purchase =
            Purchase::on_demand;
    const CniSettings& cni = input.spec.cni;
    if (input.spec.cni_kind == CniKind::vpc_cni && !cni.ipv6) {
        add("maxPods", "as the nodes have it", "by the interfaces alone, without EKS's ceiling").settings.pods_rule =
            PodsRule::without_ceiling;
        add("prefix delegation", cni.prefix_delegation ? "on" : "off", cni.prefix_delegation ? "off" : "on")
            .settings.pods_rule = cni.prefix_delegation ? PodsRule::no_prefixes : PodsRule::prefixes;
    }
    constexpr std::int64_t measured_more_ppm =
        45'000;  // most nodes show some percent more than Karpenter's 7.5 % leave
    add("memory that hypervisor and kernel take", "7.5 % (a careful estimate)", "3 %").settings.more_memory_ppm =
        measured_more_ppm;
    if (input.zones > 1) {
        Change& change = add("loss of a zone", now.zones > 1 ? "survived" : "not provided for",
                             now.zones > 1 ? "not provided for" : "survived");
        change.settings.zones = now.zones > 1 ? 1 : input.zones;
    }
    for (const Architecture architecture : {Architecture::amd64, Architecture::arm64}) {
        if (input.wishes.architectures.size() == 1) break;
        add("architecture", "any that is allowed", fmt::format("{} alone", to_text(architecture))).architectures = {
            architecture};
    }
    return changes;
}

std::optional<PlannedFleet> solved(const SensitivityInput& input, const Change& change) {
    const Demand demand = change.factors.replicas == 1.0 && change.factors.run_time == 1.0
                              ? input.demand
                              : demand_of(input.spec, input.run_length, change.factors);
    // A demand with other factors has the same workloads, unless one of them has come to nothing.
    if (demand.workloads.size() != input.demand.workloads.size()) return std::nullopt;
    Problem problem =
        problem_of(input.supply, demand, change.purchase.value_or(input.purchase), change.settings, input.catalog);
    std::vector<std::int32_t> types;
    for (std::size_t t = 0; t < problem.offer_of.size(); ++t) {
        const std::size_t offer = problem.offer_of[t];
        const InstanceType* type = input.catalog.find(input.supply.offers[offer].instance_type);
        const bool is_rejected = std::ranges::find(input.rejected, offer) != input.rejected.end();
        const bool is_of_kind = change.architectures.empty() || type->architecture == change.architectures.front();
        if (is_of_kind && !is_rejected) types.push_back(static_cast<std::int32_t>(t));
    }
    if (types.size() < problem.offer_of.size()) problem = restricted_to(problem, types);
    if (problem.mix.types.empty()) return std::nullopt;
    if (!input.is_of_one_type) return cheapest_mixed(problem, bounds_of(input.wishes), input.wishes.effort);
    auto found = cheapest_of_one_type(problem, bounds_of(input.wishes), 1, input.wishes.effort);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::vector<std::string> types_of(const PlannedFleet& fleet, const Supply& supply) {
    std::vector<std::string> types;
    for (const FleetGroup& group : fleet.groups) types.push_back(supply.offers[group.offer].instance_type);
    std::sort(types.begin(), types.end());
    return types;
}

}  // namespace

ProblemSettings settings_of(const Wishes& wishes, std::int64_t zones) {
    ProblemSettings settings;
    settings.headroom = wishes.headroom;
    settings.zones = wishes.survive_zone_loss ? zones : 1;
    return settings;
}

NodeBounds bounds_of(const Wishes& wishes) { return {wishes.nodes_min, wishes.nodes_max}; }

std::vector<Sensitivity> sensitivity_of(const SensitivityInput& input, const std::function<bool()>& goes_on) {
    const auto now = solved(input, {"", "", "", settings_of(input.wishes, input.zones), {}});
    std::vector<Sensitivity> list;
    if (!now) return list;
    for (Change& change : changes_of(input)) {
        if (!goes_on()) break;
        Sensitivity one{change.what, change.from, change.to, solved(input, change)};
        one.changes_type = !one.fleet || types_of(*one.fleet, input.supply) != types_of(*now, input.supply);
        one.changes_answer = one.changes_type || one.fleet->nodes() != now->nodes();
        one.change_usd_per_hour = one.fleet ? one.fleet->usd_per_hour - now->usd_per_hour : 0.0;
        list.push_back(std::move(one));
    }
    return list;
}

}  // namespace eks::sizing
