// The calls path_cost, rule_sync, conntrack_fill and connection_capacity: how they read their arguments, and that they
// answer with the model's functions.
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

Json complaint(std::string_view call, const Json& arguments) { return answer(call, arguments).at("complaints").at(0); }
std::string rule_of(std::string_view call, const Json& arguments) { return complaint(call, arguments).at("rule"); }

// --- path_cost

// DPC-5, DPC-11 to DPC-13: source 46.95 + 29.5 + 10.5 + 0.12, and 501 services scanned of 17.44 ns; destination 46.95 +
// 26.2 + 7.5, and all 1001 scanned. Two endpoints would be 2002 and end the comments (DPD-4).
TEST(PathCost, AddsUpTheNodesOnTheWay) {
    const Json cost = answer("path_cost", {{"mode", "iptables-legacy"},
                                           {"services", 1001},
                                           {"endpoints", 2},
                                           {"comments", true},
                                           {"masquerade", "none"}});
    ASSERT_EQ(cost.at("visits").size(), 2u);
    const Json& source = cost["visits"][0];
    EXPECT_EQ(source["node"], "source");
    EXPECT_EQ(source["scanned"], 501);
    EXPECT_NEAR(source["connection_us"], 46.95 + 29.5 + 10.5 + 0.12 + 501 * 0.01744, 1e-5);
    EXPECT_NEAR(source["connection"]["scan"], 501 * 0.01744, 1e-5);
    const Json& destination = cost["visits"][1];
    EXPECT_NEAR(destination["connection_us"], 46.95 + 26.2 + 7.5 + 1001 * 0.01744, 1e-5);
    EXPECT_NEAR(destination["request_us"], 19.1 / 2 + 2 * 2.62, 1e-5);
    EXPECT_NEAR(cost["connection_us"]["value"],
                source["connection_us"].get<double>() + destination["connection_us"].get<double>(), 1e-5);
    EXPECT_LT(cost["connection_us"]["low"], cost["connection_us"]["value"]);
    EXPECT_GT(cost["connection_us"]["high"], cost["connection_us"]["value"]);
    EXPECT_NEAR(cost["scan_ns_per_service"], 17.44, 1e-9);
    // DPC-19: the destination scans more and is the narrower one.
    EXPECT_EQ(cost["binds"], "destination");
    EXPECT_NEAR(cost["connections_per_second_max"], 1e6 / destination["connection_us"].get<double>(), 1e-2);
    // Without `comments` DPD-4 decides.
    EXPECT_NEAR(answer("path_cost", {{"mode", "iptables-legacy"}, {"services", 1001}})["scan_ns_per_service"],
                0.3 * 4.8 + 0.7 * 15, 1e-9);
}

// DPC-15 to DPC-18
// Whatever a user has measured, the value lies within its range, and no number is missing.
TEST(PathCost, ARangeHoldsItsValue) {
    for (const double warm : {1.0, 30.0}) {
        const Json cost = answer("path_cost", {{"mode", "iptables-legacy"},
                                               {"services", 20000},
                                               {"coefficients", {{"c_rule_bare_warm", warm}}}})["connection_us"];
        EXPECT_LE(cost["low"], cost["value"]) << warm;
        EXPECT_LE(cost["value"], cost["high"]) << warm;
    }
    EXPECT_EQ(rule_of("path_cost",
                      {{"mode", "ebpf-legacy"}, {"hubble", "aggregated"}, {"coefficients", {{"evt_period", 0}}}}),
              "EKS204");
}

// How fast a machine is changes nothing about how long entries stay.
TEST(ConntrackFill, KnowsNoMachine) {
    EXPECT_EQ(rule_of("conntrack_fill", {{"connections_per_second", 100}, {"limit", 1000}, {"machine", 2}}), "EKS104");
}

TEST(PathCost, TellsTimesAtALoad) {
    const Json base = {{"mode", "none"}, {"to_service", false}, {"load", 0.5}, {"route", "cross-node"}};
    const Json cost = answer("path_cost", base);
    // Each node 46.95 + 15 us of work.
    const double nodes = 2 * 61.95 * 1.225 * 1.8 / 1000;
    EXPECT_NEAR(cost["connect_ms"]["nodes"], nodes, 1e-6);
    EXPECT_NEAR(cost["connect_ms"]["network"], 0.3, 1e-9);
    EXPECT_NEAR(cost["connect_ms"]["p99"], 2.65 * nodes + 0.3, 1e-5);
    EXPECT_NEAR(cost["request_ms"]["network"], 0.15, 1e-9);
    Json far = base;
    far["cross_zone"] = true;
    far["balancer_ms"] = 2;
    EXPECT_NEAR(answer("path_cost", far)["connect_ms"]["network"], 1.4, 1e-9);
    EXPECT_NEAR(answer("path_cost", far)["connect_ms"]["balancer"], 2, 1e-9);
    Json near = base;
    near["route"] = "same-node";
    EXPECT_EQ(answer("path_cost", near)["connect_ms"]["network"], 0);
}

