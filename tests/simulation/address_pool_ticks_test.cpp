// The sleeping pool loop against two slow and obvious ones: the same decisions made at every tick of five seconds,
// asleep or not; and, where no choice among ENIs is left, a reference of a few lines that is written from the rules
// alone.
#include "libsim/random.hpp"
#include "models/systems/network/address_pool.hpp"
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

// --- every tick forced

// Runs to `end` and wakes the loop of every node at every instant at which the real one would tick.
void run_with_every_tick(TinyRun& run, sim::Duration end) {
    for (;;) {
        sim::Time next = sim::Time::never();
        for (const auto& [id, node] : run.world().nodes) {
            if (node.ipamd.step != PoolStep::resting || !node.cni.serves) continue;
            next = std::min(next, sim::next_tick(std::max(run.now(), node.ipamd.free_at), node.ipamd.phase,
                                                 run.spec().cni_constants.pool_interval));
        }
        const sim::Time step = run.now() + 1_s;  // a busy loop is looked at again soon
        if (std::min(next, step) >= at(end)) break;
        run.simulation().run_until(std::min(next, step));
        if (run.now() != next) continue;
        run.simulation().apply([&](const Spec& spec, World& world, Turn& turn) {
            for (const auto& [id, node] : world.nodes) {
                if (node.ipamd.step != PoolStep::resting || !node.cni.serves || node.ipamd.free_at > turn.now())
                    continue;
                if (sim::next_tick(turn.now(), node.ipamd.phase, spec.cni_constants.pool_interval) != turn.now())
                    continue;
                if (node.ipamd.wakes_at == turn.now()) continue;
                world.nodes[id].ipamd.wakes_at = turn.now();
                world.nodes[id].ipamd.wakes_to_reconcile = false;
                turn.at(turn.now(), PoolTick{id});
            }
        });
        // Up to the next microsecond, so that the same tick is not met twice.
        run.simulation().run_until(run.now() + 1_us);
    }
    run.until(end);
}

struct PoolChange {
    sim::Time at;
    std::uint32_t node = 0;
    std::int32_t enis = 0;
    std::int32_t added = 0;
    std::int32_t dropped = 0;
    friend bool operator==(const PoolChange&, const PoolChange&) = default;
};

std::vector<PoolChange> pool_history(const TinyRun& run) {
    std::vector<PoolChange> history;
    for (const Recorder::Entry& entry : run.facts()) {
        if (const auto* eni = std::get_if<EniFact>(&entry.fact))
            history.push_back({entry.at, eni->node.slot, eni->change, 0, 0});
        if (const auto* more = std::get_if<AddressesAddedFact>(&entry.fact))
            history.push_back({entry.at, more->node.slot, 0, more->count, 0});
        if (const auto* less = std::get_if<AddressesDroppedFact>(&entry.fact))
            history.push_back({entry.at, less->node.slot, 0, 0, less->free + less->cooling});
    }
    return history;
}

TEST(SleepingPoolLoop, MissesNothingThatALoopWithEveryTickWouldDo) {
    struct Targets {
        std::int32_t enis, ips, minimum;
    };
    for (const auto& [enis, ips, minimum] :
         {Targets{1, 0, 0}, Targets{0, 0, 0}, Targets{2, 0, 0}, Targets{1, 2, 0}, Targets{1, 3, 8}, Targets{1, 0, 6}}) {
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            SCOPED_TRACE("WARM_ENI_TARGET " + std::to_string(enis) + " WARM_IP_TARGET " + std::to_string(ips) +
                         " MINIMUM_IP_TARGET " + std::to_string(minimum) + " seed " + std::to_string(seed));
            TinyCluster c;
            c.set_subnet(seed % 2 == 0 ? 20 : 26);
            c.add_nodes(2, {.max_enis = 4, .ipv4_per_eni = 6});
            c.spec.cni.warm_eni_target = enis;
            c.spec.cni.warm_ip_target = ips;
            c.spec.cni.minimum_ip_target = minimum;
            c.spec.latencies.eni_visible = default_latencies(false).eni_visible;
            const WorkloadIx web = c.add_deployment("web", 6);
            c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(20_s));
            for (std::uint64_t n = 0; n < 12; ++n) {
                const auto pods = static_cast<std::int32_t>(sim::draw_below({seed, 0}, {900, 0, n, 0}, 36));
                c.scale_at(sim::Duration::seconds(47 * static_cast<std::int64_t>(n) + 11), web, pods);
            }
            TinyRun sleeping = c.start(seed);
            TinyRun ticking = sleeping;
            sleeping.until(15_min);
            run_with_every_tick(ticking, 15_min);
            EXPECT_EQ(pool_history(sleeping), pool_history(ticking));
            EXPECT_LT(sleeping.simulation().events(), ticking.simulation().events());
        }
    }
}

