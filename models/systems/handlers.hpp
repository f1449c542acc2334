// The index of all handlers, one line an event, in the order in which a cluster's day usually meets them. A handler is
// a function without state: what it decides on is in the Spec and the World, what it causes goes through the Turn.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// faults/ and the scenario's own acts; the Spec comes with all its revisions
void on(const Spec&, World&, Turn&, const TimelineDue&);  // scale, delete, apply, upgrade, a fault

// nodes/bootstrap: a node on its way from launch to Ready (BOOT-1)
void on(const Spec&, World&, Turn&, const NodeRegistered&);    // the Node object appears; daemon pods are made for it
void on(const Spec&, World&, Turn&, const NodeNetworkReady&);  // the CNI's pod starts; Ready when it has initialised
void on(const Spec&, World&, Turn&, const CniStarts&);         // again, after an end (IPAM-119, IPAM-120)
// nodes/node_end: what is left of a node when its instance has ended
void on(const Spec&, World&, Turn&, const NodeObjectGoes&);    // NODE-6
void on(const Spec&, World&, Turn&, const OrphansCollected&);  // PODGC-2
// nodes/node_lifecycle: what the control plane does about a node that is not Ready
void on(const Spec&, World&, Turn&, const NodeGraceOver&);      // NODE-2
void on(const Spec&, World&, Turn&, const NoExecuteTaintDue&);  // NODE-3
void on(const Spec&, World&, Turn&, const TaintEviction&);      // NODE-5
void on(const Spec&, World&, Turn&, const NodeInitialised&);    // BOOT-2
void on(const Spec&, World&, Turn&, const OutOfService&);       // PODGC-3

// capacity/
void on(const Spec&, World&, Turn&, const GroupLook&);           // a node group launches what it lacks (AWS-62)
void on(const Spec&, World&, Turn&, const InstanceImpaired&);    // a machine that has stopped is replaced
void on(const Spec&, World&, Turn&, const DrainRetry&);          // PDB-2
void on(const Spec&, World&, Turn&, const InterruptionNotice&);  // AWS-30
void on(const Spec&, World&, Turn&, const InstanceEnds&);
void on(const Spec&, World&, Turn&, const NodeExitStep&);  // a node is drained, and its instance terminated (AWS-65)
// nodes/cni_update: a change of the CNI's DaemonSet, node by node (DS-4)
void on(const Spec&, World&, Turn&, const CniUpdateGoesOn&);

// workloads/cron_jobs
void on(const Spec&, World&, Turn&, const CronLoop&);  // 1.10: one loop over all CronJobs
void on(const Spec&, World&, Turn&, const CronSync&);  // later: each at its own time (CRON-5 to CRON-8)
// workloads/jobs
void on(const Spec&, World&, Turn&, const JobCreated&);
void on(const Spec&, World&, Turn&, const JobSync&);
void on(const Spec&, World&, Turn&, const JobStatusWritten&);  // Complete or Failed is in the API server
void on(const Spec&, World&, Turn&, const JobDeleted&);
// workloads/replicas
void on(const Spec&, World&, Turn&,
        const WorkloadSync&);  // Deployment, ReplicaSet, StatefulSet, bare pod: more or fewer
void on(const Spec&, World&, Turn&, const PodAppears&);
void on(const Spec&, World&, Turn&, const DaemonPodAppears&);
void on(const Spec&, World&, Turn&, const PodDeleteRequested&);
// workloads/rollouts: a Deployment whose template was changed (DEPLOY-2 to DEPLOY-5)
void on(const Spec&, World&, Turn&, const ReplicaAppears&);
void on(const Spec&, World&, Turn&, const DeploymentSync&);        // sizes for its ReplicaSets
void on(const Spec&, World&, Turn&, const ReplicaSetScaled&);      // which are seen by their controller
void on(const Spec&, World&, Turn&, const ReplicaSetSync&);        // pods made or deleted, status written
void on(const Spec&, World&, Turn&, const ReplicaSetStatusSeen&);  // which the Deployment's controller sees

