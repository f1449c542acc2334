// What binds pods to other pods, to ports, to volumes and to a scheduler, as manifests have it.
#include "models/scenario/kubernetes/pod_constraints.hpp"

#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks {
namespace {

using scenario_test::Changes;
using scenario_test::load;

constexpr const char* pod_path = "manifests[web].spec.template.spec.";

Changes with(std::string_view field, std::string_view value) {
    return {{pod_path + std::string(field), std::string(value)}};
}

PodTemplate web(const Changes& changes) {
    const auto scenario = load(changes);
    EXPECT_TRUE(scenario.ok()) << (scenario ? "" : scenario_test::listed(scenario.error()));
    return scenario->spec->templates[scenario_test::workload(*scenario, "web")->pod_template.value];
}

Selector app_is_web() { return {true, {{"app", SelectorOperator::in, {"web"}, false}}}; }

TEST(PodConstraints, AffinityTermsHaveTheirKeySelectorNamespacesAndWeight) {  // SCHED-45, SCHED-59
    const PodConstraints c = web(with("affinity", R"({
        "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "topology.kubernetes.io/zone", "namespaces": ["reports"], "labelSelector": {"matchLabels": {"app": "web"}}}]},
        "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 40, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", "namespaceSelector": {},
                                               "labelSelector": {"matchLabels": {"app": "web"}}}}]}})"))
                                 .constraints;
    AffinityTerm together;
    together.topology_key = "topology.kubernetes.io/zone";
    together.selector = app_is_web();
    together.namespaces = {"reports"};
    EXPECT_EQ(c.required_affinity, std::vector{together});
    AffinityTerm apart;
    apart.topology_key = "kubernetes.io/hostname";
    apart.selector = app_is_web();
    apart.namespace_selector = {true, {}};
    apart.weight = 40;
    EXPECT_EQ(c.preferred_anti_affinity, std::vector{apart});
}

TEST(PodConstraints, SpreadConstraintsTakeTheirDefaultsFromTheApiServer) {  // SCHED-46
    const PodConstraints c = web(with("topologySpreadConstraints", R"([
        {"topologyKey": "zone", "maxSkew": 2, "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["pod-template-hash"],
         "labelSelector": {"matchLabels": {"app": "web"}}}])"))
                                 .constraints;
    SpreadConstraint constraint;
    constraint.topology_key = "zone";
    constraint.max_skew = 2;
    constraint.is_required = true;
    constraint.selector = app_is_web();
    constraint.is_about_same_template = true;
    EXPECT_EQ(c.spread, std::vector{constraint});
    EXPECT_TRUE(constraint.honors_affinity);
    EXPECT_FALSE(constraint.honors_taints);
}

TEST(PodConstraints, WithTheNodesNetworkEveryPortIsOneOfTheNode) {  // SCHED-44
    const std::string ports = R"([{"containerPort": 80}, {"containerPort": 53, "hostPort": 5353, "protocol": "UDP"}])";
    const std::string path = std::string(pod_path) + "containers[web].ports";
    EXPECT_EQ(web({{path, ports}}).constraints.host_ports, (std::vector<HostPort>{{"UDP", "0.0.0.0", 5353}}));
    EXPECT_EQ(web({{path, ports}, {std::string(pod_path) + "hostNetwork", "true"}}).constraints.host_ports,
              (std::vector<HostPort>{{"TCP", "0.0.0.0", 80}, {"UDP", "0.0.0.0", 5353}}));
}

TEST(PodConstraints, GatesAndSchedulersAreRead) {  // SCHED-1, SCHED-13
    EXPECT_TRUE(web(with("schedulingGates", R"([{"name": "example.com/quota"}])")).is_gated);
    EXPECT_FALSE(web({}).is_gated);
    const auto scenario = load(with("schedulerName", "volcano"));
    ASSERT_TRUE(scenario.ok());
    EXPECT_EQ(scenario->spec->templates[scenario_test::workload(*scenario, "web")->pod_template.value].profile,
              nobodys_profile);
    EXPECT_NE(scenario_test::find(scenario->warnings, Rule::unknown_scheduler), nullptr);
}

