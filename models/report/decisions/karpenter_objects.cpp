#include "models/report/decisions/karpenter_objects.hpp"

#include "libsim/time.hpp"
#include "models/report/decisions/controller_objects.hpp"
#include "models/report/decisions/scheduler_objects.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace eks::decisions {

namespace {

namespace kp = eks::karpenter;

constexpr std::string_view do_not_disrupt = "karpenter.sh/do-not-disrupt";

// As Go writes durations, which knows no days.
std::optional<std::int64_t> go_duration_us(std::string_view text) {
    const auto duration = text.find('d') == std::string_view::npos ? sim::parse_duration(text) : std::nullopt;
    return duration ? std::optional(duration->us()) : std::nullopt;
}

const Json& objects_at(const Json& arguments, const char* name) {
    if (!is_given(arguments, name))
        throw WrongArguments{Rule::missing_field, fmt::format("the argument {} is missing", name), "give a list"};
    const Json& value = arguments[name];
    const Json& list = value.is_object() && value.contains("items") ? value["items"] : value;
    if (!list.is_array()) throw WrongArguments{Rule::wrong_type, fmt::format("the argument {} is no list", name), ""};
    return list;
}

kp::Labels map_at(const Json& object, std::initializer_list<const char*> path) {
    kp::Labels labels;
    for (const auto& [key, value] : at_path(object, path).items()) labels[key] = value.get<std::string>();
    return labels;
}

kp::Amounts amounts_at(const Json& object, std::initializer_list<const char*> path) {
    return amounts_of(at_path(object, path), QuantityUnit::milli);
}

// A limit beyond all that can be counted is none that is ever met.
kp::Amounts limits_at(const Json& object, std::initializer_list<const char*> path) {
    Json limits = at_path(object, path);
    for (auto& [resource, written] : limits.items()) {
        if (written.is_string() &&
            parse_quantity(written.get<std::string>(), QuantityUnit::whole).fault == QuantityFault::too_large)
            written = std::to_string(quantity_limit / (resource == "cpu" ? 1000 : 1));
    }
    return amounts_of(limits, QuantityUnit::milli);
}

bool is_true(const Json& object, const char* condition) { return condition_of(object, condition) == "True"; }

// --- pods

kp::PodShape shape_of(plain::PodObject pod) {
    kp::PodShape shape;
    shape.namespace_name = std::move(pod.namespace_name);
    for (const auto& [key, value] : pod.labels) shape.labels.push_back({key, value});
    shape.tolerations = std::move(pod.tolerations);
    shape.node_selector = std::move(pod.node_selector);
    shape.required_node_terms = std::move(pod.required_node_terms);
    shape.preferred_node_terms = std::move(pod.preferred_node_terms);
    shape.required_affinity = std::move(pod.required_affinity);
    shape.preferred_affinity = std::move(pod.preferred_affinity);
    shape.required_anti_affinity = std::move(pod.required_anti_affinity);
    shape.preferred_anti_affinity = std::move(pod.preferred_anti_affinity);
    shape.spread = std::move(pod.spread);
    shape.host_ports = std::move(pod.host_ports);
    shape.requests = std::move(pod.requests);
    return shape;
}

// Pods that are alike but for their name share a shape.
class Shapes {
  public:
    explicit Shapes(std::vector<kp::PodShape>& shapes) : shapes_(shapes) {}

    kp::ShapeIx of(const Json& pod) {
        std::string text = text_at(pod, {"metadata", "namespace"});
        text += at_path(pod, {"metadata", "labels"}).dump();
        for (const auto& [field, value] : at_path(pod, {"spec"}).items()) {
            if (field != "nodeName") text += field + value.dump();
        }
        // A resize in place shows in these.
        for (const char* list : {"containerStatuses", "initContainerStatuses"})
            text += at_path(pod, {"status", list}).dump();
        const auto [found, is_new] = known_.try_emplace(std::move(text), static_cast<kp::ShapeIx>(shapes_.size()));
        if (is_new) shapes_.push_back(shape_of(pod_of(pod)));
        return found->second;
    }

