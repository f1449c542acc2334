#include "models/sizing/packing/totals_fleet.hpp"

#include "models/sizing/packing/covers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace eks::sizing {

namespace {

// By how much more than the demand a cover is asked for, so that its packing has room to be imperfect.
constexpr std::array slacks{0.0,   0.0003, 0.0006, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.006, 0.008, 0.011,
                            0.015, 0.02,   0.03,   0.04,  0.06,   0.08,  0.11,  0.15,  0.2,   0.3};

class TotalsSearch {
  public:
    TotalsSearch(const FleetProblem& problem, const Covering& covering, const RelaxedCover& relaxed,
                 const TotalsEffort& effort)
        : problem_(problem),
          covering_(covering),
          relaxed_(relaxed),
          worth_(worth_of(problem, covering, relaxed)),
          budget_{.moves = effort.moves},
          moves_at_once_(effort.moves / 20),
          width_(effort.width) {}

    DraftFleet run() {
        best_ = greedy_mixed(problem_, worth_);
        for (std::size_t t = 0; t < problem_.types.size(); ++t) {
            for (auto* fit : {first_fit, best_fit}) {
                auto fleet = fit(problem_, static_cast<std::int32_t>(t), worth_);
                if (fleet && fleet->usd_per_hour < best_.usd_per_hour) best_ = std::move(*fleet);
            }
        }
        // The smallest slack whose covers can be packed, by halving: less slack is cheaper and harder.
        std::size_t low = 0;
        std::size_t high = slacks.size();
        for (std::size_t middle = high / 3; low < high; middle = (low + high) / 2) {
            if (try_slack(slacks[middle], 3, moves_at_once_))
                high = middle;
            else
                low = middle + 1;
        }
        // What is left of the budget goes into what just failed.
        while (high > 0 && budget_.moves > 0 && try_slack(slacks[high - 1], 6, 3 * moves_at_once_)) --high;
        make_cheaper(problem_, best_);
        return best_;
    }

  private:
    // Whether a cover of this slack was packed, or is no longer cheaper than what there is.
    bool try_slack(double slack, std::size_t most_covers, std::int64_t moves) {
        auto covers = cheap_covers(covering_, relaxed_, slack, width_);
        if (covers.size() > most_covers) covers.resize(most_covers);
        for (const WholeCover& cover : covers) {
            if (cover.usd_per_hour >= best_.usd_per_hour) return true;
            if (auto pods = packed(problem_, cover.nodes, worth_, budget_, moves)) {
                best_ = {cover.nodes, std::move(*pods), cover.usd_per_hour};
                return true;
            }
        }
        return false;
    }

    const FleetProblem& problem_;
    const Covering& covering_;
    const RelaxedCover& relaxed_;
    Worth worth_;
    PackingBudget budget_;
    std::int64_t moves_at_once_;
    int width_;
    DraftFleet best_;
};

}  // namespace

Worth worth_of(const FleetProblem& problem, const Covering& covering, const RelaxedCover& relaxed) {
    Worth worth{};
    for (std::size_t r = 0; r < covering.rows.size(); ++r)
        if (covering.rows[r].room) worth[static_cast<std::size_t>(*covering.rows[r].room)] += relaxed.worth[r];
    for (const Room room : problem.rooms) {
        double demand = 0.0;
        for (const auto& workload : problem.workloads)
            demand += static_cast<double>(workload.replicas) * static_cast<double>(of(workload.each, room));
        double& value = worth[static_cast<std::size_t>(room)];
        const double least = relaxed.usd_per_hour > 0.0 ? 0.02 * relaxed.usd_per_hour : 1.0;
        value = std::max(value, least) / std::max(demand, 1.0);
    }
    return worth;
}

DraftFleet totals_fleet(const FleetProblem& problem, const Covering& covering, const RelaxedCover& relaxed,
                        const TotalsEffort& effort) {
    return TotalsSearch(problem, covering, relaxed, effort).run();
}

}  // namespace eks::sizing
