// Instances that end at random instants in random clusters of either CNI, launching ones and such as are in the middle
// of something: nothing that is left breaks what must hold, and in the end nothing is left (IPAM-132, NODE-6, PODGC-2).
#include "tests/support/invariant_watch.hpp"
#include "tests/support/tiny_cluster.hpp"

#include <cstdlib>
#include <set>

namespace eks::testing {
namespace {

constexpr std::uint32_t choices = 903;

std::int64_t below(std::uint64_t seed, std::uint64_t n, std::int64_t bound) {
    return static_cast<std::int64_t>(sim::draw_below({seed, 0}, {choices, 0, n, 0}, static_cast<std::uint64_t>(bound)));
}

struct Chosen {
    TinyCluster c;
    WorkloadIx web;
};

Chosen some_cluster(std::uint64_t seed) {
    std::uint64_t n = 0;
    const auto one_in = [&](std::int64_t of) { return below(seed, n++, of) == 0; };
    const auto between = [&](std::int64_t least, std::int64_t most) {
        return static_cast<std::int32_t>(least + below(seed, n++, most - least + 1));
    };
    Chosen chosen;
    TinyCluster& c = chosen.c;
    const bool is_cilium = one_in(2);
    c.spec.cni_kind = is_cilium ? CniKind::cilium_eni : CniKind::vpc_cni;
    c.spec.latencies.eni_visible = default_latencies(false).eni_visible;
    if (one_in(3)) c.spec.opening = Opening::empty;
    c.set_subnet(between(23, 27), between(0, 6));
    if (one_in(2)) c.add_zone(between(23, 26));
    for (std::uint32_t zone = 0; zone < c.spec.zones.size(); ++zone) {
        TinyNodes nodes;
        nodes.group = "group" + std::to_string(zone);
        nodes.zone = nodes.subnet = zone;
        nodes.max_pods = between(4, 20);
        nodes.max_enis = between(1, 4);
        nodes.ipv4_per_eni = between(2, 8);
        c.add_nodes(between(1, 4), nodes);
    }
    c.spec.cni.warm_eni_target = between(0, 2);
    const bool prefixes = one_in(4);
    c.spec.cni.prefix_delegation = prefixes;
    c.spec.cni.warm_prefix_target = 1;
    c.spec.cilium.prefix_delegation = prefixes;
    c.spec.cilium.releases_excess = one_in(2);
    c.spec.cilium.parallel_workers = between(1, 3);
    if (!is_cilium && one_in(3)) {
        c.spec.cni.pod_enis = true;
        for (NodeShape& shape : c.spec.shapes) {
            shape.can_trunk = true;
            shape.allocatable.pod_enis = between(1, 9);
        }
    }
    if (!is_cilium && one_in(4)) {
        c.spec.cni.multi_nic = true;
        for (NodeShape& shape : c.spec.shapes) shape.enis_of_further_cards = {2};
    }
    if (!is_cilium && one_in(8)) c.spec.cni.ipv6 = true;
    PodTemplate pod = TinyCluster::serving_pod(between(0, 100));
    pod.stop_time = *sim::Distribution::exponential(5_s);
    if (c.spec.cni.pod_enis) pod.containers[0].requests.pod_enis = 1;
    pod.wants_every_card = c.spec.cni.multi_nic;
    chosen.web = c.add_deployment("web", between(1, 20), pod);
    c.add_daemon_set("agent");
    c.add_daemon_set("late", TinyCluster::serving_pod());
    const WorkloadIx stateful = c.add(WorkloadKind::stateful_set, "store", TinyCluster::serving_pod(), 3);
    c.at(stateful).starts_in_order = one_in(2);
    const WorkloadIx tick = c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(20_s));
    c.at(tick).job.backoff_limit = 6;
    if (is_cilium && one_in(2)) c.spec.cilium.operator_workload = chosen.web;
    for (int times = between(0, 6); times > 0; --times)
        c.scale_at(sim::Duration::seconds(between(1, 900)), chosen.web, between(0, 40));
    for (int faults = between(0, 2); faults > 0; --faults) {
        Fault fault;
        fault.kind = one_in(2) ? FaultKind::cni_daemon_down : FaultKind::imds_unavailable;
        c.fault_at(sim::Duration::seconds(between(0, 600)), sim::Duration::seconds(between(1, 300)), fault);
    }
    if (one_in(3)) c.upgrade_at(sim::Duration::seconds(between(1, 600)), NodeGroupIx::of(0));
    return chosen;
}

// What no ends can have left behind: rows of nodes, stores and pods of nodes that are gone.
void nothing_is_left(const TinyRun& run) {
    const World& world = run.world();
    EXPECT_EQ(world.nodes.size(), world.node_order.size());
    for (const auto& [id, pool] : world.pools) EXPECT_TRUE(world.nodes.contains(pool.node));
    for (const auto& [id, pod] : world.pods) {
        EXPECT_TRUE(!pod.node.valid() || world.nodes.contains(pod.node));
        EXPECT_TRUE(!pod.pinned.valid() || world.nodes.contains(pod.pinned));
    }
    for (const auto& [id, eni] : world.enis)
        EXPECT_TRUE(world.nodes.contains(eni.node)) << "a leak of slot " << id.slot;
    for (const auto& [id, branch] : world.branch_enis) EXPECT_TRUE(world.nodes.contains(branch.node));
    for (const NodeId node : world.cilium.due) EXPECT_TRUE(world.nodes.contains(node));
    for (const NodeId node : world.cilium.queue) EXPECT_TRUE(world.nodes.contains(node));
    for (std::size_t i = 0; i < world.image_nodes.size(); ++i)
        EXPECT_LE(world.image_nodes[i], static_cast<std::int32_t>(world.node_order.size()));
}

void run_one(std::uint64_t seed, std::set<PoolStep>& steps, std::set<CiliumStep>& cilium_steps) {
    SCOPED_TRACE("seed " + std::to_string(seed) + "; repeat it with EKSSIM_SEED=" + std::to_string(seed) +
                 " ekssim_tests --gtest_filter=NodeEnds.*");
    TinyRun run = some_cluster(seed).c.start(seed);
    // Addresses of Cilium do not cool (IPAM-303).
    const bool cools = run.spec().cni_kind == CniKind::vpc_cni;
    EachEventWatch watch(run, {cools ? run.spec().cni.cooldown : sim::Duration::microseconds(-1), {}});
    sim::Duration time;
    for (std::uint64_t n = 0; n < 8; ++n) {
        time += sim::Duration::milliseconds(1 + below(seed, 1000 + n, 150'000));
        run.simulation().run_until(at(time), watch);
        std::vector<NodeId> living;
        NodeId busy;
        for (const auto& [id, node] : run.world().nodes) {
            if (!node.has_instance()) continue;
            living.push_back(id);
            if (node.ipamd.step != PoolStep::resting || node.cilium.step != CiliumStep::resting) busy = id;
        }
        if (living.empty()) continue;
        // Whoever is in the middle of something goes first.
        const NodeId victim =
            busy.valid() ? busy : living[static_cast<std::size_t>(below(seed, 2000 + n, std::ssize(living)))];
        steps.insert(run.row(victim).ipamd.step);
        cilium_steps.insert(run.row(victim).cilium.step);
        run.end(victim);
    }
    // Leaks go within an hour and five minutes of a sweep that begins five minutes after them (IPAM-130).
    run.simulation().run_until(at(time + 30_min), watch);
    watch.finish();
    for (const auto& [sentence, when] : watch.broken()) ADD_FAILURE() << sim::to_text(when) << ": " << sentence;
    run.until(time + 2 * 60_min + 10_min);
    nothing_is_left(run);
    const WorkloadState& daemon = run.world().workloads[1];
    EXPECT_EQ(daemon.desired, static_cast<std::int32_t>(run.world().node_order.size()));
}

TEST(NodeEnds, LeaveNothingThatBreaksWhatMustHold) {
    std::set<PoolStep> steps;
    std::set<CiliumStep> cilium_steps;
    if (const char* only = std::getenv("EKSSIM_SEED"))
        return run_one(std::strtoull(only, nullptr, 10), steps, cilium_steps);
    for (std::uint64_t seed = 1; seed <= 60 && !::testing::Test::HasFailure(); ++seed)
        run_one(seed, steps, cilium_steps);
    // Some ended in the middle of work on their ENIs, or this says nothing of it.
    EXPECT_GE(steps.size(), 3U);
    EXPECT_GE(cilium_steps.size(), 2U);
}

TEST(NodeEnds, ACopyGoesOnAsTheRunDoes) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        TinyRun run = some_cluster(seed).c.start(seed);
        run.until(3_min);
        if (run.world().node_order.empty()) continue;
        run.end(run.node());
        TinyRun copy = run;
        run.until(10_min, 7_s);
        copy.until(10_min);
        EXPECT_TRUE(copy == run) << "seed " << seed;
        EXPECT_EQ(sim::fingerprint(copy.simulation()).hex(), sim::fingerprint(run.simulation()).hex());
    }
}

}  // namespace
}  // namespace eks::testing
