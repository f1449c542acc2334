// What a scenario says of addresses beyond the CNI's own variables: ENIConfigs, subnets, EC2's limits, faults.
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace address_settings {

using scenario_test::assumed;
using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;
using scenario_test::load;

constexpr const char* subnets = "cluster.vpc.subnets.private";
constexpr const char* with_pod_subnets = R"({
    "eu-central-1a": {"cidr": "10.0.0.0/22"},
    "eu-central-1b": {"cidr": "10.0.4.0/22"},
    "pods-a": {"cidr": "100.64.0.0/20", "az": "eu-central-1a", "id": "subnet-0a"},
    "pods-b": {"cidr": "100.64.16.0/20", "az": "eu-central-1b", "id": "subnet-0b"}})";
const char* const nodes_in = "cluster.managedNodeGroups[workers].subnets";

Changes custom_networking(const char* manifests, const char* env) {
    return {{subnets, with_pod_subnets},
            {"cluster.vpc.extraCIDRs", R"(["100.64.0.0/16"])"},
            {nodes_in, R"(["eu-central-1a", "eu-central-1b"])"},
            {"manifests", manifests},
            {"behaviour", "[]"},
            {"timeline", "[]"},
            {"patches", std::string(R"([{"target": "DaemonSet/kube-system/aws-node", "env": )") + env + "}]"}};
}

constexpr const char* eni_configs = R"([
    {"apiVersion": "crd.k8s.amazonaws.com/v1alpha1", "kind": "ENIConfig", "metadata": {"name": "eu-central-1a"},
     "spec": {"subnet": "subnet-0a", "securityGroups": ["sg-1"]}},
    {"apiVersion": "crd.k8s.amazonaws.com/v1alpha1", "kind": "ENIConfig", "metadata": {"name": "eu-central-1b"},
     "spec": {"subnet": "pods-b"}}])";
constexpr const char* by_zone =
    R"({"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone"})";

TEST(AddressSettings, AnEniConfigAZoneSaysWherePodsGetTheirAddresses) {  // IPAM-145
    const auto scenario = load(custom_networking(eni_configs, by_zone));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    ASSERT_EQ(spec.shapes.size(), 2U);
    EXPECT_TRUE(spec.cni.custom_networking);
    EXPECT_EQ(spec[spec.shapes[0].pod_subnet].name, "pods-a");
    EXPECT_EQ(spec[spec.shapes[1].pod_subnet].name, "pods-b");
    EXPECT_TRUE(spec.shapes[0].takes_prefixes);  // IPAM-135: m5 is nitro
}

TEST(AddressSettings, CustomNetworkingThatIsSwitchedOnLaterHasItsSubnetsFromThenOn) {  // IPAM-145, IPAM-147
    Changes changes = custom_networking(eni_configs, R"({"WARM_ENI_TARGET": "1"})");
    changes.emplace_back(
        "timeline",
        std::string(R"([{"at": "1h", "apply": "DaemonSet/kube-system/aws-node", "env": )") + by_zone + "}]");
    const auto scenario = load(changes);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    ASSERT_EQ(spec.revisions.size(), 1U);
    const Spec& later = spec.revision(1);
    for (const std::size_t i : {0U, 1U}) {
        EXPECT_FALSE(spec.shapes[i].pod_subnet.valid());
        ASSERT_TRUE(later.shapes[i].pod_subnet.valid());
        EXPECT_EQ(later[later.shapes[i].pod_subnet].name, i == 0 ? "pods-a" : "pods-b");
    }
}

TEST(AddressSettings,
     NodesOfferTheBranchEnisOfTheirType) {  // IPAM-155: m5.large 9, m5.xlarge 18, c5.4xlarge 54, t none
    const auto offered = [](const char* type, const char* env) {
        const auto scenario =
            load({{"cluster.managedNodeGroups[workers].instanceType", type},
                  {"patches", std::string(R"([{"target": "DaemonSet/kube-system/aws-node", "env": )") + env + "}]"}});
        EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
        return scenario.ok() ? scenario->spec->shapes[0].allocatable.pod_enis : -1;
    };
    constexpr const char* on = R"({"ENABLE_POD_ENI": "true"})";
    EXPECT_EQ(offered("\"m5.large\"", on), 9);
    EXPECT_EQ(offered("\"m5.xlarge\"", on), 18);
    EXPECT_EQ(offered("\"c5.4xlarge\"", on), 54);
    EXPECT_EQ(offered("\"t3.large\"", on), 0);
    EXPECT_EQ(offered("\"m5.large\"", R"({"ENABLE_POD_ENI": "false"})"), 0);
    // No type has more than there are VLAN ids: up to 121, and 0 is nobody's.
    for (const InstanceType& type : Catalog::builtin().all()) EXPECT_LE(type.branch_enis, 120) << type.name;
}

