#include "models/sizing/recommendation.hpp"

#include "libsim/statistics.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace eks::sizing {

namespace {

std::string label_with(const PlannedFleet& fleet, const std::vector<std::int64_t>& nodes, const Supply& supply) {
    // Where the fleet has nodes of several settings, each says whose.
    const auto written = [&](const FleetGroup& group) { return supply.offers[group.offer].written; };
    const bool has_several = std::any_of(fleet.groups.begin(), fleet.groups.end(), [&](const FleetGroup& group) {
        return written(group) != written(fleet.groups.front());
    });
    std::vector<std::string> parts;
    for (std::size_t g = 0; g < fleet.groups.size(); ++g) {
        parts.push_back(fmt::format("{} × {}", nodes[g], supply.offers[fleet.groups[g].offer].instance_type));
        if (has_several) parts.back() += fmt::format(" as {}", supply.written[written(fleet.groups[g])].name);
    }
    std::string label = fmt::format("{}", fmt::join(parts, " + "));
    if (fleet.purchase != Purchase::on_demand) label += fmt::format(" ({})", text_of(fleet.purchase));
    return label;
}

std::string usd(double per_hour) {
    return fmt::format("{:.2f} USD an hour ({:.0f} USD a month)", per_hour,
                       per_hour * static_cast<double>(hours_a_month));
}

double most_used(const PlannedFleet& fleet) { return *std::max_element(fleet.used.begin(), fleet.used.end()); }

// What pods waited for most, over all runs.
std::string main_cause(const JudgedFleet& fleet) {
    std::array<std::int64_t, wait_cause_count> sum{};
    std::int64_t all = 0;
    for (const TrialRun& run : fleet.runs) {
        for (std::size_t c = 1; c < wait_cause_count; ++c) sum[c] += run.outcome.waiting.by_cause_us[c];
        all += run.outcome.waiting.total_us;
    }
    if (all == 0) return {};
    const auto most = static_cast<std::size_t>(std::max_element(sum.begin() + 1, sum.end()) - sum.begin());
    return fmt::format("{:.0f} % of all waiting is {}",
                       static_cast<double>(sum[most]) / static_cast<double>(all) * 100.0, wait_cause_texts[most].name);
}

}  // namespace

std::string label_of(const JudgedFleet& fleet, const Supply& supply) {
    return label_with(fleet.fleet, fleet.nodes_of_group, supply);
}

std::string label_of(const PlannedFleet& fleet, const Supply& supply) {
    std::vector<std::int64_t> nodes;
    for (const FleetGroup& group : fleet.groups) nodes.push_back(group.nodes);
    return label_with(fleet, nodes, supply);
}

std::string_view what_binds(const PlannedFleet& fleet, const Supply& supply) {
    const auto most =
        static_cast<std::size_t>(std::max_element(fleet.used.begin(), fleet.used.end()) - fleet.used.begin());
    switch (static_cast<Room>(most)) {
        case Room::cpu_milli: return text_of(Bound::cpu);
        case Room::memory: return text_of(Bound::memory);
        case Room::volumes: return text_of(Bound::volumes);
        case Room::gpus: return text_of(Bound::gpus);
        case Room::storage: return text_of(Bound::storage);
        case Room::pods: break;
    }
    const Offer& offer = supply.offers[fleet.groups.front().offer];
    const NodeRoom room = room_of(supply.spec_of(offer), supply.shape_of(offer));
    return text_of(room.addresses < room.pods ? Bound::addresses : Bound::pods);
}

std::string what_is_wrong(const JudgedFleet& fleet) {
    if (!fleet.complaints.empty()) return "its cluster cannot be run: " + fleet.complaints.front().message;
    if (fleet.trial == nullptr || fleet.passes()) return {};
    std::string text;
    for (const ExpectationResult& e : fleet.judgement.expectations) {
        if (e.is_warning || e.verdict == Verdict::pass || e.verdict == Verdict::none) continue;
        text = fmt::format("\"{}\" {}: {}", e.name,
                           e.verdict == Verdict::inconclusive ? "is not decided" : "does not hold", e.message);
        break;
    }
    const std::string cause = main_cause(fleet);
    return cause.empty() ? text : fmt::format("{}; {}", text, cause);
}

std::string verdict_of(const JudgedFleet& fleet) {
    if (!fleet.complaints.empty()) return "cannot be run";
    if (fleet.trial == nullptr) return "not simulated";
    switch (fleet.judgement.verdict) {
        case Verdict::pass: return "meets the objectives";
        case Verdict::inconclusive: return "not decided";
        case Verdict::none: return "nothing was judged";
        case Verdict::fail:
        case Verdict::error: break;
    }
    return "does not meet the objectives";
}

