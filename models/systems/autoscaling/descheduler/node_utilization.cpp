// LowNodeUtilization and HighNodeUtilization: nodes by what their pods request (DESCH-2, DESCH-3).
#include "models/spec/tolerations.hpp"
#include "models/systems/autoscaling/descheduler/strategies.hpp"

#include <algorithm>
#include <array>

namespace eks::descheduler {

namespace {

constexpr std::size_t kinds = 3;  // cpu in millicores, memory in bytes, pods
using Amounts = std::array<std::int64_t, kinds>;
using Shares = std::array<double, kinds>;

struct UsedNode {
    NodeId id;
    Amounts used{};
    Amounts whole{};
    Shares percent{};
};

Shares shares_of(const NodeUsageShares& stated) { return {stated.cpu, stated.memory, stated.pods}; }

UsedNode usage_of(const Pass& pass, NodeId id) {
    const Node& row = pass.world.nodes[id];
    const NodeShape& shape = pass.spec[row.shape];
    UsedNode node;
    node.id = id;
    node.used = {row.requested.cpu_milli, row.requested.memory_bytes, row.pods};
    node.whole = {shape.allocatable.cpu_milli, shape.allocatable.memory_bytes, shape.max_pods};
    constexpr double hundred = 100;
    for (std::size_t i = 0; i < kinds; ++i) {
        if (node.whole[i] > 0)
            node.percent[i] = hundred * static_cast<double>(node.used[i]) / static_cast<double>(node.whole[i]);
    }
    return node;
}

Amounts amounts_of(const Spec& spec, const Pod& pod) {
    const Resources& requests = spec[pod.pod_template].requests;
    return {requests.cpu_milli, requests.memory_bytes, 1};
}

bool is_above(const UsedNode& node, const Shares& bound) {
    for (std::size_t i = 0; i < kinds; ++i) {
        if (bound[i] < node.percent[i]) return true;
    }
    return false;
}

// What is not stated bounds nothing; with deviations, what is not stated is the mean itself.
Shares bounds(const Shares& stated, bool are_deviations, const Shares& mean, double sign) {
    constexpr double hundred = 100;
    Shares bound{};
    for (std::size_t i = 0; i < kinds; ++i) {
        if (are_deviations)
            bound[i] = std::clamp(mean[i] + sign * std::max(stated[i], 0.0), 0.0, hundred);
        else
            bound[i] = stated[i] < 0 ? hundred : stated[i];
    }
    return bound;
}

Shares mean_of(const std::vector<UsedNode>& nodes) {
    Shares mean{};
    for (const UsedNode& node : nodes) {
        for (std::size_t i = 0; i < kinds; ++i) mean[i] += node.percent[i] / static_cast<double>(nodes.size());
    }
    return mean;
}

std::int64_t sum_of(const UsedNode& node) { return node.used[0] + node.used[1] + node.used[2]; }

// Room of the nodes up to these shares of them.
Amounts room_in(const std::vector<UsedNode>& nodes, const Shares& up_to) {
    constexpr double hundred = 100;
    Amounts room{};
    for (const UsedNode& node : nodes) {
        for (std::size_t i = 0; i < kinds; ++i)
            room[i] +=
                static_cast<std::int64_t>(up_to[i] / hundred * static_cast<double>(node.whole[i])) - node.used[i];
    }
    return room;
}

bool tolerates_one(const Spec& spec, const World& world, const PodTemplate& pod, const std::vector<UsedNode>& nodes) {
    return std::ranges::any_of(nodes, [&](const UsedNode& node) {
        return std::ranges::all_of(spec[world.nodes[node.id].shape].taints, [&](const Taint& taint) {
            return taint.effect == TaintEffect::prefer_no_schedule ||
                   tolerates(pod, taint.key, taint.value, taint.effect);
        });
    });
}

// Pods of the sources go, by priority and then by class of service, while `goes_on(node, room)`.
template <class GoesOn>
void evict_from(Pass& pass, Evictor& evictor, const DeschedulerStep& step, const std::vector<UsedNode>& sources,
                const std::vector<UsedNode>& destinations, Amounts room, GoesOn goes_on) {
    for (UsedNode node : sources) {
        std::vector<PodId> pods = pods_on(pass.world, node.id);
        std::erase_if(pods, [&](PodId id) { return !evictor.may_evict(step, id); });
        std::ranges::stable_sort(pods, {}, [&](PodId id) {
            const PodTemplate& t = pass.spec[pass.world.pods[id].pod_template];
            return std::pair(t.priority, -static_cast<int>(t.qos));
        });
        if (!goes_on(node, room)) continue;
        for (const PodId id : pods) {
            const Pod& pod = pass.world.pods[id];
            const Amounts amounts = amounts_of(pass.spec, pod);
            if (!tolerates_one(pass.spec, pass.world, pass.spec[pod.pod_template], destinations)) continue;
            if (!evictor.evict(step, id)) continue;
            for (std::size_t i = 0; i < kinds; ++i) {
                node.used[i] -= amounts[i];
                room[i] -= amounts[i];
                if (node.whole[i] > 0)
                    node.percent[i] = 100.0 * static_cast<double>(node.used[i]) / static_cast<double>(node.whole[i]);
            }
            if (!goes_on(node, room)) break;
        }
    }
}

bool has_room(const Amounts& room) {
    return std::ranges::all_of(room, [](std::int64_t left) { return left > 0; });
}

}  // namespace

void empty_full_nodes(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    std::vector<UsedNode> nodes;
    for (const NodeId id : pass.nodes) nodes.push_back(usage_of(pass, id));
    const Shares mean = mean_of(nodes);
    const Shares low = bounds(shares_of(step.thresholds), step.are_deviations, mean, -1);
    const Shares high = bounds(shares_of(step.targets), step.are_deviations, mean, +1);
    std::vector<UsedNode> under;
    std::vector<UsedNode> over;
    for (const UsedNode& node : nodes) {
        if (!is_above(node, low) && !pass.world.nodes[node.id].cordoned)
            under.push_back(node);
        else if (is_above(node, high))
            over.push_back(node);
    }
    if (under.empty() || over.empty() || static_cast<std::int64_t>(under.size()) <= step.more_nodes_than ||
        under.size() == nodes.size())
        return;
    std::ranges::stable_sort(over, [](const UsedNode& a, const UsedNode& b) { return sum_of(a) > sum_of(b); });
    evict_from(pass, evictor, step, over, under, room_in(under, high),
               [&](const UsedNode& node, const Amounts& room) { return is_above(node, high) && has_room(room); });
}

void empty_underused_nodes(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    const Shares low = bounds(shares_of(step.thresholds), false, {}, 0);
    std::vector<UsedNode> under;
    std::vector<UsedNode> others;
    for (const NodeId id : pass.nodes) {
        const UsedNode node = usage_of(pass, id);
        if (!is_above(node, low))
            under.push_back(node);
        else if (!pass.world.nodes[id].cordoned)
            others.push_back(node);
    }
    if (under.empty() || others.empty() || static_cast<std::int64_t>(under.size()) <= step.more_nodes_than) return;
    std::ranges::stable_sort(under, [](const UsedNode& a, const UsedNode& b) { return sum_of(a) < sum_of(b); });
    constexpr Shares whole{100, 100, 100};
    evict_from(pass, evictor, step, under, others, room_in(others, whole),
               [](const UsedNode&, const Amounts& room) { return has_room(room); });
}

}  // namespace eks::descheduler
