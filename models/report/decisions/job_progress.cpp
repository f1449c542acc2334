// In the order of syncJob() and manageJob() of Kubernetes 1.36, pkg/controller/job/job_controller.go.
#include "models/report/decisions/job_progress.hpp"

#include "models/report/decisions/controller_objects.hpp"
#include "models/report/decisions/pod_ranks.hpp"
#include "models/spec/calendar.hpp"
#include "models/systems/workloads/job_arithmetic.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace eks::decisions {

namespace {

constexpr std::int32_t no_index = -1;
constexpr std::int32_t most_completions = 100'000;  // what indexed Jobs may have; others stay below it as well

std::int32_t small_at(const Json& object, std::initializer_list<const char*> path, std::int32_t fallback,
                      std::int32_t most = std::numeric_limits<std::int32_t>::max()) {
    const std::int64_t value = integer_at(object, path, fallback);
    if (value >= 0 && value <= most) return static_cast<std::int32_t>(value);
    throw WrongArguments{Rule::out_of_range, fmt::format("{} is {}", *(path.end() - 1), value),
                         fmt::format("from 0 to {}", most)};
}

// --- the Job

struct JobView {
    std::int32_t parallelism = 1;
    std::optional<std::int32_t> completions;  // none: a work queue (JOB-1)
    std::int32_t backoff_limit = 6;
    std::optional<std::int32_t> backoff_limit_per_index;
    std::optional<std::int32_t> most_failed_indexes;
    std::optional<std::int64_t> deadline_us;
    bool is_indexed = false;
    bool is_suspended = false;
    bool restarts_in_place = false;
    bool has_failure_policy = false;
    bool replaces_failed_only = false;
    std::vector<FailureRule> failure_rules;
};

FailureAction action_named(const std::string& name) {
    if (name == "Ignore") return FailureAction::ignore;
    if (name == "Count") return FailureAction::count;
    if (name == "FailIndex") return FailureAction::fail_index;
    if (name == "FailJob") return FailureAction::fail_job;
    throw WrongArguments{Rule::not_one_of, fmt::format("the action is {}", name),
                         "Ignore, Count, FailIndex or FailJob"};
}

FailureRule failure_rule_of(const Json& rule) {
    FailureRule found;
    found.action = action_named(text_at(rule, {"action"}));
    if (const Json& codes = at_path(rule, {"onExitCodes"}); !codes.is_null()) {
        found.exit_codes.emplace();
        found.exit_codes->container = text_at(codes, {"containerName"});
        found.exit_codes->is_in = text_at(codes, {"operator"}) != "NotIn";
        for (const Json& value : at_path(codes, {"values"}))
            found.exit_codes->values.push_back(value.get<std::int32_t>());
    }
    for (const Json& pattern : at_path(rule, {"onPodConditions"}))
        found.conditions.push_back({text_at(pattern, {"type"}), text_at(pattern, {"status"}, "True")});
    return found;
}

JobView job_of(const Json& job) {
    JobView view;
    const bool has_completions = !at_path(job, {"spec", "completions"}).is_null();
    const bool has_parallelism = !at_path(job, {"spec", "parallelism"}).is_null();
    view.parallelism = small_at(job, {"spec", "parallelism"}, 1);
    if (has_completions || !has_parallelism)
        view.completions = small_at(job, {"spec", "completions"}, 1, most_completions);
    view.is_indexed = text_at(job, {"spec", "completionMode"}) == "Indexed";
    if (view.is_indexed && !view.completions)
        throw WrongArguments{Rule::missing_field, "completions is missing", "an indexed Job needs it"};
    if (!at_path(job, {"spec", "backoffLimitPerIndex"}).is_null()) {
        view.backoff_limit_per_index = small_at(job, {"spec", "backoffLimitPerIndex"}, 0);
        view.backoff_limit = std::numeric_limits<std::int32_t>::max();
    }
    view.backoff_limit = small_at(job, {"spec", "backoffLimit"}, view.backoff_limit);
    if (!at_path(job, {"spec", "maxFailedIndexes"}).is_null())
        view.most_failed_indexes = small_at(job, {"spec", "maxFailedIndexes"}, 0);
    if (!at_path(job, {"spec", "activeDeadlineSeconds"}).is_null())
        view.deadline_us = small_at(job, {"spec", "activeDeadlineSeconds"}, 0) * microseconds_a_second;
    const Json& suspend = at_path(job, {"spec", "suspend"});
    view.is_suspended = !suspend.is_null() && suspend.get<bool>();
    view.restarts_in_place = text_at(job, {"spec", "template", "spec", "restartPolicy"}) == "OnFailure";
    const Json& policy = at_path(job, {"spec", "podFailurePolicy"});
    view.has_failure_policy = !policy.is_null();
    for (const Json& rule : at_path(policy, {"rules"})) view.failure_rules.push_back(failure_rule_of(rule));
    view.replaces_failed_only = view.has_failure_policy || text_at(job, {"spec", "podReplacementPolicy"}) == "Failed";
    return view;
}

bool has_condition(const Json& job, const char* type) {
    for (const Json& condition : at_path(job, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) == type && text_at(condition, {"status"}, "True") == "True") return true;
    }
    return false;
}

