// Why did this pod wait? The story of one pod, told from a trace of its run: what it waited for and how long, what the
// node looked like when an address was refused, and the chain of events back to what set it all off.
#pragma once

#include "models/planning/autoscaler_story.hpp"
#include "models/planning/run.hpp"
#include "models/planning/scheduling_table.hpp"
#include "models/scenario/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// One stretch of a pod's waiting.
struct WaitStretch {
    sim::Time from;
    sim::Time until;
    WaitCause cause = WaitCause::none;
    bool still_waits = false;
};

struct RefusedAddress {
    sim::Time at;
    std::string node;
    WaitCause cause = WaitCause::none;
    std::int32_t assigned = 0;
    std::int32_t addresses = 0;
    sim::Time usable_at;
    AddressWait awaits = AddressWait::nothing;
};

// A fault of the timeline that struck the pod's node, or its subnet, or all calls to EC2, while the pod waited.
struct FaultStretch {
    sim::Time from;
    sim::Time until;  // never: to the end
    FaultKind kind = FaultKind::imds_unavailable;
};

// From then on the address of the pod, while it was ready, was contested: its node has two CNIs.
struct ContestedAddress {
    sim::Time since;
    AddressState state = AddressState::undisputed;
};

// Admission refused a pod of the workload before this one was made (QUOTA-1). Nothing is said of amounts where a
// container did not state what the quota bounds.
struct RefusedCreation {
    sim::Time at;
    std::string quota;  // "ResourceQuota/shop/compute"
    std::string bound;  // "requests.cpu"
    std::int64_t used = 0;
    std::int64_t limit = 0;
    std::int64_t asked = 0;
    bool is_unstated = false;
};

// An event that led to the pod's last wait, latest first; `what` is the kind's name. `rounds` like the one before, of
// two steps each, are left out in front of it.
struct TraceStep {
    sim::Time at;
    std::string what;
    std::int32_t rounds = 0;
};

// The condition Ready of the pod's node became something else than true, or true again, or the node went.
struct NodeTurning {
    sim::Time at;
    NodeState to = NodeState::ready;
};

struct PodStory {
    std::string pod;   // "reports/nightly-17": workload and the how-manieth pod of it
    std::string node;  // where it was bound; empty: nowhere
    sim::Time created;
    std::optional<sim::Time> started;  // ready, or running for a Job's pod
    std::vector<RefusedCreation> refused_creations;
    std::vector<WaitStretch> waits;
    std::vector<RefusedAddress> refusals;
    std::vector<FaultStretch> faults;
    std::vector<NodeTurning> node_turnings;
    std::vector<ContestedAddress> contests;
    std::vector<TraceStep> back_to_the_start;
    // What the scheduler would make of each node at the time that was asked about; not in 1.10, whose scheduler is
    // another one.
    std::optional<SchedulingTable> nodes;
    sim::Time nodes_at;
    // What Cluster Autoscaler and Karpenter say of it then, if it waits for a node.
    std::vector<AutoscalerStory> autoscalers;
};

// Names a pod: "namespace/workload-N" for the N-th pod of a workload, or "namespace/workload" for the pod of it that
// waits longest at `at`, or waited longest before. With `with_nodes` the story has the table of nodes at that time, and
// what the autoscalers say. The error is a sentence that says what would work.
sim::Result<PodStory, std::string> explain_pod(const Scenario& scenario, const StartOptions& options,
                                               std::string_view pod, sim::Duration at, bool with_nodes = false);

// The story as lines of plain text. What repeats itself is told once, with how often and how long in all.
std::vector<std::string> to_lines(const PodStory& story);

}  // namespace eks
