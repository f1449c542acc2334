// Which clients Nomad scores at all, and which of them it takes (NOM-4). It does not look for the best: it shuffles
// the clients and scores the first few that can take the allocation.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace eks::nomad {

enum class JobType : std::uint8_t { service, batch };

// How many feasible clients are scored for one allocation.
constexpr std::int64_t candidates_wanted(JobType type, std::int64_t clients, bool has_affinities_or_spreads,
                                         std::int64_t count) {
    constexpr std::int64_t fewest = 2;
    constexpr std::int64_t fewest_where_compared = 100;
    if (has_affinities_or_spreads) return count > fewest_where_compared ? count : fewest_where_compared;
    if (type == JobType::batch || clients <= 1) return fewest;
    const auto log2_up = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(clients - 1)));
    return log2_up > fewest ? log2_up : fewest;
}

// Puts 0 to n - 1 in an order of chance. `below(i, bound)` is the i-th draw, from 0 to bound - 1.
template <class Below>
std::vector<std::uint32_t> shuffled(std::size_t n, const Below& below) {
    std::vector<std::uint32_t> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = static_cast<std::uint32_t>(i);
    for (std::size_t i = n; i-- > 1;) std::swap(order[i], order[below(i, i + 1)]);
    return order;
}

struct Option {
    std::size_t client = 0;
    double score = 0;
};

// `next()` finds and scores the next feasible client, or says that there is none. Up to three whose score is not above
// 0 are put aside and come back only when no other is left. Of those scored the highest wins, on ties the first.
template <class Next>
std::optional<Option> choose(std::int64_t wanted, const Next& next) {
    constexpr std::size_t aside_most = 3;
    std::vector<Option> aside;
    std::size_t back = 0;
    std::optional<Option> best;
    const auto consider = [&](const Option& option) {
        if (!best || option.score > best->score) best = option;
    };
    std::int64_t seen = 0;
    bool is_over = false;
    while (seen < wanted) {
        std::optional<Option> option;
        while (!is_over && !option) {
            option = next();
            is_over = !option;
            if (option && option->score <= 0 && aside.size() < aside_most) {
                aside.push_back(*option);
                option.reset();
            }
        }
        if (!option && back < aside.size()) option = aside[back++];
        if (!option) break;
        consider(*option);
        ++seen;
    }
    return best;
}

}  // namespace eks::nomad
