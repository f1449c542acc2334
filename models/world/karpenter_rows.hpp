// What Karpenter knows in a run: its NodeClaims, which node each has become, the commands that take nodes away, and
// what EC2 has lately been out of.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"
#include "models/spec/node_pool.hpp"
#include "models/world/ids.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace eks {

namespace karpenter {
struct Knowledge;
struct NodeLook;
}  // namespace karpenter

// Why a NodeClaim was made.
enum class ClaimReason : std::uint8_t { provisioned, underutilized, empty, drifted };
inline constexpr std::size_t claim_reason_count = 4;

// Why a node of a pool is disrupted, as the metrics name it.
enum class DisruptedFor : std::uint8_t { underutilized, empty, drifted, expired, liveness, spot_interrupted };
inline constexpr std::size_t disrupted_for_count = 6;

// A NodeClaim that has an instance, by the slot of its node.
struct PoolNode {
    NodeId node;  // none: the node of this slot is of no pool
    std::uint32_t pool = 0;
    std::uint32_t type = 0;
    ClaimReason reason = ClaimReason::provisioned;
    std::uint64_t made_of = 0;  // NodePool::made_of at the time
    std::uint32_t command = 0;  // that it replaces nodes for, or is to go by; 0: none
    sim::Time created;
    sim::Time expires = sim::Time::never();            // KARP-61
    sim::Duration drain_limit = sim::Duration::max();  // KARP-63
    sim::Time initialized = sim::Time::never();
    sim::Time last_pod_event = sim::Time::never();  // KARP-42
    sim::Time nominated_until;                      // KARP-14
    sim::Time drifted = sim::Time::never();         // since when it has (KARP-60)
    sim::Time deleted = sim::Time::never();         // its claim has a deletion timestamp
    sim::Time drain_due = sim::Time::never();       // the next look at its drain
    std::uint8_t refusals = 0;                      // looks in a row at which an eviction was refused
    bool is_disrupted = false;                      // has the taint: a command is about it, or it is being deleted
    bool is_terminating = false;                    // EC2 has been asked to terminate the instance
    friend bool operator==(const PoolNode&, const PoolNode&) = default;

    constexpr bool is_initialized() const { return initialized != sim::Time::never(); }
    constexpr bool is_deleted() const { return deleted != sim::Time::never(); }
};

// A NodeClaim without an instance: what it may be launched as, and for which command it is made (0: for pods).
struct PendingClaim {
    std::uint32_t pool = 0;
    std::uint32_t ordinal = 0;
    std::uint32_t command = 0;
    ClaimReason reason = ClaimReason::provisioned;
    std::uint32_t pods = 0;  // that are to go there
    std::vector<NodeShapeIx> choices;
    friend bool operator==(const PendingClaim&, const PendingClaim&) = default;
};

// Of one instance type, in one zone, bought in one way: not to be had until then (KARP-24).
struct UnavailableOffer {
    std::uint32_t type = 0;
    ZoneIx zone;
    bool is_spot = false;
    sim::Time until;
    friend bool operator==(const UnavailableOffer&, const UnavailableOffer&) = default;
};

enum class DisruptionMethod : std::uint8_t { emptiness, drift, multi_node, single_node };
inline constexpr std::size_t disruption_method_count = 4;

// A decision that waits to be validated (KARP-46), or a command that is carried out (KARP-47).
struct DisruptionCommand {
    std::uint32_t number = 0;
    DisruptionMethod method = DisruptionMethod::emptiness;
    std::vector<NodeId> nodes;
    std::uint32_t replacements = 0;    // how many were asked for
    std::vector<NodeId> launched;      // those that have an instance
    std::uint32_t pool = 0;            // of the replacement
    std::vector<std::uint32_t> types;  // what the replacement may be
    std::vector<NodeShapeIx> choices;
    sim::Time gives_up = sim::Time::never();
    friend bool operator==(const DisruptionCommand&, const DisruptionCommand&) = default;
};

// What it has worked out of the Spec and of EC2's offers. It says nothing that the rest does not say: as with the
// scheduler's memory, worlds that differ in it alone are equal.
struct KarpenterMemory {
    std::shared_ptr<const karpenter::Knowledge> knowledge;
    std::vector<std::shared_ptr<const karpenter::NodeLook>> looks;  // by shape: those that were asked for
    friend bool operator==(const KarpenterMemory&, const KarpenterMemory&) { return true; }
};

struct KarpenterState {
    std::vector<PoolNode> nodes;  // by slot of the node
    std::vector<NodeId> coming;   // those that are not initialised, in the order of their launch
    std::vector<PendingClaim> claims;
    std::uint32_t claims_made = 0;
    sim::Time launch_due = sim::Time::never();
    sim::Time synced_at;  // what it has asked EC2 for is answered then; it decides nothing before

    std::vector<UnavailableOffer> unavailable;
    std::int32_t unschedulable = 0;      // pods for which the last round found nothing
    std::vector<std::uint8_t> measured;  // by type: a node of it has registered, and its real size is known (KARP-20)

    // KARP-2: the window that is open.
    sim::Time batch_opened = sim::Time::never();
    sim::Time batch_due = sim::Time::never();
    sim::Time retry_due = sim::Time::never();  // KARP-3

    sim::Time look_due = sim::Time::never();  // of its disruption loop
    std::vector<DisruptionCommand> decided;   // one at most: the loop waits for its validation
    sim::Time validation_due = sim::Time::never();
    std::vector<DisruptionCommand> commands;
    std::uint32_t commands_made = 0;
    KarpenterMemory memory;
    friend bool operator==(const KarpenterState&, const KarpenterState&) = default;

    const PoolNode* find(NodeId node) const {
        return node.slot < nodes.size() && nodes[node.slot].node == node ? &nodes[node.slot] : nullptr;
    }
    PoolNode* find(NodeId node) { return const_cast<PoolNode*>(std::as_const(*this).find(node)); }
};

}  // namespace eks
