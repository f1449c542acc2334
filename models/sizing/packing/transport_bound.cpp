#include "models/sizing/packing/transport_bound.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/edmonds_karp_max_flow.hpp>
#include <boost/graph/successive_shortest_path_nonnegative_weights.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

namespace eks::sizing {

namespace {

// Amounts are whole units, at most so many together, and prices whole numbers too: flows are then exact, and the same
// with every compiler. Products of the two stay below 2^62.
constexpr std::int64_t most_units = std::int64_t{1} << 20;
constexpr double highest_price = static_cast<double>(std::int64_t{1} << 40);

// Workloads that run on the same types.
struct Class {
    std::vector<std::uint8_t> runs_on;  // by type
    std::vector<std::size_t> workloads;
};

std::vector<Class> classes_of(const FleetProblem& problem) {
    std::map<std::vector<std::uint8_t>, std::vector<std::size_t>> found;
    for (std::size_t w = 0; w < problem.workloads.size(); ++w) found[problem.runs_on[w]].push_back(w);
    std::vector<Class> classes;
    for (auto& [runs_on, workloads] : found) classes.push_back({runs_on, std::move(workloads)});
    return classes;
}

// One resource in units: what classes take is rounded down and what nodes have up, so that bounds stay bounds.
struct Amount {
    std::vector<std::int64_t> taken;  // by class
    std::vector<std::int64_t> held;   // by type: what one node holds at most of what runs there
    std::int64_t all_taken() const { return std::accumulate(taken.begin(), taken.end(), std::int64_t{0}); }
};

Amount amount_of(const FleetProblem& problem, const std::vector<Class>& classes, Room room) {
    std::int64_t unit = 0;
    double sum = 0.0;
    for (const auto& workload : problem.workloads) {
        unit = std::gcd(unit, of(workload.each, room));
        sum += static_cast<double>(of(workload.each, room)) * static_cast<double>(workload.replicas);
    }
    // Beyond this, sums would not be whole numbers: nothing is said of it.
    constexpr double too_much = 1e18;
    Amount amount{std::vector<std::int64_t>(classes.size(), 0), std::vector<std::int64_t>(problem.types.size(), 0)};
    if (unit == 0 || sum > too_much) return amount;
    const auto coarse = static_cast<std::int64_t>(sum / static_cast<double>(unit) / static_cast<double>(most_units));
    unit *= coarse + 1;
    std::vector<std::int64_t> most(problem.types.size(), 0);
    for (std::size_t c = 0; c < classes.size(); ++c) {
        std::int64_t taken = 0;
        std::int64_t of_one_node = 0;
        for (const std::size_t w : classes[c].workloads) {
            const auto& workload = problem.workloads[w];
            taken += of(workload.each, room) * workload.replicas;
            of_one_node += of(workload.each, room) * std::min(workload.replicas, workload.most_per_node);
        }
        amount.taken[c] = taken / unit;
        for (std::size_t t = 0; t < most.size(); ++t)
            if (classes[c].runs_on[t]) most[t] += of_one_node;
    }
    // Of units that divide every pod's amount, a node holds whole ones only.
    for (std::size_t t = 0; t < most.size(); ++t) {
        const std::int64_t has = std::min(of(problem.types[t].room, room), most[t]);
        amount.held[t] = (has + (coarse > 0 ? unit - 1 : 0)) / unit;
    }
    return amount;
}

// Source, classes, types, sink.
class Network {
  public:
    // `capacity` and `price` of a unit are by type.
    Network(const std::vector<Class>& classes, const Amount& amount, const std::vector<std::int64_t>& capacity,
            const std::vector<double>& price)
        : graph_(classes.size() + capacity.size() + 2), sink_(classes.size() + capacity.size() + 1) {
        for (std::size_t c = 0; c < classes.size(); ++c) {
            connect(source, 1 + c, amount.taken[c], 0.0);
            for (std::size_t t = 0; t < capacity.size(); ++t)
                if (classes[c].runs_on[t] && capacity[t] > 0)
                    connect(1 + c, 1 + classes.size() + t, amount.taken[c], 0.0);
        }
        for (std::size_t t = 0; t < capacity.size(); ++t)
            if (capacity[t] > 0) to_sink_.push_back(connect(1 + classes.size() + t, sink_, capacity[t], price[t]));
    }

    std::int64_t most() { return boost::edmonds_karp_max_flow(graph_, source, sink_); }

    struct Flow {
        std::int64_t units = 0;
        std::int64_t price = 0;
    };
    // The most that flows, at least cost.
    Flow cheapest() {
        boost::successive_shortest_path_nonnegative_weights(graph_, source, sink_);
        Flow flow;
        for (const Edge edge : to_sink_) {
            const std::int64_t units = boost::get(boost::edge_capacity, graph_, edge) -
                                       boost::get(boost::edge_residual_capacity, graph_, edge);
            flow.units += units;
            flow.price += units * static_cast<std::int64_t>(boost::get(boost::edge_weight, graph_, edge));
        }
        return flow;
    }

  private:
    using Directed = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
    using Edge = Directed::edge_descriptor;
    // Weights are whole numbers in doubles: what cannot be reached is infinitely far, which adds up without overflow.
    using Graph = boost::adjacency_list<
        boost::vecS, boost::vecS, boost::directedS, boost::no_property,
        boost::property<boost::edge_capacity_t, std::int64_t,
                        boost::property<boost::edge_residual_capacity_t, std::int64_t,
                                        boost::property<boost::edge_reverse_t, Edge,
                                                        boost::property<boost::edge_weight_t, double>>>>>;
    static constexpr std::size_t source = 0;

