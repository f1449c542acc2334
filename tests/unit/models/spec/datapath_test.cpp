#include "models/spec/datapath.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace eks::datapath {
namespace {

// DPC-1
TEST(DataPath, HasTheSevenModesByTheirNames) {
    std::set<std::string_view> names;
    for (const Mode mode : all_modes) names.insert(text_of(mode));
    EXPECT_EQ(names, (std::set<std::string_view>{"none", "iptables-legacy", "iptables-nft", "nftables", "ipvs",
                                                 "ebpf-legacy", "ebpf-hostrouting"}));
}

// DPC-11: rules of kube-proxy, its masquerading or the host's stack behind eBPF bring conntrack with them.
TEST(DataPath, TracksConnectionsWhereNetfilterSeesPackets) {
    EXPECT_TRUE(plain_data_path(Mode::nftables).tracks_connections());
    EXPECT_FALSE(plain_data_path(Mode::none).tracks_connections());
    DataPath path = plain_data_path(Mode::ebpf_legacy);
    EXPECT_FALSE(path.tracks_connections());
    path.chained = true;
    EXPECT_TRUE(path.tracks_connections());
    path.chained = false;
    path.masquerade = Masquerade::iptables;
    EXPECT_TRUE(path.tracks_connections());
    path.masquerade = Masquerade::ebpf;
    path.kube_proxy_rules = KubeProxyRules::frozen;
    EXPECT_TRUE(path.tracks_connections());
}

TEST(Coefficients, AreFoundByNameAndSayWhereTheyComeFrom) {
    for (const CoefficientRow& row : coefficient_table()) {
        ASSERT_EQ(coefficient_named(row.id), row.name) << row.id;
        EXPECT_FALSE(row.meaning.empty()) << row.id;
        EXPECT_LE(row.low, row.value) << row.id;
        EXPECT_LE(row.value, row.high) << row.id;
        EXPECT_DOUBLE_EQ(default_coefficients()[row.name], row.value) << row.id;
        EXPECT_DOUBLE_EQ(lowest_coefficients()[row.name], row.low) << row.id;
        EXPECT_DOUBLE_EQ(highest_coefficients()[row.name], row.high) << row.id;
    }
    EXPECT_FALSE(coefficient_named("k_con"));
}

// Section 3 of the specification, a few of each kind: the table is what all else is computed from.
TEST(Coefficients, AreThoseOfTheSpecification) {
    struct Case {
        std::string_view id;
        double value, low, high;
        Origin origin;
    };
    for (const auto& [id, value, low, high, origin] :
         {Case{"k_conn", 93.9, 90, 100, Origin::measured}, Case{"k_req", 19.1, 18, 20, Origin::measured},
          Case{"w_hop", 1.5, 1.4, 1.6, Origin::measured}, Case{"w_trk", 1.12, 1.0, 1.3, Origin::measured},
          Case{"n_trk", 7.5, 6, 9, Origin::measured}, Case{"x_chain", 1, 1, 15, Origin::assumed},
          Case{"ipvs_new", 10, 0, 20, Origin::assumed}, Case{"ipvs_w", 0.3, 0, 0.6, Origin::assumed},
          Case{"c_byte", 0.35, 0.30, 0.39, Origin::measured}, Case{"l7_envoy", 200, 80, 500, Origin::published},
          Case{"l7_ztun", 60, 40, 90, Origin::published}, Case{"l7_lean", 36, 26, 60, Origin::measured},
          Case{"heat", 0.7, 0, 1, Origin::assumed}, Case{"kappa", 0.8, 0.5, 1.1, Origin::measured},
          Case{"s_idle", 0.45, 0.3, 0.55, Origin::measured}, Case{"rtt_zone", 150, 80, 300, Origin::assumed},
          Case{"rtt_xzone", 700, 300, 1500, Origin::assumed}}) {
        const CoefficientRow& row = coefficient_table()[static_cast<std::size_t>(*coefficient_named(id))];
        EXPECT_DOUBLE_EQ(row.value, value) << id;
        EXPECT_DOUBLE_EQ(row.low, low) << id;
        EXPECT_DOUBLE_EQ(row.high, high) << id;
        EXPECT_EQ(row.origin, origin) << id;
    }
}

TEST(Coefficients, OneFactorOfTheMachineScalesCpuTimesAndNothingElse) {
    const Coefficients slower = default_coefficients().scaled(2);
    EXPECT_DOUBLE_EQ(slower[Coefficient::k_conn], 2 * 93.9);
    EXPECT_DOUBLE_EQ(slower[Coefficient::c_rule_legacy_warm], 2 * 6.8);
    EXPECT_DOUBLE_EQ(slower[Coefficient::rtt_zone], 150);
    EXPECT_DOUBLE_EQ(slower[Coefficient::hold_time_wait], 120);
    EXPECT_DOUBLE_EQ(slower[Coefficient::kappa], 0.8);
}

}  // namespace
}  // namespace eks::datapath