  private:
    std::vector<kp::PodShape>& shapes_;
    std::map<std::string, kp::ShapeIx> known_;
};

kp::OwnerKind owner_of(const Json& pod) {
    for (const Json& owner : at_path(pod, {"metadata", "ownerReferences"})) {
        const std::string kind = text_at(owner, {"kind"});
        const std::string version = text_at(owner, {"apiVersion"});
        if (version == "apps/v1" && kind == "DaemonSet") return kp::OwnerKind::daemon_set;
        if (version == "v1" && kind == "Node") return kp::OwnerKind::node;
        if (version == "apps/v1" && kind == "StatefulSet") return kp::OwnerKind::stateful_set;
    }
    return kp::OwnerKind::other;
}

kp::DoNotDisrupt do_not_disrupt_of(const kp::Labels& annotations) {
    const auto found = annotations.find(do_not_disrupt);
    if (found == annotations.end()) return {};
    if (found->second == "true") return {true, std::nullopt};
    const auto us = go_duration_us(found->second);
    return us && *us > 0 ? kp::DoNotDisrupt{true, us} : kp::DoNotDisrupt{};
}

double deletion_cost_of(const kp::Labels& annotations) {
    const auto found = annotations.find("controller.kubernetes.io/pod-deletion-cost");
    if (found == annotations.end()) return 0;
    double cost = 0;
    const std::string& text = found->second;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), cost);
    return fault == std::errc{} && end == text.data() + text.size() ? cost : 0;
}

kp::Pod karpenter_pod_of(const Json& object, Shapes& shapes) {
    kp::Pod pod;
    pod.name = required<std::string>(at_path(object, {"metadata"}), "name");
    pod.uid = text_at(object, {"metadata", "uid"});
    pod.shape = shapes.of(object);
    pod.created_us = instant_at(object, {"metadata", "creationTimestamp"}).value_or(0);
    pod.node_name = text_at(object, {"spec", "nodeName"});
    const std::string phase = text_at(object, {"status", "phase"}, pod.node_name.empty() ? "Pending" : "Running");
    pod.phase = is_terminal(object)  ? kp::PodPhase::ended
                : phase == "Pending" ? kp::PodPhase::pending
                                     : kp::PodPhase::running;
    pod.is_terminating = !at_path(object, {"metadata", "deletionTimestamp"}).is_null();
    pod.owner = owner_of(object);
    const kp::Labels annotations = map_at(object, {"metadata", "annotations"});
    pod.do_not_disrupt = do_not_disrupt_of(annotations);
    pod.started_us = instant_at(object, {"status", "startTime"});
    pod.deletion_cost = deletion_cost_of(annotations);
    pod.priority = integer_at(object, {"spec", "priority"}, 0);
    return pod;
}

// --- NodePools and instance types

// Karpenter has Gte and Lte beside the operators of Kubernetes.
kp::PoolRequirement pool_requirement_of(const Json& object) {
    kp::PoolRequirement requirement;
    Json expression = object;
    const std::string op = text_at(object, {"operator"});
    if (op == "Gte" || op == "Lte") {
        const auto values = at_path(object, {"values"}).get<std::vector<std::string>>();
        std::int64_t bound = 0;
        if (values.size() != 1 ||
            std::from_chars(values[0].data(), values[0].data() + values[0].size(), bound).ec != std::errc{})
            throw WrongArguments{Rule::wrong_type, fmt::format("{} takes one whole number", op), ""};
        expression["operator"] = op == "Gte" ? "Gt" : "Lt";
        expression["values"] = Json::array({std::to_string(op == "Gte" ? bound - 1 : bound + 1)});
    }
    requirement.expression =
        node_terms_of(Json::array({{{"matchExpressions", Json::array({expression})}}})).front().all.front();
    if (is_given(object, "minValues")) requirement.min_values = integer_at(object, {"minValues"}, 0);
    return requirement;
}

