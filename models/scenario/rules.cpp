#include "models/scenario/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace eks {

namespace {

constexpr auto rule_texts = std::to_array<RuleText>({
    {Rule::not_json, "not JSON",
     "The resolved scenario must be one JSON document. The message names the byte at which it stops being one."},
    {Rule::wrong_type, "wrong type",
     "A map, a list, a text, a number or true/false was expected here and something else was found."},
    {Rule::missing_field, "missing field", "A field that the model cannot do without is not there."},
    {Rule::unknown_field, "unknown field",
     "Sections of the scenario itself (not Kubernetes or eksctl objects) take only the fields listed in `ekssim "
     "schema`; "
     "anything else is most likely a slip."},
    {Rule::wrong_api_version, "wrong apiVersion",
     "A scenario states apiVersion: ekssim.dev/v1alpha1; objects state the version of their kind."},
    {Rule::wrong_kind, "wrong kind", "The document is of another kind than the place it stands in takes."},
    {Rule::too_large, "too large",
     "The document is larger than any real scenario; it is refused before it fills the memory."},
    {Rule::too_deep, "nested too deep", "Values are nested deeper than any real document."},
    {Rule::duplicate_key, "duplicate key",
     "One map states the same key twice; readers disagree on which counts, so neither does."},
    {Rule::duplicate_name, "duplicate name", "Names must be unique where they are referred to."},
    {Rule::bad_set_path, "path leads nowhere",
     "A path of --set or matrix names fields with dots and list entries by name or number in brackets, such as "
     "cluster.managedNodeGroups[workers].instanceType."},
    {Rule::contradictory_fields, "contradictory fields", "Two fields say different things about one matter."},
    {Rule::unknown_kind, "unknown kind", "The kind of an object is not known, and looks like a slip in one that is."},
    {Rule::more_complaints, "more complaints", "The list is cut off; the rest is counted."},

    {Rule::bad_duration, "not a duration", "Durations are written with units: 250ms, 90s, 5m, 1h30m, 2d."},
    {Rule::missing_unit, "unit missing",
     "A bare number does not say whether it means seconds, minutes or a share, so it is refused."},
    {Rule::bad_quantity, "not a quantity",
     "Kubernetes quantities are numbers with m, k, M, G, T, P, E (powers of 1000) or Ki, Mi, Gi, Ti, Pi, Ei (powers of "
     "1024). "
     "Gb and GB do not exist."},
    {Rule::out_of_range, "out of range", "The number is outside the range that makes sense here."},
    {Rule::not_one_of, "not one of the known words", "The field takes one of a few words; letter case counts."},
    {Rule::bad_share, "not a share", "A share is written as a percentage between 0% and 100%."},
    {Rule::bad_distribution, "not a distribution",
     "A law of chance is a duration, or a map with one of constant, uniform, exponential, lognormal, weibull, pareto, "
     "empirical."},
    {Rule::bad_cron, "not a cron schedule",
     "A schedule has five fields (minute hour day-of-month month day-of-week) or is a descriptor such as @hourly."},
    {Rule::bad_timestamp, "not an instant", "Instants are written as in RFC 3339, such as 2026-11-02T08:00:00Z."},
    {Rule::beyond_reason, "beyond reason",
     "The size is far above what any cluster has; it is refused before it fills the memory."},
    {Rule::bad_name, "not a valid name",
     "Names of objects are lower-case letters, digits, '-' and '.', as the API server demands."},
    {Rule::bad_cidr, "not an address range",
     "IPv4 ranges are written as 10.0.0.0/16, with no bit set behind the prefix."},
    {Rule::requests_over_limits, "request above limit",
     "The API server refuses a container that requests more than its limit."},
    {Rule::bad_image, "not an image name", "A container needs the name of an image."},
    {Rule::bad_cni_setting, "not a setting of the VPC CNI",
     "The value of an environment variable of aws-node cannot be used."},
    {Rule::bad_percent_or_number, "neither number nor percentage",
     "The field takes a whole number or a text such as 25%."},
    {Rule::outside_limit_range, "outside of a LimitRange",
     "A LimitRange of the namespace bounds what a container or a pod may ask for, and the API server refuses every pod "
     "outside of it. Change the amounts or the LimitRange."},
    {Rule::bad_kube_proxy_setting, "setting of kube-proxy",
     "The KubeProxyConfiguration in the ConfigMap kube-system/kube-proxy-config, a flag of kube-proxy's DaemonSet or a "
     "setting of its add-on has a value that it cannot have, and the real one would not start. Mend the value."},

    {Rule::unknown_instance_type, "unknown instance type",
     "The catalogue has no EC2 instance type of this name. `ekssim import` adds your own."},
    {Rule::unknown_region, "unknown region", "The catalogue knows no AWS region of this name."},
    {Rule::unknown_zone, "unknown zone", "The region has no availability zone of this name."},
    {Rule::matches_nothing, "matches nothing",
     "A target, selector or pattern that names no object does nothing, which is never what was meant."},
    {Rule::unknown_node_group, "unknown node group", "No node group has this name."},
    {Rule::unknown_subnet, "unknown subnet",
     "A node group names a subnet that is not among vpc.subnets, by name, id or zone."},
    {Rule::unknown_time_zone, "unknown time zone", "The zone is not in the IANA database."},
    {Rule::selector_mismatch, "selector does not match its template",
     "The API server refuses a workload whose selector does not match its own pods."},
    {Rule::unknown_priority_class, "unknown priority class",
     "Pods that name a PriorityClass which does not exist are refused."},
    {Rule::bad_selector, "not a selector",
     "Workloads are named as Kind/namespace/name; *, ? and [abc] stand for letters."},
    {Rule::incomplete_instance_type, "too little known of the instance type",
     "The type is announced, but its processors, memory or interface limits are not known, so no node of it can be "
     "modelled."},
    {Rule::unknown_addon, "unknown add-on", "The add-on looks like a slip in one that EKS has."},
    {Rule::unknown_scheduler, "unknown scheduler",
     "Pods that name a scheduler are placed by that one alone; where nobody configures it, they wait for ever."},

    {Rule::unsupported_version, "Kubernetes version not supported",
     "1.10 (the profile of 2018) and 1.29 to 1.37 are modelled; 1.11 to 1.28 behave as 1.29. Write the version as a "
     "text: YAML reads 1.30 as 1.3."},
    {Rule::subnet_outside_vpc, "subnet outside the VPC", "A subnet's range must lie in the range of its VPC."},
    {Rule::subnets_overlap, "subnets overlap", "Two subnets of one VPC cannot share addresses."},
    {Rule::subnet_size, "subnet size", "AWS takes IPv4 subnets from /28 to /16 (IPAM-200)."},
    {Rule::in_use_too_high, "more in use than there is",
     "inUse counts addresses that others hold; AWS keeps five of each subnet for itself (IPAM-200)."},
    {Rule::no_subnet_in_zone, "no subnet for the node group",
     "A node group needs a subnet of its kind (private or public) in each of its zones."},
    {Rule::size_order, "sizes out of order", "minSize <= desiredCapacity <= maxSize must hold for a node group."},
    {Rule::mixed_architectures, "mixed architectures",
     "The instance types of one node group must share one processor architecture."},
    {Rule::kubelet_leaves_nothing, "nothing left for pods",
     "Reservations and eviction thresholds take all that the node has."},
    {Rule::zone_refused, "zone refused by EKS",
     "EKS cannot place its control plane's interfaces in this zone (AWS-8)."},
    {Rule::subnet_in_other_zone, "subnet in another zone",
     "An interface can only be attached to an instance of its own zone (IPAM-208), so the subnet of an ENIConfig must "
     "be in the zone of the nodes that go by it (IPAM-145)."},
    {Rule::bad_reservation, "reservation does not fit",
     "A CIDR reservation lies within its subnet and overlaps no other one (IPAM-206)."},
    {Rule::bad_image_gc, "image garbage collection could never end",
     "A kubelet refuses to start unless imageGCLowThresholdPercent is below imageGCHighThresholdPercent (KUBELET-55)."},

    {Rule::not_yet_modelled, "not yet modelled",
     "The scenario asks for behaviour that no model fills yet. It is refused, because a result without it would be "
     "wrong without notice."},
    {Rule::not_supported, "not supported", "This is outside of what ekssim models."},
    {Rule::bad_patch, "not a patch",
     "A patch names a target and one of merge, json6902, env, image, replicas, resources."},
    {Rule::patch_test_failed, "patch test failed", "A `test` of a JSON patch found another value than it states."},
    {Rule::patch_path_missing, "patch path missing",
     "An operation of a JSON patch names a place that the object does not have."},

    {Rule::expression_syntax, "expression not understood",
     "Expectations read AGG(metric{label=\"x\"}) [by (label)] OP value."},
    {Rule::unknown_metric, "unknown metric", "No metric has this name; `ekssim explain metric` lists them."},
    {Rule::unknown_label, "unknown label", "The metric has no label of this name."},
    {Rule::empty_selection, "selects nothing",
     "No series of this scenario can ever match, so the expectation would hold by absence."},
    {Rule::wrong_aggregation, "aggregation does not fit", "The aggregation makes no sense for a metric of this kind."},
    {Rule::unit_mismatch, "units do not fit", "The value's unit is not that of the metric."},
    {Rule::bad_window, "window not understood", "`when` is always, at end, during NAME, or between 1h and 2h."},
    {Rule::unknown_window, "unknown window", "No timeline entry with a name and a length has this name."},
    {Rule::no_expectation_text, "nothing expected", "An expectation needs a `that`."},

    {Rule::no_node_source, "no nodes", "The cluster has no node at the start, so every pod will wait."},
    {Rule::version_behaves_as, "version behaves as another", "Kubernetes 1.11 to 1.28 are run with the rules of 1.29."},
    {Rule::nodes_not_modelled, "nodes not modelled yet", "Nodes that this section would bring are not simulated yet."},
    {Rule::pod_fits_no_node, "fits no node",
     "A pod of the workload fits no node of the cluster even when the node is empty; it will stay unplaced."},
    {Rule::object_replaced, "object replaced",
     "A later object of the same kind, namespace and name replaces an earlier one."},
    {Rule::kind_not_modelled, "kind not modelled yet",
     "Objects of this kind would change the outcome, but nothing acts on them yet."},
    {Rule::defaulted_instance_type, "instance type assumed",
     "The group leaves the choice of types to AWS; one was assumed."},
    {Rule::few_free_addresses, "few free addresses",
     "EKS needs six free addresses in each cluster subnet and recommends sixteen (AWS-7)."},
    {Rule::pods_without_address, "more pods than addresses",
     "The node accepts more pods than it can have addresses; the surplus waits in ContainerCreating (IPAM-186)."},
    {Rule::no_price, "no price", "The catalogue has no price for the type in the region; it counts as free of charge."},
    {Rule::unused_setting, "setting without effect", "What is said here changes nothing."},
    {Rule::unknown_custom_kind, "custom kind ignored", "Objects of kinds that no model knows are listed as ignored."},
    {Rule::no_pods, "no workloads", "The scenario has no workload beside what EKS installs."},
    {Rule::no_eni_config, "no ENIConfig",
     "Under custom networking a node whose ENIConfig does not exist gets no pod address and never becomes Ready "
     "(IPAM-119, IPAM-145)."},
    {Rule::no_cni, "no CNI on the nodes",
     "Without a pod of the CNI's DaemonSet a node has no network configuration: it stays NotReady and takes no pods "
     "but "
     "those that tolerate that and use the host's network (IPAM-123)."},
    {Rule::two_cnis, "two CNIs on the same nodes",
     "Cilium in ENI mode and the VPC CNI each take the other's addresses for their own: pods get an address that "
     "another pod has, and lose theirs when the VPC CNI returns it to EC2 (IPAM-354). The run has it all; "
     "ekssim_pods_with_contested_address and ekssim_failing_connection_share count it. One of them has to go, and "
     "nodes "
     "that had both have to be rebuilt."},
    {Rule::two_service_proxies, "two service proxies on the same nodes",
     "With kubeProxyReplacement Cilium's agent handles Services, and kube-proxy does it a second time: its pod takes "
     "room on every node for nothing. Pods' addresses are the same either way (IPAM-357)."},
    {Rule::proxy_mode_ends, "a mode of kube-proxy that ends",
     "kube-proxy's mode ipvs is deprecated since 1.35; by plan it is off by default from 1.40 on and gone in 1.43 "
     "(DPD-14). The simulation runs. Take nftables, or Cilium's replacement."},
    {Rule::no_metrics_server, "no metrics-server",
     "A HorizontalPodAutoscaler that goes by CPU or memory asks metrics-server, which EKS does not install by itself: "
     "without it the condition ScalingActive is False, FailedGetResourceMetric, and nothing is scaled (HPA-13, "
     "HPA-20). Add the add-on metrics-server or its manifests."},
    {Rule::scaler_without_target, "autoscaler without a target",
     "The object that a HorizontalPodAutoscaler or ScaledObject scales is not among the manifests; the real one says "
     "AbleToScale False, FailedGetScale, and does nothing."},
    {Rule::scalers_of_same_pods, "two autoscalers of the same pods",
     "Where two HorizontalPodAutoscalers select the same pods, the controller refuses both: ScalingActive False, "
     "AmbiguousSelector (HPA-3). A ScaledObject has an autoscaler of its own, so that it counts as one."},
    {Rule::usage_not_said, "autoscaler that sees nothing",
     "An autoscaler goes by what pods use, and the scenario does not say that of its target: neither `usage` under "
     "`behaviour` nor `traffic`. It has no samples then and leaves the size as it is."},
    {Rule::scaling_needs_requests, "share of a request that is not set",
     "averageUtilization is a share of what containers request. A container without a request makes the controller "
     "give up: FailedGetResourceMetric, missing request (HPA-6)."},
    {Rule::unknown_custom_metric, "metric that nobody knows",
     "An autoscaler asks for a metric by a name, or a trigger for a queue, that nothing of `traffic` is known by. Say "
     "under `customMetrics` what it means; until then it has no value, as with an adapter without a rule for it."},
    {Rule::vertical_autoscaler_incomplete, "vertical autoscaler that cannot act",
     "A VerticalPodAutoscaler is to change pods, and of the three processes that carry it out the manifests have only "
     "some: vpa-recommender recommends, vpa-updater evicts or resizes, vpa-admission-controller sets the requests of "
     "new pods. Add what is missing, or set updateMode Off."},
    {Rule::no_prometheus_operator, "no Prometheus operator",
     "Prometheus and Alertmanager objects are what the Prometheus operator makes StatefulSets of, and its Deployment "
     "is "
     "not among the manifests: in the cluster nothing would become of them. Here they are made all the same, with the "
     "defaults of the operator. Add its Deployment."},
    {Rule::unused_registry, "registry of no image",
     "An entry of `registries` speaks of a host from which no image of the scenario comes, so it changes nothing."},
    {Rule::budget_allows_nothing, "a disruption budget without a bound",
     "A PodDisruptionBudget that sets neither minAvailable nor maxUnavailable allows no disruption: every drain of a "
     "node with such a pod waits until it gives up. Set one of them."},
    {Rule::quota_needs_amounts, "a quota that refuses every pod",
     "Where a ResourceQuota bounds processor time or memory, every container in the namespace has to state its request "
     "or limit of it; a pod that does not is refused, however much is left. State it, or let a LimitRange set a "
     "default."},
    {Rule::start_deadlock, "a start that waits for itself",
     "Things that new nodes need to start wait for each other in a circle, such as a taint for Cilium's agent, the "
     "agent "
     "for a name, the name for CoreDNS, and CoreDNS for the taint to go. A cluster that runs goes on; one that starts "
     "from nothing, or loses all its nodes, never comes up (BOOT-1 to BOOT-4)."},
    {Rule::bad_proportional_scaler, "proportional autoscaler not understood",
     "The ConfigMap or --default-params of a cluster-proportional autoscaler must hold either linear or ladder, with "
     "numbers that make sense (DNS-5); the real one scales nothing until it does."},
    {Rule::bad_karpenter_setting, "setting of Karpenter not understood",
     "Karpenter's controller ends at once when a variable, flag or value of its chart cannot be read (KARP-1), so that "
     "no node is ever added."},
    {Rule::no_offer_of_node_pool, "NodePool without anything to launch",
     "No instance type of the catalogue meets the NodePool's requirements in the subnets of its EC2NodeClass, or the "
     "class is not there: Karpenter passes the pool over (KARP-9)."},
    {Rule::bad_cluster_autoscaler, "Cluster Autoscaler not understood",
     "The container's command and args hold Cluster Autoscaler's flags, and its ConfigMap the priorities of node "
     "groups "
     "(CA-24). A flag must have a value of its kind: true or false, a number, a duration such as 10m; what --nodes "
     "names must be a node group. The real one would not start."},
    {Rule::bad_descheduler_policy, "descheduler policy not understood",
     "The ConfigMap that the descheduler mounts holds a DeschedulerPolicy (descheduler/v1alpha2): profiles with "
     "plugins "
     "and their arguments (DESCH-1 to DESCH-4). The real one would not start."},
    {Rule::bad_vertical_autoscaler, "flag of a vertical autoscaler",
     "vpa-recommender or vpa-updater has a flag with a value that it cannot have, and would not start. Mend the "
     "value."},
    {Rule::bad_scaling_formula, "formula of KEDA not understood",
     "The formula of a ScaledObject's scalingModifiers must give a number of the values of triggers that have a name. "
     "KEDA reads it as a program of expr-lang; here numbers are known, comparisons, the choice `a ? b : c`, and "
     "functions of numbers and of lists of them."},
    {Rule::beyond_tested_size, "larger than what is tested",
     "Kubernetes is tested with up to 5,000 nodes and 150,000 pods (SCALE-1), and AWS asks to be told of more than "
     "1,000 "
     "nodes or 50,000 pods (SCALE-4). The simulation runs, with limits that nobody has measured at that size."},
});

}  // namespace

std::string code_of(Rule rule) { return fmt::format("EKS{:03}", static_cast<int>(rule)); }

std::span<const RuleText> all_rules() { return rule_texts; }

const RuleText* find_rule(std::string_view code) {
    const auto at = std::find_if(rule_texts.begin(), rule_texts.end(), [&](const RuleText& text) {
        const std::string known = code_of(text.rule);
        return std::equal(known.begin(), known.end(), code.begin(), code.end(), [](char a, char b) {
            return a == (b >= 'a' && b <= 'z' ? static_cast<char>(b - 'a' + 'A') : b);
        });
    });
    return at == rule_texts.end() ? nullptr : &*at;
}

}  // namespace eks