std::string reason_of_condition(const Json& job, const char* type) {
    for (const Json& condition : at_path(job, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) == type) return text_at(condition, {"reason"});
    }
    return {};
}

// --- its pods

struct PodView {
    std::string name;
    bool is_active = false;
    bool is_terminating = false;
    bool has_succeeded = false;
    bool is_ready = false;
    bool is_tracked = false;  // has the finalizer: not counted yet (JOB-12)
    bool has_failed = false;  // JOB-4
    FailureAction action = FailureAction::count;
    std::int32_t index = no_index;
    std::int32_t index_failures = 0;
    std::int32_t ignored_failures = 0;
    std::int64_t ended_us = 0;
    std::int64_t restarts = 0;  // of all its containers, if it is Pending or Running
    RankedPod rank;
};

std::optional<std::int64_t> ended_with_containers(const Json& pod) {
    std::optional<std::int64_t> last;
    const auto take = [&](const Json& status) {
        const auto at = instant_at(status, {"state", "terminated", "finishedAt"});
        if (at) last = std::max(last.value_or(*at), *at);
        return at.has_value();
    };
    for (const Json& status : at_path(pod, {"status", "containerStatuses"})) {
        if (!take(status)) return std::nullopt;
    }
    for (const Json& status : at_path(pod, {"status", "initContainerStatuses"})) {
        const auto& init = at_path(pod, {"spec", "initContainers"});
        const bool is_sidecar = std::ranges::any_of(init, [&](const Json& container) {
            return text_at(container, {"name"}) == text_at(status, {"name"}) &&
                   text_at(container, {"restartPolicy"}) == "Always";
        });
        if (is_sidecar && !take(status)) return std::nullopt;
    }
    return last;
}

// JOB-6: when a pod ended, by what is known of it.
std::int64_t end_of(const Json& pod) {
    if (const auto at = ended_with_containers(pod)) return *at;
    for (const Json& condition : at_path(pod, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) != "Ready" || text_at(condition, {"status"}) != "False") continue;
        if (const auto at = instant_at(condition, {"lastTransitionTime"})) return *at;
    }
    if (const auto at = instant_at(pod, {"metadata", "deletionTimestamp"}))
        return *at - integer_at(pod, {"metadata", "deletionGracePeriodSeconds"}, 0) * microseconds_a_second;
    return instant_at(pod, {"metadata", "creationTimestamp"}).value_or(0);
}

std::int32_t number_in(const Json& pod, const char* annotation, std::int32_t otherwise) {
    const std::string text = text_at(pod, {"metadata", "annotations", annotation});
    constexpr std::size_t most_digits = 9;
    if (text.empty() || text.size() > most_digits || text.find_first_not_of("0123456789") != std::string::npos)
        return otherwise;
    return std::stoi(text);
}

