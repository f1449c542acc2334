#include "models/report/quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace eks {

namespace {

// What each run showed of each expectation, in the order of Judgement::expectations.
std::vector<Quantity> expected(const Outcome& outcome) {
    std::vector<Quantity> list;
    for (std::size_t i = 0; i < outcome.judgement.expectations.size(); ++i) {
        Quantity q{outcome.judgement.expectations[i].name, outcome.judgement.expectations[i].unit, {}};
        for (const RunOutcome& run : outcome.runs) {
            const bool is_known = i < run.observed.size() && run.observed[i].has_value();
            q.by_run.push_back(is_known ? *run.observed[i] : std::numeric_limits<double>::quiet_NaN());
        }
        list.push_back(std::move(q));
    }
    return list;
}

constexpr std::string_view cause_prefix = "waiting for ";

const Quantity* find(const std::vector<Quantity>& list, const std::string& what) {
    const auto found = std::ranges::find(list, what, &Quantity::what);
    return found == list.end() ? nullptr : &*found;
}

bool is_known(const Quantity& quantity) {
    return std::ranges::none_of(quantity.by_run, [](double value) { return std::isnan(value); });
}

}  // namespace

std::vector<Quantity> quantities(const Outcome& outcome) {
    std::vector<Quantity> list = expected(outcome);
    const auto add = [&](std::string what, std::string unit, auto&& read) {
        Quantity q{std::move(what), std::move(unit), {}};
        for (const RunOutcome& run : outcome.runs) q.by_run.push_back(read(run));
        list.push_back(std::move(q));
    };
    const auto seconds = [](std::int64_t us) { return static_cast<double>(us) / 1e6; };
    add("waiting seconds", "s", [&](const RunOutcome& run) { return seconds(run.waiting.total_us); });
    for (std::size_t c = 1; c < wait_cause_count; ++c) {
        const bool is_met =
            std::ranges::any_of(outcome.runs, [c](const RunOutcome& run) { return run.waiting.by_cause_us[c] != 0; });
        if (!is_met) continue;
        add(fmt::format("{}{}", cause_prefix, wait_cause_texts[c].name), "s",
            [&](const RunOutcome& run) { return seconds(run.waiting.by_cause_us[c]); });
    }
    add("pods placed", "", [](const RunOutcome& run) { return static_cast<double>(run.totals.pods_placed); });
    add("pods finished", "", [](const RunOutcome& run) { return static_cast<double>(run.totals.pods_finished); });
    add("pods unplaced at the end", "",
        [](const RunOutcome& run) { return static_cast<double>(run.totals.pods_unplaced); });
    add("cost", "USD", [](const RunOutcome& run) { return run.cost_usd; });
    add("cost an hour", "USD/h", [&](const RunOutcome& run) {
        const double hours = (run.end.since_origin() - outcome.warm_up).in_seconds() / 3600;
        return hours > 0 ? run.cost_usd / hours : 0.0;
    });
    return list;
}

std::vector<PairedQuantity> paired(const std::vector<Quantity>& a, const std::vector<Quantity>& b) {
    std::vector<PairedQuantity> pairs;
    for (const Quantity& left : a) {
        const Quantity* const right = find(b, left.what);
        if (right != nullptr && is_known(left) && is_known(*right))
            pairs.push_back({left.what, left.unit, left.by_run, right->by_run});
        else if (right == nullptr && left.what.starts_with(cause_prefix))
            pairs.push_back({left.what, left.unit, left.by_run, std::vector<double>(left.by_run.size(), 0.0)});
    }
    for (const Quantity& right : b) {
        if (right.what.starts_with(cause_prefix) && find(a, right.what) == nullptr)
            pairs.push_back({right.what, right.unit, std::vector<double>(right.by_run.size(), 0.0), right.by_run});
    }
    return pairs;
}

}  // namespace eks
