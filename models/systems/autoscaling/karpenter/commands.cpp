// A command on its way (KARP-47): the nodes are tainted, replacements are launched and waited for, and only then the
// nodes' claims are deleted. Where a replacement fails, or time is up, all is as before.
#include "models/systems/autoscaling/karpenter/run.hpp"

#include <algorithm>

namespace eks::karpenter {

namespace {

constexpr sim::Duration for_each_command = sim::Duration::microseconds(80'000);
constexpr sim::Duration shortest_patience = sim::Duration::microseconds(600'000'000);
constexpr sim::Duration longest_patience = sim::Duration::microseconds(3'600'000'000);

DisruptedFor why_of(DisruptionMethod method) {
    if (method == DisruptionMethod::emptiness) return DisruptedFor::empty;
    return method == DisruptionMethod::drift ? DisruptedFor::drifted : DisruptedFor::underutilized;
}

void undo(const Spec& spec, World& world, Turn& turn, const DisruptionCommand& command) {
    for (const NodeId id : command.nodes) {
        PoolNode* node = world.karpenter.find(id);
        if (node == nullptr || node->is_deleted()) continue;
        node->command = 0;
        set_disrupted(spec, world, turn, id, false);
    }
}

enum class Progress : std::uint8_t { waits, is_ready, has_failed };

Progress progress_of(const World& world, const DisruptionCommand& command, sim::Time now) {
    if (command.gives_up <= now) return Progress::has_failed;
    if (command.launched.size() < command.replacements) return Progress::waits;
    Progress progress = Progress::is_ready;
    for (const NodeId id : command.launched) {
        const PoolNode* node = world.karpenter.find(id);
        if (node == nullptr || node->is_deleted()) return Progress::has_failed;
        if (!node->is_initialized()) progress = Progress::waits;
    }
    return progress;
}

}  // namespace

void carry_out_command(const Spec& spec, World& world, Turn& turn, DisruptionCommand command,
                       std::vector<PendingClaim> replacements) {
    KarpenterState& state = world.karpenter;
    command.number = ++state.commands_made;
    command.replacements = static_cast<std::uint32_t>(replacements.size());
    const auto commands = static_cast<std::int64_t>(state.commands.size() + 1);
    command.gives_up = turn.now() + std::clamp(for_each_command * commands, shortest_patience, longest_patience);
    for (const NodeId id : command.nodes) {
        PoolNode* node = state.find(id);
        node->command = command.number;
        turn.note(NodeClaimDisruptedFact{node->pool, why_of(command.method)});
        set_disrupted(spec, world, turn, id, true);
    }
    for (PendingClaim& claim : replacements) {
        claim.command = command.number;
        make_claim(spec, world, turn, std::move(claim));
    }
    if (command.replacements > 0) look_at(spec, world, turn, command.gives_up);
    state.commands.push_back(std::move(command));
    commands_go_on(spec, world, turn);
}

void commands_go_on(const Spec& spec, World& world, Turn& turn) {
    KarpenterState& state = world.karpenter;
    for (std::size_t i = 0; i < state.commands.size();) {
        const Progress progress = progress_of(world, state.commands[i], turn.now());
        if (progress == Progress::waits) {
            ++i;
            continue;
        }
        const DisruptionCommand command = state.commands[i];
        state.commands.erase(state.commands.begin() + static_cast<std::ptrdiff_t>(i));
        if (progress == Progress::has_failed) {
            undo(spec, world, turn, command);
            continue;
        }
        for (const NodeId id : command.nodes) {
            if (state.find(id) != nullptr) delete_claim(spec, world, turn, id);
        }
    }
}

void replacement_failed(const Spec& spec, World& world, Turn& turn, std::uint32_t number) {
    std::vector<DisruptionCommand>& commands = world.karpenter.commands;
    const auto found = std::ranges::find(commands, number, &DisruptionCommand::number);
    if (found == commands.end()) return;
    const DisruptionCommand command = *found;
    commands.erase(found);
    undo(spec, world, turn, command);
}

}  // namespace eks::karpenter
