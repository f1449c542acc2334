#include "models/report/decisions/scheduler_objects.hpp"

#include "models/quantities.hpp"
#include "models/spec/calendar.hpp"

#include <algorithm>

namespace eks::decisions {

namespace {

using plain::Amounts;
using plain::Labels;
using plain::PodObject;

// A member, or null where it is missing.
const Json& at(const Json& object, const char* key) {
    static const Json nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

template <class... Keys>
const Json& at(const Json& object, const char* key, Keys... further) {
    return at(at(object, key), further...);
}

std::string text(const Json& value, std::string fallback = "") {
    return value.is_null() ? std::move(fallback) : value.get<std::string>();
}

bool truth(const Json& value, bool fallback = false) { return value.is_null() ? fallback : value.get<bool>(); }

std::int64_t whole(const Json& value, std::int64_t fallback = 0) {
    return value.is_null() ? fallback : value.get<std::int64_t>();
}

// The objects of an argument: a list of them, or the List that `kubectl get -o json` prints.
const Json& objects_of(const Json& arguments, const char* name) {
    const Json& value = at(arguments, name);
    return value.is_object() && value.contains("items") ? at(value, "items") : value;
}

template <class Read>
auto all_of(const Json& list, Read&& read) {
    std::vector<decltype(read(list))> all;
    for (const Json& item : list) all.push_back(read(item));
    return all;
}

Labels labels_of(const Json& map) {
    Labels labels;
    for (const auto& [key, value] : map.items()) labels[key] = value.get<std::string>();
    return labels;
}

// --- selectors

SelectorOperator operator_of(const std::string& name) {
    constexpr std::pair<std::string_view, SelectorOperator> known[] = {
        {"In", SelectorOperator::in},         {"NotIn", SelectorOperator::not_in},
        {"Exists", SelectorOperator::exists}, {"DoesNotExist", SelectorOperator::does_not_exist},
        {"Gt", SelectorOperator::greater},    {"Lt", SelectorOperator::less}};
    for (const auto& [word, op] : known) {
        if (word == name) return op;
    }
    throw WrongArguments{Rule::not_one_of, fmt::format("there is no operator {}", name),
                         "there are In, NotIn, Exists, DoesNotExist, Gt and Lt"};
}

void add_requirements(std::vector<SelectorRequirement>& to, const Json& expressions, bool is_field = false) {
    for (const Json& expression : expressions) {
        SelectorRequirement r;
        r.key = required<std::string>(expression, "key");
        r.op = operator_of(required<std::string>(expression, "operator"));
        for (const Json& value : at(expression, "values")) r.values.push_back(value.get<std::string>());
        r.is_field = is_field;
        to.push_back(std::move(r));
    }
}

void add_equalities(std::vector<SelectorRequirement>& to, const Json& labels) {
    for (const auto& [key, value] : labels.items())
        to.push_back({key, SelectorOperator::in, {value.get<std::string>()}, false});
}

plain::Selector selector_of(const Json& object) {
    plain::Selector selector;
    selector.is_given = !object.is_null();
    if (!selector.is_given) return selector;
    add_equalities(selector.all, at(object, "matchLabels"));
    add_requirements(selector.all, at(object, "matchExpressions"));
    return selector;
}

// The plain map of a Service or ReplicationController.
plain::Selector map_selector_of(const Json& map) {
    plain::Selector selector;
    selector.is_given = !map.is_null();
    add_equalities(selector.all, map);
    return selector;
}

NodeSelectorTerm node_term_of(const Json& object) {
    NodeSelectorTerm term;
    add_requirements(term.all, at(object, "matchExpressions"));
    add_requirements(term.all, at(object, "matchFields"), true);
    return term;
}

plain::AffinityTerm affinity_term_of(const Json& object) {
    plain::AffinityTerm term;
    term.topology_key = required<std::string>(object, "topologyKey");
    term.selector = selector_of(at(object, "labelSelector"));
    for (const Json& name : at(object, "namespaces")) term.namespaces.insert(name.get<std::string>());
    term.namespace_selector = selector_of(at(object, "namespaceSelector"));
    return term;
}

plain::AffinityTerm weighted_term_of(const Json& object) {
    plain::AffinityTerm term = affinity_term_of(at(object, "podAffinityTerm"));
    term.weight = whole(at(object, "weight"));
    return term;
}

TaintEffect effect_of(const std::string& name) {
    if (name == "NoSchedule") return TaintEffect::no_schedule;
    if (name == "PreferNoSchedule") return TaintEffect::prefer_no_schedule;
    if (name == "NoExecute") return TaintEffect::no_execute;
    throw WrongArguments{Rule::not_one_of, fmt::format("there is no taint effect {}", name),
                         "there are NoSchedule, PreferNoSchedule and NoExecute"};
}

Toleration toleration_of(const Json& object) {
    Toleration toleration;
    toleration.key = text(at(object, "key"));
    toleration.value = text(at(object, "value"));
    toleration.exists = text(at(object, "operator"), "Equal") == "Exists";
    const std::string effect = text(at(object, "effect"));
    toleration.any_effect = effect.empty();
    if (!effect.empty()) toleration.effect = effect_of(effect);
    return toleration;
}

// --- requests, SCHED-40

// Processor time is summed up in thousandths of a millionth of a core, and rounded up to thousandths at the end.
constexpr std::int64_t nano_per_milli = 1'000'000;

}  // namespace

Amounts amounts_of(const Json& map, QuantityUnit cpu_unit) {
    Amounts amounts;
    for (const auto& [resource, written] : map.items()) {
        const std::string quantity = written.is_string() ? written.get<std::string>() : written.dump();
        const ParsedQuantity parsed = parse_quantity(quantity, resource == "cpu" ? cpu_unit : QuantityUnit::whole);
        if (!parsed)
            throw WrongArguments{Rule::bad_quantity, fmt::format("{}: \"{}\" is no quantity", resource, quantity),
                                 std::string(advice(parsed.fault))};
        amounts[resource] = *parsed;
    }
    return amounts;
}

namespace {

void add_to(Amounts& sum, const Amounts& more) {
    for (const auto& [resource, amount] : more) sum[resource] += amount;
}

void raise_to(Amounts& most, const Amounts& other) {
    for (const auto& [resource, amount] : other) most[resource] = std::max(most[resource], amount);
}

bool is_resize_infeasible(const Json& pod) {
    return std::ranges::any_of(at(pod, "status", "conditions"), [](const Json& condition) {
        return text(at(condition, "type")) == "PodResizePending" && text(at(condition, "reason")) == "Infeasible";
    });
}

// Of a container that is being resized in place, the most of what it asks for, has and was promised.
Amounts container_amounts(const Json& pod, const Json& container) {
    Amounts asked = amounts_of(at(container, "resources", "requests"), QuantityUnit::nano);
    for (const char* list : {"containerStatuses", "initContainerStatuses"}) {
        for (const Json& status : at(pod, "status", list)) {
            if (text(at(status, "name")) != text(at(container, "name")) || at(status, "resources").is_null()) continue;
            Amounts most = is_resize_infeasible(pod) ? Amounts{} : asked;
            raise_to(most, amounts_of(at(status, "resources", "requests"), QuantityUnit::nano));
            raise_to(most, amounts_of(at(status, "allocatedResources"), QuantityUnit::nano));
            return most;
        }
    }
    return asked;
}

bool is_sidecar(const Json& container) { return text(at(container, "restartPolicy")) == "Always"; }

// What containers ask for together, and `defaults` for those that do not say.
Amounts sum_of_containers(const Json& pod, const Amounts& defaults) {
    const auto amounts = [&](const Json& container) {
        Amounts of_container = container_amounts(pod, container);
        for (const auto& [resource, amount] : defaults) of_container.try_emplace(resource, amount);
        return of_container;
    };
    Amounts sum;
    for (const Json& container : at(pod, "spec", "containers")) add_to(sum, amounts(container));
    Amounts sidecars;
    Amounts most;
    for (const Json& container : at(pod, "spec", "initContainers")) {
        Amounts running = amounts(container);
        if (is_sidecar(container)) {
            add_to(sum, running);
            add_to(sidecars, running);
            running = sidecars;
        } else {
            add_to(running, sidecars);
        }
        raise_to(most, running);
    }
    raise_to(sum, most);
    return sum;
}

bool counts_for_whole_pod(std::string_view resource) {
    return resource == "cpu" || resource == "memory" || resource.starts_with("hugepages-");
}

// What the pod as a whole requests stands in for its containers.
Amounts request_of(const Json& pod, const Amounts& of_pod, const Amounts& defaults) {
    Amounts request = sum_of_containers(pod, defaults);
    for (const auto& [resource, amount] : of_pod) request[resource] = amount;
    add_to(request, amounts_of(at(pod, "spec", "overhead"), QuantityUnit::nano));
    if (const auto cpu = request.find("cpu"); cpu != request.end())
        cpu->second = (cpu->second + nano_per_milli - 1) / nano_per_milli;
    return request;
}

Amounts amounts_of_whole_pod(const Json& pod) {
    Amounts of_pod = amounts_of(at(pod, "spec", "resources", "requests"));
    std::erase_if(of_pod, [](const auto& entry) { return !counts_for_whole_pod(entry.first); });
    return of_pod;
}

void read_requests(const Json& object, PodObject& pod) {
    // SCHED-51.
    static const Amounts defaults{{"cpu", 100 * nano_per_milli}, {"memory", 200 * mebibyte}};
    const Amounts of_pod = amounts_of_whole_pod(object);
    pod.requests = request_of(object, of_pod, {});
    pod.container_requests = request_of(object, {}, defaults);
    Amounts missing = defaults;
    if (!of_pod.empty()) std::erase_if(missing, [&](const auto& entry) { return pod.requests.contains(entry.first); });
    pod.requests_with_defaults = request_of(object, of_pod, missing);
}

// --- images and ports

// ":latest" where there is neither a tag nor a digest.
std::string with_tag(const std::string& image) {
    const std::size_t colon = image.rfind(':');
    const std::size_t slash = image.rfind('/');
    const bool has_tag = colon != std::string::npos && (slash == std::string::npos || colon > slash);
    return has_tag ? image : image + ":latest";
}

void read_containers(const Json& object, PodObject& pod) {
    for (const char* list : {"initContainers", "containers"}) {
        for (const Json& container : at(object, "spec", list)) {
            ++pod.containers;
            if (const std::string image = text(at(container, "image")); !image.empty())
                pod.images.push_back(with_tag(image));
            if (std::string_view(list) == "initContainers" && !is_sidecar(container)) continue;
            for (const Json& port : at(container, "ports")) {
                if (whole(at(port, "hostPort")) <= 0) continue;
                const std::string ip = text(at(port, "hostIP"));
                pod.host_ports.push_back(
                    {text(at(port, "protocol"), "TCP"), ip.empty() ? "0.0.0.0" : ip, whole(at(port, "hostPort"))});
            }
        }
    }
    for (const Json& volume : at(object, "spec", "volumes")) {
        if (const std::string image = text(at(volume, "image", "reference")); !image.empty())
            pod.images.push_back(with_tag(image));
        if (const std::string claim = text(at(volume, "persistentVolumeClaim", "claimName")); !claim.empty())
            pod.claims.push_back(claim);
    }
}

void read_affinity(const Json& affinity, PodObject& pod) {
    const char* hard = "requiredDuringSchedulingIgnoredDuringExecution";
    const char* soft = "preferredDuringSchedulingIgnoredDuringExecution";
    const Json& required_nodes = at(affinity, "nodeAffinity", hard);
    pod.has_required_node_terms = !required_nodes.is_null();
    pod.required_node_terms = node_terms_of(at(required_nodes, "nodeSelectorTerms"));
    pod.preferred_node_terms = preferred_node_terms_of(at(affinity, "nodeAffinity", soft));
    pod.required_affinity = all_of(at(affinity, "podAffinity", hard), affinity_term_of);
    pod.preferred_affinity = all_of(at(affinity, "podAffinity", soft), weighted_term_of);
    pod.required_anti_affinity = all_of(at(affinity, "podAntiAffinity", hard), affinity_term_of);
    pod.preferred_anti_affinity = all_of(at(affinity, "podAntiAffinity", soft), weighted_term_of);
}

}  // namespace

plain::NodeObject node_of(const Json& object) {
    plain::NodeObject node;
    node.name = required<std::string>(at(object, "metadata"), "name");
    node.labels = labels_of(at(object, "metadata", "labels"));
    node.is_unschedulable = truth(at(object, "spec", "unschedulable"));
    node.taints = taints_of(at(object, "spec", "taints"));
    node.allocatable = amounts_of(at(object, "status", "allocatable"), QuantityUnit::milli);
    for (const Json& image : at(object, "status", "images")) {
        for (const Json& name : at(image, "names"))
            node.images.try_emplace(name.get<std::string>(), whole(at(image, "sizeBytes")));
    }
    return node;
}

namespace {

std::string namespace_of(const Json& object) { return text(at(object, "metadata", "namespace"), "default"); }

plain::SelectingObject service_of(const Json& object) {
    return {"Service", namespace_of(object), text(at(object, "metadata", "name")),
            map_selector_of(at(object, "spec", "selector"))};
}

}  // namespace

plain::DisruptionBudget budget_of(const Json& object) {
    plain::DisruptionBudget budget;
    budget.namespace_name = namespace_of(object);
    budget.selector = selector_of(at(object, "spec", "selector"));
    budget.disruptions_allowed = whole(at(object, "status", "disruptionsAllowed"));
    for (const auto& [name, since] : at(object, "status", "disruptedPods").items()) budget.disrupted_pods.insert(name);
    return budget;
}

namespace {

plain::VolumeClaim claim_of(const Json& object) {
    plain::VolumeClaim claim;
    claim.namespace_name = namespace_of(object);
    claim.name = text(at(object, "metadata", "name"));
    claim.volume_name = text(at(object, "spec", "volumeName"));
    claim.storage_class = text(at(object, "spec", "storageClassName"));
    claim.is_bound = !claim.volume_name.empty() &&
                     !at(object, "metadata", "annotations", "pv.kubernetes.io/bind-completed").is_null();
    const Json& modes = at(object, "spec", "accessModes");
    claim.is_for_one_pod = std::ranges::find(modes, Json("ReadWriteOncePod")) != modes.end();
    return claim;
}

plain::Volume volume_of(const Json& object) {
    const Json& terms = at(object, "spec", "nodeAffinity", "required");
    return {text(at(object, "metadata", "name")),
            labels_of(at(object, "metadata", "labels")),
            text(at(object, "spec", "csi", "driver")),
            text(at(object, "spec", "csi", "volumeHandle")),
            !terms.is_null(),
            node_terms_of(at(terms, "nodeSelectorTerms"))};
}

plain::StorageClass storage_class_of(const Json& object) {
    plain::StorageClass storage;
    storage.name = text(at(object, "metadata", "name"));
    storage.provisioner = text(at(object, "provisioner"));
    storage.waits_for_consumer = text(at(object, "volumeBindingMode")) == "WaitForFirstConsumer";
    storage.allowed_topologies = all_of(at(object, "allowedTopologies"), [](const Json& topology) {
        NodeSelectorTerm term;
        for (const Json& expression : at(topology, "matchLabelExpressions"))
            term.all.push_back({text(at(expression, "key")), SelectorOperator::in,
                                at(expression, "values").get<std::vector<std::string>>(), false});
        return term;
    });
    return storage;
}

}  // namespace

std::vector<Taint> taints_of(const Json& list) {
    return all_of(list, [](const Json& taint) {
        return Taint{text(at(taint, "key")), text(at(taint, "value")), effect_of(text(at(taint, "effect")))};
    });
}

std::vector<NodeSelectorTerm> node_terms_of(const Json& terms) { return all_of(terms, node_term_of); }

std::vector<PreferredNodeTerm> preferred_node_terms_of(const Json& terms) {
    return all_of(terms, [](const Json& term) {
        return PreferredNodeTerm{whole(at(term, "weight")), node_term_of(at(term, "preference"))};
    });
}

plain::SpreadConstraint spread_constraint_of(const Json& object, const Labels& pod_labels) {
    plain::SpreadConstraint constraint;
    constraint.topology_key = required<std::string>(object, "topologyKey");
    constraint.max_skew = required<std::int64_t>(object, "maxSkew");
    constraint.min_domains = whole(at(object, "minDomains"), 1);
    constraint.is_required = text(at(object, "whenUnsatisfiable"), "DoNotSchedule") == "DoNotSchedule";
    constraint.honors_affinity = text(at(object, "nodeAffinityPolicy"), "Honor") == "Honor";
    constraint.honors_taints = text(at(object, "nodeTaintsPolicy"), "Ignore") == "Honor";
    constraint.selector = selector_of(at(object, "labelSelector"));
    if (!constraint.selector.is_given) return constraint;
    for (const Json& key : at(object, "matchLabelKeys")) {
        const auto label = pod_labels.find(key.get<std::string>());
        if (label != pod_labels.end())
            constraint.selector.all.push_back({label->first, SelectorOperator::in, {label->second}, false});
    }
    return constraint;
}

PodObject pod_of(const Json& object) {
    const Json& metadata = at(object, "metadata");
    const Json& spec = at(object, "spec");
    PodObject pod;
    pod.namespace_name = namespace_of(object);
    pod.name = required<std::string>(metadata, "name");
    pod.labels = labels_of(at(metadata, "labels"));
    pod.is_terminating = !at(metadata, "deletionTimestamp").is_null();
    for (const Json& owner : at(metadata, "ownerReferences")) {
        if (!truth(at(owner, "controller"))) continue;
        pod.owner_kind = text(at(owner, "kind"));
        pod.owner_name = text(at(owner, "name"));
    }
    pod.priority = whole(at(spec, "priority"));
    pod.may_preempt = text(at(spec, "preemptionPolicy")) != "Never";
    pod.node_name = text(at(spec, "nodeName"));
    pod.nominated_node = text(at(object, "status", "nominatedNodeName"));
    for (const Json& condition : at(object, "status", "conditions")) {
        if (text(at(condition, "type")) == "DisruptionTarget" && text(at(condition, "status")) == "True" &&
            text(at(condition, "reason")) == "PreemptionByScheduler")
            pod.is_preempted = true;
    }
    if (const std::string started = text(at(object, "status", "startTime")); !started.empty())
        pod.started_us = parse_instant_us(started);
    pod.tolerations = all_of(at(spec, "tolerations"), toleration_of);
    pod.node_selector = labels_of(at(spec, "nodeSelector"));
    read_affinity(at(spec, "affinity"), pod);
    pod.spread = all_of(at(spec, "topologySpreadConstraints"),
                        [&](const Json& constraint) { return spread_constraint_of(constraint, pod.labels); });
    read_containers(object, pod);
    read_requests(object, pod);
    return pod;
}

Amounts requests_of(const Json& pod) { return request_of(pod, amounts_of_whole_pod(pod), {}); }

plain::Cluster cluster_of(const Json& a, const char* pods_argument) {
    plain::Cluster cluster;
    if (!is_given(a, "nodes")) throw WrongArguments{Rule::missing_field, "the argument nodes is missing", ""};
    cluster.nodes = all_of(objects_of(a, "nodes"), node_of);
    for (const Json& object : objects_of(a, pods_argument)) {
        // The scheduler does not see pods that have ended.
        const std::string phase = text(at(object, "status", "phase"));
        if (phase != "Succeeded" && phase != "Failed") cluster.pods.push_back(pod_of(object));
    }
    cluster.services = all_of(objects_of(a, "services"), service_of);
    for (const auto& [argument, kind] :
         {std::pair{"replica_sets", "ReplicaSet"}, std::pair{"stateful_sets", "StatefulSet"},
          std::pair{"replication_controllers", "ReplicationController"}}) {
        const bool is_map = std::string_view(kind) == "ReplicationController";
        for (const Json& object : objects_of(a, argument)) {
            const Json& selector = at(object, "spec", "selector");
            cluster.controllers.push_back({kind, namespace_of(object), text(at(object, "metadata", "name")),
                                           is_map ? map_selector_of(selector) : selector_of(selector)});
        }
    }
    for (const Json& object : objects_of(a, "namespaces"))
        cluster.namespaces[text(at(object, "metadata", "name"))] = labels_of(at(object, "metadata", "labels"));
    cluster.budgets = all_of(objects_of(a, "pdbs"), budget_of);
    cluster.claims = all_of(objects_of(a, "persistent_volume_claims"), claim_of);
    cluster.volumes = all_of(objects_of(a, "persistent_volumes"), volume_of);
    cluster.storage_classes = all_of(objects_of(a, "storage_classes"), storage_class_of);
    for (const Json& object : objects_of(a, "csi_nodes")) {
        for (const Json& driver : at(object, "spec", "drivers")) {
            const Json& count = at(driver, "allocatable", "count");
            if (!count.is_null())
                cluster.volume_limits[text(at(object, "metadata", "name"))][text(at(driver, "name"))] = whole(count);
        }
    }
    return cluster;
}

}  // namespace eks::decisions
