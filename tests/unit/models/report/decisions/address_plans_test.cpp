// The decision calls about addresses as JSON: max_pods, warm_pool, subnet_capacity, snat. What they compute is tested
// where it is computed; here it is that arguments arrive, that answers carry them, and that wrong ones are refused.
#include "models/report/decide.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <utility>

namespace eks {
namespace {

using nlohmann::json;

json ask(const char* call, const json& arguments) { return json::parse(decide_as_json(call, arguments.dump())); }
bool is_refused(const char* call, const json& arguments) { return ask(call, arguments).contains("complaints"); }

TEST(AddressPlans, MaxPodsByEachFormula) {
    const auto pods = [](const char* type, const char* formula, const json& more = json::object()) {
        json arguments = {{"instance_type", type}, {"formula", formula}};
        arguments.update(more);
        return ask("max_pods", arguments)["max_pods"].get<int>();
    };
    // FR-2, IPAM-180
    EXPECT_EQ(pods("t3.nano", "nodeadm"), 4);
    EXPECT_EQ(pods("m5.large", "nodeadm"), 29);
    EXPECT_EQ(pods("m5.large", "nodeadm", {{"prefix_delegation", true}}), 29);
    // IPAM-182, IPAM-183
    EXPECT_EQ(pods("m5.large", "calculator", {{"prefix_delegation", true}}), 110);
    EXPECT_EQ(pods("m5.large", "calculator", {{"prefix_delegation", true}, {"without_ceiling", true}}), 434);
    EXPECT_EQ(pods("m5.large", "calculator", {{"custom_networking", true}, {"max_eni", 2}}), 11);
    EXPECT_EQ(pods("m5.16xlarge", "managed-node-group"), 250);
    // IPAM-185
    EXPECT_EQ(pods("m5.xlarge", "karpenter", {{"reserved_enis", 1}}), 44);
    EXPECT_EQ(pods("m5.xlarge", "karpenter", {{"pods_per_core", 10}}), 40);
    EXPECT_EQ(pods("m5.xlarge", "karpenter", {{"max_pods", 20}}), 20);
    EXPECT_EQ(pods("m5.xlarge", "karpenter", {{"eni_limited_density", false}}), 110);
    // IPAM-341 less the two addresses of the agent, plus the two pods that need none
    EXPECT_EQ(pods("m5.xlarge", "cilium", {{"first_interface_index", 1}}), 42);
}

TEST(AddressPlans, MaxPodsOfAGroupIsItsSmallest) {
    const json group =
        ask("max_pods", {{"instance_types", {"m5.16xlarge", "m5.xlarge"}}, {"formula", "managed-node-group"}});
    EXPECT_EQ(group["max_pods"], 58);  // IPAM-183
    EXPECT_EQ(group["types"][0]["max_pods"], 58);
    EXPECT_EQ(group["types"][0]["address_capacity"], 15 * 49);
}

TEST(AddressPlans, MaxPodsSaysHowManyPodsWouldHaveNoAddress) {
    // IPAM-186, FR-3: 110 - 2 - 56. IPAM-146: nodeadm does not know of custom networking, 29 - 2 - 18.
    EXPECT_EQ(ask("max_pods", {{"instance_type", "m5.xlarge"}, {"max_pods", 110}})["pods_without_address"], 52);
    EXPECT_EQ(ask("max_pods", {{"instance_type", "m5.large"}, {"custom_networking", true}})["pods_without_address"], 9);
    // IPAM-341: 58 against 42, of which the agent has two
    const json cilium =
        ask("max_pods", {{"instance_type", "m5.xlarge"}, {"cni", "cilium"}, {"first_interface_index", 1}});
    EXPECT_EQ(cilium["max_pods"], 58);
    EXPECT_EQ(cilium["address_capacity"], 40);
    EXPECT_EQ(cilium["pods_without_address"], 16);
    // IPAM-184: 11 MiB x 29 + 255 MiB, IPAM-135: xen gives no prefixes
    EXPECT_EQ(ask("max_pods", {{"instance_type", "m5.large"}})["kube_reserved_memory_mib"], 574);
    EXPECT_EQ(ask("max_pods", {{"instance_type", "m4.large"}, {"prefix_delegation", true}})["address_capacity"], 18);
}

TEST(AddressPlans, TheStepsEndWithTheAnswer) {
    const json answer = ask("max_pods", {{"instance_type", "m5.large"},
                                         {"formula", "calculator"},
                                         {"prefix_delegation", true},
                                         {"custom_networking", true}});
    std::map<std::string, std::pair<std::string, int>> steps;
    for (const json& step : answer["steps"]) steps[step["what"]] = {step["how"], step["value"]};
    EXPECT_EQ(steps["ENIs counted"].second, 2);
    EXPECT_EQ(steps["by the formula"], std::pair(std::string("2 x 9 x 16 + 2"), 290));
    EXPECT_EQ(steps["ceiling"].second, 110);
    EXPECT_EQ(steps["max pods"].second, 110);
    EXPECT_EQ(steps["addresses for pods"].second, 288);
    EXPECT_EQ(steps["pods without an address"].second, 0);
}

TEST(AddressPlans, WrongQuestionsAboutMaxPodsAreRefused) {
    const auto refused = [](const json& more) {
        json arguments = {{"instance_type", "m5.large"}};
        arguments.update(more);
        return is_refused("max_pods", arguments);
    };
    EXPECT_FALSE(refused(json::object()));
    EXPECT_TRUE(refused({{"instance_type", "m5.lrge"}}));
    EXPECT_TRUE(refused({{"instance_type", 5}}));
    EXPECT_TRUE(refused({{"formula", "guess"}}));
    EXPECT_TRUE(refused({{"prefix_delegations", true}}));
    EXPECT_TRUE(refused({{"max_eni", 0}}));
    EXPECT_TRUE(refused({{"max_eni", 1.5}}));
    EXPECT_TRUE(refused({{"max_pods", 18446744073709551615U}}));
    EXPECT_TRUE(refused({{"pods_per_core", 3}}));
    EXPECT_TRUE(refused({{"first_interface_index", 1}}));
    EXPECT_TRUE(refused({{"cni", "cilium"}, {"custom_networking", true}}));
    EXPECT_TRUE(refused({{"formula", "cilium"}, {"cni", "vpc-cni"}}));
    EXPECT_TRUE(refused({{"instance_types", {"m5.large"}}}));
    EXPECT_TRUE(is_refused("max_pods", {{"instance_types", json::array()}}));
    EXPECT_TRUE(is_refused("max_pods", json::object()));
}

TEST(AddressPlans, AWarmPoolIsSplitOverItsEnis) {
    // IPAM-46: ten pods on an m5.large, three ENIs of nine, 30 addresses of the subnet.
    const json pool = ask("warm_pool", {{"instance_type", "m5.large"}, {"pods", 10}});
    EXPECT_EQ(pool["enis"], 3);
    EXPECT_EQ(pool["addresses"], 27);
    EXPECT_EQ(pool["free"], 17);
    EXPECT_EQ(pool["subnet_addresses"], 30);
    EXPECT_EQ(pool["per_eni"][0], (json{{"role", "primary"}, {"addresses", 9}}));
    EXPECT_EQ(pool["oscillates"], false);
    // IPAM-514: what nodeadm gives is all that the CNI grows to.
    EXPECT_EQ(ask("warm_pool", {{"instance_type", "m5.large"}, {"pods", 10}, {"max_eni", 2}})["addresses"], 18);
    EXPECT_EQ(ask("warm_pool", {{"instance_type", "m5.large"}, {"pods", 10}, {"max_pods", 18}})["addresses"], 18);
    // IPAM-155: a trunk takes an ENI's place and holds one address.
    const json trunk = ask("warm_pool", {{"instance_type", "m5.large"}, {"pods", 10}, {"pod_enis", true}});
    EXPECT_EQ(trunk["addresses"], 18);
    EXPECT_EQ(trunk["subnet_addresses"], 21);
    // IPAM-45 with the manifest's WARM_PREFIX_TARGET of 1
    const json prefixes = ask("warm_pool", {{"instance_type", "m5.large"}, {"pods", 17}, {"prefix_delegation", true}});
    EXPECT_EQ(prefixes["prefixes"], 3);
    EXPECT_EQ(prefixes["max_pods"], 110);
    // IPAM-42
    EXPECT_EQ(ask("warm_pool",
                  {{"instance_type", "m5.large"}, {"pods", 9}, {"minimum_ip_target", 5}})["pods_without_address"],
              4);
    EXPECT_TRUE(is_refused("warm_pool", {{"instance_type", "m5.large"}}));
    EXPECT_TRUE(is_refused("warm_pool", {{"instance_type", "m5.large"}, {"pods", -1}}));
    EXPECT_TRUE(is_refused("warm_pool", {{"instance_type", "m5.large"}, {"pods", 1}, {"warm_target", 1}}));
}

TEST(AddressPlans, SubnetsAreAddedUp) {
    const json two = ask("subnet_capacity", {{"cidrs", {"10.0.0.0/24", "10.0.1.0/28"}}, {"taken", {40, 1}}});
    EXPECT_EQ(two["usable"], 251 + 11);
    EXPECT_EQ(two["prefixes"], 14);
    EXPECT_EQ(two["subnets"][0]["free"], 211);
    EXPECT_EQ(two["subnets"][0]["prefixes_left_at_best"], 13);
    // IPAM-200, IPAM-187: 251 / 30, and 59 / 30
    const json nodes = ask("subnet_capacity",
                           {{"cidrs", {"10.0.0.0/24", "10.0.1.0/26"}}, {"instance_type", "m5.large"}, {"pods", 20}});
    EXPECT_EQ(nodes["per_node"]["addresses"], 30);
    EXPECT_EQ(nodes["nodes"], 8 + 1);
    EXPECT_EQ(nodes["subnets"][0]["binds"], "addresses");
    for (const json& wrong : {json{"10.0.0.0/15"}, json{"10.0.0.0"}, json{"10.0.0.0/24", "10.0.0.0/25"}, json{"x/24"}})
        EXPECT_TRUE(is_refused("subnet_capacity", {{"cidrs", wrong}})) << wrong;
    EXPECT_TRUE(is_refused("subnet_capacity", {{"cidrs", {"10.0.0.0/28"}}, {"taken", 12}}));
    EXPECT_TRUE(is_refused("subnet_capacity", {{"cidrs", {"10.0.0.0/28"}}, {"taken", {1, 2}}}));
}

TEST(AddressPlans, TheSnatMatrixFollowsTheSettings) {
    const auto reaches = [](const json& arguments, const char* peer, const char* direction) {
        const json answer = ask("snat", arguments);
        for (const json& row : answer.at("matrix"))
            if (row["subnet"] == "private" && row["peer"] == peer && row["direction"] == direction)
                return row["reachable"].get<bool>();
        ADD_FAILURE() << peer;
        return false;
    };
    // FR-9
    EXPECT_FALSE(reaches({{"cni_version", "1.7.5"}}, "a peered VPC", "to the pod"));
    EXPECT_TRUE(reaches({{"cni_version", "v1.7.5"}, {"external_snat", true}}, "a peered VPC", "to the pod"));
    EXPECT_TRUE(
        reaches({{"cni_version", "1.7"}, {"exclude_snat_cidrs", {"10.0.0.0/8"}}, {"peered_cidr", "10.9.0.0/16"}},
                "a peered VPC", "to the pod"));
    EXPECT_FALSE(
        reaches({{"cni_version", "1.7"}, {"exclude_snat_cidrs", {"10.0.0.0/8"}}}, "on premises", "to the pod"));
    EXPECT_TRUE(reaches(json::object(), "a peered VPC", "to the pod"));
    EXPECT_TRUE(is_refused("snat", {{"cni_version", "new"}}));
    EXPECT_TRUE(is_refused("snat", {{"subnet", "secret"}}));
    EXPECT_TRUE(is_refused("snat", {{"exclude_snat_cidrs", {"10.0.0.1/8"}}}));
    EXPECT_TRUE(is_refused("snat", {{"hold_seconds", -1}}));
    // 64,512 ports and 120 s of TIME_WAIT after one second
    const json ports = ask("snat", {{"connections_per_second", 100}})["ports_of_a_node"];
    EXPECT_EQ(ports["ports_in_use"], 12'100);
    EXPECT_EQ(ports["connections_per_second_max"], 533.1);
}

}  // namespace
}  // namespace eks
