// Small clusters made at random, run for 25 minutes: what must hold in all of them at any time. Each failure names the
// seed and the command that repeats it.
#include "models/systems/network/address_store.hpp"
#include "models/systems/scheduling/plain/cycle.hpp"
#include "models/systems/scheduling/plain/view.hpp"
#include "models/systems/scheduling/select_node.hpp"
#include "models/systems/signals.hpp"
#include "tests/support/choices.hpp"
#include "tests/support/invariant_watch.hpp"
#include "tests/support/tiny_cluster.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <tuple>

namespace eks::testing {
namespace {

constexpr sim::Duration length = 25_min;

PodTemplate some_pod(Choices& choose) {
    PodTemplate pod = TinyCluster::serving_pod(choose.between(0, 300));
    pod.containers[0].image = ImageIx::of(static_cast<std::size_t>(choose.below(3)));
    if (choose.one_in(4)) pod.containers.push_back(pod.containers[0]);
    if (choose.one_in(4)) {
        pod.init_containers = {pod.containers[0]};
        pod.init_containers[0].is_sidecar = choose.one_in(3);
        pod.init_run_time = sim::Distribution::constant(choose.seconds(0, 8));
    }
    if (choose.one_in(3)) pod.containers[0].states_cpu_request = false;
    if (choose.one_in(3)) pod.node_selector = {{"pool", choose.one_of({"a", "b", "c"})}};
    if (choose.one_in(4)) pod.priority = choose.between(0, 10);
    if (choose.one_in(5)) pod.host_network = true;
    if (choose.one_in(3)) {
        Toleration any;
        any.exists = true;
        if (choose.one_in(2)) any.key = "dedicated";
        pod.tolerations = {any};
    }
    pod.ready_after = *sim::Distribution::exponential(choose.seconds(1, 10));
    pod.stop_time = *sim::Distribution::exponential(choose.seconds(1, 20));
    pod.termination_grace = choose.seconds(0, 30);
    return pod;
}

PodTemplate some_job_pod(Choices& choose) {
    PodTemplate pod = some_pod(choose);
    pod.runs_to_completion = true;
    pod.restart_policy = choose.one_in(3) ? RestartPolicy::on_failure : RestartPolicy::never;
    pod.run_time = *sim::Distribution::exponential(choose.seconds(1, 90));
    if (choose.one_in(3)) pod.failure_rate_ppm = choose.between(0, 1'000'000);
    return pod;
}

JobSpec some_job(Choices& choose) {
    JobSpec job;
    job.parallelism = choose.between(1, 4);
    job.completions = choose.between(1, 6);
    job.is_work_queue = choose.one_in(5);
    job.backoff_limit = choose.between(0, 6);
    job.has_active_deadline = choose.one_in(3);
    job.active_deadline = choose.seconds(1, 120);
    job.has_ttl = choose.one_in(3);
    job.ttl_after_finished = choose.seconds(0, 60);
    return job;
}

TinyCluster some_cluster(std::uint64_t seed) {
    Choices choose(seed);
    TinyCluster c(choose.one_of<std::int32_t>({10, 10, 18, 28, 32, 33, 35, 36}));
    c.spec.opening = choose.one_in(3) ? Opening::empty : Opening::settled;
    c.set_subnet(choose.between(24, 28), choose.between(0, 6));
    for (int zone = choose.between(0, 2); zone > 0; --zone) c.add_zone(choose.between(23, 27), choose.between(0, 9));
    c.spec.images = {{"a:1", 0, 0}, {"b:1", 90 * mebibyte, 200 * mebibyte}, {"c:1", 300 * mebibyte, 900 * mebibyte}};
    c.spec.latencies.pull_latency = 500_ms;
    c.spec.latencies.eni_visible = default_latencies(false).eni_visible;
    c.spec.latencies.node_launch = default_latencies(false).node_launch;
    c.spec.scheduler.breaks_ties_first = choose.one_in(4);
    c.spec.latencies.instance_impaired = choose.seconds(10, 600);

    for (int groups = choose.between(1, 3); groups > 0; --groups) {
        TinyNodes nodes;
        nodes.group = "group" + std::to_string(groups);
        nodes.zone = nodes.subnet =
            static_cast<std::uint32_t>(choose.below(static_cast<std::int64_t>(c.spec.zones.size())));
        nodes.cpu_milli = choose.between(200, 3000);
        nodes.max_pods = choose.between(2, 20);
        nodes.max_enis = choose.between(1, 4);
        nodes.ipv4_per_eni = choose.between(2, 8);
        nodes.labels = {{"pool", choose.one_of({"a", "b"})}};
        if (choose.one_in(4))
            nodes.taints = {
                {"dedicated", "", choose.one_in(2) ? TaintEffect::no_schedule : TaintEffect::prefer_no_schedule}};
        c.add_nodes(choose.between(0, 3), nodes);
    }
    c.spec.cni.warm_eni_target = choose.between(0, 3);
    if (choose.one_in(2)) c.spec.cni.warm_ip_target = choose.between(0, 5);
    if (choose.one_in(3)) c.spec.cni.minimum_ip_target = choose.between(0, 12);
    if (choose.one_in(4)) c.spec.cni.max_eni = choose.between(0, 3);
    c.spec.cni.cooldown = choose.one_of({0_s, 10_s, 30_s, 30_s, 30_s});

    const auto kinds = {WorkloadKind::deployment, WorkloadKind::replica_set, WorkloadKind::stateful_set,
                        WorkloadKind::daemon_set, WorkloadKind::job,         WorkloadKind::cron_job,
                        WorkloadKind::cron_job,   WorkloadKind::pod};
    for (int workloads = choose.between(1, 7); workloads > 0; --workloads) {
        const WorkloadKind kind = choose.one_of(kinds);
        const bool ends = kind == WorkloadKind::job || kind == WorkloadKind::cron_job;
        const PodTemplate pod = ends ? some_job_pod(choose) : some_pod(choose);
        const WorkloadIx ix =
            c.add(kind, "w" + std::to_string(workloads), pod, kind == WorkloadKind::pod ? 1 : choose.between(0, 12));
        if (ends) c.at(ix).job = some_job(choose);
        if (kind == WorkloadKind::stateful_set) c.at(ix).starts_in_order = !choose.one_in(3);
        if (kind == WorkloadKind::cron_job) {
            CronJobSpec& cron = c.at(ix).cron;
            cron.schedule = parse_cron(choose.one_of({"* * * * *", "*/2 * * * *", "@every 20s", "@every 7s"})).schedule;
            cron.concurrency =
                choose.one_of({ConcurrencyPolicy::allow, ConcurrencyPolicy::forbid, ConcurrencyPolicy::replace});
            cron.has_starting_deadline = choose.one_in(3);
            cron.starting_deadline = choose.seconds(0, 100);
            cron.successful_history = choose.between(0, 3);
            cron.failed_history = choose.between(0, 2);
        }
        const bool has_replicas =
            kind == WorkloadKind::deployment || kind == WorkloadKind::replica_set || kind == WorkloadKind::stateful_set;
        for (int times = has_replicas ? choose.between(0, 8) : 0; times > 0; --times)
            c.scale_at(choose.seconds(0, 1400), ix, choose.between(0, 25));
        if (choose.one_in(5)) {
            c.spec.timeline.push_back(
                {.kind = TimelineKind::remove, .at = choose.seconds(100, 1400), .workload = ix, .replicas = 0});
        }
    }
    for (int faults = choose.between(0, 3); faults > 0; --faults) {
        Fault fault;
        fault.kind = choose.one_of({FaultKind::imds_unavailable, FaultKind::imds_stale, FaultKind::eni_attach_failure,
                                    FaultKind::ec2_throttling, FaultKind::cni_daemon_down,
                                    FaultKind::subnet_addresses_taken, FaultKind::node_down, FaultKind::node_down,
                                    FaultKind::zone_outage, FaultKind::runtime_freeze, FaultKind::kubelet_restart});
        if (choose.one_in(3) || fault.kind == FaultKind::zone_outage) fault.zone = ZoneIx::of(0);
        if (fault.kind == FaultKind::node_down) fault.count = choose.between(0, 2);
        if (fault.kind == FaultKind::imds_stale) fault.age_us = choose.seconds(0, 600).us();
        if (fault.kind == FaultKind::ec2_throttling) fault.load_milli_per_second = choose.between(1'000, 30'000);
        if (fault.kind == FaultKind::subnet_addresses_taken) {
            fault.subnet = SubnetIx::of(0);
            fault.addresses = choose.between(1, 40);
        }
        c.fault_at(choose.seconds(0, 1200), choose.seconds(1, 600), fault);
    }
    if (choose.one_in(4)) {
        c.spec.cni.prefix_delegation = true;
        c.spec.cni.warm_prefix_target = choose.between(1, 2);
    }
    if (choose.one_in(3)) {
        c.spec.cni.pod_enis = true;
        c.spec.cni.branch_eni_cooldown = choose.one_of({30_s, 60_s, 60_s});
        for (NodeShape& shape : c.spec.shapes) {
            shape.can_trunk = !choose.one_in(4);
            shape.allocatable.pod_enis = shape.can_trunk ? choose.between(1, 9) : 0;
        }
        for (PodTemplate& pod : c.spec.templates) {
            if (choose.one_in(2)) pod.containers[0].requests.pod_enis = 1;
        }
    }
    if (choose.one_in(4)) {
        c.spec.cni.multi_nic = true;
        for (NodeShape& shape : c.spec.shapes)
            shape.enis_of_further_cards.assign(static_cast<std::size_t>(choose.between(0, 2)), choose.between(1, 3));
        for (PodTemplate& pod : c.spec.templates) pod.wants_every_card = choose.one_in(3);
    }
    if (choose.one_in(8)) c.spec.cni.ipv6 = true;
    if (choose.one_in(4)) c.spec.subnets[0].cni_role = choose.one_of({CniRole::offered, CniRole::refused});
    if (choose.one_in(3)) {
        // A second subnet in the zone of the first, which ENIs may be made in, or which pods get their addresses from.
        Subnet sibling = c.spec.subnets[0];
        sibling.name = "sibling";
        sibling.first_address = 0x0b000000U;
        sibling.prefix_length = choose.between(25, 27);
        sibling.cni_role = CniRole::offered;
        c.spec.subnets.push_back(sibling);
        if (choose.one_in(2)) {
            c.spec.cni.custom_networking = true;
            for (NodeShape& shape : c.spec.shapes) {
                if (shape.zone == sibling.zone) shape.pod_subnet = SubnetIx::of(c.spec.subnets.size() - 1);
            }
        }
    }
    c.spec.cni.subnet_discovery = !choose.one_in(4);
    if (choose.one_in(4)) c.spec.subnet_choice = SubnetChoice::lowest;
    if (choose.one_in(5) && c.spec.subnets[0].prefix_length < 28) {
        const std::int32_t half = c.spec.subnets[0].prefix_length + 1;
        c.spec.subnets[0].reservations = {
            {c.spec.subnets[0].first_address + (std::uint32_t{1} << (32 - half)), half, choose.one_in(2)}};
    }
    if (choose.one_in(3)) {
        // Other settings, with which all daemons start anew.
        const bool prefixes = !c.spec.cni.prefix_delegation;
        const std::int32_t warm = choose.between(0, 4);
        c.change_at(choose.seconds(60, 1300), [prefixes, warm](Spec& spec) {
            spec.cni.prefix_delegation = prefixes;
            spec.cni.warm_prefix_target = 1;
            spec.cni.warm_ip_target = warm;
        });
    }
    if (choose.one_in(3)) {
        const auto group = static_cast<std::size_t>(choose.below(static_cast<std::int64_t>(c.spec.node_groups.size())));
        c.spec.node_groups[group].update_unavailable = choose.between(1, 3);
        c.upgrade_at(choose.seconds(0, 900), NodeGroupIx::of(group));
    }
    std::ranges::sort(c.spec.timeline, {}, [](const TimelineAction& action) {
        return std::tuple(action.at, action.workload, action.kind, action.replicas);
    });
    return c;
}

// The waits of each pod, kept from the facts alone.
void check_waits(const TinyRun& run) {
    struct Account {
        sim::Time created;
        sim::Duration waited;
        WaitCause cause = WaitCause::none;
    };
    std::map<PodId, Account> open;
    for (const Recorder::Entry& entry : run.facts()) {
        if (const auto* f = std::get_if<PodCreatedFact>(&entry.fact)) open[f->pod] = {entry.at, {}, f->cause};
        if (const auto* f = std::get_if<PodWaitsFact>(&entry.fact)) {
            Account& account = open.at(f->pod);
            EXPECT_EQ(account.cause, f->from);
            account.cause = f->to;
            account.waited += f->lasted;
        }
        if (const auto* f = std::get_if<PodStartedFact>(&entry.fact)) {
            EXPECT_EQ(open.at(f->pod).cause, f->from);
            EXPECT_EQ(open.at(f->pod).waited + f->lasted, entry.at - open.at(f->pod).created);
            EXPECT_EQ(f->since_created, entry.at - open.at(f->pod).created);
        }
        if (const auto* f = std::get_if<PodGaveUpFact>(&entry.fact)) {
            EXPECT_EQ(open.at(f->pod).waited + f->lasted, entry.at - open.at(f->pod).created);
        }
    }
}

// Sums of facts are what the World holds.
void check_facts(const TinyRun& run) {
    std::map<std::uint32_t, std::int32_t> enis, addresses, assigned, branches;
    std::int64_t jobs = 0;
    std::int64_t created = 0;
    for (const Recorder::Entry& entry : run.facts()) {
        if (const auto* f = std::get_if<NodeFact>(&entry.fact); f != nullptr && f->joined)
            enis[f->node.slot] = addresses[f->node.slot] = assigned[f->node.slot] = branches[f->node.slot] = 0;
        if (const auto* f = std::get_if<EniFact>(&entry.fact)) enis[f->node.slot] += f->change;
        if (const auto* f = std::get_if<BranchEniFact>(&entry.fact)) branches[f->node.slot] += f->in_use + f->cooling;
        if (const auto* f = std::get_if<AddressesAddedFact>(&entry.fact)) addresses[f->node.slot] += f->count;
        if (const auto* f = std::get_if<AddressesDroppedFact>(&entry.fact)) {
            addresses[f->node.slot] -= f->free + f->cooling + f->assigned;
            assigned[f->node.slot] -= f->assigned;
        }
        if (const auto* f = std::get_if<AddressAssignedFact>(&entry.fact)) ++assigned[f->node.slot];
        if (const auto* f = std::get_if<AddressReleasedFact>(&entry.fact)) --assigned[f->node.slot];
        if (std::get_if<PodCreatedFact>(&entry.fact) != nullptr) ++created;
        if (std::get_if<PodRemovedFact>(&entry.fact) != nullptr) --created;
        if (std::get_if<JobStartedFact>(&entry.fact) != nullptr) ++jobs;
    }
    EXPECT_EQ(created, static_cast<std::int64_t>(run.world().pods.size()));
    EXPECT_GE(jobs, static_cast<std::int64_t>(run.world().jobs.size()));
    for (const auto& [id, node] : run.world().nodes) {
        EXPECT_EQ(branches[id.slot], node.trunk.branches);
        if (!node.has_instance()) continue;
        std::int32_t total = 0;
        std::int32_t in_use = 0;
        for (PoolId p = node.first_pool; p.valid(); p = run.world().pools[p].next_on_node) {
            total += run.world().pools[p].total;
            in_use += run.world().pools[p].assigned;
        }
        EXPECT_EQ(addresses[id.slot], total);
        EXPECT_EQ(assigned[id.slot], in_use);
        EXPECT_EQ(enis[id.slot], node.enis);
    }
}

// What the queue of the scheduler holds and what the pods say must be the same.
void check_queue(const TinyRun& run) {
    std::map<QueuePlace, std::int64_t> by_facts;
    for (const auto& f : run.all<QueueFact>()) {
        --by_facts[f.fact.from];
        ++by_facts[f.fact.to];
    }
    std::map<QueuePlace, std::int64_t> by_pods;
    for (const auto& [id, pod] : run.world().pods) ++by_pods[pod.place];
    for (const QueuePlace place : {QueuePlace::active, QueuePlace::backoff, QueuePlace::unschedulable})
        EXPECT_EQ(by_facts[place], by_pods[place]);
    EXPECT_EQ(by_pods[QueuePlace::unschedulable],
              static_cast<std::int64_t>(run.world().scheduler.unschedulable.size()));
}

// For the oldest and the newest pod of each workload: the node chosen is among those that the plain scheduler finds
// best, which is that of 1.36. Both look at all nodes, as there are fewer than 100 (SCHED-25).
void check_against_plain_scheduler(const TinyRun& run) {
    for (std::size_t i = 0; i < run.spec().workloads.size(); ++i) {
        const std::vector<PodId> pods = run.pods_of(WorkloadIx::of(i));
        if (pods.empty()) continue;
        for (const PodId id : {pods.front(), pods.back()}) {
            World world = run.world();
            const NodeId found = select_node(run.spec(), world, run.simulation().key(), id).node;
            const plain::Cluster cluster = plain::view_of_cluster(run.spec(), run.world(), id);
            const std::vector<plain::NodeInfo> nodes = nodes_with_pods(cluster);
            plain::PodObject subject = plain::view_of_pod(run.spec(), run.world(), id);
            subject.node_name.clear();  // as if it had to be placed once more
            const plain::Choice choice = choose(cluster, plain::default_profile(), nodes, subject);
            std::vector<std::string> best;
            for (const plain::NodeInfo* node : choice.best) best.push_back(node->node->name);
            if (found.valid())
                EXPECT_THAT(best, ::testing::Contains(plain::view_name(found)));
            else
                EXPECT_THAT(best, ::testing::IsEmpty());
        }
    }
}

// What the clusters came to among them: a law that nothing touches is not tested.
struct Reached {
    std::int64_t branch_enis_deleted = 0;
    std::int64_t branch_enis_refused = 0;
    std::int64_t further_cards_used = 0;
    std::int64_t ipv6_prefixes = 0;