std::string_view risk_of(const JudgedFleet& fleet) {
    if (fleet.trial == nullptr) return "unknown";
    if (fleet.passes()) return fleet.stuck_runs() == 0 ? "low" : "some";
    return fleet.judgement.verdict == Verdict::inconclusive ? "some" : "high";
}

std::string sentence_of(const Sizing& sizing) {
    const JudgedFleet* best = sizing.recommended();
    if (best == nullptr) {
        if (sizing.judging.fleets.empty()) return "No fleet was found before the work was interrupted.";
        const JudgedFleet& nearest = sizing.judging.fleets.front();
        return fmt::format("None of the {} cheapest fleets meets the objectives; the nearest is {} at {}, and {}.",
                           sizing.judging.fleets.size(), label_of(nearest, sizing.supply), usd(nearest.usd_per_hour),
                           what_is_wrong(nearest));
    }
    const std::int64_t in_zones = std::min<std::int64_t>(best->nodes(), static_cast<std::int64_t>(sizing.zones.size()));
    const std::string zones = in_zones > 1 ? fmt::format(" over {} zones", in_zones) : "";
    return fmt::format("Buy {}{} at {}: {} is what fills {} first, to {:.0f} %{}.", label_of(*best, sizing.supply),
                       zones, usd(best->usd_per_hour), what_binds(best->fleet, sizing.supply),
                       best->nodes() == 1 ? "it" : "them", most_used(best->fleet) * 100.0,
                       sizing.wishes.survive_zone_loss ? ", with one zone's part to spare" : "");
}

std::vector<std::string> reasons_of(const Sizing& sizing) {
    std::vector<std::string> reasons;
    if (sizing.judging.fleets.empty()) return reasons;
    const JudgedFleet* best = sizing.recommended();
    const JudgedFleet& about = best != nullptr ? *best : sizing.judging.fleets.front();
    reasons.push_back(fmt::format(
        "Its packing costs {:.2f} USD an hour, and no {} can cost less than {:.2f} ({:.1f} %).",
        about.fleet.usd_per_hour, about.fleet.kind == FleetKind::homogeneous ? "fleet of this type" : "fleet at all",
        about.fleet.lower_bound_usd_per_hour, about.fleet.gap() * 100.0));
    if (about.nodes_added() > 0)
        reasons.push_back(fmt::format("{} {} more than the packing: {}.", about.nodes_added(),
                                      about.nodes_added() == 1 ? "node is" : "nodes are", about.added_because));
    if (const std::string reversal = reversal_of(sizing); !reversal.empty()) reasons.push_back(reversal + ".");
    std::vector<std::string> deciding;
    for (const Sensitivity& one : sizing.sensitivity)
        if (one.changes_type) deciding.push_back(fmt::format("{} ({})", one.what, one.to));
    reasons.push_back(deciding.empty() ? "No assumption that was varied would lead to another instance type."
                                       : fmt::format("Another instance type would be bought with other {}.",
                                                     fmt::join(deciding, ", ")));
    if (const std::string sure = how_sure(sizing); !sure.empty()) reasons.push_back(sure);
    return reasons;
}

std::string how_sure(const Sizing& sizing) {
    const JudgedFleet* best = sizing.recommended();
    if (best == nullptr || best->runs.empty()) return {};
    const auto runs = static_cast<std::uint64_t>(best->runs.size());
    const auto stuck = static_cast<std::uint64_t>(best->stuck_runs());
    const sim::Interval share = sim::wilson_interval(stuck, runs, 0.95);
    return fmt::format("{} of {} runs without a stuck pod: at most {:.0f} % of runs have one (95 %).", runs - stuck,
                       runs, share.high * 100.0);
}

std::string reversal_of(const Sizing& sizing) {
    const JudgedFleet* cheapest = sizing.reversed_by_simulation();
    if (cheapest == nullptr) return {};
    const JudgedFleet& best = *sizing.recommended();
    const double less = 1.0 - cheapest->fleet.usd_per_hour / best.usd_per_hour;
    if (cheapest->passes())
        return fmt::format("{} packs cheaper, but needs {} nodes more where pods are scheduled one by one",
                           label_of(cheapest->fleet, sizing.supply), cheapest->nodes_added());
    return fmt::format("{} is cheaper by {:.0f} %, and {}", label_of(*cheapest, sizing.supply), less * 100.0,
                       what_is_wrong(*cheapest));
}

}  // namespace eks::sizing
