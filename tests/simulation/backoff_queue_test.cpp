// Who is taken out of the scheduler's back-off queue early, held against the rule read off the rows of the pods.
#include "models/systems/scheduling/filters.hpp"
#include "models/systems/scheduling/queue.hpp"
#include "tests/support/tiny_cluster.hpp"

#include <tuple>

namespace eks::testing {
namespace {

// SCHED-3: the first by expiry, then by priority, then by how long it waits.
PodId first_by_the_rule(const Spec& spec, const World& world) {
    return *std::ranges::min_element(world.scheduler.backoff, {}, [&](PodId id) {
        const Pod& pod = world.pods[id];
        return std::tuple(pod.errors > 0, pod.backoff_until, -spec[pod.pod_template].priority, pod.queued_since, id);
    });
}

// Three kinds of pods, of which nearly all wait: the node has room for one.
TinyCluster crowded() {
    TinyCluster c;
    c.add_nodes(1);
    for (const std::int32_t priority : {0, 5, -3}) {
        PodTemplate pod = TinyCluster::serving_pod(1500);
        pod.priority = priority;
        pod.may_preempt = false;
        const WorkloadIx ix = c.add_deployment("of-" + std::to_string(priority), 2, pod);
        c.scale_at(sim::Duration::seconds(10 + priority), ix, 6);
        c.scale_at(sim::Duration::seconds(40 + priority), ix, 3);
        c.scale_at(sim::Duration::seconds(50 + priority), ix, 8);
    }
    return c;
}

TEST(BackoffQueue, GivesOutTheFirstByTheRule) {
    TinyRun run = crowded().start();
    int compared = 0;
    for (int second = 1; second <= 120; ++second) {
        run.until(sim::Duration::seconds(second) + 137_ms);
        run.apply([&](const Spec& spec, World& world, Turn& turn) {
            wake_pool(spec, world, turn, ClusterChange::pod_gone, world.node_order.front());
            std::vector<PodId> taken;
            while (!world.scheduler.active.empty()) {
                const PodId id = pop_next(spec, world, turn);
                if (id.valid()) taken.push_back(id);
            }
            // Some stay, so that what is known of the queue has to hold for the next time.
            for (std::size_t few = world.scheduler.backoff.size() / 2; few > 0; --few) {
                const PodId expected = first_by_the_rule(spec, world);
                const PodId id = pop_next(spec, world, turn);
                ASSERT_EQ(id, expected) << "after " << second << " s";
                taken.push_back(id);
                ++compared;
            }
            for (const PodId id : taken)
                requeue_refused(spec, world, turn, id, WaitCause::unschedulable_node_resources_fit,
                                bit(Filter::node_resources_fit));
        });
    }
    EXPECT_GT(compared, 200);
}

// What is remembered of the queue says nothing of its own: a copy starts without it and goes on the same way.
TEST(BackoffQueue, ACopyGoesOnAsTheRunThatItWasCopiedFrom) {
    TinyRun run = crowded().start();
    std::vector<TinyRun> copies;
    for (const int second : {12, 43, 55}) {
        run.until(sim::Duration::seconds(second));
        copies.push_back(run);
    }
    run.until(2_min);
    for (TinyRun& copy : copies) {
        copy.until(2_min);
        EXPECT_TRUE(copy == run);
    }
}

}  // namespace
}  // namespace eks::testing
