#include "models/report/decisions/cluster_autoscaler.hpp"

#include "models/report/decisions/controller_objects.hpp"
#include "models/report/decisions/scheduler_objects.hpp"
#include "models/scenario/kubernetes/expander_priorities.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/drainability.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/estimator.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/expander.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/limiter.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/utilization.hpp"
#include "models/systems/scheduling/plain/matching.hpp"
#include "models/systems/scheduling/plain/node_info.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eks::decisions {

namespace {

namespace ca = cluster_autoscaler;

constexpr const char* daemon_annotation = "cluster-autoscaler.kubernetes.io/daemonset-pod";
constexpr const char* mirror_annotation = "kubernetes.io/config.mirror";
constexpr const char* evict_annotation = "cluster-autoscaler.kubernetes.io/safe-to-evict";
constexpr const char* volumes_annotation = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";

std::int64_t instant_given(const Json& a, const char* name) {
    required<Json>(a, name);
    return *instant_at(a, {name});
}

// --- pods

std::string pod_annotation(const Json& pod, const char* name) {
    return text_at(pod, {"metadata", "annotations", name});
}

bool is_mirror(const Json& pod) { return !at_path(pod, {"metadata", "annotations", mirror_annotation}).is_null(); }

// Null where nothing controls the pod.
const Json& controller_reference_of(const Json& pod) {
    for (const Json& owner : at_path(pod, {"metadata", "ownerReferences"})) {
        if (at_path(owner, {"controller"}) == true) return owner;
    }
    return at_path(pod, {"no controller"});
}

bool is_of_daemon_set(const Json& pod) {
    return text_at(controller_reference_of(pod), {"kind"}) == "DaemonSet" ||
           pod_annotation(pod, daemon_annotation) == "true";
}

bool is_long_terminating(const Json& pod, std::int64_t now_us) {
    const auto deletion_us = instant_at(pod, {"metadata", "deletionTimestamp"});
    if (!deletion_us) return false;
    const std::int64_t grace_us =
        integer_at(pod, {"spec", "terminationGracePeriodSeconds"}, ca::default_grace_us / microseconds_a_second) *
        microseconds_a_second;
    return ca::is_long_terminating(*deletion_us, grace_us, now_us);
}

// --- ca_estimate

// As the real one reads amounts before it divides them: thousandths of a core, and bytes.
ca::CpuAndMemory cpu_and_memory(const plain::Amounts& amounts) {
    constexpr double milli = 0.001;
    return {static_cast<double>(plain::amount_of(amounts, "cpu")) * milli,
            static_cast<double>(plain::amount_of(amounts, "memory"))};
}

ca::PodGroup pod_group_of(const Json& object) {
    const auto pod = required<Json>(object, "pod");
    ca::PodGroup group;
    group.pod = pod_of(pod);
    if (!is_given(object, "count"))
        throw WrongArguments{Rule::missing_field, "a group of pods has no count", "say how many pods it holds"};
    group.count = *small_count_given(object, "count");
    const Json& containers = at_path(pod, {"spec", "containers"});
    if (containers.is_array() && !containers.empty()) {
        const Json& requests = at_path(containers.front(), {"resources", "requests"});
        group.first_container = cpu_and_memory(amounts_of(requests, QuantityUnit::milli));
    }
    return group;
}

// --- ca_expand

std::vector<ca::Expander> expander_chain(const Json& a) {
    std::vector<ca::Expander> chain;
    for (const Json& name : required<Json>(a, "expander")) {
        const auto expander = ca::expander_named(name.get<std::string>());
        if (!expander)
            throw WrongArguments{Rule::not_one_of, fmt::format("there is no expander {}", name.dump()),
                                 "there are least-waste, most-pods, least-nodes, priority and random; price has no "
                                 "prices on AWS"};
        chain.push_back(*expander);
    }
    return chain;
}

ExpanderPriorities priorities_given(const Json& a) {
    const Json& text = at_path(a, {"priority_config_map", "data", "priorities"});
    if (!text.is_string()) return {};
    return ExpanderPriorities::parse(text.get<std::string>()).value_or(ExpanderPriorities());
}

ca::ExpansionOption expansion_option_of(const Json& object, const Json& node_templates,
                                        const ExpanderPriorities& priorities) {
    const auto group = required<std::string>(object, "node_group");
    ca::ExpansionOption option;
    option.node_count = required<std::int64_t>(object, "node_count");
    for (const Json& pod : required<Json>(object, "pods")) {
        const plain::PodObject read = pod_of(pod);
        ++option.pods;
        option.requested_cpu_milli += plain::amount_of(read.requests, "cpu");
        option.requested_bytes += plain::amount_of(read.requests, "memory");
    }
    const Json& node = at_path(node_templates, {group.c_str()});
    option.has_template = !node.is_null();
    const plain::Amounts capacity = amounts_of(at_path(node, {"status", "capacity"}), QuantityUnit::milli);
    option.capacity_cpu_milli = plain::amount_of(capacity, "cpu");
    option.capacity_bytes = plain::amount_of(capacity, "memory");
    option.priority = priorities.highest_for(group);
    return option;
}

// --- ca_drainable

ca::ControllerKind controller_kind_of(const Json& reference) {
    const std::string kind = text_at(reference, {"kind"});
    const bool is_of_apps = text_at(reference, {"apiVersion"}).starts_with("apps/");
    if (reference.is_null()) return ca::ControllerKind::none;
    if (kind == "ReplicationController") return ca::ControllerKind::replication_controller;
    if (kind == "ReplicaSet") return ca::ControllerKind::replica_set;
    if (kind == "Job") return ca::ControllerKind::job;
    if (kind == "StatefulSet")
        return is_of_apps ? ca::ControllerKind::stateful_set : ca::ControllerKind::stateful_set_other;
    if (kind == "DaemonSet") return is_of_apps ? ca::ControllerKind::daemon_set : ca::ControllerKind::daemon_set_other;
    return ca::ControllerKind::other;
}

ca::SafeToEvict safe_to_evict(const Json& pod) {
    const std::string said = pod_annotation(pod, evict_annotation);
    if (said == "true") return ca::SafeToEvict::yes;
    if (said == "false") return ca::SafeToEvict::no;
    return said == "on-completion" ? ca::SafeToEvict::on_completion : ca::SafeToEvict::unsaid;
}

ca::PodEnd pod_end_of(const Json& pod) {
    const std::string phase = text_at(pod, {"status", "phase"});
    if (phase == "Failed") return ca::PodEnd::failed;
    return phase == "Succeeded" ? ca::PodEnd::succeeded : ca::PodEnd::still_runs;
}

bool is_local(const Json& volume) {
    const Json& empty_dir = at_path(volume, {"emptyDir"});
    return !at_path(volume, {"hostPath"}).is_null() ||
           (!empty_dir.is_null() && text_at(empty_dir, {"medium"}) != "Memory");
}

// The names in the annotation are compared as they stand between the commas.
bool has_blocking_local_storage(const Json& pod) {
    const std::string given_free = "," + pod_annotation(pod, volumes_annotation) + ",";
    return std::ranges::any_of(at_path(pod, {"spec", "volumes"}), [&](const Json& volume) {
        return is_local(volume) && given_free.find("," + text_at(volume, {"name"}) + ",") == std::string::npos;
    });
}

ca::PodToMove pod_to_move(const Json& a, const Json& pod, std::int64_t now_us) {
    const plain::PodObject read = pod_of(pod);
    const Json& reference = controller_reference_of(pod);
    ca::PodToMove facts;
    facts.is_mirror = is_mirror(pod);
    facts.is_long_terminating = is_long_terminating(pod, now_us);
    facts.is_of_daemon_set = is_of_daemon_set(pod);
    facts.controller = controller_kind_of(reference);
    for (const Json& controller : at_path(a, {"controllers"})) {
        if (text_at(controller, {"kind"}) != text_at(reference, {"kind"}) ||
            text_at(controller, {"metadata", "name"}) != text_at(reference, {"name"}) ||
            text_at(controller, {"metadata", "namespace"}, "default") != read.namespace_name)
            continue;
        facts.controller_exists = true;
        if (const Json& replicas = at_path(controller, {"spec", "replicas"}); !replicas.is_null())
            facts.controller_replicas = replicas.get<std::int64_t>();
    }
    facts.safe_to_evict = safe_to_evict(pod);
    facts.end = pod_end_of(pod);
    const std::string restarts = text_at(pod, {"spec", "restartPolicy"});
    facts.restarts_always = restarts != "Never" && restarts != "OnFailure";
    facts.is_in_kube_system = read.namespace_name == "kube-system";
    facts.age_us = now_us - instant_at(pod, {"metadata", "creationTimestamp"}).value_or(0);
    facts.has_blocking_local_storage = has_blocking_local_storage(pod);
    for (const Json& object : at_path(a, {"pdbs"})) {
        const plain::DisruptionBudget budget = budget_of(object);
        if (budget.namespace_name != read.namespace_name || !plain::matches(budget.selector, read.labels)) continue;
        facts.has_budget = true;
        facts.has_spent_budget = facts.has_spent_budget || budget.disruptions_allowed < 1;
    }
    return facts;
}

ca::DrainOptions drain_options_of(const Json& given) {
    ca::DrainOptions options;
    options.skips_nodes_with_system_pods =
        optional_or(given, "skip_nodes_with_system_pods", options.skips_nodes_with_system_pods);
    options.skips_nodes_with_local_storage =
        optional_or(given, "skip_nodes_with_local_storage", options.skips_nodes_with_local_storage);
    options.skips_nodes_with_custom_controller_pods =
        optional_or(given, "skip_nodes_with_custom_controller_pods", options.skips_nodes_with_custom_controller_pods);
    options.min_replica_count = optional_or(given, "min_replica_count", options.min_replica_count);
    options.system_pod_timeout_us = optional_or(given, "blocking_system_pod_disruption_timeout_s",
                                                options.system_pod_timeout_us / microseconds_a_second) *
                                    microseconds_a_second;
    return options;
}

const char* text_of(ca::DrainOutcome outcome) {
    switch (outcome) {
        case ca::DrainOutcome::movable: return "movable";
        case ca::DrainOutcome::daemon_set: return "daemonset";
        case ca::DrainOutcome::waits: return "wait";
        case ca::DrainOutcome::is_ignored: return "ignored";
        case ca::DrainOutcome::is_blocked: break;
    }
    return "blocked";
}

}  // namespace

