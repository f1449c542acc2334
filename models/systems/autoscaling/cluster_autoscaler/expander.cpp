#include "models/systems/autoscaling/cluster_autoscaler/expander.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace eks::cluster_autoscaler {

namespace {

using Options = std::span<const ExpansionOption>;
using Places = std::vector<std::size_t>;

constexpr std::array<std::pair<std::string_view, Expander>, 5> expander_names{{{"random", Expander::random},
                                                                               {"most-pods", Expander::most_pods},
                                                                               {"least-nodes", Expander::least_nodes},
                                                                               {"least-waste", Expander::least_waste},
                                                                               {"priority", Expander::priority}}};

// Groups that match lower priorities only are never preferred.
constexpr std::int64_t least_winning_priority = -1;

// Those whose score is smallest, in the order in which they are compared: a score that is no number stays where it is
// the first and is never better than another. Exact equality is a tie.
template <class Score>
Places smallest(const Places& among, Score&& score) {
    Places best;
    double least = 0;
    for (const std::size_t place : among) {
        const double of_place = score(place);
        if (best.empty() || of_place < least) {
            least = of_place;
            best = {place};
        } else if (of_place == least) {
            best.push_back(place);
        }
    }
    return best;
}

double wasted_share(std::int64_t available, std::int64_t requested) {
    return static_cast<double>(available - requested) / static_cast<double>(available);
}

double waste(const ExpansionOption& option) {
    return wasted_share(option.capacity_cpu_milli * option.node_count, option.requested_cpu_milli) +
           wasted_share(option.capacity_bytes * option.node_count, option.requested_bytes);
}

Places least_wasteful(Options options, Places among) {
    std::erase_if(among, [&](std::size_t place) { return !options[place].has_template; });
    return smallest(among, [&](std::size_t place) { return waste(options[place]); });
}

Places with_fewest_nodes(Options options, Places among) {
    std::erase_if(among, [&](std::size_t place) { return options[place].node_count == 0; });
    return smallest(among, [&](std::size_t place) { return static_cast<double>(options[place].node_count); });
}

Places with_most_pods(Options options, const Places& among) {
    return smallest(among, [&](std::size_t place) { return -static_cast<double>(options[place].pods); });
}

Places of_highest_priority(Options options, const Places& among) {
    std::int64_t highest = least_winning_priority;
    for (const std::size_t place : among) highest = std::max(highest, options[place].priority.value_or(highest));
    Places best;
    for (const std::size_t place : among) {
        if (options[place].priority == highest) best.push_back(place);
    }
    return best.empty() ? among : best;
}

}  // namespace

std::optional<Expander> expander_named(std::string_view name) {
    for (const auto& [known, expander] : expander_names) {
        if (known == name) return expander;
    }
    return std::nullopt;
}

std::vector<std::size_t> surviving_options(std::span<const ExpansionOption> options, std::span<const Expander> chain) {
    Places left(options.size());
    std::iota(left.begin(), left.end(), std::size_t{0});
    for (const Expander expander : chain) {
        switch (expander) {
            case Expander::random: return left;
            case Expander::most_pods: left = with_most_pods(options, left); break;
            case Expander::least_nodes: left = with_fewest_nodes(options, std::move(left)); break;
            case Expander::least_waste: left = least_wasteful(options, std::move(left)); break;
            case Expander::priority: left = of_highest_priority(options, left); break;
        }
        if (left.size() == 1) break;
    }
    return left;
}

}  // namespace eks::cluster_autoscaler
