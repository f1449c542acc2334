#include "models/sizing/packing/greedy_fleet.hpp"

#include <algorithm>
#include <numeric>

namespace eks::sizing {

namespace {

class Filling {
  public:
    Filling(const FleetProblem& problem, const Worth& worth) : problem_(problem) {
        for (const auto& workload : problem.workloads) {
            left_.push_back(workload.replicas);
            double size = 0.0;
            for (std::size_t r = 0; r < room_kinds; ++r) size += worth[r] * static_cast<double>(workload.each[r]);
            size_.push_back(size);
        }
        order_.resize(size_.size());
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::ranges::stable_sort(order_, [&](std::size_t a, std::size_t b) { return size_[a] > size_[b]; });
    }

    bool is_done() const {
        return std::ranges::all_of(left_, [](std::int64_t left) { return left == 0; });
    }

    // What first fit puts on the next node of this type, largest pods first; and what that is worth.
    std::pair<std::vector<FleetPods>, double> next_node(std::size_t type) const {
        Amounts free = problem_.types[type].room;
        std::vector<FleetPods> pods;
        double worth = 0.0;
        for (const std::size_t w : order_) {
            if (left_[w] == 0 || !problem_.runs_on[w][type]) continue;
            const auto& workload = problem_.workloads[w];
            std::int64_t count = std::min(left_[w], workload.most_per_node);
            for (const Room r : problem_.rooms)
                if (of(workload.each, r) > 0) count = std::min(count, of(free, r) / of(workload.each, r));
            if (count == 0) continue;
            for (std::size_t r = 0; r < room_kinds; ++r) free[r] -= count * workload.each[r];
            pods.push_back({static_cast<std::int32_t>(w), count});
            worth += static_cast<double>(count) * size_[w];
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
    std::vector<double> size_;        // what a pod is worth
    std::vector<std::size_t> order_;
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
    Amounts load{};
    for (const FleetPods& some : pods)
        for (std::size_t r = 0; r < room_kinds; ++r)
            load[r] += some.count * problem.workloads[static_cast<std::size_t>(some.workload)].each[r];
    for (std::size_t t = 0; t < problem.types.size(); ++t) {
        const auto& other = problem.types[t];
        if (other.usd_per_hour >= problem.types[static_cast<std::size_t>(type)].usd_per_hour) continue;
        bool holds = true;
        for (std::size_t r = 0; r < room_kinds; ++r) holds = holds && load[r] <= other.room[r];
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
