#include "models/systems/datapath/capacity.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

const Limit* limit_of(const Capacity& capacity, LimitKind kind) {
    const auto found = std::ranges::find(capacity.limits, kind, &Limit::kind);
    return found == capacity.limits.end() ? nullptr : &*found;
}

NodeDemand demand_of(NodeClass one, double services = 0) {
    NodeDemand demand;
    demand.rules = {services, 1, services <= 1000};
    demand.classes = {one};
    return demand;
}

// DPC-68: cores by what they do, computed by hand: 1000 short connections a second from pods here, nftables.
TEST(Capacity, CoresAreSplitByWhatTheyDo) {
    NodeClass calls{.role = Role::client, .connections_per_second = 1000};
    const Capacity capacity =
        capacity_of(plain_data_path(Mode::nftables), defaults, demand_of(calls, 100), {.cores = 4});
    EXPECT_NEAR(capacity.cores[Part::sockets], 1000 * 93.9e-6 / 2, 1e-9);
    EXPECT_NEAR(capacity.cores[Part::hops], 1000 * 15e-6, 1e-9);
    EXPECT_NEAR(capacity.cores[Part::tracking], 1000 * (11.2e-6 + 7.5e-6), 1e-9);
    EXPECT_NEAR(capacity.cores[Part::translation], 1000 * (2.1e-6 + 2.2e-6), 1e-9);
    EXPECT_EQ(capacity.cores[Part::scan], 0);
    EXPECT_NEAR(capacity.cores.total(), 1000 * (46.95 + 15 + 18.7 + 4.3) * 1e-6, 1e-9);
    EXPECT_NEAR(capacity.load, capacity.cores.total() / 4, 1e-12);
}

