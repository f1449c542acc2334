#include "models/spec/spec.hpp"

#include "models/spec/selecting.hpp"
#include "models/spec/sized_template.hpp"
#include "models/spec/tolerations.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace eks {
namespace {

// --- what a pod asks for

Resources requests_of_pod(const PodTemplate& pod, Resources (*requests_of)(const ContainerSpec&)) {
    Resources together;  // containers and sidecars, which run side by side
    for (const ContainerSpec& container : pod.containers) together += requests_of(container);

    Resources sidecars;
    Resources while_starting;  // the most that any moment of the start needs
    for (const ContainerSpec& container : pod.init_containers) {
        if (container.is_sidecar) {
            sidecars += requests_of(container);
            while_starting = larger_of(while_starting, sidecars);
        } else {
            while_starting = larger_of(while_starting, requests_of(container) + sidecars);
        }
    }
    return larger_of(together + sidecars, while_starting);
}

Resources requests_as_stated(const ContainerSpec& container) { return container.requests; }
Resources limits_as_stated(const ContainerSpec& container) { return container.limits; }

// SCHED-51: what a container counts in scores when it does not say.
constexpr Millicores unstated_cpu_milli = 100;
constexpr Bytes unstated_memory_bytes = 200 * mebibyte;

Resources requests_for_scores(const ContainerSpec& container) {
    Resources requests = container.requests;
    if (!container.states_cpu_request) requests.cpu_milli = unstated_cpu_milli;
    if (!container.states_memory_request) requests.memory_bytes = unstated_memory_bytes;
    return requests;
}

// KUBELET-4, over processor and memory of all containers.
QualityOfService quality_of(const PodTemplate& pod) {
    bool nothing_set = true;
    bool all_guaranteed = true;
    const auto look_at = [&](const ContainerSpec& container) {
        for (const ResourceKind kind : {ResourceKind::cpu, ResourceKind::memory}) {
            const std::int64_t request = container.requests.of(kind);
            const std::int64_t limit = container.limits.of(kind);
            nothing_set = nothing_set && request == 0 && limit == 0;
            all_guaranteed = all_guaranteed && limit > 0 && request == limit;
        }
    };
    for (const ContainerSpec& container : pod.init_containers) look_at(container);
    for (const ContainerSpec& container : pod.containers) look_at(container);
    if (nothing_set) return QualityOfService::best_effort;
    return all_guaranteed ? QualityOfService::guaranteed : QualityOfService::burstable;
}

// --- how a pod and a node suit each other

const std::string* label_value(const std::vector<Label>& labels, std::string_view key) {
    const auto found = std::ranges::find(labels, key, &Label::key);
    return found == labels.end() ? nullptr : &found->value;
}

std::optional<std::int64_t> label_number(std::string_view text) {
    std::int64_t value = 0;
    if (text.starts_with('+')) text.remove_prefix(1);
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto [stopped, error] = std::from_chars(begin, end, value);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

bool compares(const std::string& label, const SelectorRequirement& requirement) {
    if (requirement.values.size() != 1) return false;
    const std::optional<std::int64_t> have = label_number(label);
    const std::optional<std::int64_t> bound = label_number(requirement.values.front());
    if (!have || !bound) return false;
    return requirement.op == SelectorOperator::greater ? *have > *bound : *have < *bound;
}

// Names of nodes are made in a run, so nothing in a scenario can name one: a list of names (of the field metadata.name,
// or of the label kubernetes.io/hostname) holds none of our nodes, and every node has a name.
bool matches_by_node_name(const SelectorRequirement& requirement) {
    return requirement.op == SelectorOperator::not_in || requirement.op == SelectorOperator::exists;
}

bool requirement_matches(const SelectorRequirement& requirement, const NodeShape& shape) {
    if (requirement.is_field || requirement.key == "kubernetes.io/hostname") return matches_by_node_name(requirement);
    const std::string* label = label_value(shape.labels, requirement.key);
    const bool is_listed =
        label != nullptr && std::ranges::find(requirement.values, *label) != requirement.values.end();
    switch (requirement.op) {
        case SelectorOperator::in: return is_listed;
        case SelectorOperator::not_in: return !is_listed;
        case SelectorOperator::exists: return label != nullptr;
        case SelectorOperator::does_not_exist: return label == nullptr;
        case SelectorOperator::greater:
        case SelectorOperator::less: return label != nullptr && compares(*label, requirement);
    }
    return false;
}

bool term_matches(const NodeSelectorTerm& term, const NodeShape& shape) {
    return !term.all.empty() && std::ranges::all_of(term.all, [&](const SelectorRequirement& requirement) {
        return requirement_matches(requirement, shape);
    });
}

// SCHED-43
bool affinity_matches(const PodTemplate& pod, const NodeShape& shape) {
    const bool selected = std::ranges::all_of(pod.node_selector, [&](const Label& wanted) {
        const std::string* label = label_value(shape.labels, wanted.key);
        return label != nullptr && *label == wanted.value;
    });
    const auto matches = [&](const NodeSelectorTerm& term) { return term_matches(term, shape); };
    return selected && (pod.required_node_terms.empty() || std::ranges::any_of(pod.required_node_terms, matches));
}

// SCHED-42
bool tolerates(const Toleration& toleration, const Taint& taint) {
    if (!toleration.any_effect && toleration.effect != taint.effect) return false;
    if (toleration.key.empty()) return toleration.exists;
    return toleration.key == taint.key && (toleration.exists || toleration.value == taint.value);
}

bool is_tolerated(const PodTemplate& pod, const Taint& taint) {
    return std::ranges::any_of(pod.tolerations,
                               [&](const Toleration& toleration) { return tolerates(toleration, taint); });
}

bool fits_empty_node(const PodTemplate& pod, const NodeShape& shape) {
    return shape.max_pods >= 1 && fits(pod.requests, shape.allocatable);
}

TemplateOnShape look_of(const PodTemplate& pod, const SchedulerProfile& profile, const NodeShape& shape) {
    TemplateOnShape look;
    look.affinity_matches = affinity_matches(pod, shape);
    look.profile_admits = !profile.has_added_terms ||
                          std::ranges::any_of(profile.added_terms,
                                              [&](const NodeSelectorTerm& term) { return term_matches(term, shape); });
    look.taints_tolerated = true;
    for (const Taint& taint : shape.taints) {
        if (is_tolerated(pod, taint)) continue;
        if (taint.effect == TaintEffect::prefer_no_schedule) {
            ++look.avoided_taints;  // SCHED-58
        } else {
            look.taints_tolerated = false;
        }
    }
    for (const auto* terms : {&pod.preferred_node_terms, &profile.added_preferred_terms}) {  // SCHED-57
        for (const PreferredNodeTerm& preferred : *terms) {
            if (preferred.weight != 0 && term_matches(preferred.term, shape))
                look.preferred_weight += static_cast<std::int32_t>(preferred.weight);
        }
    }
    look.fits_empty_node = fits_empty_node(pod, shape);
    return look;
}

// All that filters and scores read of a template and a node by themselves; what is between pods is in the relations.
auto look_of_template(const Spec& spec, TemplateIx ix) {
    const PodTemplate& t = spec[ix];
    std::vector<std::int64_t> numbers{t.profile, t.requests_nothing, t.preferred_node_terms.empty(),
                                      static_cast<std::int64_t>(t.qos == QualityOfService::best_effort)};
    for (const Resources* resources : {&t.requests, &t.scoring_requests}) {
        for (const ResourceKind kind : all_resource_kinds) numbers.push_back(resources->of(kind));
    }
    for (const std::vector<ContainerSpec>* containers : {&t.containers, &t.init_containers}) {
        numbers.push_back(static_cast<std::int64_t>(containers->size()));
        for (const ContainerSpec& c : *containers) numbers.push_back(c.image.value);
    }
    for (std::size_t i = 0; i < spec.shapes.size(); ++i) {
        const TemplateOnShape& row = spec.template_on_shape(ix, NodeShapeIx::of(i));
        numbers.insert(numbers.end(), {row.affinity_matches, row.profile_admits, row.taints_tolerated,
                                       row.preferred_weight, row.avoided_taints, row.fits_empty_node});
    }
    std::vector<std::string> texts;
    for (const Toleration& each : t.tolerations) {
        texts.push_back(each.key);
        texts.push_back(each.value);
        numbers.insert(numbers.end(), {each.exists, each.any_effect, static_cast<std::int64_t>(each.effect)});
    }
    for (const HostPort& port : t.constraints.host_ports) {
        texts.push_back(port.protocol);
        texts.push_back(port.ip);
        numbers.push_back(port.port);
    }
    return std::pair(std::move(numbers), std::move(texts));
}

void find_scheduling_classes(Spec& spec) {
    std::map<std::pair<std::vector<std::int64_t>, std::vector<std::string>>, std::uint32_t> classes;
    spec.scheduling_classes.clear();
    for (std::size_t i = 0; i < spec.templates.size(); ++i) {
        const auto number = static_cast<std::uint32_t>(classes.size());
        spec.scheduling_classes.push_back(
            classes.try_emplace(look_of_template(spec, TemplateIx::of(i)), number).first->second);
    }
    spec.scheduling_class_count = static_cast<std::uint32_t>(classes.size());
}

void select_pods_of_budgets(Spec& spec) {
    for (DisruptionBudget& budget : spec.budgets) {
        budget.selected.clear();
        for (const PodTemplate& pod : spec.templates)
            budget.selected.push_back(pod.namespace_name == budget.namespace_name &&
                                      selects(Selector{true, budget.selector}, pod.labels));
    }
}

std::vector<std::uint32_t> quotas_counting(const Spec& spec, const PodTemplate& pod) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t q = 0; q < spec.quotas.size(); ++q) {
        if (counts_pods_of(spec.quotas[q], pod)) found.push_back(q);
    }
    return found;
}