FailureAction action_about(const JobView& job, const Json& pod) {
    std::vector<EndedContainer> ended;
    for (const char* list : {"containerStatuses", "initContainerStatuses"}) {
        for (const Json& status : at_path(pod, {"status", list})) {
            if (at_path(status, {"state", "terminated"}).is_null()) continue;
            const std::int64_t code = integer_at(status, {"state", "terminated", "exitCode"}, 0);
            ended.push_back({text_at(status, {"name"}), static_cast<std::int32_t>(code),
                             std::string_view(list) == "initContainerStatuses"});
        }
    }
    std::vector<ConditionRule> conditions;
    for (const Json& condition : at_path(pod, {"status", "conditions"}))
        conditions.push_back({text_at(condition, {"type"}), text_at(condition, {"status"})});
    return action_for(job.failure_rules, ended, conditions);
}

std::vector<PodView> pods_of(const JobView& job, const Json& pods) {
    const std::vector<RankedPod> ranks = ranked_pods(pods);
    std::vector<PodView> views;
    for (const Json& pod : pods) {
        PodView view;
        view.name = text_at(pod, {"metadata", "name"});
        const std::string phase = text_at(pod, {"status", "phase"}, "Pending");
        const bool is_deleted = !at_path(pod, {"metadata", "deletionTimestamp"}).is_null();
        view.is_active = is_active(pod);
        view.is_terminating = is_deleted && !is_terminal(pod);
        view.has_succeeded = phase == "Succeeded";
        view.is_ready = condition_of(pod, "Ready") == "True";
        view.is_tracked = holds_text(at_path(pod, {"metadata", "finalizers"}), "batch.kubernetes.io/job-tracking");
        view.has_failed = phase == "Failed" || (!job.replaces_failed_only && is_deleted && !view.has_succeeded);
        view.action = action_about(job, pod);
        view.index = number_in(pod, "batch.kubernetes.io/job-completion-index", no_index);
        view.index_failures = number_in(pod, "batch.kubernetes.io/job-index-failure-count", 0);
        view.ignored_failures = number_in(pod, "batch.kubernetes.io/job-index-ignored-failure-count", 0);
        view.ended_us = end_of(pod);
        if (phase == "Pending" || phase == "Running") {
            for (const char* list : {"containerStatuses", "initContainerStatuses"}) {
                for (const Json& status : at_path(pod, {"status", list}))
                    view.restarts += integer_at(status, {"restartCount"}, 0);
            }
        }
        view.rank = ranks[views.size()];
        views.push_back(std::move(view));
    }
    return views;
}

// --- one sync

// Which of them go first, by JOB-3.
std::vector<const PodView*> in_order_of_deletion(std::vector<const PodView*> pods) {
    std::ranges::stable_sort(
        pods, [](const PodView* a, const PodView* b) { return goes_first(a->rank, b->rank, 0, DeletionRules::plain); });
    return pods;
}

struct Sync {
    const JobView& job;
    const std::vector<PodView>& pods;
    std::int64_t now_us;

    std::int32_t active = 0;
    std::int32_t succeeded = 0;
    std::int32_t failed = 0;
    std::int32_t terminating = 0;
    std::vector<std::int32_t> succeeded_indexes = {};
    std::vector<std::int32_t> failed_indexes = {};
    std::map<std::int32_t, const PodView*> last_failed_of_index = {};  // those whose successors wait for their back-off

    std::vector<std::string> deletes = {};
    std::int32_t creates = 0;
    std::vector<std::int32_t> created_indexes = {};
    std::optional<std::int64_t> next_sync_us = {};  // from now

    bool has_valid_index(const PodView& pod) const {
        return !job.is_indexed || (pod.index != no_index && pod.index < *job.completions);
    }
    void look_again(std::int64_t in_us) { next_sync_us = std::min(next_sync_us.value_or(in_us), in_us); }
    void remove(const PodView& pod) {
        deletes.push_back(pod.name);
        --active;
        ++terminating;
    }
};

