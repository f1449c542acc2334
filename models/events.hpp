// What comes due in a run, one record a kind. The rank says which goes first among events of one instant: what frees
// comes before what takes, and what the scenario does comes before what the cluster does about it.
#pragma once

#include "libsim/event_queue.hpp"
#include "libsim/fingerprint.hpp"
#include "models/spec/indices.hpp"
#include "models/world/cni.hpp"
#include "models/world/ids.hpp"

#include <cstdint>
#include <variant>

namespace eks {

// --- the scenario
struct TimelineDue {
    static constexpr sim::Rank rank{0};
    std::uint32_t action = 0;
    friend bool operator==(const TimelineDue&, const TimelineDue&) = default;
};

// --- node groups
// The next step of a node's exit is due: its drain has lasted too long, its pause is over, its instance ends.
struct NodeExitStep {
    static constexpr sim::Rank rank{1};
    NodeId node;
    friend bool operator==(const NodeExitStep&, const NodeExitStep&) = default;
};
// The client that drains a node asks again for what was refused (PDB-2).
struct DrainRetry {
    static constexpr sim::Rank rank{8};
    NodeId node;
    friend bool operator==(const DrainRetry&, const DrainRetry&) = default;
};
// The group looks at whether all the nodes that it keeps are there.
struct GroupLook {
    static constexpr sim::Rank rank{9};
    NodeGroupIx group;
    friend bool operator==(const GroupLook&, const GroupLook&) = default;
};

// EC2 tells a spot instance that it will end (AWS-30).
struct InterruptionNotice {
    static constexpr sim::Rank rank{9};
    NodeId node;
    friend bool operator==(const InterruptionNotice&, const InterruptionNotice&) = default;
};
// EC2 ends an instance by itself: a spot instance whose notice has run out, or one whose launch has failed.
struct InstanceEnds {
    static constexpr sim::Rank rank{1};
    NodeId node;
    friend bool operator==(const InstanceEnds&, const InstanceEnds&) = default;
};

// --- nodes
// A Node object without an instance is deleted (NODE-6), and in the end so are the pods bound to it (PODGC-2).
struct NodeObjectGoes {
    static constexpr sim::Rank rank{2};
    NodeId node;
    friend bool operator==(const NodeObjectGoes&, const NodeObjectGoes&) = default;
};
struct OrphansCollected {
    static constexpr sim::Rank rank{3};
    NodeId node;
    friend bool operator==(const OrphansCollected&, const OrphansCollected&) = default;
};
// Something about a node's health is over: the grace of a silent kubelet, of a runtime that does not answer, or, in
// 2018, of the pods on a node that is not Ready (NODE-2, KUBELET-10, X-5).
struct NodeGraceOver {
    static constexpr sim::Rank rank{4};
    NodeId node;
    std::uint32_t serial = 0;
    friend bool operator==(const NodeGraceOver&, const NodeGraceOver&) = default;
};
// The queue of a zone lets a node out, which gets its taint of effect NoExecute (NODE-3).
struct NoExecuteTaintDue {
    static constexpr sim::Rank rank{5};
    ZoneIx zone;
    friend bool operator==(const NoExecuteTaintDue&, const NoExecuteTaintDue&) = default;
};
// Pods of the node have borne such a taint for as long as they may (NODE-5).
struct TaintEviction {
    static constexpr sim::Rank rank{6};
    NodeId node;
    friend bool operator==(const TaintEviction&, const TaintEviction&) = default;
};
// EC2's status checks find that the machine does not answer.
struct InstanceImpaired {
    static constexpr sim::Rank rank{7};
    NodeId node;
    std::uint32_t serial = 0;
    friend bool operator==(const InstanceImpaired&, const InstanceImpaired&) = default;
};
// Somebody says that the machine will not be back: its node gets the taint, and its pods go for good (PODGC-3).
struct OutOfService {
    static constexpr sim::Rank rank{14};
    NodeId node;
    std::uint32_t serial = 0;
    friend bool operator==(const OutOfService&, const OutOfService&) = default;
};
// The cloud controller has set what it sets on a new node (BOOT-2).
struct NodeInitialised {
    static constexpr sim::Rank rank{8};
    NodeId node;
    friend bool operator==(const NodeInitialised&, const NodeInitialised&) = default;
};
struct NodeRegistered {
    static constexpr sim::Rank rank{10};
    NodeId node;
    friend bool operator==(const NodeRegistered&, const NodeRegistered&) = default;
};
struct NodeNetworkReady {
    static constexpr sim::Rank rank{11};
    NodeId node;
    friend bool operator==(const NodeNetworkReady&, const NodeNetworkReady&) = default;
};
// The kubelet starts the container of one of the node's CNIs, at its first time or after an end.
struct CniStarts {
    static constexpr sim::Rank rank{12};
    NodeId node;
    std::uint32_t serial = 0;
    Cni which = Cni::vpc_cni;
    friend bool operator==(const CniStarts&, const CniStarts&) = default;
};

// A change of the CNI's DaemonSet goes on to further nodes (DS-4).
struct CniUpdateGoesOn {
    static constexpr sim::Rank rank{13};
    friend bool operator==(const CniUpdateGoesOn&, const CniUpdateGoesOn&) = default;
};

// --- kubelet: the end of a pod
struct ContainerExitSeen {
    static constexpr sim::Rank rank{20};
    PodId pod;
    std::uint32_t epoch = 0;
    friend bool operator==(const ContainerExitSeen&, const ContainerExitSeen&) = default;
};
struct SandboxStopped {
    static constexpr sim::Rank rank{21};
    PodId pod;
    std::uint32_t epoch = 0;
    friend bool operator==(const SandboxStopped&, const SandboxStopped&) = default;
};
struct PodRemoved {
    static constexpr sim::Rank rank{22};
    PodId pod;
    friend bool operator==(const PodRemoved&, const PodRemoved&) = default;
};

// --- network
struct PoolTick {
    static constexpr sim::Rank rank{30};
    NodeId node;
    friend bool operator==(const PoolTick&, const PoolTick&) = default;
};
// What a node's ipamd waited for is there: an answer of EC2, or the end of a pause.
struct PoolStepDone {
    static constexpr sim::Rank rank{31};
    NodeId node;
    std::uint32_t serial = 0;
    friend bool operator==(const PoolStepDone&, const PoolStepDone&) = default;
};
// IPAM-33: an empty CIDR of an excluded ENI leaves the store.
struct CidrCleanUp {
    static constexpr sim::Rank rank{32};
    EniId eni;
    std::uint32_t network = 0;
    bool is_prefix = false;
    friend bool operator==(const CidrCleanUp&, const CidrCleanUp&) = default;
};
struct LeakSweep {
    static constexpr sim::Rank rank{33};
    EniId eni;
    friend bool operator==(const LeakSweep&, const LeakSweep&) = default;
};
// What EC2 took back can be given out again (IPAM-209).
struct AddressesReturn {
    static constexpr sim::Rank rank{26};
    SubnetIx subnet;
    std::uint32_t network = 0;
    bool is_prefix = false;
    friend bool operator==(const AddressesReturn&, const AddressesReturn&) = default;
};
struct AddressFree {
    static constexpr sim::Rank rank{34};
    NodeId node;
    friend bool operator==(const AddressFree&, const AddressFree&) = default;
};

// What the resource controller waited for is there: an answer of EC2 about a trunk or a branch ENI, or the end of a
// pause.
struct TrunkStep {
    static constexpr sim::Rank rank{23};
    NodeId node;
    friend bool operator==(const TrunkStep&, const TrunkStep&) = default;
};
struct BranchStep {
    static constexpr sim::Rank rank{24};
    BranchEniId branch;
    friend bool operator==(const BranchStep&, const BranchStep&) = default;
};
// It looks for branch ENIs of a node that may be deleted (IPAM-157).
struct BranchDeletions {
    static constexpr sim::Rank rank{25};
    NodeId node;
    friend bool operator==(const BranchDeletions&, const BranchDeletions&) = default;
};
struct CiliumStepDone {
    static constexpr sim::Rank rank{35};
    NodeId node;
    std::uint32_t serial = 0;  // of the leader whose work it is
    friend bool operator==(const CiliumStepDone&, const CiliumStepDone&) = default;
};
struct CiliumResyncGoesOn {
    static constexpr sim::Rank rank{36};
    std::uint32_t serial = 0;
    friend bool operator==(const CiliumResyncGoesOn&, const CiliumResyncGoesOn&) = default;
};
struct CiliumReport {
    static constexpr sim::Rank rank{37};
    NodeId node;
    friend bool operator==(const CiliumReport&, const CiliumReport&) = default;
};
struct CiliumResync {
    static constexpr sim::Rank rank{38};
    friend bool operator==(const CiliumResync&, const CiliumResync&) = default;
};
// A replica of the operator has got the lease (IPAM-300).
struct CiliumLeaderElected {
    static constexpr sim::Rank rank{27};
    std::uint32_t serial = 0;
    friend bool operator==(const CiliumLeaderElected&, const CiliumLeaderElected&) = default;
};
struct CiliumAgentLook {
    static constexpr sim::Rank rank{39};
    NodeId node;
    friend bool operator==(const CiliumAgentLook&, const CiliumAgentLook&) = default;
};

// --- controllers
struct CronLoop {
    static constexpr sim::Rank rank{40};
    friend bool operator==(const CronLoop&, const CronLoop&) = default;
};
struct CronSync {
    static constexpr sim::Rank rank{41};
    WorkloadIx workload;
    friend bool operator==(const CronSync&, const CronSync&) = default;
};
struct JobCreated {
    static constexpr sim::Rank rank{42};
    WorkloadIx workload;
    std::int64_t scheduled_unix_seconds = 0;
    friend bool operator==(const JobCreated&, const JobCreated&) = default;
};
struct JobSync {
    static constexpr sim::Rank rank{43};
    JobId job;
    friend bool operator==(const JobSync&, const JobSync&) = default;
};
struct JobStatusWritten {
    static constexpr sim::Rank rank{44};
    JobId job;
    friend bool operator==(const JobStatusWritten&, const JobStatusWritten&) = default;
};
struct JobDeleted {
    static constexpr sim::Rank rank{45};
    JobId job;
    friend bool operator==(const JobDeleted&, const JobDeleted&) = default;
};
struct WorkloadSync {
    static constexpr sim::Rank rank{46};
    WorkloadIx workload;
    friend bool operator==(const WorkloadSync&, const WorkloadSync&) = default;
};
struct PodAppears {
    static constexpr sim::Rank rank{47};
    WorkloadIx workload;
    std::uint32_t replica = 0;  // what its name ends in
    JobId job;
    friend bool operator==(const PodAppears&, const PodAppears&) = default;
};
struct DaemonPodAppears {
    static constexpr sim::Rank rank{48};
    WorkloadIx workload;
    NodeId node;
    friend bool operator==(const DaemonPodAppears&, const DaemonPodAppears&) = default;
};
// The garbage collector looks at pods that have ended.
struct PodGarbageCollection {
    static constexpr sim::Rank rank{73};
    friend bool operator==(const PodGarbageCollection&, const PodGarbageCollection&) = default;
};
// The disruption controller looks at a budget.
struct BudgetSync {
    static constexpr sim::Rank rank{72};
    std::uint32_t budget = 0;  // into Spec::budgets
    friend bool operator==(const BudgetSync&, const BudgetSync&) = default;
};
// The quota controller writes what has been given back.
struct QuotaSync {
    static constexpr sim::Rank rank{28};
    std::uint32_t quota = 0;  // into Spec::quotas
    friend bool operator==(const QuotaSync&, const QuotaSync&) = default;
};
// A pod that one of several ReplicaSets of a Deployment has asked for.
struct ReplicaAppears {
    static constexpr sim::Rank rank{59};
    ReplicaSetId set;
    std::uint32_t replica = 0;
    friend bool operator==(const ReplicaAppears&, const ReplicaAppears&) = default;
};
// A Deployment's rollout: its controller looks; one of its ReplicaSets gets another size, is looked at by its own
// controller, and has a new status that the Deployment's sees.
struct DeploymentSync {
    static constexpr sim::Rank rank{55};
    WorkloadIx workload;
    friend bool operator==(const DeploymentSync&, const DeploymentSync&) = default;
};
struct ReplicaSetScaled {
    static constexpr sim::Rank rank{56};
    ReplicaSetId set;
    std::int32_t size = 0;
    std::int32_t most = 0;  // that the Deployment may have at this time
    friend bool operator==(const ReplicaSetScaled&, const ReplicaSetScaled&) = default;
};
struct ReplicaSetSync {
    static constexpr sim::Rank rank{57};
    ReplicaSetId set;
    friend bool operator==(const ReplicaSetSync&, const ReplicaSetSync&) = default;
};
struct ReplicaSetStatusSeen {
    static constexpr sim::Rank rank{58};
    ReplicaSetId set;
    friend bool operator==(const ReplicaSetStatusSeen&, const ReplicaSetStatusSeen&) = default;
};
struct PodDeleteRequested {
    static constexpr sim::Rank rank{49};
    PodId pod;
    friend bool operator==(const PodDeleteRequested&, const PodDeleteRequested&) = default;
};

// --- scheduler
struct BackoffFlush {
    static constexpr sim::Rank rank{50};
    friend bool operator==(const BackoffFlush&, const BackoffFlush&) = default;
};
struct BackoffOver {
    static constexpr sim::Rank rank{51};
    PodId pod;
    friend bool operator==(const BackoffOver&, const BackoffOver&) = default;
};
struct LeftoverFlush {
    static constexpr sim::Rank rank{52};
    friend bool operator==(const LeftoverFlush&, const LeftoverFlush&) = default;
};
struct SchedulingCycle {
    static constexpr sim::Rank rank{53};
    friend bool operator==(const SchedulingCycle&, const SchedulingCycle&) = default;
};

// --- kubelet: the start of a pod
struct PodBound {
    static constexpr sim::Rank rank{60};
    PodId pod;
    friend bool operator==(const PodBound&, const PodBound&) = default;
};
struct SandboxMade {
    static constexpr sim::Rank rank{61};
    PodId pod;
    std::uint32_t epoch = 0;
    friend bool operator==(const SandboxMade&, const SandboxMade&) = default;
};
struct SandboxRetry {
    static constexpr sim::Rank rank{62};
    PodId pod;
    std::uint32_t epoch = 0;
    friend bool operator==(const SandboxRetry&, const SandboxRetry&) = default;
};
struct EndpointReady {
    static constexpr sim::Rank rank{67};
    PodId pod;
    std::uint32_t epoch = 0;
    friend bool operator==(const EndpointReady&, const EndpointReady&) = default;
};
// The pull that a pod waited for has ended.
struct ImagePulled {
    static constexpr sim::Rank rank{63};
    PodId pod;
    std::uint32_t epoch = 0;
    bool failed = false;
    friend bool operator==(const ImagePulled&, const ImagePulled&) = default;
};
// A node's kubelet looks at its memory and disk, and at its images.
struct PressureLook {
    static constexpr sim::Rank rank{29};
    NodeId node;
    friend bool operator==(const PressureLook&, const PressureLook&) = default;
};
// The kubelet goes on with the next containers of a pod, or looks again at images that were missing.
struct ContainersGoOn {
    static constexpr sim::Rank rank{68};
    PodId pod;
    std::uint32_t epoch = 0;
    friend bool operator==(const ContainersGoOn&, const ContainersGoOn&) = default;
};
// A registry or a peer has answered, or an image is unpacked.
struct PullStep {
    static constexpr sim::Rank rank{55};
    PullId pull;
    friend bool operator==(const PullStep&, const PullStep&) = default;
};
// A fetch ends, or one has begun: the others get other rates.
struct DownloadsChange {
    static constexpr sim::Rank rank{56};
    std::uint32_t serial = 0;
    friend bool operator==(const DownloadsChange&, const DownloadsChange&) = default;
};
struct InitContainerDone {
    static constexpr sim::Rank rank{64};
    PodId pod;
    std::uint32_t epoch = 0;
    friend bool operator==(const InitContainerDone&, const InitContainerDone&) = default;
};
// The back-off of an init container that failed is over (KUBELET-38).
struct InitContainerRestarts {
    static constexpr sim::Rank rank{68};
    PodId pod;
    std::uint32_t epoch = 0;
    friend bool operator==(const InitContainerRestarts&, const InitContainerRestarts&) = default;
};
struct ContainersRunning {
    static constexpr sim::Rank rank{65};
    PodId pod;
    std::uint32_t epoch = 0;
    friend bool operator==(const ContainersRunning&, const ContainersRunning&) = default;
};
struct PodBecameReady {
    static constexpr sim::Rank rank{66};
    PodId pod;
    std::uint32_t epoch = 0;
    // The status has waited for the kubelet's limit (KUBELET-13) and is written now: of the run after so many restarts,
    // and one. 0: it has not.
    std::uint32_t written_of = 0;
    friend bool operator==(const PodBecameReady&, const PodBecameReady&) = default;
};

// --- Cilium's operator looks for DNS pods that another CNI serves
struct CiliumUnmanagedPods {
    static constexpr sim::Rank rank{54};
    friend bool operator==(const CiliumUnmanagedPods&, const CiliumUnmanagedPods&) = default;
};

// --- what pods use
struct UsageChanges {
    static constexpr sim::Rank rank{70};
    WorkloadIx workload;
    std::uint32_t point = 0;  // of its usage
    friend bool operator==(const UsageChanges&, const UsageChanges&) = default;
};

// Pods of the node have begun or ended to use networks outside of the VPC.
struct OutsideChanges {
    static constexpr sim::Rank rank{71};
    NodeId node;
    friend bool operator==(const OutsideChanges&, const OutsideChanges&) = default;
};

// Who looks names up, or who answers, is another one now.
struct DnsChanges {
    static constexpr sim::Rank rank{72};
    friend bool operator==(const DnsChanges&, const DnsChanges&) = default;
};

// Requests are asked or answered at another rate; void unless the serial is that of the World.
struct TrafficLook {
    static constexpr sim::Rank rank{74};
    std::uint32_t serial = 0;
    friend bool operator==(const TrafficLook&, const TrafficLook&) = default;
};

// The EndpointSlice controller looks at a Service (EPS-1).
struct EndpointSync {
    static constexpr sim::Rank rank{75};
    std::uint32_t service = 0;
    friend bool operator==(const EndpointSync&, const EndpointSync&) = default;
};

// Cluster-proportional autoscalers look at the cluster.
struct ProportionalLook {
    static constexpr sim::Rank rank{73};
    friend bool operator==(const ProportionalLook&, const ProportionalLook&) = default;
};
// So does EKS's own autoscaling of CoreDNS, or its next decrease is due (DNS-6).
struct ManagedScalingLook {
    static constexpr sim::Rank rank{73};
    friend bool operator==(const ManagedScalingLook&, const ManagedScalingLook&) = default;
};

// The controller looks at a HorizontalPodAutoscaler (HPA-1).
struct HorizontalSync {
    static constexpr sim::Rank rank{76};
    std::uint32_t scaler = 0;  // into PodScaling::horizontal
    std::uint32_t serial = 0;
    friend bool operator==(const HorizontalSync&, const HorizontalSync&) = default;
};
// What it reads is another thing from now on, because of the time of day.
struct HorizontalWake {
    static constexpr sim::Rank rank{75};
    std::uint32_t scaler = 0;
    std::uint32_t serial = 0;
    friend bool operator==(const HorizontalWake&, const HorizontalWake&) = default;
};
// The recommender of VerticalPodAutoscalers looks at all of them.
struct VpaLoop {
    static constexpr sim::Rank rank{76};
    friend bool operator==(const VpaLoop&, const VpaLoop&) = default;
};
// The updater of VerticalPodAutoscalers does (VPA-22).
struct VpaUpdate {
    static constexpr sim::Rank rank{76};
    friend bool operator==(const VpaUpdate&, const VpaUpdate&) = default;
};
// A kubelet has been asked for a resize in place, or tries again one that it has deferred.
struct PodResize {
    static constexpr sim::Rank rank{76};
    std::uint32_t scaler = 0;  // into PodScaling::vertical
    PodId pod;
    std::uint32_t tries = 0;  // as in PodResizing: another number makes it void
    friend bool operator==(const PodResize&, const PodResize&) = default;
};
// A point of what pods use is due for KRR (VPA-31).
struct AdviceStep {
    static constexpr sim::Rank rank{79};
    friend bool operator==(const AdviceStep&, const AdviceStep&) = default;
};
// KEDA's operator asks the scalers of an object (KEDA-1).
struct KedaPoll {
    static constexpr sim::Rank rank{76};
    std::uint32_t scaled = 0;  // into PodScaling::objects
    std::uint32_t serial = 0;
    friend bool operator==(const KedaPoll&, const KedaPoll&) = default;
};
// Cluster Autoscaler goes on with the removal of a node.
struct NodeRemovalStep {
    static constexpr sim::Rank rank{76};
    NodeId node;
    friend bool operator==(const NodeRemovalStep&, const NodeRemovalStep&) = default;
};
// One loop of it.
struct ClusterAutoscalerLoop {
    static constexpr sim::Rank rank{77};
    friend bool operator==(const ClusterAutoscalerLoop&, const ClusterAutoscalerLoop&) = default;
};

// Karpenter: the batch window closes, or pods that wait are looked at again (KARP-2, KARP-3).
struct KarpenterRound {
    static constexpr sim::Rank rank{76};
    friend bool operator==(const KarpenterRound&, const KarpenterRound&) = default;
};
// The NodeClaims that were made are launched.
struct KarpenterLaunch {
    static constexpr sim::Rank rank{77};
    friend bool operator==(const KarpenterLaunch&, const KarpenterLaunch&) = default;
};
// Its disruption loop ticks (KARP-40), and what it has decided is validated (KARP-46).
struct KarpenterLook {
    static constexpr sim::Rank rank{78};
    friend bool operator==(const KarpenterLook&, const KarpenterLook&) = default;
};
struct KarpenterValidation {
    static constexpr sim::Rank rank{77};
    friend bool operator==(const KarpenterValidation&, const KarpenterValidation&) = default;
};
// A NodeClaim has not registered in time, or has expired (KARP-35, KARP-61).
struct NodeClaimDue {
    static constexpr sim::Rank rank{78};
    NodeId node;
    friend bool operator==(const NodeClaimDue&, const NodeClaimDue&) = default;
};
// A node on its way out is drained further (KARP-63).
struct NodeClaimDrain {
    static constexpr sim::Rank rank{78};
    NodeId node;
    friend bool operator==(const NodeClaimDrain&, const NodeClaimDrain&) = default;
};

// One run of the descheduler.
struct DeschedulerRun {
    static constexpr sim::Rank rank{78};
    friend bool operator==(const DeschedulerRun&, const DeschedulerRun&) = default;
};
// The Nomad Autoscaler evaluates a scaling policy, or looks whether its last action is done (NOM-5, NOM-6).
struct NomadPolicyLook {
    static constexpr sim::Rank rank{78};
    std::uint32_t policy = 0;  // into Nomad::policies
    friend bool operator==(const NomadPolicyLook&, const NomadPolicyLook&) = default;
};
// Allocations leave the nodes that Nomad drains.
struct NomadDrainLook {
    static constexpr sim::Rank rank{77};
    friend bool operator==(const NomadDrainLook&, const NomadDrainLook&) = default;
};

// --- data paths
// A kube-proxy or an agent begins or ends to write rules.
struct DataPathStep {
    static constexpr sim::Rank rank{73};
    std::uint32_t serial = 0;
    friend bool operator==(const DataPathStep&, const DataPathStep&) = default;
};
// The containers of a pod that stops have ended: it answers no more.
struct EndpointEnds {
    static constexpr sim::Rank rank{72};
    WorkloadIx workload;
    friend bool operator==(const EndpointEnds&, const EndpointEnds&) = default;
};

// --- platform: AWS's APIs
// The processes of a pod ask for credentials, or for new ones in time; and they have the first ones (AWS-110).
struct CredentialsCall {
    static constexpr sim::Rank rank{66};
    PodId pod;
    std::uint32_t epoch = 0;
    std::uint16_t run = 0;   // restarts of the pod when the processes began: the last 16 bits
    std::uint8_t calls = 0;  // that have not been answered
    std::uint8_t attempts = 0;
    friend bool operator==(const CredentialsCall&, const CredentialsCall&) = default;
};
struct CredentialsThere {
    static constexpr sim::Rank rank{66};
    PodId pod;
    std::uint32_t epoch = 0;
    std::uint16_t run = 0;
    friend bool operator==(const CredentialsThere&, const CredentialsThere&) = default;
};
// The kubelet tries again to mount what a pod needs.
struct VolumesRetry {
    static constexpr sim::Rank rank{66};
    PodId pod;
    std::uint32_t epoch = 0;
    std::uint8_t attempts = 0;
    friend bool operator==(const VolumesRetry&, const VolumesRetry&) = default;
};
// A Secret's operator makes its next call for it, has all it needs, or is to look at it again.
enum class SecretStep : std::uint8_t { call, made, refresh };
struct SecretSync {
    static constexpr sim::Rank rank{66};
    std::uint32_t secret = 0;  // into Identity::secrets
    std::uint32_t serial = 0;
    SecretStep which = SecretStep::call;
    friend bool operator==(const SecretSync&, const SecretSync&) = default;
};
// The AWS Load Balancer Controller registers pods, and sees that one is healthy.
struct TargetsSync {
    static constexpr sim::Rank rank{67};
    std::uint32_t gate = 0;  // into Identity::gates
    friend bool operator==(const TargetsSync&, const TargetsSync&) = default;
};
struct TargetHealthy {
    static constexpr sim::Rank rank{66};
    PodId pod;
    std::uint32_t epoch = 0;
    friend bool operator==(const TargetHealthy&, const TargetHealthy&) = default;
};
// The controller makes its next call for an Ingress or a Service, or the first of its targets is healthy.
enum class BalancerStep : std::uint8_t { call, healthy };
struct BalancerDue {
    static constexpr sim::Rank rank{67};
    std::uint32_t object = 0;  // into Identity::balancer_objects
    std::uint32_t serial = 0;
    BalancerStep which = BalancerStep::call;
    friend bool operator==(const BalancerDue&, const BalancerDue&) = default;
};
// An ExternalDNS looks; the record that it made is everywhere.
struct DnsSync {
    static constexpr sim::Rank rank{68};
    std::uint32_t dns = 0;  // into Identity::external_dns
    std::uint32_t serial = 0;
    friend bool operator==(const DnsSync&, const DnsSync&) = default;
};
struct RecordEverywhere {
    static constexpr sim::Rank rank{66};
    std::uint32_t object = 0;  // into Identity::balancer_objects
    friend bool operator==(const RecordEverywhere&, const RecordEverywhere&) = default;
};
// The bucket of a service is empty.
struct AwsBucketEmpty {
    static constexpr sim::Rank rank{65};
    std::uint32_t service = 0;  // an AwsService
    std::uint32_t serial = 0;
    friend bool operator==(const AwsBucketEmpty&, const AwsBucketEmpty&) = default;
};

// --- platform: telemetry
// What agents of telemetry scrape, hold and lose is worked out anew (FR-25 to FR-27).
struct TelemetryLook {
    static constexpr sim::Rank rank{80};
    friend bool operator==(const TelemetryLook&, const TelemetryLook&) = default;
};

using Event =
    std::variant<TimelineDue, NodeRegistered, NodeNetworkReady, CniStarts, ContainerExitSeen, SandboxStopped,
                 PodRemoved, PoolTick, PoolStepDone, CidrCleanUp, LeakSweep, AddressFree, TrunkStep, BranchStep,
                 BranchDeletions, CronLoop, CronSync, JobCreated, JobSync, JobStatusWritten, JobDeleted, WorkloadSync,
                 PodAppears, DaemonPodAppears, PodDeleteRequested, BackoffFlush, BackoffOver, LeftoverFlush,
                 SchedulingCycle, PodBound, SandboxMade, SandboxRetry, ImagePulled, ContainersGoOn, PressureLook,
                 PullStep, DownloadsChange, InitContainerDone, ContainersRunning, PodBecameReady, UsageChanges,
                 EndpointReady, CiliumStepDone, CiliumResyncGoesOn, CiliumReport, CiliumResync, CiliumAgentLook,
                 CiliumUnmanagedPods, NodeExitStep, GroupLook, NodeObjectGoes, OrphansCollected, AddressesReturn,
                 CniUpdateGoesOn, CiliumLeaderElected, OutsideChanges, NodeGraceOver, NoExecuteTaintDue, TaintEviction,
                 InstanceImpaired, NodeInitialised, InitContainerRestarts, OutOfService, DnsChanges, TrafficLook,
                 EndpointSync, ProportionalLook, PodGarbageCollection, BudgetSync, ReplicaAppears, DeploymentSync,
                 ReplicaSetScaled, ReplicaSetSync, ReplicaSetStatusSeen, DrainRetry, ManagedScalingLook, QuotaSync,
                 InterruptionNotice, InstanceEnds, HorizontalSync, HorizontalWake, KedaPoll, VpaLoop, KarpenterRound,
                 KarpenterLaunch, KarpenterLook, KarpenterValidation, NodeClaimDue, NodeClaimDrain, NodeRemovalStep,
                 ClusterAutoscalerLoop, DeschedulerRun, NomadPolicyLook, NomadDrainLook, AdviceStep, VpaUpdate,
                 PodResize, DataPathStep, EndpointEnds, CredentialsCall, CredentialsThere, VolumesRetry, SecretSync,
                 TargetsSync, TargetHealthy, AwsBucketEmpty, TelemetryLook, BalancerDue, DnsSync, RecordEverywhere>;

// Fields are hashed by name, so that a kind of event needs no more than its declaration.
template <class E>
    requires requires { E::rank; }
void hash_into(sim::Fingerprint& print, const E& event) {
    using sim::hash_into;
    if constexpr (requires { event.action; }) hash_into(print, event.action);
    if constexpr (requires { event.node; }) hash_into(print, event.node);
    if constexpr (requires { event.group; }) hash_into(print, event.group);
    if constexpr (requires { event.zone; }) hash_into(print, event.zone);
    if constexpr (requires { event.pod; }) hash_into(print, event.pod);
    if constexpr (requires { event.eni; }) hash_into(print, event.eni);
    if constexpr (requires { event.branch; }) hash_into(print, event.branch);
    if constexpr (requires { event.job; }) hash_into(print, event.job);
    if constexpr (requires { event.workload; }) hash_into(print, event.workload);
    if constexpr (requires { event.pull; }) hash_into(print, event.pull);
    if constexpr (requires { event.failed; }) hash_into(print, event.failed);
    if constexpr (requires { event.written_of; }) {
        if (event.written_of != 0) hash_into(print, event.written_of);
    }
    if constexpr (requires { event.epoch; }) hash_into(print, event.epoch);
    if constexpr (requires { event.serial; }) hash_into(print, event.serial);
    if constexpr (requires { event.which; }) hash_into(print, event.which);
    if constexpr (requires { event.subnet; }) hash_into(print, event.subnet);
    if constexpr (requires { event.network; }) hash_into(print, event.network);
    if constexpr (requires { event.is_prefix; }) hash_into(print, event.is_prefix);
    if constexpr (requires { event.budget; }) hash_into(print, event.budget);
    if constexpr (requires { event.quota; }) hash_into(print, event.quota);
    if constexpr (requires { event.set; }) hash_into(print, event.set);
    if constexpr (requires { event.size; }) hash_into(print, event.size);
    if constexpr (requires { event.most; }) hash_into(print, event.most);
    if constexpr (requires { event.replica; }) hash_into(print, event.replica);
    if constexpr (requires { event.service; }) hash_into(print, event.service);
    if constexpr (requires { event.scaler; }) hash_into(print, event.scaler);
    if constexpr (requires { event.scaled; }) hash_into(print, event.scaled);
    if constexpr (requires { event.policy; }) hash_into(print, event.policy);
    if constexpr (requires { event.point; }) hash_into(print, event.point);
    if constexpr (requires { event.run; }) hash_into(print, event.run);
    if constexpr (requires { event.calls; }) hash_into(print, event.calls);
    if constexpr (requires { event.attempts; }) hash_into(print, event.attempts);
    if constexpr (requires { event.secret; }) hash_into(print, event.secret);
    if constexpr (requires { event.gate; }) hash_into(print, event.gate);
    if constexpr (requires { event.scheduled_unix_seconds; }) hash_into(print, event.scheduled_unix_seconds);
}

// The name of an event's kind, for messages about defects and for traces.
const char* kind_of(const Event& event);

// Events are stored by the hundred thousand: whoever adds a member pays for it in every one of them.
static_assert(sizeof(Event) <= 24);

}  // namespace eks
