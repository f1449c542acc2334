#include "models/sizing/sizing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace eks::sizing {

namespace {

Complaints refused(Rule rule, std::string message, std::string hint) {
    Complaint complaint;
    complaint.rule = rule;
    complaint.message = std::move(message);
    complaint.hint = std::move(hint);
    return {complaint};
}

std::vector<std::string> zones_of(const Supply& supply) {
    std::vector<std::string> zones;
    const Spec& spec = *supply.markets.front().spec;
    for (const Offer& offer : supply.offers) {
        if (offer.market != 0) continue;
        for (const NodeShapeIx shape : spec[offer.group].shapes) zones.push_back(spec.zones[spec[shape].zone.value]);
        break;
    }
    return zones;
}

Complaints complaints_about(const Sizing& sizing) {
    if (sizing.demand.workloads.empty())
        return refused(Rule::no_pods, "there is no pod to size for",
                       "name manifests with Deployments, Jobs or CronJobs");
    if (sizing.supply.offers.empty())
        return refused(Rule::matches_nothing, "no instance type can be bought in the ways that are asked for",
                       "allow another way to buy, or more types");
    if (sizing.wishes.survive_zone_loss && sizing.zones.size() < 2)
        return refused(Rule::matches_nothing, "the loss of a zone cannot be survived in one zone",
                       "name two or more zones");
    return {};
}

// Cheapest first, whatever is paid for them.
void merge_by_price(std::vector<PlannedFleet>& into, std::vector<PlannedFleet> more) {
    for (PlannedFleet& one : more) into.push_back(std::move(one));
    std::stable_sort(into.begin(), into.end(),
                     [](const PlannedFleet& a, const PlannedFleet& b) { return a.usd_per_hour < b.usd_per_hour; });
}

// The cheapest of all, but of each way to buy at least the cheapest.
std::vector<PlannedFleet> best_of(const std::vector<std::vector<PlannedFleet>>& by_purchase, std::size_t top) {
    std::vector<PlannedFleet> chosen;
    for (const auto& fleets : by_purchase)
        if (!fleets.empty()) chosen.push_back(fleets.front());
    std::vector<PlannedFleet> rest;
    for (const auto& fleets : by_purchase) {
        for (std::size_t i = 1; i < fleets.size(); ++i) rest.push_back(fleets[i]);
    }
    merge_by_price(rest, {});
    for (PlannedFleet& one : rest)
        if (chosen.size() < top) chosen.push_back(std::move(one));
    return chosen;
}

std::string_view name_of(Room room) {
    switch (room) {
        case Room::cpu_milli: return "CPU";
        case Room::memory: return "memory";
        case Room::pods: return "number of pods";
        case Room::volumes: return "volumes";
        case Room::gpus: return "GPUs";
        case Room::storage: break;
    }
    return "ephemeral storage";
}

// Why there is no fleet, as far as it is proven.
Complaints no_fleet(const Sizing& sizing) {
    if (!sizing.wishes.nodes_max)
        return refused(Rule::matches_nothing, "no fleet holds the workloads within the wishes", "allow more types");
    std::optional<LeastNodes> least;
    for (const Problem& problem : sizing.problems) {
        const auto proven = proven_too_few(problem, bounds_of(sizing.wishes));
        if (!proven)
            return refused(Rule::matches_nothing, "no fleet holds the workloads within the wishes",
                           "allow more nodes, or larger types");
        if (!least || proven->nodes < least->nodes) least = proven;
    }
    return refused(
        Rule::matches_nothing,
        fmt::format("no fleet of at most {} nodes holds the workloads: {} takes at least {} nodes",
                    *sizing.wishes.nodes_max,
                    least->room ? fmt::format("their {}", name_of(*least->room)) : std::string("keeping pods apart"),
                    least->nodes),
        fmt::format("allow {} nodes or more, or larger types", least->nodes));
}

// Types of which a whole fleet was simulated, and did not do what is asked.
std::vector<std::size_t> rejected_by(const Judging& judging) {
    std::vector<std::size_t> offers;
    for (const JudgedFleet& fleet : judging.fleets) {
        if (fleet.trial != nullptr && fleet.judgement.verdict == Verdict::fail && fleet.fleet.groups.size() == 1)
            offers.push_back(fleet.fleet.groups.front().offer);
    }
    return offers;
}

std::vector<std::string> names_of_misfits(const Sizing& sizing) {
    std::vector<std::string> names;
    for (const Misfit& misfit : sizing.problems.front().misfits)
        names.push_back(sizing.base.spec->workloads[sizing.demand.workloads[misfit.workload].workload.value].name);
    return names;
}

}  // namespace