void insert_sorted(std::vector<std::int32_t>& sorted, std::int32_t value) {
    const auto at = std::ranges::lower_bound(sorted, value);
    if (at == sorted.end() || *at != value) sorted.insert(at, value);
}

// JOB-9
void count_indexes(const Json& job, Sync& s) {
    s.succeeded_indexes = indexes_of(text_at(job, {"status", "completedIndexes"}), *s.job.completions);
    for (const PodView& pod : s.pods) {
        if (pod.has_succeeded && pod.is_tracked && s.has_valid_index(pod))
            insert_sorted(s.succeeded_indexes, pod.index);
    }
    s.succeeded = static_cast<std::int32_t>(s.succeeded_indexes.size());
    if (!s.job.backoff_limit_per_index) return;
    s.failed_indexes = indexes_of(text_at(job, {"status", "failedIndexes"}), *s.job.completions);
    for (const PodView& pod : s.pods) {
        if (!pod.is_tracked || !s.has_valid_index(pod) || !pod.has_failed) continue;
        const bool is_final = pod.action == FailureAction::fail_index ||
                              (counts(pod.action) && pod.index_failures >= *s.job.backoff_limit_per_index);
        if (is_final) insert_sorted(s.failed_indexes, pod.index);
    }
    std::set<std::int32_t> active;
    for (const PodView& pod : s.pods) {
        if (pod.is_active) active.insert(pod.index);
    }
    for (const PodView& pod : s.pods) {
        if (!pod.is_tracked || !pod.has_failed || !s.has_valid_index(pod) || active.contains(pod.index) ||
            std::ranges::binary_search(s.succeeded_indexes, pod.index) ||
            std::ranges::binary_search(s.failed_indexes, pod.index))
            continue;
        const PodView*& last = s.last_failed_of_index[pod.index];
        const bool is_later = last == nullptr || (last->index_failures + last->ignored_failures <=
                                                      pod.index_failures + pod.ignored_failures &&
                                                  pod.ended_us >= last->ended_us);
        if (is_later) last = &pod;
    }
}

// Of an indexed Job, all but one of those that share an index go, and those whose index is none.
std::vector<const PodView*> to_remove(const Sync& s, std::int32_t surplus) {
    std::vector<const PodView*> active;
    for (const PodView& pod : s.pods) {
        if (pod.is_active) active.push_back(&pod);
    }
    std::vector<const PodView*> removed;
    if (s.job.is_indexed) {
        std::map<std::int32_t, std::vector<const PodView*>> by_index;
        for (const PodView* pod : active) by_index[pod->index].push_back(pod);
        active.clear();
        for (auto& [index, same] : by_index) {
            const bool is_valid = index != no_index && index < *s.job.completions;
            same = in_order_of_deletion(same);
            if (is_valid) {
                active.push_back(same.back());
                same.pop_back();
            }
            removed.insert(removed.end(), same.begin(), same.end());
        }
    }
    active = in_order_of_deletion(active);
    for (std::size_t i = 0; i < active.size() && static_cast<std::int32_t>(removed.size()) < surplus; ++i)
        removed.push_back(active[i]);
    return removed;
}

