// Cluster Autoscaler and the descheduler as users deploy them: flags, tags, priorities, policies.
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace eks::scenario_test {
namespace {

using cluster_autoscaler::Expander;

// As in the autoscaler's own examples for AWS, with these flags behind the usual ones.
std::string autoscaler(const std::string& flags, const std::string& tag = "v1.34.1") {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "cluster-autoscaler", "namespace": "kube-system"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "cluster-autoscaler"}},
          "template": {"metadata": {"labels": {"app": "cluster-autoscaler"}, "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}},
            "spec": {"priorityClassName": "system-cluster-critical", "serviceAccountName": "cluster-autoscaler",
              "containers": [{"name": "cluster-autoscaler", "image": "registry.k8s.io/autoscaling/cluster-autoscaler:)" +
           tag + R"(", "command": ["./cluster-autoscaler", "--v=4", "--stderrthreshold=info", "--cloud-provider=aws")" +
           (flags.empty() ? "" : ", " + flags) + R"(],
                "volumeMounts": [{"name": "ssl-certs", "mountPath": "/etc/ssl/certs/ca-certificates.crt", "readOnly": true}]}],
              "volumes": [{"name": "ssl-certs", "hostPath": {"path": "/etc/ssl/certs/ca-bundle.crt"}}]}}}})";
}

const std::string discovery =
    R"("--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/shop")";

std::string list_of(const std::string& one, const std::string& other) {
    return R"({"apiVersion": "v1", "kind": "List", "items": [)" + one + (other.empty() ? "" : ", " + other) + "]}";
}

sim::Result<Scenario, Complaints> load_with(const std::string& flags, Changes more = {},
                                            const std::string& beside = "") {
    more.insert(more.begin(), {"manifests[1]", list_of(autoscaler(flags), beside)});
    more.emplace_back("behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"}])");
    return load(more);
}

TEST(AutoscalerObjects, AutoDiscoveryTakesEveryGroup) {
    const auto scenario = load_with(discovery);
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const ClusterAutoscaler& settings = scenario->spec->cluster_autoscaler;
    ASSERT_TRUE(settings.pods.valid());
    EXPECT_EQ((*scenario->spec)[settings.pods].name, "cluster-autoscaler");
    ASSERT_EQ(settings.groups.size(), 1U);
    EXPECT_EQ(settings.groups[0].minimum, 1);
    EXPECT_EQ(settings.groups[0].maximum, 30);
    EXPECT_EQ(settings.scan_interval, sim::Duration::seconds(10));
    EXPECT_NE(assumed(*scenario, "Deployment/kube-system/cluster-autoscaler --node-group-auto-discovery"), nullptr);
    // What is not used is listed by its name.
    EXPECT_TRUE(std::ranges::any_of(scenario->ignored, [](const IgnoredPath& one) {
        return one.path == "Deployment/kube-system/cluster-autoscaler --stderrthreshold";
    }));
}

// GEN-1: the default expander changed with 1.33.
TEST(AutoscalerObjects, TheVersionDecidesTheDefaultExpander) {
    for (const auto& [tag, expander] : {std::pair{"v1.32.1", Expander::random}, {"v1.33.0", Expander::least_waste}}) {
        const auto scenario = load({{"manifests[1]", autoscaler(discovery, tag)},
                                    {"behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"}])"}});
        ASSERT_TRUE(scenario) << listed(scenario.error());
        EXPECT_EQ(scenario->spec->cluster_autoscaler.expanders, std::vector{expander}) << tag;
    }
}

