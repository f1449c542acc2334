#include "models/report/decisions/rolling_update.hpp"

#include "models/report/decisions/controller_objects.hpp"
#include "models/systems/workloads/deployment_arithmetic.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace eks::decisions {

namespace {

constexpr const char* unnamed = "(new)";  // the name of a set that is yet to be made ends in a hash that we do not know
constexpr std::int32_t most_replicas = 1'000'000;
constexpr std::size_t longest_sequence = 1'000;

struct Rollout {
    std::vector<std::string> names;  // oldest first
    std::vector<ReplicaSetSize> sets;
    std::size_t newest = no_new_set;
    RolloutRoom room;
    bool is_rolling = true;
    bool has_old_pods = false;
    std::int32_t history_limit = 10;
    std::int32_t pods_in_status = 0;
    bool was_complete = false;
};

std::int32_t count_at(const Json& object, std::initializer_list<const char*> path, std::int32_t fallback) {
    const std::int64_t count = integer_at(object, path, fallback);
    if (count >= 0 && count <= most_replicas) return static_cast<std::int32_t>(count);
    throw WrongArguments{Rule::out_of_range, fmt::format("{} is {}", *(path.end() - 1), count),
                         fmt::format("from 0 to {}", most_replicas)};
}

std::optional<std::int32_t> annotation_of(const Json& set, const char* name) {
    const std::string text = text_at(set, {"metadata", "annotations", name});
    constexpr std::size_t most_digits = 9;
    if (text.empty() || text.size() > most_digits || text.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    return std::stoi(text);
}

// But for the label by which the controller tells its sets apart.
Json template_of(const Json& object) {
    Json found = at_path(object, {"spec", "template"});
    if (found.is_object() && found.contains("metadata") && found["metadata"].contains("labels"))
        found["metadata"]["labels"].erase("pod-template-hash");
    return nlohmann::json(found);  // whose members are in order
}

ReplicaSetSize size_of(const Json& set) {
    ReplicaSetSize size;
    size.size = count_at(set, {"spec", "replicas"}, 1);
    size.available = count_at(set, {"status", "availableReplicas"}, 0);
    size.pods = count_at(set, {"status", "replicas"}, 0);
    size.desired_then = annotation_of(set, "deployment.kubernetes.io/desired-replicas");
    size.most_then = annotation_of(set, "deployment.kubernetes.io/max-replicas");
    size.revision = annotation_of(set, "deployment.kubernetes.io/revision").value_or(0);
    return size;
}

bool owned_by_other_set(const Json& pod, const Rollout& rollout) {
    for (const Json& owner : at_path(pod, {"metadata", "ownerReferences"})) {
        const auto at = std::ranges::find(rollout.names, text_at(owner, {"name"}));
        if (at != rollout.names.end()) return at - rollout.names.begin() != static_cast<std::ptrdiff_t>(rollout.newest);
    }
    return false;
}

Rollout rollout_of(const Json& deployment, const Json& replica_sets, const Json& pods) {
    Rollout rollout;
    std::vector<Json> sorted(replica_sets.begin(), replica_sets.end());
    std::ranges::sort(sorted, {}, [](const Json& set) {
        return std::pair(instant_at(set, {"metadata", "creationTimestamp"}).value_or(0),
                         text_at(set, {"metadata", "name"}));
    });
    const Json wanted = template_of(deployment);
    for (const Json& set : sorted) {
        if (rollout.newest == no_new_set && template_of(set) == wanted) rollout.newest = rollout.names.size();
        rollout.names.push_back(text_at(set, {"metadata", "name"}));
        rollout.sets.push_back(size_of(set));
    }
    const std::int32_t replicas = count_at(deployment, {"spec", "replicas"}, 1);
    const std::string type = text_at(deployment, {"spec", "strategy", "type"}, "RollingUpdate");
    if (type != "RollingUpdate" && type != "Recreate")
        throw WrongArguments{Rule::not_one_of, fmt::format("the strategy is {}", type), "RollingUpdate or Recreate"};
    rollout.is_rolling = type == "RollingUpdate";
    constexpr PodsOrPercent quarter{25, true};
    const auto rolling = {"spec", "strategy", "rollingUpdate"};
    const Json& bounds = at_path(deployment, rolling);
    rollout.room = rollout.is_rolling
                       ? room_of_rollout(pods_or_percent_at(bounds, {"maxSurge"}, quarter),
                                         pods_or_percent_at(bounds, {"maxUnavailable"}, quarter), replicas)
                       : room_of_recreate(replicas);
    rollout.history_limit = count_at(deployment, {"spec", "revisionHistoryLimit"}, rollout.history_limit);
    rollout.pods_in_status = count_at(deployment, {"status", "replicas"}, 0);
    rollout.was_complete = count_at(deployment, {"status", "updatedReplicas"}, 0) == replicas &&
                           rollout.pods_in_status == replicas &&
                           count_at(deployment, {"status", "availableReplicas"}, 0) == replicas;
    for (const Json& pod : pods)
        rollout.has_old_pods = rollout.has_old_pods || (!is_terminal(pod) && owned_by_other_set(pod, rollout));
    return rollout;
}

void take_in_new_set(Rollout& rollout) {
    rollout.newest = rollout.sets.size();
    rollout.names.emplace_back(unnamed);
    std::int64_t last = 0;
    for (const ReplicaSetSize& set : rollout.sets) last = std::max(last, set.revision);
    ReplicaSetSize set;
    set.revision = last + 1;
    set.size = rollout.is_rolling ? size_of_new_set(rollout.sets, 0, rollout.room) : rollout.room.replicas;
    set.desired_then = rollout.room.replicas;
    set.most_then = rollout.room.replicas + rollout.room.surge;
    rollout.sets.push_back(set);
}

struct Synced {
    const char* act = "nothing";
    std::vector<std::string> deleted;
};

// One sync of the controller. The sizes of the sets become those that it sets.
Synced sync(Rollout& rollout) {
    Synced synced;
    RolloutSync changes;
    const RolloutRoom room = rollout.room;
    const bool is_scaling = is_scaling_event(rollout.sets, room);
    if (is_scaling) {
        changes = sync_scale(rollout.sets, rollout.newest, room, rollout.is_rolling, rollout.pods_in_status);
    } else if (rollout.is_rolling) {
        const bool is_new = rollout.newest == no_new_set;
        if (is_new) take_in_new_set(rollout);
        changes = sync_rollout(rollout.sets, rollout.newest, room);
        if (is_new) synced.act = changes.act == RolloutAct::scales_down ? "creates and scales down" : "creates";
    } else {
        changes = sync_recreate(rollout.sets, rollout.newest, room, rollout.has_old_pods);
        if (changes.act == RolloutAct::nothing && rollout.newest == no_new_set) {
            take_in_new_set(rollout);
            changes.sizes.push_back(rollout.sets.back().size);
            synced.act = "creates";
        }
    }
    if (synced.act == std::string("nothing")) {
        switch (changes.act) {
            case RolloutAct::nothing: break;
            case RolloutAct::scales:
            case RolloutAct::shares_out: synced.act = "scales"; break;
            case RolloutAct::scales_up: synced.act = "scales up"; break;
            case RolloutAct::scales_down: synced.act = "scales down"; break;
            case RolloutAct::awaits_old_pods: synced.act = "waits for old pods"; break;
        }
    }
    for (std::size_t i = 0; i < rollout.sets.size(); ++i) {
        ReplicaSetSize& set = rollout.sets[i];
        const bool is_touched = changes.sizes[i] != set.size || (changes.act == RolloutAct::shares_out && set.size > 0);
        set.size = changes.sizes[i];
        if (!is_touched) continue;
        set.desired_then = room.replicas;
        set.most_then = room.replicas + room.surge;
    }
    const bool goes_on =
        changes.act == RolloutAct::nothing || (!rollout.is_rolling && changes.act == RolloutAct::scales_up);
    if (!is_scaling && goes_on && rollout.was_complete) {
        std::vector<std::size_t> gone = beyond_history(rollout.sets, rollout.newest, rollout.history_limit);
        for (const std::size_t i : gone) synced.deleted.push_back(rollout.names[i]);
        std::ranges::sort(gone, std::greater{});
        for (const std::size_t i : gone) {
            rollout.sets.erase(rollout.sets.begin() + static_cast<std::ptrdiff_t>(i));
            rollout.names.erase(rollout.names.begin() + static_cast<std::ptrdiff_t>(i));
            if (rollout.newest > i) --rollout.newest;
        }
    }
    return synced;
}

// All pods that were asked for become available, and all that were to go are gone, before the controller looks again.
void let_pods_follow(Rollout& rollout) {
    rollout.pods_in_status = 0;
    for (ReplicaSetSize& set : rollout.sets) {
        set.available = set.pods = set.size;
        rollout.pods_in_status += set.size;
    }
    rollout.has_old_pods = false;
    rollout.was_complete = is_complete(rollout.sets, rollout.newest, rollout.room.replicas);
}

Json sizes_of(const Rollout& rollout) {
    Json sizes = Json::object();
    for (std::size_t i = 0; i < rollout.sets.size(); ++i) sizes[rollout.names[i]] = rollout.sets[i].size;
    return sizes;
}

}  // namespace

Json rolling_update_call(const Json& a) {
    refuse_others(a, {"deployment", "replica_sets", "pods"});
    Rollout rollout = rollout_of(required<Json>(a, "deployment"), optional_or<Json>(a, "replica_sets", Json::array()),
                                 optional_or<Json>(a, "pods", Json::array()));
    const Synced first = sync(rollout);
    Json answer{{"max_surge", rollout.room.surge},
                {"max_unavailable", rollout.room.unavailable},
                {"act", first.act},
                {"sizes", sizes_of(rollout)},
                {"deleted", first.deleted}};
    Json sequence = Json::array();
    // Until nothing changes twice: the status that says so is itself acted upon.
    Json last = answer["sizes"];
    for (int quiet = 0; quiet < 2 && sequence.size() < longest_sequence;) {
        let_pods_follow(rollout);
        sync(rollout);
        const Json now = sizes_of(rollout);
        quiet = now == last ? quiet + 1 : 0;
        if (now != last) sequence.push_back(now);
        last = now;
    }
    answer["sequence"] = sequence;
    return answer;
}

}  // namespace eks::decisions