Json ca_estimate_call(const Json& a) {
    refuse_others(a, {"pod_groups", "node_template", "template_pods", "nodes", "pods", "max_nodes", "fastpath"});
    ca::EstimateQuestion question;
    if (is_given(a, "nodes")) question.cluster = cluster_of(a, "pods");
    const auto node_template = required<Json>(a, "node_template");
    question.node_template = node_of(node_template);
    question.template_capacity =
        cpu_and_memory(amounts_of(at_path(node_template, {"status", "capacity"}), QuantityUnit::milli));
    for (const Json& pod : at_path(a, {"template_pods"})) question.template_pods.push_back(pod_of(pod));
    for (const Json& group : required<Json>(a, "pod_groups")) question.groups.push_back(pod_group_of(group));
    question.node_limit = integer_at(a, {"max_nodes"}, ca::no_node_limit);
    question.may_take_fast_path = optional_or(a, "fastpath", false);
    const ca::Estimate estimate = ca::estimate(question);
    return {{"node_count", estimate.node_count},
            {"scheduled", estimate.scheduled},
            {"scheduled_per_group", estimate.scheduled_per_group}};
}

Json ca_expand_call(const Json& a) {
    refuse_others(a, {"options", "node_templates", "expander", "priority_config_map"});
    const std::vector<ca::Expander> chain = expander_chain(a);
    const ExpanderPriorities priorities = priorities_given(a);
    const auto node_templates = required<Json>(a, "node_templates");
    std::vector<ca::ExpansionOption> options;
    std::vector<std::string> names;
    for (const Json& object : required<Json>(a, "options")) {
        options.push_back(expansion_option_of(object, node_templates, priorities));
        names.push_back(object["node_group"].get<std::string>());
    }
    std::vector<std::string> survivors;
    for (const std::size_t place : ca::surviving_options(options, chain)) survivors.push_back(names[place]);
    std::ranges::sort(survivors);
    return {{"survivors", survivors}};
}

