#include "models/sizing/packing/pattern_table.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace eks::sizing {

namespace {

constexpr std::int64_t most_cells = 257;      // along an axis
constexpr double most_pods_of_a_node = 24.0;  // of common size; of more, any weighted sum bounds well

}  // namespace

PatternTable::PatternTable(const FleetProblem& problem) : problem_(problem) {
    x_ = axis(problem, problem.rooms.front());
    if (problem.rooms.size() > 1) y_ = axis(problem, problem.rooms[1]);
}

PatternTable::Axis PatternTable::axis(const FleetProblem& problem, Room room) {
    Axis axis{.room = room, .step = 0};
    double sum = 0.0;
    for (const auto& workload : problem.workloads) {
        axis.step = std::gcd(axis.step, of(workload.each, room));
        sum += static_cast<double>(of(workload.each, room)) * static_cast<double>(workload.replicas);
    }
    std::int64_t largest = 1;
    for (const auto& type : problem.types) largest = std::max(largest, of(type.room, room));
    const auto reach = static_cast<std::int64_t>(most_pods_of_a_node * sum / static_cast<double>(problem.pods()));
    const std::int64_t longest = std::min(largest, std::max(reach, axis.step * (most_cells - 1)));
    axis.step = std::max({axis.step, std::int64_t{1}, (longest + most_cells - 1) / most_cells});
    axis.cells = static_cast<std::size_t>(longest / axis.step) + 1;
    return axis;
}

void PatternTable::fill(std::span<const double> value, std::span<const std::int64_t> left) {
    worth_.assign(x_.cells * y_.cells, 0.0);
    beside_ = 0.0;
    bundles_.clear();
    is_taken_.clear();
    for (std::size_t w = 0; w < problem_.workloads.size(); ++w) {
        if (value[w] <= 0.0) continue;
        const auto x = static_cast<std::size_t>(of(problem_.workloads[w].each, x_.room) / x_.step);
        const auto y = y_.cells > 1 ? static_cast<std::size_t>(of(problem_.workloads[w].each, y_.room) / y_.step) : 0;
        std::int64_t most = std::min(left[w], problem_.workloads[w].most_per_node);
        if (x == 0 && y == 0) {
            beside_ += value[w] * static_cast<double>(most);
            continue;
        }
        if (x > 0) most = std::min(most, static_cast<std::int64_t>((x_.cells - 1) / x));
        if (y > 0) most = std::min(most, static_cast<std::int64_t>((y_.cells - 1) / y));
        // So many pods as bundles of 1, 2, 4, ... and a rest: any number of them is a choice of bundles.
        for (std::int64_t bundle = 1; most > 0; bundle *= 2) {
            const std::int64_t count = std::min(bundle, most);
            const auto times = static_cast<std::size_t>(count);
            bundles_.push_back({static_cast<std::int32_t>(w), count, times * x, times * y});
            add(bundles_.back(), static_cast<double>(count) * value[w]);
            most -= count;
        }
    }
}

// Rows from the last to the first, and cells likewise where the bundle stays in its row, so that each takes it once.
void PatternTable::add(const Bundle& bundle, double value) {
    const std::size_t start = is_taken_.size();
    is_taken_.resize(start + worth_.size());
    const std::size_t columns = y_.cells - std::min(bundle.y, y_.cells);
    for (std::size_t i = x_.cells; i-- > bundle.x;) {
        double* const row = &worth_[i * y_.cells + bundle.y];
        const double* const before = &worth_[(i - bundle.x) * y_.cells];
        std::uint8_t* const taken = &is_taken_[start + i * y_.cells + bundle.y];
        for (std::size_t k = 0; k < columns; ++k) {
            const std::size_t j = bundle.x > 0 ? k : columns - 1 - k;
            const double with = before[j] + value;
            taken[j] = with > row[j];
            row[j] = std::max(row[j], with);
        }
    }
}

bool PatternTable::has(std::size_t type, std::size_t& x, std::size_t& y) const {
    x = static_cast<std::size_t>(of(problem_.types[type].room, x_.room) / x_.step);
    y = y_.cells > 1 ? static_cast<std::size_t>(of(problem_.types[type].room, y_.room) / y_.step) : 0;
    return x < x_.cells && y < y_.cells;
}

double PatternTable::at_most(std::size_t type) const {
    std::size_t x = 0;
    std::size_t y = 0;
    return has(type, x, y) ? worth_[x * y_.cells + y] + beside_ : std::numeric_limits<double>::infinity();
}

std::vector<FleetPods> PatternTable::pods(std::size_t type) const {
    std::size_t x = 0;
    std::size_t y = 0;
    std::vector<FleetPods> pods;
    if (!has(type, x, y)) return pods;
    for (std::size_t b = bundles_.size(); b-- > 0;) {
        const Bundle& bundle = bundles_[b];
        if (!is_taken_[b * worth_.size() + x * y_.cells + y]) continue;
        x -= bundle.x;
        y -= bundle.y;
        if (!pods.empty() && pods.back().workload == bundle.workload)
            pods.back().count += bundle.count;
        else
            pods.push_back({bundle.workload, bundle.count});
    }
    std::ranges::reverse(pods);
    return pods;
}

}  // namespace eks::sizing
