#include "models/report/size_json.hpp"

#include "libsim/statistics.hpp"
#include "models/catalog/max_pods.hpp"
#include "models/sizing/fleet_cost.hpp"
#include "models/sizing/recommendation.hpp"
#include "models/version.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <map>

namespace eks {

namespace sizing {
namespace {

using Json = nlohmann::ordered_json;

constexpr double mib = static_cast<double>(mebibyte);
constexpr double month = static_cast<double>(hours_a_month);

double usd_of(MicroUsd micro) { return static_cast<double>(micro) / micro_usd_per_usd; }

// A hundredth of a micro-dollar: what lies below are remains of binary sums, which would differ with their order.
double rounded(double value) {
    constexpr double scale = 1e8;
    const double scaled = value * scale;
    const auto whole = static_cast<std::int64_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    return static_cast<double>(whole) / scale;
}

Wishes read_wishes(const Json& json) {
    Wishes wishes;
    for (const Json& word : json.value("architectures", Json::array()))
        wishes.architectures.push_back(word == "arm64" ? Architecture::arm64 : Architecture::amd64);
    wishes.families = json.value("families", std::vector<std::string>());
    wishes.types = json.value("types", std::vector<std::string>());
    wishes.zones = json.value("zones", std::vector<std::string>());
    if (json.contains("purchases")) {
        wishes.purchases.clear();
        for (const Json& word : json["purchases"]) {
            for (const Purchase purchase : all_purchases)
                if (word == text_of(purchase)) wishes.purchases.push_back(purchase);
        }
    }
    wishes.nodes_min = json.value("nodes_min", wishes.nodes_min);
    if (json.contains("nodes_max") && !json["nodes_max"].is_null())
        wishes.nodes_max = json["nodes_max"].get<std::int64_t>();
    wishes.headroom = json.value("headroom", wishes.headroom);
    wishes.survive_zone_loss = json.value("survive_zone_loss", false);
    wishes.top = json.value("top", wishes.top);
    wishes.effort = json.value("effort", wishes.effort);
    wishes.older_generations = json.value("older_generations", false);
    wishes.simulate = json.value("simulate", true);
    if (json.contains("replications") && !json["replications"].is_null())
        wishes.replications = {json["replications"].at("min"), json["replications"].at("max")};
    if (json.contains("seed") && !json["seed"].is_null()) wishes.seed = json["seed"].get<std::uint64_t>();
    wishes.jobs = std::max<std::uint32_t>(1, json.value("jobs", 1U));
    return wishes;
}

Json wishes_json(const Sizing& sizing) {
    const Wishes& wishes = sizing.wishes;
    Json architectures = Json::array();
    for (const Architecture a : wishes.architectures) architectures.push_back(to_text(a));
    if (architectures.empty()) architectures = Json::array({"amd64", "arm64"});
    Json purchases = Json::array();
    for (const Purchase p : wishes.purchases) purchases.push_back(text_of(p));
    return {{"architectures", architectures},
            {"families", wishes.families},
            {"types", wishes.types},
            {"older_generations", wishes.older_generations},
            {"purchases", purchases},
            {"zones", sizing.zones},
            {"nodes_min", wishes.nodes_min},
            {"nodes_max", wishes.nodes_max ? Json(*wishes.nodes_max) : Json()},
            {"headroom", wishes.headroom},
            {"survive_zone_loss", wishes.survive_zone_loss},
            {"top", wishes.top},
            {"replications", {{"min", wishes.replications.minimum}, {"max", wishes.replications.maximum}}}};
}

std::string cni_text(const Spec& spec) {
    std::string text = spec.cni_kind == CniKind::vpc_cni      ? "VPC CNI"
                       : spec.cni_kind == CniKind::cilium_eni ? "Cilium in ENI mode"
                                                              : "VPC CNI and Cilium";
    const bool is_cilium = spec.cni_kind != CniKind::vpc_cni;
    if (is_cilium ? spec.cilium.prefix_delegation : spec.cni.prefix_delegation) text += ", prefix delegation";
    if (!is_cilium && spec.cni.custom_networking) text += ", custom networking";
    if (!is_cilium && spec.cni.pod_enis) text += ", security groups for pods";
    if (spec.cni.ipv6) text += ", IPv6";
    return text;
}

// Which formula gave maxPods: the one that would, or the user.
std::string_view pods_formula(const Spec& spec, const NodeShape& shape, const InstanceType& type) {
    const MaxPodsCalculation calculation = calculation_for(type);
    if (spec[shape.group].is_managed)
        return shape.max_pods == max_pods_calculator(calculation) ? "max-pods-calculator" : "set by the node group";
    return shape.max_pods == max_pods_nodeadm(eni_limits_of(type)) ? "nodeadm" : "set by the node group";
}

template <class Parts>
Json parts_json(const Parts& parts, double unit) {
    Json list = Json::array();
    for (const auto part : parts) list.push_back(unit == 1.0 ? Json(part) : Json(static_cast<double>(part) / unit));
    return list;
}

Json type_json(const Sizing& sizing, const Offer& offer) {
    const Spec& spec = sizing.supply.spec_of(offer);
    const NodeShapeIx ix = sizing.supply.shape_of(offer);
    const NodeShape& shape = spec[ix];
    const InstanceType& type = *sizing.catalog().find(offer.instance_type);
    const NodeRoom room = room_of(spec, ix);
    const NodeSplit split = split_of(spec, ix, type);
    constexpr double bytes_per_gbit = 1e9 / 8;
    constexpr double mib_per_gib = 1024.0;
    return {{"instance_type", offer.instance_type},
            {"group", sizing.supply.written[offer.written].name},
            {"family", family_of(offer.instance_type)},
            {"architecture", to_text(type.architecture)},
            {"purchase", text_of(offer.purchase)},
            {"usd_per_hour", usd_of(offer.price_per_hour_micro_usd)},
            {"vcpus", type.vcpus},
            {"memory_gib", static_cast<double>(type.memory_mib) / mib_per_gib},
            {"max_pods", shape.max_pods},
            {"max_pods_formula", pods_formula(spec, shape, type)},
            {"addresses", spec.cni.ipv6 ? Json() : Json(room.addresses)},
            {"volumes", room.volumes},
            {"gpus", shape.capacity.gpus},
            {"network_gbps", static_cast<double>(shape.network_baseline_bytes_per_second) / bytes_per_gbit},
            {"room",
             {{"cpu_milli", room.resources.cpu_milli},
              {"memory_mib", static_cast<double>(room.resources.memory_bytes) / mib},
              {"pods", room.pods}}},
            {"split",
             {{"parts", NodeSplit::parts},
              {"cpu_milli", parts_json(split.cpu_milli, 1.0)},
              {"memory_mib", parts_json(split.memory_bytes, mib)},
              {"storage_mib", parts_json(split.storage_bytes, mib)}}}};
}

Json density_json(const Sizing& sizing) {
    Json rooms = Json::array();
    for (std::size_t b = 0; b < bound_kinds; ++b) rooms.push_back(text_of(static_cast<Bound>(b)));
    Json titles = Json::array();
    for (const DemandedWorkload& w : sizing.demand.workloads) titles.push_back(w.title);
    Json types = Json::array();
    Json counts = Json::array();
    Json binds = Json::array();
    for (const Offer& offer : sizing.supply.offers) {
        types.push_back(type_json(sizing, offer));
        Json count = Json::array();
        Json bind = Json::array();
        for (std::size_t w = 0; w < sizing.demand.workloads.size(); ++w) {
            const Density::Cell& cell = sizing.supply.cell(offer, w);
            count.push_back(cell.count);
            bind.push_back(cell.bound);
        }
        counts.push_back(std::move(count));
        binds.push_back(std::move(bind));
    }
    return {{"rooms", rooms}, {"workloads", titles}, {"types", types}, {"counts", counts}, {"binds", binds}};
}

Json price_json(const Sizing& sizing, const JudgedFleet& judged) {
    const FleetCost cost = cost_of_fleet(judged.fleet, judged.nodes_of_group, sizing.supply, sizing.demand);
    Json workloads = Json::array();
    for (std::size_t w = 0; w < sizing.demand.workloads.size(); ++w) {
        workloads.push_back({{"workload", sizing.demand.workloads[w].title},
                             {"usd_per_hour", rounded(cost.of_workload_usd_per_hour[w])},
                             {"usd_per_month", rounded(cost.of_workload_usd_per_hour[w] * month)}});
    }
    return {{"usd_per_hour", rounded(judged.usd_per_hour)},
            {"usd_per_month", rounded(judged.usd_per_hour * month)},
            {"static_usd_per_hour", rounded(judged.fleet.usd_per_hour)},
            {"lower_bound_usd_per_hour", rounded(judged.fleet.lower_bound_usd_per_hour)},
            {"gap", rounded(judged.fleet.gap())},
            {"control_plane_usd_per_hour", usd_of(sizing.base.spec->control_plane_per_hour_micro_usd)},
            {"workloads", workloads},
            {"daemon_sets_usd_per_hour", rounded(cost.daemon_sets_usd_per_hour)},
            {"system_usd_per_hour", rounded(cost.system_usd_per_hour)},
            {"idle_usd_per_hour", rounded(cost.idle_usd_per_hour)}};
}

Json used_json(const Sizing& sizing, const PlannedFleet& fleet) {
    constexpr std::array<const char*, room_kinds> names{"cpu", "memory", "pods", "volumes", "gpus", "storage"};
    bool has_gpus = false;
    for (const DemandedWorkload& w : sizing.demand.workloads)
        has_gpus = has_gpus || w.each.gpus > 0 || w.each.neurons > 0;
    Json used = Json::object();
    for (std::size_t r = 0; r < room_kinds; ++r)
        used[names[r]] = static_cast<Room>(r) == Room::gpus && !has_gpus ? Json() : Json(rounded(fleet.used[r]));
    return used;
}

Json groups_json(const Sizing& sizing, const JudgedFleet& judged) {
    Json groups = Json::array();
    const auto chosen = groups_of(judged.fleet, judged.nodes_of_group, sizing.supply, sizing.wishes);
    for (std::size_t g = 0; g < judged.fleet.groups.size(); ++g) {
        const Offer& offer = sizing.supply.offers[judged.fleet.groups[g].offer];
        groups.push_back({{"group", chosen[g].name},
                          {"instance_type", offer.instance_type},
                          {"nodes", judged.nodes_of_group[g]},
                          {"nodes_static", judged.fleet.groups[g].nodes},
                          {"purchase", text_of(offer.purchase)},
                          {"usd_per_hour_each", usd_of(offer.price_per_hour_micro_usd)},
                          {"volume_usd_per_hour_each", usd_of(offer.volume_per_hour_micro_usd)}});
    }
    return groups;
}

// Nodes of one type with the same pods are one entry.
Json packing_json(const Sizing& sizing, const PlannedFleet& fleet) {
    std::map<std::pair<std::int32_t, std::vector<std::pair<std::int32_t, std::int64_t>>>, std::int64_t> alike;
    for (const FleetNode& node : fleet.plan.fleet.nodes) {
        std::vector<std::pair<std::int32_t, std::int64_t>> pods;
        for (const FleetPods& some : node.pods) pods.emplace_back(some.workload, some.count);
        alike[{node.type, std::move(pods)}] += fleet.copies;
    }
    Json packing = Json::array();
    for (const auto& [node, count] : alike) {
        Json pods = Json::object();
        for (const auto& [workload, number] : node.second)
            pods[sizing.demand.workloads[static_cast<std::size_t>(workload)].title] = number;
        const std::size_t offer = fleet.types[static_cast<std::size_t>(node.first)];
        packing.push_back(
            {{"instance_type", sizing.supply.offers[offer].instance_type}, {"nodes", count}, {"pods", pods}});
    }
    return packing;
}

Json interval_json(const sim::Interval& interval) {
    return Json::array({rounded(interval.low), rounded(interval.high)});
}

Json expectations_json(const JudgedFleet& judged) {
    Json list = Json::array();
    // The last one is not the user's, see Trial.
    const auto& all = judged.judgement.expectations;
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        const ExpectationResult& e = all[i];
        list.push_back({{"name", e.name},
                        {"that", e.that},
                        {"verdict", text_of(e.verdict)},
                        {"severity", e.is_warning ? "warn" : "error"},
                        {"observed", e.observed ? Json(rounded(*e.observed)) : Json()},
                        {"interval", e.interval_low && e.interval_high
                                         ? Json::array({rounded(*e.interval_low), rounded(*e.interval_high)})
                                         : Json()},
                        {"limit", e.limit},
                        {"unit", e.unit},
                        {"message", e.message}});
    }
    return list;
}

Json waiting_by_cause(const std::vector<TrialRun>& runs) {
    std::vector<std::pair<double, std::size_t>> causes;
    for (std::size_t c = 1; c < wait_cause_count; ++c) {
        double seconds = 0.0;
        for (const TrialRun& run : runs) seconds += static_cast<double>(run.outcome.waiting.by_cause_us[c]) / 1e6;
        if (seconds > 0.0) causes.emplace_back(-seconds / static_cast<double>(runs.size()), c);
    }
    std::sort(causes.begin(), causes.end());
    Json object = Json::object();
    for (const auto& [seconds, c] : causes) object[std::string(wait_cause_texts[c].name)] = rounded(-seconds);
    return object;
}

Json simulation_json(const JudgedFleet& judged) {
    if (judged.trial == nullptr || judged.runs.empty()) return nullptr;
    const std::vector<TrialRun>& runs = judged.runs;
    std::vector<double> p99;
    double unplaced = 0.0;
    double usd = 0.0;
    std::uint64_t events = 0;
    for (const TrialRun& run : runs) {
        if (run.start_p99_seconds) p99.push_back(*run.start_p99_seconds);
        unplaced += static_cast<double>(run.outcome.totals.pods_unplaced);
        usd += run.outcome.cost_usd;
        events += run.outcome.events;
    }
    const auto count = static_cast<double>(runs.size());
    const RunSettings& settings = judged.trial->scenario.run;
    const double hours = (settings.duration - settings.warm_up).in_seconds() / 3600.0;
    const auto stuck = static_cast<std::uint64_t>(judged.stuck_runs());
    const sim::Interval mean = sim::mean_interval(p99, 0.95);
    return {{"verdict", text_of(judged.judgement.verdict)},
            {"replications", runs.size()},
            {"expectations", expectations_json(judged)},
            {"pod_start_p99_seconds", p99.empty() ? Json() : Json(rounded(mean.estimate))},
            {"pod_start_p99_interval", p99.size() < 2 ? Json() : interval_json(mean)},
            {"stuck_runs", stuck},
            {"stuck_share", rounded(static_cast<double>(stuck) / count)},
            {"stuck_interval", interval_json(sim::wilson_interval(stuck, runs.size(), 0.95))},
            {"unplaced_pods_mean", rounded(unplaced / count)},
            {"waiting_by_cause_seconds", waiting_by_cause(runs)},
            {"usd_per_hour", hours > 0.0 ? Json(rounded(usd / count / hours)) : Json()},
            {"events", events},
            {"message", what_is_wrong(judged)}};
}

Json candidate_json(const Sizing& sizing, const JudgedFleet& judged, std::size_t rank) {
    return {{"id", fmt::format("c{}", judged.static_rank)},
            {"rank", rank},
            {"static_rank", judged.static_rank},
            {"kind", text_of(judged.fleet.kind)},
            {"purchase", text_of(judged.fleet.purchase)},
            {"label", label_of(judged, sizing.supply)},
            {"nodes", judged.nodes()},
            {"groups", groups_json(sizing, judged)},
            {"price", price_json(sizing, judged)},
            {"binds", what_binds(judged.fleet, sizing.supply)},
            {"used", used_json(sizing, judged.fleet)},
            {"nodes_added", judged.nodes_added()},
            {"added_because", judged.added_because},
            {"packing", packing_json(sizing, judged.fleet)},
            {"simulation", simulation_json(judged)},
            {"risk", risk_of(judged)},
            {"verdict", verdict_of(judged)},
            {"message", what_is_wrong(judged)}};
}

Json workloads_json(const Sizing& sizing) {
    Json list = Json::array();
    for (std::size_t w = 0; w < sizing.demand.workloads.size(); ++w) {
        const DemandedWorkload& one = sizing.demand.workloads[w];
        std::int64_t allowed = 0;
        for (const Offer& offer : sizing.supply.offers) allowed += sizing.supply.cell(offer, w).count > 0 ? 1 : 0;
        const bool is_kept_apart = one.most_per_node < std::numeric_limits<std::int64_t>::max();
        list.push_back({{"workload", one.title},
                        {"replicas", one.replicas},
                        {"why", one.why},
                        {"cpu_milli", one.each.cpu_milli},
                        {"memory_mib", static_cast<double>(one.each.memory_bytes) / mib},
                        {"volumes", one.attachments},
                        {"gpus", one.each.gpus + one.each.neurons},
                        {"storage_mib", static_cast<double>(one.each.ephemeral_bytes) / mib},
                        {"network_bytes_per_second", one.network_bytes_per_second},
                        {"most_per_node", is_kept_apart ? Json(one.most_per_node) : Json()},
                        {"types_allowed", allowed}});
    }
    return list;
}

Json one_type_json(const Sizing& sizing) {
    Json list = Json::array();
    for (const PlannedFleet& fleet : sizing.of_one_type) {
        list.push_back({{"instance_type", sizing.supply.offers[fleet.groups.front().offer].instance_type},
                        {"purchase", text_of(fleet.purchase)},
                        {"nodes", fleet.nodes()},
                        {"usd_per_hour", rounded(fleet.usd_per_hour)},
                        {"lower_bound_usd_per_hour", rounded(fleet.lower_bound_usd_per_hour)},
                        {"binds", what_binds(fleet, sizing.supply)}});
    }
    return list;
}

Json sensitivity_json(const Sizing& sizing) {
    Json list = Json::array();
    for (const Sensitivity& one : sizing.sensitivity) {
        list.push_back({{"what", one.what},
                        {"from", one.from},
                        {"to", one.to},
                        {"answer", one.fleet ? Json(label_of(*one.fleet, sizing.supply)) : Json()},
                        {"usd_per_hour", one.fleet ? Json(rounded(one.fleet->usd_per_hour)) : Json()},
                        {"change_usd_per_hour", rounded(one.change_usd_per_hour)},
                        {"changes_type", one.changes_type},
                        {"changes_answer", one.changes_answer}});
    }
    return list;
}

Json shown_json(const Sizing& sizing) {
    std::vector<std::string> names;
    const auto add = [&](const PlannedFleet& fleet) {
        for (const FleetGroup& group : fleet.groups) {
            const std::string& name = sizing.supply.offers[group.offer].instance_type;
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        }
    };
    for (const JudgedFleet& judged : sizing.judging.fleets) add(judged.fleet);
    for (const PlannedFleet& fleet : sizing.of_one_type) add(fleet);
    return names;
}

Json assumptions_json(const Sizing& sizing) {
    Json list = Json::array();
    const auto add = [&](const std::vector<Assumption>& some) {
        for (const Assumption& a : some) list.push_back({{"what", a.what}, {"value", a.value}, {"rule", a.rule}});
    };
    add(sizing.demand.assumptions);
    add(sizing.supply.assumptions);
    for (const JudgedFleet& judged : sizing.judging.fleets) {
        if (judged.trial == nullptr) continue;
        add(judged.trial->assumptions);
        break;
    }
    const bool has_burstable =
        std::any_of(sizing.supply.offers.begin(), sizing.supply.offers.end(),
                    [&](const Offer& offer) { return sizing.catalog().find(offer.instance_type)->burstable(); });
    if (has_burstable) add({{"CPU of burstable types", "their baseline: what they keep up without credits", "AWS-24"}});
    add({{"prices", fmt::format("as of {}, before tax", Catalog::builtin_date()), "AWS-22"}});
    add(sizing.base.assumptions);
    return list;
}

Json warnings_json(const Sizing& sizing) {
    Json list = Json::array();
    for (const Complaint& c : sizing.base.warnings) {
        // What is said of the node groups as they were is of no use to somebody who chooses others.
        if (c.rule == Rule::pod_fits_no_node || c.rule == Rule::pods_without_address || c.rule == Rule::no_price)
            continue;
        list.push_back(
            {{"rule", code_of(c.rule)}, {"message", c.message}, {"place", c.place ? to_text(*c.place) : ""}});
    }
    return list;
}

// The packing problem as the fleet calls see it, by purchase.
Json mix_json(const Sizing& sizing) {
    Json list = Json::array();
    for (std::size_t p = 0; p < sizing.problems.size(); ++p) {
        const Problem& problem = sizing.problems[p];
        Json types = Json::array();
        for (const FleetType& type : problem.mix.types)
            types.push_back({{"name", type.name}, {"room", type.room}, {"usd_per_hour", type.usd_per_hour}});
        Json workloads = Json::array();
        for (const FleetWorkload& w : problem.mix.workloads) {
            Json allowed = Json::array();
            for (const bool may : w.allowed) allowed.push_back(may ? 1 : 0);
            const bool is_kept_apart = w.most_per_node < std::numeric_limits<std::int64_t>::max();
            workloads.push_back({{"name", w.name},
                                 {"each", w.each},
                                 {"replicas", w.replicas},
                                 {"most_per_node", is_kept_apart ? Json(w.most_per_node) : Json()},
                                 {"allowed", allowed}});
        }
        list.push_back({{"purchase", text_of(sizing.wishes.purchases[p])},
                        {"copies", problem.copies},
                        {"types", types},
                        {"workloads", workloads}});
    }
    return list;
}

Json document_of(const Sizing& sizing) {
    const JudgedFleet* best = sizing.recommended();
    Json candidates = Json::array();
    for (std::size_t i = 0; i < sizing.judging.fleets.size(); ++i)
        candidates.push_back(candidate_json(sizing, sizing.judging.fleets[i], i + 1));
    Json not_regarded = Json::array();
    for (const NotRegarded& one : sizing.demand.not_regarded)
        not_regarded.push_back({{"what", one.what}, {"why", one.why}, {"count", one.count}});
    Json misfits = Json::array();
    for (const Misfit& misfit : sizing.problems.empty() ? std::vector<Misfit>() : sizing.problems.front().misfits)
        misfits.push_back({{"workload", sizing.demand.workloads[misfit.workload].title}, {"why", misfit.why}});
    return {{"ekssim", version()},
            {"format", "ekssim.dev/sizing/v1alpha1"},
            {"scenario", sizing.base.name},
            {"region", sizing.base.spec->region},
            {"zones", sizing.zones},
            {"cni", cni_text(*sizing.base.spec)},
            {"kubernetes", fmt::format("1.{}", sizing.base.spec->kubernetes.minor)},
            {"prices_date", Catalog::builtin_date()},
            {"seed", sizing.wishes.seed.value_or(sizing.base.run.seed)},
            {"interrupted", sizing.was_interrupted},
            {"wishes", wishes_json(sizing)},
            {"recommendation",
             {{"candidate", best != nullptr ? Json(fmt::format("c{}", best->static_rank)) : Json()},
              {"sentence", sentence_of(sizing)},
              {"reasons", reasons_of(sizing)},
              {"how_sure", how_sure(sizing)}}},
            {"candidates", candidates},
            {"selection",
             {{"method",
               "feasibility in order of price, fully sequential (Andradottir and Kim, 2010), 95 % for all "
               "verdicts together"},
              {"replications", sizing.judging.replications},
              {"reversed", sizing.reversed_by_simulation() != nullptr},
              {"reversal", reversal_of(sizing)}}},
            {"workloads", workloads_json(sizing)},
            {"misfits", misfits},
            {"homogeneous", one_type_json(sizing)},
            {"exact", nullptr},
            {"sensitivity", sensitivity_json(sizing)},
            {"shown", shown_json(sizing)},
            {"density", density_json(sizing)},
            {"assumptions", assumptions_json(sizing)},
            {"not_regarded", not_regarded},
            {"warnings", warnings_json(sizing)}};
}

OnSizingProgress sizing_progress(const OnJsonProgress& progress) {
    if (!progress) return {};
    return [&progress](const SizingProgress& at) {
        return progress(Json{
            {"stage", at.stage},
            {"simulated_seconds", at.simulated.in_seconds()},
            {"of_seconds", at.of.in_seconds()},
            {"events", at.events},
            {"replication", at.run},
            {"replications",
             at.runs}}.dump());
    };
}

}  // namespace
}  // namespace sizing

std::string to_json(const sizing::Sizing& sizing) { return sizing::document_of(sizing).dump(); }

std::string size_as_json(std::string_view document, std::string_view options_text, const OnJsonProgress& progress) {
    const auto began = std::chrono::steady_clock::now();
    using sizing::Json;
    const Json options = options_text.empty() ? Json::object() : Json::parse(options_text);
    LoadOptions load;
    for (const Json& pair : options.value("set", Json::array()))
        load.set.emplace_back(pair.at(0).get<std::string>(), pair.at(1).dump());
    const auto sized =
        sizing::size_scenario(document, load, sizing::read_wishes(options.value("wishes", Json::object())),
                              sizing::sizing_progress(progress));
    if (!sized) return complaints_as_json(sized.error());
    Json answer = sizing::document_of(*sized);
    if (options.value("mix", false)) answer["mix"] = sizing::mix_json(*sized);
    answer["wall_seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return answer.dump();
}

}  // namespace eks
