#include "models/scenario/nomad.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

namespace {

// What nobody's CNI has to give: allocations use their host's network, or ports of its bridge.
constexpr std::int32_t no_pod_limit = 1'000'000;
constexpr std::string_view server_type = "m5.large";
constexpr std::int64_t servers = 3;
constexpr std::int64_t nodes_at_once_most = 10'000;

Resources read_reserved(const Reader& at) {
    Resources reserved;
    if (!at.expect_map()) return reserved;
    at.refuse_unknown_members(keys::nomad_reserved);
    if (const auto cpu = at.member("cpu")) reserved.cpu_milli = cpu->quantity(QuantityUnit::milli).value_or(0);
    if (const auto memory = at.member("memory"))
        reserved.memory_bytes = memory->quantity(QuantityUnit::whole).value_or(0);
    return reserved;
}

void read_agent(const std::optional<Reader>& at, ScenarioBuilder& builder) {
    Nomad& nomad = builder.spec.nomad;
    constexpr std::int64_t mhz_most = 100'000;
    bool says_clock = false;
    if (at && at->expect_map()) {
        at->refuse_unknown_members(keys::nomad);
        if (const auto mhz = at->integer("mhzPerVcpu", 1, mhz_most)) {
            nomad.mhz_per_vcpu = *mhz;
            says_clock = true;
        }
        if (const auto algorithm = at->member("schedulerAlgorithm"))
            nomad.spreads = algorithm->one_of({"binpack", "spread"}) == 1U;
    }
    if (!says_clock)
        builder.assume("cluster.nomad.mhzPerVcpu", fmt::format("{}", nomad.mhz_per_vcpu),
                       "a guess: the base clock of many types; CPU requests are converted by it (NOM-7)");
}

NomadCheck read_check(const Reader& at) {
    NomadCheck check;
    if (!at.expect_map()) return check;
    at.refuse_unknown_members(keys::nomad_check);
    if (const auto metric = at.required("metric")) {
        if (metric->one_of({"cpu-allocated", "memory-allocated"}) == 1U) check.metric = NomadMetric::memory_allocated;
    }
    const auto target = at.required("target");
    if (!target) return check;
    if (const auto share = target->share_ppm()) {
        check.target_ppm = *share;
        if (*share == 0)
            target->complain(Rule::out_of_range, fmt::format("{} is 0, which no group can be", target->title()),
                             "say how full the nodes are to be, such as 70%");
    }
    return check;
}

NodeGroupIx group_named(const Reader& at, const Spec& spec) {
    const auto name = at.text();
    if (!name) return {};
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < spec.node_groups.size(); ++i) {
        if (spec.node_groups[i].is_node_pool) continue;
        if (spec.node_groups[i].name == *name) return NodeGroupIx::of(i);
        known.push_back(spec.node_groups[i].name);
    }
    at.complain(Rule::unknown_node_group, fmt::format("{} is \"{}\", which is no node group", at.title(), *name),
                did_you_mean(*name, known));
    return {};
}