// workloads/pod_gc
void on(const Spec&, World&, Turn&, const PodGarbageCollection&);  // PODGC-1
// workloads/disruption: budgets (PDB-1)
void on(const Spec&, World&, Turn&, const BudgetSync&);
// workloads/quotas
void on(const Spec&, World&, Turn&, const QuotaSync&);  // QUOTA-1

// workloads/usage: what its pods use changes
void on(const Spec&, World&, Turn&, const UsageChanges&);

// scheduling/
void on(const Spec&, World&, Turn&, const SchedulingCycle&);  // one pod: filter, score, assume (SCHED-20)
void on(const Spec&, World&, Turn&, const BackoffOver&);      // 1.10: the pod's own wait is over
void on(const Spec&, World&, Turn&, const BackoffFlush&);     // each second while somebody is in back-off (SCHED-6)
void on(const Spec&, World&, Turn&, const LeftoverFlush&);    // who has rested for five minutes (SCHED-7)

// nodes/pod_start: the kubelet brings a pod up (KUBELET-30)
void on(const Spec&, World&, Turn&, const PodBound&);
void on(const Spec&, World&, Turn&, const SandboxMade&);    // CNI ADD
void on(const Spec&, World&, Turn&, const EndpointReady&);  // Cilium: the end of CNI ADD (IPAM-340)
void on(const Spec&, World&, Turn&, const SandboxRetry&);   // KUBELET-31
void on(const Spec&, World&, Turn&, const ImagePulled&);
void on(const Spec&, World&, Turn&, const ContainersGoOn&);
void on(const Spec&, World&, Turn&, const InitContainerDone&);
void on(const Spec&, World&, Turn&, const InitContainerRestarts&);
void on(const Spec&, World&, Turn&, const ContainersRunning&);
void on(const Spec&, World&, Turn&, const PodBecameReady&);
// nodes/images, nodes/downloads
void on(const Spec&, World&, Turn&, const PullStep&);
void on(const Spec&, World&, Turn&, const DownloadsChange&);
// nodes/eviction
void on(const Spec&, World&, Turn&, const PressureLook&);  // KUBELET-55, KUBELET-61
// nodes/pod_end
void on(const Spec&, World&, Turn&, const ContainerExitSeen&);  // by the next relist (KUBELET-12)
void on(const Spec&, World&, Turn&, const SandboxStopped&);     // CNI DEL: the address cools (IPAM-29, IPAM-175)
void on(const Spec&, World&, Turn&, const PodRemoved&);