TEST(AddressSettings, AnIpv6ClusterHasItsCniSetUpForIt) {  // IPAM-135; IPAM-61: max-pods need no addresses
    const auto scenario = load({{"cluster.kubernetesNetworkConfig", R"({"ipFamily": "IPv6"})"},
                                {"cluster.managedNodeGroups[workers].maxPodsPerNode", "110"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_TRUE(scenario->spec->cni.ipv6);
    EXPECT_TRUE(scenario->spec->cni.prefix_delegation);
    EXPECT_EQ(find(scenario->warnings, Rule::pods_without_address), nullptr);
    EXPECT_FALSE(load({{"cluster.kubernetesNetworkConfig", R"({"ipFamily": "IPv5"})"}}).ok());
}

TEST(AddressSettings, NodesKnowTheirFurtherNetworkCards) {  // IPAM-158
    const auto scenario = load({{"cluster.managedNodeGroups[workers].instanceType", "\"i7ie.48xlarge\""}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->shapes[0].max_enis, 8);
    EXPECT_EQ(scenario->spec->shapes[0].enis_of_further_cards, std::vector<std::int32_t>{7});
}

TEST(AddressSettings, TheChartMakesEniConfigsByRegionAndKey) {
    const auto scenario = load(custom_networking(R"([{"chart": "aws-vpc-cni", "helmValues": {"eniConfig": {
        "create": true, "region": "eu-central-1", "subnets": {"a": {"id": "subnet-0a"}, "b": {"id": "subnet-0b"}}}}}])",
                                                 by_zone));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ((*scenario->spec)[scenario->spec->shapes[1].pod_subnet].name, "pods-b");
}

TEST(AddressSettings, AMissingEniConfigIsWarnedAboutAndAWrongOneRefused) {
    const auto missing =
        load(custom_networking(eni_configs, R"({"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"})"));  // "default"
    ASSERT_TRUE(missing.ok()) << listed(missing.error());
    ASSERT_NE(find(missing->warnings, Rule::no_eni_config), nullptr);
    EXPECT_FALSE(missing->spec->shapes[0].pod_subnet.valid());

    const std::string object =
        R"([{"apiVersion": "crd.k8s.amazonaws.com/v1alpha1", "kind": "ENIConfig", "metadata": {"name": "default"}, "spec": {"subnet": )";
    const char* env = R"({"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"})";
    const auto unknown = load(custom_networking((object + R"("subnet-0c"}}])").c_str(), env));
    ASSERT_FALSE(unknown.ok());
    EXPECT_NE(find(unknown.error(), Rule::unknown_subnet), nullptr);
    const auto elsewhere = load(custom_networking((object + R"("pods-a"}}])").c_str(), env));
    ASSERT_FALSE(elsewhere.ok());
    EXPECT_NE(find(elsewhere.error(), Rule::subnet_in_other_zone), nullptr);  // IPAM-208
}

TEST(AddressSettings, TagsOfSubnetsDecideOnDiscovery) {  // IPAM-150, IPAM-151
    const auto scenario = load({{subnets, R"({
        "eu-central-1a": {"cidr": "10.0.0.0/22", "tags": {"kubernetes.io/role/cni": "0"}},
        "eu-central-1b": {"cidr": "10.0.4.0/22", "tags": {"Name": "b"}},
        "own": {"cidr": "10.0.8.0/22", "az": "eu-central-1a",
                "tags": {"kubernetes.io/role/cni": 1, "cni.networking.k8s.aws/cluster/shop": "shared"}},
        "other": {"cidr": "10.0.12.0/22", "az": "eu-central-1a",
                  "tags": {"kubernetes.io/role/cni": "1", "cni.networking.k8s.aws/cluster/bakery": "shared"}}})"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const auto& rows = scenario->spec->subnets;
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].cni_role, CniRole::refused);
    EXPECT_EQ(rows[1].cni_role, CniRole::unsaid);
    EXPECT_EQ(rows[2].cni_role, CniRole::offered);
    EXPECT_FALSE(rows[2].is_of_other_cluster);
    EXPECT_TRUE(rows[3].is_of_other_cluster);
}

