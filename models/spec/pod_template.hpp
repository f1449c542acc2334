// What a pod asks for: the constant part of every pod of one workload. The scheduler reads requests, selectors and
// tolerations; the kubelet reads containers, images and grace; what a manifest cannot say (run time, time to ready) is
// the workload's behaviour and stands here beside them.
#pragma once

#include "libsim/distribution.hpp"
#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/spec/condition_taints.hpp"
#include "models/spec/eviction_wishes.hpp"
#include "models/spec/identity.hpp"
#include "models/spec/indices.hpp"
#include "models/spec/node_shape.hpp"
#include "models/spec/pod_constraints.hpp"
#include "models/spec/probe.hpp"
#include "models/spec/volume_claim.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace eks {

enum class PullPolicy : std::uint8_t { if_not_present, always, never };
enum class RestartPolicy : std::uint8_t { always, on_failure, never };
enum class QualityOfService : std::uint8_t { guaranteed, burstable, best_effort };  // KUBELET-4

struct Image {
    std::string name;  // with a tag or digest; ":latest" is added where there is none (SCHED-56)
    Bytes compressed_bytes = 0;
    Bytes unpacked_bytes = 0;
    std::uint32_t registry = 0;  // into Spec::registries
    friend bool operator==(const Image&, const Image&) = default;
};

struct Toleration {
    std::string key;  // empty with `exists`: every key
    std::string value;
    bool exists = false;     // operator Exists, else Equal
    bool any_effect = true;  // no effect given
    TaintEffect effect = TaintEffect::no_schedule;
    bool forever = true;  // no tolerationSeconds
    std::int64_t seconds = 0;
    friend bool operator==(const Toleration&, const Toleration&) = default;
};

// Terms are or-ed, the requirements of a term are and-ed; a term without requirements matches nothing (SCHED-43).
struct NodeSelectorTerm {
    std::vector<SelectorRequirement> all;
    friend bool operator==(const NodeSelectorTerm&, const NodeSelectorTerm&) = default;
};

struct PreferredNodeTerm {
    std::int64_t weight = 0;
    NodeSelectorTerm term;
    friend bool operator==(const PreferredNodeTerm&, const PreferredNodeTerm&) = default;
};

struct ContainerSpec {
    std::string name;
    ImageIx image;
    PullPolicy pull_policy = PullPolicy::if_not_present;
    Resources requests;
    bool states_cpu_request = false;  // a missing request counts differently from an explicit 0 in scores (SCHED-51)
    bool states_memory_request = false;
    Resources limits;
    bool is_sidecar = false;  // an init container with restartPolicy Always
    // Readiness probe, KUBELET-39. Without one a running container is ready.
    bool has_readiness_probe = false;
    sim::Duration readiness_initial_delay;
    sim::Duration readiness_period;
    std::int32_t readiness_success_threshold = 1;
    Probe liveness;
    Probe startup;
    sim::Duration pre_stop;  // how long its preStop hook takes (KUBELET-50)
    friend bool operator==(const ContainerSpec&, const ContainerSpec&) = default;
};

// What each pod of a workload uses from an instant of the simulated time on, until the next point.
struct UsagePoint {
    sim::Duration at;
    Millicores cpu_milli = 0;
    Bytes memory_bytes = 0;
    friend bool operator==(const UsagePoint&, const UsagePoint&) = default;
};

// A step function: the first point is at 0, the last one holds to the end. What is not stated is not known, which is
// something else than 0.
struct Usage {
    bool follows_traffic = false;  // the points say nothing: what is used follows from what is asked of the pods
    std::uint32_t server = 0;      // then: in Traffic::servers
    bool states_cpu = false;
    bool states_memory = false;
    std::vector<UsagePoint> points;
    friend bool operator==(const Usage&, const Usage&) = default;
};

// A volume of its own on its node's disk that has a limit (KUBELET-62).
struct EmptyDir {
    std::string name;
    Bytes size_limit = 0;  // 0: none
    Bytes used = 0;        // of the template's disk_bytes
    friend bool operator==(const EmptyDir&, const EmptyDir&) = default;
};

inline constexpr std::uint32_t nobodys_profile = ~std::uint32_t{0};  // its pods wait for ever

// Something that befalls a share of the runs of a container, so long after its start.
struct ContainerFailure {
    std::int32_t share_ppm = 0;
    sim::Distribution after;
    friend bool operator==(const ContainerFailure&, const ContainerFailure&) = default;
};

struct PodTemplate {
    std::vector<ContainerSpec> init_containers;  // sidecars included, in order
    std::vector<ContainerSpec> containers;