void find_quotas_of_templates(Spec& spec) {
    spec.quotas_of.clear();
    std::uint32_t uses = 0;
    for (ResourceQuota& quota : spec.quotas) {
        quota.first_use = uses;
        uses += static_cast<std::uint32_t>(quota.bounds.size());
    }
    if (spec.quotas.empty()) return;
    for (const PodTemplate& pod : spec.templates) spec.quotas_of.push_back(quotas_counting(spec, pod));
}

void complete_template(const std::vector<VolumeClaim>& claims, PodTemplate& pod) {
    pod.requests = requests_of_pod(pod, requests_as_stated);
    pod.limits = requests_of_pod(pod, limits_as_stated);
    pod.scoring_requests = requests_of_pod(pod, requests_for_scores);
    pod.requests_nothing = pod.requests.cpu_milli == 0 && pod.requests.memory_bytes == 0;
    pod.qos = quality_of(pod);
    pod.local_storage_limit = 0;
    for (const ContainerSpec& container : pod.containers) pod.local_storage_limit += container.limits.ephemeral_bytes;
    pod.attachments = 0;
    const auto count = [&](const VolumeClaim& claim) { pod.attachments += claim.takes_attachment ? 1 : 0; };
    for (const std::uint32_t claim : pod.claims) count(claims[claim]);
    for (const VolumeClaim& claim : pod.own_claims) count(claim);
    for (const VolumeClaim& claim : pod.passing_claims) count(claim);
    pod.tolerated_condition_taints = tolerated_condition_taints(pod);
    for (std::size_t i = 0; i < condition_taint_count; ++i)
        pod.no_execute_stays[i] = no_execute_stay(pod, static_cast<ConditionTaint>(i));
}

