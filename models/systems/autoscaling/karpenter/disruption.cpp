// The loop that takes nodes away (KARP-40): emptiness, drift, consolidation of several nodes, of one. The first that
// finds something ends the pass. What consolidation decides waits 15 s and is looked at again (KARP-46).
//
// A loop that would find nothing new sleeps until something changes, or until time alone lets it find something: the
// look that Karpenter takes every five minutes in any case finds no more (KARP-56). A pass takes no simulated time, so
// that its limits of one and three minutes are never met (KARP-54, KARP-55).
#include "models/spec/streams.hpp"
#include "models/systems/autoscaling/karpenter/balanced.hpp"
#include "models/systems/autoscaling/karpenter/candidates.hpp"
#include "models/systems/autoscaling/karpenter/pool_budgets.hpp"
#include "models/systems/autoscaling/karpenter/run.hpp"
#include "models/systems/handlers.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace eks {

namespace karpenter {

namespace {

constexpr sim::Duration loop_period = sim::Duration::microseconds(10'000'000);
constexpr sim::Duration before_validation = sim::Duration::microseconds(15'000'000);

sim::Duration phase_of_loop(Turn& turn) {
    const double unit = sim::draw_unit(turn.key(), {stream::karpenter_phase, 0, 0, 0});
    return sim::Duration::microseconds(static_cast<std::int64_t>(unit * static_cast<double>(loop_period.us())));
}

constexpr DisruptionReason reason_of(DisruptionMethod method) {
    if (method == DisruptionMethod::emptiness) return DisruptionReason::empty;
    return method == DisruptionMethod::drift ? DisruptionReason::drifted : DisruptionReason::underutilized;
}

// Whether any node could be taken away now, before anything is worked out.
bool has_candidate(const Spec& spec, const World& world, sim::Time now) {
    return std::ranges::any_of(world.karpenter.nodes, [&](const PoolNode& node) {
        return node.node.valid() && node.is_initialized() && !node.is_disrupted && node.nominated_until <= now &&
               (node.drifted <= now || consolidatable_at(spec, node) <= now);
    });
}

class Pass {
  public:
    Pass(const Spec& spec, World& world, Turn& turn)
        : spec_(spec),
          world_(world),
          turn_(turn),
          now_(turn.now()),
          moment_(look_at_cluster(spec, world, now_, BoundPods::all)),
          allowed_(allowed_now(spec, world, now_)) {}

    // Whether something was decided, or is carried out already.
    bool run() {
        candidates_ = consolidatable(spec_, world_, moment_, now_);
        order_candidates(spec_, world_, moment_, now_, candidates_);
        return remove_empty() || replace_drifted() || consolidate();
    }

  private:
    std::int64_t& allowed(PoolIx pool, DisruptionReason reason) {
        return allowed_[pool][static_cast<std::size_t>(reason)];
    }

    static DisruptionCommand command_of(DisruptionMethod method, const std::vector<RunCandidate>& candidates) {
        DisruptionCommand command;
        command.method = method;
        for (const RunCandidate& candidate : candidates) command.nodes.push_back(candidate.node);
        return command;
    }

    bool decide(DisruptionCommand command) {
        KarpenterState& state = world_.karpenter;
        state.decided.push_back(std::move(command));
        state.validation_due = now_ + before_validation;
        turn_.at(state.validation_due, KarpenterValidation{});
        return true;
    }

    std::vector<RunCandidate> within_budgets(const std::vector<RunCandidate>& from, DisruptionReason reason) {
        Allowed left = allowed_;
        std::vector<RunCandidate> taken;
        for (const RunCandidate& candidate : from) {
            std::int64_t& count = left[candidate.pool][static_cast<std::size_t>(reason)];
            if (count == 0) continue;
            --count;
            taken.push_back(candidate);
        }
        return taken;
    }

    // KARP-50
    bool remove_empty() {
        std::vector<RunCandidate> empty;
        std::ranges::copy_if(candidates_, std::back_inserter(empty), &RunCandidate::is_empty);
        empty = within_budgets(empty, DisruptionReason::empty);
        return !empty.empty() && decide(command_of(DisruptionMethod::emptiness, empty));
    }