    Resources requests;             // of the whole pod, SCHED-40
    Resources limits;               // likewise
    Resources scoring_requests;     // with the defaults of SCHED-51 filled in
    Bytes local_storage_limit = 0;  // of what it writes, over all containers that state one; 0: none (KUBELET-62)
    bool requests_nothing = false;  // neither cpu nor memory: SCHED-55 skips it
    bool prefers_nodes = false;     // some shape is preferred to others, or avoided: SCHED-57, SCHED-58
    QualityOfService qos = QualityOfService::best_effort;

    std::vector<Label> labels;
    std::vector<Label> node_selector;
    std::vector<NodeSelectorTerm> required_node_terms;  // none: every node will do
    std::vector<PreferredNodeTerm> preferred_node_terms;
    std::vector<Toleration> tolerations;
    PodConstraints constraints;
    std::vector<std::uint32_t> claims;        // places in Spec::claims
    std::vector<VolumeClaim> own_claims;      // that a StatefulSet has made for each of its pods, and that stay
    std::vector<VolumeClaim> passing_claims;  // that go with the pod
    std::int32_t attachments = 0;             // volumes of these that its node's instance attaches
    std::vector<EmptyDir> empty_dirs;         // on the disk, not in memory
    std::string namespace_name;
    WorkloadIx workload;        // whose pods have it, now or at another time of the run
    std::uint32_t profile = 0;  // of Spec::scheduler, which one places it (SCHED-1)
    bool is_gated = false;      // SCHED-13
    // What follows of them for the taints of a node's state, and for how long each of these with effect NoExecute is
    // borne (NODE-5): not at all, or for ever.
    ConditionTaints tolerated_condition_taints = 0;
    std::array<sim::Duration, condition_taint_count> no_execute_stays{};

    std::int32_t priority = 0;
    std::string priority_class;  // by its name, or by default; may be empty
    bool may_preempt = true;
    bool host_network = false;      // uses no pod address, IPAM-176
    bool wants_every_card = false;  // an address of each network card of its node, IPAM-158
    RestartPolicy restart_policy = RestartPolicy::always;
    sim::Duration termination_grace;  // KUBELET-50
    bool has_active_deadline = false;
    sim::Duration active_deadline;  // the pod's own activeDeadlineSeconds

    // Behaviour: what the manifest cannot say.
    sim::Distribution init_run_time;     // of each init container
    sim::Distribution ready_after;       // container start to ready, for pods that serve
    sim::Distribution run_time;          // container start to exit, for pods that end
    bool runs_to_completion = false;     // Jobs; everything else runs until it is told to stop
    sim::Distribution stop_time;         // SIGTERM to exit, cut off at the grace period
    std::int32_t failure_rate_ppm = 0;   // share of runs that end with a non-zero exit code, in millionths
    std::int32_t failure_exit_code = 1;  // of those
    ContainerFailure liveness_failure;   // it answers its liveness probe no more, for pods that serve
    ContainerFailure exit;               // it ends by itself, likewise
    std::int32_t exit_code = 1;
    std::int32_t init_failure_ppm = 0;      // share of runs of init containers that fail
    UsageIx usage;                          // what it really uses; none: not said
    std::int64_t log_bytes_per_second = 0;  // that its containers write to their logs while they run
    Bytes disk_bytes = 0;                   // in writable layers and emptyDirs, from the start of its containers
    EvictionWishes wishes;

    // karpenter.sh/do-not-disrupt: for so long after the pod's start (max: for good; zero: not said), and
    // controller.kubernetes.io/pod-deletion-cost (KARP-41, KARP-44).
    sim::Duration keeps_node_for;
    std::int32_t deletion_cost = 0;

    TemplateIx sized_of;  // the template that it is but for its requests and limits; none: it is as somebody wrote it
    // Templates that differ in what no model looks at, such as a variable, are different ones to a
    // controller: 0 as the scenario starts.
    std::uint32_t edition = 0;

    PodIdentity identity;

    friend bool operator==(const PodTemplate&, const PodTemplate&) = default;
};

// How a template looks to the scheduler on nodes of one shape: everything but the amounts that change in a run.
struct TemplateOnShape {
    bool affinity_matches = false;      // node selector and required affinity, SCHED-43
    bool profile_admits = true;         // the affinity that its scheduler adds to all pods
    bool taints_tolerated = false;      // SCHED-42
    std::int32_t preferred_weight = 0;  // sum of matching preferred terms, raw score of SCHED-57
    std::int32_t avoided_taints = 0;    // untolerated PreferNoSchedule taints, raw score of SCHED-58
    bool fits_empty_node = false;       // requests are within the allocatable of an empty node
    friend bool operator==(const TemplateOnShape&, const TemplateOnShape&) = default;
};

}  // namespace eks
