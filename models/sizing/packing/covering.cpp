#include "models/sizing/packing/covering.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

namespace eks::sizing {

namespace {

// What a covering may cost to make: more sets of workloads and finer sums only sharpen its bound.
constexpr std::size_t most_sets = 48;
constexpr std::int64_t most_cells = 60'000'000;

using Members = std::vector<std::size_t>;  // workloads, ascending

// The largest sum of whole pods of these workloads up to each amount, for one resource.
class Sums {
  public:
    Sums(const FleetProblem& problem, const Members& members, Room room, std::int64_t largest_room,
         std::int64_t& cells_left) {
        for (const std::size_t w : members) {
            const auto& workload = problem.workloads[w];
            const std::int64_t each = of(workload.each, room);
            if (each == 0) continue;
            step_ = std::gcd(step_, each);
            // A sum beyond this is as good as no bound on it.
            demand_ = workload.replicas > unbounded / each ? unbounded
                                                           : std::min(unbounded, demand_ + each * workload.replicas);
        }
        if (step_ == 0) return;
        const std::int64_t last = std::min(largest_room, demand_) / step_;
        const std::int64_t cells = (last + 1) * static_cast<std::int64_t>(members.size());
        if (last > most_steps || cells > cells_left) return;
        cells_left -= cells;
        reachable_.assign(static_cast<std::size_t>(last) + 1, false);
        reachable_[0] = true;
        for (const std::size_t w : members)
            add(of(problem.workloads[w].each, room) / step_, problem.workloads[w].replicas);
        for (std::size_t i = 0; i < reachable_.size(); ++i)
            largest_up_to_.push_back(reachable_[i] ? static_cast<std::int64_t>(i) : largest_up_to_.back());
    }

    std::int64_t demand() const { return demand_; }

    std::int64_t up_to(std::int64_t room) const {
        if (room >= demand_) return demand_;
        if (largest_up_to_.empty()) return room;
        return largest_up_to_[static_cast<std::size_t>(room / step_)] * step_;
    }

  private:
    static constexpr std::int64_t unbounded = std::int64_t{1} << 50;
    static constexpr std::int64_t most_steps = 400'000;

    // Makes every sum reachable that `replicas` more pods of this size reach, counting how many of them it takes.
    void add(std::int64_t each, std::int64_t replicas) {
        if (each == 0) return;
        std::vector<std::int64_t> used(reachable_.size(), 0);
        for (std::size_t i = static_cast<std::size_t>(each); i < reachable_.size(); ++i) {
            const std::size_t before = i - static_cast<std::size_t>(each);
            if (reachable_[i] || !reachable_[before] || used[before] >= replicas) continue;
            reachable_[i] = true;
            used[i] = used[before] + 1;
        }
    }

    std::int64_t step_ = 0;
    std::int64_t demand_ = 0;
    std::vector<bool> reachable_;              // by multiple of the step
    std::vector<std::int64_t> largest_up_to_;  // likewise
};

// Sets of workloads worth a row, each with the types that take any of them: every workload with all others that run on
// nothing else, and all workloads together.
std::map<std::vector<std::uint8_t>, Members> sets_of_workloads(const FleetProblem& problem) {
    std::map<std::vector<std::uint8_t>, Members> sets;
    const auto add = [&](const std::vector<std::uint8_t>& types) {
        Members members;
        for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
            bool is_inside = true;
            for (std::size_t t = 0; t < types.size() && is_inside; ++t) is_inside = types[t] || !problem.runs_on[w][t];
            if (is_inside) members.push_back(w);
        }
        sets.try_emplace(types, std::move(members));
    };
    add(std::vector<std::uint8_t>(problem.types.size(), 1));
    for (const auto& types : problem.runs_on)
        if (sets.size() < most_sets && !sets.contains(types)) add(types);
    return sets;
}

// How many nodes there must be for the sake of the workload that spreads the most, as a row.
void add_spread(Covering& covering, const FleetProblem& problem, const std::vector<std::uint8_t>& types,
                const Members& members) {
    std::int64_t least_nodes = 0;
    for (const std::size_t w : members) {
        const auto& workload = problem.workloads[w];
        if (workload.most_per_node < workload.replicas)
            least_nodes =
                std::max(least_nodes, (workload.replicas + workload.most_per_node - 1) / workload.most_per_node);
    }
    if (least_nodes < 2) return;
    Covering::Row row;
    for (const std::uint8_t counts : types) row.share.push_back(counts ? 1.0 / static_cast<double>(least_nodes) : 0.0);
    covering.rows.push_back(std::move(row));
}

// The tableau of the dual simplex method: rows are constraints, columns the types and then one surplus a row.
class Tableau {
  public:
    explicit Tableau(const Covering& covering)
        : rows_(static_cast<Eigen::Index>(covering.rows.size())),
          types_(static_cast<Eigen::Index>(covering.usd_per_hour.size())),
          cells_(Cells::Zero(rows_ + 1, types_ + rows_ + 1)) {
        for (Eigen::Index r = 0; r < rows_; ++r) {
            for (Eigen::Index t = 0; t < types_; ++t)
                cells_(r, t) = -covering.rows[static_cast<std::size_t>(r)].share[static_cast<std::size_t>(t)];
            cells_(r, types_ + r) = 1.0;
            cells_(r, last()) = -1.0;
            basis_.push_back(types_ + r);
        }
        for (Eigen::Index t = 0; t < types_; ++t) cells_(rows_, t) = covering.usd_per_hour[static_cast<std::size_t>(t)];
    }

