#include "models/report/timelines_json.hpp"

#include <nlohmann/json.hpp>

namespace eks {

namespace {

using Json = nlohmann::ordered_json;

// A whole number of units stays one.
Json in_units(std::int64_t value, double base_per_unit) {
    return base_per_unit == 1 ? Json(value) : Json(static_cast<double>(value) / base_per_unit);
}

Json timeline_json(const Timeline& line) {
    Json labels = Json::object();
    for (const auto& [name, value] : line.title.labels) labels[name] = value;
    Json times = Json::array();
    Json values = Json::array();
    for (const TimelinePoint& point : line.points) {
        times.push_back(in_units(point.at.us(), 1e6));
        values.push_back(in_units(point.value, line.title.base_per_unit));
    }
    return {{"name", line.title.name},
            {"labels", std::move(labels)},
            {"unit", line.title.unit},
            {"at_seconds", std::move(times)},
            {"values", std::move(values)}};
}

}  // namespace

std::string timelines_json(const Outcome& outcome) {
    Json list = Json::array();
    for (const Timeline& line : outcome.timelines) list.push_back(timeline_json(line));
    const double until = outcome.runs.empty() ? 0.0 : outcome.runs.front().end.since_origin().in_seconds();
    return Json{{"replication", outcome.first_replication},
                {"until_seconds", until},
                {"warm_up_seconds", outcome.warm_up.in_seconds()},
                {"list", std::move(list)}}
        .dump();
}

}  // namespace eks
