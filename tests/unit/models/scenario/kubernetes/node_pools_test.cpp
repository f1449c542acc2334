// NodePools and EC2NodeClasses as they are written, and what they come to.
#include "models/catalog/catalog.hpp"
#include "models/catalog/max_pods.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace eks::scenario_test {
namespace {

struct Written {
    std::string requirements = R"([{"key":"node.kubernetes.io/instance-type","operator":"In","values":["m5.large"]},
                                   {"key":"karpenter.sh/capacity-type","operator":"In","values":["on-demand"]}])";
    std::string of_pool;      // further members of spec
    std::string of_template;  // of spec.template.spec
    std::string metadata = "{}";
    std::string of_class;  // of the class's spec
    std::string others;    // further objects
    std::string terms = R"([{"tags":{"karpenter.sh/discovery":"shop"}}])";
};

std::string objects(const Written& w) {
    return R"([{"apiVersion":"karpenter.sh/v1","kind":"NodePool","metadata":{"name":"default"},"spec":{)" + w.of_pool +
           R"("template":{"metadata":)" + w.metadata + R"(,"spec":{)" + w.of_template +
           R"("nodeClassRef":{"group":"karpenter.k8s.aws","kind":"EC2NodeClass","name":"default"},"requirements":)" +
           w.requirements +
           R"(}}}},{"apiVersion":"karpenter.k8s.aws/v1","kind":"EC2NodeClass","metadata":{"name":"default"},"spec":{)" +
           w.of_class + R"("amiSelectorTerms":[{"alias":"al2023@latest"}],"subnetSelectorTerms":)" + w.terms + "}}" +
           w.others +
           R"(,{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},
               "spec":{"replicas":6,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
               "spec":{"containers":[{"name":"web","image":"nginx:1.27"}]}}}},
             {"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"nightly","namespace":"reports"},
              "spec":{"schedule":"0 2 * * *","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never",
              "containers":[{"name":"report","image":"report:1"}]}}}}}}])";
}

sim::Result<Scenario, Complaints> read(const Written& written, Changes changes = {}) {
    changes.emplace_back("manifests", objects(written));
    return load(changes);
}

const NodePool& pool_of(const Scenario& scenario) { return scenario.spec->karpenter.pools.at(0); }

std::set<std::string> types_of(const Scenario& scenario) {
    std::set<std::string> types;
    for (const NodePoolOffer& offer : pool_of(scenario).offers)
        types.insert((*scenario.spec)[offer.shape].instance_type);
    return types;
}

std::string label_of(const NodeShape& shape, std::string_view key) {
    for (const Label& label : shape.labels) {
        if (label.key == key) return label.value;
    }
    return "-";
}

TEST(NodePools, APoolOffersItsTypesInEachZoneOfItsSubnets) {
    const auto scenario = read({});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const NodePool& pool = pool_of(*scenario);
    ASSERT_EQ(pool.offers.size(), 2U);  // two zones, on demand
    const NodeGroup& group = (*scenario->spec)[pool.group];
    EXPECT_TRUE(group.is_node_pool);
    EXPECT_EQ(group.desired, 0);
    const NodeShape& shape = (*scenario->spec)[pool.offers[0].shape];
    EXPECT_EQ(shape.price_per_hour_micro_usd, *Catalog::builtin().price("m5.large", "eu-central-1"));
    EXPECT_EQ(label_of(shape, "karpenter.sh/nodepool"), "default");
    EXPECT_EQ(label_of(shape, "karpenter.sh/capacity-type"), "on-demand");
    EXPECT_EQ(label_of(shape, "topology.kubernetes.io/zone"), "eu-central-1a");
    EXPECT_EQ(label_of(shape, "karpenter.k8s.aws/instance-category"), "m");
    EXPECT_EQ(label_of(shape, "karpenter.k8s.aws/instance-family"), "m5");
    EXPECT_EQ(label_of(shape, "karpenter.k8s.aws/instance-generation"), "5");
    EXPECT_EQ(label_of(shape, "karpenter.k8s.aws/instance-size"), "large");
    EXPECT_EQ(label_of(shape, "karpenter.k8s.aws/instance-cpu"), "2");
    EXPECT_EQ(label_of(shape, "karpenter.k8s.aws/instance-memory"), "8192");
    EXPECT_EQ(label_of(shape, "karpenter.k8s.aws/instance-cpu-manufacturer"), "intel");
    EXPECT_EQ(shape.volume_gib, 20);  // KARP-23
    EXPECT_EQ(shape.max_pods, 29);    // KARP-21: 3 x 9 + 2
}

