// The purposes of random draws. A number is never reused, so that a draw means the same in every version.
#pragma once

#include <cstdint>

namespace eks::stream {

inline constexpr std::uint32_t subnet_address = 1;  // which free address of a subnet EC2 picks (IPAM-205)
inline constexpr std::uint32_t kubelet_phase = 2;   // when in its second a node's kubelet loops tick
inline constexpr std::uint32_t pool_phase = 3;      // when in its five seconds a node's address loop ticks
inline constexpr std::uint32_t tie_break = 4;       // among nodes of equal score (SCHED-61)
inline constexpr std::uint32_t address_choice = 5;  // map order of the data store (IPAM-22, IPAM-26)
inline constexpr std::uint32_t kubelet_retry = 6;   // U[1, 1.5) of KUBELET-31
inline constexpr std::uint32_t run_time = 7;
inline constexpr std::uint32_t failure = 8;
inline constexpr std::uint32_t ready_after = 9;
inline constexpr std::uint32_t init_run_time = 10;
inline constexpr std::uint32_t stop_time = 11;
inline constexpr std::uint32_t eni_visible = 12;  // attach to visible in the metadata (IPAM-79)
inline constexpr std::uint32_t imds_jitter = 13;  // of the polls for it (IPAM-3)
inline constexpr std::uint32_t eni_choice = 14;   // which ENI of several is filled or freed (IPAM-66, IPAM-95)
inline constexpr std::uint32_t node_launch = 15;
inline constexpr std::uint32_t cron_phase = 16;  // when the first loop of the 2018 CronJob controller starts
inline constexpr std::uint32_t ec2_latency = 17;
inline constexpr std::uint32_t ec2_retry = 18;        // the SDK's pause after a throttled call (IPAM-4)
inline constexpr std::uint32_t address_backoff = 19;  // of the daemon's own tries (IPAM-3)
inline constexpr std::uint32_t leak_sweep = 20;       // when in its first minutes a node's sweep starts (IPAM-130)
inline constexpr std::uint32_t cilium_choice = 40;    // the operator's map order (IPAM-323)
inline constexpr std::uint32_t endpoint = 41;         // identity and regeneration within CNI ADD (IPAM-340)

inline constexpr std::uint32_t pod_interface = 60;   // whose set-up a fault has fail (IPAM-171)
inline constexpr std::uint32_t sweep_phase = 61;     // how long a settled node's daemon has run (IPAM-130)
inline constexpr std::uint32_t operator_lease = 62;  // when the leader renews and the other replica looks (IPAM-300)

inline constexpr std::uint32_t deletions_phase = 31;  // when in its half minute a node's deletion queue is looked into
inline constexpr std::uint32_t ipv6_healing = 32;     // between a minute and a minute and a half (IPAM-61)

inline constexpr std::uint32_t preemption = 51;         // with which node a search for victims begins (SCHED-81)
inline constexpr std::uint32_t image_retry = 70;        // when the kubelet looks again after a failed pull (KUBELET-11)
inline constexpr std::uint32_t image_peer = 71;         // which node of several an image comes from (AWS-105)
inline constexpr std::uint32_t image_collection = 72;   // when in its five minutes a node's images are looked at
inline constexpr std::uint32_t struck_node = 75;        // which nodes a fault strikes
inline constexpr std::uint32_t heartbeat_phase = 76;    // when in its ten seconds a kubelet reports (NODE-1)
inline constexpr std::uint32_t container_failure = 77;  // whether, when and how a serving container fails by itself
inline constexpr std::uint32_t init_failure = 78;

inline constexpr std::uint32_t autoscaler_phase = 84;   // when Cluster Autoscaler's first loop begins (GEN-3)
inline constexpr std::uint32_t autoscaler_choice = 85;  // among options that its expanders leave (CA-24)
inline constexpr std::uint32_t descheduler_phase = 86;  // when the descheduler's first run begins (GEN-3)

inline constexpr std::uint32_t update_choice = 50;  // which node of its group an update replaces next (AWS-65)

inline constexpr std::uint32_t interruption = 80;    // when a spot instance gets its notice (AWS-25)
inline constexpr std::uint32_t fleet_pool = 81;      // which pool EC2 takes for a spot fleet (KARP-33)
inline constexpr std::uint32_t launch_failure = 82;  // which launches a fault has fail
inline constexpr std::uint32_t storm = 83;           // when within a storm an instance gets its notice
inline constexpr std::uint32_t scrape_phase = 90;    // when in its resolution metrics-server scrapes
inline constexpr std::uint32_t scrape = 91;          // when within a scrape a node is read (HPA-20)
inline constexpr std::uint32_t scaler_phase = 92;    // when in its period the controller first looks at an HPA
inline constexpr std::uint32_t scaler_work = 93;     // how long it works on one (HPA-1)
inline constexpr std::uint32_t keda_phase = 94;      // when in its polling interval KEDA first looks at an object

inline constexpr std::uint32_t chain_phase = 95;       // when in its interval a link of a metric's chain is renewed
inline constexpr std::uint32_t struck_container = 96;  // which pods have a container that a fault ends

inline constexpr std::uint32_t karpenter_phase = 87;  // when in its ten seconds the disruption loop ticks (KARP-40)

inline constexpr std::uint32_t service_place = 100;  // where a Service stands in kube-proxy's chain (DPC-3)
inline constexpr std::uint32_t drawn_request = 101;  // single requests, where somebody asks for some (DPC-65)

inline constexpr std::uint32_t nomad_shuffle = 110;  // of the nodes, when an evaluation begins (NOM-4)
inline constexpr std::uint32_t nomad_phase = 111;    // when in its interval a scaling policy is evaluated

inline constexpr std::uint32_t aws_latency = 120;        // of a call
inline constexpr std::uint32_t aws_retry = 121;          // the SDK's pause after a throttled call
inline constexpr std::uint32_t secret_refresh = 122;     // when in its interval an operator looks at a Secret again
inline constexpr std::uint32_t credentials_phase = 123;  // when in their session pods that stand renew credentials
inline constexpr std::uint32_t balancer_active = 124;    // how long AWS makes a load balancer ready
inline constexpr std::uint32_t dns_phase = 125;          // when in its interval an ExternalDNS first looks
inline constexpr std::uint32_t dns_refused = 126;        // whether one of its calls is refused for good

}  // namespace eks::stream