// Either deletes or creates (JOB-3), or waits (JOB-6).
void manage(Sync& s, const FailureRecord& record) {
    if (s.job.is_suspended) {
        for (const PodView* pod : to_remove(s, s.active)) s.remove(*pod);
        return;
    }
    const std::int32_t wanted = wanted_active(s.job.completions, s.job.parallelism, s.succeeded, s.active);
    std::vector<const PodView*> surplus = to_remove(s, std::max(s.active - wanted, 0));
    if (surplus.size() > most_job_changes_a_sync) surplus.resize(most_job_changes_a_sync);
    for (const PodView* pod : surplus) s.remove(*pod);
    if (!surplus.empty()) return;
    const std::int32_t missing =
        std::min(wanted - s.active - (s.job.replaces_failed_only ? s.terminating : 0), most_job_changes_a_sync);
    if (missing <= 0) return;
    if (!s.job.backoff_limit_per_index) {
        const sim::Duration wait = time_to_next_pod(record, s.now_us);
        if (wait.us() > 0) return s.look_again(std::max(wait.us(), microseconds_a_second));
    }
    s.creates = missing;
    if (s.job.is_indexed) {
        std::vector<std::int32_t> taken = s.succeeded_indexes;
        for (const std::int32_t index : s.failed_indexes) insert_sorted(taken, index);
        for (const PodView& pod : s.pods) {
            if (pod.is_active || (s.job.replaces_failed_only && pod.is_terminating)) insert_sorted(taken, pod.index);
        }
        s.created_indexes = first_free_indexes(taken, missing, *s.job.completions);
        if (s.job.backoff_limit_per_index) {
            std::optional<std::int64_t> shortest;
            std::erase_if(s.created_indexes, [&](std::int32_t index) {
                const auto last = s.last_failed_of_index.find(index);
                if (last == s.last_failed_of_index.end()) return false;
                const PodView& pod = *last->second;
                const FailureRecord of_index{pod.index_failures + pod.ignored_failures + 1, pod.ended_us};
                const std::int64_t left = time_to_next_pod(of_index, s.now_us).us();
                if (left == 0) return false;
                shortest = std::min(shortest.value_or(left), left);
                return true;
            });
            if (s.created_indexes.empty() && shortest) s.look_again(std::max(*shortest, microseconds_a_second));
        }
        s.creates = static_cast<std::int32_t>(s.created_indexes.size());
    }
    s.active += s.creates;
}

const char* failure_of(const Sync& s, const std::optional<std::int64_t>& started_us) {
    const bool fails_by_policy = std::ranges::any_of(
        s.pods, [](const PodView& pod) { return pod.has_failed && pod.action == FailureAction::fail_job; });
    if (s.job.has_failure_policy && fails_by_policy) return "PodFailurePolicy";
    std::int64_t restarts = 0;
    for (const PodView& pod : s.pods) restarts += pod.restarts;
    if (is_past_backoff_limit(s.failed, s.job.backoff_limit, s.job.restarts_in_place, restarts))
        return "BackoffLimitExceeded";
    if (s.job.deadline_us && started_us && !s.job.is_suspended && s.now_us - *started_us >= *s.job.deadline_us)
        return "DeadlineExceeded";
    return nullptr;
}

}  // namespace

