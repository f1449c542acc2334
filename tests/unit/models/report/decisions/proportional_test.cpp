// cpa_replicas and cpa_cluster_status: what the arguments of the real autoscaler lead to (CPA-1 to CPA-4).
#include "models/report/decide.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace eks {
namespace {

using Json = nlohmann::json;

Json answer(std::string_view call, const Json& arguments) {
    return Json::parse(decide_as_json(call, arguments.dump()));
}

Json replicas(const Json& config, std::int64_t nodes, std::int64_t cores) {
    const Json cluster{{"schedulable_nodes", nodes},
                       {"schedulable_cores", cores},
                       {"total_nodes", 2 * nodes},
                       {"total_cores", 2 * cores}};
    return answer("cpa_replicas", {{"config", config}, {"cluster", cluster}});
}

TEST(CpaReplicas, TheConfigMapIsReadAsItIs) {
    EXPECT_EQ(replicas({{"linear", R"({"coresPerReplica": 256, "nodesPerReplica": 16})"}}, 40, 160),
              Json({{"replicas", 3}}));
    EXPECT_EQ(replicas({{"linear", R"({"nodesPerReplica": 16, "includeUnschedulableNodes": true})"}}, 40, 160),
              Json({{"replicas", 5}}));
    EXPECT_EQ(replicas({{"ladder", R"({"coresToReplicas": [[64, 3], [1, 1]]})"}}, 40, 160), Json({{"replicas", 3}}));
}

// CPA-4
TEST(CpaReplicas, ABadConfigScalesNothing) {
    const Json bad{{"error", "bad_config"}};
    EXPECT_EQ(replicas(Json::object(), 1, 1), bad);
    EXPECT_EQ(replicas({{"linear", "{}"}, {"ladder", "{}"}}, 1, 1), bad);
    EXPECT_EQ(replicas({{"Linear", R"({"nodesPerReplica": 16})"}}, 1, 1), bad);
    EXPECT_EQ(replicas({{"linear", "{"}}, 1, 1), bad);
    EXPECT_EQ(replicas({{"linear", R"({"min": 2})"}}, 1, 1), bad);
    EXPECT_EQ(replicas({{"linear", R"({"nodesPerReplica": 16, "min": 5, "max": 4})"}}, 1, 1), bad);
    EXPECT_EQ(replicas({{"linear", R"({"nodesPerReplica": 16, "min": 1.5})"}}, 1, 1), bad);
    EXPECT_EQ(replicas({{"ladder", R"({"nodesToReplicas": [[1, -1]]})"}}, 1, 1), bad);
}

// CPA-1: taints do not matter, cordons and Ready do; cores are rounded up once.
TEST(CpaClusterStatus, NodesThatAreCordonedOrNotReadyAreNotSchedulable) {
    const auto node = [](std::string_view cpu, bool is_ready, bool is_cordoned) {
        return Json{
            {"spec",
             {{"unschedulable", is_cordoned}, {"taints", Json::array({{{"key", "a"}, {"effect", "NoSchedule"}}})}}},
            {"status",
             {{"allocatable", {{"cpu", cpu}}},
              {"conditions", Json::array({{{"type", "Ready"}, {"status", is_ready ? "True" : "Unknown"}}})}}}};
    };
    const Json nodes = Json::array(
        {node("1930m", true, false), node("1930m", true, false), node("4", false, false), node("8", true, true)});
    EXPECT_EQ(answer("cpa_cluster_status", {{"nodes", nodes}}),
              Json({{"total_nodes", 4}, {"schedulable_nodes", 2}, {"total_cores", 16}, {"schedulable_cores", 4}}));
}

}  // namespace
}  // namespace eks