kp::ConsolidationPolicy policy_of(const std::string& name) {
    if (name == "WhenEmpty") return kp::ConsolidationPolicy::when_empty;
    if (name == "WhenEmptyOrUnderutilized") return kp::ConsolidationPolicy::when_empty_or_underutilized;
    throw WrongArguments{Rule::not_one_of, fmt::format("there is no consolidation policy {}", name),
                         "WhenEmpty or WhenEmptyOrUnderutilized"};
}

kp::NodePool pool_of(const Json& object) {
    kp::NodePool pool;
    pool.name = required<std::string>(at_path(object, {"metadata"}), "name");
    pool.weight = integer_at(object, {"spec", "weight"}, 0);
    pool.labels = map_at(object, {"spec", "template", "metadata", "labels"});
    const Json& spec = at_path(object, {"spec", "template", "spec"});
    if (const std::string kind = text_at(spec, {"nodeClassRef", "kind"}); !kind.empty()) {
        std::string lower = kind;
        std::ranges::transform(lower, lower.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        pool.node_class = {text_at(spec, {"nodeClassRef", "group"}) + "/" + lower,
                           text_at(spec, {"nodeClassRef", "name"})};
    }
    pool.taints = taints_of(at_path(spec, {"taints"}));
    for (const Json& requirement : at_path(spec, {"requirements"}))
        pool.requirements.push_back(pool_requirement_of(requirement));
    pool.limits = limits_at(object, {"spec", "limits"});
    const Json& disruption = at_path(object, {"spec", "disruption"});
    pool.policy = policy_of(text_at(disruption, {"consolidationPolicy"}, "WhenEmptyOrUnderutilized"));
    const std::string after = text_at(disruption, {"consolidateAfter"}, "0s");
    pool.consolidate_after_us = go_duration_us(after);
    if (!pool.consolidate_after_us && after != "Never")
        throw WrongArguments{Rule::bad_duration, fmt::format("consolidateAfter is \"{}\"", after),
                             "a duration such as 30s, or Never"};
    return pool;
}

// Static pools, and those that are not ready or on their way out, take no pods. A manifest that never met Karpenter
// says nothing about readiness.
bool takes_pods(const Json& pool) {
    const std::string ready = condition_of(pool, "Ready");
    return at_path(pool, {"spec", "replicas"}).is_null() && (ready.empty() || ready == "True") &&
           at_path(pool, {"metadata", "deletionTimestamp"}).is_null();
}

kp::InstanceType type_of(const Json& object) {
    kp::InstanceType type;
    type.name = required<std::string>(object, "name");
    for (const auto& [label, values] : at_path(object, {"labels"}).items())
        type.labels[label] = values.get<std::vector<std::string>>();
    type.capacity = amounts_at(object, {"capacity"});
    type.overhead = amounts_at(object, {"overhead"});
    for (const Json& offering : at_path(object, {"offerings"}))
        type.offerings.push_back({required<std::string>(offering, "zone"),
                                  required<std::string>(offering, "capacity_type"), required<double>(offering, "price"),
                                  optional_or(offering, "available", false)});
    return type;
}

// --- nodes

kp::NodeObject node_object_of(const Json& object) {
    kp::NodeObject node;
    node.name = required<std::string>(at_path(object, {"metadata"}), "name");
    node.labels = map_at(object, {"metadata", "labels"});
    node.taints = taints_of(at_path(object, {"spec", "taints"}));
    node.capacity = amounts_at(object, {"status", "capacity"});
    node.allocatable = amounts_at(object, {"status", "allocatable"});
    const kp::Labels annotations = map_at(object, {"metadata", "annotations"});
    const auto kept = annotations.find(do_not_disrupt);
    node.is_not_to_be_disrupted = kept != annotations.end() && kept->second == "true";
    node.is_being_deleted = !at_path(object, {"metadata", "deletionTimestamp"}).is_null();
    return node;
}

std::optional<std::int64_t> since(const Json& object, const char* condition) {
    if (!is_true(object, condition)) return std::nullopt;
    for (const Json& c : at_path(object, {"status", "conditions"})) {
        if (text_at(c, {"type"}) == condition) return instant_at(c, {"lastTransitionTime"}).value_or(0);
    }
    return std::nullopt;
}

kp::NodeClaim node_claim_of(const Json& object) {
    kp::NodeClaim claim;
    claim.name = required<std::string>(at_path(object, {"metadata"}), "name");
    claim.labels = map_at(object, {"metadata", "labels"});
    claim.taints = taints_of(at_path(object, {"spec", "taints"}));
    claim.startup_taints = taints_of(at_path(object, {"spec", "startupTaints"}));
    claim.capacity = amounts_at(object, {"status", "capacity"});
    claim.allocatable = amounts_at(object, {"status", "allocatable"});
    claim.is_being_deleted =
        !at_path(object, {"metadata", "deletionTimestamp"}).is_null() || is_true(object, "InstanceTerminating");
    claim.is_consolidatable = is_true(object, "Consolidatable");
    claim.initialized_us = since(object, "Initialized");
    claim.last_pod_event_us = instant_at(object, {"status", "lastPodEventTime"});
    return claim;
}

kp::ClusterNode cluster_node_of(const Json& object) {
    kp::ClusterNode node;
    if (is_given(object, "node")) node.node = node_object_of(object["node"]);
    if (is_given(object, "node_claim")) node.claim = node_claim_of(object["node_claim"]);
    if (!node.node && !node.claim)
        throw WrongArguments{Rule::missing_field, "an entry of nodes has neither node nor node_claim", ""};
    return node;
}

// --- settings

bool is_first_of(const Json& arguments, const char* name, const char* first, const char* second) {
    const auto given = optional_or<std::string>(arguments, name, first);
    if (given != first && given != second)
        throw WrongArguments{Rule::not_one_of, fmt::format("{} is {}", name, given),
                             fmt::format("{} or {}", first, second)};
    return given == first;
}

}  // namespace

