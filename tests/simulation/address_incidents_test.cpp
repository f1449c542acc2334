// Incidents of section E of the rules that take more than one mechanism: the numbers that were reported, with the
// report's own tolerance, and the remedy where there is one.
#include "models/systems/signals.hpp"
#include "tests/support/tiny_cluster.hpp"

#include <set>

namespace eks::testing {
namespace {

TEST(AddressIncidents, TenCronJobsFailForAMinuteAndRecover) {
    // IPAM-504: sandboxes fail for 30 to 90 s after each tick, then everything runs. A node keeps one ENI's addresses
    // while it is idle and grows by one a pass; the kubelet tries every 10 to 15 s.
    TinyCluster c;
    c.add_nodes(1, {.cpu_milli = 8000, .max_enis = 4, .ipv4_per_eni = 15});
    c.spec.latencies.eni_visible = default_latencies(false).eni_visible;
    for (int n = 0; n < 10; ++n) {
        const WorkloadIx cron = c.add_cron_job("report" + std::to_string(n), "*/5 * * * *", TinyCluster::job_pod(20_s));
        c.at(cron).job.parallelism = c.at(cron).job.completions = 5;
    }
    TinyRun run = c.start();
    run.until(30_min, 5_s);
    std::size_t ticks = 0;
    // The cluster starts at 22:14:00, so that ticks come at one minute and every five from then on.
    for (sim::Duration tick = 1_min; tick < 30_min; tick += 5_min) {
        sim::Duration last;
        for (const auto& failure : run.all<AddFailedFact>(at(tick))) {
            if (failure.at < at(tick + 5_min)) last = failure.at - at(tick);
        }
        EXPECT_GT(last, 10_s);
        EXPECT_LE(last, 90_s);
        ++ticks;
    }
    EXPECT_EQ(ticks, 6U);
    std::size_t succeeded = 0;
    for (const auto& job : run.all<JobFinishedFact>()) succeeded += job.fact.succeeded ? 1 : 0;
    EXPECT_EQ(succeeded, 60U);
    EXPECT_EQ(run.count<PodUnschedulableFact>(), 0U);
}

TEST(AddressIncidents, ARefusedAddTellsWhyThePoolDoesNotGrow) {
    // Of a node of four pods, four more come.
    const auto waits_seen = [](TinyCluster c, const TinyNodes& nodes) {
        c.add_nodes(1, nodes);
        const WorkloadIx web = c.add_deployment("web", 4);
        c.scale_at(1_min, web, 8);
        TinyRun run = c.start();
        run.until(10_min, 1_s);
        std::set<AddressWait> seen;
        for (const auto& failure : run.all<AddFailedFact>()) seen.insert(failure.fact.awaits);
        return seen;
    };
    // IPAM-42, IPAM-511: a minimum without a warm target asks for nothing beyond the minimum.
    TinyCluster capped;
    capped.spec.cni.minimum_ip_target = 4;
    EXPECT_EQ(waits_seen(capped, {.max_enis = 4, .ipv4_per_eni = 15}), std::set{AddressWait::targets_are_met});
    // IPAM-5: one ENI with four addresses, and no other can be attached.
    EXPECT_EQ(waits_seen(TinyCluster(), {.max_enis = 1, .ipv4_per_eni = 5}), std::set{AddressWait::node_is_full});
    // IPAM-64: after the first refusal of EC2 nothing is asked for 120 s. A /28 has 11 addresses to give, and the node
    // itself has one of them.
    TinyCluster dry;
    dry.set_subnet(28, 5);
    EXPECT_TRUE(waits_seen(dry, {.max_enis = 4, .ipv4_per_eni = 5}).contains(AddressWait::subnet_is_empty));
}

TEST(AddressIncidents, MinutelyJobsWithAddressesToSpareNeverFailForOne) {
    // IPAM-549, the negative control: the same churn on nodes that just joined, far below their capacity.
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.add_nodes(2, {.max_enis = 4, .ipv4_per_eni = 15});
    for (int n = 0; n < 6; ++n) c.add_cron_job("tick" + std::to_string(n), "* * * * *", TinyCluster::job_pod(20_s));
    TinyRun run = c.start();
    run.until(30_min, 10_s);
    EXPECT_EQ(run.count<AddFailedFact>(), 0U);
    EXPECT_GE(run.count<JobFinishedFact>(), 6U * 28U);
}

TEST(AddressIncidents, AWarmIpTargetTrimsAnEniThatIsNotNeeded) {
    // IPAM-515: c5.9xlarge, WARM_IP_TARGET 4 and four pods kept 30 addresses; today eight are left.
    TinyCluster c;
    c.add_nodes(1, {.max_enis = 8, .ipv4_per_eni = 30});
    c.spec.cni.warm_ip_target = 4;
    const WorkloadIx web = c.add_deployment("web", 26);
    TinyRun run = c.start();
    ASSERT_EQ(run.the_pool().total, 30);
    run.scale(web, 4);
    run.until(5_min, 1_s);
    EXPECT_EQ(run.the_pool().total, 8);
    EXPECT_EQ(run.the_node().enis, run.the_pool().enis);
}

TEST(AddressIncidents, AMinimumBeyondOneEniNoLongerKeepsANewNodeWaiting) {
    // IPAM-518: m5.xlarge, WARM_IP_TARGET 5, MINIMUM_IP_TARGET 25; total 14, short 11. Then: first addresses three
    // minutes after Ready (05:40:03 to 05:43:04). Now: one ENI's worth at Ready, the rest within the 30 to 60 s that
    // the default took.
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    c.spec.cni.warm_ip_target = 5;
    c.spec.cni.minimum_ip_target = 25;
    c.spec.latencies.eni_visible = default_latencies(false).eni_visible;
    TinyRun run = c.start();
    sim::Duration t = 0_s;
    for (; run.world().node_order.empty() || run.the_node().state != NodeState::ready; t += 50_ms) run.until(t);
    EXPECT_EQ(run.the_pool().total, 14);
    EXPECT_EQ(25 - run.the_pool().total, 11);
    run.until(run.the_node().ready_at.since_origin() + 60_s, 1_s);
    EXPECT_EQ(run.the_pool().total, 25);
    EXPECT_EQ(run.the_node().enis, 2);
}

TEST(AddressIncidents, AnEniThatTheMetadataHidesBlocksForThreeMinutes) {
    // IPAM-517, IPAM-518, IPAM-3: the wait that those nodes sat through, 162.3 s and at most 15 % more; 181 s were
    // seen.
    TinyCluster c;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    c.spec.latencies.eni_visible = sim::Distribution::constant(1_h);
    const WorkloadIx web = c.add_deployment("web", 0);
    TinyRun run = c.start();
    run.scale(web, 1);
    sim::Time began = sim::Time::never();
    sim::Duration t = 0_s;
    for (; t < 10_min; t += 50_ms) {
        run.until(t);
        const bool waits = run.the_node().ipamd.step == PoolStep::waiting_for_metadata;
        if (waits && began == sim::Time::never()) began = run.now();
        if (!waits && began != sim::Time::never()) break;
    }
    EXPECT_GE(run.now() - began, 162'300_ms - 50_ms);
    EXPECT_LE(run.now() - began, 186'645_ms + 50_ms);
    EXPECT_GE(181_s, 162'300_ms);
    EXPECT_LE(181_s, 186'645_ms);
}

TEST(AddressIncidents, AStuckPodTriesEveryTwelveToFifteenSeconds) {
    // IPAM-173, IPAM-528: the mean over many failures; and on a node whose network comes up, within 1 to 1.5 s and the
    // kubelet's tick.
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.add_nodes(1, {.max_enis = 1, .ipv4_per_eni = 3});
    const WorkloadIx daemons = c.add_daemon_set("agent", [] {
        PodTemplate pod = TinyCluster::daemon_pod();
        pod.host_network = false;
        return pod;
    }());
    const WorkloadIx web = c.add_deployment("web", 0);
    c.scale_at(5_min, web, 5);
    TinyRun run = c.start();
    run.until(2_h, 1_min);
    const sim::Time ready = run.the_node().ready_at;
    const PodId first = run.pods_of(daemons).at(0);
    EXPECT_GE(run.pod(first).started - ready, 1_s);
    EXPECT_LE(run.pod(first).started - ready, 1'500_ms + 1_s + 1_s);
    const PodId stuck = [&] {
        for (const PodId id : run.pods_of(web)) {
            if (!run.pod(id).was_ready) return id;
        }
        return PodId::none();
    }();
    ASSERT_TRUE(stuck.valid());
    std::vector<sim::Time> tries;
    for (const auto& failure : run.all<AddFailedFact>()) {
        if (failure.fact.pod == stuck) tries.push_back(failure.at);
    }
    ASSERT_GE(tries.size(), 400U);
    const sim::Duration mean = (tries.back() - tries.front()) / static_cast<std::int64_t>(tries.size() - 1);
    EXPECT_GE(mean, 12_s);
    EXPECT_LE(mean, 15_s);
}

TEST(AddressIncidents, AHundredFiftyNodesTogetherMeetTheLimitsOfEc2) {
    // IPAM-540, IPAM-406: 150 nodes that want two further ENIs each, 300 attachments at a bucket of 50 and five a
    // second, take at least (300 - 50)/5 = 50 s, with RequestLimitExceeded; and not the quarter of an hour that
    // releases of the time took.
    TinyCluster c;
    c.set_subnet(18);
    c.add_nodes(150, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 0);
    TinyRun run = c.start();
    run.scale(web, 150 * 20);
    sim::Duration t = 0_s;
    while (run.calls(Ec2Action::attach_network_interface) < 300 && t < 20_min) run.until(t += 5_s);
    EXPECT_GE(t, 50_s);
    EXPECT_LE(t, 15_min);
    EXPECT_GE(run.calls(Ec2Action::attach_network_interface, Ec2Result::request_limit_exceeded), 100);
    // Retries multiply the load: an ENI that could not be attached is deleted and made again.
    EXPECT_GT(run.calls(Ec2Action::create_network_interface), 300);
    run.until(20_min);
    EXPECT_EQ(run.world()[web].ready, 150 * 20);
}

}  // namespace
}  // namespace eks::testing