    Edge connect(std::size_t from, std::size_t to, std::int64_t capacity, double price) {
        const Edge there = boost::add_edge(from, to, graph_).first;
        const Edge back = boost::add_edge(to, from, graph_).first;
        boost::put(boost::edge_capacity, graph_, there, capacity);
        boost::put(boost::edge_capacity, graph_, back, std::int64_t{0});
        boost::put(boost::edge_weight, graph_, there, price);
        boost::put(boost::edge_weight, graph_, back, -price);
        boost::put(boost::edge_reverse, graph_, there, back);
        boost::put(boost::edge_reverse, graph_, back, there);
        return there;
    }

    Graph graph_;
    std::size_t sink_;
    std::vector<Edge> to_sink_;
};

// The cheapest way to take all, where a node of a type costs so much and there are `nodes` of each at most; infinite
// where that is not enough.
double cheapest_flow(const std::vector<Class>& classes, const Amount& amount, const std::vector<double>& node_price,
                     std::int64_t nodes) {
    double highest = 0.0;
    const std::int64_t all = amount.all_taken();
    std::vector<std::int64_t> capacity;
    for (std::size_t t = 0; t < node_price.size(); ++t) {
        const std::int64_t held = amount.held[t];
        capacity.push_back(held > 0 && nodes > all / held ? all : nodes * held);
        if (held > 0) highest = std::max(highest, node_price[t] / static_cast<double>(held));
    }
    const double scale = highest > 0.0 ? highest_price / highest : 0.0;
    std::vector<double> price;
    for (std::size_t t = 0; t < node_price.size(); ++t) {
        const auto held = static_cast<double>(std::max<std::int64_t>(amount.held[t], 1));
        price.push_back(std::floor(node_price[t] / held * scale));
    }
    const Network::Flow flow = Network(classes, amount, capacity, price).cheapest();
    if (flow.units < all) return std::numeric_limits<double>::infinity();
    return highest > 0.0 ? static_cast<double>(flow.price) / scale : 0.0;
}

// The cheapest flow over at most so many nodes in all, bounded from below: for every price of a node, what the flow
// costs with it, less what `most_nodes` pay of it. That is concave in the price, so its top is where halving finds it.
double bound_of(const FleetProblem& problem, const std::vector<Class>& classes, const Amount& amount,
                std::int64_t most_nodes) {
    const auto at = [&](double node_price) {
        std::vector<double> prices;
        for (const auto& type : problem.types) prices.push_back(type.usd_per_hour + node_price);
        return cheapest_flow(classes, amount, prices, most_nodes) - node_price * static_cast<double>(most_nodes);
    };
    const double without = at(0.0);
    if (std::isinf(without)) return without;
    double low = 0.0;
    double high = std::max(without, 1e-6) / static_cast<double>(most_nodes);
    double best = without;
    for (int step = 0; step < 24; ++step) {
        const double value = at(high);
        if (value <= best) break;
        best = value;
        high *= 4.0;
    }
    for (int step = 0; step < 32 && high - low > 1e-9 * high; ++step) {
        const double left = low + (high - low) / 3.0;
        const double right = high - (high - low) / 3.0;
        const double at_left = at(left);
        const double at_right = at(right);
        best = std::max({best, at_left, at_right});
        (at_left < at_right ? low : high) = at_left < at_right ? left : right;
    }
    return best;
}

}  // namespace

LeastNodes least_nodes(const FleetProblem& problem) {
    LeastNodes least;
    for (const auto& workload : problem.workloads) {
        const std::int64_t apart =
            workload.replicas / workload.most_per_node + (workload.replicas % workload.most_per_node > 0 ? 1 : 0);
        least.nodes = std::max(least.nodes, apart);
    }
    const std::vector<Class> classes = classes_of(problem);
    const std::vector<double> one_each(problem.types.size(), 1.0);
    for (const Room room : problem.rooms) {
        const Amount amount = amount_of(problem, classes, room);
        const double nodes = cheapest_flow(classes, amount, one_each, std::numeric_limits<std::int64_t>::max());
        const auto whole = static_cast<std::int64_t>(std::ceil(nodes - 1e-9));
        if (whole > least.nodes) least = {whole, room};
    }
    return least;
}

double transport_bound(const FleetProblem& problem, std::int64_t most_nodes) {
    if (least_nodes(problem).nodes > most_nodes) return std::numeric_limits<double>::infinity();
    const std::vector<Class> classes = classes_of(problem);
    double bound = 0.0;
    for (const Room room : problem.rooms)
        bound = std::max(bound, bound_of(problem, classes, amount_of(problem, classes, room), most_nodes));
    return bound;
}

bool may_hold(const FleetProblem& problem, std::span<const std::int32_t> node_types) {
    const std::vector<Class> classes = classes_of(problem);
    // What all run on, sums compare: a cover sees to them.
    if (classes.size() < 2) return true;
    std::vector<std::int64_t> nodes(problem.types.size(), 0);
    for (const std::int32_t type : node_types) ++nodes[static_cast<std::size_t>(type)];
    const std::vector<double> free(nodes.size(), 0.0);
    return std::ranges::all_of(problem.rooms, [&](Room room) {
        const Amount amount = amount_of(problem, classes, room);
        const std::int64_t all = amount.all_taken();
        std::vector<std::int64_t> capacity;
        for (std::size_t t = 0; t < nodes.size(); ++t)
            capacity.push_back(nodes[t] > 0 ? std::min(all, nodes[t] * amount.held[t]) : 0);
        return Network(classes, amount, capacity, free).most() == all;
    });
}

}  // namespace eks::sizing
