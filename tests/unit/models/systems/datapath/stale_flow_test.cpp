#include "models/systems/datapath/stale_flow.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

// DPS-16: a UDP client that keeps its port talks to a dead endpoint until kube-proxy's cleanup, a TCP client until its
// own timeout.
TEST(StaleFlow, UdpGoesWithTheSyncAndTcpWithItsOwnTimeout) {
    const DataPath path = plain_data_path(Mode::iptables_nft);
    const KeptFlow udp{.protocol = Protocol::udp};
    EXPECT_EQ(stale_seconds(path, udp, 2.2, defaults), 2.2);
    EXPECT_EQ(stale_seconds(path, {.patience_seconds = 900}, 2.2, defaults), 900);
    EXPECT_FALSE(stale_seconds(path, {}, 2.2, defaults));
}

// DPC-55: nobody cleans up behind rules that are only left over; packets renew the entry, and only pauses let it go.
TEST(StaleFlow, LastsWhereNobodyCleansUp) {
    DataPath frozen = plain_data_path(Mode::iptables_legacy);
    frozen.kube_proxy_rules = KubeProxyRules::frozen;
    EXPECT_FALSE(stale_seconds(frozen, {.protocol = Protocol::udp}, 2.2, defaults));
    EXPECT_EQ(stale_seconds(frozen, {.protocol = Protocol::udp, .gap_seconds = 121}, 2.2, defaults), 120);
    // A sync that takes longer than the entry stays comes second.
    const DataPath slow = plain_data_path(Mode::iptables_nft);
    EXPECT_EQ(stale_seconds(slow, {.protocol = Protocol::udp, .gap_seconds = 121}, 133, defaults), 120);
    // Connected UDP sockets keep the address that they were given.
    EXPECT_FALSE(stale_seconds(plain_data_path(Mode::ebpf_legacy), {.protocol = Protocol::udp, .gap_seconds = 1e6}, 0.1,
                               defaults));
}

}  // namespace
}  // namespace eks::datapath
