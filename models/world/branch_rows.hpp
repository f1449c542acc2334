// The rows behind security groups for pods (IPAM-155 to IPAM-157): branch ENIs, the trunk that carries those of a node,
// and the resource controller of the EKS control plane, which makes and deletes them.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"
#include "models/world/ids.hpp"
#include "models/world/wait_cause.hpp"

#include <cstdint>

namespace eks {

enum class BranchStage : std::uint8_t {
    queued,   // asked for; waits for a worker
    resting,  // asked for, and it could not be made: begun anew after a while
    creating,
    associating,
    annotating,  // made, and on its way into the pod's annotation
    in_use,
    cooling,   // its pod has gone; waits in its node's deletion queue
    deleting,  // a worker is at it, or will be
};

// A pod's request for a branch ENI, and what comes of it.
struct BranchEni {
    NodeId node;
    PodId pod;  // none once that has gone
    SubnetIx subnet;
    std::uint32_t address = 0;  // 0: EC2 has made none yet
    BranchStage stage = BranchStage::queued;
    WaitCause cause = WaitCause::branch_eni;  // what the pod waits for
    bool pauses = false;                      // a pause before the call is made again
    bool is_refused = false;                  // the call in flight met an empty bucket
    std::uint8_t attempts = 0;                // of the SDK for this call
    std::uint8_t tries = 0;                   // of the controller for this call; while deleting: of the whole deletion
    sim::Time cool_at;                        // of a cooling one: from then on it may be deleted
    std::uint64_t key = 0;                    // of its draws
    BranchEniId next_on_node;
    BranchEniId next_in_queue;  // of those that wait for a worker

    // It takes one of those that the node may have, from its making to the end of its deletion.
    constexpr bool takes_place() const { return stage >= BranchStage::creating; }
    friend bool operator==(const BranchEni&, const BranchEni&) = default;
};

enum class TrunkStage : std::uint8_t {
    none,   // the node has not asked for one
    asked,  // the request is on its way to the controller
    creating,
    attaching,
    marking,
    verifying,
    deleting,     // what could not be attached
    advertising,  // the node's pod-eni are on their way to the scheduler
    ready,
};

// The trunk ENI of a node as the resource controller has it, and the branch ENIs on it.
struct Trunk {
    TrunkStage stage = TrunkStage::none;
    bool is_served = false;  // a worker is at the deletion queue, or will be
    bool pauses = false;
    bool is_refused = false;
    std::uint8_t attempts = 0;
    std::uint8_t tries = 0;  // failed ones in a row
    EniId eni;
    std::int32_t branches = 0;                 // that take a place
    sim::Duration phase;                       // of the looks into the deletion queue
    sim::Time serves_at = sim::Time::never();  // the look that is scheduled
    BranchEniId first_branch;

    friend bool operator==(const Trunk&, const Trunk&) = default;
};

struct ResourceController {
    std::int32_t busy_workers = 0;
    BranchEniId first_in_queue;
    BranchEniId last_in_queue;
    friend bool operator==(const ResourceController&, const ResourceController&) = default;
};

}  // namespace eks