TEST(PathCost, TakesNumbersOfTheUsersOwn) {
    const Json arguments = {{"mode", "iptables-legacy"}, {"coefficients", {{"heat", 0}}}, {"machine", 2}};
    EXPECT_NEAR(answer("path_cost", arguments)["scan_ns_per_service"], 2 * 6.8, 1e-9);
    // A slope that was measured as zero may come out a little below.
    EXPECT_NEAR(
        answer("path_cost", {{"mode", "nftables"}, {"coefficients", {{"c_rule_flat", -0.05}}}})["scan_ns_per_service"],
        -0.05, 1e-9);
    EXPECT_EQ(rule_of("path_cost", {{"mode", "nftables"}, {"coefficients", {{"k_conn", -1}}}}), "EKS204");
    // A value of the user's is no longer a range.
    const Json fixed = answer("path_cost", {{"mode", "none"},
                                            {"to_service", false},
                                            {"route", "same-node"},
                                            {"coefficients", {{"k_conn", 80}, {"w_hop", 1}}}});
    EXPECT_NEAR(fixed["connection_us"]["low"], 90, 1e-9);
    EXPECT_NEAR(fixed["connection_us"]["high"], 90, 1e-9);
}

// DPC-1: what does not go together is said.
TEST(PathCost, RefusesWhatDoesNotGoTogether) {
    EXPECT_EQ(rule_of("path_cost", Json::object()), "EKS103");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "iptables"}}), "EKS205");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "nftables"}, {"socket_lb", true}}), "EKS112");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "ebpf-hostrouting"}, {"chained", true}}), "EKS112");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "ebpf-hostrouting"}, {"masquerade", "iptables"}}), "EKS112");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "nftables"}, {"kube_proxy_rules", "absent"}}), "EKS112");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "none"}, {"kube_proxy_rules", "live"}}), "EKS112");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "nftables"}, {"masquerade", "ebpf"}}), "EKS112");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "ebpf-legacy"}, {"rules_kind", "none"}}), "EKS112");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "none"}}), "EKS112");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "nftables"}, {"route", "egress"}, {"to_service", true}}), "EKS112");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "nftables"}, {"route", "sideways"}}), "EKS205");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "nftables"}, {"services", -1}}), "EKS204");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "nftables"}, {"load", 1}}), "EKS204");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "nftables"}, {"coefficients", {{"heat", 2}}}}), "EKS204");
    EXPECT_EQ(rule_of("path_cost", {{"mode", "nftables"}, {"coefficients", {{"k_con", 2}}}}), "EKS205");
    EXPECT_EQ(complaint("path_cost", {{"mode", "nftables"}, {"service", 7}})["message"],
              "there is no argument service");
}

// --- rule_sync

