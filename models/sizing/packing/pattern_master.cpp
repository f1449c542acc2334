#include "models/sizing/packing/pattern_master.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <limits>
#include <utility>

namespace eks::sizing {

// The revised simplex method with the inverse of its basis kept whole: a row for each workload. A basic variable is a
// column, or the surplus of a workload.
class PatternMaster::Simplex {
  public:
    Simplex(const FleetProblem& problem, std::span<const std::int64_t> left) : problem_(problem) {
        const auto rows = static_cast<Eigen::Index>(left.size());
        inverse_ = Eigen::MatrixXd::Zero(rows, rows);
        amounts_ = Eigen::VectorXd::Zero(rows);
        costs_ = Eigen::VectorXd::Zero(rows);
        for (std::size_t w = 0; w < left.size(); ++w) {
            columns_.push_back(alone(w, left[w]));
            const auto i = static_cast<Eigen::Index>(w);
            const auto pods = static_cast<double>(columns_.back().pods.front().count);
            inverse_(i, i) = 1.0 / pods;
            amounts_(i) = static_cast<double>(left[w]) / pods;
            costs_(i) = price_of(columns_.back());
            basis_.push_back(static_cast<std::ptrdiff_t>(w));
        }
        price();
    }

    void know(PatternColumn column) { columns_.push_back(std::move(column)); }

    void settle() {
        for (int pivots = 0; pivots < 2000; ++pivots) {
            std::ptrdiff_t best = none;
            double least = -tolerance;
            for (std::size_t c = 0; c < columns_.size(); ++c) {
                const double cost = reduced_cost(columns_[c]);
                if (cost < least) {
                    least = cost;
                    best = static_cast<std::ptrdiff_t>(c);
                }
            }
            for (Eigen::Index w = 0; w < values_.size(); ++w)
                if (values_(w) < least) {
                    least = values_(w);
                    best = -1 - static_cast<std::ptrdiff_t>(w);
                }
            if (best == none || !pivot_in(best)) return;
        }
    }

    std::vector<double> values() const {
        std::vector<double> values;
        for (const double value : values_) values.push_back(std::max(0.0, value));
        return values;
    }
    double usd_per_hour() const {
        double sum = 0.0;
        for (Eigen::Index i = 0; i < costs_.size(); ++i) sum += costs_(i) * amounts_(i);
        return sum;
    }
    std::vector<PatternUse> uses() const {
        std::vector<PatternUse> uses;
        for (std::size_t i = 0; i < basis_.size(); ++i)
            if (basis_[i] >= 0 && amounts_(static_cast<Eigen::Index>(i)) > tolerance)
                uses.push_back({static_cast<std::size_t>(basis_[i]), amounts_(static_cast<Eigen::Index>(i))});
        std::ranges::sort(uses, {}, &PatternUse::column);
        return uses;
    }
    std::span<const PatternColumn> columns() const { return columns_; }

  private:
    static constexpr double tolerance = 1e-9;
    static constexpr std::ptrdiff_t none = std::numeric_limits<std::ptrdiff_t>::max();

    // The type that holds pods of this workload alone at the least price.
    PatternColumn alone(std::size_t w, std::int64_t left) const {
        const auto& workload = problem_.workloads[w];
        PatternColumn best;
        double best_price = std::numeric_limits<double>::infinity();
        for (std::size_t t = 0; t < problem_.types.size(); ++t) {
            if (!problem_.runs_on[w][t]) continue;
            const std::int64_t count =
                fitting(problem_.rooms, workload.each, problem_.types[t].room, std::min(left, workload.most_per_node));
            const double price = problem_.types[t].usd_per_hour / static_cast<double>(count);
            if (price >= best_price) continue;
            best_price = price;
            best = {static_cast<std::int32_t>(t), {{static_cast<std::int32_t>(w), count}}};
        }
        return best;
    }

    double price_of(const PatternColumn& column) const {
        return problem_.types[static_cast<std::size_t>(column.type)].usd_per_hour;
    }

    double reduced_cost(const PatternColumn& column) const {
        double cost = price_of(column);
        for (const FleetPods& pods : column.pods) cost -= values_(pods.workload) * static_cast<double>(pods.count);
        return cost;
    }

    // Sums in an order of our own: Eigen's depends on the machine.
    void price() {
        values_ = Eigen::VectorXd::Zero(costs_.size());
        for (Eigen::Index w = 0; w < costs_.size(); ++w)
            for (Eigen::Index i = 0; i < costs_.size(); ++i) values_(w) += inverse_(i, w) * costs_(i);
    }

    bool pivot_in(std::ptrdiff_t variable) {
        Eigen::VectorXd entering = Eigen::VectorXd::Zero(values_.size());
        double cost = 0.0;
        if (variable < 0) {
            entering = -inverse_.col(-1 - variable);
        } else {
            const PatternColumn& column = columns_[static_cast<std::size_t>(variable)];
            cost = price_of(column);
            for (const FleetPods& pods : column.pods)
                entering += static_cast<double>(pods.count) * inverse_.col(pods.workload);
        }
        Eigen::Index leaving = -1;
        double step = std::numeric_limits<double>::infinity();
        for (Eigen::Index i = 0; i < entering.size(); ++i) {
            if (entering(i) <= tolerance) continue;
            const double ratio = std::max(0.0, amounts_(i)) / entering(i);
            if (ratio < step) {
                step = ratio;
                leaving = i;
            }
        }
        if (leaving < 0) return false;
        amounts_ -= step * entering;
        amounts_(leaving) = step;
        inverse_.row(leaving) /= entering(leaving);
        for (Eigen::Index i = 0; i < entering.size(); ++i)
            if (i != leaving && entering(i) != 0.0) inverse_.row(i) -= entering(i) * inverse_.row(leaving);
        basis_[static_cast<std::size_t>(leaving)] = variable;
        costs_(leaving) = cost;
        price();
        return true;
    }

    const FleetProblem& problem_;
    std::vector<PatternColumn> columns_;
    std::vector<std::ptrdiff_t> basis_;  // a column, or -1 - w: the surplus of workload w
    Eigen::MatrixXd inverse_;
    Eigen::VectorXd amounts_;  // of the basic variables
    Eigen::VectorXd costs_;    // likewise
    Eigen::VectorXd values_;   // by workload
};

PatternMaster::PatternMaster(const FleetProblem& problem, std::span<const std::int64_t> left)
    : simplex_(std::make_unique<Simplex>(problem, left)) {}
PatternMaster::~PatternMaster() = default;

void PatternMaster::know(PatternColumn column) { simplex_->know(std::move(column)); }
void PatternMaster::settle() { simplex_->settle(); }
std::vector<double> PatternMaster::values() const { return simplex_->values(); }
double PatternMaster::usd_per_hour() const { return simplex_->usd_per_hour(); }
std::vector<PatternUse> PatternMaster::uses() const { return simplex_->uses(); }
std::span<const PatternColumn> PatternMaster::columns() const { return simplex_->columns(); }

}  // namespace eks::sizing
