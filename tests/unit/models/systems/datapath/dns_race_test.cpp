#include "models/systems/datapath/dns_race.hpp"

#include "models/spec/dns_lookup.hpp"
#include "models/systems/datapath/failure.hpp"
#include "models/systems/network/dns_arithmetic.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

// DPS-15: a share of lookups, of the order of 0.1 to 1 %, takes 5 s where A and AAAA share a socket through conntrack;
// none with the socket's load balancer, a cache on the node or TCP.
TEST(DnsRace, TakesFiveSecondsWhereBothQuestionsMeetInConntrack) {
    const DataPath kube_proxy = plain_data_path(Mode::iptables_nft);
    const double share = race_share(kube_proxy, {}, defaults);
    EXPECT_GE(share, 0.001);
    EXPECT_LE(share, 0.01);
    EXPECT_DOUBLE_EQ(race_seconds(share, defaults), 5 * share);
    EXPECT_EQ(race_share(kube_proxy, {.shares_a_socket = false}, defaults), 0);
    EXPECT_EQ(race_share(kube_proxy, {.is_by_tcp = true}, defaults), 0);
    EXPECT_EQ(race_share(kube_proxy, {.has_node_cache = true}, defaults), 0);
    DataPath sockets = plain_data_path(Mode::ebpf_legacy);
    EXPECT_EQ(race_share(sockets, {}, defaults), 0);
    // Chained, or beside rules that are still there: the address is replaced before conntrack sees a packet.
    sockets.chained = true;
    EXPECT_EQ(race_share(sockets, {}, defaults), 0);
    sockets.socket_lb = false;
    EXPECT_GT(race_share(sockets, {}, defaults), 0);
    Coefficients own = defaults;
    own[Coefficient::dns_race] = 0.02;
    EXPECT_DOUBLE_EQ(race_share(kube_proxy, {}, own), 0.02);
}

// DPS-14: while a single CoreDNS is down all lookups fail, after two attempts of 5 s; an external name costs 10
// questions with ndots 5.
TEST(DnsRace, WithoutCoreDnsAllLookupsFail) {
    const DnsQueries outside = queries_of({.dots = 2}, {});
    EXPECT_EQ(outside.asked, 10);
    EXPECT_EQ(outside.forwarded, 4);  // those with the node's own suffix, and the name as it is
    EXPECT_DOUBLE_EQ(dns::outcome_of(outside, 1, 1).failed, 1);
    EXPECT_DOUBLE_EQ(seconds_until_known(FailureKind::dns, {}, defaults), 10);
    EXPECT_DOUBLE_EQ(seconds_until_known(FailureKind::dns, {.dns_attempts = 1}, defaults), 5);
    // 1024 packets a second of an ENI carry four questions of 256 lookups; of twice as many half are lost.
    const double lookups = 2 * defaults[Coefficient::resolver_packets] / outside.forwarded;
    EXPECT_DOUBLE_EQ(lookups, 512);
    EXPECT_DOUBLE_EQ(dns::lost_share(lookups * outside.forwarded, defaults[Coefficient::resolver_packets]), 0.5);
}

}  // namespace
}  // namespace eks::datapath
