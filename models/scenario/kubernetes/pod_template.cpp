#include "models/scenario/kubernetes/pod_template.hpp"

#include "models/scenario/kubernetes/containers.hpp"
#include "models/scenario/kubernetes/eviction_wishes.hpp"
#include "models/scenario/kubernetes/label_selector.hpp"
#include "models/scenario/kubernetes/node_constraints.hpp"
#include "models/scenario/kubernetes/pod_constraints.hpp"
#include "models/scenario/kubernetes/pod_identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace eks {
namespace {

constexpr std::int64_t default_grace_seconds = 30;  // KUBELET-50
// The API server's own bound for both fields.
constexpr std::int64_t longest_seconds = std::numeric_limits<std::int32_t>::max();

void read_restart_policy(const Reader& pod_spec, const PodOwner& owner, PodTemplate& pod) {
    constexpr std::array<std::string_view, 3> names{"Always", "OnFailure", "Never"};
    pod.restart_policy = RestartPolicy::always;
    const auto policy = pod_spec.member("restartPolicy");
    if (policy) {
        const auto choice = policy->one_of(names);
        if (!choice) return;
        pod.restart_policy = static_cast<RestartPolicy>(*choice);
    }
    if (std::ranges::find(owner.restart_policies, pod.restart_policy) != owner.restart_policies.end()) return;

    std::string allowed;
    for (const RestartPolicy each : owner.restart_policies) {
        if (!allowed.empty()) allowed += " or ";
        allowed += names[static_cast<std::size_t>(each)];
    }
    const Reader& at = policy ? *policy : pod_spec;
    at.complain(
        Rule::not_one_of,
        policy
            ? fmt::format("{} is {}, which the pods of a {} cannot have", at.title(), shown(at.value()),
                          owner.owner_kind)
            : fmt::format("{} has no restartPolicy, and its default Always is nothing that the pods of a {} can have",
                          at.title(), owner.owner_kind),
        "write restartPolicy: " + allowed);
}

// IPAM-155: the webhook adds the resource to the first container of a pod with an interface of its own.
void ask_for_branch_eni(const Reader& pod_spec, const PodOwner& owner, const Admission& admission, PodTemplate& pod) {
    std::string account = "default";
    for (const std::string_view key : {"serviceAccountName", "serviceAccount"}) {
        const auto named = pod_spec.member(key);
        if (!named || !named->is_text() || named->value().text.empty()) continue;
        account = named->value().text;
        break;
    }
    if (pod.host_network || pod.containers.empty() ||
        !admission.security_groups.selects_pod(owner.namespace_name, pod.labels, account))
        return;
    pod.containers.front().requests.pod_enis = pod.containers.front().limits.pod_enis = 1;
}

std::optional<Reader> annotation_of(const Reader& holder, std::string_view key) {
    const auto metadata = holder.member("metadata");
    const auto annotations = metadata && metadata->is_map() ? metadata->member("annotations") : std::nullopt;
    const auto stated = annotations && annotations->is_map() ? annotations->member(key) : std::nullopt;
    return stated && stated->is_text() ? stated : std::nullopt;
}

// IPAM-158
bool wants_every_card(const Reader& holder) {
    const auto stated = annotation_of(holder, "k8s.amazonaws.com/nicConfig");
    if (!stated || stated->value().text != "multi-nic-attachment") return false;
    stated->mark_used();
    return true;
}

// KARP-41: "true", or for how long; anything else blocks nothing.
sim::Duration keeps_node_for(const Reader& holder) {
    const auto stated = annotation_of(holder, "karpenter.sh/do-not-disrupt");
    if (!stated) return sim::Duration::zero();
    const std::string& text = stated->value().text;
    const auto duration = text == "true" ? std::optional(sim::Duration::max()) : sim::parse_duration(text);
    if (!duration) return sim::Duration::zero();
    stated->mark_used();
    return *duration;
}

// KARP-44
std::int32_t deletion_cost_of(const Reader& holder) {
    const auto stated = annotation_of(holder, "controller.kubernetes.io/pod-deletion-cost");
    if (!stated) return 0;
    const std::string& text = stated->value().text;
    std::int32_t cost = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), cost);
    if (fault != std::errc{} || end != text.data() + text.size()) return 0;
    stated->mark_used();
    return cost;
}

}  // namespace

PodTemplate read_pod_template(const Reader& holder, const PodOwner& owner, const Admission& admission,
                              ScenarioBuilder& builder) {
    PodTemplate pod;
    pod.termination_grace = sim::Duration::seconds(default_grace_seconds);
    if (const auto metadata = holder.member("metadata"); metadata && metadata->expect_map()) {
        if (const auto labels = metadata->member("labels")) pod.labels = read_labels(*labels);
    }
    const auto spec = holder.required("spec");
    if (!spec || !spec->expect_map()) return pod;

    read_containers(*spec, owner.namespace_name, admission, builder, pod);
    read_restart_policy(*spec, owner, pod);
    if (const auto seconds = spec->integer("terminationGracePeriodSeconds", 0, longest_seconds)) {
        pod.termination_grace = sim::Duration::seconds(*seconds);
    }
    if (const auto seconds = spec->integer("activeDeadlineSeconds", 1, longest_seconds)) {
        pod.has_active_deadline = true;
        pod.active_deadline = sim::Duration::seconds(*seconds);
    }
    pod.host_network = spec->boolean("hostNetwork").value_or(false);
    admission.check_limit_ranges(*spec, owner.namespace_name, pod);
    ask_for_branch_eni(*spec, owner, admission, pod);
    pod.wants_every_card = wants_every_card(holder);
    pod.keeps_node_for = keeps_node_for(holder);
    pod.deletion_cost = deletion_cost_of(holder);
    pod.wishes = read_eviction_wishes(holder, *spec);

    if (!builder.spec.kubernetes.is_2018()) {
        const PodPriority priority = admission.priority_of(spec->member("priorityClassName"));
        pod.priority = priority.value;
        pod.priority_class = priority.class_name;
        pod.may_preempt = priority.may_preempt;
    }

    read_node_constraints(*spec, pod);
    read_pod_constraints(*spec, owner.owner_kind, builder, pod);
    admission.volumes.read_volumes(*spec, owner.namespace_name, builder, pod);
    read_pod_identity(*spec, std::string(owner.namespace_name), builder, pod);
    if (owner.is_daemon_set) add_daemon_tolerations(pod);
    add_default_tolerations(pod);
    return pod;
}

}  // namespace eks