TEST(AddressSettings, ReservationsLieWithinTheirSubnet) {  // IPAM-206
    const std::string one =
        R"({"eu-central-1a": {"cidr": "10.0.0.0/22"}, "eu-central-1b": {"cidr": "10.0.4.0/22", "reservations": )";
    const auto good =
        load({{subnets, one + R"([{"cidr": "10.0.5.0/24"}, {"cidr": "10.0.6.0/25", "type": "explicit"}]}})"}});
    ASSERT_TRUE(good.ok()) << listed(good.error());
    const auto& rows = good->spec->subnets[1].reservations;
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0], (CidrReservation{0x0A000500, 24, true}));
    EXPECT_EQ(rows[1], (CidrReservation{0x0A000600, 25, false}));
    struct Case {
        const char* list;
        Rule rule;
    };
    for (const auto& [list, rule] :
         {Case{R"([{"cidr": "10.0.8.0/24"}])", Rule::bad_reservation},
          Case{R"([{"cidr": "10.0.5.0/24"}, {"cidr": "10.0.5.128/25"}])", Rule::bad_reservation},
          Case{R"([{"cidr": "10.0.5.1/24"}])", Rule::bad_cidr},
          Case{R"([{"cidr": "10.0.5.0/24", "type": "prefixes"}])", Rule::not_one_of},
          Case{R"([{"type": "prefix"}])", Rule::missing_field},
          Case{R"([{"cdir": "10.0.5.0/24"}])", Rule::unknown_field}}) {
        const auto bad = load({{subnets, one + list + "}}"}});
        ASSERT_FALSE(bad.ok()) << list;
        EXPECT_NE(find(bad.error(), rule), nullptr) << list << '\n' << listed(bad.error());
    }
}

TEST(AddressSettings, TheControlPlaneTakesFourAddresses) {  // IPAM-201
    const auto scenario = load();
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->subnets[0].in_use, 61);  // what the scenario counts includes them
    EXPECT_EQ(scenario->spec->subnets[1].in_use, 4);
    EXPECT_NE(assumed(*scenario, "assume.controlPlaneInterfaces"), nullptr);
    const auto two = load({{"assume.controlPlaneInterfaces", "2"}});
    ASSERT_TRUE(two.ok());
    EXPECT_EQ(two->spec->subnets[1].in_use, 2);
}

TEST(AddressSettings, SecondaryRangesWidenTheVpc) {  // IPAM-210
    const Changes outside{{subnets, with_pod_subnets}, {nodes_in, R"(["eu-central-1a", "eu-central-1b"])"}};
    const auto bad = load(outside);
    ASSERT_FALSE(bad.ok());
    EXPECT_NE(find(bad.error(), Rule::subnet_outside_vpc), nullptr);
    const auto overlapping = load({{"cluster.vpc.extraCIDRs", R"(["10.0.128.0/20"])"}});
    ASSERT_FALSE(overlapping.ok());
    EXPECT_NE(find(overlapping.error(), Rule::subnets_overlap), nullptr);
}