karpenter::Cluster karpenter_cluster_of(const Json& a) {
    kp::Cluster cluster;
    Shapes shapes(cluster.shapes);
    for (const char* list : {"pods", "bound_pods"}) {
        const bool must_be_bound = std::string_view(list) == "bound_pods";
        for (const Json& object : objects_at(a, list)) {
            kp::Pod pod = karpenter_pod_of(object, shapes);
            if (pod.node_name.empty() == must_be_bound)
                throw WrongArguments{Rule::wrong_type,
                                     fmt::format("{} of {} is {}", pod.name, list,
                                                 must_be_bound ? "bound to no node" : "bound to " + pod.node_name),
                                     "pods wait for a place, bound_pods have spec.nodeName"};
            cluster.pods.push_back(std::move(pod));
        }
    }
    for (const Json& daemon : objects_at(a, "daemon_pods")) cluster.daemons.push_back(shapes.of(daemon));
    for (const Json& pool : objects_at(a, "node_pools")) {
        if (takes_pods(pool)) cluster.pools.push_back(pool_of(pool));
    }
    for (const Json& type : objects_at(a, "instance_types")) cluster.types.push_back(type_of(type));
    for (const Json& node : objects_at(a, "nodes")) cluster.nodes.push_back(cluster_node_of(node));
    cluster.settings.respects_preferences = is_first_of(a, "preference_policy", "Respect", "Ignore");
    cluster.settings.min_values_best_effort = !is_first_of(a, "min_values_policy", "Strict", "BestEffort");
    return cluster;
}

}  // namespace eks::decisions
