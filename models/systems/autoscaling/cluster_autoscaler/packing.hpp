// The estimator's packing itself (CA-13 to CA-16), over nodes that know which pods fit them. Room has
//
//     std::size_t size() const;               // old nodes, then added ones in their order
//     void begin(std::size_t group);          // a scheduling cycle for one pod of the group
//     Look look(std::size_t node) const;      // of that cycle
//     bool is_unschedulable(std::size_t node) const;
//     void place(std::size_t node);           // the cycle's pod; ends the cycle
//     void add_node();
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/estimator.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/limiter.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace eks::cluster_autoscaler {

enum class Look : std::uint8_t { fits, is_refused, is_refused_by_spread };

// CA-13 and CA-16: the groups by score, and whether the last of them takes the fast path.
struct PackingOrder {
    std::vector<std::size_t> groups;
    bool ends_in_fast_path = false;
};
PackingOrder packing_order(const EstimateQuestion& question);

template <class Room>
class Packing {
  public:
    Packing(Room& room, const EstimateQuestion& question)
        : room_(room),
          question_(question),
          limiter_(question.node_limit),
          old_nodes_(room.size()),
          has_pods_(room.size()) {
        result_.scheduled_per_group.resize(question.groups.size());
    }

    Estimate run() {
        const PackingOrder order = packing_order(question_);
        bool may_add_nodes = true;
        for (const std::size_t group : order.groups) {
            group_ = group;
            const std::int64_t left = fill_added_nodes(question_.groups[group].count);
            if (!may_add_nodes) continue;
            const bool is_fast = order.ends_in_fast_path && group == order.groups.back();
            may_add_nodes = is_fast ? pack_one_and_multiply(left) : pack_new_nodes(left);
        }
        return std::move(result_);
    }

  private:
    // The first phase: what is left when one pod fits no node that was added before.
    std::int64_t fill_added_nodes(std::int64_t pods) {
        while (pods > 0) {
            room_.begin(group_);
            const auto node = find([&](std::size_t n) { return n >= old_nodes_; });
            if (!node) break;
            take(*node);
            --pods;
        }
        return pods;
    }

    // The second phase. False: no later group may add nodes.
    bool pack_new_nodes(std::int64_t pods) {
        for (; pods > 0; --pods) {
            if (has_added() && (try_last() || try_elsewhere())) continue;
            // An empty node that does not take the pod has no better sister.
            if (has_added() && !has_pods_[last()]) return true;
            if (!limiter_.permits_node()) return false;
            add_node();
            room_.begin(group_);
            if (room_.look(last()) != Look::fits) return true;
            take(last());
        }
        return true;
    }

    // CA-16: one node is packed, the others are taken to hold as many.
    bool pack_one_and_multiply(std::int64_t pods) {
        if (pods == 0) return true;
        if (!limiter_.permits_node()) return false;
        add_node();
        std::int64_t per_node = 0;
        while (per_node < pods) {
            room_.begin(group_);
            if (room_.look(last()) != Look::fits) break;
            take(last());
            ++per_node;
        }
        if (per_node == 0) return true;
        for (std::int64_t left = pods - per_node; left > 0; left -= per_node) {
            if (!limiter_.permits_node()) return false;
            ++result_.node_count;
            count(std::min(per_node, left));
        }
        return true;
    }

    bool try_last() {
        room_.begin(group_);
        last_look_ = room_.look(last());
        if (last_look_ != Look::fits) return false;
        take(last());
        return true;
    }

    // After a failure of spread, for pods spread over nodes: any node but the last, old ones too.
    bool try_elsewhere() {
        if (last_look_ != Look::is_refused_by_spread || !is_spread_over_nodes()) return false;
        room_.begin(group_);
        const auto node = find([&](std::size_t n) { return n != last(); });
        if (node) take(*node);
        return node.has_value();
    }

    bool is_spread_over_nodes() const {
        return std::ranges::any_of(question_.groups[group_].pod.spread, [](const plain::SpreadConstraint& constraint) {
            return constraint.topology_key == hostname_label;
        });
    }

    // All nodes in a circle, from the one after the last that was found; at first from the second.
    template <class Accepts>
    std::optional<std::size_t> find(Accepts&& accepts) {
        const std::size_t nodes = room_.size();
        for (std::size_t i = 0; i < nodes; ++i) {
            const std::size_t node = (last_found_ + 1 + i) % nodes;
            if (!accepts(node) || room_.is_unschedulable(node) || room_.look(node) != Look::fits) continue;
            last_found_ = node;
            return node;
        }
        return std::nullopt;
    }

    void add_node() {
        room_.add_node();
        has_pods_.push_back(0);
    }

    void take(std::size_t node) {
        room_.place(node);
        if (!has_pods_[node]) ++result_.node_count;
        has_pods_[node] = 1;
        count(1);
    }

    void count(std::int64_t pods) {
        result_.scheduled += pods;
        result_.scheduled_per_group[group_] += pods;
    }

    bool has_added() const { return room_.size() > old_nodes_; }
    std::size_t last() const { return room_.size() - 1; }

    Room& room_;
    const EstimateQuestion& question_;
    NodeLimiter limiter_;
    std::size_t old_nodes_;
    std::vector<char> has_pods_;
    std::size_t group_ = 0;
    std::size_t last_found_ = 0;
    Look last_look_ = Look::fits;
    Estimate result_;
};

}  // namespace eks::cluster_autoscaler