TEST(AutoscalerObjects, FlagsAreReadHoweverTheyAreWritten) {
    const auto scenario = load_with(
        discovery + R"(, "--scan-interval=20s", "--expander", "priority,least-waste", "--balance-similar-node-groups",
        "--skip-nodes-with-system-pods=false", "--scale-down-unneeded-time=5m", "--scale-down-utilization-threshold=0.65",
        "--max-nodes-total=40", "--cores-total=0:320", "--expendable-pods-priority-cutoff=-100", "--ok-total-unready-count=5",
        "--new-pod-scale-up-delay=1m0s", "--max-node-provision-time=7m", "--ignore-daemonsets-utilization=true",
        "--max-graceful-termination-sec=900", "--blocking-system-pod-distruption-timeout=30m", "--balancing-ignore-label=team")");
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const ClusterAutoscaler& settings = scenario->spec->cluster_autoscaler;
    EXPECT_EQ(settings.scan_interval, sim::Duration::seconds(20));
    EXPECT_EQ(settings.expanders, (std::vector{Expander::priority, Expander::least_waste}));
    EXPECT_TRUE(settings.balances_similar_groups);
    EXPECT_FALSE(settings.skips_system_pods);
    EXPECT_EQ(settings.groups[0].scale_down.unneeded_time, sim::Duration::seconds(300));
    EXPECT_EQ(settings.groups[0].scale_down.utilization_threshold, 0.65);
    EXPECT_TRUE(settings.groups[0].scale_down.ignores_daemon_sets);
    EXPECT_EQ(settings.max_nodes_total, 40);
    EXPECT_EQ(settings.max_cores, 320);
    EXPECT_EQ(settings.expendable_below, -100);
    EXPECT_EQ(settings.ok_unready_nodes, 5);
    EXPECT_EQ(settings.new_pod_delay, sim::Duration::seconds(60));
    EXPECT_EQ(settings.max_provision_time, sim::Duration::seconds(420));
    EXPECT_EQ(settings.max_graceful_termination, sim::Duration::seconds(900));
    EXPECT_EQ(settings.system_pod_timeout, sim::Duration::seconds(1800));
    EXPECT_EQ(settings.balancing_ignored_labels, std::vector<std::string>{"team"});
}

TEST(AutoscalerObjects, AGroupMayBeNamedWithItsSizes) {
    for (const std::string name : {"workers", "eks-workers-1ac2b3", "eksctl-shop-nodegroup-workers-NodeGroup-X1"}) {
        const auto scenario = load_with("\"--nodes=2:12:" + name + "\"");
        ASSERT_TRUE(scenario) << listed(scenario.error());
        ASSERT_EQ(scenario->spec->cluster_autoscaler.groups.size(), 1U);
        EXPECT_EQ(scenario->spec->cluster_autoscaler.groups[0].minimum, 2);
        EXPECT_EQ(scenario->spec->cluster_autoscaler.groups[0].maximum, 12);
    }
}

TEST(AutoscalerObjects, BadValuesAreComplaints) {
    for (const std::string flag :
         {"--scan-interval=10", "--scan-interval=0s", "--expander=cheapest", "--expander=price",
          "--max-nodes-total=many", "--scale-down-enabled=yes", "--cores-total=10",
          "--scale-down-utilization-threshold=half", "--nodes=3:1:workers", "--nodes=1:3:nobody", "--nodes=workers",
          "--node-group-auto-discovery=mig:namePrefix=x"}) {
        const auto scenario = load_with("\"" + flag + "\"");
        ASSERT_FALSE(scenario) << flag;
        EXPECT_NE(find(scenario.error(), Rule::bad_cluster_autoscaler), nullptr) << flag << listed(scenario.error());
    }
}

TEST(AutoscalerObjects, AnUnknownFlagIsAWarningWithANearMiss) {
    const auto scenario = load_with(discovery + R"(, "--scale-down-uneeded-time=5m")");
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const Complaint* warning = find(scenario->warnings, Rule::bad_cluster_autoscaler);
    ASSERT_NE(warning, nullptr);
    EXPECT_NE(warning->hint.find("scale-down-unneeded-time"), std::string::npos);
}