// network/address_pool, network/ipamd*: ipamd's loop (IPAM-60 to IPAM-113)
void on(const Spec&, World&, Turn&, const PoolTick&);
void on(const Spec&, World&, Turn&, const PoolStepDone&);
void on(const Spec&, World&, Turn&, const CidrCleanUp&);  // IPAM-33
void on(const Spec&, World&, Turn&, const AddressFree&);  // a stuck pod could have one now
void on(const Spec&, World&, Turn&, const LeakSweep&);    // IPAM-130
// network/outside: source ports and reachability (FR-9)
void on(const Spec&, World&, Turn&, const OutsideChanges&);
// network/dns_load: lookups and who answers them (DNS-2, DNS-3, DNS-7)
void on(const Spec&, World&, Turn&, const DnsChanges&);
// workloads/traffic
void on(const Spec&, World&, Turn&, const TrafficLook&);
// workloads/endpoint_slices (EPS-1, EPS-2)
void on(const Spec&, World&, Turn&, const EndpointSync&);
// autoscaling/proportional (DNS-5)
void on(const Spec&, World&, Turn&, const ProportionalLook&);
// autoscaling/managed_scaling (DNS-6)
void on(const Spec&, World&, Turn&, const ManagedScalingLook&);
// autoscaling/hpa/sync (HPA-1 to HPA-18)
void on(const Spec&, World&, Turn&, const HorizontalSync&);
void on(const Spec&, World&, Turn&, const HorizontalWake&);
// autoscaling/vpa/loop (VPA-1 to VPA-13)
void on(const Spec&, World&, Turn&, const VpaLoop&);
void on(const Spec&, World&, Turn&, const VpaUpdate&);
void on(const Spec&, World&, Turn&, const PodResize&);
void on(const Spec&, World&, Turn&, const AdviceStep&);
// autoscaling/keda/poll (KEDA-1 to KEDA-24)
void on(const Spec&, World&, Turn&, const KedaPoll&);
// autoscaling/karpenter
void on(const Spec&, World&, Turn&, const KarpenterRound&);       // provisioning.cpp (KARP-2 to KARP-14)
void on(const Spec&, World&, Turn&, const KarpenterLaunch&);      // launch.cpp (KARP-30 to KARP-34)
void on(const Spec&, World&, Turn&, const KarpenterLook&);        // disruption.cpp (KARP-40)
void on(const Spec&, World&, Turn&, const KarpenterValidation&);  // KARP-46
void on(const Spec&, World&, Turn&, const NodeClaimDue&);         // claims.cpp (KARP-35, KARP-61)
void on(const Spec&, World&, Turn&, const NodeClaimDrain&);       // termination.cpp (KARP-63)
// autoscaling/cluster_autoscaler
void on(const Spec&, World&, Turn&, const NodeRemovalStep&);  // CA-51
void on(const Spec&, World&, Turn&, const ClusterAutoscalerLoop&);
// autoscaling/descheduler
void on(const Spec&, World&, Turn&, const DeschedulerRun&);  // DESCH-1
// autoscaling/nomad
void on(const Spec&, World&, Turn&, const NomadPolicyLook&);  // cluster_scaling.cpp (NOM-5, NOM-6)
void on(const Spec&, World&, Turn&, const NomadDrainLook&);   // drain.cpp (NOM-6, NOM-7)
// network/address_return
void on(const Spec&, World&, Turn&, const AddressesReturn&);  // IPAM-209
// network/resource_controller: branch ENIs for pods with security groups of their own (IPAM-155 to IPAM-157)
void on(const Spec&, World&, Turn&, const TrunkStep&);
void on(const Spec&, World&, Turn&, const BranchStep&);
void on(const Spec&, World&, Turn&, const BranchDeletions&);

// network/cilium_operator
void on(const Spec&, World&, Turn&, const CiliumResync&);  // each minute (IPAM-320)
void on(const Spec&, World&, Turn&, const CiliumResyncGoesOn&);
void on(const Spec&, World&, Turn&, const CiliumUnmanagedPods&);  // each 15 s where two CNIs run (IPAM-355)
void on(const Spec&, World&, Turn&, const CiliumStepDone&);       // of what it does for a node
void on(const Spec&, World&, Turn&, const CiliumLeaderElected&);  // IPAM-300
// network/cilium_agent
void on(const Spec&, World&, Turn&, const CiliumReport&);     // its use, at most each 15 s (IPAM-336)
void on(const Spec&, World&, Turn&, const CiliumAgentLook&);  // at its pool, before it serves (IPAM-335)

// datapath/syncs: what kernels know of endpoints (DPC-50, DPC-53)
void on(const Spec&, World&, Turn&, const DataPathStep&);
void on(const Spec&, World&, Turn&, const EndpointEnds&);

// platform/: what AWS gives to pods
void on(const Spec&, World&, Turn&, const CredentialsCall&);  // credentials.cpp (AWS-110, AWS-113)
void on(const Spec&, World&, Turn&, const CredentialsThere&);
void on(const Spec&, World&, Turn&, const SecretSync&);   // secrets.cpp (FR-36)
void on(const Spec&, World&, Turn&, const TargetsSync&);  // balancer_controller.cpp (FR-30)
void on(const Spec&, World&, Turn&, const TargetHealthy&);
void on(const Spec&, World&, Turn&, const AwsBucketEmpty&);  // aws_api.cpp (AWS-111)
void on(const Spec&, World&, Turn&, const BalancerDue&);     // balancers.cpp (FR-30)
void on(const Spec&, World&, Turn&, const DnsSync&);         // external_dns.cpp (FR-31)
void on(const Spec&, World&, Turn&, const RecordEverywhere&);
// nodes/pod_start
void on(const Spec&, World&, Turn&, const VolumesRetry&);
// platform/telemetry (FR-25 to FR-27)
void on(const Spec&, World&, Turn&, const TelemetryLook&);

}  // namespace eks