TEST(NodePools, FurtherSubnetsOfAZoneAreNoFurtherOffers) {
    // KARP-32: private subnets are a small one and a large one in the first zone, and one in the second.
    Written w;
    const std::string subnets = R"({"private": {
        "small": {"az": "eu-central-1a", "cidr": "10.0.128.0/24"}, "large": {"az": "eu-central-1a", "cidr": "10.0.0.0/18"},
        "eu-central-1b": {"cidr": "10.0.64.0/18"}}})";
    const auto scenario = read(w, {{"cluster.vpc.subnets", subnets}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const NodePool& pool = pool_of(*scenario);
    ASSERT_EQ(pool.offers.size(), 2U);
    const Spec& spec = *scenario->spec;
    const NodeShape& first = spec[pool.offers[0].shape];
    EXPECT_EQ(spec.subnets[first.subnet.value].prefix_length, 18);
    ASSERT_EQ(pool.offers[0].elsewhere.size(), 1U);
    const NodeShape& other = spec[pool.offers[0].elsewhere[0]];
    EXPECT_EQ(spec.subnets[other.subnet.value].prefix_length, 24);
    EXPECT_EQ(other.zone, first.zone);
    EXPECT_TRUE(pool.offers[1].elsewhere.empty());
}

TEST(NodePools, RequirementsChooseByWellKnownLabels) {
    Written w;
    w.requirements = R"([{"key":"karpenter.k8s.aws/instance-category","operator":"In","values":["m"]},
        {"key":"karpenter.k8s.aws/instance-generation","operator":"Gt","values":["4"]},
        {"key":"karpenter.k8s.aws/instance-generation","operator":"Lte","values":["5"]},
        {"key":"karpenter.k8s.aws/instance-size","operator":"NotIn","values":["metal"]},
        {"key":"karpenter.k8s.aws/instance-cpu","operator":"Lt","values":["5"]},
        {"key":"kubernetes.io/arch","operator":"In","values":["amd64"]},
        {"key":"karpenter.sh/capacity-type","operator":"In","values":["on-demand"]},
        {"key":"topology.kubernetes.io/zone","operator":"In","values":["eu-central-1b"]}])";
    const auto scenario = read(w);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const std::set<std::string> types = types_of(*scenario);
    EXPECT_TRUE(types.contains("m5.large"));
    EXPECT_TRUE(types.contains("m5a.xlarge"));
    EXPECT_FALSE(types.contains("m5.2xlarge"));
    EXPECT_FALSE(types.contains("m6i.large"));
    EXPECT_FALSE(types.contains("m4.large"));
    EXPECT_EQ(pool_of(*scenario).offers.size(), types.size());
    for (const NodePoolOffer& offer : pool_of(*scenario).offers)
        EXPECT_EQ(label_of((*scenario->spec)[offer.shape], "topology.kubernetes.io/zone"), "eu-central-1b");
}

TEST(NodePools, BothCapacityTypesAreOfferedWhereNoneIsAskedFor) {
    Written w;
    w.requirements = R"([{"key":"node.kubernetes.io/instance-type","operator":"In","values":["m5.large"]}])";
    const auto scenario = read(w);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    int spot = 0;
    for (const NodePoolOffer& offer : pool_of(*scenario).offers) {
        const NodeShape& shape = (*scenario->spec)[offer.shape];
        if (!shape.is_spot) continue;
        ++spot;
        EXPECT_LT(shape.price_per_hour_micro_usd, *Catalog::builtin().price("m5.large", "eu-central-1"));
        EXPECT_GT(shape.interruptions_ppm_per_month, 0);
    }
    EXPECT_EQ(spot, 2);
    EXPECT_NE(assumed(*scenario, "spot prices of NodePool/default"), nullptr);
}