// CA-21: full memory, 110 pods, no disk; labels and taints of managed groups are known.
TEST(AutoscalerObjects, TheAutoScalingGroupTellsLessThanANodeDoes) {
    const auto scenario = load_with(discovery);
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    const NodeShape& seen = spec[spec.cluster_autoscaler.groups[0].asg_template];
    const NodeShape& real = spec[spec.node_groups[0].shapes.front()];
    EXPECT_EQ(seen.capacity.cpu_milli, 4000);
    EXPECT_EQ(seen.capacity.memory_bytes, 16 * gibibyte);
    EXPECT_EQ(seen.allocatable, seen.capacity);
    EXPECT_EQ(seen.capacity.ephemeral_bytes, 0);
    EXPECT_EQ(seen.max_pods, 110);
    EXPECT_LT(real.allocatable.memory_bytes, seen.allocatable.memory_bytes);
    EXPECT_EQ(seen.labels, real.labels);
}

// CA-22: of several types the first one counts for all.
TEST(AutoscalerObjects, TheFirstOfSeveralTypesCounts) {
    const auto scenario =
        load_with(discovery, {{"cluster.managedNodeGroups[workers].instanceType", "mixed"},
                              {"cluster.managedNodeGroups[workers].instanceTypes", R"(["c5.2xlarge", "m5.2xlarge"])"}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    EXPECT_EQ(spec[spec.cluster_autoscaler.groups[0].asg_template].capacity.memory_bytes, 16 * gibibyte);
}

// CA-21, CA-43: tags.
TEST(AutoscalerObjects, TagsOfTheGroupCount) {
    const std::string prefix = "k8s.io/cluster-autoscaler/node-template/";
    const auto scenario =
        load_with(discovery,
                  {{"cluster.managedNodeGroups[workers].tags",
                    "{\"" + prefix + "label/team\": \"blue\", \"" + prefix + "taint/special\": \"yes:NoSchedule\", \"" +
                        prefix + "resources/ephemeral-storage\": \"80Gi\", \"" + prefix +
                        "autoscaling-options/scaledownunneededtime\": \"2m0s\", \"" + prefix +
                        "autoscaling-options/scaledownutilizationthreshold\": \"0.7\"}"}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    const AutoscaledGroup& group = spec.cluster_autoscaler.groups[0];
    EXPECT_EQ(group.scale_down.unneeded_time, sim::Duration::seconds(120));
    EXPECT_EQ(group.scale_down.utilization_threshold, 0.7);
    const NodeShape& seen = spec[group.asg_template];
    EXPECT_EQ(seen.allocatable.ephemeral_bytes, 80 * gibibyte);
    EXPECT_NE(std::ranges::find(seen.labels, Label{"team", "blue"}), seen.labels.end());
    EXPECT_NE(std::ranges::find(seen.taints, Taint{"special", "yes", TaintEffect::no_schedule}), seen.taints.end());
}

// CA-24
TEST(AutoscalerObjects, ThePriorityExpanderReadsItsConfigMap) {
    const std::string flags = discovery + R"(, "--expander=priority")";
    const auto map = [](const std::string& text) {
        return R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cluster-autoscaler-priority-expander", "namespace": "kube-system"},
                   "data": {"priorities": ")" +
               text + "\"}}";
    };
    const auto scenario = load_with(flags, {}, map(R"(10:\n  - .*\n50:\n  - .*workers.*\n)"));
    ASSERT_TRUE(scenario) << listed(scenario.error());
    EXPECT_TRUE(scenario->spec->cluster_autoscaler.groups[0].has_priority);
    EXPECT_EQ(scenario->spec->cluster_autoscaler.groups[0].priority, 50);
    const auto without = load_with(flags);
    ASSERT_TRUE(without) << listed(without.error());
    EXPECT_NE(find(without->warnings, Rule::bad_cluster_autoscaler), nullptr);
    const auto bad = load_with(flags, {}, map("workers: 10"));
    ASSERT_FALSE(bad);
    EXPECT_NE(find(bad.error(), Rule::bad_cluster_autoscaler), nullptr);
}

// CA-47, CA-7
TEST(AutoscalerObjects, AnnotationsAndVolumesOfPodsAreRead) {
    const std::string pod = "manifests[0].spec.template.";
    const auto wishes = [&](Changes changes) {
        const auto scenario = load_with(discovery, std::move(changes));
        EXPECT_TRUE(scenario) << listed(scenario.error());
        const Spec& spec = *scenario->spec;
        const auto web = std::ranges::find(spec.workloads, "web", &Workload::name);
        return spec[web->pod_template].wishes;
    };
    const std::string volumes =
        R"([{"name": "scratch", "emptyDir": {}}, {"name": "fast", "emptyDir": {"medium": "Memory"}}])";
    EXPECT_FALSE(wishes({}).blocks_by_storage);
    EXPECT_TRUE(wishes({{pod + "spec.volumes", volumes}}).blocks_by_storage);
    const std::string key = pod + "metadata.annotations";
    EXPECT_FALSE(wishes({{pod + "spec.volumes", volumes},
                         {key, R"({"cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes": "scratch"})"}})
                     .blocks_by_storage);
    const EvictionWishes said = wishes({{key, R"({"cluster-autoscaler.kubernetes.io/safe-to-evict": "true",
        "cluster-autoscaler.kubernetes.io/pod-scale-up-delay": "600s"})"}});
    EXPECT_EQ(said.safe_to_evict, cluster_autoscaler::SafeToEvict::yes);
    EXPECT_EQ(said.scale_up_delay, sim::Duration::seconds(600));
}

TEST(AutoscalerObjects, NothingOfItIsThereWithoutIt) {
    const auto scenario = load();
    ASSERT_TRUE(scenario) << listed(scenario.error());
    EXPECT_FALSE(scenario->spec->cluster_autoscaler.pods.valid());
    EXPECT_FALSE(scenario->spec->descheduler.pods.valid());
}

// --- the descheduler

const std::string policy =
    R"({"apiVersion": "descheduler/v1alpha2", "kind": "DeschedulerPolicy", "maxNoOfPodsToEvictPerNode": 3,
        "profiles": [{"name": "default",
          "pluginConfig": [{"name": "DefaultEvictor", "args": {"evictLocalStoragePods": true, "nodeFit": true, "minReplicas": 2}},
            {"name": "LowNodeUtilization", "args": {"thresholds": {"cpu": 20, "memory": 20}, "targetThresholds": {"cpu": 50, "memory": 60}}},
            {"name": "PodLifeTime", "args": {"maxPodLifeTimeSeconds": 86400, "states": ["Pending"], "namespaces": {"exclude": ["kube-system"]}}}],
          "plugins": {"balance": {"enabled": ["LowNodeUtilization", "RemoveDuplicates"]}, "deschedule": {"enabled": ["PodLifeTime"]}}}]})";

Changes descheduler_changes(const std::string& kind, const std::string& what, const std::string& arguments = "") {
    const std::string pod =
        R"({"spec": {"restartPolicy": ")" + std::string(kind == "CronJob" ? "Never" : "Always") +
        R"(", "priorityClassName": "system-cluster-critical", "containers": [{"name": "descheduler", "image": "registry.k8s.io/descheduler/descheduler:v0.34.0",
            "command": ["/bin/descheduler"], "args": ["--policy-config-file", "/policy-dir/policy.yaml", "--v", "3")" +
        arguments + R"(], "volumeMounts": [{"mountPath": "/policy-dir", "name": "policy-volume"}]}],
            "volumes": [{"name": "policy-volume", "configMap": {"name": "descheduler-policy-configmap"}}]}, "metadata": {"labels": {"app": "descheduler"}}})";
    const std::string spec = kind == "CronJob"
                                 ? R"({"schedule": "*/2 * * * *", "jobTemplate": {"spec": {"template": )" + pod + "}}}"
                                 : R"({"selector": {"matchLabels": {"app": "descheduler"}}, "template": )" + pod + "}";
    const std::string pods =
        R"({"apiVersion": ")" + std::string(kind == "CronJob" ? "batch/v1" : "apps/v1") + R"(", "kind": ")" + kind +
        R"(", "metadata": {"name": "descheduler", "namespace": "kube-system"}, "spec": )" + spec + "}";
    const std::string map =
        R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "descheduler-policy-configmap", "namespace": "kube-system"}, "data": {"policy.yaml": )" +
        what + "}}";
    return {{"manifests[1]", list_of(pods, map)}, {"behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"}])"}};
}

