#include "models/systems/nodes/fair_shares.hpp"

#include <algorithm>
#include <limits>

namespace eks {

namespace {

constexpr std::int64_t undecided = -1;

}  // namespace

// Progressive filling: all rates rise together until a flow meets its own limit or a link is full; those it concerns
// are settled, and the others go on rising with what is left.
std::vector<std::int64_t> fair_shares(std::span<const Transfer> flows, std::vector<std::int64_t> capacities) {
    std::vector<std::int64_t> rates(flows.size(), undecided);
    std::vector<std::int64_t> open(capacities.size(), 0);  // undecided flows of each link
    for (const Transfer& flow : flows) {
        for (const std::uint32_t link : flow.links) {
            if (link != no_link) ++open[link];
        }
    }
    const auto settle = [&](std::size_t i, std::int64_t rate) {
        rates[i] = rate;
        for (const std::uint32_t link : flows[i].links) {
            if (link == no_link) continue;
            --open[link];
            capacities[link] = std::max<std::int64_t>(capacities[link] - rate, 0);
        }
    };
    const auto share_of = [&](std::uint32_t link) {
        return capacities[link] == 0 ? 0 : std::max<std::int64_t>(capacities[link] / open[link], 1);
    };
    const auto level_of = [&](const Transfer& flow) {
        std::int64_t level = flow.limit;
        for (const std::uint32_t link : flow.links) {
            if (link != no_link) level = std::min(level, share_of(link));
        }
        return level;
    };
    for (;;) {
        std::int64_t level = std::numeric_limits<std::int64_t>::max();
        for (std::size_t i = 0; i < flows.size(); ++i) {
            if (rates[i] == undecided) level = std::min(level, level_of(flows[i]));
        }
        if (level == std::numeric_limits<std::int64_t>::max()) return rates;
        // Those whom this level stops are told before any of them is settled: settling one changes its links.
        std::vector<std::size_t> stopped;
        for (std::size_t i = 0; i < flows.size(); ++i) {
            if (rates[i] == undecided && level_of(flows[i]) == level) stopped.push_back(i);
        }
        for (const std::size_t i : stopped) settle(i, level);
    }
}

}  // namespace eks