// --- a reference from the rules

// One ENI, warm IP targets: nothing is left to chance. Ticks each five seconds after the work of the tick before
// (IPAM-60), short and over by IPAM-41, one assignment a pass of at most the room that is left (IPAM-66), releases more
// than 30 s apart (IPAM-63). `assigned_at` is what the pods did.
std::vector<PoolChange> reference_history(std::int32_t warm, std::int32_t minimum, std::int32_t room,
                                          std::int32_t total, sim::Time tick, sim::Time end,
                                          const std::vector<std::pair<sim::Time, std::int32_t>>& assigned_at) {
    std::vector<PoolChange> history;
    std::int64_t last_decrease_us = -1'000'000'000;
    while (tick < end) {
        std::int32_t assigned = 0;
        for (const auto& [when, change] : assigned_at) assigned += when <= tick ? change : 0;
        const std::int32_t available = total - assigned;
        const std::int32_t needed = std::max({warm - available, 0, minimum - total});
        const std::int32_t over = std::max(std::min(std::max(available - warm, 0), total - minimum), 0);
        sim::Duration work = sim::Duration::zero();
        if (needed > 0 && total < room) {
            work = 300_ms;
            const std::int32_t count = std::min(needed, room - total);
            total += count;
            if (tick + work < end) history.push_back({tick + work, 0, 0, count, 0});
        } else if (needed == 0 && over > 0 && tick.us() - last_decrease_us > 30'000'000) {
            work = 300_ms;
            total -= over;
            last_decrease_us = (tick + work).us();  // IPAM-62 (4): at the end of the pass
            history.push_back({tick, 0, 0, 0, over});
        }
        tick += work + 5_s;
    }
    return history;
}

TEST(SleepingPoolLoop, DoesWhatAReferenceWrittenFromTheRulesDoes) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const auto pick = [&](std::uint64_t what, std::uint64_t bound) {
            return static_cast<std::int32_t>(sim::draw_below({seed, 0}, {901, what, 0, 0}, bound));
        };
        TinyCluster c;
        c.add_nodes(1, {.max_enis = 1, .ipv4_per_eni = 31});
        c.spec.cni.warm_ip_target = 1 + pick(1, 5);
        c.spec.cni.minimum_ip_target = pick(2, 12);
        const WorkloadIx web = c.add_deployment("web", pick(3, 20));
        for (std::uint64_t n = 0; n < 20; ++n)
            c.scale_at(sim::Duration::milliseconds(3'000 + 17'300 * static_cast<std::int64_t>(n)), web,
                       pick(10 + n, 28));
        TinyRun run = c.start(seed);
        const std::int32_t total = run.the_pool().total;
        const sim::Time first_tick = at(run.the_node().ipamd.phase);
        run.until(10_min);

        std::vector<std::pair<sim::Time, std::int32_t>> assigned;
        for (const auto& fact : run.all<AddressAssignedFact>()) assigned.emplace_back(fact.at, +1);
        for (const auto& fact : run.all<AddressReleasedFact>()) assigned.emplace_back(fact.at, -1);
        std::vector<PoolChange> seen;
        for (PoolChange change : pool_history(run)) {
            if (change.at == sim::Time::origin()) continue;
            change.node = 0;
            seen.push_back(change);
        }
        EXPECT_EQ(seen, reference_history(run.spec().cni.warm_ip_target, run.spec().cni.minimum_ip_target, 30, total,
                                          first_tick, at(10_min), assigned));
        EXPECT_GE(seen.size(), 4U);
    }
}

}  // namespace
}  // namespace eks::testing