// DPC-5: a server's node scans all Services for what is to none of them, a client's the half.
TEST(Capacity, ServersScanAllServicesAndClientsHalf) {
    const DataPath path = plain_data_path(Mode::iptables_legacy);
    const auto scan_cores = [&](Role role) {
        const NodeClass some{.role = role, .connections_per_second = 1000};
        return capacity_of(path, defaults, demand_of(some, 20'000), {.cores = 4}).cores[Part::scan];
    };
    EXPECT_NEAR(scan_cores(Role::server), 1000 * 20'000 * 0.01194e-6, 1e-9);
    EXPECT_NEAR(scan_cores(Role::client), 1000 * 10'000.5 * 0.01194e-6, 1e-9);
    EXPECT_NEAR(scan_cores(Role::both), 1000 * 10'000.5 * 0.01194e-6, 1e-9);
}

// DPC-68: the first limit, and at which multiple: 500 short connections a second hold 60000 of 131072 entries, and the
// cores have far more room.
TEST(Capacity, TheFirstLimitIsTheOneWithTheSmallestMultiple) {
    NodeClass calls{.role = Role::client, .connections_per_second = 500};
    NodeLimits limits{.cores = 4, .conntrack = 131'072};
    const DataPath path = plain_data_path(Mode::nftables);
    const Capacity capacity = capacity_of(path, defaults, demand_of(calls), limits);
    const Limit& first = capacity.limits[capacity.first];
    EXPECT_EQ(first.kind, LimitKind::conntrack);
    EXPECT_DOUBLE_EQ(first.used, 60'000);
    EXPECT_NEAR(*first.multiple, 131'072 / 60'000.0, 1e-9);
    // With few sources it never fills: 50000 tuples are all there are.
    calls.entries_most = 50'000;
    const Capacity few = capacity_of(path, defaults, demand_of(calls), limits);
    EXPECT_FALSE(limit_of(few, LimitKind::conntrack)->multiple);
    EXPECT_EQ(few.limits[few.first].kind, LimitKind::cores);
    // Applications on the same cores take their part, and grow with the traffic.
    NodeDemand busy = demand_of(calls);
    busy.application_cores = 2;
    const double network = few.cores.total();
    EXPECT_NEAR(*limit_of(capacity_of(path, defaults, busy, limits), LimitKind::cores)->multiple, 4 / (2 + network),
                1e-9);
}

// DPC-36, DPS-9: ports of one destination break, those of another do not.
TEST(Capacity, SourcePortsCountForEachDestination) {
    NodeClass out{.role = Role::egress, .connections_per_second = 500};
    NodeDemand demand = demand_of(out);
    demand.classes.push_back(out);
    demand.classes[1].destination = 1;
    demand.classes[1].connections_per_second = 10;
    const Capacity capacity = capacity_of(plain_data_path(Mode::nftables), defaults, demand, {.cores = 8});
    EXPECT_EQ(capacity.limits[capacity.first].kind, LimitKind::source_ports);
    EXPECT_EQ(capacity.limits[capacity.first].destination, 0);
    EXPECT_NEAR(*capacity.limits[capacity.first].multiple, 64'500 / 60'000.0, 1e-9);
    EXPECT_NEAR(*capacity.limits.back().multiple, 64'500 / 1'200.0, 1e-9);
    // Without masquerading pods leave with addresses of their own.
    DataPath direct = plain_data_path(Mode::nftables);
    direct.masquerade = Masquerade::none;
    EXPECT_EQ(limit_of(capacity_of(direct, defaults, demand, {.cores = 8}), LimitKind::source_ports), nullptr);
}

// DPC-36: a port is one of (address, port, protocol): UDP to the same address has ports of its own.
TEST(Capacity, SourcePortsCountForEachProtocol) {
    NodeClass out{.role = Role::egress, .connections_per_second = 500};
    NodeDemand demand = demand_of(out);
    demand.classes.push_back(out);
    demand.classes[1].flow.protocol = Protocol::udp;
    demand.classes[1].ending = Ending::udp;
    const Capacity capacity = capacity_of(plain_data_path(Mode::nftables), defaults, demand, {.cores = 8});
    const Limit* tcp = limit_of(capacity, LimitKind::source_ports);
    ASSERT_NE(tcp, nullptr);
    EXPECT_EQ(tcp->protocol, Protocol::tcp);
    EXPECT_DOUBLE_EQ(tcp->used, 500 * 120);
    EXPECT_EQ(capacity.limits.back().protocol, Protocol::udp);
    EXPECT_DOUBLE_EQ(capacity.limits.back().used, 500 * 30);
}

// DPC-38: Services break the map of frontends whatever the traffic.
TEST(Capacity, AFullMapOfServicesIsBrokenToday) {
    NodeClass calls{.role = Role::client, .connections_per_second = 1};
    NodeDemand demand = demand_of(calls);
    demand.rules = {30'000, 4, false};
    const NodeLimits limits{.cores = 4, .bpf_map = 524'288, .lb_map = 65'536};
    const Capacity capacity = capacity_of(plain_data_path(Mode::ebpf_host_routing), defaults, demand, limits);
    EXPECT_EQ(capacity.limits[capacity.first].kind, LimitKind::lb_map);
    EXPECT_EQ(*capacity.limits[capacity.first].multiple, 0);
    demand.rules.services = 10'000;
    const Capacity fits = capacity_of(plain_data_path(Mode::ebpf_host_routing), defaults, demand, limits);
    EXPECT_FALSE(limit_of(fits, LimitKind::lb_map)->multiple);
    EXPECT_NE(fits.limits[fits.first].kind, LimitKind::lb_map);
}

// DPC-35, DPC-40: eBPF's own map and EC2's tracking have their own times.
TEST(Capacity, EachTableCountsByItsOwnTimes) {
    NodeClass calls{.role = Role::client, .connections_per_second = 100};
    calls.flow.life_seconds = 10;
    NodeLimits limits{.cores = 4, .conntrack = 131'072, .bpf_map = 131'072, .ec2_tracking = 50'000};
    const DataPath sockets = plain_data_path(Mode::ebpf_host_routing);
    const Capacity socket_lb = capacity_of(sockets, defaults, demand_of(calls), limits);
    EXPECT_DOUBLE_EQ(limit_of(socket_lb, LimitKind::bpf_map)->used, 100 * 20);
    EXPECT_EQ(limit_of(socket_lb, LimitKind::conntrack), nullptr);
    DataPath per_packet = sockets;
    per_packet.socket_lb = false;
    EXPECT_DOUBLE_EQ(limit_of(capacity_of(per_packet, defaults, demand_of(calls), limits), LimitKind::bpf_map)->used,
                     2 * 100 * 20);
    EXPECT_DOUBLE_EQ(limit_of(socket_lb, LimitKind::ec2_tracking)->used, 100 * 10);
    calls.ending = Ending::abandoned;
    limits.has_nitro_6 = true;
    EXPECT_DOUBLE_EQ(limit_of(capacity_of(sockets, defaults, demand_of(calls), limits), LimitKind::ec2_tracking)->used,
                     100 * 360);
}

// DPC-39, DPC-5: what crosses the node's interface; an entry node passes on what is not for its own pods. An answer of
// 20000 bytes is 3 packets of 8949 bytes within the VPC and 14 of 1448 out of it; DPC-10 has the first of each message.
TEST(Capacity, BytesAndPacketsCrossTheInterfaceAsTheNodesRoleSays) {
    NodeClass some{.connections_per_second = 100};
    some.flow.request_bytes = 1000;
    some.flow.answer_bytes = 20'000;
    const NodeLimits limits{
        .cores = 4, .bytes_in_per_second = 1e6, .bytes_out_per_second = 2e6, .packets_per_second = 10'000};
    struct Case {
        Role role;
        double in, out, packets;
    };
    for (const auto& [role, in, out, packets] :
         {Case{Role::client, 2e6, 1e5, 1200}, Case{Role::server, 1e5, 2e6, 1200}, Case{Role::both, 0, 0, 0},
          Case{Role::egress, 2e6, 1e5, 2300}, Case{Role::entry, 1e5 + 0.75 * 2e6, 2e6 + 0.75 * 1e5, 1.75 * 1200}}) {
        some.role = role;
        some.local_share = 0.25;
        const Capacity capacity = capacity_of(plain_data_path(Mode::nftables), defaults, demand_of(some), limits);
        EXPECT_NEAR(limit_of(capacity, LimitKind::bytes_in)->used, in, 1e-6) << static_cast<int>(role);
        EXPECT_NEAR(limit_of(capacity, LimitKind::bytes_out)->used, out, 1e-6) << static_cast<int>(role);
        EXPECT_NEAR(limit_of(capacity, LimitKind::packets)->used, packets, 1e-6) << static_cast<int>(role);
    }
    NodeDemand asking = demand_of(some);
    asking.resolver_packets_per_second = 512;
    EXPECT_DOUBLE_EQ(
        *limit_of(capacity_of(plain_data_path(Mode::nftables), defaults, asking, limits), LimitKind::resolver)
             ->multiple,
        2);
}

// DPC-68: what each data path would spare of today's cores: with 20000 services kube-proxy's scans.
TEST(Capacity, OtherDataPathsSpareTheirShare) {
    NodeClass calls{.role = Role::client, .connections_per_second = 1000};
    const DataPath now = plain_data_path(Mode::iptables_legacy);
    const NodeDemand demand = demand_of(calls, 20'000);
    const NodeLimits limits{.cores = 8};
    const auto modes = capacity_by_mode(now, defaults, demand, limits);
    EXPECT_EQ(modes.size(), 6u);
    const double today = capacity_of(now, defaults, demand, limits).cores.total();
    for (const ModeCapacity& one : modes) {
        EXPECT_NEAR(one.avoided_share, 1 - one.capacity.cores.total() / today, 1e-12) << text_of(one.mode);
        // 46.95 sockets, 9.5 + 4 + 0.7 eBPF, over 46.95 + 15 + 18.7 + 6.3 + 0.08 and a scan of 10000.5 x 11.94 ns.
        if (one.mode == Mode::iptables_legacy) {
            EXPECT_NEAR(one.avoided_share, 0, 1e-12);
        } else if (one.mode == Mode::iptables_nft) {
            EXPECT_LT(one.avoided_share, 0);
        } else if (one.mode == Mode::ebpf_host_routing) {
            EXPECT_NEAR(one.avoided_share, 1 - 61.15 / (87.03 + 10'000.5 * 0.01194), 1e-6);
        }
    }
}

}  // namespace
}  // namespace eks::datapath
