#include "models/sizing/packing/packing.hpp"

#include "libsim/random.hpp"
#include "models/sizing/packing/transport_bound.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace eks::sizing {

namespace {

struct Pod {
    std::int32_t workload = 0;
    std::int32_t node = -1;
    std::int32_t place = 0;  // among the pods of its node
};

struct Node {
    std::int32_t type = 0;
    Amounts load{};
    double overload = 0.0;
    std::vector<std::int32_t> pods;
    std::int32_t place_among_overloaded = -1;
};

class Floor {
  public:
    Floor(const FleetProblem& problem, std::span<const std::int32_t> node_types, const Worth& worth, std::uint64_t seed)
        : problem_(problem),
          worth_(worth),
          key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)} {
        for (const std::int32_t type : node_types) nodes_.push_back({.type = type});
        for (std::size_t w = 0; w < problem.workloads.size(); ++w)
            if (problem.workloads[w].most_per_node < problem.workloads[w].replicas) spread_.push_back(w);
        held_.assign(spread_.empty() ? 0 : nodes_.size() * problem.workloads.size(), 0);
    }

    void place_largest_first() {
        std::vector<std::size_t> order(problem_.workloads.size());
        for (std::size_t w = 0; w < order.size(); ++w) order[w] = w;
        std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return size_of(a) > size_of(b); });
        for (const std::size_t w : order)
            for (std::int64_t i = 0; i < problem_.workloads[w].replicas; ++i) {
                pods_.push_back({.workload = static_cast<std::int32_t>(w)});
                put(static_cast<std::int32_t>(pods_.size()) - 1, best_node(w));
            }
    }

    bool is_done() const { return overloaded_.empty(); }

    // The threshold falls from the size of a common pod to nothing.
    std::int64_t improve(std::int64_t moves) {
        double mean = 0.0;
        for (const Pod& pod : pods_) mean += size_of(static_cast<std::size_t>(pod.workload));
        mean /= static_cast<double>(pods_.size());
        std::int64_t done = 0;
        for (; done < moves && !overloaded_.empty(); ++done)
            step(0.5 * mean * (1.0 - static_cast<double>(done) / static_cast<double>(moves)));
        return done;
    }

    Packing packing() const {
        Packing result;
        for (const Node& node : nodes_) {
            std::map<std::int32_t, std::int64_t> counts;
            for (const std::int32_t p : node.pods) ++counts[pods_[static_cast<std::size_t>(p)].workload];
            auto& pods = result.emplace_back();
            for (const auto& [w, count] : counts) pods.push_back({w, count});
        }
        return result;
    }

  private:
    double size_of(std::size_t w) const {
        double size = 0.0;
        for (const Room room : problem_.rooms)
            size += worth_[static_cast<std::size_t>(room)] * static_cast<double>(of(problem_.workloads[w].each, room));
        return size;
    }

    const Amounts& each(std::int32_t pod) const {
        const auto w = static_cast<std::size_t>(pods_[static_cast<std::size_t>(pod)].workload);
        return problem_.workloads[w].each;
    }

    double overload_of(const Node& node, const Amounts& load) const {
        const Amounts& room = problem_.types[static_cast<std::size_t>(node.type)].room;
        double sum = 0.0;
        for (const Room r : problem_.rooms) {
            const std::int64_t over = of(load, r) - of(room, r);
            if (over > 0) sum += worth_[static_cast<std::size_t>(r)] * static_cast<double>(over);
        }
        return sum;
    }

    bool may_run(std::int32_t workload, const Node& node) const {
        return problem_.runs_on[static_cast<std::size_t>(workload)][static_cast<std::size_t>(node.type)] != 0;
    }

    std::int64_t& held(std::size_t node, std::int32_t workload) {
        return held_[node * problem_.workloads.size() + static_cast<std::size_t>(workload)];
    }
    // Whether one more of this workload breaks what may share the node.
    bool is_crowded(std::size_t node, std::int32_t workload) {
        return !held_.empty() &&
               held(node, workload) >= problem_.workloads[static_cast<std::size_t>(workload)].most_per_node;
    }

    static Amounts with(const Amounts& load, const Amounts& more, std::int64_t sign) {
        Amounts sum = load;
        for (std::size_t r = 0; r < room_kinds; ++r) sum[r] += sign * more[r];
        return sum;
    }

    // The node that has room and whose free room looks most like the pod; without room, the one that it overloads the
    // least.
    std::size_t best_node(std::size_t w) {
        const Amounts& pod = problem_.workloads[w].each;
        std::size_t best = 0;
        double best_score = -1e300;
        for (std::size_t n = 0; n < nodes_.size(); ++n) {
            const Node& node = nodes_[n];
            const Amounts& room = problem_.types[static_cast<std::size_t>(node.type)].room;
            double score = 0.0;
            if (!may_run(static_cast<std::int32_t>(w), node)) {
                score = -1e200;
            } else {
                const double over = overload_of(node, with(node.load, pod, 1)) - node.overload;
                if (over > 0.0 || is_crowded(n, static_cast<std::int32_t>(w))) {
                    score = -1.0 - over - (is_crowded(n, static_cast<std::int32_t>(w)) ? 1e6 : 0.0);
                } else {
                    double whole = 0.0;
                    for (const Room r : problem_.rooms) {
                        const auto i = static_cast<std::size_t>(r);
                        const auto free = static_cast<double>(room[i] - node.load[i]);
                        score += worth_[i] * worth_[i] * static_cast<double>(pod[i]) * free;
                        whole += worth_[i] * worth_[i] * free * free;
                    }
                    score = whole > 0.0 ? score / std::sqrt(whole) : 0.0;
                }
            }
            if (score > best_score) {
                best_score = score;
                best = n;
            }
        }
        return best;
    }

    void put(std::int32_t p, std::size_t n) {
        Pod& pod = pods_[static_cast<std::size_t>(p)];
        Node& node = nodes_[n];
        pod.node = static_cast<std::int32_t>(n);
        pod.place = static_cast<std::int32_t>(node.pods.size());
        node.pods.push_back(p);
        if (!held_.empty()) ++held(n, pod.workload);
        load(n, with(node.load, each(p), 1));
    }

    void take(std::int32_t p) {
        const Pod pod = pods_[static_cast<std::size_t>(p)];
        const auto n = static_cast<std::size_t>(pod.node);
        Node& node = nodes_[n];
        const std::int32_t moved = node.pods.back();
        node.pods[static_cast<std::size_t>(pod.place)] = moved;
        pods_[static_cast<std::size_t>(moved)].place = pod.place;
        node.pods.pop_back();
        if (!held_.empty()) --held(n, pod.workload);
        load(n, with(node.load, each(p), -1));
    }

    // A node that may hold no more of a workload counts as overloaded too: by what its surplus pods take.
    void load(std::size_t n, const Amounts& amounts) {
        Node& node = nodes_[n];
        node.load = amounts;
        node.overload = overload_of(node, amounts);
        for (const std::size_t w : spread_) {
            const std::int64_t surplus = held(n, static_cast<std::int32_t>(w)) - problem_.workloads[w].most_per_node;
            if (surplus > 0) node.overload += static_cast<double>(surplus) * size_of(w);
        }
        if (node.overload > 0.0 && node.place_among_overloaded < 0) {
            node.place_among_overloaded = static_cast<std::int32_t>(overloaded_.size());
            overloaded_.push_back(static_cast<std::int32_t>(n));
        } else if (node.overload <= 0.0 && node.place_among_overloaded >= 0) {
            const std::int32_t moved = overloaded_.back();
            overloaded_[static_cast<std::size_t>(node.place_among_overloaded)] = moved;
            nodes_[static_cast<std::size_t>(moved)].place_among_overloaded = node.place_among_overloaded;
            overloaded_.pop_back();
            node.place_among_overloaded = -1;
        }
    }

    // 0 .. bound-1.
    std::size_t below(std::size_t bound) {
        if (drawn_ % 4 == 0) block_ = sim::philox4x32_10({static_cast<std::uint32_t>(drawn_ / 4), 0, 0, 0}, key_);
        return static_cast<std::size_t>((std::uint64_t{block_[drawn_++ % 4]} * bound) >> 32);
    }

    void step(double threshold) {
        // Mostly a pod of a node that is too full; now and then any, so that others make room.
        std::int32_t p = 0;
        if (below(4) != 0) {
            const Node& from = nodes_[static_cast<std::size_t>(overloaded_[below(overloaded_.size())])];
            p = from.pods[below(from.pods.size())];
        } else {
            p = static_cast<std::int32_t>(below(pods_.size()));
        }
        const Pod pod = pods_[static_cast<std::size_t>(p)];
        const auto a = static_cast<std::size_t>(pod.node);
        const std::size_t b = below(nodes_.size());
        if (a == b || !may_run(pod.workload, nodes_[b])) return;
        std::int32_t q = -1;
        if (!nodes_[b].pods.empty() && below(3) != 0) {
            q = nodes_[b].pods[below(nodes_[b].pods.size())];
            const std::int32_t other = pods_[static_cast<std::size_t>(q)].workload;
            if (other == pod.workload || !may_run(other, nodes_[a]) || is_crowded(a, other)) return;
        }
        if (is_crowded(b, pod.workload)) return;
        Amounts load_a = with(nodes_[a].load, each(p), -1);
        Amounts load_b = with(nodes_[b].load, each(p), 1);
        if (q >= 0) {
            load_a = with(load_a, each(q), 1);
            load_b = with(load_b, each(q), -1);
        }
        const double before = nodes_[a].overload + nodes_[b].overload;
        const double after = overload_of(nodes_[a], load_a) + overload_of(nodes_[b], load_b);
        if (after - before > threshold) return;
        take(p);
        if (q >= 0) {
            take(q);
            put(q, a);
        }
        put(p, b);
    }

    const FleetProblem& problem_;
    const Worth& worth_;
    std::array<std::uint32_t, 2> key_{};
    std::array<std::uint32_t, 4> block_{};  // four draws at once
    std::size_t drawn_ = 0;
    std::vector<Node> nodes_;
    std::vector<Pod> pods_;
    std::vector<std::int32_t> overloaded_;
    std::vector<std::size_t> spread_;  // workloads that may not all share a node
    std::vector<std::int64_t> held_;   // by node and workload, where any such workload is
};

}  // namespace

std::optional<Packing> packed(const FleetProblem& problem, std::span<const std::int32_t> node_types, const Worth& worth,
                              PackingBudget& budget, std::int64_t most_moves) {
    for (const auto& runs : problem.runs_on)
        if (std::ranges::none_of(node_types, [&](std::int32_t t) { return runs[static_cast<std::size_t>(t)] != 0; }))
            return std::nullopt;
    if (!may_hold(problem, node_types)) return std::nullopt;
    Floor floor(problem, node_types, worth, budget.seed++);
    floor.place_largest_first();
    if (!floor.is_done()) budget.moves -= floor.improve(std::min(budget.moves, most_moves));
    if (!floor.is_done()) return std::nullopt;
    return floor.packing();
}

}  // namespace eks::sizing