TEST(AddressSettings, LimitsOfEc2AreStatedByAction) {  // IPAM-400, IPAM-401, IPAM-405
    const auto plain = load();
    ASSERT_TRUE(plain.ok());
    EXPECT_NE(assumed(*plain, "assume.ec2"), nullptr);
    EXPECT_EQ(plain->spec->ec2[Ec2Action::attach_network_interface].bucket, 50);  // IPAM-402
    EXPECT_EQ(plain->spec->ec2[Ec2Action::attach_network_interface].refill_milli_per_second, 5'000);

    const auto scenario = load({{"assume.ec2", R"({"attempts": 5, "AttachNetworkInterface":
        {"bucket": 20, "refill": "30/min", "otherLoad": "0.25/s", "latency": "2s"}})"},
                                {"assume.subnetChoice", "lowest"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Ec2Limit& limit = scenario->spec->ec2[Ec2Action::attach_network_interface];
    EXPECT_EQ(scenario->spec->ec2.attempts, 5);
    EXPECT_EQ(limit.bucket, 20);
    EXPECT_EQ(limit.refill_milli_per_second, 500);
    EXPECT_EQ(limit.other_load_milli_per_second, 250);
    EXPECT_EQ(limit.latency.sample(0.5), sim::Duration::seconds(2));
    EXPECT_EQ(scenario->spec->subnet_choice, SubnetChoice::lowest);
    EXPECT_EQ(assumed(*scenario, "assume.ec2"), nullptr);

    // KARP-36: what counts instances is stated likewise, and no other action has it.
    const auto counted = load({{"assume.ec2", R"({"RunInstances": {"instances": 40, "instancesRefill": "0.5/s"}})"}});
    ASSERT_TRUE(counted.ok()) << listed(counted.error());
    EXPECT_EQ(counted->spec->ec2[Ec2Action::run_instances].instances, 40);
    EXPECT_EQ(counted->spec->ec2[Ec2Action::run_instances].instances_refill_milli_per_second, 500);
    EXPECT_EQ(counted->spec->ec2[Ec2Action::run_instances].bucket, 5);
    EXPECT_EQ(counted->spec->ec2[Ec2Action::terminate_instances].instances, 1000);

    struct Case {
        const char* value;
        Rule rule;
    };
    for (const auto& [value, rule] : {Case{R"({"CreateTags": {"instances": 5}})", Rule::contradictory_fields},
                                      Case{R"({"AttachNetworkInterfaces": {}})", Rule::unknown_field},
                                      Case{R"({"CreateTags": {"refill": 5}})", Rule::missing_unit},
                                      Case{R"({"CreateTags": {"refill": "5s"}})", Rule::bad_quantity},
                                      Case{R"({"CreateTags": {"refill": "-5/s"}})", Rule::out_of_range},
                                      Case{R"({"CreateTags": {"bucket": 0}})", Rule::out_of_range},
                                      Case{R"({"attempts": 0})", Rule::out_of_range}}) {
        const auto bad = load({{"assume.ec2", value}});
        ASSERT_FALSE(bad.ok()) << value;
        EXPECT_NE(find(bad.error(), rule), nullptr) << value << '\n' << listed(bad.error());
    }
}

TEST(AddressSettings, AFaultBeginsAndEnds) {
    const auto scenario = load({{"timeline", R"([
        {"at": "30m", "for": "10m", "fault": "imds-stale", "age": "5m", "zone": "eu-central-1b", "name": "stale"},
        {"every": "40m", "for": "1m", "fault": "ec2-throttling", "load": "30/s", "actions": ["AttachNetworkInterface"]},
        {"between": "50m and 1h", "fault": "cni-daemon-down", "nodeGroup": "workers"},
        {"at": "1h", "fault": "subnet-addresses-taken", "subnet": "private-eu-central-1a", "addresses": 100}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const auto& timeline = scenario->spec->timeline;
    const auto minute = [](std::int64_t n) { return sim::Duration::minutes(n); };
    std::vector<std::pair<sim::Duration, TimelineKind>> seen;
    for (const TimelineAction& action : timeline) seen.emplace_back(action.at, action.kind);
    const auto begins = TimelineKind::fault_begins;
    const auto ends = TimelineKind::fault_ends;
    EXPECT_EQ(seen, (std::vector<std::pair<sim::Duration, TimelineKind>>{{minute(30), begins},
                                                                         {minute(40), ends},
                                                                         {minute(40), begins},
                                                                         {minute(41), ends},
                                                                         {minute(50), begins},
                                                                         {minute(60), ends},
                                                                         {minute(60), begins},
                                                                         {minute(80), begins},
                                                                         {minute(81), ends}}));
    EXPECT_EQ(timeline[0].fault.kind, FaultKind::imds_stale);
    EXPECT_EQ(timeline[0].fault.age_us, 300'000'000);
    EXPECT_EQ(scenario->spec->zones[timeline[0].fault.zone.value], "eu-central-1b");
    EXPECT_EQ(timeline[0].fault, timeline[1].fault);
    EXPECT_EQ(timeline[2].fault.load_milli_per_second, 30'000);
    EXPECT_EQ(timeline[2].fault.actions, 1U << static_cast<unsigned>(Ec2Action::attach_network_interface));
    EXPECT_NE(timeline[2].fault, timeline[7].fault);  // the same fault, another time
    EXPECT_EQ(timeline[6].fault.addresses, 100);
    ASSERT_EQ(scenario->windows.size(), 1U);  // for `when: during stale`
    EXPECT_EQ(scenario->windows[0], (NamedWindow{"stale", minute(30), minute(40)}));
}

TEST(AddressSettings, WrongFaultsAreRefused) {
    struct Case {
        const char* entry;
        Rule rule;
    };
    for (const auto& [entry, rule] : {
             Case{R"({"at": "1h", "fault": "imds-unavailabel"})", Rule::not_one_of},
             Case{R"({"at": "1h", "fault": "conntrack-full"})", Rule::not_yet_modelled},
             Case{R"({"at": "1h", "fault": "imds-unavailable", "zone": "eu-central-1z"})", Rule::unknown_zone},
             Case{R"({"at": "1h", "fault": "imds-unavailable", "nodeGroup": "wrokers"})", Rule::unknown_node_group},
             Case{R"({"at": "1h", "fault": "imds-unavailable", "addresses": 3})", Rule::contradictory_fields},
             Case{R"({"at": "1h", "fault": "ec2-throttling"})", Rule::missing_field},
             Case{R"({"at": "1h", "fault": "ec2-throttling", "load": 30})", Rule::missing_unit},
             Case{R"({"at": "1h", "fault": "ec2-throttling", "load": "3/s", "actions": ["Attach"]})", Rule::not_one_of},
             Case{R"({"at": "1h", "fault": "subnet-addresses-taken", "addresses": 3})", Rule::missing_field},
             Case{R"({"at": "1h", "fault": "subnet-addresses-taken", "subnet": "x", "addresses": 3})",
                  Rule::unknown_subnet},
             Case{R"({"at": "1h", "fault": "pod-interface-failure", "share": "0%"})", Rule::out_of_range},
             Case{R"({"at": "1h", "fault": "cni-daemon-down", "share": "5%"})", Rule::contradictory_fields},
             Case{R"({"at": "1h", "fault": "cilium-leader-lost"})", Rule::matches_nothing},
             Case{R"({"at": "1h", "fault": "spot-interruption"})", Rule::matches_nothing},
             Case{R"({"at": "1h", "fault": "spot-storm", "share": "50%"})", Rule::matches_nothing},
             Case{R"({"at": "1h", "fault": "insufficient-capacity", "instanceTypes": ["m55.large"]})",
                  Rule::unknown_instance_type},
             Case{R"({"at": "1h", "fault": "insufficient-capacity", "purchase": "cheap"})", Rule::not_one_of},
             Case{R"({"at": "1h", "fault": "launch-failure", "how": "slowly"})", Rule::not_one_of},
             Case{R"({"at": "1h", "for": "0s", "fault": "cni-daemon-down"})", Rule::out_of_range},
             Case{R"({"at": "1h", "fault": "cni-daemon-down", "scale": "Deployment/shop/web"})",
                  Rule::contradictory_fields},
             Case{R"({"at": "1h", "scale": "Deployment/shop/web", "replicas": 1, "load": "3/s"})",
                  Rule::contradictory_fields},
         }) {
        const auto bad = load({{"timeline", "[" + std::string(entry) + "]"}});
        ASSERT_FALSE(bad.ok()) << entry;
        EXPECT_NE(find(bad.error(), rule), nullptr) << entry << '\n' << listed(bad.error());
    }
}

constexpr const char* other_enis = "cluster.managedNodeGroups[workers].otherEnis";

TEST(AddressSettings, EnisOfOthersAreReadWithTheirTags) {  // IPAM-152
    const auto tag_of = [](const char* tags) {
        const auto scenario =
            load({{other_enis, std::string(R"([{"count": 2, "addresses": 3, "tags": )") + tags + "}]"}});
        EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
        if (!scenario.ok()) return EniTag::managed;
        const auto& found = scenario->spec->shapes[0].other_enis;
        EXPECT_EQ(found.size(), 1U);
        EXPECT_EQ(found[0].count, 2);
        EXPECT_EQ(found[0].addresses, 3);
        return found[0].tag;
    };
    EXPECT_EQ(tag_of("{}"), EniTag::untagged);
    EXPECT_EQ(tag_of(R"({"node.k8s.amazonaws.com/no_manage": "true"})"), EniTag::no_manage);
    EXPECT_EQ(tag_of(R"({"node.k8s.amazonaws.com/no_manage": "false"})"), EniTag::managed);
    EXPECT_EQ(tag_of(R"({"node.k8s.amazonaws.com/instance_id": "this"})"), EniTag::managed);
    EXPECT_EQ(tag_of(R"({"node.k8s.amazonaws.com/instance_id": "i-0123"})"), EniTag::untagged);
    // no_manage goes before instance_id, in whichever order they stand.
    EXPECT_EQ(tag_of(R"({"node.k8s.amazonaws.com/instance_id": "this", "node.k8s.amazonaws.com/no_manage": "true"})"),
              EniTag::no_manage);
    // An m5.xlarge has room for four.
    const auto bad = load({{other_enis, R"([{"count": 4}])"}});
    ASSERT_FALSE(bad.ok());
    EXPECT_NE(find(bad.error(), Rule::out_of_range), nullptr) << listed(bad.error());
    EXPECT_FALSE(load({{other_enis, R"([{"cuont": 1}])"}}).ok());
}

TEST(AddressSettings, EnisOfOthersLeaveLessForPods) {  // IPAM-152: two of four slots, so 2·14 addresses for 58 pods
    const auto warned = [](const char* enis) {
        const auto scenario = load({{other_enis, enis}});
        EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
        return scenario.ok() && find(scenario->warnings, Rule::pods_without_address) != nullptr;
    };
    EXPECT_FALSE(warned("[]"));
    EXPECT_FALSE(warned(R"([{"count": 2}])"));  // untagged: they become the CNI's own
    EXPECT_TRUE(warned(R"([{"count": 2, "tags": {"node.k8s.amazonaws.com/no_manage": "true"}}])"));
}

TEST(AddressSettings, TheChoicesNobodyDocumentsCanBeMade) {  // IPAM-22, IPAM-172, IPAM-209
    const auto scenario =
        load({{"assume", R"({"mapOrder": "insertion", "addressReturn": "5s", "policyAgentStart": "4s"})"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->map_order, MapOrder::insertion);
    EXPECT_EQ(scenario->spec->latencies.address_return, sim::Duration::seconds(5));
    EXPECT_EQ(scenario->spec->latencies.policy_agent_start, sim::Duration::seconds(4));
    EXPECT_EQ(assumed(*scenario, "assume.policyAgentStart"), nullptr);
    const auto plain = load();
    ASSERT_TRUE(plain.ok());
    EXPECT_NE(assumed(*plain, "assume.policyAgentStart"), nullptr);
    EXPECT_FALSE(load({{"assume", R"({"mapOrder": "sorted"})"}}).ok());
}

Changes aws_node_env(const std::string& env) {
    return {{"patches", R"([{"target": "DaemonSet/kube-system/aws-node", "env": )" + env + "}]"}};
}

TEST(AddressSettings, VariablesOfPolicyTagsAndSourceNatAreRead) {  // IPAM-1, IPAM-152, IPAM-165, IPAM-172
    const auto plain = load();
    ASSERT_TRUE(plain.ok());
    EXPECT_TRUE(plain->spec->cni.asks_policy_agent);  // the manifest sets standard
    EXPECT_TRUE(plain->spec->cni.manages_untagged_enis);
    EXPECT_TRUE(plain->spec->cni.is_strict_with_pod_groups);
    EXPECT_TRUE(plain->spec->cni.returns_replies);
    const auto set = load(aws_node_env(R"({"NETWORK_POLICY_ENFORCING_MODE": "", "MANAGE_UNTAGGED_ENI": "false",
        "POD_SECURITY_GROUP_ENFORCING_MODE": "standard", "ENABLE_IMDS_ONLY_MODE": "true",
        "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": "10.1.0.0/16, 192.168.0.0/16"})"));
    ASSERT_TRUE(set.ok()) << listed(set.error());
    EXPECT_FALSE(set->spec->cni.asks_policy_agent);
    EXPECT_FALSE(set->spec->cni.manages_untagged_enis);
    EXPECT_FALSE(set->spec->cni.is_strict_with_pod_groups);
    EXPECT_FALSE(set->spec->cni.knows_tags);
    EXPECT_EQ(set->spec->cni.excluded_from_snat, (std::vector<SnatExclusion>{{0x0a010000U, 16}, {0xc0a80000U, 16}}));
    const auto odd = load(aws_node_env(R"({"AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": "10.1.0.0"})"));
    ASSERT_TRUE(odd.ok());
    EXPECT_NE(find(odd->warnings, Rule::bad_cni_setting), nullptr);
}

TEST(AddressSettings, TheVersionOfTheCniDecidesOnTheWayOfReplies) {  // EKS User Guide, external-snat: since 1.8.0
    const auto returns = [](const Changes& changes) {
        const auto scenario = load(changes);
        EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
        return scenario.ok() && scenario->spec->cni.returns_replies;
    };
    const auto with_addon = [](const char* version) {
        return Changes{{"cluster.addons", std::string(R"([{"name": "vpc-cni", "version": ")") + version + "\"}]"}};
    };
    const auto with_image = [](const char* image) {
        return Changes{{"patches", std::string(R"([{"target": "DaemonSet/kube-system/aws-node", "merge": {"spec":
            {"template": {"spec": {"containers": [{"name": "aws-node", "image": ")") +
                                       image + "\"}]}}}}}]"}};
    };
    EXPECT_FALSE(returns(with_addon("v1.7.5-eksbuild.2")));
    EXPECT_TRUE(returns(with_addon("v1.8.0-eksbuild.1")));
    EXPECT_FALSE(returns(with_image("example.com/amazon-k8s-cni:v1.6.3")));
    EXPECT_TRUE(returns(with_image("example.com/amazon-k8s-cni:v1.20.1")));
}

TEST(AddressSettings, TheCnisUpdateStrategyIsThatOfItsDaemonSet) {  // DS-4, IPAM-116
    const auto plain = load();
    ASSERT_TRUE(plain.ok());
    const Spec& spec = *plain->spec;
    ASSERT_TRUE(spec.cni_workload.valid());
    EXPECT_EQ(spec[spec.cni_workload].name, "aws-node");
    EXPECT_EQ(spec[spec.cni_workload].rollout.max_unavailable, (PodsOrPercent{10, true}));
    const auto patched = load({{"patches", R"([{"target": "DaemonSet/kube-system/aws-node",
        "merge": {"spec": {"updateStrategy": {"type": "OnDelete"}}}}])"}});
    ASSERT_TRUE(patched.ok()) << listed(patched.error());
    EXPECT_TRUE(patched->spec->workloads[spec.cni_workload.value].rollout.on_delete);
}

TEST(AddressSettings, AnotherImageOfTheCniMayBeAppliedAndOtherChangesOfItsPodsMayNot) {  // IPAM-125
    const auto applied = [](const char* change) {
        return load({{"timeline",
                      std::string(R"([{"at": "1h", "apply": "DaemonSet/kube-system/aws-node", )") + change + "}]"}});
    };
    const auto image = applied(R"("merge": {"spec": {"template": {"spec": {"containers":
        [{"name": "aws-node", "image": "eks/amazon-k8s-cni:v1.24.0"}]}}}})");
    ASSERT_TRUE(image.ok()) << listed(image.error());
    ASSERT_EQ(image->spec->revisions.size(), 1U);
    const auto resources = applied(R"("merge": {"spec": {"template": {"spec": {"containers":
        [{"name": "aws-node", "resources": {"requests": {"cpu": "500m"}}}]}}}})");
    ASSERT_FALSE(resources.ok());
    EXPECT_NE(find(resources.error(), Rule::not_yet_modelled), nullptr);
}

// --- networks outside of the VPC (FR-9)

constexpr const char* peers = "cluster.vpc.peers";
constexpr const char* two_peers = R"([
    {"name": "office", "kind": "on-premises", "cidr": "192.168.0.0/16"},
    {"name": "legacy", "cidr": "10.1.0.0/16", "routesToPods": false}])";

TEST(AddressSettings, NetworksOutsideAndTheirUseAreRead) {
    const auto scenario = load({{peers, two_peers},
                                {"cluster.vpc.nat", R"({"gateway": "HighlyAvailable"})"},
                                {"assume", R"({"snatHold": "60s", "natGatewayHold": "30s", "natGatewayAddresses": 3})"},
                                {"behaviour", R"([
        {"for": "CronJob/reports/*", "runTime": "40s"},
        {"for": "Deployment/shop/web", "ready": "5s", "outside": [
            {"to": "office", "connections": "5/s", "hold": "2s"},
            {"to": "internet", "connections": "30/min", "hold": "500ms"}]}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Outside& outside = scenario->spec->outside;
    ASSERT_EQ(outside.networks.size(), 3U);
    EXPECT_EQ(outside.networks[1].kind, Peer::on_premises);
    EXPECT_EQ(outside.networks[1].first_address, 0xc0a80000U);
    EXPECT_EQ(outside.networks[2].kind, Peer::peered_vpc);
    EXPECT_FALSE(outside.networks[2].routes_to_pods);
    ASSERT_EQ(outside.uses.size(), 2U);
    EXPECT_EQ(outside.networks[outside.uses[0].network].name, "office");
    EXPECT_EQ(outside.uses[0].connections_milli_per_second, 5'000);
    EXPECT_EQ(outside.uses[1].connections_milli_per_second, 500);
    EXPECT_EQ(outside.uses[1].hold, sim::Duration::milliseconds(500));
    ASSERT_EQ(outside.gateways.size(), 2U);  // one a zone
    EXPECT_EQ(outside.gateways[0].addresses, 3);
    EXPECT_EQ(outside.gateway_of_zone, (std::vector<std::int32_t>{0, 1}));
    EXPECT_EQ(outside.node_hold, sim::Duration::seconds(60));
    EXPECT_EQ(outside.gateway_hold, sim::Duration::seconds(30));
    const auto single = load({{peers, two_peers}});
    ASSERT_TRUE(single.ok());
    EXPECT_EQ(single->spec->outside.gateways.size(), 1U);  // eksctl's default
    EXPECT_EQ(single->spec->outside.gateway_of_zone, (std::vector<std::int32_t>{0, 0}));
}

TEST(AddressSettings, MetricsOfTheOutsideExistWhereAWorkloadUsesIt) {
    const auto with = [](const char* metric, bool is_used) {
        Changes changes{{peers, two_peers},
                        {"expect", std::string(R"([{"name": "x", "that": "max()") + metric + R"() <= 5%"}])"}};
        if (is_used)
            changes.emplace_back("behaviour[0].outside", R"({"to": "office", "connections": "5/s", "hold": "2s"})");
        return load(changes);
    };
    for (const char* metric :
         {"ekssim_snat_refused_connections_share", "ekssim_nat_gateway_refused_connections_share"}) {
        EXPECT_TRUE(with(metric, true).ok()) << listed(with(metric, true).error());
        const auto unused = with(metric, false);
        ASSERT_FALSE(unused.ok()) << metric;
        EXPECT_NE(listed(unused.error()).find("outside"), std::string::npos) << listed(unused.error());
    }
}

TEST(AddressSettings, WrongNetworksOutsideAreRefused) {
    struct Case {
        const char* path;
        const char* value;
        Rule rule;
    };
    for (const auto& [path, value, rule] : {
             Case{peers, R"([{"name": "office"}])", Rule::missing_field},
             Case{peers, R"([{"name": "office", "cidr": "192.168.0.0"}])", Rule::bad_cidr},
             Case{peers, R"([{"name": "office", "cidr": "192.168.0.0/16", "kind": "moon"}])", Rule::not_one_of},
             Case{peers, R"([{"name": "internet", "cidr": "192.168.0.0/16"}])", Rule::duplicate_name},
             Case{peers, R"([{"name": "office", "cidr": "192.168.0.0/16", "route": true}])", Rule::unknown_field},
             Case{"behaviour[0].outside", R"({"to": "ofice", "connections": "5/s", "hold": "2s"})",
                  Rule::matches_nothing},
             Case{"behaviour[0].outside", R"({"to": "internet", "connections": 5, "hold": "2s"})", Rule::missing_unit},
             Case{"behaviour[0].outside", R"({"to": "internet", "connections": "5/s"})", Rule::missing_field},
         }) {
        const auto bad = load({{path, value}});
        ASSERT_FALSE(bad.ok()) << value;
        EXPECT_NE(find(bad.error(), rule), nullptr) << value << '\n' << listed(bad.error());
    }
}

}  // namespace address_settings
}  // namespace eks