const JudgedFleet* Sizing::recommended() const {
    if (judging.fleets.empty()) return nullptr;
    const JudgedFleet& first = judging.fleets.front();
    return first.passes() || !wishes.simulate ? &first : nullptr;
}

const JudgedFleet* Sizing::reversed_by_simulation() const {
    const JudgedFleet* best = recommended();
    if (best == nullptr || best->static_rank == 1) return nullptr;
    for (const JudgedFleet& one : judging.fleets)
        if (one.static_rank == 1) return &one;
    return nullptr;
}

sim::Result<Sizing, Complaints> size_scenario(std::string_view document, const LoadOptions& options,
                                              const Wishes& wishes, const OnSizingProgress& progress) {
    auto loaded = load_scenario_json(document, options);
    if (!loaded) return sim::failure(loaded.error());
    if (loaded->spec->nomad.runs)
        return sim::failure(refused(Rule::not_yet_modelled, "fleets are sized for Kubernetes, and this one runs Nomad",
                                    "leave out cluster.nomad"));
    Sizing sizing;
    sizing.base = std::move(*loaded);
    sizing.wishes = wishes;
    if (options.catalog != nullptr) sizing.catalog_used = std::make_shared<const Catalog>(*options.catalog);
    sizing.demand = demand_of(*sizing.base.spec, sizing.base.run.duration);
    auto supply = supply_of(document, options, sizing.base, sizing.demand, wishes);
    if (!supply) return sim::failure(supply.error());
    sizing.supply = std::move(*supply);
    sizing.zones = zones_of(sizing.supply);
    if (Complaints wrong = complaints_about(sizing); !wrong.empty()) return sim::failure(wrong);

    bool goes_on = true;
    const auto at_work = [&](std::string_view stage, std::int64_t step, std::int64_t steps) {
        goes_on = goes_on && (!progress || progress({stage, {}, {}, 0, step, steps}));
        return goes_on;
    };
    const auto zones = static_cast<std::int64_t>(sizing.zones.size());
    const auto purchases = static_cast<std::int64_t>(wishes.purchases.size());
    std::vector<std::vector<PlannedFleet>> by_purchase;
    for (const Purchase purchase : wishes.purchases) {
        sizing.problems.push_back(
            problem_of(sizing.supply, sizing.demand, purchase, settings_of(wishes, zones), sizing.catalog()));
        by_purchase.emplace_back();
        const Problem& problem = sizing.problems.back();
        const auto done = static_cast<std::int64_t>(by_purchase.size()) - 1;
        if (problem.mix.types.empty() || !at_work("packing", done, purchases)) continue;
        auto of_one_type =
            cheapest_of_one_type(problem, bounds_of(wishes), std::max(of_one_type_kept, wishes.top), wishes.effort);
        for (PlannedFleet& fleet : of_one_type) fleet.purchase = purchase;
        by_purchase.back() =
            candidates_for(problem, purchase, bounds_of(wishes), of_one_type, wishes.top, wishes.effort);
        merge_by_price(sizing.of_one_type, std::move(of_one_type));
    }
    if (sizing.of_one_type.size() > of_one_type_kept) sizing.of_one_type.resize(of_one_type_kept);
    const auto problem_by = [&](Purchase purchase) -> const Problem& {
        const auto at = std::find(wishes.purchases.begin(), wishes.purchases.end(), purchase);
        return sizing.problems[static_cast<std::size_t>(at - wishes.purchases.begin())];
    };
    std::vector<PlannedFleet> fleets = best_of(by_purchase, wishes.top);
    if (fleets.empty() && goes_on) return sim::failure(no_fleet(sizing));
    const JudgeInput input{
        document, options, sizing.base, sizing.supply, sizing.demand, sizing.wishes, names_of_misfits(sizing)};
    sizing.judging = judge_fleets(input, std::move(fleets), problem_by, progress);
    goes_on = goes_on && !sizing.judging.was_interrupted;
    // Where none is good enough, the question is asked of the nearest one.
    if (!sizing.judging.fleets.empty()) {
        const JudgedFleet* best = &sizing.judging.fleets.front();
        const SensitivityInput question{
            *sizing.base.spec,
            sizing.base.run.duration,
            sizing.supply,
            sizing.demand,
            sizing.catalog(),
            sizing.wishes,
            best->fleet.purchase,
            best->fleet.kind == FleetKind::homogeneous,
            zones,
            sizing.recommended() != nullptr ? rejected_by(sizing.judging) : std::vector<std::size_t>()};
        std::int64_t step = 0;
        sizing.sensitivity = sensitivity_of(question, [&] { return at_work("what if", step++, 10); });
    }
    sizing.was_interrupted = !goes_on;
    return sizing;
}

}  // namespace eks::sizing