    // KARP-60
    bool replace_drifted() {
        const std::vector<RunCandidate> all = drifted(spec_, world_, moment_, now_);
        std::vector<RunCandidate> empty;
        std::ranges::copy_if(all, std::back_inserter(empty), &RunCandidate::is_empty);
        empty = within_budgets(empty, DisruptionReason::drifted);
        if (!empty.empty()) {
            turn_.note(DisruptionDecidedFact{DisruptionMethod::drift, false});
            carry_out_command(spec_, world_, turn_, command_of(DisruptionMethod::drift, empty), {});
            return true;
        }
        const Consolidator consolidator(*moment_.round, plain(all), unsettled_nodes(spec_, world_, moment_, now_),
                                        now_.us());
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (allowed(all[i].pool, DisruptionReason::drifted) == 0) continue;
            const auto solution = consolidator.without({i});
            if (!solution) continue;
            std::vector<PendingClaim> replacements;
            for (const NewClaim& claim : solution->claims) {
                PendingClaim pending;
                pending.pool = claim.pool;
                pending.reason = ClaimReason::drifted;
                pending.pods = static_cast<std::uint32_t>(claim.pods.size());
                pending.choices = launch_choices(spec_, moment_, claim);
                replacements.push_back(std::move(pending));
            }
            turn_.note(DisruptionDecidedFact{DisruptionMethod::drift, !replacements.empty()});
            carry_out_command(spec_, world_, turn_, command_of(DisruptionMethod::drift, {all[i]}),
                              std::move(replacements));
            return true;
        }
        return false;
    }

    bool consolidate() {
        std::vector<RunCandidate> worth;
        std::ranges::copy_if(candidates_, std::back_inserter(worth), [&](const RunCandidate& candidate) {
            return !candidate.is_empty() && spec_.karpenter.pools[candidate.pool].policy != NodePoolPolicy::when_empty;
        });
        if (worth.empty()) return false;
        const std::vector<bool> unsettled = unsettled_nodes(spec_, world_, moment_, now_);
        // KARP-54
        const std::vector<RunCandidate> together = within_budgets(worth, DisruptionReason::underutilized);
        const Consolidator of_several(*moment_.round, plain(together), unsettled, now_.us());
        if (consider(of_several.multi(), together, DisruptionMethod::multi_node)) return true;
        // KARP-55
        const std::vector<RunCandidate> in_turn = interleaved(worth);
        const Consolidator of_one(*moment_.round, plain(in_turn), unsettled, now_.us());
        std::set<std::vector<std::int64_t>> came_to_nothing;
        for (std::size_t i = 0; i < in_turn.size(); ++i) {
            if (allowed(in_turn[i].pool, DisruptionReason::underutilized) == 0) continue;
            const auto like = of_one.class_of(i);
            if (like && !came_to_nothing.insert(*like).second) continue;
            if (consider(of_one.single(i), in_turn, DisruptionMethod::single_node)) return true;
        }
        return false;
    }

    // One of each pool in turn. Which pool comes first is a matter of a map's order: that of its best candidate here.
    static std::vector<RunCandidate> interleaved(const std::vector<RunCandidate>& candidates) {
        std::vector<std::pair<PoolIx, std::deque<RunCandidate>>> queues;
        for (const RunCandidate& candidate : candidates) {
            auto queue = std::ranges::find(queues, candidate.pool, [](const auto& entry) { return entry.first; });
            if (queue == queues.end()) queue = queues.insert(queues.end(), {candidate.pool, {}});
            queue->second.push_back(candidate);
        }
        std::vector<RunCandidate> order;
        while (order.size() < candidates.size()) {
            for (auto& [pool, queue] : queues) {
                if (queue.empty()) continue;
                order.push_back(queue.front());
                queue.pop_front();
            }
        }
        return order;
    }

    bool consider(const Consolidation& found, const std::vector<RunCandidate>& from, DisruptionMethod method) {
        if (found.action == ConsolidationAction::none) return false;
        std::vector<RunCandidate> gone;
        for (const NodeIx node : found.nodes)
            gone.push_back(*std::ranges::find(from, node, [](const RunCandidate& c) { return c.what.node; }));
        DisruptionCommand command = command_of(method, gone);
        if (found.action == ConsolidationAction::replace) {
            command.replacements = 1;
            command.pool = found.replacement.pool;
            command.types.assign(found.replacement.types.begin(), found.replacement.types.end());
            command.choices = launch_choices(spec_, moment_, found.replacement);
            if (command.choices.empty()) return false;
        }
        return is_approved(gone, command) && decide(std::move(command));
    }