TEST(DeschedulerObjects, ThePolicyIsReadFromWhatItMounts) {
    const auto scenario = load(descheduler_changes("CronJob", policy));
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const Descheduler& descheduler = scenario->spec->descheduler;
    ASSERT_TRUE(descheduler.pods.valid());
    EXPECT_EQ(descheduler.interval, sim::Duration::zero());
    EXPECT_EQ(descheduler.most_per_node, 3);
    ASSERT_EQ(descheduler.profiles.size(), 1U);
    const DeschedulerProfile& profile = descheduler.profiles[0];
    EXPECT_TRUE(profile.evictor.evicts_local_storage);
    EXPECT_TRUE(profile.evictor.asks_for_fit);
    EXPECT_EQ(profile.evictor.min_replicas, 2);
    ASSERT_EQ(profile.steps.size(), 3U);  // first those that look at pods alone
    EXPECT_EQ(profile.steps[0].strategy, DeschedulerStrategy::pod_life_time);
    EXPECT_EQ(profile.steps[0].longest_life, sim::Duration::seconds(86'400));
    EXPECT_EQ(profile.steps[0].namespaces, std::vector<std::string>{"kube-system"});
    EXPECT_TRUE(profile.steps[0].namespaces_are_excluded);
    EXPECT_EQ(profile.steps[1].strategy, DeschedulerStrategy::low_node_utilization);
    EXPECT_EQ(profile.steps[1].thresholds.cpu, 20);
    EXPECT_EQ(profile.steps[1].targets.memory, 60);
    EXPECT_LT(profile.steps[1].targets.pods, 0);
}

TEST(DeschedulerObjects, ADeploymentRunsAgainAndAgain) {
    const auto scenario = load(descheduler_changes("Deployment", policy, R"(, "--descheduling-interval", "5m")"));
    ASSERT_TRUE(scenario) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->descheduler.interval, sim::Duration::seconds(300));
    const auto dry =
        load(descheduler_changes("Deployment", policy, R"(, "--descheduling-interval", "5m", "--dry-run")"));
    ASSERT_TRUE(dry) << listed(dry.error());
    EXPECT_FALSE(dry->spec->descheduler.pods.valid());
}

TEST(DeschedulerObjects, BadPoliciesAreComplaints) {
    const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
        const std::size_t at = text.find(from);
        return at == std::string::npos ? text : text.replace(at, from.size(), to);
    };
    for (const auto& [from, to] : {std::pair<std::string, std::string>{"v1alpha2", "v1alpha1"},
                                   {"RemoveDuplicates", "RemoveDuplicate"},
                                   {"\"maxPodLifeTimeSeconds\": 86400, ", ""},
                                   {R"("thresholds": {"cpu": 20)", R"("thresholds": {"cpu": 70)"}}) {
        const auto scenario = load(descheduler_changes("CronJob", replaced(policy, from, to)));
        ASSERT_FALSE(scenario) << from;
        EXPECT_NE(find(scenario.error(), Rule::bad_descheduler_policy), nullptr) << from << listed(scenario.error());
    }
}

}  // namespace
}  // namespace eks::scenario_test
