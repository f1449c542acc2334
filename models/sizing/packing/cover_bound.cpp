#include "models/sizing/packing/cover_bound.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace eks::sizing {

namespace {

// Depth first over multisets of nodes, dear types first; whatever cannot end cheaper than the best is left out.
class Walk {
  public:
    Walk(const Covering& covering, const RelaxedCover& relaxed, double at_most, std::int64_t steps)
        : covering_(covering), worth_(relaxed.worth), best_(at_most), steps_(steps) {
        order_.resize(covering.usd_per_hour.size());
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::ranges::stable_sort(
            order_, [&](std::size_t a, std::size_t b) { return covering.usd_per_hour[a] > covering.usd_per_hour[b]; });
        left_.push_back(std::vector<double>(covering.rows.size(), 1.0));
    }

    std::optional<double> run() {
        visit(0, 0, 0.0);
        return steps_ > 0 ? std::optional(best_) : std::nullopt;
    }

  private:
    static constexpr double covered = 1e-9;
    static constexpr std::size_t deepest = 400;

    void visit(std::size_t depth, std::size_t first, double usd_per_hour) {
        if (left_.size() < depth + 2) left_.push_back(std::vector<double>(worth_.size()));
        for (std::size_t i = first; i < order_.size(); ++i) {
            if (--steps_ <= 0) return;
            const std::size_t t = order_[i];
            const double price = usd_per_hour + covering_.usd_per_hour[t];
            if (price >= best_) continue;
            double worth_left = 0.0;
            double most_left = 0.0;
            bool helps = false;
            for (std::size_t r = 0; r < worth_.size(); ++r) {
                const double before = left_[depth][r];
                const double after = std::max(0.0, before - covering_.rows[r].share[t]);
                helps = helps || after < before;
                left_[depth + 1][r] = after;
                worth_left += worth_[r] * after;
                most_left = std::max(most_left, after);
            }
            // Sums of prices are only so exact.
            if (!helps || price + worth_left >= best_ * (1.0 - 1e-9)) continue;
            if (most_left <= covered)
                best_ = price;
            else if (depth < deepest)
                visit(depth + 1, i, price);
            else
                steps_ = 0;
        }
    }

    const Covering& covering_;
    const std::vector<double>& worth_;
    double best_;
    std::int64_t steps_;
    std::vector<std::size_t> order_;
    std::vector<std::vector<double>> left_;  // by depth and row: share of the demand
};

// The price of the cheapest cover of whole nodes, or `at_most` where none is cheaper than that. Nothing where `steps`
// were not enough to see all that could be cheaper.
std::optional<double> least_whole_cover(const Covering& covering, const RelaxedCover& relaxed, double at_most,
                                        std::int64_t steps) {
    return Walk(covering, relaxed, at_most, steps).run();
}

}  // namespace

double whole_bound(const Covering& covering, const RelaxedCover& relaxed, double at_most, std::int64_t steps) {
    if (at_most <= relaxed.usd_per_hour) return at_most;
    if (const auto all = least_whole_cover(covering, relaxed, at_most, steps / 2)) return *all;
    double proven = relaxed.usd_per_hour;
    double open = at_most;
    for (int halvings = 0; halvings < 6; ++halvings) {
        const double middle = 0.5 * (proven + open);
        const auto least = least_whole_cover(covering, relaxed, middle, steps / 12);
        if (least && *least < middle) return *least;
        (least ? proven : open) = middle;
    }
    return proven;
}

}  // namespace eks::sizing
