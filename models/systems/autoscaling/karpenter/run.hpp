// What the parts of Karpenter tell each other in a run, and what wakes it.
#pragma once

#include "models/systems/autoscaling/karpenter/moment.hpp"
#include "models/systems/autoscaling/karpenter/solve.hpp"
#include "models/systems/turn.hpp"

#include <vector>

namespace eks::karpenter {

// KARP-35: from the making of a claim to its node.
inline constexpr sim::Duration registers_within = sim::Duration::microseconds(900'000'000);

// --- what the cluster tells it
void pod_found_no_node(const Spec& spec, World& world, Turn& turn, PodId pod);
void node_load_changes(const Spec& spec, World& world, Turn& turn, NodeId node);
void cluster_changes(const Spec& spec, World& world, Turn& turn);
void spot_interruption_noticed(const Spec& spec, World& world, Turn& turn, NodeId node);

// Its pod is ready, or it runs outside of what is simulated; and it knows what became of all that it asked EC2 for.
bool acts(const Spec& spec, const World& world);
bool is_synced(const World& world, sim::Time now);

// --- provisioning.cpp
// Pods wait for nodes, or their nodes go: a round is due (KARP-2).
enum class Trigger : std::uint8_t { new_object, known_object };
void trigger_round(const Spec& spec, World& world, Turn& turn, Trigger trigger);
// Whoever waits for a node asks, if no round is due anyway.
void ask_again(const Spec& spec, World& world, Turn& turn);

// --- launch.cpp
// What a claim may be launched as (KARP-30 to KARP-32), in any subnet of its zone: which one, says its launch.
std::vector<NodeShapeIx> launch_choices(const Spec& spec, const Moment& moment, const NewClaim& claim);
void make_claim(const Spec& spec, World& world, Turn& turn, PendingClaim claim);
// The claim is this node from now on, which still has to come up.
void claim_has_instance(const Spec& spec, World& world, Turn& turn, const PendingClaim& claim, NodeId node);
// Not to be had for a while (KARP-24).
void note_unavailable(const Spec& spec, World& world, NodeShapeIx shape, sim::Time now);
void forget_available(World& world, sim::Time now);

// --- termination.cpp
// The claim gets its deletion timestamp: the node is drained and its instance terminated (KARP-63).
void delete_claim(const Spec& spec, World& world, Turn& turn, NodeId node);
// Keeps new pods away, or no longer.
void set_disrupted(const Spec& spec, World& world, Turn& turn, NodeId node, bool is_disrupted);
void drain_at(World& world, Turn& turn, NodeId node, sim::Time at);

// --- disruption.cpp
// Something has changed that may let it take a node away: its loop looks at its next tick.
void wake_disruption(const Spec& spec, World& world, Turn& turn);
// The loop looks at its first tick from this instant on.
void look_at(const Spec& spec, World& world, Turn& turn, sim::Time at);

// --- commands.cpp
void carry_out_command(const Spec& spec, World& world, Turn& turn, DisruptionCommand command,
                       std::vector<PendingClaim> replacements);
// A node that replaces others is initialised, is not to be had, or time has passed: commands go on.
void commands_go_on(const Spec& spec, World& world, Turn& turn);
void replacement_failed(const Spec& spec, World& world, Turn& turn, std::uint32_t command);

}  // namespace eks::karpenter
