#include "models/scenario/kubernetes/workloads.hpp"

#include "models/scenario/kubernetes/pod_template.hpp"
#include "models/scenario/kubernetes/pods_or_percent.hpp"
#include "models/scenario/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <utility>

namespace eks {
namespace {

constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();

// The Job's name is the CronJob's with a hyphen and ten digits behind it, and must stay within 63 letters.
constexpr std::size_t longest_cron_job_name = 52;

constexpr std::array<RestartPolicy, 1> always_only{RestartPolicy::always};
constexpr std::array<RestartPolicy, 2> ending_only{RestartPolicy::on_failure, RestartPolicy::never};
constexpr std::array<RestartPolicy, 3> any_policy{RestartPolicy::always, RestartPolicy::on_failure,
                                                  RestartPolicy::never};

// What all the functions below work on.
struct WorkloadReading {
    const std::string& namespace_name;
    const Admission& admission;
    ScenarioBuilder& builder;
};

// A number of pods: negative and beyond reason are told apart, because the one is a slip and the other may be meant.
std::optional<std::int32_t> read_pod_count(const Reader& reader) {
    if (!reader.is_integer() || reader.value().integer < 0 || reader.value().integer <= limits::replicas_per_workload) {
        const auto count = reader.integer(0, limits::replicas_per_workload);
        return count ? std::optional(static_cast<std::int32_t>(*count)) : std::nullopt;
    }
    reader.complain(Rule::beyond_reason, fmt::format("{} is {}; the limit for one workload is {}", reader.title(),
                                                     reader.value().integer, limits::replicas_per_workload));
    return std::nullopt;
}

std::int32_t read_pod_count(const Reader& spec, std::string_view key, std::int32_t otherwise) {
    const auto member = spec.member(key);
    return member ? read_pod_count(*member).value_or(otherwise) : otherwise;
}

std::int32_t read_int32(const Reader& spec, std::string_view key, std::int64_t low, std::int32_t otherwise) {
    return static_cast<std::int32_t>(spec.integer(key, low, int_max).value_or(otherwise));
}

sim::Duration read_min_ready(const Reader& spec) {
    return sim::Duration::seconds(spec.integer("minReadySeconds", 0, int_max).value_or(0));
}

PodTemplate read_template(const Reader& spec, const WorkloadReading& reading, WorkloadKind kind,
                          std::span<const RestartPolicy> restart_policies, std::string_view owner_kind) {
    PodOwner owner;
    owner.namespace_name = reading.namespace_name;
    owner.is_daemon_set = kind == WorkloadKind::daemon_set;
    owner.restart_policies = restart_policies;
    owner.owner_kind = owner_kind;
    const auto pod_template = spec.required("template");
    if (!pod_template || !pod_template->expect_map()) return {};
    return read_pod_template(*pod_template, owner, reading.admission, reading.builder);
}

// The selector of a controller; a missing one means the template's labels, as the older API versions have it.
LabelSelector read_own_selector(const Reader& spec, const PodTemplate& pod) {
    const auto selector = spec.member("selector");
    if (!selector) {
        LabelSelector from_labels;
        for (const Label& label : pod.labels)
            from_labels.all.push_back({label.key, SelectorOperator::in, {label.value}, false});
        return from_labels;
    }
    LabelSelector read = read_label_selector(*selector);
    // Expressions are checked, but what else they would select plays no part.
    if (selector->is_map()) {
        if (const auto expressions = selector->member("matchExpressions")) expressions->mark_ignored();
    }
    if (read.all.empty() && selector->is_map() && selector->value().members.empty()) {
        selector->complain(Rule::bad_selector,
                           fmt::format("{} is empty, which would select every pod", selector->title()),
                           "give it the labels of the pod template");
    } else if (!selects(read, pod.labels)) {
        selector->complain(Rule::selector_mismatch,
                           fmt::format("{} does not match the labels of the pod template", selector->title()),
                           "the API server refuses this; give the template the labels that the selector asks for");
    }
    return read;
}

// --- rollouts

void read_amount(const Reader& from, std::string_view key, PodsOrPercent& amount) {
    if (const auto at = from.member(key)) amount = read_pods_or_percent(*at).value_or(amount);
}

// Both 0 would be no rollout at all. A share may come to 0 pods, which the controller takes care of (DEPLOY-1).
void refuse_standstill(const Reader& rolling, const RolloutSpec& rollout) {
    if (rollout.max_surge.value != 0 || rollout.max_unavailable.value != 0) return;
    rolling.complain(Rule::contradictory_fields,
                     fmt::format("{}: maxSurge and maxUnavailable are both 0", rolling.title()),
                     "the API server refuses this; let one of them be 1");
}

// DS-4
RolloutSpec read_daemon_set_strategy(const Reader& spec) {
    RolloutSpec rollout;
    rollout.max_unavailable = {1, false};
    const auto strategy = spec.member("updateStrategy");
    if (!strategy || !strategy->expect_map()) return rollout;
    if (const auto type = strategy->member("type"))
        rollout.on_delete = type->one_of({"RollingUpdate", "OnDelete"}) == 1U;
    const auto rolling = strategy->member("rollingUpdate");
    if (!rolling || !rolling->is_map()) return rollout;
    read_amount(*rolling, "maxUnavailable", rollout.max_unavailable);
    read_amount(*rolling, "maxSurge", rollout.max_surge);
    refuse_standstill(*rolling, rollout);
    return rollout;
}

// DEPLOY-1, DEPLOY-4
RolloutSpec read_deployment_strategy(const Reader& spec) {
    RolloutSpec rollout;
    rollout.max_surge = rollout.max_unavailable = {25, true};
    rollout.history = read_int32(spec, "revisionHistoryLimit", 0, rollout.history);
    if (const auto seconds = spec.integer("progressDeadlineSeconds", 1, int_max))
        rollout.progress_deadline = sim::Duration::seconds(*seconds);
    const auto strategy = spec.member("strategy");
    if (!strategy || !strategy->expect_map()) return rollout;
    if (const auto type = strategy->member("type")) {
        rollout.recreates = type->one_of({"RollingUpdate", "Recreate"}) == 1U;
        if (rollout.recreates) return rollout;
    }
    const auto rolling = strategy->member("rollingUpdate");
    if (!rolling || !rolling->is_map()) return rollout;
    read_amount(*rolling, "maxSurge", rollout.max_surge);
    read_amount(*rolling, "maxUnavailable", rollout.max_unavailable);
    refuse_standstill(*rolling, rollout);
    return rollout;
}

// STS-2
RolloutSpec read_stateful_set_strategy(const Reader& spec) {
    RolloutSpec rollout;
    const auto strategy = spec.member("updateStrategy");
    if (!strategy || !strategy->expect_map()) return rollout;
    if (const auto type = strategy->member("type"))
        rollout.on_delete = type->one_of({"RollingUpdate", "OnDelete"}) == 1U;
    const auto rolling = strategy->member("rollingUpdate");
    if (rolling && rolling->is_map()) rollout.partition = read_int32(*rolling, "partition", 0, 0);
    return rollout;
}

// --- one function a kind

// A kind's Workload, its template, and its selector where pods are spread by it.
struct ReadWorkload {
    Workload workload;
    PodTemplate pod;
    std::optional<LabelSelector> selector;
};

ReadWorkload read_deployment(const Reader& spec, const WorkloadReading& reading) {
    ReadWorkload read;
    read.workload.kind = WorkloadKind::deployment;
    read.workload.replicas = read_pod_count(spec, "replicas", 1);
    read.pod = read_template(spec, reading, read.workload.kind, always_only, "Deployment");
    read.workload.rollout = read_deployment_strategy(spec);
    read.workload.rollout.min_ready = read_min_ready(spec);
    // Its ReplicaSets select by a hash of the template besides, so the selector spreads the Deployment's own pods
    // alone.
    static_cast<void>(read_own_selector(spec, read.pod));
    return read;
}

ReadWorkload read_replica_set(const Reader& spec, const WorkloadReading& reading) {
    ReadWorkload read;
    read.workload.kind = WorkloadKind::replica_set;
    read.workload.replicas = read_pod_count(spec, "replicas", 1);
    read.pod = read_template(spec, reading, read.workload.kind, always_only, "ReplicaSet");
    read.workload.rollout.min_ready = read_min_ready(spec);
    read.selector = read_own_selector(spec, read.pod);
    return read;
}

ReadWorkload read_replication_controller(const Reader& spec, const WorkloadReading& reading) {
    ReadWorkload read;
    read.workload.kind = WorkloadKind::replica_set;
    read.workload.replicas = read_pod_count(spec, "replicas", 1);
    read.pod = read_template(spec, reading, read.workload.kind, always_only, "ReplicationController");
    read.workload.rollout.min_ready = read_min_ready(spec);
    LabelSelector selector;
    if (const auto map = spec.member("selector"); map && !map->value().members.empty()) {
        selector = read_label_map_selector(*map);
        if (!selects(selector, read.pod.labels)) {
            map->complain(Rule::selector_mismatch,
                          fmt::format("{} does not match the labels of the pod template", map->title()),
                          "give the template the labels that the selector asks for");
        }
    } else {
        for (const Label& label : read.pod.labels)
            selector.all.push_back({label.key, SelectorOperator::in, {label.value}, false});
    }
    read.selector = std::move(selector);
    return read;
}

ReadWorkload read_stateful_set(const Reader& spec, const WorkloadReading& reading) {
    ReadWorkload read;
    read.workload.kind = WorkloadKind::stateful_set;
    read.workload.replicas = read_pod_count(spec, "replicas", 1);
    read.workload.starts_in_order = true;
    if (const auto policy = spec.member("podManagementPolicy")) {
        read.workload.starts_in_order = policy->one_of({"OrderedReady", "Parallel"}) != 1U;
    }
    read.pod = read_template(spec, reading, read.workload.kind, always_only, "StatefulSet");
    for (const Reader& claim : spec.items("volumeClaimTemplates")) {
        const auto claim_spec = claim.is_map() ? claim.member("spec") : std::nullopt;
        if (claim_spec)
            read.pod.own_claims.push_back(
                reading.admission.volumes.read_claim(*claim_spec, reading.namespace_name, "", reading.builder));
    }
    read.workload.rollout = read_stateful_set_strategy(spec);
    read.workload.rollout.min_ready = read_min_ready(spec);
    read.selector = read_own_selector(spec, read.pod);
    return read;
}

ReadWorkload read_daemon_set(const Reader& spec, const WorkloadReading& reading) {
    ReadWorkload read;
    read.workload.kind = WorkloadKind::daemon_set;
    read.pod = read_template(spec, reading, read.workload.kind, always_only, "DaemonSet");
    read.workload.rollout = read_daemon_set_strategy(spec);
    read.workload.rollout.min_ready = read_min_ready(spec);
    static_cast<void>(read_own_selector(spec, read.pod));
    return read;
}

// JOB-8
FailureRule read_failure_rule(const Reader& at, bool is_per_index) {
    FailureRule rule;
    if (!at.expect_map()) return rule;
    if (const auto action = at.required("action")) {
        if (const auto word = action->one_of({"Ignore", "Count", "FailIndex", "FailJob"}))
            rule.action = static_cast<FailureAction>(*word);
        if (rule.action == FailureAction::fail_index && !is_per_index)
            action->complain(Rule::contradictory_fields, fmt::format("{} is FailIndex", action->title()),
                             "the API server takes it where backoffLimitPerIndex is set");
    }
    if (const auto codes = at.member("onExitCodes"); codes && codes->expect_map()) {
        rule.exit_codes.emplace();
        rule.exit_codes->container = codes->text("containerName").value_or("");
        if (const auto op = codes->required("operator")) rule.exit_codes->is_in = op->one_of({"In", "NotIn"}) != 1U;
        if (const auto values = codes->required("values")) {
            for (const Reader& value : values->items()) {
                if (const auto code = value.integer(0, int_max))
                    rule.exit_codes->values.push_back(static_cast<std::int32_t>(*code));
            }
        }
    }
    for (const Reader& pattern : at.items("onPodConditions")) {
        if (!pattern.expect_map()) continue;
        rule.conditions.push_back({pattern.text("type").value_or(""), pattern.text("status").value_or("True")});
    }
    return rule;
}

// JOB-9
void read_indexes(const Reader& spec, JobSpec& job) {
    if (const auto mode = spec.member("completionMode")) job.is_indexed = mode->one_of({"NonIndexed", "Indexed"}) == 1U;
    const auto needs = [&](std::string_view key, bool holds, std::string_view what) {
        if (!spec.has(key) || holds) return;
        spec.complain_at_key(key, Rule::contradictory_fields, fmt::format("{}: {} without {}", spec.title(), key, what),
                             "the API server refuses it");
    };
    if (job.is_indexed && job.is_work_queue) {
        spec.complain(Rule::missing_field, fmt::format("{}: an indexed Job without completions", spec.title()),
                      "say how many indexes there are");
    }
    needs("backoffLimitPerIndex", job.is_indexed, "completionMode Indexed");
    needs("maxFailedIndexes", spec.has("backoffLimitPerIndex"), "backoffLimitPerIndex");
    if (const auto limit = spec.integer("backoffLimitPerIndex", 0, int_max)) {
        job.has_limit_per_index = true;
        job.limit_per_index = static_cast<std::int32_t>(*limit);
        job.backoff_limit = static_cast<std::int32_t>(int_max);  // JOB-1
    }
    if (const auto most = spec.integer("maxFailedIndexes", 0, int_max)) {
        job.has_most_failed_indexes = true;
        job.most_failed_indexes = static_cast<std::int32_t>(*most);
    }
}

void read_failure_policy(const Reader& spec, JobSpec& job) {
    if (const auto policy = spec.member("podFailurePolicy"); policy && policy->expect_map()) {
        job.has_failure_policy = job.replaces_failed_only = true;
        for (const Reader& rule : policy->items("rules"))
            job.failure_rules.push_back(read_failure_rule(rule, job.has_limit_per_index));
    }
    const auto replacement = spec.member("podReplacementPolicy");
    if (!replacement) return;
    const bool is_failed = replacement->one_of({"TerminatingOrFailed", "Failed"}) == 1U;
    if (job.has_failure_policy && !is_failed)
        replacement->complain(Rule::contradictory_fields,
                              fmt::format("{} is TerminatingOrFailed beside a podFailurePolicy", replacement->title()),
                              "the API server takes Failed");
    job.replaces_failed_only = job.replaces_failed_only || is_failed;
}

// A list such as "0,2-4", as status.completedIndexes has it.
std::vector<std::int32_t> read_index_list(const Reader& at, std::int32_t completions) {
    const auto text = at.text();
    if (!text) return {};
    std::vector<std::int32_t> indexes;
    bool is_good = !text->empty();
    std::int64_t last = -1;
    for (std::size_t from = 0; is_good && from <= text->size();) {
        const std::size_t comma = std::min(text->find(',', from), text->size());
        const std::string part = text->substr(from, comma - from);
        from = comma + 1;
        const std::size_t hyphen = part.find('-');
        const auto first = parse_quantity(part.substr(0, hyphen), QuantityUnit::whole);
        const auto end =
            hyphen == std::string::npos ? first : parse_quantity(part.substr(hyphen + 1), QuantityUnit::whole);
        is_good = first.ok() && end.ok() && part.find_first_not_of("0123456789-") == std::string::npos &&
                  *first > last && *end >= *first && *end < completions;
        for (std::int64_t i = *first; is_good && i <= *end; ++i) indexes.push_back(static_cast<std::int32_t>(i));
        last = *end;
    }
    if (is_good) return indexes;
    at.complain(Rule::out_of_range,
                fmt::format("{} is {}, which is no list of indexes of the Job", at.title(), shown(at.value())),
                "write rising indexes below completions, such as \"0,2-4\"");
    return {};
}

void read_success_policy(const Reader& spec, JobSpec& job) {
    const auto policy = spec.member("successPolicy");
    if (!policy || !policy->expect_map()) return;
    if (!job.is_indexed) {
        policy->complain(Rule::contradictory_fields, fmt::format("{} without completionMode Indexed", policy->title()),
                         "the API server refuses it");
        return;
    }
    for (const Reader& at : policy->items("rules")) {
        if (!at.expect_map()) continue;
        SuccessRule rule;
        if (const auto indexes = at.member("succeededIndexes"))
            rule.indexes = read_index_list(*indexes, job.completions);
        const std::int64_t most = rule.indexes.empty() ? job.completions : std::ssize(rule.indexes);
        if (const auto count = at.integer("succeededCount", 1, most)) {
            rule.has_count = true;
            rule.count = static_cast<std::int32_t>(*count);
        }
        if (rule.indexes.empty() && !rule.has_count) {
            at.complain(Rule::missing_field,
                        fmt::format("{}: a rule without succeededIndexes and succeededCount", at.title()),
                        "say which indexes, or how many, are enough");
            continue;
        }
        job.success_rules.push_back(std::move(rule));
    }
}

// JOB-1
JobSpec read_job_spec(const Reader& spec) {
    JobSpec job;
    const bool has_completions = spec.has("completions");
    job.is_work_queue = !has_completions && spec.has("parallelism");
    job.parallelism = read_pod_count(spec, "parallelism", 1);
    job.completions = read_pod_count(spec, "completions", 1);
    read_indexes(spec, job);
    job.backoff_limit = read_int32(spec, "backoffLimit", 0, job.backoff_limit);
    read_failure_policy(spec, job);
    read_success_policy(spec, job);
    job.suspended = spec.boolean("suspend").value_or(false);
    if (const auto seconds = spec.integer("activeDeadlineSeconds", 1, int_max)) {
        job.has_active_deadline = true;
        job.active_deadline = sim::Duration::seconds(*seconds);
    }
    if (const auto seconds = spec.integer("ttlSecondsAfterFinished", 0, int_max)) {
        job.has_ttl = true;
        job.ttl_after_finished = sim::Duration::seconds(*seconds);
    }
    return job;
}

ReadWorkload read_job(const Reader& spec, const WorkloadReading& reading) {
    ReadWorkload read;
    read.workload.kind = WorkloadKind::job;
    read.workload.job = read_job_spec(spec);
    read.pod = read_template(spec, reading, read.workload.kind, ending_only, "Job");
    read.pod.runs_to_completion = true;
    for (const std::string_view key : {"podFailurePolicy", "backoffLimitPerIndex"}) {  // JOB-8, JOB-9
        if (!spec.has(key) || read.pod.restart_policy == RestartPolicy::never) continue;
        spec.complain_at_key(key, Rule::contradictory_fields,
                             fmt::format("{}: {} with restartPolicy OnFailure", spec.title(), key),
                             "the API server takes it with Never");
    }
    return read;
}

void read_schedule(const Reader& spec, CronJobSpec& cron) {
    const auto schedule = spec.required("schedule");
    const auto text = schedule ? schedule->text() : std::nullopt;
    if (!text) return;
    if (take_zone_prefix(*text).has_zone) {
        schedule->complain(Rule::bad_cron,
                           fmt::format("{} is {}; the API server refuses a time zone in the schedule",
                                       schedule->title(), shown(schedule->value())),
                           "name the zone in spec.timeZone");
        return;
    }
    const ParsedCron parsed = parse_cron(*text);
    if (parsed.ok()) {
        cron.schedule = parsed.schedule;
        return;
    }
    const std::string at_fault = parsed.field == *text ? std::string{} : fmt::format(" (at \"{}\")", parsed.field);
    schedule->complain(
        Rule::bad_cron,
        fmt::format("{} is {}, which is not a schedule{}", schedule->title(), shown(schedule->value()), at_fault),
        std::string(advice(parsed.fault)));
}

void read_time_zone(const Reader& spec, ScenarioBuilder& builder, CronJobSpec& cron) {
    if (builder.spec.kubernetes.cron_jobs_are_polled()) return;  // no time zones, the field was dropped
    const auto zone = spec.member("timeZone");
    const auto name = zone ? zone->text() : std::nullopt;
    if (!name) return;
    const auto position = builder.time_zone(*name);
    if (position) {
        cron.zone = *position;
        return;
    }
    zone->complain(
        Rule::unknown_time_zone,
        fmt::format("{} is {}, which is not a time zone that is known here", zone->title(), shown(zone->value())),
        "use a name of the IANA database, such as Europe/London");
}

ReadWorkload read_cron_job(const Reader& spec, const WorkloadReading& reading) {
    ReadWorkload read;
    read.workload.kind = WorkloadKind::cron_job;
    CronJobSpec& cron = read.workload.cron;
    read_schedule(spec, cron);
    read_time_zone(spec, reading.builder, cron);
    if (const auto policy = spec.member("concurrencyPolicy");
        policy && !(policy->is_text() && policy->value().text.empty())) {
        if (const auto choice = policy->one_of({"Allow", "Forbid", "Replace"})) {
            cron.concurrency = static_cast<ConcurrencyPolicy>(*choice);
        }
    }
    cron.suspended = spec.boolean("suspend").value_or(false);
    if (const auto seconds = spec.integer("startingDeadlineSeconds", 0, int_max)) {
        cron.has_starting_deadline = true;
        cron.starting_deadline = sim::Duration::seconds(*seconds);
    }
    cron.successful_history = read_int32(spec, "successfulJobsHistoryLimit", 0, cron.successful_history);
    cron.failed_history = read_int32(spec, "failedJobsHistoryLimit", 0, cron.failed_history);

    const auto job_template = spec.required("jobTemplate");
    if (!job_template || !job_template->expect_map()) return read;
    const auto job_spec = job_template->required("spec");
    if (!job_spec || !job_spec->expect_map()) return read;
    ReadWorkload job = read_job(*job_spec, reading);
    read.workload.job = job.workload.job;
    read.pod = std::move(job.pod);
    return read;
}

ReadWorkload read_scaled_job(const Reader& spec, const WorkloadReading& reading) {
    ReadWorkload read;
    const auto job_spec = spec.required("jobTargetRef");
    if (job_spec && job_spec->expect_map()) read = read_job(*job_spec, reading);
    read.workload.kind = WorkloadKind::scaled_job;
    return read;
}

ReadWorkload read_pod(const Reader& object, const WorkloadReading& reading) {
    ReadWorkload read;
    read.workload.kind = WorkloadKind::pod;
    PodOwner owner;
    owner.namespace_name = reading.namespace_name;
    owner.restart_policies = any_policy;
    owner.owner_kind = "Pod";
    read.pod = read_pod_template(object, owner, reading.admission, reading.builder);
    return read;
}

std::optional<ReadWorkload> read_by_kind(const Reader& object, const std::string& kind,
                                         const WorkloadReading& reading) {
    if (kind == "Pod") return read_pod(object, reading);
    const auto spec = object.required("spec");
    if (!spec || !spec->expect_map()) return std::nullopt;
    using ReadSpec = ReadWorkload (*)(const Reader&, const WorkloadReading&);
    constexpr std::array<std::pair<std::string_view, ReadSpec>, 8> readers{{
        {"Deployment", read_deployment},
        {"ReplicaSet", read_replica_set},
        {"ReplicationController", read_replication_controller},
        {"StatefulSet", read_stateful_set},
        {"DaemonSet", read_daemon_set},
        {"Job", read_job},
        {"ScaledJob", read_scaled_job},
        {"CronJob", read_cron_job},
    }};
    for (const auto& [name, read] : readers) {
        if (name == kind) return read(*spec, reading);
    }
    return std::nullopt;
}

}  // namespace

void read_workload(const Reader& object, const std::string& kind, const std::string& namespace_name,
                   const std::string& name, bool is_addon, const Admission& admission, ScenarioBuilder& builder,
                   std::vector<OwnedSelector>& selectors) {
    if (kind == "CronJob" && name.size() > longest_cron_job_name) {
        object.complain(Rule::bad_name,
                        fmt::format("{}: the name has {} letters; a CronJob's may have {}", object.title(), name.size(),
                                    longest_cron_job_name),
                        "the names of its Jobs have eleven more and must stay within 63");
    }
    auto read = read_by_kind(object, kind, {namespace_name, admission, builder});
    if (!read) return;
    if (builder.find_workload(read->workload.kind, namespace_name, name)) {
        // Only a ReplicationController can meet a ReplicaSet here: objects of one kind have replaced each other before.
        object.complain(Rule::duplicate_name,
                        fmt::format("{} has the name of a {} in the same namespace", object.title(),
                                    kind_name(read->workload.kind)),
                        "give one of them another name");
        return;
    }
    read->workload.namespace_name = namespace_name;
    read->workload.name = name;
    read->workload.is_addon = is_addon;
    const WorkloadIx position = builder.add_workload(std::move(read->workload), std::move(read->pod), object);
    if (read->selector) selectors.push_back({position, std::move(*read->selector)});
}

}  // namespace eks