    // All prices are at or above zero, so that the empty choice is dual feasible and only its demands are unmet: each
    // pivot meets the one that is unmet the most. The bound on pivots guards against cycles; ending early leaves a
    // bound that is lower but still one.
    void solve() {
        for (int pivots = 0; pivots < 20 * static_cast<int>(rows_ + 10); ++pivots) {
            const Eigen::Index leaving = most_unmet();
            if (leaving < 0) return;
            const Eigen::Index entering = cheapest_for(leaving);
            if (entering < 0) return;
            pivot(leaving, entering);
        }
    }

    double nodes(Eigen::Index type) const {
        for (Eigen::Index r = 0; r < rows_; ++r)
            if (basis_[static_cast<std::size_t>(r)] == type) return std::max(0.0, cells_(r, last()));
        return 0.0;
    }
    double worth(Eigen::Index row) const { return std::max(0.0, cells_(rows_, types_ + row)); }

  private:
    using Cells = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    static constexpr double tolerance = 1e-9;

    Eigen::Index last() const { return types_ + rows_; }

    Eigen::Index most_unmet() const {
        Eigen::Index worst = -1;
        double value = -tolerance;
        for (Eigen::Index r = 0; r < rows_; ++r)
            if (cells_(r, last()) < value) {
                value = cells_(r, last());
                worst = r;
            }
        return worst;
    }

    Eigen::Index cheapest_for(Eigen::Index row) const {
        Eigen::Index best = -1;
        double least = std::numeric_limits<double>::infinity();
        for (Eigen::Index c = 0; c < last(); ++c) {
            if (cells_(row, c) >= -tolerance) continue;
            const double ratio = cells_(rows_, c) / -cells_(row, c);
            if (ratio < least) {
                least = ratio;
                best = c;
            }
        }
        return best;
    }

    void pivot(Eigen::Index row, Eigen::Index column) {
        cells_.row(row) /= cells_(row, column);
        for (Eigen::Index r = 0; r <= rows_; ++r) {
            const double factor = cells_(r, column);
            if (r != row && factor != 0.0) cells_.row(r) -= factor * cells_.row(row);
        }
        basis_[static_cast<std::size_t>(row)] = column;
    }

    Eigen::Index rows_;
    Eigen::Index types_;
    Cells cells_;
    std::vector<Eigen::Index> basis_;
};

}  // namespace

Covering covering_of(const FleetProblem& problem) {
    Covering covering;
    for (const auto& type : problem.types) covering.usd_per_hour.push_back(type.usd_per_hour);
    std::int64_t cells_left = most_cells;
    for (const auto& [types, members] : sets_of_workloads(problem)) {
        for (const Room room : problem.rooms) {
            std::int64_t largest_room = 0;
            for (std::size_t t = 0; t < types.size(); ++t)
                if (types[t]) largest_room = std::max(largest_room, of(problem.types[t].room, room));
            const Sums sums(problem, members, room, largest_room, cells_left);
            if (sums.demand() == 0) continue;
            Covering::Row row;
            row.room = room;
            for (std::size_t t = 0; t < types.size(); ++t)
                row.share.push_back(types[t] ? static_cast<double>(sums.up_to(of(problem.types[t].room, room))) /
                                                   static_cast<double>(sums.demand())
                                             : 0.0);
            covering.rows.push_back(std::move(row));
        }
        add_spread(covering, problem, types, members);
    }
    return covering;
}

RelaxedCover relaxed_cover(const Covering& covering) {
    RelaxedCover cover;
    Tableau tableau(covering);
    tableau.solve();
    for (std::size_t t = 0; t < covering.usd_per_hour.size(); ++t)
        cover.nodes.push_back(tableau.nodes(static_cast<Eigen::Index>(t)));
    for (std::size_t r = 0; r < covering.rows.size(); ++r)
        cover.worth.push_back(tableau.worth(static_cast<Eigen::Index>(r)));
    // The proof, made anew from the prices themselves: no node may be worth more than it costs.
    double scale = 1.0;
    for (std::size_t t = 0; t < covering.usd_per_hour.size(); ++t) {
        double worth = 0.0;
        for (std::size_t r = 0; r < covering.rows.size(); ++r) worth += cover.worth[r] * covering.rows[r].share[t];
        if (worth * scale > covering.usd_per_hour[t]) scale = covering.usd_per_hour[t] / worth;
    }
    for (double& worth : cover.worth) {
        worth *= scale;
        cover.usd_per_hour += worth;
    }
    return cover;
}

}  // namespace eks::sizing