    // KARP-57
    bool is_approved(const std::vector<RunCandidate>& gone, const DisruptionCommand& command) const {
        std::map<PoolIx, PoolShare> moved;
        double price = 0;
        for (const RunCandidate& candidate : gone) {
            moved[candidate.pool].price += candidate.what.price;
            moved[candidate.pool].disruption += candidate.what.cost;
            price += candidate.what.price;
        }
        double savings = price;
        if (command.replacements > 0)
            savings -= static_cast<double>(spec_[command.choices.front()].price_per_hour_micro_usd) /
                       static_cast<double>(micro_usd_per_usd);
        return std::ranges::all_of(moved, [&](const auto& entry) {
            const auto& [pool, share] = entry;
            if (spec_.karpenter.pools[pool].policy != NodePoolPolicy::balanced) return true;
            const double of_pool = price > 0 ? savings * (share.price / price) : 0;
            return is_worth_moving(of_pool, share, whole_of(pool));
        });
    }

    PoolShare whole_of(PoolIx pool) const {
        PoolShare whole;
        for (NodeIx n = 0; n < moment_.nodes.size(); ++n) {
            const PoolNode* node = world_.karpenter.find(moment_.nodes[n]);
            if (node == nullptr || node->pool != pool) continue;
            whole.price += static_cast<double>(spec_[world_.nodes[node->node].shape].price_per_hour_micro_usd) /
                           static_cast<double>(micro_usd_per_usd);
            whole.disruption += 1;
        }
        for (PodIx p = 0; p < moment_.pods.size(); ++p) {
            const auto place = moment_.round->node_of_pod[p];
            const Pod& pod = moment_.round->pods[p];
            if (!place || moment_.round->nodes[*place].look->pool != pool || !is_reschedulable(pod)) continue;
            whole.disruption += std::max(0.0, eviction_cost(pod));
        }
        return whole;
    }

    const Spec& spec_;
    World& world_;
    Turn& turn_;
    sim::Time now_;
    Moment moment_;
    Allowed allowed_;
    std::vector<RunCandidate> candidates_;
};

void look_exactly_at(World& world, Turn& turn, sim::Time at) {
    if (world.karpenter.look_due <= at) return;
    world.karpenter.look_due = at;
    turn.at(at, KarpenterLook{});
}

// When time alone may let a node go, or ends the patience with a command (KARP-47).
sim::Time next_chance(const Spec& spec, const World& world, sim::Time now) {
    sim::Time next = sim::Time::never();
    const auto consider = [&](sim::Time at) {
        if (at > now) next = std::min(next, at);
    };
    for (const DisruptionCommand& command : world.karpenter.commands) consider(command.gives_up);
    bool has_nodes = false;
    for (const PoolNode& node : world.karpenter.nodes) {
        if (!node.node.valid() || node.is_disrupted || !node.is_initialized()) continue;
        has_nodes = true;
        consider(consolidatable_at(spec, node));
        consider(node.nominated_until);
        for (PodId p = world.nodes[node.node].first_pod; p.valid(); p = world.pods[p].next_on_node) {
            const sim::Duration kept = spec[world.pods[p].pod_template].keeps_node_for;
            if (kept != sim::Duration::zero() && kept != sim::Duration::max() &&
                world.pods[p].started != sim::Time::origin())
                consider(world.pods[p].started + kept);
        }
    }
    if (!has_nodes) return next;
    for (const UnavailableOffer& offer : world.karpenter.unavailable) consider(offer.until);
    constexpr std::int64_t us_per_second = 1'000'000;
    const std::int64_t start_us = spec.start_unix_seconds * us_per_second;
    for (const eks::NodePool& pool : spec.karpenter.pools) {
        if (const auto change = next_budget_change(pool.budgets, start_us + now.us()))
            consider(sim::Time::at(sim::Duration::microseconds(*change - start_us)));
    }
    return next;
}

// --- validation

// Of the nodes that were chosen, those that are candidates still, within the budgets of now.
std::vector<RunCandidate> still_candidates(const Spec& spec, const World& world, const Moment& moment, sim::Time now,
                                           const DisruptionCommand& command) {
    Allowed left = allowed_now(spec, world, now);
    std::vector<RunCandidate> still;
    for (const RunCandidate& candidate : consolidatable(spec, world, moment, now)) {
        if (std::ranges::find(command.nodes, candidate.node) == command.nodes.end()) continue;
        std::int64_t& count = left[candidate.pool][static_cast<std::size_t>(reason_of(command.method))];
        if (count == 0) continue;
        --count;
        still.push_back(candidate);
    }
    return still;
}

bool finds_the_same(const Spec& spec, const World& world, const Moment& moment, sim::Time now,
                    const std::vector<RunCandidate>& still, const DisruptionCommand& command) {
    if (still.size() != command.nodes.size()) return false;
    std::vector<std::size_t> all(still.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    const Consolidator consolidator(*moment.round, plain(still), unsettled_nodes(spec, world, moment, now), now.us());
    const auto solution = consolidator.without(all);
    if (!solution || solution->claims.size() != command.replacements) return false;
    return command.replacements == 0 || std::ranges::all_of(command.types, [&](TypeIx type) {
               const std::vector<TypeIx>& types = solution->claims.front().types;
               return std::ranges::find(types, type) != types.end();
           });
}

bool validate(const Spec& spec, World& world, Turn& turn, DisruptionCommand command) {
    const Moment moment = look_at_cluster(spec, world, turn.now(), BoundPods::all);
    const std::vector<RunCandidate> still = still_candidates(spec, world, moment, turn.now(), command);
    if (command.method == DisruptionMethod::emptiness) {
        command.nodes.clear();
        for (const RunCandidate& candidate : still) {
            if (candidate.is_empty()) command.nodes.push_back(candidate.node);
        }
        if (command.nodes.empty()) return false;
    } else if (!finds_the_same(spec, world, moment, turn.now(), still, command)) {
        return false;
    }
    turn.note(DisruptionDecidedFact{command.method, command.replacements > 0});
    std::vector<PendingClaim> replacements;
    if (command.replacements > 0) {
        PendingClaim pending;
        pending.pool = command.pool;
        pending.reason = ClaimReason::underutilized;
        pending.choices = command.choices;
        replacements.push_back(std::move(pending));
    }
    carry_out_command(spec, world, turn, std::move(command), std::move(replacements));
    return true;
}

}  // namespace

void look_at(const Spec& spec, World& world, Turn& turn, sim::Time at) {
    if (!spec.karpenter.is_there() || at == sim::Time::never()) return;
    look_exactly_at(world, turn, sim::next_tick(at, phase_of_loop(turn), loop_period));
}

void wake_disruption(const Spec& spec, World& world, Turn& turn) { look_at(spec, world, turn, turn.now()); }

}  // namespace karpenter

