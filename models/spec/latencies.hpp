// How long things take that no rule fixes: the laws and constants that a user replaces with measurements of their own.
// Each default names its source; where there is none it says that it is a guess.
#pragma once

#include "libsim/distribution.hpp"
#include "libsim/time.hpp"
#include "models/spec/kubernetes_version.hpp"

#include <cstdint>

namespace eks {

struct ClientLimit {
    std::int32_t queries_per_second = 20;
    std::int32_t burst = 30;
    friend constexpr bool operator==(const ClientLimit&, const ClientLimit&) = default;
};

struct Latencies {
    // API server. SLO-2: a write takes 5 to 10 ms at the median, a watch delivers in 5 to 50 ms.
    sim::Duration api_write = sim::Duration::microseconds(10'000);
    sim::Duration watch_delivery = sim::Duration::microseconds(10'000);

    // One cycle of the scheduling loop. A guess, above the throughput that SCALE-2 asks of the real one.
    sim::Duration scheduling_cycle = sim::Duration::microseconds(1'000);

    // Client limits: CLIENT-1, CLIENT-2, CLIENT-3, and for kubelets kubelet_client() below.
    ClientLimit scheduler{50, 100};
    ClientLimit controller{20, 30};
    ClientLimit kubelet{50, 100};
    // APF-1: calls that the API server works on at a time, reads and writes together.
    std::int32_t api_seats = 600;
    // PODGC-1: pods that have ended and are kept. That EKS keeps the default is not verified.
    std::int32_t terminated_pods = 12'500;

    // Kubelet. The sandbox and container times are guesses of the order that containerd shows; 1 s relist is
    // KUBELET-10.
    sim::Duration sandbox_start = sim::Duration::microseconds(300'000);
    sim::Duration container_start = sim::Duration::microseconds(200'000);
    sim::Duration sandbox_stop = sim::Duration::microseconds(100'000);
    sim::Duration kubelet_retry = sim::Duration::microseconds(10'000'000);           // KUBELET-31, times U[1, 1.5)
    sim::Duration network_not_ready_retry = sim::Duration::microseconds(1'000'000);  // KUBELET-11, times U[1, 1.5)
    sim::Duration kubelet_tick = sim::Duration::microseconds(1'000'000);  // KUBELET-10: due pods, PLEG relist

    // Image pulls. AWS-102, model numbers of trust C: latency, then the larger of transfer and unpacking.
    sim::Duration image_check =
        sim::Duration::microseconds(50'000);  // an image that is there but pulled Always; a guess
    sim::Duration pull_latency = sim::Duration::microseconds(500'000);
    std::int64_t pull_bytes_per_second = 75'000'000;
    std::int64_t unpack_bytes_per_second = 131'072'000;  // gp3 without extras, AWS-91: 125 MiB/s
    // From another node, by Spegel: AWS-106, whose smallest image takes 0.2 s with 10 MB of it at the disks' rate, and
    // whose larger ones come at that rate.
    sim::Duration peer_latency = sim::Duration::microseconds(150'000);
    std::int64_t peer_bytes_per_second = 250'000'000;
    sim::Duration registry_timeout = sim::Duration::microseconds(30'000'000);  // containerd's for a connection

    // VPC CNI, IPAM-79. How long a call to EC2 takes is in Ec2Settings.
    sim::Distribution eni_visible;  // attach to visible in the metadata: lognormal, median 3 s, p99 20 s

    // From the start of the aws-node container to the answers of the policy agent beside it (IPAM-172): a guess of the
    // order of a container's start.
    sim::Duration policy_agent_start = sim::Duration::microseconds(1'000'000);
    // IPAM-209: what EC2 takes back can be given out again so much later.
    sim::Duration address_return = sim::Duration::zero();

    // Node start: 48 s from the call to Ready at the median, within the 45 to 65 s that BOOT-5 has reports of, and
    // below 60 s nearly always, as AWS-55 has it. BOOT-5 suggests a median of 45 s and 120 s for one node in a hundred,
    // which would be `assume: {nodeLaunch: {p50: 9s, p99: 84s}}`.
    sim::Distribution node_launch;  // call to VM initialised: 12 s, lognormal, sigma 0.25
    sim::Duration node_register = sim::Duration::microseconds(28'000'000);
    sim::Duration node_ready = sim::Duration::microseconds(8'000'000);
    // From the Node object to the end of the cloud controller's work on it (BOOT-2): a guess within the 1 to 3 s that
    // BOOT-5 gives to registration.
    sim::Duration node_initialise = sim::Duration::microseconds(1'000'000);

    // From the moment at which a machine stops answering to its replacement: EC2's status checks come each minute, and
    // its Auto Scaling group waits for a while before it believes them. A guess.
    sim::Duration instance_impaired = sim::Duration::microseconds(300'000'000);
    // How long a kubelet that is restarted is away: a guess.
    sim::Duration kubelet_restart = sim::Duration::microseconds(5'000'000);

    // Node groups. From TerminateInstances to the end of the instance, which holds its addresses until then: a guess.
    sim::Duration node_shutdown = sim::Duration::microseconds(30'000'000);
    // From a change in a group to what it does about it: seconds to tens of seconds, not published (AWS-60).
    sim::Duration group_reaction = sim::Duration::microseconds(15'000'000);
    // From a launch that failed to the next try: a guess.
    sim::Duration launch_retry = sim::Duration::microseconds(60'000'000);

    friend bool operator==(const Latencies&, const Latencies&) = default;
};

// What a kubelet's client may do in a cluster of this version on the image of EKS (KUBELET-13, X-5). Which versions
// that image had its own numbers for is recalled from its bootstrap.sh, and not verified.
ClientLimit kubelet_client(KubernetesVersion version);

// The defaults, with the distributions that need computing.
Latencies default_latencies(bool is_2018);

}  // namespace eks
