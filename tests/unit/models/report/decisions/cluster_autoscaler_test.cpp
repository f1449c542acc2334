// ca_estimate, ca_expand, ca_utilization and ca_drainable: what is read of the objects (CA-13 to CA-16, CA-24, CA-43,
// CA-47). The rules themselves have their tests beside the functions.
#include "models/report/decide.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace eks {
namespace {

using Json = nlohmann::json;

Json ca_answer(std::string_view call, const Json& arguments) {
    return Json::parse(decide_as_json(call, arguments.dump()));
}

constexpr const char* noon = "2026-03-01T12:00:00Z";

Json pod_asking(const char* cpu, const char* memory) {
    return Json::parse(R"({"metadata": {"name": "p", "namespace": "default", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": ")" +
                       std::string(cpu) + R"(", "memory": ")" + memory + R"("}}}]}})");
}

Json node_with(const char* cpu, const char* memory) {
    const Json amounts{{"cpu", cpu}, {"memory", memory}, {"pods", "110"}};
    return {{"metadata", {{"name", "n"}}}, {"status", {{"allocatable", amounts}, {"capacity", amounts}}}};
}

TEST(CaEstimateCall, ReadsGroupsTemplateAndLimit) {
    Json a{{"node_template", node_with("1", "5000")},
           {"pod_groups", Json::array({{{"pod", pod_asking("50m", "100")}, {"count", 50'000}},
                                       {{"pod", pod_asking("95m", "190")}, {"count", 1'000}}})},
           {"max_nodes", 3000}};
    a["node_template"]["status"]["allocatable"]["pods"] = "100";
    EXPECT_EQ(ca_answer("ca_estimate", a),
              Json({{"node_count", 2595}, {"scheduled", 51'000}, {"scheduled_per_group", {50'000, 1'000}}}));
    a["max_nodes"] = 100;
    EXPECT_EQ(ca_answer("ca_estimate", a)["scheduled"], 1'100);  // the hundred nodes of the large ones, filled up
    a["template_pods"] = Json::array({pod_asking("50m", "0")});
    EXPECT_EQ(ca_answer("ca_estimate", a)["scheduled"], 1'000);
}

Json one_node_for(const Json& larger, int larger_count, const Json& smaller, int smaller_count) {
    return {{"node_template", node_with("2", "1Gi")},
            {"pod_groups",
             Json::array({{{"pod", larger}, {"count", larger_count}}, {{"pod", smaller}, {"count", smaller_count}}})},
            {"max_nodes", 1},
            {"fastpath", true}};
}

// CA-16: 6 pods whose first containers ask for 0.6 of 2 cores are one node and save nothing; 8 of half a core are two
// and save 8 - 4, so that they go last. By all containers the others would: 6.6 cores are four nodes and save 6 - 1.
TEST(CaEstimateCall, TheFastPathLooksAtTheFirstContainer) {
    Json pod = pod_asking("100m", "0");
    pod["spec"]["containers"].push_back({{"name", "d"}, {"resources", {{"requests", {{"cpu", "1"}}}}}});
    const Json a = one_node_for(pod, 6, pod_asking("500m", "0"), 8);
    EXPECT_EQ(ca_answer("ca_estimate", a)["scheduled_per_group"], Json({1, 1}));
}

// CA-16: 6 pods of 1.5 cores are five nodes of 2 and save 6 - 1, so that they go behind those that save nothing and
// open the only node. Of a capacity of 100 cores all are one node; then the last by score stays last.
TEST(CaEstimateCall, TheFastPathLooksAtCapacity) {
    Json a = one_node_for(pod_asking("1500m", "0"), 6, pod_asking("100m", "0"), 8);
    EXPECT_EQ(ca_answer("ca_estimate", a)["scheduled_per_group"], Json({0, 8}));
    a["node_template"]["status"]["capacity"]["cpu"] = "100";
    EXPECT_EQ(ca_answer("ca_estimate", a)["scheduled_per_group"], Json({1, 5}));
}

TEST(CaExpandCall, ReadsPrioritiesAndRequests) {
    const auto option = [](const char* group, int nodes, const Json& pod) {
        return Json{{"node_group", group}, {"node_count", nodes}, {"pods", Json::array({pod})}};
    };
    Json pod = pod_asking("100m", "1Gi");
    // An init container that asks for more counts in place of the sum (SCHED-40).
    Json with_init = pod;
    with_init["spec"]["initContainers"] =
        Json::array({{{"name", "i"}, {"resources", {{"requests", {{"cpu", "2"}, {"memory", "2Gi"}}}}}}});
    Json a{{"options", Json::array({option("b", 1, pod), option("a", 1, with_init), option("a-spot", 1, pod)})},
           {"node_templates",
            {{"a", node_with("4", "8Gi")}, {"b", node_with("4", "8Gi")}, {"a-spot", node_with("4", "8Gi")}}},
           {"expander", {"least-waste"}},
           {"priority_config_map", Json()}};
    EXPECT_EQ(ca_answer("ca_expand", a), Json({{"survivors", {"a"}}}));
    a["expander"] = {"priority"};
    EXPECT_EQ(ca_answer("ca_expand", a), Json({{"survivors", {"a", "a-spot", "b"}}}));
    a["priority_config_map"] = {{"data", {{"priorities", "10:\n- .*\n50:\n- ^a\n"}}}};
    EXPECT_EQ(ca_answer("ca_expand", a), Json({{"survivors", {"a", "a-spot"}}}));
    a["priority_config_map"] = {{"data", {{"other key", "10:\n- ^a\n"}}}};
    EXPECT_EQ(ca_answer("ca_expand", a), Json({{"survivors", {"a", "a-spot", "b"}}}));
    a["expander"] = {"price"};
    EXPECT_EQ(ca_answer("ca_expand", a)["complaints"][0]["rule"], "EKS205");
}

TEST(CaUtilizationCall, ReadsTerminatingDaemonAndMirrorPods) {
    Json terminating = pod_asking("1", "1Gi");
    terminating["metadata"]["deletionTimestamp"] = "2026-03-01T11:58:59Z";  // 30 s grace and 30 s more are over
    Json daemon = pod_asking("1", "1Gi");
    daemon["metadata"]["ownerReferences"] = Json::array({{{"kind", "DaemonSet"}, {"name", "d"}, {"controller", true}}});
    Json mirror = pod_asking("1", "1Gi");
    mirror["metadata"]["annotations"] = {{"kubernetes.io/config.mirror", ""}};
    Json a{{"node", node_with("4", "8Gi")},
           {"pods", {terminating, daemon, mirror}},
           {"ignore_daemonsets", true},
           {"ignore_mirror_pods", false},
           {"gpu_resource", ""},
           {"now", noon}};
    const Json found = ca_answer("ca_utilization", a);
    EXPECT_EQ(found["resource"], "cpu");
    EXPECT_DOUBLE_EQ(found["utilization"].get<double>(), 1.0 / 3);
    EXPECT_DOUBLE_EQ(found["memory"].get<double>(), 1.0 / 7);
    EXPECT_DOUBLE_EQ(found["gpu"].get<double>(), 0);
    a["pods"][0]["spec"]["terminationGracePeriodSeconds"] = 31;  // exactly now is not over
    EXPECT_DOUBLE_EQ(ca_answer("ca_utilization", a)["cpu"].get<double>(), 2.0 / 3);
    a["gpu_resource"] = "nvidia.com/gpu";
    EXPECT_EQ(ca_answer("ca_utilization", a)["resource"], "nvidia.com/gpu");
    a["gpu_resource"] = "";
    a["node"]["status"]["allocatable"].erase("memory");
    EXPECT_EQ(ca_answer("ca_utilization", a), Json({{"error", "not_computable"}}));
}

TEST(CaDrainableCall, ReadsOwnersAnnotationsVolumesAndBudgets) {
    Json pod = pod_asking("1", "1Gi");
    pod["metadata"]["ownerReferences"] =
        Json::array({{{"apiVersion", "apps/v1"}, {"kind", "ReplicaSet"}, {"name", "r"}, {"controller", true}}});
    Json a{{"pod", pod},
           {"now", noon},
           {"controllers", Json::array({{{"kind", "ReplicaSet"}, {"metadata", {{"name", "r"}}}}})},
           {"pdbs", Json::array()},
           {"options", Json::object()}};
    const auto outcome = [&] {
        const Json found = ca_answer("ca_drainable", a);
        return found.contains("reason") ? found["reason"].get<std::string>() : found["outcome"].get<std::string>();
    };
    EXPECT_EQ(outcome(), "movable");
    a["controllers"][0]["metadata"]["namespace"] = "other";
    EXPECT_EQ(outcome(), "ControllerNotFound");
    a["controllers"][0]["metadata"]["namespace"] = "default";
    a["pod"]["metadata"]["ownerReferences"][0].erase("controller");
    EXPECT_EQ(outcome(), "NotReplicated");
    a["pod"]["metadata"]["ownerReferences"][0]["controller"] = true;

    a["pod"]["spec"]["volumes"] = Json::array(
        {{{"name", "v1"}, {"emptyDir", {{"medium", "Memory"}}}}, {{"name", "v2"}, {"configMap", {{"name", "c"}}}}});
    EXPECT_EQ(outcome(), "movable");
    a["pod"]["spec"]["volumes"].push_back({{"name", "v3"}, {"emptyDir", Json::object()}});
    EXPECT_EQ(outcome(), "LocalStorageRequested");
    const char* named = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
    a["pod"]["metadata"]["annotations"][named] = "v1, v3";  // names " v3"
    EXPECT_EQ(outcome(), "LocalStorageRequested");
    a["pod"]["metadata"]["annotations"][named] = "v1,v3";
    EXPECT_EQ(outcome(), "movable");

    a["pdbs"] = Json::array({{{"metadata", {{"name", "b"}, {"namespace", "default"}}},
                              {"spec", {{"selector", Json::object()}}},
                              {"status", {{"disruptionsAllowed", 0}}}}});
    EXPECT_EQ(outcome(), "NotEnoughPdb");  // {} matches all
    a["pdbs"][0]["spec"]["selector"]["matchLabels"] = {{"app", "other"}};
    EXPECT_EQ(outcome(), "movable");

    a["pod"]["metadata"]["namespace"] = "kube-system";
    a["controllers"][0]["metadata"]["namespace"] = "kube-system";
    a["pod"]["metadata"]["creationTimestamp"] = "2026-03-01T11:00:00Z";  // an hour is not more than an hour
    EXPECT_EQ(outcome(), "UnmovableKubeSystemPod");
    a["options"]["blocking_system_pod_disruption_timeout_s"] = 3599;
    EXPECT_EQ(outcome(), "movable");

    a["pod"]["metadata"]["annotations"]["cluster-autoscaler.kubernetes.io/daemonset-pod"] = "true";
    EXPECT_EQ(outcome(), "daemonset");
}

}  // namespace
}  // namespace eks
