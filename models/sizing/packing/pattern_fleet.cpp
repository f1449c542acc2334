#include "models/sizing/packing/pattern_fleet.hpp"

#include "models/sizing/packing/pattern_master.hpp"
#include "models/sizing/packing/pattern_pricing.hpp"
#include "models/sizing/packing/pattern_table.hpp"
#include "models/sizing/packing/totals_fleet.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

namespace eks::sizing {

namespace {

constexpr int rounds_between_all = 5;  // every so many rounds all types are searched, between them the best few
constexpr std::size_t few_types = 20;
constexpr std::size_t columns_a_round = 24;
constexpr int steps_for_few = 60;  // of a knapsack
constexpr int steps_for_all = 400;
constexpr double close_enough = 0.001;  // of the bound to the price in fractions of nodes
constexpr int rounds_of_a_dive = 6;
constexpr double last_nodes = 5.0;  // so few are left to the search by totals
constexpr std::size_t most_workloads = 400;

std::vector<std::int64_t> replicas_of(const FleetProblem& problem) {
    std::vector<std::int64_t> replicas;
    for (const auto& workload : problem.workloads) replicas.push_back(workload.replicas);
    return replicas;
}

// The problem of what is left: workloads without pods are gone.
struct Rest {
    FleetProblem problem;
    std::vector<std::int32_t> whole;  // by workload of the rest: which of the whole problem
};

Rest rest_of(const FleetProblem& problem, const std::vector<std::int64_t>& left) {
    Rest rest{{.types = problem.types}};
    for (std::size_t w = 0; w < left.size(); ++w) {
        if (left[w] == 0) continue;
        rest.whole.push_back(static_cast<std::int32_t>(w));
        rest.problem.workloads.push_back(problem.workloads[w]);
        rest.problem.workloads.back().replicas = left[w];
        rest.problem.runs_on.push_back(problem.runs_on[w]);
    }
    rest.problem.find_rooms();
    return rest;
}

// The table's pods, where it has the type and they fit in everything and not only in what the table regards.
std::optional<Pattern> tabled(const FleetProblem& problem, std::size_t type, const PatternTable& table,
                              const std::vector<double>& values) {
    Pattern pattern{.pods = table.pods(type), .at_most = table.at_most(type)};
    if (std::isinf(pattern.at_most)) return std::nullopt;
    for (const FleetPods& some : pattern.pods) {
        const auto w = static_cast<std::size_t>(some.workload);
        if (!problem.runs_on[w][type]) return std::nullopt;
        pattern.value += static_cast<double>(some.count) * values[w];
    }
    if (!has_room(problem.types[type].room, load_of(problem.workloads, pattern.pods))) return std::nullopt;
    return pattern;
}

// Adds columns until none is below its price, or the rounds are over. Returns the best bound seen.
double generate(const FleetProblem& problem, PatternMaster& master, int rounds) {
    const std::vector<std::int64_t> replicas = replicas_of(problem);
    std::vector<double> margin(problem.types.size(),
                               0.0);  // by type: what its best pattern lacks of its price, as a share
    std::vector<std::size_t> order(problem.types.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    PatternTable table(problem);
    double bound = 0.0;
    for (int round = 0; round < rounds; ++round) {
        master.settle();
        const std::vector<double> values = master.values();
        table.fill(values, replicas);
        const bool is_all = round % rounds_between_all == 0 || round + 1 == rounds;
        std::ranges::stable_sort(order, {}, [&](std::size_t t) { return margin[t]; });
        std::size_t searched = 0;
        std::vector<std::pair<double, PatternColumn>> found;
        double scale = 1.0;
        for (const std::size_t t : order) {
            const double price = problem.types[t].usd_per_hour;
            std::optional<Pattern> pattern = tabled(problem, t, table, values);
            if (!pattern) {
                if (!is_all && ++searched > few_types) continue;
                pattern = best_pattern(problem, t, values, replicas, is_all ? steps_for_all : steps_for_few);
                pattern->at_most = std::min(pattern->at_most, table.at_most(t));
            }
            margin[t] = price > 0.0 ? (price - pattern->value) / price : 0.0;
            if (pattern->at_most > price) scale = std::min(scale, price / pattern->at_most);
            if (margin[t] < -1e-7)
                found.emplace_back(margin[t], PatternColumn{static_cast<std::int32_t>(t), std::move(pattern->pods)});
        }
        if (is_all) {
            double sum = 0.0;
            for (std::size_t w = 0; w < values.size(); ++w) sum += values[w] * static_cast<double>(replicas[w]);
            bound = std::max(bound, sum * scale);
            if (found.empty() || bound >= master.usd_per_hour() * (1.0 - close_enough)) break;
        }
        std::ranges::stable_sort(found, {}, [](const auto& one) { return one.first; });
        if (found.size() > columns_a_round) found.resize(columns_a_round);
        for (auto& [_, column] : found) master.know(std::move(column));
    }
    master.settle();
    return bound;
}

class Dive {
  public:
    explicit Dive(const FleetProblem& problem) : problem_(problem), left_(replicas_of(problem)) {}

    DraftFleet run(PatternMaster& master) {
        std::vector<std::int32_t> whole(problem_.workloads.size());
        std::iota(whole.begin(), whole.end(), 0);
        double nodes_left = buy(master, whole);
        while (true) {
            const Rest rest = rest_of(problem_, left_);
            if (rest.problem.workloads.empty()) break;
            if (nodes_left <= last_nodes) {
                const Covering covering = covering_of(rest.problem);
                append(totals_fleet(rest.problem, covering, relaxed_cover(covering), {.moves = 400'000, .width = 24}),
                       rest.whole);
                break;
            }
            PatternMaster next(rest.problem, replicas_of(rest.problem));
            for (const PatternColumn& column : known_)
                if (PatternColumn some = in_rest(column, rest); !some.pods.empty()) next.know(std::move(some));
            generate(rest.problem, next, rounds_of_a_dive);
            nodes_left = buy(next, rest.whole);
        }
        return std::move(fleet_);
    }

  private:
    // Buys the whole parts of what the master uses; where there are none, one of the most used. Returns how many nodes
    // of its solution are left.
    double buy(const PatternMaster& master, const std::vector<std::int32_t>& whole) {
        known_.clear();
        for (const PatternColumn& column : master.columns()) known_.push_back(in_whole(column, whole));
        const std::vector<PatternUse> uses = master.uses();
        double left = 0.0;
        bool has_bought = false;
        for (const PatternUse& use : uses) {
            const auto times = static_cast<std::int64_t>(std::floor(use.nodes + 1e-6));
            for (std::int64_t i = 0; i < times; ++i) has_bought = take(known_[use.column]) || has_bought;
            left += use.nodes - static_cast<double>(times);
        }
        if (!has_bought && !uses.empty()) {
            take(known_[std::ranges::max_element(uses, {}, &PatternUse::nodes)->column]);
            left -= 1.0;
        }
        return left;
    }

    static PatternColumn in_whole(PatternColumn column, const std::vector<std::int32_t>& whole) {
        for (FleetPods& pods : column.pods) pods.workload = whole[static_cast<std::size_t>(pods.workload)];
        return column;
    }

    PatternColumn in_rest(const PatternColumn& column, const Rest& rest) const {
        PatternColumn result{column.type, {}};
        for (const FleetPods& pods : column.pods) {
            const std::int64_t count = std::min(pods.count, left_[static_cast<std::size_t>(pods.workload)]);
            if (count == 0) continue;
            const auto place = std::ranges::lower_bound(rest.whole, pods.workload) - rest.whole.begin();
            result.pods.push_back({static_cast<std::int32_t>(place), count});
        }
        return result;
    }

    // Buys a node with what is left of the column's pods; a smaller node where that is less.
    bool take(const PatternColumn& column) {
        std::vector<FleetPods> pods;
        for (const FleetPods& some : column.pods) {
            std::int64_t& left = left_[static_cast<std::size_t>(some.workload)];
            const std::int64_t count = std::min(some.count, left);
            left -= count;
            if (count > 0) pods.push_back({some.workload, count});
        }
        if (pods.empty()) return false;
        add(column.type, std::move(pods));
        return true;
    }

    void add(std::int32_t type, std::vector<FleetPods> pods) {
        fleet_.types.push_back(cheapest_type(problem_, pods, type));
        fleet_.pods.push_back(std::move(pods));
        fleet_.usd_per_hour += problem_.types[static_cast<std::size_t>(fleet_.types.back())].usd_per_hour;
    }

    void append(const DraftFleet& rest, const std::vector<std::int32_t>& whole) {
        for (std::size_t n = 0; n < rest.types.size(); ++n)
            add(rest.types[n], in_whole({rest.types[n], rest.pods[n]}, whole).pods);
    }

    const FleetProblem& problem_;
    std::vector<std::int64_t> left_;    // pods, by workload
    std::vector<PatternColumn> known_;  // of the whole problem
    DraftFleet fleet_;
};

}  // namespace

PatternFleet pattern_fleet(const FleetProblem& problem, const DraftFleet& start, int rounds) {
    if (problem.workloads.size() > most_workloads) return {start, 0.0};
    PatternMaster master(problem, replicas_of(problem));
    for (std::size_t n = 0; n < start.types.size(); ++n)
        if (!start.pods[n].empty()) master.know({start.types[n], start.pods[n]});
    PatternFleet result;
    result.lower_bound = generate(problem, master, rounds);
    result.fleet = Dive(problem).run(master);
    return result;
}

}  // namespace eks::sizing