TEST(PodConstraints, WrongOnesAreComplainedAboutTogether) {
    const auto scenario = load(with("topologySpreadConstraints", R"([
        {"maxSkew": 0, "whenUnsatisfiable": "Never", "labelSelector": {"matchExpressions": [{"key": "app", "operator": "Is"}]}}])"));
    ASSERT_FALSE(scenario.ok());
    EXPECT_NE(scenario_test::find(scenario.error(), Rule::missing_field), nullptr);
    EXPECT_NE(scenario_test::find(scenario.error(), Rule::out_of_range), nullptr);
    EXPECT_NE(scenario_test::find(scenario.error(), Rule::not_one_of), nullptr);
}

constexpr const char* configuration = R"([
    {"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration", "percentageOfNodesToScore": 70,
     "profiles": [{"schedulerName": "packing",
                   "plugins": {"score": {"disabled": [{"name": "PodTopologySpread"}], "enabled": [{"name": "NodeResourcesFit", "weight": 5}]}},
                   "pluginConfig": [{"name": "NodeResourcesFit", "args": {"scoringStrategy": {"type": "MostAllocated"}}}]}]},
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "packed", "namespace": "shop"},
     "spec": {"schedulerName": "packing", "containers": [{"name": "a", "image": "b:1"}]}}])";

TEST(SchedulerConfiguration, ItsProfilesAreThoseOfPodsThatNameThem) {  // SCHED-50, SCHED-53
    const auto scenario = load({{"manifests", configuration}, {"behaviour", "[]"}, {"timeline", "[]"}});
    ASSERT_TRUE(scenario.ok()) << scenario_test::listed(scenario.error());
    const SchedulerSettings& settings = scenario->spec->scheduler;
    EXPECT_EQ(settings.percentage_of_nodes_to_score, 70);
    ASSERT_EQ(settings.profiles.size(), 2U);
    const SchedulerProfile& packing = settings.profiles[1];
    EXPECT_EQ(packing.name, "packing");
    EXPECT_EQ(packing.strategy, ScoringStrategy::most_allocated);
    EXPECT_EQ(packing.weight_of(SchedulerPlugin::node_resources_fit), 5);
    EXPECT_EQ(packing.weight_of(SchedulerPlugin::pod_topology_spread), 0);
    EXPECT_TRUE(packing.filters_by(SchedulerPlugin::pod_topology_spread));  // as a filter it stays
    const Workload* packed = scenario_test::workload(*scenario, "packed");
    ASSERT_NE(packed, nullptr);
    EXPECT_EQ(scenario->spec->templates[packed->pod_template.value].profile, 1U);
}

TEST(SchedulerConfiguration, APluginThatIsNotThereHasANearMiss) {
    const auto scenario = load({{"manifests", R"([
        {"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
         "profiles": [{"plugins": {"score": {"disabled": [{"name": "ImageLocalty"}]}}}]}])"},
                                {"behaviour", "[]"},
                                {"timeline", "[]"}});
    ASSERT_FALSE(scenario.ok());
    const Complaint* complaint = scenario_test::find(scenario.error(), Rule::not_one_of);
    ASSERT_NE(complaint, nullptr);
    EXPECT_NE(complaint->hint.find("ImageLocality"), std::string::npos);
}

TEST(Volumes, AClaimIsInTheZoneOfItsVolume) {  // VolumeZone
    const auto scenario = load({{"manifests", R"([
        {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1", "labels": {"topology.kubernetes.io/zone": "eu-central-1b"}},
         "spec": {"csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}}},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"},
         "spec": {"accessModes": ["ReadWriteOncePod"], "volumeName": "pv-1"}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "db", "namespace": "shop"},
         "spec": {"containers": [{"name": "a", "image": "b:1"}],
                  "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
                              {"name": "more", "persistentVolumeClaim": {"claimName": "absent"}}]}}])"},
                                {"behaviour", "[]"},
                                {"timeline", "[]"}});
    ASSERT_TRUE(scenario.ok()) << scenario_test::listed(scenario.error());
    const Spec& spec = *scenario->spec;
    ASSERT_EQ(spec.claims.size(), 2U);
    EXPECT_EQ(spec.zones[spec.claims[0].zone.value], "eu-central-1b");
    EXPECT_TRUE(spec.claims[0].is_for_one_pod);
    EXPECT_FALSE(spec.claims[1].zone.valid());
    EXPECT_NE(scenario_test::find(scenario->warnings, Rule::matches_nothing), nullptr);
    EXPECT_EQ(spec.templates[scenario_test::workload(*scenario, "db")->pod_template.value].attachments, 2);
}

}  // namespace
}  // namespace eks