Json job_progress_call(const Json& a) {
    refuse_others(a, {"job", "pods", "now", "failures_since_success", "last_failure"});
    const Json job = required<Json>(a, "job");
    const JobView view = job_of(job);
    const std::vector<PodView> pods = pods_of(view, optional_or<Json>(a, "pods", Json::array()));
    const auto now = instant_at(a, {"now"});
    if (!now) throw WrongArguments{Rule::missing_field, "the argument now is missing", "back-offs are counted from it"};
    if (has_condition(job, "Complete") || has_condition(job, "Failed"))
        return {
            {"creates", 0}, {"deletes", Json::array()}, {"conditions", Json::array()}, {"next_sync_seconds", Json()}};

    Sync s{view, pods, *now};
    std::vector<std::int64_t> ended_well;
    std::vector<std::int64_t> ended_badly;
    std::int32_t newly_failed = 0;
    for (const PodView& pod : pods) {
        s.active += pod.is_active ? 1 : 0;
        s.terminating += pod.is_terminating ? 1 : 0;
        if (!pod.is_tracked || !s.has_valid_index(pod)) continue;
        if (pod.has_succeeded) ended_well.push_back(pod.ended_us);
        if (pod.has_failed) {
            ended_badly.push_back(pod.ended_us);
            newly_failed += counts(pod.action) ? 1 : 0;
        }
    }
    s.succeeded = small_at(job, {"status", "succeeded"}, 0) + static_cast<std::int32_t>(ended_well.size());
    const std::int32_t failed_before = small_at(job, {"status", "failed"}, 0);
    s.failed = failed_before + newly_failed;
    std::optional<std::int64_t> started_us = instant_at(job, {"status", "startTime"});
    if (!started_us && !view.is_suspended) started_us = now;
    FailureRecord record{small_at(a, {"failures_since_success"}, 0), instant_at(a, {"last_failure"})};
    record = next_record(record, ended_well, ended_badly);

    // Why it fails, if it does; or what it has already been found to end with.
    std::string reason = reason_of_condition(job, "FailureTarget");
    const bool was_to_fail = has_condition(job, "FailureTarget");
    const bool was_to_succeed = has_condition(job, "SuccessCriteriaMet");
    bool fails = was_to_fail;
    if (!was_to_fail && !was_to_succeed) {
        if (const char* why = failure_of(s, started_us)) {
            fails = true;
            reason = why;
        } else if (view.deadline_us && !view.is_suspended && started_us) {
            s.look_again(*view.deadline_us - (*now - *started_us));
        }
    }
    if (view.is_indexed) {
        count_indexes(job, s);
        if (view.backoff_limit_per_index && !fails && !was_to_succeed) {
            const IndexedFailure failure = indexed_failure(static_cast<std::int64_t>(s.failed_indexes.size()),
                                                           static_cast<std::int64_t>(s.succeeded_indexes.size()),
                                                           *view.completions, view.most_failed_indexes);
            fails = failure != IndexedFailure::none;
            if (fails) reason = failure == IndexedFailure::some_indexes ? "FailedIndexes" : "MaxFailedIndexesExceeded";
        }
    }
    bool is_complete = was_to_succeed;
    if (fails || was_to_succeed) {
        for (const PodView& pod : pods) {
            if (pod.is_active) s.remove(pod);
        }
    } else {
        manage(s, record);
        is_complete = has_enough(view.completions, s.succeeded) && s.active == 0;
    }

    // What is counted now: a pod that ended, and every pod of a Job that fails; but not one that waits for its
    // successor, which is told the number of its failures (JOB-9).
    std::int32_t failed_now = failed_before;
    for (const PodView& pod : pods) {
        if (!pod.is_tracked || pod.has_succeeded || !s.has_valid_index(pod)) continue;
        if (!fails && !is_complete) {
            if (!pod.has_failed) continue;
            const auto waiting = s.last_failed_of_index.find(pod.index);
            if (waiting != s.last_failed_of_index.end() && waiting->second == &pod) continue;
        }
        if (!pod.has_failed && !fails) continue;
        if (!view.has_failure_policy || counts(pod.action)) ++failed_now;
    }
    Json conditions = Json::array();
    const auto tell = [&](const char* type, const std::string& why) {
        conditions.push_back({{"type", type}, {"reason", why}});
    };
    if (fails && !was_to_fail) tell("FailureTarget", reason);
    if (fails && s.terminating == 0) tell("Failed", reason);
    if (is_complete) {
        const std::string why = was_to_succeed ? reason_of_condition(job, "SuccessCriteriaMet") : "CompletionsReached";
        if (!was_to_succeed) tell("SuccessCriteriaMet", why);
        if (s.terminating == 0) tell("Complete", why);
    }
    std::ranges::sort(s.deletes);
    Json answer{{"active", s.active},         {"succeeded", s.succeeded}, {"failed", failed_now},
                {"creates", s.creates},       {"deletes", s.deletes},     {"conditions", conditions},
                {"next_sync_seconds", Json()}};
    if (s.next_sync_us) answer["next_sync_seconds"] = static_cast<double>(*s.next_sync_us) / microseconds_a_second;
    if (view.is_indexed) {
        answer["created_indexes"] = s.created_indexes;
        answer["completed_indexes"] = text_of_indexes(s.succeeded_indexes);
    }
    if (view.backoff_limit_per_index) answer["failed_indexes"] = text_of_indexes(s.failed_indexes);
    return answer;
}

}  // namespace eks::decisions