    void add(const TinyRun& run) {
        for (const auto& seen : run.all<BranchEniFact>()) {
            if (seen.fact.in_use == 0 && seen.fact.cooling < 0) ++branch_enis_deleted;
        }
        for (const auto& seen : run.all<AddFailedFact>()) {
            if (seen.fact.cause == WaitCause::branch_eni_cooling) ++branch_enis_refused;
        }
        for (const auto& [id, pool] : run.world().pools) {
            if (pool.card > 0) further_cards_used += pool.all_assigned;
        }
        for (const auto& [id, node] : run.world().nodes) ipv6_prefixes += node.ipamd.has_ipv6_prefix ? 1 : 0;
    }
};

// When the store has an address for a pod, seen by looking at every record.
sim::Time usable_at_by_records(const Spec& spec, const World& world, const AddressPool& pool, sim::Time now) {
    sim::Time earliest = sim::Time::never();
    for_each_offer(world, pool, spec.cni.cooldown, now, [&](EniId, AddressPlace) { earliest = now; });
    if (earliest == now) return now;
    for_each_eni(world, pool, [&](EniId, const Eni& eni) {
        if (eni.is_excluded) return;
        for_each_stored(world, eni, [&](std::uint32_t, const EniCidr& cidr) {
            if (!pool.takes(cidr)) return;
            for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset) {
                const AddressRecord record = record_of(world, cidr, offset);
                if (!record.owner.valid())
                    earliest = std::min(earliest, record.released + spec.cni.cooldown + sim::Duration::microseconds(1));
            }
        });
    });
    return earliest;
}

// Slots that have an address to give, as each ENI remembers them, beside those that a look at every record finds.
void check_offers(const TinyRun& run) {
    World remembering = run.world();
    const sim::Duration cooldown = run.spec().cni.cooldown;
    for (const auto& [id, pool] : run.world().pools) {
        std::map<EniId, std::uint64_t> expected;
        for_each_offer(run.world(), pool, cooldown, run.now(), [&](EniId eni, AddressPlace place) {
            expected[eni] |= std::uint64_t{1} << (place.cidr - run.world().enis[eni].first_cidr);
        });
        for_each_eni(run.world(), pool, [&](EniId eni, const Eni& row) {
            if (row.is_excluded) return;
            EXPECT_EQ(offers_of(remembering, eni, cooldown, run.now()).ready, expected[eni]);
        });
    }
    if (run.spec().cni.ipv6) return;  // no store has a say
    for (const auto& [id, node] : run.world().nodes) {
        sim::Time expected = sim::Time::never();
        for (PoolId p = node.first_pool; p.valid(); p = run.world().pools[p].next_on_node)
            expected =
                std::min(expected, usable_at_by_records(run.spec(), run.world(), run.world().pools[p], run.now()));
        EXPECT_EQ(address_usable_at(run.spec(), remembering, id, run.now()), expected);
    }
}

void run_one(std::uint64_t seed, Reached& reached) {
    SCOPED_TRACE("seed " + std::to_string(seed) + "; repeat it with EKSSIM_SEED=" + std::to_string(seed) +
                 " ekssim_tests --gtest_filter=RandomClusters.*");
    const TinyCluster c = some_cluster(seed);
    TinyRun run = c.start(seed);
    const sim::Duration half = sim::Duration::microseconds(static_cast<std::int64_t>(seed % 1'400 + 1) * 1'000'003);
    TinyRun whole = run;
    run.until(half, 7_s);
    TinyRun copy = run;
    run.until(length, 7_s);
    check_waits(run);
    check_facts(run);
    check_queue(run);
    reached.add(run);

    // Copy, then run = run; and so are two halves and the whole (libsim's copy laws, in a real model).
    copy.until(length);
    EXPECT_TRUE(copy == run);
    EXPECT_EQ(sim::fingerprint(copy.simulation()).hex(), sim::fingerprint(run.simulation()).hex());
    whole.until(length);
    EXPECT_TRUE(whole == run);
    // The same once more from the Spec.
    TinyRun again = c.start(seed);
    again.until(length);
    EXPECT_TRUE(again == run);

    // Time heals: without Jobs and with nobody scaled any more, replicas are either there or wait for a reason that
    // shows; or their controller is about to look, as it is all the time while a node is drained of pods that bear to
    // come back to it.
    for (std::size_t i = 0; i < run.spec().workloads.size(); ++i) {
        const WorkloadState& state = run.world().workloads[i];
        const WorkloadKind kind = run.spec().workloads[i].kind;
        if (kind != WorkloadKind::deployment && kind != WorkloadKind::replica_set) continue;
        const bool is_looked_at =
            state.next_sync != sim::Time::never() ||
            std::ranges::any_of(run.pods_of(WorkloadIx::of(i)), [&](PodId id) { return run.pod(id).terminating; });
        EXPECT_TRUE(state.active == state.desired || is_looked_at) << state.active << " of " << state.desired;
    }
}

TEST(RandomClusters, KeepWhatMustHold) {
    Reached reached;
    if (const char* only = std::getenv("EKSSIM_SEED")) {
        run_one(std::strtoull(only, nullptr, 10), reached);
        return;
    }
    for (std::uint64_t seed = 1; seed <= 100 && !::testing::Test::HasFailure(); ++seed) run_one(seed, reached);
    if (::testing::Test::HasFailure()) return;
    EXPECT_GT(reached.branch_enis_deleted, 0);
    EXPECT_GT(reached.branch_enis_refused, 0);
    EXPECT_GT(reached.further_cards_used, 0);
    EXPECT_GT(reached.ipv6_prefixes, 0);
}

TEST(RandomClusters, NoEventBreaksAnInvariant) {  // IPAM section H, 1 to 8
    const char* only = std::getenv("EKSSIM_SEED");
    const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
    for (std::uint64_t seed = first; seed <= (only != nullptr ? first : 100); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed) + "; repeat it with EKSSIM_SEED=" + std::to_string(seed) +
                     " ekssim_tests --gtest_filter=RandomClusters.NoEvent*");
        TinyRun run = some_cluster(seed).start(seed);
        EachEventWatch watch(run, {run.spec().cni.cooldown, CniConstants{}});
        run.simulation().run_until(at(length), watch);
        watch.finish();
        for (const auto& [sentence, when] : watch.broken()) ADD_FAILURE() << sim::to_text(when) << ": " << sentence;
        if (::testing::Test::HasFailure()) return;
    }
}

TEST(RandomClusters, TheSchedulerChoosesAsThePlainOne) {  // SCHED-28 to SCHED-61
    const char* only = std::getenv("EKSSIM_SEED");
    const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
    for (std::uint64_t seed = first; seed <= (only != nullptr ? first : 50) && !::testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed) + "; repeat it with EKSSIM_SEED=" + std::to_string(seed) +
                     " ekssim_tests --gtest_filter=RandomClusters.TheScheduler*");
        TinyCluster c = some_cluster(seed);
        c.spec.kubernetes = {36};
        TinyRun run = c.start(seed);
        for (sim::Duration to = 3_s; to < 10_min; to = to + 13_s) {
            run.until(to);
            check_against_plain_scheduler(run);
        }
    }
}

