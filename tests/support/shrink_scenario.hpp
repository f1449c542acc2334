// Makes a scenario that breaks something as small as it gets while it still breaks the same: objects, entries of the
// timeline, node groups and single keys go, numbers of nodes and pods shrink, the run ends soon after the break.
#pragma once

#include "tests/support/checked_run.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace eks::testing {

using Json = nlohmann::ordered_json;

class ScenarioShrinker {
  public:
    // Whether the document still breaks the same thing.
    using StillBreaks = std::function<bool(const Json&)>;

    ScenarioShrinker(StillBreaks still_breaks, int attempts)
        : still_breaks_(std::move(still_breaks)), left_(attempts) {}

    Json shrink(Json document) {
        for (bool smaller = true; smaller && left_ > 0;) {
            smaller = false;
            for (const Json::json_pointer& place : places_of(document)) smaller = try_at(document, place) || smaller;
        }
        return document;
    }

  private:
    // Breadth first: whole objects before what is in them; later items first, so that positions before them stay.
    static std::vector<Json::json_pointer> places_of(const Json& document) {
        std::vector<Json::json_pointer> places;
        std::deque<Json::json_pointer> open{Json::json_pointer()};
        for (; !open.empty(); open.pop_front()) {
            const Json& value = document.at(open.front());
            if (!open.front().empty()) places.push_back(open.front());
            if (value.is_object()) {
                for (const auto& [key, member] : value.items()) open.push_back(open.front() / key);
            } else if (value.is_array()) {
                for (std::size_t i = value.size(); i-- > 0;) open.push_back(open.front() / i);
            }
        }
        return places;
    }

    bool accept(Json& document, Json candidate) {
        if (left_ <= 0) return false;
        --left_;
        if (!still_breaks_(candidate)) return false;
        document = std::move(candidate);
        return true;
    }

    bool try_at(Json& document, const Json::json_pointer& place) {
        if (!document.contains(place)) return false;
        Json without = document;
        Json& parent = without.at(place.parent_pointer());
        if (parent.is_array())
            parent.erase(static_cast<std::size_t>(std::stoul(place.back())));
        else
            parent.erase(place.back());
        if (accept(document, std::move(without))) return true;
        const Json value = document.at(place);
        if (!value.is_number_integer() || value.get<std::int64_t>() <= 1) return false;
        for (const std::int64_t smaller : {std::int64_t{1}, value.get<std::int64_t>() / 2}) {
            Json candidate = document;
            candidate.at(place) = smaller;
            if (accept(document, std::move(candidate))) return true;
        }
        return false;
    }

    StillBreaks still_breaks_;
    int left_;
};

// What is broken, without the numbers, which are others in a smaller scenario.
inline std::string kind_of_break(const std::string& what) {
    std::string kind = what.substr(0, what.find('\n'));
    // A Defect says the time, the event and the seed behind the condition: the event alone belongs to its kind.
    if (const std::size_t time = kind.find(" (at simulated time"); time != std::string::npos) {
        const std::size_t event = kind.find(", handling", time);
        const std::size_t seed = kind.find(", seed", time);
        const bool has_event = event != std::string::npos && event < seed;
        kind = kind.substr(0, time) + (has_event ? kind.substr(event, seed - event) : "");
    }
    std::erase_if(kind, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
    return kind;
}

inline Json shrink_scenario(const Json& document, const CheckedRun& broken, std::int64_t fork_at_ppm,
                            int attempts = 400) {
    const std::string kind = kind_of_break(broken.what);
    ScenarioShrinker shrinker(
        [&](const Json& candidate) {
            const CheckedRun checked = run_checked(candidate.dump(), fork_at_ppm);
            return checked.outcome == CheckedRun::Outcome::broken && kind_of_break(checked.what) == kind;
        },
        attempts);
    Json shorter = document;
    shorter["run"]["for"] = sim::to_text(broken.at + sim::Duration::seconds(1));
    const CheckedRun again = run_checked(shorter.dump(), fork_at_ppm);
    const bool still = again.outcome == CheckedRun::Outcome::broken && kind_of_break(again.what) == kind;
    return shrinker.shrink(still ? shorter : document);
}

}  // namespace eks::testing
