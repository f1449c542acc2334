// What can be made to go wrong on a scenario's timeline.
#pragma once

#include "models/spec/aws_api.hpp"
#include "models/spec/datapath.hpp"
#include "models/spec/ec2.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

enum class FaultKind : std::uint8_t {
    imds_unavailable,        // the instances' metadata service does not answer (IPAM-126)
    imds_stale,              // it answers with what was true when the fault began (IPAM-113)
    eni_attach_failure,      // AttachNetworkInterface fails (IPAM-76)
    ec2_throttling,          // somebody else in the account uses up the calls (IPAM-405)
    cni_daemon_down,         // the CNI's pod of the node does not run (IPAM-121, IPAM-122)
    subnet_addresses_taken,  // somebody else takes addresses of a subnet (IPAM-201)
    pod_interface_failure,   // a pod's interface cannot be set up once it has its address (IPAM-171)
    api_server_slow,         // each write to the API server takes a multiple of its time (APF-1, SLO-2)
    cilium_leader_lost,      // the leader of Cilium's operator is gone, and gives up no lease (IPAM-300)
    image_registry_slow,     // a registry sends less than it does, or does not answer
    node_down,               // the machine stops: nothing runs on it, and nothing is heard of it (NODE-2)
    zone_outage,             // all machines of a zone stop, and EC2 launches none there
    runtime_freeze,          // the container runtime answers no more (KUBELET-10)
    kubelet_restart,         // the kubelet is away for a moment; containers run on
    disk_stats_corrupt,      // the kubelet reads an absurd amount of free space (FR-12)
    insufficient_capacity,   // EC2 has no machine left of some types, zones or purchase options (KARP-24, CA-29)
    launch_failure,          // instances are launched and do not come up
    spot_interruption,       // spot instances get their notice, all at once (AWS-30)
    spot_storm,              // spot instances get it one after the other, and EC2 has no others of their kind
    data_path_migration,     // nodes are in one of the states between kube-proxy and what replaces it (DPC-55)
    aws_throttling,          // somebody else in the account calls an API of AWS (AWS-111)
    container_crash,         // the containers of pods end, or one of them
    telemetry_outage,        // the backend of telemetry takes nothing (FR-27)
};

enum class Purchase : std::uint8_t { any, on_demand, spot };

// What becomes of an instance whose launch fails: EC2 ends it before it runs, or it runs and its kubelet never joins.
enum class LaunchFailure : std::uint8_t { ended, never_joins };

// Whom a fault strikes and how hard. What a kind does not use stays at its default.
struct Fault {
    FaultKind kind = FaultKind::imds_unavailable;
    NodeGroupIx group;  // only its nodes; none: all
    ZoneIx zone;        // only nodes there; none: all
    // imds_stale: what the metadata shows is so much older than the beginning of the fault.
    std::int64_t age_us = 0;
    // ec2_throttling: the calls that others make in thousandths a second, of each action whose bit is set.
    std::uint32_t actions = ~std::uint32_t{0};
    std::int32_t load_milli_per_second = 0;
    // subnet_addresses_taken
    SubnetIx subnet;
    std::int32_t addresses = 0;
    // pod_interface_failure: of the pods that it strikes; faults of nodes: of the nodes
    std::int32_t share_ppm = 1'000'000;
    // image_registry_slow: which registries of the Spec, one bit each; so many times slower, in thousandths; what they
    // send together at most, or 0
    std::uint64_t registries = 0;
    std::int32_t slowdown_milli = 1000;
    std::int64_t bytes_per_second = 0;
    bool is_unreachable = false;
    constexpr bool concerns_registry(std::uint32_t registry) const {
        return registry < 64 && (registries >> registry & 1) != 0;
    }
    // Faults of nodes: one of the group, by its number; or so many, drawn. Else those that the share says.
    std::int32_t node = -1;
    std::int32_t count = 0;
    // node_down: so long after it somebody taints the node as out of service (PODGC-3); negative: nobody does.
    std::int64_t out_of_service_us = -1;
    // Of these types only, sorted; none: all. Of one purchase option only.
    std::vector<std::string> instance_types;
    Purchase purchase = Purchase::any;
    LaunchFailure how = LaunchFailure::ended;
    // spot_storm: the notices come within this time.
    std::int64_t spread_us = 0;
    // data_path_migration
    datapath::MigrationState migration = datapath::MigrationState::kube_proxy_live;
    // aws_throttling: whose bucket load_milli_per_second falls on
    AwsService service = AwsService::sts;
    // api_server_slow
    std::int32_t factor = 1;
    std::uint32_t occurrence = 0;  // the beginning and the end of one fault have the same
    // container_crash: whose pods; of a sidecar of telemetry, which container alone; and whether it goes on
    WorkloadIx workload;
    std::string container;
    bool lasts = false;
    friend bool operator==(const Fault&, const Fault&) = default;
};

}  // namespace eks