void read_policy(const Reader& at, ScenarioBuilder& builder) {
    if (!at.expect_map()) return;
    at.refuse_unknown_members(keys::nomad_policy);
    NomadPolicy policy;
    const auto group = at.required("nodeGroup");
    if (group) policy.group = group_named(*group, builder.spec);
    const auto checks = at.required("checks");
    if (checks) {
        for (const Reader& check : checks->items()) policy.checks.push_back(read_check(check));
        if (checks->is_list() && policy.checks.empty())
            checks->complain(Rule::missing_field, fmt::format("{} is empty", checks->title()),
                             "say what is measured, such as {metric: cpu-allocated, target: 70%}");
    }
    policy.evaluation_interval = at.duration("evaluationInterval").value_or(policy.evaluation_interval);
    if (policy.evaluation_interval <= sim::Duration::zero())
        at.member("evaluationInterval")->complain(Rule::out_of_range, "an evaluation interval is longer than 0");
    policy.cooldown = at.duration("cooldown").value_or(policy.cooldown);
    policy.cooldown_on_scale_up = at.duration("cooldownOnScaleUp").value_or(policy.cooldown);
    policy.drain_deadline = at.duration("drainDeadline").value_or(policy.drain_deadline);
    const auto count = [&](std::string_view key, std::int32_t otherwise) {
        const auto stated = at.integer(key, 0, nodes_at_once_most);
        return stated ? static_cast<std::int32_t>(*stated) : otherwise;
    };
    policy.max_scale_up = count("maxScaleUp", 0);
    policy.max_scale_down = count("maxScaleDown", 0);
    if (!policy.group.valid() || policy.checks.empty()) return;
    const NodeGroup& nodes = builder.spec[policy.group];
    // NOM-6: whatever the policy says, not below what the group keeps.
    policy.minimum = std::max(nodes.minimum, count("min", nodes.minimum));
    policy.maximum = std::min(nodes.maximum, count("max", nodes.maximum));
    if (policy.minimum > policy.maximum) {
        at.complain(Rule::size_order,
                    fmt::format("{}: its min is {}, above its max of {}", at.title(), policy.minimum, policy.maximum));
        return;
    }
    const bool is_second = std::ranges::any_of(builder.spec.nomad.policies,
                                               [&](const NomadPolicy& each) { return each.group == policy.group; });
    if (is_second)
        group->complain(Rule::duplicate_name, fmt::format("a second policy scales the node group \"{}\"", nodes.name),
                        "give one policy several checks");
    builder.spec.nomad.policies.push_back(std::move(policy));
}

// What cannot be had together with it.
void refuse_what_needs_kubernetes(const Reader& cluster, const ScenarioBuilder& builder) {
    const Reader at = *cluster.member("orchestrator");
    const Spec& spec = builder.spec;
    if (spec.kubernetes.is_2018())
        at.complain(Rule::not_supported, "Nomad does not stand in for Kubernetes 1.10",
                    "say a version from 1.29 on; nothing of it but its controllers counts");
    if (spec.cni_kind != CniKind::vpc_cni || spec.cilium.agent_workload.valid())
        at.complain(Rule::not_supported, "Nomad has no use for Cilium, which is among the manifests",
                    "leave it out: allocations use their host's network");
    if (spec.karpenter.is_there())
        at.complain(Rule::not_supported, "Karpenter launches nothing for Nomad, and NodePools are among the manifests",
                    "use node groups, and cluster.nomadAutoscaler");
}

// A client's room is its machine less what it is told to reserve, and nobody counts its allocations (NOM-7).
void give_room(const std::optional<Reader>& agent, ScenarioBuilder& builder) {
    const auto at = agent && agent->is_map() ? agent->member("reserved") : std::nullopt;
    const Resources reserved = at ? read_reserved(*at) : Resources{};
    for (NodeShape& shape : builder.spec.shapes) {
        shape.allocatable = shape.capacity - reserved;
        shape.max_pods = no_pod_limit;
        shape.max_enis = 1;
        shape.enis_of_further_cards.clear();
        shape.ipv4_per_eni = 1;
        shape.other_enis.clear();
        shape.can_trunk = false;
        shape.waits_for_cilium = false;
        if (at && (shape.allocatable.cpu_milli <= 0 || shape.allocatable.memory_bytes <= 0))
            at->complain(Rule::kubelet_leaves_nothing,
                         fmt::format("{} leaves nothing of a {} for allocations", at->title(), shape.instance_type));
    }
    if (!at) builder.assume("cluster.nomad.reserved", "nothing", "what a client reserves by default (NOM-7)");
}

void pay_for_servers(const std::optional<Reader>& assume, ScenarioBuilder& builder) {
    if (assume && assume->is_map() && assume->has("controlPlanePricePerHour")) return;
    const MicroUsd price = builder.catalog.price(server_type, builder.spec.region).value_or(0);
    builder.spec.control_plane_per_hour_micro_usd = servers * price;
    builder.assume("assume.controlPlanePricePerHour",
                   fmt::format("{:.4f} USD", static_cast<double>(servers * price) / 1e6),
                   fmt::format("a guess: {} servers of Nomad, of type {}", servers, server_type));
}

