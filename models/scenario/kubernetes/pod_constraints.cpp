#include "models/scenario/kubernetes/pod_constraints.hpp"

#include "models/scenario/kubernetes/label_selector.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace eks {
namespace {

constexpr std::int64_t largest_number = std::numeric_limits<std::int32_t>::max();
constexpr std::string_view template_hash = "pod-template-hash";

Selector read_selector(const std::optional<Reader>& reader) {
    Selector selector;
    if (!reader || !reader->expect_map()) return selector;
    selector.is_given = true;
    selector.all = read_label_selector(*reader).all;
    return selector;
}

// matchLabelKeys and mismatchLabelKeys: the pod's own value of a label has to be, or must not be, the other's. Labels
// that the pod does not have are passed over. The hash that a Deployment gives its pods is known to it alone.
void add_label_keys(const Reader& holder, const std::vector<Label>& labels, Selector& selector, bool& same_template) {
    for (const auto& [list, op] : {std::pair{"matchLabelKeys", SelectorOperator::in},
                                   std::pair{"mismatchLabelKeys", SelectorOperator::not_in}}) {
        for (const Reader& item : holder.items(list)) {
            const auto key = item.text();
            if (!key || !selector.is_given) continue;
            if (*key == template_hash && op == SelectorOperator::in) same_template = true;
            const auto label = std::ranges::find(labels, *key, &Label::key);
            if (label != labels.end()) selector.all.push_back({*key, op, {label->value}, false});
        }
    }
}

AffinityTerm read_affinity_term(const Reader& reader, const std::vector<Label>& labels) {
    AffinityTerm term;
    if (const auto key = reader.required("topologyKey")) term.topology_key = key->text().value_or("");
    term.selector = read_selector(reader.member("labelSelector"));
    term.namespace_selector = read_selector(reader.member("namespaceSelector"));
    for (const Reader& name : reader.items("namespaces")) {
        if (const auto text = name.text()) term.namespaces.insert(*text);
    }
    add_label_keys(reader, labels, term.selector, term.is_about_same_template);
    return term;
}

void read_affinity_list(const Reader& affinity, const std::vector<Label>& labels, std::vector<AffinityTerm>& required,
                        std::vector<AffinityTerm>& preferred) {
    constexpr std::int64_t weight_max = 100;
    if (!affinity.expect_map()) return;
    for (const Reader& term : affinity.items("requiredDuringSchedulingIgnoredDuringExecution")) {
        if (term.expect_map()) required.push_back(read_affinity_term(term, labels));
    }
    for (const Reader& weighted : affinity.items("preferredDuringSchedulingIgnoredDuringExecution")) {
        if (!weighted.expect_map()) continue;
        const auto weight = weighted.required("weight");
        const auto term = weighted.required("podAffinityTerm");
        if (!term || !term->expect_map()) continue;
        preferred.push_back(read_affinity_term(*term, labels));
        if (weight) preferred.back().weight = weight->integer(1, weight_max).value_or(0);
    }
}

void read_host_ports(const Reader& pod_spec, PodTemplate& pod) {
    for (const char* list : {"initContainers", "containers"}) {
        const std::vector<Reader> containers = pod_spec.items(list);
        for (std::size_t i = 0; i < containers.size(); ++i) {
            const bool is_init = list == std::string_view("initContainers");
            // An init container that ends is not there when the pod's ports are looked at.
            if (is_init && (i >= pod.init_containers.size() || !pod.init_containers[i].is_sidecar)) continue;
            if (!containers[i].is_map() || !containers[i].has("ports")) continue;
            for (const Reader& port : containers[i].items("ports")) {
                if (!port.is_map()) continue;
                constexpr std::int64_t port_max = 65535;
                std::int64_t number = port.has("hostPort") ? port.integer("hostPort", 0, port_max).value_or(0) : 0;
                // With the node's network a container's port is one of the node.
                if (number == 0 && pod.host_network) number = port.integer("containerPort", 1, port_max).value_or(0);
                if (number == 0) continue;
                HostPort read{"TCP", "0.0.0.0", number};
                if (const auto protocol = port.text("protocol"); protocol && !protocol->empty())
                    read.protocol = *protocol;
                if (const auto ip = port.text("hostIP"); ip && !ip->empty()) read.ip = *ip;
                pod.constraints.host_ports.push_back(std::move(read));
            }
        }
    }
}

// Pods that name a scheduler which nobody configured wait for ever: nobody looks at them (SCHED-1).
void read_scheduler_name(const Reader& pod_spec, const ScenarioBuilder& builder, PodTemplate& pod) {
    const auto named = pod_spec.member("schedulerName");
    const auto name = named ? named->text() : std::nullopt;
    if (!name || name->empty()) return;
    const std::vector<SchedulerProfile>& profiles = builder.spec.scheduler.profiles;
    const auto found = std::ranges::find(profiles, *name, &SchedulerProfile::name);
    if (found != profiles.end()) {
        pod.profile = static_cast<std::uint32_t>(found - profiles.begin());
        return;
    }
    std::vector<std::string_view> known;
    for (const SchedulerProfile& profile : profiles) known.push_back(profile.name);
    named->warn(Rule::unknown_scheduler,
                fmt::format("{} is {}, and no such scheduler is configured: its pods will wait for ever",
                            named->title(), shown(named->value())),
                did_you_mean(*name, known));
    pod.profile = nobodys_profile;
}

}  // namespace