void on(const Spec& spec, World& world, Turn& turn, const KarpenterLook&) {
    KarpenterState& state = world.karpenter;
    if (state.look_due != turn.now()) return;
    state.look_due = sim::Time::never();
    karpenter::commands_go_on(spec, world, turn);
    // The loop waits for its own validation.
    if (!karpenter::acts(spec, world) || !state.decided.empty()) return;
    // What it asked EC2 for is not answered yet.
    constexpr sim::Duration unsynced_pause = sim::Duration::microseconds(1'000'000);
    if (!karpenter::is_synced(world, turn.now()))
        return karpenter::look_exactly_at(world, turn, turn.now() + unsynced_pause);
    karpenter::forget_available(world, turn.now());
    bool has_decided = false;
    if (karpenter::has_candidate(spec, world, turn.now())) has_decided = karpenter::Pass(spec, world, turn).run();
    // KARP-40: after a command at once.
    if (has_decided) return karpenter::look_exactly_at(world, turn, turn.now());
    karpenter::look_at(spec, world, turn, karpenter::next_chance(spec, world, turn.now()));
}

void on(const Spec& spec, World& world, Turn& turn, const KarpenterValidation&) {
    KarpenterState& state = world.karpenter;
    if (state.validation_due != turn.now()) return;
    state.validation_due = sim::Time::never();
    DisruptionCommand command = std::move(state.decided.front());
    state.decided.clear();
    const bool is_carried_out = karpenter::acts(spec, world) && karpenter::is_synced(world, turn.now()) &&
                                karpenter::validate(spec, world, turn, std::move(command));
    if (is_carried_out) return karpenter::look_exactly_at(world, turn, turn.now());
    // KARP-55: a failed validation ends the pass.
    constexpr sim::Duration next = sim::Duration::microseconds(1);
    karpenter::look_at(spec, world, turn, turn.now() + next);
}

}  // namespace eks
