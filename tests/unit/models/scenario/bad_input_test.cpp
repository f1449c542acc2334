// Every way to get a scenario wrong that we have thought of, at the level of the resolved document: each must be
// refused with its rule, a message or hint that helps, and a place; none may throw. The same through files and the
// command line is tested in Python.
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace bad_input {

using scenario_test::find;
using scenario_test::listed;

struct Case {
    const char* path;   // set to …
    const char* value;  // … this
    Rule rule;
    const char* word;  // stands in the message or the hint
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.path << " = " << c.value; }

const Case cases[] = {
    // --- shape
    {"apiVersion", "ekssim.dev/v2", Rule::wrong_api_version, "v1alpha1"},
    {"kind", "Deployment", Rule::wrong_kind, "manifests"},
    {"clutser", "{}", Rule::unknown_field, "\"cluster\""},
    {"metadata.nmae", "x", Rule::unknown_field, "\"name\""},
    {"metadata", "[]", Rule::wrong_type, "a map"},
    {"cluster", "[1]", Rule::wrong_type, "a map"},
    {"cluster.metadata", "null", Rule::missing_field, "metadata"},
    {"cluster.metadata.region", "null", Rule::missing_field, "region"},
    {"cluster.from", "\"cluster.yaml\"", Rule::wrong_type, "resolve"},
    {"run", "null", Rule::missing_field, "run"},
    {"run.for", "null", Rule::missing_field, "for"},
    {"run.dor", "1h", Rule::unknown_field, "\"for\""},
    {"run.seed", "1.5", Rule::wrong_type, "whole number"},
    {"run.seed", "-1", Rule::out_of_range, "between"},
    {"manifests", "7", Rule::wrong_type, "a list"},
    {"expect", "{}", Rule::wrong_type, "a list"},
    {"expect", "[{\"name\": \"x\"}]", Rule::no_expectation_text, "that"},
    {"expect", "[{\"that\": \"min(a) > 1\", \"wehn\": \"always\"}]", Rule::unknown_field, "\"when\""},
    {"expect", "[{\"name\": \"a\", \"that\": \"min(a) > 1\"}, {\"name\": \"a\", \"that\": \"min(a) > 2\"}]",
     Rule::duplicate_name, "\"a\""},
    {"expect", "[{\"that\": \"min(a) > 1\", \"severity\": \"fatal\"}]", Rule::not_one_of, "warn"},
    {"expect", "[{\"that\": \"min(a) > 1\", \"allowEmpty\": \"yes\"}]", Rule::wrong_type, "true or false"},
    {"expectVerdict", "fial", Rule::not_one_of, "\"fail\""},
    // Expectations are compiled as the scenario loads; expectations_test.cpp has the rest of them.
    {"expect", "[{\"that\": \"p99(ekssim_pod_start_seconds) << 5s\"}]", Rule::expression_syntax, "character"},
    {"expect", "[{\"that\": \"max(ekssim_pods_unplacd) == 0\"}]", Rule::unknown_metric, "ekssim_pods_unplaced"},
    {"expect", "[{\"that\": \"max(ekssim_pods_waiting{couse=\\\"x\\\"}) == 0\"}]", Rule::unknown_label, "cause"},
    {"expect", "[{\"that\": \"max(ekssim_pods_waiting{workload=\\\"wep\\\"}) == 0\"}]", Rule::empty_selection, "web"},
    {"expect", "[{\"that\": \"p99(ekssim_pod_start_seconds) < 5Gi\"}]", Rule::unit_mismatch, "90s"},
    {"expect", "[{\"that\": \"max(ekssim_nodes) < 9\", \"when\": \"during storm\"}]", Rule::unknown_window, "timeline"},
    {"expect", "[{\"that\": \"max(ekssim_nodes) < 9\", \"when\": \"sometimes\"}]", Rule::bad_window, "at end"},
    {"traffic", "[{\"to\": \"Service/shop/web\"}]", Rule::matches_nothing, "known are"},

    // --- durations, shares, quantities
    {"run.for", "90", Rule::missing_unit, "90s"},
    {"run.for", "\"90\"", Rule::missing_unit, "90s"},
    {"run.for", "-1h", Rule::bad_duration, "negative"},
    {"run.for", "one hour", Rule::bad_duration, "1h30m"},
    {"run.for", "0", Rule::out_of_range, "longer than zero"},
    {"run.for", "200y", Rule::bad_duration, "units"},
    {"run.for", "90000h", Rule::beyond_reason, "3660 days"},
    {"run.for", "9999999999h", Rule::bad_duration, "not a duration"},
    {"run.warmUp", "3h", Rule::out_of_range, "lasts only 2h"},
    {"run.start", "tomorrow", Rule::bad_timestamp, "2026-11-02T08:00:00Z"},
    {"run.start", "2026-02-30T00:00:00Z", Rule::bad_timestamp, "instant"},
    {"run.start", "2026-02-03T00:00:00", Rule::bad_timestamp, "instant"},
    {"run.opening", "setled", Rule::not_one_of, "\"settled\""},
    {"run.replications", "{\"min\": 30, \"max\": 20}", Rule::size_order, "above"},
    {"run.replications", "{\"min\": 1}", Rule::out_of_range, "between 2"},
    {"run.replications", "{\"max\": 1000000000}", Rule::out_of_range, "1000000"},
    {"behaviour[0].ready", "18", Rule::missing_unit, "18s"},
    {"behaviour[0].ready", "{\"lognormal\": {\"p50\": \"18s\"}}", Rule::missing_field, "p95"},
    {"behaviour[0].ready", "{\"lognormal\": {\"p50\": \"18s\", \"p95\": \"9s\"}}", Rule::bad_distribution, "ready"},
    {"behaviour[0].ready", "{\"lognormal\": {\"p50\": \"18s\", \"p95\": \"29s\", \"p99\": \"30s\"}}",
     Rule::contradictory_fields, "p99"},
    {"behaviour[0].ready", "{\"lognorm\": {\"p50\": \"18s\"}}", Rule::bad_distribution, "\"lognormal\""},
    {"behaviour[0].ready", "{\"uniform\": {\"min\": \"9s\", \"max\": \"1s\"}}", Rule::bad_distribution, "ready"},
    {"behaviour[0].ready", "{\"uniform\": {\"mni\": \"9s\", \"max\": \"1s\"}}", Rule::unknown_field, "\"min\""},
    {"behaviour[0].ready", "{\"exponential\": \"9s\"}", Rule::wrong_type, "a map"},
    {"behaviour[0].ready", "{\"weibull\": {\"scale\": \"9s\", \"shape\": 0}}", Rule::out_of_range, "between"},
    {"behaviour[0].ready", "{\"empirical\": []}", Rule::bad_distribution, "ready"},
    {"behaviour[0].ready", "{\"empirical\": {\"median\": \"1s\"}}", Rule::bad_distribution, "p50"},
    {"behaviour[0].ready", "{\"constant\": \"1s\", \"uniform\": {}}", Rule::bad_distribution, "one law"},
    {"behaviour[1].failureRate", "0.05", Rule::missing_unit, "5%"},
    {"behaviour[1].failureRate", "150%", Rule::bad_share, "100%"},
    {"behaviour[1].failureRate", "five%", Rule::bad_share, "5%"},
    {"behaviour[0].usage", "{\"memory\": \"10Gb\"}", Rule::bad_quantity, "Gb"},
    {"behaviour[0].usage", "{\"cpu\": \"-1\"}", Rule::bad_quantity, "negative"},
    {"behaviour[0].usage", "{}", Rule::missing_field, "says nothing"},
    {"behaviour[0].usage", "{\"cpu\": 350000}", Rule::beyond_reason, "350m"},
    {"behaviour[0].usage", "{\"memory\": \"9Ti\"}", Rule::beyond_reason, "8Ti"},
    {"behaviour[0].usage", "{\"trace\": \"usage.csv\"}", Rule::wrong_type, "ekssim resolve"},
    {"behaviour[0].usage", "{\"cpu\": 1, \"trace\": {\"columns\": [\"seconds\", \"cpu\"], \"points\": [[0, 1]]}}",
     Rule::contradictory_fields, "keep one"},
    {"behaviour[0].usage", "{\"trace\": {\"points\": [[0, 1]]}}", Rule::missing_field, "columns"},
    {"behaviour[0].usage", "{\"trace\": {\"columns\": [\"seconds\"], \"points\": [[0]]}}", Rule::missing_field,
     "cpu or memory"},
    {"behaviour[0].usage", "{\"trace\": {\"columns\": [\"seconds\", \"cpi\"], \"points\": [[0, 1]]}}", Rule::not_one_of,
     "cpu"},
    {"behaviour[0].usage", "{\"trace\": {\"columns\": [\"seconds\", \"cpu\"], \"points\": []}}", Rule::missing_field,
     "none"},
    {"behaviour[0].usage", "{\"trace\": {\"columns\": [\"seconds\", \"cpu\"], \"points\": [[5, 1]]}}",
     Rule::out_of_range, "begins at 0"},
    {"behaviour[0].usage", "{\"trace\": {\"columns\": [\"seconds\", \"cpu\"], \"points\": [[0, 1], [0, 2]]}}",
     Rule::out_of_range, "after the time before"},
    {"behaviour[0].usage", "{\"trace\": {\"columns\": [\"seconds\", \"cpu\"], \"points\": [[0, 1, 2]]}}",
     Rule::wrong_type, "2 values"},
    {"behaviour[0].usage", "{\"trace\": {\"columns\": [\"seconds\", \"cpu\"], \"points\": [[0, -1]]}}",
     Rule::bad_quantity, "negative"},
    {"behaviour[0].imageSize", "10GB", Rule::bad_quantity, "quantity"},
    {"assume.apiWrite", "10", Rule::missing_unit, "10s"},
    {"assume.apiwrite", "10ms", Rule::unknown_field, "\"apiWrite\""},
    {"assume.scheduler", "{\"qps\": 0}", Rule::out_of_range, "between 1"},
    {"assume.kubeletTick", "0", Rule::out_of_range, "longer than zero"},
    {"assume.pullBytesPerSecond", "0", Rule::out_of_range, "between 1"},
    {"assume.tieBreak", "last", Rule::not_one_of, "first"},

    // --- references
    {"behaviour[0].for", "Deployment/shop/wbe", Rule::matches_nothing, "Deployment/shop/web"},
    {"behaviour[0].for", "web", Rule::bad_selector, "Kind/namespace/name"},
    {"behaviour[1].for", "CronJob/*", Rule::bad_selector, "Kind/namespace/name"},
    {"behaviour[0].redy", "1s", Rule::unknown_field, "\"ready\""},
    {"behaviour[0].runTime", "1s", Rule::not_supported, "restartPolicy"},
    {"behaviour[1].ready", "1s", Rule::not_supported, "runTime"},
    {"timeline[0].scale", "Deployment/shop/api", Rule::matches_nothing, "no workload"},
    {"timeline[0].scale", "CronJob/reports/nightly", Rule::not_supported, "Deployments"},
    {"timeline[0].replicas", "null", Rule::missing_field, "replicas"},
    {"timeline[0].replicas", "-1", Rule::out_of_range, "between 0"},
    {"timeline[0].replicas", "1000000000", Rule::out_of_range, "200000"},
    {"timeline[0].delete", "Deployment/shop/web", Rule::contradictory_fields, "two entries"},
    {"timeline", R"([{"at": "30m", "upgrade": "NodeGroup/worker"}])", Rule::unknown_node_group, "NodeGroup/workers"},
    {"timeline", R"([{"at": "30m", "upgrade": "workers"}])", Rule::unknown_node_group, "write it as NodeGroup/workers"},
    {"timeline", R"([{"at": "30m", "upgrade": "NodeGroup/workers", "replicas": 3}])", Rule::contradictory_fields,
     "goes with scale"},
    {"cluster.managedNodeGroups[workers].updateConfig", R"({"maxUnavailable": 2, "maxUnavailablePercentage": 10})",
     Rule::contradictory_fields, "keep one of them"},
    {"cluster.managedNodeGroups[workers].updateConfig", R"({"maxUnavailable": 101})", Rule::out_of_range, "100"},
    {"assume", R"({"ec2": {"CreateTags": {"instances": 5}}})", Rule::contradictory_fields, "TerminateInstances"},
    {"timeline[0].at", "null", Rule::missing_field, "when"},
    {"timeline[0].every", "1h", Rule::contradictory_fields, "every"},
    {"timeline", R"([{"at": "1h", "fault": "zone-outage"}])", Rule::missing_field, "zone"},
    {"timeline", R"([{"at": "1h", "fault": "node-down"}])", Rule::missing_field, "add node"},
    {"timeline", R"([{"at": "1h", "fault": "node-down", "node": 3}])", Rule::missing_field, "add nodeGroup"},
    {"timeline", R"([{"at": "1h", "fault": "node-down", "node": 1, "count": 2, "nodeGroup": "workers"}])",
     Rule::contradictory_fields, "leave one out"},
    {"timeline", R"([{"at": "1h", "fault": "node-down", "share": "0%"}])", Rule::out_of_range, "above 0%"},
    {"timeline", R"([{"at": "1h", "fault": "node-down", "count": 0}])", Rule::out_of_range, "between 1"},
    {"timeline", R"([{"at": "1h", "fault": "runtime-freeze", "load": "5/s"}])", Rule::contradictory_fields, "load"},
    {"timeline", R"([{"at": "1h", "fault": "imds-stale", "count": 2}])", Rule::contradictory_fields, "count"},
    {"timeline", R"([{"at": "1h", "fault": "node-dwn", "count": 1}])", Rule::not_one_of, "node-down"},
    {"behaviour", R"([{"for": "Deployment/shop/web", "livenessFailure": {"share": "10%"}}])", Rule::missing_field,
     "after"},
    {"behaviour", R"([{"for": "Deployment/shop/web", "livenessFailure": {"after": "1h", "code": 3}}])",
     Rule::unknown_field, "code"},
    {"behaviour", R"([{"for": "Deployment/shop/web", "exit": {"after": "1h", "code": 300}}])", Rule::out_of_range,
     "255"},
    {"behaviour", R"([{"for": "Deployment/shop/web", "initFailure": "10%"}])", Rule::not_supported,
     "no init containers"},
    {"timeline", "[{\"at\": \"1h\", \"fault\": \"conntrack-full\"}]", Rule::not_yet_modelled, "conntrack-full"},
    {"timeline", "[{\"at\": \"1h\", \"apply\": \"Deployment/shop/web\"}]", Rule::bad_patch, "nothing to change"},
    {"timeline", "[{\"at\": \"1h\", \"apply\": \"Deployment/shop/wep\", \"replicas\": 3}]", Rule::matches_nothing,
     "Deployment/shop/web"},
    {"timeline", "[{\"at\": \"1h\", \"apply\": \"Deployment/shop/web\", \"replicas\": -3}]", Rule::out_of_range,
     "between 0"},
    {"timeline", "[{\"at\": \"1h\", \"apply\": \"Service/kube-system/kube-dns\", \"merge\": {\"spec\": {\"x\": 1}}}]",
     Rule::not_yet_modelled, "a change to a Service"},
    {"timeline", "[{\"at\": \"1h\", \"apply\": \"Deployment/shop/web\", \"merge\": {\"$patch\": \"delete\"}}]",
     Rule::not_supported, "delete: Deployment/shop/web"},
    {"timeline", "[{\"at\": \"1h\", \"scale\": \"Deployment/shop/web\", \"replicas\": 3, \"image\": \"x:1\"}]",
     Rule::contradictory_fields, "goes with apply"},
    {"timeline", "[{\"at\": \"1h\", \"fault\": \"api-server-slow\", \"for\": \"5m\"}]", Rule::missing_field, "factor"},
    {"timeline", "[{\"at\": \"1h\", \"fault\": \"api-server-slow\", \"factor\": 1}]", Rule::out_of_range, "factor"},
    {"timeline", "[{\"at\": \"1h\", \"scale\": \"Deployment/shop/web\", \"replicas\": 3, \"force\": true}]",
     Rule::contradictory_fields, "force goes with upgrade"},
    {"timeline",
     "[{\"at\": \"1h\", \"apply\": \"DaemonSet/kube-system/aws-node\", \"env\": {\"ENABLE_POD_ENI\": \"true\"}}]",
     Rule::not_yet_modelled, "ENABLE_POD_ENI"},
    {"timeline",
     "[{\"at\": \"1h\", \"apply\": \"CronJob/reports/*\", \"merge\": {\"spec\": {\"jobTemplate\": {\"spec\": "
     "{\"backoffLimit\": 2}}}}}]",
     Rule::not_yet_modelled, "spec.jobTemplate.spec.backoffLimit"},
    {"timeline",
     "[{\"at\": \"1h\", \"apply\": \"CronJob/reports/*\", \"merge\": {\"spec\": {\"schedule\": \"61 * * * *\"}}}]",
     Rule::bad_cron, "minute"},
    {"timeline",
     "[{\"every\": \"30s\", \"apply\": \"CronJob/reports/*\", \"json6902\": [{\"op\": \"add\", \"path\": \"/x\", "
     "\"value\": 1}]}]",
     Rule::beyond_reason, "100 ways"},
    {"timeline", "[{\"at\": \"1h\"}]", Rule::missing_field, "does nothing"},
    {"timeline", "[{\"every\": \"1us\", \"scale\": \"Deployment/shop/web\", \"replicas\": 1}]", Rule::beyond_reason,
     "100000"},
    {"timeline", "[{\"between\": \"2h and 1h\", \"name\": \"rush\"}]", Rule::out_of_range, "before it starts"},
    {"matrix", "{\"cluster.managedNodeGroups[wrokers].instanceType\": [\"m5.large\"]}", Rule::bad_set_path,
     "\"workers\""},
    {"matrix", "{\"run.seed\": []}", Rule::missing_field, "no value"},
    {"matrix", "{\"run.seed\": 7}", Rule::wrong_type, "a list"},
    {"matrix", "[]", Rule::wrong_type, "a map"},

    // --- cluster
    {"cluster.metadata.region", "eu-central-9", Rule::unknown_region, "eu-central-1"},
    {"cluster.metadata.version", "\"1.9\"", Rule::unsupported_version, "1.29 to 1.37"},
    {"cluster.metadata.version", "1.3", Rule::unsupported_version, "quotes"},
    {"cluster.metadata.version", "\"1.38\"", Rule::unsupported_version, "1.29 to 1.37"},
    {"cluster.metadata.version", "latest", Rule::unsupported_version, "1.29 to 1.37"},
    {"cluster.managedNodeGroup", "[]", Rule::unknown_field, "\"managedNodeGroups\""},
    {"cluster.managedNodeGroups[workers].instancetype", "m5.large", Rule::unknown_field, "\"instanceType\""},
    {"cluster.managedNodeGroups[workers].instanceType", "m5.xlarg", Rule::unknown_instance_type, "m5.xlarge"},
    {"cluster.managedNodeGroups[workers].instanceTypes", "[\"m5.large\"]", Rule::contradictory_fields, "list"},
    {"cluster.managedNodeGroups[workers].name", "null", Rule::missing_field, "name"},
    {"cluster.managedNodeGroups[workers].minSize", "5", Rule::size_order, "out of order"},
    {"cluster.managedNodeGroups[workers].maxSize", "2", Rule::size_order, "out of order"},
    {"cluster.managedNodeGroups[workers].desiredCapacity", "-3", Rule::out_of_range, "between 0"},
    {"cluster.managedNodeGroups[workers].maxSize", "1000000000", Rule::out_of_range, "100000"},
    {"cluster.managedNodeGroups[workers].desiredCapacity", "three", Rule::wrong_type, "whole number"},
    {"cluster.managedNodeGroups[workers].privateNetworking", "false", Rule::no_subnet_in_zone,
     "privateNetworking: true"},
    {"cluster.managedNodeGroups[workers].availabilityZones", "[\"eu-central-1c\"]", Rule::no_subnet_in_zone,
     "eu-central-1c"},
    {"cluster.managedNodeGroups[workers].availabilityZones", "[\"eu-west-1a\"]", Rule::unknown_zone, "eu-central-1"},
    {"cluster.managedNodeGroups[workers].subnets", "[\"private-one\"]", Rule::unknown_subnet, "vpc.subnets"},
    {"cluster.managedNodeGroups[workers].taints", "[{\"key\": \"a\", \"effect\": \"NoSchedul\"}]", Rule::not_one_of,
     "\"NoSchedule\""},
    {"cluster.managedNodeGroups[workers].taints", "[{\"value\": \"a\", \"effect\": \"NoSchedule\"}]",
     Rule::missing_field, "key"},
    {"cluster.managedNodeGroups[workers].taints", "{\"special\": \"true:Never\"}", Rule::not_one_of, "NoExecute"},
    {"cluster.managedNodeGroups[workers].volumeSize", "0", Rule::out_of_range, "between 1"},
    {"cluster.managedNodeGroups[workers].maxPodsPerNode", "0", Rule::out_of_range, "between 1"},
    {"cluster.managedNodeGroups[workers].amiFamily", "WindowsServer2022FullContainer", Rule::not_yet_modelled,
     "Windows"},
    {"cluster.managedNodeGroups[workers].kubeletExtraConfig", "{\"kubeReserved\": {\"memory\": \"300MB\"}}",
     Rule::bad_quantity, "MB"},
    {"cluster.managedNodeGroups[workers].kubeletExtraConfig", "{\"systemReserved\": {\"memory\": \"300Gi\"}}",
     Rule::kubelet_leaves_nothing, "m5.xlarge"},
    {"cluster.managedNodeGroups",
     "[{\"name\": \"a\", \"instanceTypes\": [\"m5.large\", \"m6g.large\"], \"privateNetworking\": true}]",
     Rule::mixed_architectures, "m6g.large"},
    {"cluster.managedNodeGroups",
     "[{\"name\": \"a\", \"privateNetworking\": true}, {\"name\": \"a\", \"privateNetworking\": true}]",
     Rule::duplicate_name, "\"a\""},
    {"cluster.vpc.cidr", "10.1.0.0/16", Rule::subnet_outside_vpc, "eu-central-1a"},
    {"cluster.vpc.cidr", "10.0.0.1/16", Rule::bad_cidr, "10.0.0.0/16"},
    {"cluster.vpc.cidr", "10.0.0.0", Rule::bad_cidr, "10.0.0.0/16"},
    {"cluster.vpc.cidr", "10.0.0.0/8", Rule::subnet_size, "/16"},
    {"cluster.vpc.subnets.private[eu-central-1b].cidr", "10.0.2.0/23", Rule::subnets_overlap, "eu-central-1a"},
    {"cluster.vpc.subnets.private[eu-central-1b].cidr", "10.0.4.0/29", Rule::subnet_size, "/28"},
    {"cluster.vpc.subnets.private[eu-central-1b].cidr", "10.0.300.0/24", Rule::bad_cidr, "IPv4"},
    {"cluster.vpc.subnets.private[eu-central-1b].inUse", "1020", Rule::in_use_too_high, "1019"},
    {"cluster.vpc.subnets.private[eu-central-1b].inUse", "-1", Rule::out_of_range, "between 0"},
    {"cluster.vpc.subnets.private", "{\"eu-central-1x\": {\"cidr\": \"10.0.0.0/22\"}}", Rule::unknown_zone,
     "eu-central-1a"},
    {"cluster.vpc.subnets.privat", "{}", Rule::unknown_field, "\"private\""},
    {"cluster.addons", "[{\"name\": \"vpc_cni\"}]", Rule::unknown_addon, "\"vpc-cni\""},
    {"cluster.addons", "[{\"name\": \"coredns\"}, {\"name\": \"coredns\"}]", Rule::duplicate_name, "twice"},
    {"cluster.addons", "[{\"version\": \"v1\"}]", Rule::missing_field, "name"},
    {"cluster.addons", "[{\"name\": \"vpc-cni\", \"configurationValues\": \"env: {A: b}\"}]", Rule::not_json, "map"},

    // --- paths of --set
    {"run..for", "1h", Rule::bad_set_path, "not a path"},
    {"run[for", "1h", Rule::bad_set_path, "not a path"},
    {"cluster.managedNodeGroups.workers.maxSize", "5", Rule::bad_set_path, "is a list"},
    {"cluster.managedNodeGroups[7].maxSize", "5", Rule::bad_set_path, "workers"},
    {"run.for.hours", "5", Rule::bad_set_path, "has no"},
};

class BadInput : public testing::TestWithParam<Case> {};

TEST_P(BadInput, IsRefusedWithRulePlaceAndAdvice) {
    const Case& c = GetParam();
    const auto result = scenario_test::load({{c.path, c.value}});
    ASSERT_FALSE(result.ok()) << "accepted " << c.path << " = " << c.value;
    const Complaint* complaint = find(result.error(), c.rule);
    ASSERT_NE(complaint, nullptr) << "wanted " << code_of(c.rule) << ", got\n" << listed(result.error());
    EXPECT_NE((complaint->message + " " + complaint->hint).find(c.word), std::string::npos) << to_text(*complaint);
    EXPECT_FALSE(complaint->message.empty());
    EXPECT_EQ(complaint->message.back() == '.', false) << complaint->message;
    EXPECT_NE(find_rule(code_of(c.rule)), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Table, BadInput, testing::ValuesIn(cases));

TEST(BadInputTest, EverythingThatIsWrongIsSaidAtOnce) {
    const auto result = scenario_test::load({{"cluster.managedNodeGroups[workers].instanceType", "m5.huge"},
                                             {"run.for", "90"},
                                             {"timeline[0].replicas", "-1"},
                                             {"behaviour[0].ready", "soon"}});
    ASSERT_FALSE(result.ok());
    for (const Rule rule : {Rule::unknown_instance_type, Rule::missing_unit, Rule::out_of_range, Rule::bad_duration}) {
        EXPECT_NE(find(result.error(), rule), nullptr) << code_of(rule) << "\n" << listed(result.error());
    }
}

TEST(BadInputTest, ExpectationsAreJudgedWhateverElseIsWrong) {
    // A cluster, a manifest, a timeline and two expectations: five mistakes, each at its own value.
    const auto result = scenario_test::load(
        {{"cluster.managedNodeGroups[workers].instanceType", "m5.huge"},
         {"manifests[0].spec.replicas", "-1"},
         {"timeline", R"([{"at": "1h", "for": "10m", "name": "rush", "scale": "Deployment/shop/wep", "replicas": 3}])"},
         {"expect", R"([{"that": "max(ekssim_pods_unplacd) == 0", "when": "during rush"},
                        {"that": "max(ekssim_pods_waiting) == 0", "when": "during rash"}])"}});
    ASSERT_FALSE(result.ok());
    const std::pair<Rule, std::string_view> wanted[] = {
        {Rule::unknown_instance_type, "--set cluster.managedNodeGroups[workers].instanceType=m5.huge"},
        {Rule::out_of_range, "--set manifests[0].spec.replicas=-1"},
        {Rule::matches_nothing, "--set timeline="},
        {Rule::unknown_metric, "--set expect="},
        {Rule::unknown_window, "--set expect="}};
    EXPECT_EQ(result.error().size(), std::size(wanted)) << listed(result.error());
    for (const auto& [rule, place] : wanted) {
        const Complaint* complaint = find(result.error(), rule);
        ASSERT_NE(complaint, nullptr) << code_of(rule) << "\n" << listed(result.error());
        ASSERT_TRUE(complaint->place.has_value());
        EXPECT_TRUE(to_text(*complaint->place).starts_with(place)) << to_text(*complaint);
    }
}

TEST(BadInputTest, OneSlipIsNotSeenTwiceByTheExpectations) {
    // Neither a stretch of time whose entry is wrong nor a run of unknown length is a mistake of who speaks of it.
    for (const scenario_test::Changes& changes :
         {scenario_test::Changes{{"timeline", R"([{"at": "soon", "for": "10m", "name": "rush"}])"},
                                 {"expect", R"([{"that": "max(ekssim_nodes) < 9", "when": "during rush"}])"}},
          scenario_test::Changes{{"timeline", R"([{"at": "1h", "for": "10m", "name": "rush", "fault": "outage"}])"},
                                 {"expect", R"([{"that": "max(ekssim_nodes) < 9", "when": "during rush"}])"}},
          scenario_test::Changes{{"run.for", "long"}, {"expect", R"([{"that": "max(ekssim_nodes) < 9",
                                                                      "when": "between 1h and 2h"}])"}}}) {
        const auto result = scenario_test::load(changes);
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(result.error().size(), 1U) << listed(result.error());
    }
}

TEST(BadInputTest, AComplaintAboutASettingNamesTheSetting) {
    const auto result = scenario_test::load({{"run.for", "90"}});
    ASSERT_FALSE(result.ok());
    ASSERT_TRUE(result.error().front().place.has_value());
    EXPECT_EQ(to_text(*result.error().front().place), "--set run.for=90");
}

TEST(BadInputTest, TextsThatAreNotJsonAreRefused) {
    for (const std::string_view text : {"", " ", "{", "[1, 2", "{\"a\": }", "hello", "{\"a\": 1,}", "\x80\xff",
                                        "{\"a\": \"\xc3\x28\"}", "null", "7", "[]", "{\"a\": 1e999999}"}) {
        const auto result = load_scenario_json(text);
        ASSERT_FALSE(result.ok()) << text;
        EXPECT_FALSE(result.error().empty());
    }
    const std::string with_nul("{\"a\": 1\0}", 9);
    EXPECT_FALSE(load_scenario_json(with_nul).ok());
}

TEST(BadInputTest, TheSameKeyTwiceIsRefused) {
    const auto result = load_scenario_json(R"({"kind": "Scenario", "kind": "Scenario"})");
    ASSERT_FALSE(result.ok());
    EXPECT_NE(find(result.error(), Rule::duplicate_key), nullptr) << listed(result.error());
}

TEST(BadInputTest, DeepNestingIsRefusedBeforeItFillsTheStack) {
    std::string text(200'000, '[');
    const auto result = load_scenario_json(text);
    ASSERT_FALSE(result.ok());
    EXPECT_NE(find(result.error(), Rule::too_deep), nullptr) << listed(result.error());
}

TEST(BadInputTest, AMillionMistakesAreCountedNotListed) {
    std::string text = R"({"apiVersion": "ekssim.dev/v1alpha1", "kind": "Scenario", "expect": [)";
    constexpr int entries = 100'000;
    for (int i = 0; i < entries; ++i) text += i == 0 ? "7" : ",7";
    text += "]}";
    const auto result = load_scenario_json(text);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().size(), Diagnostics::listed_max + 1);
    EXPECT_EQ(result.error().back().rule, Rule::more_complaints);
}

// More than a pod's row can count: such a pod would start containers for ever.
TEST(BadInputTest, APodWithTensOfThousandsOfContainersIsRefused) {
    std::string containers;
    for (int i = 0; i < 65'536; ++i)
        containers += (i == 0 ? "{\"name\":\"c" : ",{\"name\":\"c") + std::to_string(i) + "\"}";
    for (const char* list : {"initContainers", "containers"}) {
        std::string text(scenario_test::small_scenario);
        const std::string_view before = "\"spec\": {\"containers\": [";
        text.replace(text.find(before), before.size(),
                     std::string("\"spec\": {\"") + list + "\": [" + containers + "], \"containers\": [");
        if (list == std::string_view("containers")) text.replace(text.find("], \"containers\": ["), 18, ", ");
        const auto result = load_scenario_json(text);
        ASSERT_FALSE(result.ok());
        EXPECT_NE(find(result.error(), Rule::beyond_reason), nullptr) << list << listed(result.error());
    }
}

TEST(BadInputTest, ComplaintsPointAtTheLineOfTheValue) {
    const auto result = load_scenario_json(R"({
      "apiVersion": "ekssim.dev/v1alpha1", "kind": "Scenario", "spedc": 1,
      "cluster": {"from": {"kind": "ClusterConfig", "metadata": {"region": "eu-central-1"}, "nodeGroups": [{"name": "a", "instanceType": "m5.tiny"}]}},
      "run": {"for": 5},
      "files": ["day.yaml", "cluster.yaml"],
      "places": {"/spedc": [0, 3, 8], "/spedc#key": [0, 3, 1], "/run": [0, 9, 1], "/run/for": [0, 9, 12],
                 "/cluster/from/nodeGroups/0/instanceType": [1, 12, 19]}})");
    ASSERT_FALSE(result.ok());
    const auto place_of = [&](Rule rule) {
        const Complaint* complaint = find(result.error(), rule);
        return complaint != nullptr && complaint->place ? to_text(*complaint->place) : std::string("nowhere");
    };
    EXPECT_EQ(place_of(Rule::unknown_field), "day.yaml:3:1");
    EXPECT_EQ(place_of(Rule::missing_unit), "day.yaml:9:12");
    EXPECT_EQ(place_of(Rule::unknown_instance_type), "cluster.yaml:12:19") << listed(result.error());
}

}  // namespace bad_input
}  // namespace eks