TEST(NodePools, DefaultsAreThoseOfTheApi) {
    // KARP-42
    const auto scenario = read({});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const NodePool& pool = pool_of(*scenario);
    EXPECT_EQ(pool.policy, NodePoolPolicy::when_empty_or_underutilized);
    EXPECT_EQ(pool.consolidate_after, sim::Duration::zero());
    EXPECT_EQ(pool.expire_after, sim::Duration::hours(720));
    EXPECT_EQ(pool.drain_limit, sim::Duration::max());
    ASSERT_EQ(pool.budgets.size(), 1U);
    EXPECT_TRUE(pool.budgets[0].is_percent);
    EXPECT_EQ(pool.budgets[0].amount, 10);
    const Karpenter& karpenter = scenario->spec->karpenter;
    EXPECT_EQ(karpenter.batch_longest, sim::Duration::seconds(10));  // KARP-1
    EXPECT_EQ(karpenter.batch_idle, sim::Duration::seconds(1));
    EXPECT_FALSE(karpenter.pods.valid());
    EXPECT_NE(assumed(*scenario, "where Karpenter runs"), nullptr);
}

TEST(NodePools, WhatAPoolSaysIsRead) {
    Written w;
    w.of_pool = R"("weight":7,"limits":{"cpu":"100","memory":"10Gi","nodes":"5"},
        "disruption":{"consolidationPolicy":"WhenEmpty","consolidateAfter":"Never",
        "budgets":[{"nodes":"3","reasons":["Drifted","Empty"]},
                   {"nodes":"0","schedule":"0 9 * * mon-fri","duration":"8h"}]},)";
    w.of_template = R"("expireAfter":"Never","terminationGracePeriod":"30m",
        "taints":[{"key":"team","value":"a","effect":"NoSchedule"}],
        "startupTaints":[{"key":"example.com/agent","effect":"NoExecute"}],)";
    w.metadata = R"({"labels":{"team":"a"}})";
    const auto scenario = read(w);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const NodePool& pool = pool_of(*scenario);
    EXPECT_EQ(pool.weight, 7);
    using Limits = std::vector<std::pair<std::string, std::int64_t>>;
    EXPECT_EQ(pool.limits, (Limits{{"cpu", 100'000}, {"memory", 10 * gibibyte}, {"nodes", 5}}));
    EXPECT_EQ(pool.policy, NodePoolPolicy::when_empty);
    EXPECT_EQ(pool.consolidate_after, sim::Duration::max());
    EXPECT_EQ(pool.expire_after, sim::Duration::max());
    EXPECT_EQ(pool.drain_limit, sim::Duration::minutes(30));
    ASSERT_EQ(pool.budgets.size(), 2U);
    EXPECT_EQ(pool.budgets[0].amount, 3);
    EXPECT_TRUE(pool.budgets[0].is_about(DisruptionReason::drifted));
    EXPECT_FALSE(pool.budgets[0].is_about(DisruptionReason::underutilized));
    EXPECT_TRUE(pool.budgets[1].is_scheduled);
    EXPECT_EQ(pool.budgets[1].lasts, sim::Duration::hours(8));
    const NodeShape& shape = (*scenario->spec)[pool.offers[0].shape];
    EXPECT_EQ(shape.taints, (std::vector<Taint>{{"team", "a", TaintEffect::no_schedule}}));
    EXPECT_EQ(label_of(shape, "team"), "a");
    EXPECT_NE(assumed(*scenario, "startupTaints of NodePool/default"), nullptr);
}

TEST(NodePools, AKubeletOfTheClassHoldsForItsNodes) {
    // KARP-21 to KARP-23
    Written w;
    w.of_class =
        R"("kubelet":{"maxPods":10,"systemReserved":{"memory":"1Gi"},"kubeReserved":{"cpu":"500m","memory":"1Gi"},
        "evictionHard":{"memory.available":"200Mi"}},
        "blockDeviceMappings":[{"deviceName":"/dev/xvda","ebs":{"volumeSize":"100Gi","volumeType":"gp3"}}],)";
    const auto scenario = read(w);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const NodeShape& shape = (*scenario->spec)[pool_of(*scenario).offers[0].shape];
    EXPECT_EQ(shape.max_pods, 10);
    EXPECT_EQ(shape.volume_gib, 100);
    EXPECT_EQ(shape.allocatable.cpu_milli, 1500);
    EXPECT_EQ(shape.capacity.memory_bytes - shape.allocatable.memory_bytes, 2 * gibibyte + 200 * mebibyte);
}

// KARP-22: 6 % of the first core and 1 % of the second; 11 Mi for each of the 29 pods that the interfaces allow and 255
// Mi, though the class allows ten alone. KARP-23: and 100 Mi before it evicts.
TEST(NodePools, TheKubeletKeepsForAsManyPodsAsTheInterfacesAllow) {
    Written w;
    w.of_class = R"("kubelet":{"maxPods":10},)";
    const auto scenario = read(w);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const NodePoolType& type = scenario->spec->karpenter.types[0];
    EXPECT_EQ(type.max_pods, 10);
    EXPECT_EQ(type.capacity.cpu_milli - type.allocatable.cpu_milli, 60 + 10);
    EXPECT_EQ(type.capacity.memory_bytes - type.allocatable.memory_bytes, (11 * 29 + 255 + 100) * mebibyte);
}

TEST(NodePools, ThePoolOfV1beta1IsReadToo) {
    const std::string pool =
        R"([{"apiVersion":"karpenter.sh/v1beta1","kind":"NodePool","metadata":{"name":"default"},"spec":{
        "disruption":{"consolidationPolicy":"WhenUnderutilized","expireAfter":"48h"},"template":{"spec":{
        "nodeClassRef":{"name":"default"},"kubelet":{"maxPods":12},"requirements":[
        {"key":"node.kubernetes.io/instance-type","operator":"In","values":["m5.large"]}]}}}},
        {"apiVersion":"karpenter.k8s.aws/v1beta1","kind":"EC2NodeClass","metadata":{"name":"default"},"spec":{
        "amiFamily":"AL2","subnetSelectorTerms":[{"tags":{"Name":"*1b"}}]}}])";
    const auto scenario = load({{"manifests", pool}, {"behaviour", "[]"}, {"timeline", "[]"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(pool_of(*scenario).expire_after, sim::Duration::hours(48));
    EXPECT_EQ(pool_of(*scenario).policy, NodePoolPolicy::when_empty_or_underutilized);
    for (const NodePoolOffer& offer : pool_of(*scenario).offers) {
        const NodeShape& shape = (*scenario->spec)[offer.shape];
        EXPECT_EQ(shape.max_pods, 12);
        EXPECT_EQ(label_of(shape, "topology.kubernetes.io/zone"), "eu-central-1b");
    }
}

TEST(NodePools, KarpentersOwnDeploymentIsToldByItsImage) {
    // KARP-1, GEN-1
    Written w;
    w.others =
        R"(,{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"karpenter","namespace":"kube-system"},
        "spec":{"replicas":2,"selector":{"matchLabels":{"app":"k"}},"template":{"metadata":{"labels":{"app":"k"}},"spec":{
        "containers":[{"name":"controller","image":"public.ecr.aws/karpenter/controller:1.6.2@sha256:00",
        "env":[{"name":"BATCH_MAX_DURATION","value":"30s"},{"name":"BATCH_IDLE_DURATION","value":"3s"},
               {"name":"PREFERENCE_POLICY","value":"Ignore"},{"name":"FEATURE_GATES","value":"NodeRepair=false,SpotToSpotConsolidation=true"},
               {"name":"VM_MEMORY_OVERHEAD_PERCENT","value":"0.1"},{"name":"RESERVED_ENIS","value":"1"}]}]}}}})";
    const auto scenario = read(w);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Karpenter& karpenter = scenario->spec->karpenter;
    ASSERT_TRUE(karpenter.pods.valid());
    EXPECT_EQ((*scenario->spec)[karpenter.pods].name, "karpenter");
    EXPECT_EQ(karpenter.version_minor, 6);
    EXPECT_EQ(karpenter.batch_longest, sim::Duration::seconds(30));
    EXPECT_EQ(karpenter.batch_idle, sim::Duration::seconds(3));
    EXPECT_FALSE(karpenter.respects_preferences);
    EXPECT_TRUE(karpenter.spot_to_spot);
    // KARP-20: 8192 Mi less a tenth; KARP-21: one ENI less.
    EXPECT_EQ(karpenter.types[0].capacity.memory_bytes, (8192 - 820) * mebibyte);
    EXPECT_EQ(karpenter.types[0].max_pods, 20);
}

