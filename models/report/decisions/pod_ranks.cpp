#include "models/report/decisions/pod_ranks.hpp"

#include "models/report/decisions/controller_objects.hpp"

#include <algorithm>
#include <string>

namespace eks::decisions {

namespace {

std::int64_t seconds_or_missing(const std::optional<std::int64_t>& us) {
    return us ? *us / microseconds_a_second : no_time;
}

std::int64_t ready_since(const Json& pod) {
    for (const Json& condition : at_path(pod, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) == "Ready")
            return seconds_or_missing(instant_at(condition, {"lastTransitionTime"}));
    }
    return no_time;
}

bool is_sidecar(const Json& pod, const std::string& name) {
    return std::ranges::any_of(at_path(pod, {"spec", "initContainers"}), [&](const Json& container) {
        return text_at(container, {"name"}) == name && text_at(container, {"restartPolicy"}) == "Always";
    });
}

// Something else than a whole number within 32 bits is refused by the API server, and counts as 0.
std::int32_t deletion_cost(const Json& pod) {
    const std::string text = text_at(pod, {"metadata", "annotations", "controller.kubernetes.io/pod-deletion-cost"});
    const std::string digits = text.starts_with('-') ? text.substr(1) : text;
    constexpr std::size_t most_digits = 10;
    if (digits.empty() || digits.size() > most_digits || digits.find_first_not_of("0123456789") != std::string::npos ||
        (text.size() > 1 && text[0] == '0'))
        return 0;
    const std::int64_t cost = std::stoll(text);
    return cost == static_cast<std::int32_t>(cost) ? static_cast<std::int32_t>(cost) : 0;
}

RankedPhase phase_of(const Json& pod) {
    const std::string phase = text_at(pod, {"status", "phase"}, "Pending");
    if (phase == "Running") return RankedPhase::running;
    return phase == "Unknown" ? RankedPhase::unknown : RankedPhase::pending;
}

RankedPod ranked(const Json& pod) {
    RankedPod rank;
    rank.is_assigned = !text_at(pod, {"spec", "nodeName"}).empty();
    rank.phase = phase_of(pod);
    rank.is_ready = condition_of(pod, "Ready") == "True";
    rank.deletion_cost = deletion_cost(pod);
    if (rank.is_ready) rank.ready_since_seconds = ready_since(pod);
    rank.created_seconds = seconds_or_missing(instant_at(pod, {"metadata", "creationTimestamp"}));
    for (const Json& status : at_path(pod, {"status", "containerStatuses"}))
        rank.restarts = std::max(rank.restarts, static_cast<std::int32_t>(integer_at(status, {"restartCount"}, 0)));
    for (const Json& status : at_path(pod, {"status", "initContainerStatuses"})) {
        if (!is_sidecar(pod, text_at(status, {"name"}))) continue;
        rank.sidecar_restarts =
            std::max(rank.sidecar_restarts, static_cast<std::int32_t>(integer_at(status, {"restartCount"}, 0)));
    }
    return rank;
}

std::string uid_of(const Json& pod) { return text_at(pod, {"metadata", "uid"}, text_at(pod, {"metadata", "name"})); }

}  // namespace

std::vector<RankedPod> ranked_pods(const Json& pods) {
    std::vector<RankedPod> ranks;
    std::vector<std::string> uids;
    for (const Json& pod : pods) {
        ranks.push_back(ranked(pod));
        uids.push_back(uid_of(pod));
    }
    std::vector<std::string> sorted = uids;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < ranks.size(); ++i)
        ranks[i].uid_order = static_cast<std::uint64_t>(std::ranges::lower_bound(sorted, uids[i]) - sorted.begin());
    return ranks;
}

}  // namespace eks::decisions
