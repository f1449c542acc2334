#include "models/sizing/packing/greedy_fleet.hpp"

#include <algorithm>
#include <numeric>

namespace eks::sizing {

namespace {

double worth_of(const Amounts& amounts, const Worth& worth) {
    double sum = 0.0;
    for (std::size_t r = 0; r < room_kinds; ++r) sum += worth[r] * static_cast<double>(amounts[r]);
    return sum;
}

// Workloads by what a pod of them is worth, the largest first.
struct BySize {
    std::vector<double> size;  // by workload
    std::vector<std::size_t> order;

    BySize(const FleetProblem& problem, const Worth& worth) : order(problem.workloads.size()) {
        for (const auto& workload : problem.workloads) size.push_back(worth_of(workload.each, worth));
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return size[a] > size[b]; });
    }
};

class Filling {
  public:
    Filling(const FleetProblem& problem, const Worth& worth) : problem_(problem), by_size_(problem, worth) {
        for (const auto& workload : problem.workloads) left_.push_back(workload.replicas);
    }

    bool is_done() const {
        return std::ranges::all_of(left_, [](std::int64_t left) { return left == 0; });
    }

    // What first fit puts on the next node of this type, largest pods first; and what that is worth.
    std::pair<std::vector<FleetPods>, double> next_node(std::size_t type) const {
        Amounts free = problem_.types[type].room;
        std::vector<FleetPods> pods;
        double worth = 0.0;
        for (const std::size_t w : by_size_.order) {
            if (left_[w] == 0 || !problem_.runs_on[w][type]) continue;
            const auto& workload = problem_.workloads[w];
            const std::int64_t count =
                fitting(problem_.rooms, workload.each, free, std::min(left_[w], workload.most_per_node));
            if (count == 0) continue;
            for (std::size_t r = 0; r < room_kinds; ++r) free[r] -= count * workload.each[r];
            pods.push_back({static_cast<std::int32_t>(w), count});
            worth += static_cast<double>(count) * by_size_.size[w];
        }
        std::ranges::sort(pods, {}, &FleetPods::workload);
        return {std::move(pods), worth};
    }

    // Buys the node as often as the pods last.
    void buy(std::size_t type, const std::vector<FleetPods>& pods, DraftFleet& fleet) {
        std::int64_t times = std::numeric_limits<std::int64_t>::max();
        for (const FleetPods& some : pods)
            times = std::min(times, left_[static_cast<std::size_t>(some.workload)] / some.count);
        for (const FleetPods& some : pods) left_[static_cast<std::size_t>(some.workload)] -= times * some.count;
        for (std::int64_t i = 0; i < times; ++i) {
            fleet.types.push_back(static_cast<std::int32_t>(type));
            fleet.pods.push_back(pods);
            fleet.usd_per_hour += problem_.types[type].usd_per_hour;
        }
    }

  private:
    const FleetProblem& problem_;
    std::vector<std::int64_t> left_;  // pods to place, by workload
    BySize by_size_;
};

}  // namespace

std::optional<DraftFleet> first_fit(const FleetProblem& problem, std::int32_t type, const Worth& worth) {
    Filling filling(problem, worth);
    DraftFleet fleet;
    while (!filling.is_done()) {
        const auto [pods, _] = filling.next_node(static_cast<std::size_t>(type));
        if (pods.empty()) return std::nullopt;
        filling.buy(static_cast<std::size_t>(type), pods, fleet);
    }
    return fleet;
}

// All pods of a workload at once: the fullest node that takes one stays the fullest until it takes no more, so that
// this is what pod after pod would come to.
std::optional<DraftFleet> best_fit(const FleetProblem& problem, std::int32_t type, const Worth& worth) {
    struct Open {
        Amounts free{};
        double worth = 0.0;  // of what is free
    };
    const auto t = static_cast<std::size_t>(type);
    const FleetProblem::Type& bought = problem.types[t];
    DraftFleet fleet;
    std::vector<Open> open;
    const auto put = [&](std::size_t node, std::size_t w, std::int64_t count) {
        for (std::size_t r = 0; r < room_kinds; ++r) open[node].free[r] -= count * problem.workloads[w].each[r];
        open[node].worth = worth_of(open[node].free, worth);
        fleet.pods[node].push_back({static_cast<std::int32_t>(w), count});
    };
    std::vector<std::size_t> takes;
    for (const std::size_t w : BySize(problem, worth).order) {
        const auto& workload = problem.workloads[w];
        if (!problem.runs_on[w][t]) return std::nullopt;
        std::int64_t left = workload.replicas;
        const auto fits = [&](const Amounts& free) {
            return fitting(problem.rooms, workload.each, free, std::min(left, workload.most_per_node));
        };
        takes.clear();
        for (std::size_t n = 0; n < open.size(); ++n)
            if (fits(open[n].free) > 0) takes.push_back(n);
        std::ranges::stable_sort(takes, {}, [&](std::size_t n) { return open[n].worth; });
        for (std::size_t i = 0; i < takes.size() && left > 0; ++i) {
            const std::int64_t count = fits(open[takes[i]].free);
            put(takes[i], w, count);
            left -= count;
        }
        while (left > 0) {
            const std::int64_t count = fits(bought.room);
            open.push_back({bought.room});
            fleet.types.push_back(type);
            fleet.pods.emplace_back();
            fleet.usd_per_hour += bought.usd_per_hour;
            put(open.size() - 1, w, count);
            left -= count;
        }
    }
    for (auto& pods : fleet.pods) std::ranges::sort(pods, {}, &FleetPods::workload);
    return fleet;
}

DraftFleet greedy_mixed(const FleetProblem& problem, const Worth& worth) {
    Filling filling(problem, worth);
    DraftFleet fleet;
    while (!filling.is_done()) {
        std::size_t best = 0;
        double best_rate = -1.0;
        std::vector<FleetPods> best_pods;
        for (std::size_t t = 0; t < problem.types.size(); ++t) {
            auto [pods, value] = filling.next_node(t);
            if (pods.empty()) continue;
            const double price = problem.types[t].usd_per_hour;
            const double rate = price > 0.0 ? value / price : std::numeric_limits<double>::max();
            if (rate > best_rate) {
                best_rate = rate;
                best = t;
                best_pods = std::move(pods);
            }
        }
        filling.buy(best, best_pods, fleet);
    }
    return fleet;
}

std::int32_t cheapest_type(const FleetProblem& problem, const std::vector<FleetPods>& pods, std::int32_t type) {
    const Amounts load = load_of(problem.workloads, pods);
    for (std::size_t t = 0; t < problem.types.size(); ++t) {
        const auto& other = problem.types[t];
        if (other.usd_per_hour >= problem.types[static_cast<std::size_t>(type)].usd_per_hour) continue;
        bool holds = has_room(other.room, load);
        for (const FleetPods& some : pods)
            holds = holds && problem.runs_on[static_cast<std::size_t>(some.workload)][t] != 0;
        if (holds) type = static_cast<std::int32_t>(t);
    }
    return type;
}

void make_cheaper(const FleetProblem& problem, DraftFleet& fleet) {
    fleet.usd_per_hour = 0.0;
    for (std::size_t n = 0; n < fleet.types.size(); ++n) {
        if (!fleet.pods[n].empty()) fleet.types[n] = cheapest_type(problem, fleet.pods[n], fleet.types[n]);
        fleet.usd_per_hour += problem.types[static_cast<std::size_t>(fleet.types[n])].usd_per_hour;
    }
}

}  // namespace eks::sizing