std::string controller(const std::string& container) {
    return R"(,{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"karpenter","namespace":"kube-system"},
        "spec":{"replicas":2,"selector":{"matchLabels":{"app":"k"}},"template":{"metadata":{"labels":{"app":"k"}},"spec":{
        "containers":[{"name":"controller","image":"public.ecr.aws/karpenter/controller:1.6.2",)" +
           container + "}]}}}}";
}

TEST(NodePools, AFlagMayStandBeforeItsValue) {
    // KARP-1
    Written w;
    w.others = controller(R"("args":["--batch-max-duration","30s","--batch-idle-duration=3s"])");
    const auto scenario = read(w);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->karpenter.batch_longest, sim::Duration::seconds(30));
    EXPECT_EQ(scenario->spec->karpenter.batch_idle, sim::Duration::seconds(3));
}

TEST(NodePools, AFeatureGateThatIsNotModelledIsWarnedAbout) {
    // KARP-1: the first one is on by default, and the last one is off.
    Written w;
    w.others = controller(
        R"("env":[{"name":"FEATURE_GATES","value":"ReservedCapacity=true,NodeRepair=true,NodeOverlay=false"}])");
    const auto scenario = read(w);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    int said = 0;
    for (const Complaint& warning : scenario->warnings) {
        if (warning.message.find("feature gate") == std::string::npos) continue;
        ++said;
        EXPECT_NE(warning.message.find("NodeRepair"), std::string::npos) << warning.message;
    }
    EXPECT_EQ(said, 1);
}

TEST(NodePools, ALabelOfTheUsersOwnIsTakenWithOneValue) {
    const auto with = [](const std::string& team) {
        Written w;
        w.requirements =
            R"([{"key":"node.kubernetes.io/instance-type","operator":"In","values":["m5.large"]},)" + team + "]";
        return read(w);
    };
    const auto one = with(R"({"key":"team","operator":"In","values":["a"]})");
    ASSERT_TRUE(one.ok()) << listed(one.error());
    EXPECT_EQ(label_of((*one->spec)[pool_of(*one).offers.at(0).shape], "team"), "a");
    EXPECT_TRUE(with(R"({"key":"team","operator":"NotIn","values":["a"]})").ok());
    for (const char* open :
         {R"({"key":"team","operator":"In","values":["a","b"]})", R"({"key":"team","operator":"Exists"})",
          R"({"key":"team","operator":"Gt","values":["3"]})"}) {
        const auto scenario = with(open);
        ASSERT_FALSE(scenario.ok());
        EXPECT_NE(find(scenario.error(), Rule::not_yet_modelled), nullptr) << listed(scenario.error());
        EXPECT_EQ(scenario.error().size(), 1U) << listed(scenario.error());
    }
}

TEST(NodePools, MistakesAreComplainedOfWithTheirPlace) {
    const struct {
        Written written;
        Rule rule;
    } cases[] = {
        {{.of_pool = R"("disruption":{"budgets":[{"nodes":"many"}]},)"}, Rule::out_of_range},
        {{.of_pool = R"("disruption":{"budgets":[{"nodes":"1","schedule":"0 9 * * *"}]},)"},
         Rule::contradictory_fields},
        {{.of_pool = R"("disruption":{"budgets":[{"nodes":"1","schedule":"0 25 * * *","duration":"1h"}]},)"},
         Rule::bad_cron},
        {{.of_pool = R"("disruption":{"consolidationPolicy":"Sometimes"},)"}, Rule::not_one_of},
        {{.requirements = R"([{"key":"karpenter.k8s.aws/instance-cpu","operator":"Gt","values":["a lot"]}])"},
         Rule::bad_selector},
        {{.terms = R"([{"id":"subnet-of-nobody"}])"}, Rule::unknown_subnet},
    };
    for (const auto& each : cases) {
        const auto scenario = read(each.written);
        ASSERT_FALSE(scenario.ok());
        EXPECT_NE(find(scenario.error(), each.rule), nullptr) << listed(scenario.error());
    }
}

TEST(NodePools, APoolWithNothingToLaunchIsWarnedAbout) {
    Written w;
    w.requirements = R"([{"key":"karpenter.k8s.aws/instance-family","operator":"In","values":["m99"]}])";
    const auto scenario = read(w);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_NE(find(scenario->warnings, Rule::no_offer_of_node_pool), nullptr);
}

TEST(NodePools, AChangeInTheTimelineIsInForceFromThenOn) {
    const auto scenario = read(
        {}, {{"timeline",
              R"([{"at":"1h","apply":"NodePool/default","merge":{"spec":{"disruption":{"consolidateAfter":"30s"}}}},
                              {"at":"90m","apply":"EC2NodeClass/default","merge":{"spec":{"amiSelectorTerms":[{"alias":"al2023@v20260101"}]}}},
                              {"at":"100m","apply":"NodePool/default","json6902":[{"op":"replace","path":"/spec/template/spec/requirements/0/values","value":["m5.xlarge"]}]}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    ASSERT_EQ(spec.revisions.size(), 3U);
    EXPECT_EQ(spec.karpenter.pools[0].consolidate_after, sim::Duration::zero());
    EXPECT_EQ(spec.revision(1).karpenter.pools[0].consolidate_after, sim::Duration::seconds(30));
    // KARP-60: the pool's behaviour makes nothing drift, another image does.
    EXPECT_EQ(spec.revision(1).karpenter.pools[0].made_of, spec.karpenter.pools[0].made_of);
    EXPECT_NE(spec.revision(2).karpenter.pools[0].made_of, spec.karpenter.pools[0].made_of);
    // What is offered then has shapes of its own, which all revisions know.
    const NodePoolOffer& offer = spec.revision(3).karpenter.pools[0].offers[0];
    EXPECT_EQ(spec[offer.shape].instance_type, "m5.xlarge");
    EXPECT_EQ(spec.revision(3)[offer.shape].instance_type, "m5.xlarge");
    EXPECT_EQ(spec[spec.karpenter.pools[0].offers[0].shape].instance_type, "m5.large");
}

TEST(NodePools, APoolMayGrowAndShrinkBesideClusterAutoscaler) {
    // The templates of its node groups stand behind what the pool launches, in each reading at another place.
    Written w;
    w.others =
        R"(,{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"cluster-autoscaler","namespace":"kube-system"},
        "spec":{"replicas":1,"selector":{"matchLabels":{"app":"ca"}},"template":{"metadata":{"labels":{"app":"ca"}},"spec":{
        "containers":[{"name":"cluster-autoscaler","image":"registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.1",
        "command":["./cluster-autoscaler","--cloud-provider=aws","--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled"]}]}}}})";
    const auto scenario = read(
        w,
        {{"timeline",
          R"([{"at":"1h","apply":"NodePool/default","json6902":[{"op":"replace","path":"/spec/template/spec/requirements/0/values","value":["m5.large","m5.xlarge"]}]},
                 {"at":"90m","apply":"NodePool/default","json6902":[{"op":"add","path":"/spec/template/spec/requirements/-","value":
                  {"key":"topology.kubernetes.io/zone","operator":"In","values":["eu-central-1b"]}}]}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    ASSERT_EQ(spec.cluster_autoscaler.groups.size(), 1U);
    ASSERT_EQ(spec.revisions.size(), 2U);
    EXPECT_EQ(spec.karpenter.pools[0].offers.size(), 2U);
    EXPECT_EQ(spec.revision(1).karpenter.pools[0].offers.size(), 4U);
    EXPECT_EQ(spec.revision(2).karpenter.pools[0].offers.size(), 2U);
    for (const std::uint32_t revision : {1U, 2U}) {
        const Spec& then = spec.revision(revision);
        EXPECT_EQ(then.shapes, spec.shapes);
        EXPECT_EQ(then.karpenter.types, spec.karpenter.types);
    }
}

}  // namespace
}  // namespace eks::scenario_test