// The selector of a ReplicaSet or StatefulSet matches its own pods, so these are spread at least among themselves
// (SCHED-60).
bool is_spread_by_its_owner(WorkloadKind kind) {
    return kind == WorkloadKind::deployment || kind == WorkloadKind::replica_set || kind == WorkloadKind::stateful_set;
}

}  // namespace

bool operator==(const Revision& a, const Revision& b) { return *a.spec == *b.spec; }

// FNV-1a with 64 bits (offset basis 14695981039346656037, prime 1099511628211), as published by Fowler, Noll and Vo.
bool runs_on(const Spec& spec, WorkloadIx ix, NodeShapeIx shape) {
    const TemplateOnShape& fit = spec.template_on_shape(spec[ix].pod_template, shape);
    return fit.affinity_matches && fit.taints_tolerated;
}

std::uint64_t stable_key_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    return hash;
}

std::vector<Label> Spec::labels_of_namespace(std::string_view name) const {
    const auto found = namespace_labels.find(name);
    std::vector<Label> labels = found == namespace_labels.end() ? std::vector<Label>{} : found->second;
    labels.push_back({"kubernetes.io/metadata.name", std::string(name)});
    return labels;
}

void complete(Spec& spec) {
    const std::vector<WeightedResource> cpu_and_memory = default_scheduler_profile().fit_resources;
    for (SchedulerProfile& profile : spec.scheduler.profiles) {
        profile.fits_by_cpu_and_memory = profile.fit_resources == cpu_and_memory;
        profile.balances_cpu_and_memory = profile.balanced_resources == cpu_and_memory;
    }
    if (spec.registries.empty()) spec.registries.emplace_back();
    spec.pods_write = std::ranges::any_of(
        spec.templates, [](const PodTemplate& t) { return t.log_bytes_per_second > 0 || t.disk_bytes > 0; });
    spec.services_of.clear();
    if (!spec.services.empty()) spec.services_of.resize(spec.workloads.size());
    for (std::uint32_t i = 0; i < spec.services.size(); ++i) {
        for (const WorkloadIx workload : spec.services[i].to) spec.services_of[workload.value].push_back(i);
    }
    spec.states_memory = std::ranges::any_of(spec.usages, &Usage::states_memory);
    for (PodTemplate& pod : spec.templates) complete_template(spec.claims, pod);

    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        Workload& workload = spec.workloads[i];
        workload.stable_key =
            stable_key_of(std::string(kind_name(workload.kind)) + '/' + workload.namespace_name + '/' + workload.name);
        if (workload.spread_with.empty() && is_spread_by_its_owner(workload.kind)) {
            workload.spread_with.push_back(WorkloadIx{static_cast<std::uint32_t>(i)});
        }
        PodTemplate& pod = spec.templates[workload.pod_template.value];
        pod.workload = WorkloadIx::of(i);
        pod.namespace_name = workload.namespace_name;
    }
    for (NodeGroup& group : spec.node_groups) {
        const std::string_view kind = group.is_node_pool ? "NodePool/" : "NodeGroup/";
        group.stable_key = stable_key_of(std::string(kind) + group.name);
    }

    spec.template_on_shape_table.clear();
    spec.template_on_shape_table.reserve(spec.templates.size() * spec.shapes.size());
    for (std::size_t i = 0; i < spec.templates.size(); ++i) {
        PodTemplate& pod = spec.templates[i];
        pod.prefers_nodes = false;
        for (const NodeShape& shape : spec.shapes) {
            const TemplateOnShape look = look_of(pod, spec.profile_of(TemplateIx::of(i)), shape);
            pod.prefers_nodes = pod.prefers_nodes || look.preferred_weight != 0 || look.avoided_taints != 0;
            spec.template_on_shape_table.push_back(look);
        }
    }
    select_pods_of_budgets(spec);
    find_quotas_of_templates(spec);
    find_scheduling_classes(spec);
    spec.relations.table = std::make_shared<const PodRelationsTable>(pod_relations(spec));
}

