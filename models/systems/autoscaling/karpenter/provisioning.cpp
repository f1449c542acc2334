// Nodes for pods that wait (KARP-2 to KARP-14): triggers open a window, the window ends in a round, and the round in
// NodeClaims and in nominations. Nothing is bound: that is the scheduler's, once the nodes are there (GEN-2).
//
// That a round itself takes time is left out.
#include "models/systems/autoscaling/karpenter/run.hpp"
#include "models/systems/autoscaling/karpenter/solve.hpp"
#include "models/systems/handlers.hpp"

#include <algorithm>

namespace eks {

namespace karpenter {

namespace {

constexpr sim::Duration trigger_period = sim::Duration::microseconds(10'000'000);       // KARP-3
constexpr sim::Duration shortest_nomination = sim::Duration::microseconds(10'000'000);  // KARP-14

// KARP-12: what a pool has already exceeds one of its limits.
bool exceeds_limits(const Moment& moment, PoolIx pool) {
    const Round& round = *moment.round;
    const auto at = std::ranges::find(round.templates, pool, &ClaimTemplate::pool);
    if (at == round.templates.end()) return false;
    Quantities used(round.resources.count());
    for (const RoundNode& node : round.nodes) {
        if (node.look->pool != pool || node.is_being_deleted) continue;
        for (std::size_t r = 0; r < used.size(); ++r) used[r] += node.look->capacity[r];
    }
    for (std::size_t r = 0; r < used.size(); ++r) {
        if (at->limits[r] && used[r] > *at->limits[r]) return true;
    }
    return false;
}

void nominate(const Spec& spec, World& world, const Moment& moment, const Solution& solution, sim::Time now) {
    const sim::Duration lasts = std::max(2 * spec.karpenter.batch_longest, shortest_nomination);
    for (NodeIx n = 0; n < solution.on_nodes.size(); ++n) {
        if (solution.on_nodes[n].empty()) continue;
        if (PoolNode* node = world.karpenter.find(moment.nodes[n])) node->nominated_until = now + lasts;
    }
}

void make_claims(const Spec& spec, World& world, Turn& turn, const Moment& moment, const Solution& solution) {
    std::vector<std::optional<bool>> is_closed(spec.karpenter.pools.size());
    for (const NewClaim& claim : solution.claims) {
        std::optional<bool>& closed = is_closed[claim.pool];
        if (!closed) closed = exceeds_limits(moment, claim.pool);
        if (*closed) continue;
        PendingClaim pending;
        pending.pool = claim.pool;
        pending.pods = static_cast<std::uint32_t>(claim.pods.size());
        pending.choices = launch_choices(spec, moment, claim);
        if (!pending.choices.empty()) make_claim(spec, world, turn, std::move(pending));
    }
}

void note_unschedulable(World& world, Turn& turn, std::size_t pods) {
    const auto now = static_cast<std::int32_t>(pods);
    if (now == world.karpenter.unschedulable) return;
    turn.note(UnschedulablePodsFact{now - world.karpenter.unschedulable});
    world.karpenter.unschedulable = now;
}

void run_round(const Spec& spec, World& world, Turn& turn) {
    forget_available(world, turn.now());
    const Moment moment = look_at_cluster(spec, world, turn.now(), BoundPods::of_nodes_that_go);
    WhatIf what_if;
    what_if.pods = moment.waiting;
    what_if.pods.insert(what_if.pods.end(), moment.moving.begin(), moment.moving.end());
    if (what_if.pods.empty()) return note_unschedulable(world, turn, 0);
    what_if.is_gone.resize(moment.nodes.size());
    what_if.is_unsettled.resize(moment.nodes.size());
    const Solution solution = solve(*moment.round, what_if);
    nominate(spec, world, moment, solution, turn.now());
    make_claims(spec, world, turn, moment, solution);
    note_unschedulable(world, turn, solution.unplaced.size());
    // KARP-3: those that still wait then ask again.
    world.karpenter.retry_due = std::max(world.karpenter.batch_opened + trigger_period, turn.now());
    turn.at(world.karpenter.retry_due, KarpenterRound{});
}

void close_window_at(World& world, Turn& turn, sim::Time at) {
    if (world.karpenter.batch_due == at) return;
    world.karpenter.batch_due = at;
    turn.at(at, KarpenterRound{});
}

}  // namespace

bool acts(const Spec& spec, const World& world) {
    const WorkloadIx pods = spec.karpenter.pods;
    return spec.karpenter.is_there() && (!pods.valid() || world[pods].ready > 0);
}

bool is_synced(const World& world, sim::Time now) {
    return world.karpenter.claims.empty() && world.karpenter.synced_at <= now;
}

void trigger_round(const Spec& spec, World& world, Turn& turn, Trigger trigger) {
    KarpenterState& state = world.karpenter;
    if (!acts(spec, world)) return;
    if (state.batch_opened == sim::Time::never())
        state.batch_opened = turn.now();
    else if (trigger == Trigger::known_object)
        return;
    const sim::Time idle = turn.now() + spec.karpenter.batch_idle;
    close_window_at(world, turn, std::min(idle, state.batch_opened + spec.karpenter.batch_longest));
}

void ask_again(const Spec& spec, World& world, Turn& turn) {
    KarpenterState& state = world.karpenter;
    if (!acts(spec, world) || state.batch_opened != sim::Time::never() || state.retry_due != sim::Time::never()) return;
    const auto waits = [&](const auto& ids, auto id_of) {
        return std::ranges::any_of(ids, [&](const auto& each) {
            const eks::Pod* pod = world.pods.find(id_of(each));
            return pod != nullptr && is_provisionable(spec, *pod);
        });
    };
    const auto itself = [](PodId id) { return id; };
    const auto goes = [](const PoolNode& node) { return node.node.valid() && node.is_disrupted; };
    if (waits(world.scheduler.unschedulable, itself) || waits(world.scheduler.backoff, itself) ||
        waits(world.scheduler.active, [](const QueuedPod& queued) { return queued.pod; }) ||
        std::ranges::any_of(state.nodes, goes))
        trigger_round(spec, world, turn, Trigger::known_object);
}

void pod_found_no_node(const Spec& spec, World& world, Turn& turn, PodId pod) {
    if (!spec.karpenter.is_there() || spec[world.pods[pod].workload].kind == WorkloadKind::daemon_set) return;
    // KARP-2: it asks for the first time. This failure itself is not counted yet.
    const bool is_new = world.pods[pod].refusals == 0 && world.pods[pod].errors == 0;
    trigger_round(spec, world, turn, is_new ? Trigger::new_object : Trigger::known_object);
}

}  // namespace karpenter

void on(const Spec& spec, World& world, Turn& turn, const KarpenterRound&) {
    KarpenterState& state = world.karpenter;
    if (state.batch_due == turn.now()) {
        state.batch_due = sim::Time::never();
        // Without knowing all of its nodes it decides nothing; who waits asks again.
        if (karpenter::acts(spec, world) && karpenter::is_synced(world, turn.now())) {
            karpenter::run_round(spec, world, turn);
        } else {
            state.retry_due = std::max(state.batch_opened + karpenter::trigger_period, turn.now());
            turn.at(state.retry_due, KarpenterRound{});
        }
        state.batch_opened = sim::Time::never();
        return;
    }
    if (state.retry_due != turn.now()) return;
    state.retry_due = sim::Time::never();
    karpenter::ask_again(spec, world, turn);
}

}  // namespace eks