// Of a pod's wishes, those that Nomad has no words for.
void list_what_has_no_counterpart(ScenarioBuilder& builder) {
    for (std::uint32_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const PodTemplate& pod = builder.spec.template_of(WorkloadIx{i});
        const PodConstraints& wishes = pod.constraints;
        const auto pass_over = [&](std::size_t count, std::string_view what) {
            if (count == 0) return;
            builder.ignored.push_back(
                {fmt::format("{} {} (Nomad has no counterpart)", builder.title_of(WorkloadIx{i}), what),
                 static_cast<std::int64_t>(count)});
        };
        pass_over(wishes.required_affinity.size(), "required podAffinity");
        pass_over(wishes.preferred_affinity.size(), "preferred podAffinity");
        pass_over(wishes.preferred_anti_affinity.size(), "preferred podAntiAffinity");
        pass_over(pod.is_gated ? 1 : 0, "schedulingGates");
    }
}

void list_mapping(ScenarioBuilder& builder) {
    const auto assume = [&](std::string what, std::string value) {
        builder.assume(std::move(what), std::move(value), "NOM-7");
    };
    assume("networks of allocations under Nomad", "their host's: no address and no limit of a CNI");
    assume("DaemonSets under Nomad", "system jobs, without the room that preemption could make for them");
    assume("taints of node groups under Nomad", "node pools: those that would not tolerate them are not placed there");
    assume("required node affinity and node selectors under Nomad", "constraints; preferred ones are affinities");
    assume("topology spread under Nomad",
           "an even spread, which is a score; distinct_hosts where maxSkew is 1 by hostname and DoNotSchedule");
    assume("required anti-affinity to pods of the same workload under Nomad", "distinct_hosts or distinct_property");
    assume("disruption budgets under Nomad", "max_parallel of the migrate block, 1 where there is none");
    assume("Deployments, Jobs and CronJobs under Nomad",
           "service, batch and periodic jobs, which their controllers update, restart and count as in Kubernetes");
    assume("allocations that failed under Nomad", "are replaced without a penalty for the node that they failed on");
    assume("kubelets under Nomad", "its clients start, probe, evict and stop as kubelets do");
    if (!builder.spec.pod_scaling.is_empty())
        assume("HorizontalPodAutoscalers, KEDA and VPA under Nomad", "act as in Kubernetes");
}

}  // namespace

void read_orchestrator(const Reader& cluster, ScenarioBuilder& builder) {
    const auto at = cluster.member("orchestrator");
    builder.spec.nomad.runs = at && at->one_of({"kubernetes", "nomad"}) == 1U;
    if (builder.spec.nomad.runs) return;
    for (const std::string_view key : {"nomad", "nomadAutoscaler"}) {
        const auto idle = cluster.member(key);
        if (!idle) continue;
        idle->mark_ignored();
        idle->warn(Rule::unused_setting, fmt::format("{} does nothing: Kubernetes places the pods", idle->title()),
                   "set cluster.orchestrator to nomad");
    }
}

void turn_into_nomad(const Reader& cluster, const std::optional<Reader>& assume, ScenarioBuilder& builder) {
    Spec& spec = builder.spec;
    if (!spec.nomad.runs) return;
    refuse_what_needs_kubernetes(cluster, builder);
    const auto agent = cluster.member("nomad");
    read_agent(agent, builder);
    give_room(agent, builder);
    for (const Reader& policy : cluster.items("nomadAutoscaler")) read_policy(policy, builder);
    for (PodTemplate& pod : spec.templates) {
        pod.host_network = true;
        pod.wants_every_card = false;
        pod.profile = 0;  // there is one scheduler, whatever pods call theirs
        pod.is_gated = false;
    }
    if (spec.cluster_autoscaler.pods.valid()) {
        spec.cluster_autoscaler = {};
        builder.assume("Cluster Autoscaler under Nomad", "runs and does nothing", "nobody is Unschedulable there");
    }
    pay_for_servers(assume, builder);
    list_what_has_no_counterpart(builder);
    list_mapping(builder);
}

}  // namespace eks
