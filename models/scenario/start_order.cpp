#include "models/scenario/start_order.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace eks {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

bool is_met(const StartNeed& need, const std::vector<bool>& started) {
    return std::ranges::any_of(need.any_of, [&](std::size_t thing) { return started[thing]; });
}

// Edges from what never starts to what it waits for; needs that are met are no part of it.
Graph waiting_of(std::span<const StartThing> things, const std::vector<bool>& started) {
    Graph graph(things.size());
    for (std::size_t thing = 0; thing < things.size(); ++thing) {
        if (started[thing]) continue;
        for (const StartNeed& need : things[thing].needs) {
            if (is_met(need, started)) continue;
            for (const std::size_t other : need.any_of) boost::add_edge(thing, other, graph);
        }
    }
    return graph;
}

std::size_t need_met_by(const StartThing& thing, std::size_t other, const std::vector<bool>& started) {
    const auto is_it = [&](const StartNeed& need) {
        return !is_met(need, started) && std::ranges::find(need.any_of, other) != need.any_of.end();
    };
    return static_cast<std::size_t>(std::ranges::find_if(thing.needs, is_it) - thing.needs.begin());
}

// The shortest way from `first` back to itself within its component, breadth first; empty if there is none.
std::vector<std::size_t> circle_through(const Graph& graph, const std::vector<std::size_t>& component,
                                        std::size_t first) {
    std::map<std::size_t, std::size_t> came_from;
    std::vector<std::size_t> front{first};
    for (std::size_t at = 0; at < front.size(); ++at) {
        for (auto [edge, end] = boost::out_edges(front[at], graph); edge != end; ++edge) {
            const std::size_t next = boost::target(*edge, graph);
            if (component[next] != component[first]) continue;
            if (next != first) {
                if (came_from.emplace(next, front[at]).second) front.push_back(next);
                continue;
            }
            std::vector<std::size_t> way;
            for (std::size_t back = front[at]; back != first; back = came_from.at(back)) way.push_back(back);
            way.push_back(first);
            std::ranges::reverse(way);
            return way;
        }
    }
    return {};
}

std::vector<std::string> remedies_for(std::span<const StartThing> things, const std::vector<StartStep>& circle) {
    std::vector<std::string> remedies;
    for (const StartStep& step : circle) {
        const std::string& remedy = things[step.thing].needs[step.need].remedy;
        if (remedy.empty()) continue;
        std::vector<StartThing> without(things.begin(), things.end());
        auto& needs = without[step.thing].needs;
        needs.erase(needs.begin() + static_cast<std::ptrdiff_t>(step.need));
        if (who_starts(without)[step.thing] && std::ranges::find(remedies, remedy) == remedies.end())
            remedies.push_back(remedy);
    }
    return remedies;
}

}  // namespace

std::vector<bool> who_starts(std::span<const StartThing> things) {
    std::vector<bool> started(things.size());
    for (bool has_grown = true; has_grown;) {
        has_grown = false;
        for (std::size_t i = 0; i < things.size(); ++i) {
            if (started[i]) continue;
            started[i] =
                std::ranges::all_of(things[i].needs, [&](const StartNeed& need) { return is_met(need, started); });
            has_grown = has_grown || started[i];
        }
    }
    return started;
}

std::vector<StartDeadlock> find_start_deadlocks(std::span<const StartThing> things) {
    const std::vector<bool> started = who_starts(things);
    const Graph graph = waiting_of(things, started);
    std::vector<std::size_t> component(things.size());
    if (!things.empty()) {
        boost::strong_components(
            graph, boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, graph)));
    }
    std::vector<StartDeadlock> deadlocks;
    std::vector<std::size_t> seen;
    for (std::size_t first = 0; first < things.size(); ++first) {
        if (started[first] || std::ranges::find(seen, component[first]) != seen.end()) continue;
        const std::vector<std::size_t> way = circle_through(graph, component, first);
        if (way.empty()) continue;
        seen.push_back(component[first]);
        StartDeadlock deadlock;
        for (std::size_t i = 0; i < way.size(); ++i)
            deadlock.circle.push_back({way[i], need_met_by(things[way[i]], way[(i + 1) % way.size()], started)});
        deadlock.remedies = remedies_for(things, deadlock.circle);
        deadlocks.push_back(std::move(deadlock));
    }
    return deadlocks;
}

}  // namespace eks