// DPC-50, DPS-6
TEST(RuleSyncCall, TellsHowLateAChangeIs) {
    const Json sync = answer(
        "rule_sync",
        {{"mode", "iptables-legacy"}, {"services", 20'000}, {"endpoints", 2}, {"comments", true}, {"removed", 1}});
    EXPECT_EQ(sync["entries"], 160'000);
    EXPECT_NEAR(sync["full_seconds"], 2.016, 1e-6);
    EXPECT_NEAR(sync["changed_seconds"], 0.005 + 0.88 + 0.274, 1e-6);
    EXPECT_NEAR(sync["lag_seconds"]["lone"], 1.159, 1e-6);
    EXPECT_NEAR(sync["lag_seconds"]["most"], 2 * 1.159, 1e-6);
    EXPECT_NEAR(sync["lag_after_full_seconds"], 2.016 + 1.159, 1e-6);
    EXPECT_EQ(sync["share_of_a_core"], 1);
    EXPECT_EQ(sync["stale_share"], 0.5);
    EXPECT_EQ(sync["may_reach_wrong_pod"], false);
    const Json nft = answer("rule_sync", {{"mode", "iptables-nft"}, {"services", 20'000}, {"endpoints", 2}});
    EXPECT_NEAR(nft["first_seconds"], 4.8, 1e-6);
    EXPECT_EQ(nft["may_reach_wrong_pod"], true);
    const Json slow = answer(
        "rule_sync",
        {{"mode", "nftables"}, {"services", 10'000}, {"listing", "whole-table"}, {"min_sync_period_seconds", 10}});
    EXPECT_NEAR(slow["listing_seconds"], 5.6, 1e-6);
    EXPECT_NEAR(slow["lag_seconds"]["most"], 10 + 0.165 + 5.6, 1e-6);
}

TEST(RuleSyncCall, RefusesWhatDoesNotGoTogether) {
    EXPECT_EQ(rule_of("rule_sync", {{"mode", "ipvs"}, {"listing", "chains"}}), "EKS112");
    EXPECT_EQ(rule_of("rule_sync", {{"mode", "ipvs"}, {"changed", 2}}), "EKS204");
    EXPECT_EQ(rule_of("rule_sync", {{"mode", "ipvs"}, {"removed", 2}}), "EKS204");
}

// --- conntrack_fill

// DPC-33, DPS-7
TEST(ConntrackFill, TellsTheCourseOfATable) {
    const Json fill = answer("conntrack_fill", {{"connections_per_second", 5000}, {"cores", 4}});
    EXPECT_EQ(fill["limit"], 131'072);
    EXPECT_EQ(fill["hold_seconds"], 120);
    EXPECT_NEAR(fill["connections_per_second_max"], 131'072 / 120.0, 1e-5);
    EXPECT_EQ(fill["entries"], 600'000);
    EXPECT_NEAR(fill["refuses_at_seconds"], 26.2144, 1e-6);
    EXPECT_EQ(fill["recovers_at_seconds"], 120);
    EXPECT_NEAR(fill["success_while_full"], 0.002, 1e-9);
    EXPECT_NEAR(fill["success_later"], 131'072 / 600'000.0, 1e-6);
    const Json fits = answer("conntrack_fill", {{"connections_per_second", 100}, {"ending", "reset"}});
    EXPECT_EQ(fits["hold_seconds"], 10);
    EXPECT_TRUE(fits["refuses_at_seconds"].is_null());
    EXPECT_EQ(fits["success_later"], 1);
    // DPC-32, DPS-8
    const Json flood = answer("conntrack_fill", {{"connections_per_second", 0}, {"unanswered_per_second", 5000}});
    EXPECT_NEAR(flood["full_at_seconds"], 26.2144, 1e-6);
    EXPECT_TRUE(flood["refuses_at_seconds"].is_null());
}

// DPC-35, DPC-40
TEST(ConntrackFill, KnowsTheOtherTables) {
    const Json bpf = answer("conntrack_fill", {{"table", "bpf"},
                                               {"connections_per_second", 10'000},
                                               {"life_seconds", 5},
                                               {"memory_gib", 8},
                                               {"mean_gap_seconds", 6.5536}});
    EXPECT_EQ(bpf["hold_seconds"], 15);
    EXPECT_EQ(bpf["entries"], 300'000);
    EXPECT_NEAR(bpf["evicted_after_seconds"], 131'072 / 20'000.0, 1e-6);
    EXPECT_NEAR(bpf["hurt_share"], 0.367879, 1e-6);
    const Json ec2 =
        answer("conntrack_fill",
               {{"table", "ec2-nitro6"}, {"connections_per_second", 100}, {"ending", "abandoned"}, {"limit", 10'000}});
    EXPECT_EQ(ec2["hold_seconds"], 350);
    EXPECT_EQ(ec2["refuses_at_seconds"], 100);
}

TEST(ConntrackFill, RefusesWhatDoesNotGoTogether) {
    EXPECT_EQ(rule_of("conntrack_fill", Json::object()), "EKS103");
    EXPECT_EQ(rule_of("conntrack_fill", {{"connections_per_second", 1}, {"table", "ec2"}}), "EKS103");
    EXPECT_EQ(rule_of("conntrack_fill", {{"connections_per_second", 1}, {"memory_gib", 8}}), "EKS112");
    EXPECT_EQ(rule_of("conntrack_fill", {{"connections_per_second", 1}, {"ending", "udp"}}), "EKS112");
    EXPECT_EQ(rule_of("conntrack_fill", {{"connections_per_second", 1}, {"hold_seconds", 9}, {"life_seconds", 1}}),
              "EKS112");
    EXPECT_EQ(rule_of("conntrack_fill", {{"connections_per_second", 1}, {"socket_lb", true}}), "EKS112");
    EXPECT_EQ(rule_of("conntrack_fill", {{"connections_per_second", "many"}}), "EKS102");
}

// --- connection_capacity

// DPC-68; DPD-27: an m5.large has two vCPUs and a baseline of 750 Mbit/s.
TEST(ConnectionCapacity, TellsTheFirstLimitOfANode) {
    const Json scraper = {{"role", "egress"}, {"connections_per_second", 600}, {"destination", "api.example.com"}};
    const Json capacity = answer("connection_capacity", {{"mode", "iptables-legacy"},
                                                         {"services", 100},
                                                         {"instance_type", "m5.large"},
                                                         {"classes", Json::array({scraper})}});
    EXPECT_EQ(capacity["first"]["limit"], "source_ports");
    EXPECT_EQ(capacity["first"]["destination"], "api.example.com");
    EXPECT_NEAR(capacity["first"]["multiple"], 64'500 / 72'000.0, 1e-6);
    // 46.95 us, ten packets of 1.5 + 1.12 + 0.4, 7.5 + 2.7 and 100 services scanned.
    const double each = 46.95 + 30.2 + 10.2 + 100 * 0.01744;
    EXPECT_NEAR(capacity["network_cores"], 600 * each * 1e-6, 1e-6);
    EXPECT_NEAR(capacity["load"], 600 * each * 1e-6 / 2, 1e-6);
    bool has_baseline = false;
    for (const Json& limit : capacity["limits"])
        if (limit["limit"] == "bytes_out") has_baseline = limit["cap"] == 93'750'000;
    EXPECT_TRUE(has_baseline);
    // By eBPF ports are free again 10 s after the end of a connection.
    EXPECT_EQ(capacity["modes"].size(), 6u);
    EXPECT_NEAR(capacity["modes"]["ebpf-hostrouting"]["first"]["multiple"], 64'500 / 6'000.0, 1e-6);
    EXPECT_NEAR(capacity["modes"]["iptables-legacy"]["avoided_share"], 0, 1e-9);
    EXPECT_GT(capacity["modes"]["ebpf-hostrouting"]["avoided_share"], 0);
}

TEST(ConnectionCapacity, RefusesWhatDoesNotGoTogether) {
    const Json call = {{"role", "client"}, {"connections_per_second", 1}};
    EXPECT_EQ(rule_of("connection_capacity", {{"mode", "nftables"}, {"classes", Json::array({call})}}), "EKS103");
    EXPECT_EQ(rule_of("connection_capacity", {{"mode", "nftables"}, {"cores", 1}, {"classes", call}}), "EKS102");
    EXPECT_EQ(rule_of("connection_capacity", {{"mode", "nftables"}, {"cores", 1}, {"classes", Json::array({1})}}),
              "EKS102");
    Json odd = call;
    odd["role"] = "peer";
    EXPECT_EQ(rule_of("connection_capacity", {{"mode", "nftables"}, {"cores", 1}, {"classes", Json::array({odd})}}),
              "EKS205");
    Json misspelt = call;
    misspelt["endpoint"] = 2;
    EXPECT_EQ(
        rule_of("connection_capacity", {{"mode", "nftables"}, {"cores", 1}, {"classes", Json::array({misspelt})}}),
        "EKS104");
    EXPECT_EQ(
        complaint("connection_capacity",
                  {{"mode", "nftables"}, {"instance_type", "m5.lrge"}, {"classes", Json::array({call})}})["message"],
        "there is no instance type m5.lrge");
}

// What a class has no use for is said, and not passed over.
TEST(ConnectionCapacity, RefusesWhatARoleHasNoUseFor) {
    const auto rule = [](const char* role, const char* name, const Json& value) {
        Json one = {{"role", role}, {"connections_per_second", 1}};
        one[name] = value;
        return rule_of("connection_capacity", {{"mode", "nftables"}, {"cores", 1}, {"classes", Json::array({one})}});
    };
    for (const char* role : {"client", "server", "both", "entry"})
        EXPECT_EQ(rule(role, "destination", "api.example.com"), "EKS112") << role;
    for (const char* role : {"client", "server", "both", "egress"})
        EXPECT_EQ(rule(role, "local_share", 0.5), "EKS112") << role;
}

// DPC-36
TEST(ConnectionCapacity, TellsPortsOfProtocolsApart) {
    const Json tcp = {{"role", "egress"}, {"connections_per_second", 100}, {"destination", "dns.example.com"}};
    Json udp = tcp;
    udp["protocol"] = "udp";
    const Json capacity =
        answer("connection_capacity", {{"mode", "nftables"}, {"cores", 4}, {"classes", Json::array({tcp, udp})}});
    Json ports = Json::array();
    for (const Json& limit : capacity["limits"])
        if (limit["limit"] == "source_ports") ports.push_back({limit["destination"], limit["protocol"], limit["used"]});
    EXPECT_EQ(ports, Json::array({{"dns.example.com", "tcp", 12'000}, {"dns.example.com", "udp", 3'000}}));
}

}  // namespace
}  // namespace eks
