#include "models/scenario/kubernetes/workloads.hpp"

#include "models/scenario/kubernetes/pod_template.hpp"
#include "models/scenario/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// A number of pods, or a share of the replicas.
struct PodsOrPercent {
    std::int64_t value = 0;
    bool is_percent = false;
};

std::optional<PodsOrPercent> read_pods_or_percent(const Reader& reader) {
    if (reader.is_integer()) {
        const auto count = reader.integer(0, int_max);
        return count ? std::optional(PodsOrPercent{*count, false}) : std::nullopt;
    }
    const auto text = reader.text();
    if (!text) return std::nullopt;
    constexpr std::size_t digits_max = 4;
    const std::string_view digits = std::string_view(*text).substr(0, text->empty() ? 0 : text->size() - 1);
    const bool is_percent = text->ends_with('%') && !digits.empty() && digits.size() <= digits_max &&
                            std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_percent) {
        reader.complain(Rule::bad_percent_or_number,
                        fmt::format("{} is {}, which is neither a number of pods nor a percentage", reader.title(),
                                    shown(reader.value())),
                        "write 2, or \"25%\"");
        return std::nullopt;
    }
    std::int64_t percent = 0;
    for (const char c : digits) percent = percent * 10 + (c - '0');
    return PodsOrPercent{percent, true};
}

// DEPLOY-1
RolloutSpec resolve_rolling_update(PodsOrPercent surge, PodsOrPercent unavailable, std::int64_t replicas) {
    constexpr std::int64_t hundred = 100;
    const std::int64_t surge_pods = surge.is_percent ? (surge.value * replicas + hundred - 1) / hundred : surge.value;
    std::int64_t unavailable_pods = unavailable.is_percent ? unavailable.value * replicas / hundred : unavailable.value;
    if (surge_pods == 0 && unavailable_pods == 0) unavailable_pods = 1;
    RolloutSpec rollout;
    rollout.max_surge = static_cast<std::int32_t>(std::min(surge_pods, int_max));
    rollout.max_unavailable = static_cast<std::int32_t>(std::min(unavailable_pods, replicas));
    return rollout;
}

// DS-4
RolloutSpec read_daemon_set_strategy(const Reader& spec) {
    RolloutSpec rollout;
    rollout.max_unavailable = 1;
    const auto strategy = spec.member("updateStrategy");
    if (!strategy || !strategy->expect_map()) return rollout;
    if (const auto type = strategy->member("type"))
        rollout.on_delete = type->one_of({"RollingUpdate", "OnDelete"}) == 1U;
    const auto rolling = strategy->member("rollingUpdate");
    if (!rolling || !rolling->is_map()) return rollout;
    if (const auto at = rolling->member("maxUnavailable")) {
        if (const auto most = read_pods_or_percent(*at)) {
            rollout.max_unavailable = static_cast<std::int32_t>(most->value);
            rollout.unavailable_is_percent = most->is_percent;
        }
    }
    return rollout;
}

RolloutSpec read_deployment_strategy(const Reader& spec, std::int64_t replicas) {
    PodsOrPercent surge{25, true};
    PodsOrPercent unavailable{25, true};
    const auto strategy = spec.member("strategy");
    if (!strategy) return resolve_rolling_update(surge, unavailable, replicas);
    if (const auto type = strategy->member("type")) {
        // Recreate is a rollout in which every pod may be away and none may be extra.
        if (type->one_of({"RollingUpdate", "Recreate"}) == 1U) {
            RolloutSpec rollout;
            rollout.max_unavailable = static_cast<std::int32_t>(replicas);
            return rollout;
        }
    }
    if (const auto rolling = strategy->member("rollingUpdate")) {
        if (const auto value = rolling->member("maxSurge")) surge = read_pods_or_percent(*value).value_or(surge);
        if (const auto value = rolling->member("maxUnavailable"))
            unavailable = read_pods_or_percent(*value).value_or(unavailable);
    }
    return resolve_rolling_update(surge, unavailable, replicas);
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
    read.workload.rollout = read_deployment_strategy(spec, read.workload.replicas);
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

// JOB-1
JobSpec read_job_spec(const Reader& spec) {
    JobSpec job;
    const bool has_completions = spec.has("completions");
    job.is_work_queue = !has_completions && spec.has("parallelism");
    job.parallelism = read_pod_count(spec, "parallelism", 1);
    job.completions = read_pod_count(spec, "completions", 1);
    job.backoff_limit = read_int32(spec, "backoffLimit", 0, job.backoff_limit);
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
    constexpr std::array<std::pair<std::string_view, ReadSpec>, 7> readers{{
        {"Deployment", read_deployment},
        {"ReplicaSet", read_replica_set},
        {"ReplicationController", read_replication_controller},
        {"StatefulSet", read_stateful_set},
        {"DaemonSet", read_daemon_set},
        {"Job", read_job},
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
