#include "models/report/decisions/delete_order.hpp"

#include "models/report/decisions/controller_objects.hpp"
#include "models/report/decisions/pod_ranks.hpp"
#include "models/systems/workloads/deletion_rank.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <vector>

namespace eks::decisions {

namespace {

const char* text_of(DeletionReason reason) {
    switch (reason) {
        case DeletionReason::unassigned: return "it has no node";
        case DeletionReason::earlier_phase: return "its phase is the earlier one";
        case DeletionReason::not_ready: return "it is not ready";
        case DeletionReason::lower_cost: return "its pod-deletion-cost is lower";
        case DeletionReason::crowded_node: return "more pods of the same owner are on its node";
        case DeletionReason::ready_later: return "it became ready later";
        case DeletionReason::more_restarts: return "its containers restarted more often";
        case DeletionReason::more_sidecar_restarts: return "its sidecars restarted more often";
        case DeletionReason::younger: return "it is younger";
        case DeletionReason::smaller_uid: return "both are of one class of age, and its UID is smaller";
        case DeletionReason::none: return "nothing tells them apart";
    }
    return "";
}

}  // namespace

Json delete_order_call(const Json& a) {
    refuse_others(a, {"pods", "related_pods", "now", "owner", "kubernetes_version"});
    const auto owner = optional_or<std::string>(a, "owner", "ReplicaSet");
    if (owner != "ReplicaSet" && owner != "Job")
        throw WrongArguments{Rule::not_one_of, fmt::format("the owner is {}", owner), "ReplicaSet or Job"};
    const auto version = optional_or<std::string>(a, "kubernetes_version", "1.36");
    const DeletionRules rules = owner == "Job" || version == "1.10" ? DeletionRules::plain : DeletionRules::ranked;
    const auto now = instant_at(a, {"now"});
    if (!now) throw WrongArguments{Rule::missing_field, "the argument now is missing", "ages are counted from it"};

    Json pods = Json::array();
    for (const Json& pod : required<Json>(a, "pods")) {
        if (is_active(pod)) pods.push_back(pod);
    }
    std::map<std::string, std::int32_t> on_node;
    for (const Json& pod : optional_or<Json>(a, "related_pods", pods)) {
        if (is_active(pod)) ++on_node[text_at(pod, {"spec", "nodeName"})];
    }
    std::vector<RankedPod> ranks = ranked_pods(pods);
    for (std::size_t i = 0; i < ranks.size(); ++i)
        ranks[i].on_same_node = on_node[text_at(pods[i], {"spec", "nodeName"})];

    const std::int64_t now_seconds = *now / microseconds_a_second;
    std::vector<std::size_t> order(ranks.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(
        order, [&](std::size_t x, std::size_t y) { return goes_first(ranks[x], ranks[y], now_seconds, rules); });
    Json names = Json::array();
    Json reasons = Json::array();
    for (std::size_t i = 0; i < order.size(); ++i) {
        names.push_back(text_at(pods[order[i]], {"metadata", "name"}));
        if (i + 1 < order.size())
            reasons.push_back(
                text_of(order_for_deletion(ranks[order[i]], ranks[order[i + 1]], now_seconds, rules).reason));
    }
    return {{"order", names}, {"each_before_the_next_because", reasons}};
}

}  // namespace eks::decisions