SpreadConstraint read_spread_constraint(const Reader& reader, const std::vector<Label>& labels) {
    SpreadConstraint constraint;
    if (!reader.expect_map()) return constraint;
    if (const auto key = reader.required("topologyKey")) constraint.topology_key = key->text().value_or("");
    if (const auto skew = reader.required("maxSkew"))
        constraint.max_skew = skew->integer(1, largest_number).value_or(1);
    if (const auto what = reader.required("whenUnsatisfiable")) {
        constraint.is_required = what->one_of({"DoNotSchedule", "ScheduleAnyway"}).value_or(0) == 0;
    }
    if (const auto domains = reader.integer("minDomains", 1, largest_number)) constraint.min_domains = *domains;
    if (const auto policy = reader.member("nodeAffinityPolicy"))
        constraint.honors_affinity = policy->one_of({"Honor", "Ignore"}).value_or(0) == 0;
    if (const auto policy = reader.member("nodeTaintsPolicy"))
        constraint.honors_taints = policy->one_of({"Honor", "Ignore"}).value_or(1) == 0;
    constraint.selector = read_selector(reader.member("labelSelector"));
    add_label_keys(reader, labels, constraint.selector, constraint.is_about_same_template);
    return constraint;
}

void read_pod_constraints(const Reader& pod_spec, std::string_view owner_kind, const ScenarioBuilder& builder,
                          PodTemplate& pod) {
    PodConstraints& constraints = pod.constraints;
    if (const auto affinity = pod_spec.member("affinity"); affinity && affinity->is_map()) {
        if (const auto list = affinity->member("podAffinity"))
            read_affinity_list(*list, pod.labels, constraints.required_affinity, constraints.preferred_affinity);
        if (const auto list = affinity->member("podAntiAffinity"))
            read_affinity_list(*list, pod.labels, constraints.required_anti_affinity,
                               constraints.preferred_anti_affinity);
    }
    if (!builder.spec.kubernetes.is_2018()) {
        for (const Reader& constraint : pod_spec.items("topologySpreadConstraints"))
            constraints.spread.push_back(read_spread_constraint(constraint, pod.labels));
        pod.is_gated = !pod_spec.items("schedulingGates").empty();
        for (const Reader& gate : pod_spec.items("schedulingGates")) gate.mark_used();
    }
    // Only a Deployment's pods have that label.
    if (owner_kind != "Deployment") {
        for (SpreadConstraint& constraint : constraints.spread) constraint.is_about_same_template = false;
        for (auto* list : {&constraints.required_affinity, &constraints.required_anti_affinity,
                           &constraints.preferred_affinity, &constraints.preferred_anti_affinity}) {
            for (AffinityTerm& term : *list) term.is_about_same_template = false;
        }
    }
    read_host_ports(pod_spec, pod);
    read_scheduler_name(pod_spec, builder, pod);
}

}  // namespace eks
