#include "models/sizing/packing/pattern_pricing.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace eks::sizing {

namespace {

// A pod of a workload as the knapsack sees it: `weight` is its share of the node, summed over the resources by how
// much each counts.
struct Item {
    std::int32_t workload = 0;
    Amounts each{};
    std::int64_t most = 0;
    double value = 0.0;
    double weight = 0.0;
};

constexpr double least_weight = 1e-12;

class Knapsack {
  public:
    Knapsack(const FleetProblem& problem, std::size_t type, std::span<const double> value,
             std::span<const std::int64_t> left, int steps)
        : problem_(problem), room_(problem.types[type].room), steps_(steps) {
        for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
            const auto& workload = problem.workloads[w];
            if (value[w] <= 0.0 || !problem.runs_on[w][type]) continue;
            const std::int64_t most =
                fitting(problem.rooms, workload.each, room_, std::min(left[w], workload.most_per_node));
            if (most > 0) items_.push_back({static_cast<std::int32_t>(w), workload.each, most, value[w]});
        }
        counts_.resize(items_.size());
    }

    Pattern run() {
        at_most_ = std::numeric_limits<double>::infinity();
        std::vector<Item> best;
        for (const auto& weights : directions()) {
            weigh(weights);
            const double bound = relaxed(0, 1.0);
            if (bound >= at_most_) continue;
            at_most_ = bound;
            best = items_;
        }
        if (!best.empty()) items_ = std::move(best);
        fill_evenly();
        visit(0, room_, 1.0, 0.0);
        if (steps_ > 0) at_most_ = pattern_.value;
        std::ranges::sort(pattern_.pods, {}, &FleetPods::workload);
        pattern_.at_most = at_most_;
        return std::move(pattern_);
    }

  private:
    // Pod after pod the one that is worth the most for its part of what is still free: it keeps the resources in step.
    void fill_evenly() {
        Amounts free = room_;
        std::vector<std::int64_t> left;
        for (const Item& item : items_) left.push_back(item.most);
        std::fill(counts_.begin(), counts_.end(), 0);
        double value = 0.0;
        while (true) {
            std::size_t best = items_.size();
            double best_rate = 0.0;
            for (std::size_t i = 0; i < items_.size(); ++i) {
                if (left[i] == 0) continue;
                double part = 0.0;
                bool fits = true;
                for (const Room r : problem_.rooms) {
                    const std::int64_t each = of(items_[i].each, r);
                    if (each == 0) continue;
                    fits = fits && each <= of(free, r);
                    part += static_cast<double>(each) / static_cast<double>(std::max<std::int64_t>(of(free, r), 1));
                }
                if (!fits) {
                    left[i] = 0;
                } else if (items_[i].value > best_rate * part) {
                    best_rate = items_[i].value / std::max(part, least_weight);
                    best = i;
                }
            }
            if (best == items_.size()) break;
            --left[best];
            ++counts_[best];
            value += items_[best].value;
            for (std::size_t r = 0; r < room_kinds; ++r) free[r] -= items_[best].each[r];
        }
        keep(items_.size(), value);
    }

    void keep(std::size_t end, double value) {
        pattern_.value = value;
        pattern_.pods.clear();
        for (std::size_t k = 0; k < end; ++k)
            if (counts_[k] > 0) pattern_.pods.push_back({items_[k].workload, counts_[k]});
    }

    using Weights = std::array<double, room_kinds>;

    // How much each resource counts: one alone, or two in some proportion.
    std::vector<Weights> directions() const {
        std::vector<Weights> all;
        for (std::size_t a = 0; a < problem_.rooms.size(); ++a) {
            Weights alone{};
            alone[static_cast<std::size_t>(problem_.rooms[a])] = 1.0;
            all.push_back(alone);
            for (std::size_t b = a + 1; b < problem_.rooms.size(); ++b)
                for (const double share : {0.2, 0.35, 0.5, 0.65, 0.8}) {
                    Weights both{};
                    both[static_cast<std::size_t>(problem_.rooms[a])] = share;
                    both[static_cast<std::size_t>(problem_.rooms[b])] = 1.0 - share;
                    all.push_back(both);
                }
        }
        return all;
    }

    void weigh(const Weights& weights) {
        for (Item& item : items_) {
            item.weight = 0.0;
            for (const Room r : problem_.rooms) {
                const auto i = static_cast<std::size_t>(r);
                if (item.each[i] > 0 && weights[i] > 0.0)
                    item.weight += weights[i] * static_cast<double>(item.each[i]) / static_cast<double>(room_[i]);
            }
            item.weight = std::max(item.weight, least_weight);
        }
        std::ranges::sort(items_, [](const Item& a, const Item& b) {
            const double left = a.value * b.weight;
            const double right = b.value * a.weight;
            return left != right ? left > right : a.workload < b.workload;
        });
    }

    // What fractions of pods from `first` on are worth in so much of the node.
    double relaxed(std::size_t first, double weight_left) const {
        double value = 0.0;
        for (std::size_t i = first; i < items_.size(); ++i) {
            const Item& item = items_[i];
            const double all = static_cast<double>(item.most) * item.weight;
            if (all >= weight_left) return value + item.value * weight_left / item.weight;
            value += item.value * static_cast<double>(item.most);
            weight_left -= all;
        }
        return value;
    }

    void visit(std::size_t i, const Amounts& free, double weight_left, double value) {
        if (--steps_ <= 0 && !pattern_.pods.empty()) return;
        if (value > pattern_.value) keep(i, value);
        // Where nothing of an item fits, the next one is looked at in the same step.
        std::int64_t most = 0;
        for (; i < items_.size(); ++i) {
            if (value + relaxed(i, weight_left) <= pattern_.value * (1.0 + 1e-12)) return;
            most = fitting(problem_.rooms, items_[i].each, free, items_[i].most);
            if (most > 0) break;
            counts_[i] = 0;
        }
        if (i == items_.size()) return;
        const Item& item = items_[i];
        for (std::int64_t count = most; count >= 0; --count) {
            counts_[i] = count;
            Amounts rest = free;
            for (std::size_t r = 0; r < room_kinds; ++r) rest[r] -= count * item.each[r];
            visit(i + 1, rest, weight_left - static_cast<double>(count) * item.weight,
                  value + static_cast<double>(count) * item.value);
            if (steps_ <= 0) return;
        }
    }

    const FleetProblem& problem_;
    Amounts room_;
    int steps_;
    double at_most_ = 0.0;
    std::vector<Item> items_;
    std::vector<std::int64_t> counts_;  // by item, on the way to where the search is
    Pattern pattern_;
};

}  // namespace

Pattern best_pattern(const FleetProblem& problem, std::size_t type, std::span<const double> value,
                     std::span<const std::int64_t> left, int steps) {
    return Knapsack(problem, type, value, left, steps).run();
}

}  // namespace eks::sizing