TemplateIx append_template(Spec& spec, const SizedTemplate& sized) {
    const TemplateIx of = sized.of;
    const TemplateIx ix = TemplateIx::of(spec.templates.size());
    PodTemplate pod = spec[of];
    pod.sized_of = sized.is_written ? TemplateIx::none() : of;
    for (const ContainerSize& size : sized.sizes) {
        ContainerSpec& container = pod.containers[size.container];
        container.requests.cpu_milli = size.requests.cpu_milli;
        container.requests.memory_bytes = size.requests.memory_bytes;
        container.states_cpu_request = container.states_cpu_request || size.requests.cpu_milli != 0;
        container.states_memory_request = container.states_memory_request || size.requests.memory_bytes != 0;
        container.limits.cpu_milli = size.limits.cpu_milli;
        container.limits.memory_bytes = size.limits.memory_bytes;
    }
    complete_template(spec.claims, pod);
    for (std::size_t s = 0; s < spec.shapes.size(); ++s) {
        TemplateOnShape look = spec.template_on_shape(of, NodeShapeIx::of(s));
        look.fits_empty_node = fits_empty_node(pod, spec.shapes[s]);
        spec.template_on_shape_table.push_back(look);
    }
    for (DisruptionBudget& budget : spec.budgets) budget.selected.push_back(budget.selected[of.value]);
    if (!spec.quotas.empty()) spec.quotas_of.push_back(quotas_counting(spec, pod));
    spec.scheduling_classes.push_back(spec.scheduling_class_count++);
    auto relations = std::make_shared<PodRelationsTable>(*spec.relations.table);
    relations->of_template.push_back(relations->of_template[of.value]);
    for (PodSum& sum : relations->sums) {
        for (std::vector<TemplateIx>* those : {&sum.members, &sum.supposed}) {
            const auto times =
                static_cast<std::size_t>(std::ranges::count(*those, of));  // the same term may be there twice
            those->insert(those->end(), times, ix);
        }
    }
    spec.relations.table = std::move(relations);
    spec.templates.push_back(std::move(pod));
    return ix;
}

void truncate_templates(Spec& spec, std::size_t count) {
    const auto is_gone = [&](TemplateIx ix) { return ix.value >= count; };
    spec.templates.resize(count);
    spec.template_on_shape_table.resize(count * spec.shapes.size());
    for (DisruptionBudget& budget : spec.budgets) budget.selected.resize(count);
    if (!spec.quotas.empty()) spec.quotas_of.resize(count);
    spec.scheduling_classes.resize(count);
    spec.scheduling_class_count = count == 0 ? 0 : std::ranges::max(spec.scheduling_classes) + 1;
    auto relations = std::make_shared<PodRelationsTable>(*spec.relations.table);
    relations->of_template.resize(count);
    for (PodSum& sum : relations->sums) {
        std::erase_if(sum.members, is_gone);
        std::erase_if(sum.supposed, is_gone);
    }
    spec.relations.table = std::move(relations);
}

}  // namespace eks
