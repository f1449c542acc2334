#include "models/systems/scheduling/nomad/scores.hpp"

#include "libsim/portable_math.hpp"

#include <algorithm>
#include <cstdlib>

namespace eks::nomad {

namespace {

constexpr double best_fit = 18;  // of a client whose CPU and memory are all in use, before it is scaled to 1
constexpr double base = 10;

// The share of it that is free; a client that has none of it counts as full.
double free_share(std::int64_t room, std::int64_t used) {
    return room == 0 ? 0 : 1 - static_cast<double>(used) / static_cast<double>(room);
}

// The allocations that are meant for the value; nothing: it has no target, and no other value leaves it any.
std::optional<double> desired(const SpreadBlock& block, const std::string& value, std::int64_t count) {
    const auto whole = static_cast<double>(count);
    double meant = 0;
    for (const SpreadTarget& target : block.targets) {
        if (target.value == value) return target.percent / 100 * whole;
        meant += target.percent / 100 * whole;
    }
    if (meant > 0 && meant < whole) return whole - meant;
    return std::nullopt;
}

std::int64_t used_of(const SpreadView& view) {
    const auto found = std::ranges::find(view.used, *view.value, &ValueCount::value);
    return found == view.used.end() ? 0 : found->allocations;
}

double evenly(const SpreadView& view) {
    if (view.used.empty()) return 0;
    const auto [fewest, most] = std::ranges::minmax(view.used, {}, &ValueCount::allocations);
    return even_spread(used_of(view), fewest.allocations, most.allocations);
}

double towards_target(const SpreadView& view, double share_of_weight, std::int64_t count) {
    const std::optional<double> wanted = desired(view.block, *view.value, count);
    if (!wanted || *wanted == 0) return -1;
    return (*wanted - static_cast<double>(used_of(view) + 1)) / *wanted * share_of_weight;
}

}  // namespace

double fit_score(Algorithm algorithm, const Amounts& room, const Amounts& used) {
    const double powers = sim::math::pow(base, free_share(room.mhz, used.mhz)) +
                          sim::math::pow(base, free_share(room.memory_mb, used.memory_mb));
    const double score = algorithm == Algorithm::binpack ? 2 * base - powers : powers - 2;
    return std::clamp(score, 0.0, best_fit) / best_fit;
}

Part anti_affinity(std::int64_t collisions, std::int64_t count) {
    if (collisions <= 0) return std::nullopt;
    return -static_cast<double>(collisions + 1) / static_cast<double>(std::max<std::int64_t>(count, 1));
}

Part reschedule_penalty(bool is_penalty_node) { return is_penalty_node ? Part(-1.0) : std::nullopt; }

Part affinity(std::span<const Affinity> affinities) {
    std::int64_t matching = 0;
    std::int64_t all = 0;
    for (const Affinity& each : affinities) {
        all += std::abs(each.weight);
        if (each.matches) matching += each.weight;
    }
    if (matching == 0) return std::nullopt;
    return static_cast<double>(matching) / static_cast<double>(all);
}

double even_spread(std::int64_t with_value, std::int64_t fewest, std::int64_t most) {
    if (fewest == 0) return 0;
    const auto relative = [&](std::int64_t difference) {
        return static_cast<double>(difference) / static_cast<double>(fewest);
    };
    if (with_value != fewest) return relative(fewest - with_value);
    return fewest == most ? -1 : relative(most - fewest);
}

Part spread(std::span<const SpreadView> blocks, std::int64_t count) {
    std::int64_t weights = 0;
    for (const SpreadView& view : blocks) weights += view.block.weight;
    double score = 0;
    for (const SpreadView& view : blocks) {
        if (!view.value)
            score -= 1;
        else if (view.block.targets.empty())
            score += evenly(view);
        else
            score += towards_target(view, static_cast<double>(view.block.weight) / static_cast<double>(weights), count);
    }
    if (score == 0) return std::nullopt;
    return score;
}

double mean_of(std::span<const Part> parts) {
    double sum = 0;
    double present = 0;
    for (const Part& part : parts) {
        if (!part) continue;
        sum += *part;
        present += 1;
    }
    return present == 0 ? 0 : sum / present;
}

}  // namespace eks::nomad