TEST(RandomClusters, WhatAnEniRemembersOfItsOffersIsWhatItsRecordsSay) {  // IPAM-26 to IPAM-28
    const char* only = std::getenv("EKSSIM_SEED");
    const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
    for (std::uint64_t seed = first; seed <= (only != nullptr ? first : 100) && !::testing::Test::HasFailure();
         ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed) + "; repeat it with EKSSIM_SEED=" + std::to_string(seed) +
                     " ekssim_tests --gtest_filter=RandomClusters.WhatAnEni*");
        TinyRun run = some_cluster(seed).start(seed);
        for (sim::Duration to = 3_s; to < 10_min; to = to + 3_s) {
            run.until(to);
            check_offers(run);
        }
    }
}

TEST(RandomClusters, SeedsDiffer) {
    // A run of another seed makes other choices, or the tests above would see one cluster only.
    EXPECT_FALSE(some_cluster(1).spec == some_cluster(2).spec);
    TinyCluster c;
    c.add_nodes(3);
    c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(10_s));
    TinyRun one = c.start(1);
    TinyRun two = c.start(2);
    one.until(10_min);
    two.until(10_min);
    EXPECT_NE(sim::fingerprint(one.simulation()).hex(), sim::fingerprint(two.simulation()).hex());
}

}  // namespace
}  // namespace eks::testing