Json ca_utilization_call(const Json& a) {
    refuse_others(a, {"node", "pods", "ignore_daemonsets", "ignore_mirror_pods", "gpu_resource", "now"});
    const std::int64_t now_us = instant_given(a, "now");
    const auto gpu_resource = optional_or<std::string>(a, "gpu_resource", "");
    const auto counted = [&](const plain::Amounts& amounts) {
        return ca::CountedAmounts{plain::amount_of(amounts, "cpu"), plain::amount_of(amounts, "memory"),
                                  plain::amount_of(amounts, gpu_resource)};
    };
    std::vector<ca::PodOnNode> pods;
    for (const Json& pod : at_path(a, {"pods"}))
        pods.push_back(
            {counted(pod_of(pod).requests), is_of_daemon_set(pod), is_mirror(pod), is_long_terminating(pod, now_us)});
    const ca::UtilizationOptions options{optional_or(a, "ignore_daemonsets", false),
                                         optional_or(a, "ignore_mirror_pods", false), !gpu_resource.empty()};
    const auto found = ca::utilization(counted(node_of(required<Json>(a, "node")).allocatable), pods, options);
    if (!found) return {{"error", "not_computable"}};
    const std::string resource = found->resource == ca::DecisiveResource::cpu      ? "cpu"
                                 : found->resource == ca::DecisiveResource::memory ? "memory"
                                                                                   : gpu_resource;
    return {{"utilization", found->share},
            {"resource", resource},
            {"cpu", found->cpu},
            {"memory", found->memory},
            {"gpu", found->gpu}};
}

Json ca_drainable_call(const Json& a) {
    refuse_others(a, {"pod", "now", "controllers", "pdbs", "options"});
    const auto pod = required<Json>(a, "pod");
    const ca::PodToMove facts = pod_to_move(a, pod, instant_given(a, "now"));
    const ca::DrainVerdict verdict =
        ca::drain_verdict(facts, drain_options_of(optional_or(a, "options", Json::object())));
    Json answer{{"outcome", text_of(verdict.outcome)}};
    if (verdict.outcome == ca::DrainOutcome::is_blocked) answer["reason"] = std::string(ca::name_of(verdict.block));
    return answer;
}

}  // namespace eks::decisions
