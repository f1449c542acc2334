#include "models/report/part_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <bit>
#include <charconv>

namespace eks {

namespace {

using Json = nlohmann::ordered_json;

std::uint64_t from_hex(const std::string& text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

// JSON has no words for what is not finite, so a double that is none travels as its bits.
Json exact(double value) {
    if (value - value == 0.0) return value;
    return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(value));
}
double exact(const Json& json) {
    if (!json.is_string()) return json.get<double>();
    return std::bit_cast<double>(from_hex(json.get<std::string>()));
}

Json group_json(const GroupValue& group) {
    return Json::array({group.labels, group.value ? exact(*group.value) : Json(),
                        group.first_breach ? Json(group.first_breach->us()) : Json()});
}

GroupValue group_from(const Json& json) {
    GroupValue group{json.at(0).get<std::vector<std::string>>(), std::nullopt, std::nullopt};
    if (!json.at(1).is_null()) group.value = exact(json.at(1));
    if (!json.at(2).is_null())
        group.first_breach = sim::Time::at(sim::Duration::microseconds(json.at(2).get<std::int64_t>()));
    return group;
}

using Total = std::int64_t RunTotals::*;
constexpr std::array<Total, 8> all_totals{
    &RunTotals::pods_created,  &RunTotals::pods_placed,    &RunTotals::pods_finished, &RunTotals::pods_failed,
    &RunTotals::pods_unplaced, &RunTotals::nodes_at_start, &RunTotals::nodes,         &RunTotals::nodes_max};
static_assert(sizeof(RunTotals) == all_totals.size() * sizeof(std::int64_t), "a total was added to RunTotals");

}  // namespace

std::string run_outcome_json(const RunOutcome& run) {
    Json measures = Json::array();
    for (const auto& groups : run.values.measures) {
        Json list = Json::array();
        for (const GroupValue& group : groups) list.push_back(group_json(group));
        measures.push_back(std::move(list));
    }
    Json totals = Json::array();
    for (const Total total : all_totals) totals.push_back(run.totals.*total);
    return Json{{"fingerprint", run.fingerprint.hex()},
                {"events", run.events},
                {"end_us", run.end.us()},
                {"values_end_us", run.values.end.us()},
                {"measures", std::move(measures)},
                {"pods_waited", run.waiting.pods},
                {"waited_us", run.waiting.total_us},
                {"waited_us_by_cause", run.waiting.by_cause_us},
                {"totals", std::move(totals)},
                {"cost_usd", exact(run.cost_usd)},
                {"nodes_at_end", run.nodes_at_end}}
        .dump();
}

RunOutcome run_outcome_from_json(std::string_view text) {
    const Json json = Json::parse(text);
    const auto time = [&](const char* key) {
        return sim::Time::at(sim::Duration::microseconds(json.at(key).get<std::int64_t>()));
    };
    RunOutcome run;
    run.fingerprint = sim::Fingerprint::of_value(from_hex(json.at("fingerprint").get<std::string>()));
    run.events = json.at("events").get<std::uint64_t>();
    run.end = time("end_us");
    run.values.end = time("values_end_us");
    for (const Json& groups : json.at("measures")) {
        std::vector<GroupValue>& list = run.values.measures.emplace_back();
        for (const Json& group : groups) list.push_back(group_from(group));
    }
    run.waiting.pods = json.at("pods_waited").get<std::int64_t>();
    run.waiting.total_us = json.at("waited_us").get<std::int64_t>();
    json.at("waited_us_by_cause").get_to(run.waiting.by_cause_us);
    for (std::size_t i = 0; i < all_totals.size(); ++i)
        run.totals.*all_totals[i] = json.at("totals").at(i).get<std::int64_t>();
    run.cost_usd = exact(json.at("cost_usd"));
    run.nodes_at_end = json.at("nodes_at_end").get<std::int64_t>();
    return run;
}

}  // namespace eks
