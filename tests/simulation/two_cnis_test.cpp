// FR-20: the VPC CNI and Cilium both manage ENIs on the same nodes. Which addresses pods share or lose follows from
// what each of the two does by its own rules (IPAM-352, IPAM-354, DPC-57, DPD-35).
#include "models/planning/run.hpp"
#include "models/systems/network/address_pool.hpp"
#include "models/systems/nodes/bootstrap.hpp"
#include "tests/support/invariant_watch.hpp"
#include "tests/support/tiny_cluster.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <cstdlib>
#include <numeric>

namespace eks::testing {
namespace {

struct TwoCnis {
    TinyCluster c;
    WorkloadIx aws_node;
    WorkloadIx web;

    // One node with so many pods of the time before Cilium was installed, which is now.
    explicit TwoCnis(std::int32_t pods, const TinyNodes& nodes = {.max_enis = 4, .ipv4_per_eni = 15},
                     std::int32_t count = 1) {
        c.spec.cni_kind = CniKind::both;
        c.spec.cilium.new_identity = c.spec.cilium.regeneration = sim::Distribution::constant(sim::Duration::zero());
        c.add_nodes(count, nodes);
        aws_node = c.add_daemon_set("aws-node");
        c.spec.aws_node = aws_node;
        web = c.add_deployment("web", pods);
    }
};

std::int32_t count_pods(const TinyRun& run, WorkloadIx ix, AddressState state) {
    std::int32_t count = 0;
    for (const PodId id : run.pods_of(ix)) count += run.pod(id).address == state ? 1 : 0;
    return count;
}

std::int32_t count_pods(const TinyRun& run, WorkloadIx ix, AddressGiver giver) {
    std::int32_t count = 0;
    for (const PodId id : run.pods_of(ix)) count += run.pod(id).given_by == giver ? 1 : 0;
    return count;
}

const AddressPool& cilium_store(const TinyRun& run) { return run.world().pools[cilium_pool(run.the_node())]; }

std::uint32_t address_of(const TinyRun& run, PodId id) { return address_at(run.world(), place_of(run.pod(id))); }

// IPAM-352: the lexically first configuration counts, from when it is there.
TEST(TwoCnis, UntilCiliumHasWrittenItsConfigurationPodsHaveTheAddressesOfAwsNode) {
    TwoCnis two(5);
    two.c.scale_at(1_min, two.web, 8);
    TinyRun run = two.c.start();
    EXPECT_EQ(count_pods(run, two.web, AddressGiver::vpc_cni), 5);
    EXPECT_FALSE(run.the_node().cilium.has_written_configuration);
    // It has what it needs as soon as the operator publishes what EC2 has, and looks each five seconds (IPAM-335).
    run.until(6_s);
    EXPECT_TRUE(run.the_node().cilium.has_written_configuration);
    run.until(2_min, 1_s);
    EXPECT_EQ(count_pods(run, two.web, AddressGiver::vpc_cni), 5);
    EXPECT_EQ(count_pods(run, two.web, AddressGiver::cilium), 3);
}

// IPAM-354, DPC-57: one ENI with nine addresses, four of them with pods. Cilium's two own addresses leave seven to
// give: seven pods and four of nine addresses are two doubles at least, and of two pods the earlier one fails.
TEST(TwoCnis, CiliumGivesOutAddressesThatPodsOfAwsNodeHaveAndTheEarlierPodFails) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        TwoCnis two(4, {.max_enis = 1, .ipv4_per_eni = 10});
        const WorkloadIx late = two.c.add_deployment("late", 0);
        two.c.scale_at(1_min, late, 7);
        TinyRun run = two.c.start(seed);
        run.until(90_s, 1_s);
        const std::int32_t doubles = count_pods(run, two.web, AddressState::overwritten);
        EXPECT_GE(doubles, 2) << "seed " << seed;
        EXPECT_EQ(count_pods(run, late, AddressState::shared), doubles) << "seed " << seed;
        EXPECT_EQ(count_pods(run, late, AddressState::overwritten), 0);
        EXPECT_EQ(count_pods(run, two.web, AddressState::shared), 0);
        std::int32_t same = 0;
        for (const PodId earlier : run.pods_of(two.web)) {
            for (const PodId later : run.pods_of(late)) same += address_of(run, earlier) == address_of(run, later);
        }
        EXPECT_EQ(same, doubles) << "seed " << seed;
    }
}

// DPC-57: the route of the later pod is not put back when it goes; a pod that takes the place of the earlier one is
// well.
TEST(TwoCnis, APodWhoseRouteWasOverwrittenFailsUntilItIsReplaced) {
    TwoCnis two(4, {.max_enis = 1, .ipv4_per_eni = 10});
    const WorkloadIx late = two.c.add_deployment("late", 0);
    two.c.scale_at(1_min, late, 7);
    two.c.scale_at(2_min, late, 0);
    TinyRun run = two.c.start();
    run.until(90_s, 1_s);
    const std::int32_t doubles = count_pods(run, two.web, AddressState::overwritten);
    ASSERT_GT(doubles, 0);
    run.until(4_min, 1_s);
    EXPECT_TRUE(run.pods_of(late).empty());
    EXPECT_EQ(count_pods(run, two.web, AddressState::overwritten), doubles);
    for (const PodId id : run.pods_of(two.web)) run.delete_pod(id);
    run.until(6_min, 1_s);
    EXPECT_EQ(count_pods(run, two.web, AddressGiver::cilium), 4);
    EXPECT_EQ(count_pods(run, two.web, AddressState::undisputed), 4);
}

// DPD-35: aws-node hears of no pod, so all beyond its warm target is surplus that goes back to EC2. With
// WARM_IP_TARGET=1 and two pods of its own it keeps three addresses and takes any of the others.
TEST(TwoCnis, AwsNodeGivesAddressesOfRunningPodsBackToEc2) {
    TwoCnis two(2);
    two.c.spec.cni.warm_ip_target = 1;
    two.c.scale_at(1_min, two.web, 8);
    TinyRun run = two.c.start();
    run.until(10_min, 1_s);
    EXPECT_EQ(count_pods(run, two.web, AddressGiver::cilium), 6);
    EXPECT_GT(run.calls(Ec2Action::unassign_private_ip_addresses), 0);
    EXPECT_GT(count_pods(run, two.web, AddressState::taken_away), 0);
    EXPECT_EQ(run.the_pool().assigned, 2);
    // The pods with an address that is still there are what EC2 has it for.
    for (const PodId id : run.pods_of(two.web)) {
        if (run.pod(id).given_by == AddressGiver::vpc_cni) {
            EXPECT_NE(run.pod(id).address, AddressState::taken_away);
        }
    }
    // Cilium counts lost addresses as in use (status.used) and keeps eight more ready (IPAM-310): it asks for new ones.
    EXPECT_GT(run.calls(Ec2Action::assign_private_ip_addresses) + run.calls(Ec2Action::create_network_interface), 1);
}

// IPAM-354: with its default of a warm ENI it frees the whole ENI that Cilium has made, once it is a minute old.
TEST(TwoCnis, AwsNodeFreesAnEniFullOfPodsBecauseItLooksEmpty) {
    TwoCnis two(0);
    const WorkloadIx late = two.c.add_deployment("late", 0);
    two.c.scale_at(1_min, late, 26);
    TinyRun run = two.c.start();
    run.until(10_min, 1_s);
    EXPECT_GT(run.calls(Ec2Action::delete_network_interface), 0);
    EXPECT_GT(count_pods(run, late, AddressState::taken_away), 0);
    for (const auto& seen : run.all<EniFact>()) {
        if (seen.fact.change < 0) {
            EXPECT_GE(seen.at, at(2_min));
        }
    }
}

// The runtime sends the DEL of a pod to the CNI whose configuration is first now: ipamd never hears of it, and its new
// process finds out (IPAM-118).
TEST(TwoCnis, AwsNodeNeverHearsOfTheEndOfItsPodsUntilItStartsAgain) {
    TwoCnis two(3);
    TinyRun run = two.c.start();
    run.until(1_min);
    run.scale(two.web, 0);
    run.until(3_min, 1_s);
    EXPECT_TRUE(run.pods_of(two.web).empty());
    EXPECT_EQ(run.the_pool().assigned, 3);
    run.simulation().apply([&](const Spec& s, World& world, Turn& turn) {
        stop_daemon(s, world, turn, world.node_order[0], Cni::vpc_cni);
        run_daemon(s, world, turn, world.node_order[0], Cni::vpc_cni);
    });
    run.until(4_min, 1_s);
    EXPECT_EQ(run.the_pool().assigned, 0);
    EXPECT_TRUE(daemon_of(run.the_node(), Cni::cilium).serves);
}

// IPAM-354: without aws-node nothing more is taken away; who is affected stays so until replaced.
TEST(TwoCnis, DeletingAwsNodeEndsTheFightAndReplacingPodsEndsItsConsequences) {
    TwoCnis two(6);
    two.c.spec.cni.warm_ip_target = 1;
    two.c.scale_at(1_min, two.web, 16);
    TinyRun run = two.c.start();
    run.until(10_min, 1_s);
    const std::int32_t lost = count_pods(run, two.web, AddressState::taken_away);
    ASSERT_GT(lost, 0);
    run.remove(two.aws_node);
    const std::int64_t calls = run.calls(Ec2Action::unassign_private_ip_addresses);
    run.until(30_min, 1_s);
    EXPECT_FALSE(run.the_node().cni.serves);
    EXPECT_EQ(run.calls(Ec2Action::unassign_private_ip_addresses), calls);
    EXPECT_EQ(count_pods(run, two.web, AddressState::taken_away), lost);
    for (const PodId id : run.pods_of(two.web)) run.delete_pod(id);
    run.until(35_min, 1_s);
    EXPECT_EQ(count_pods(run, two.web, AddressGiver::cilium), 16);
    EXPECT_EQ(count_pods(run, two.web, AddressState::undisputed), 16);
}

// IPAM-354: it goes away as nodes are replaced.
TEST(TwoCnis, NodesThatJoinAfterAwsNodeIsGoneHaveCiliumAlone) {
    TwoCnis two(4);
    TinyRun run = two.c.start();
    run.until(1_min);
    run.remove(two.aws_node);
    run.simulation().apply([](const Spec& spec, World& world, Turn& turn) {
        EXPECT_TRUE(launch_node(spec, world, turn, NodeShapeIx::of(0)));
    });
    run.until(4_min, 1_s);
    ASSERT_EQ(run.world().node_order.size(), 2U);
    EXPECT_TRUE(has_two_cnis(run.row(run.node(0))));
    EXPECT_FALSE(has_two_cnis(run.row(run.node(1))));
    EXPECT_EQ(run.row(run.node(1)).state, NodeState::ready);
    run.scale(two.web, 30);
    run.until(10_min, 1_s);
    std::int32_t on_the_new_one = 0;
    for (const PodId id : run.pods_of(two.web)) {
        if (run.pod(id).node != run.node(1)) continue;
        ++on_the_new_one;
        EXPECT_EQ(run.pod(id).stage, PodStage::ready);
        EXPECT_EQ(run.pod(id).address, AddressState::undisputed);
    }
    EXPECT_GT(on_the_new_one, 10);
}

// IPAM-152, IPAM-354: Cilium's ENIs have no tag of aws-node's, so that MANAGE_UNTAGGED_ENI decides whether it takes
// them.
TEST(TwoCnis, AwsNodeCanBeToldToLeaveCiliumsEnisAlone) {
    for (const bool manages : {true, false}) {
        TwoCnis two(4);
        two.c.spec.cni.manages_untagged_enis = manages;
        two.c.scale_at(1_min, two.web, 30);
        TinyRun run = two.c.start();
        const std::int32_t before = run.the_pool().enis;
        bool took_one = false;
        for (sim::Duration to = 1_min; to < 10_min; to = to + 1_s) {
            run.until(to);
            took_one = took_one || run.the_pool().enis > before;
        }
        EXPECT_EQ(took_one, manages);
    }
}

// DaemonSets pass nodes over that do not match: there Cilium is alone, as on any node of its own.
TEST(TwoCnis, WhereAwsNodeIsKeptOffThereIsNoFight) {
    TwoCnis two(12);
    two.c.add_nodes(1, {.group = "cilium-only", .max_enis = 4, .ipv4_per_eni = 15, .labels = {{"cni", "cilium"}}});
    NodeSelectorTerm elsewhere;
    elsewhere.all.push_back({.key = "cni", .op = SelectorOperator::does_not_exist});
    two.c.pod_of(two.aws_node).required_node_terms = {elsewhere};
    two.c.scale_at(1_min, two.web, 50);
    TinyRun run = two.c.start();
    run.until(20_min, 1_s);
    std::int32_t contested = 0;
    for (const NodeId id : run.world().node_order) {
        const Node& node = run.row(id);
        const bool is_ciliums = run.spec()[run.spec()[node.shape].group].name == "cilium-only";
        EXPECT_EQ(has_two_cnis(node), !is_ciliums);
        for (const PodId pod : run.pods_of(two.web)) {
            if (run.pod(pod).node != id || run.pod(pod).address == AddressState::undisputed) continue;
            ++contested;
            EXPECT_FALSE(is_ciliums);
        }
    }
    EXPECT_GT(contested, 0);
}

// IPAM-335, IPAM-352: an agent that gets no addresses never writes its configuration, and all stays as it was.
TEST(TwoCnis, WithoutItsOperatorCiliumNeverTakesOver) {
    TwoCnis two(4);
    two.c.spec.cilium.operator_workload =
        two.c.add(WorkloadKind::deployment, "cilium-operator", TinyCluster::daemon_pod(), 0);
    two.c.scale_at(5_min, two.web, 20);
    TinyRun run = two.c.start();
    run.until(30_min, 5_s);
    EXPECT_FALSE(run.the_node().cilium.has_written_configuration);
    EXPECT_EQ(count_pods(run, two.web, AddressGiver::vpc_cni), 20);
    EXPECT_EQ(count_pods(run, two.web, AddressState::undisputed), 20);
}

// The daemons go with their DaemonSet, also where there is but one CNI (IPAM-122, IPAM-123).
TEST(TwoCnis, WithoutItsDaemonSetTheOnlyCniAnswersNobody) {
    TwoCnis one(3);
    one.c.spec.cni_kind = CniKind::vpc_cni;
    TinyRun run = one.c.start();
    run.until(1_min);
    run.remove(one.aws_node);
    run.simulation().apply([](const Spec& spec, World& world, Turn& turn) {
        EXPECT_TRUE(launch_node(spec, world, turn, NodeShapeIx::of(0)));
    });
    run.scale(one.web, 5);
    run.until(10_min, 1_s);
    std::int32_t ready = 0;
    for (const PodId id : run.pods_of(one.web)) {
        ready += run.pod(id).stage == PodStage::ready ? 1 : 0;
        EXPECT_TRUE(run.pod(id).stage == PodStage::ready || run.pod(id).cause == WaitCause::cni_not_ready);
    }
    EXPECT_EQ(ready, 3);
    EXPECT_EQ(run.row(run.node(0)).state, NodeState::ready);
    EXPECT_EQ(run.row(run.node(1)).state, NodeState::registered);
}

// What is on an ENI and what a store remembers of it may be more together than the ENI can hold.
TEST(TwoCnis, AStoreForgetsWhatEc2HasTakenAwayWhereTheEniGetsOther) {
    TwoCnis two(4, {.max_enis = 1, .ipv4_per_eni = 10});
    TinyRun run = two.c.start();
    run.until(1_min);
    EXPECT_EQ(cilium_store(run).total, 9);
    run.simulation().apply([](const Spec& spec, World& world, Turn& turn) {
        const EniId eni = world.pools[world.nodes[world.node_order[0]].first_pool].first_eni;
        std::vector<std::uint32_t> unused;
        for_each_stored(world, world.enis[eni], [&](std::uint32_t at, const EniCidr& cidr) {
            if (cidr.assigned == 0) unused.push_back(at);
        });
        ASSERT_EQ(unused.size(), 5U);
        release_at_once(spec, world, turn, eni, unused);
    });
    run.check();
    EXPECT_EQ(cilium_store(run).total, 9) << "until it looks";
    run.simulation().apply([](const Spec& spec, World& world, Turn& turn) {
        const EniId eni = world.pools[world.nodes[world.node_order[0]].first_pool].first_eni;
        EXPECT_EQ(take_cidrs(spec, world, turn, eni, 3), 3);
    });
    run.check();
    EXPECT_EQ(cilium_store(run).total, 9 - 3);
    EXPECT_EQ(run.the_pool().total, 4 + 3);
}

// A row of Cilium's outlives its ENI until Cilium looks at EC2 again.
TEST(TwoCnis, AnEniThatAwsNodeHasDeletedIsInTheOtherStoreUntilTheNextResync) {
    TwoCnis two(0);
    const WorkloadIx late = two.c.add_deployment("late", 0);
    two.c.scale_at(1_min, late, 26);
    TinyRun run = two.c.start();
    bool was_seen = false;
    sim::Duration now = 1_min;
    for (; now < 10_min; now = now + 100_ms) {
        run.until(now);
        bool is_seen = false;
        for (const auto& [id, eni] : run.world().enis) is_seen = is_seen || eni.state == EniState::gone;
        if (was_seen && !is_seen) break;
        was_seen = is_seen;
    }
    ASSERT_TRUE(was_seen);
    for (const auto& [id, eni] : run.world().enis) EXPECT_NE(eni.state, EniState::gone);
    EXPECT_LT(now, 10_min);
}

// IPAM-355: each 15 s, one a round, those that have run for more than half a minute.
TEST(TwoCnis, DnsPodsThatHaveTheirAddressFromAwsNodeAreRestarted) {
    TwoCnis two(2);
    PodTemplate dns = TinyCluster::serving_pod();
    dns.labels = {{"k8s-app", "kube-dns"}};
    const WorkloadIx coredns = two.c.add_deployment("coredns", 2, dns);
    TinyRun run = two.c.start();
    run.until(29_s, 1_s);
    EXPECT_EQ(count_pods(run, coredns, AddressGiver::vpc_cni), 2);
    run.until(2_min, 1_s);
    EXPECT_EQ(count_pods(run, coredns, AddressGiver::cilium), 2);
    EXPECT_EQ(count_pods(run, two.web, AddressGiver::vpc_cni), 2) << "other pods are left alone";
    std::vector<sim::Time> ends;
    for (const auto& seen : run.all<PodReadyFact>()) {
        if (seen.fact.workload == coredns && seen.fact.change < 0) ends.push_back(seen.at);
    }
    ASSERT_EQ(ends.size(), 2U);
    EXPECT_GT(ends[0], at(30_s));
    EXPECT_EQ(ends[1] - ends[0], 15_s);
}

// IPAM-353: chained, Cilium gives no addresses, so there is nothing to fight about.
TEST(TwoCnis, ChainedOnAwsCniThereIsNoFight) {
    const auto scenario = scenario_test::load({{"manifests", R"([
            {"chart": "cilium", "helmValues": {"cni": {"chainingMode": "aws-cni", "exclusive": false},
                                               "eni": {"enabled": true}, "ipam": {"mode": "eni"}}},
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
             "spec": {"replicas": 40, "selector": {"matchLabels": {"app": "web"}},
                      "template": {"metadata": {"labels": {"app": "web"}},
                                   "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}}}])"},
                                               {"behaviour", "[]"},
                                               {"timeline", "[]"}});
    ASSERT_TRUE(scenario) << scenario_test::listed(scenario.error());
    EXPECT_EQ(scenario->spec->cni_kind, CniKind::vpc_cni);
    EXPECT_EQ(scenario_test::find(scenario->warnings, Rule::two_cnis), nullptr);
    eks::Run run = eks::start(*scenario);
    run.until(10_min);
    std::int32_t pods = 0;
    for (const auto& [id, pod] : run.world().pods) {
        EXPECT_EQ(pod.given_by, AddressGiver::only);
        if (!pod.eni.valid()) continue;
        ++pods;
        EXPECT_EQ(run.world().enis[pod.eni].pool, run.world().nodes[pod.node].first_pool);
    }
    EXPECT_GE(pods, 40);
}

// The sums that metrics are made of are those of the store that new pods are served from.
void check_facts(const TinyRun& run) {
    std::map<NodeId, std::int32_t> addresses, assigned, enis;
    for (const Recorder::Entry& entry : run.facts()) {
        if (const auto* f = std::get_if<AddressesAddedFact>(&entry.fact)) addresses[f->node] += f->count;
        if (const auto* f = std::get_if<AddressesDroppedFact>(&entry.fact)) {
            addresses[f->node] -= f->free + f->cooling + f->assigned;
            assigned[f->node] -= f->assigned;
        }
        if (const auto* f = std::get_if<AddressAssignedFact>(&entry.fact)) ++assigned[f->node];
        if (const auto* f = std::get_if<AddressReleasedFact>(&entry.fact)) --assigned[f->node];
        if (const auto* f = std::get_if<EniFact>(&entry.fact)) enis[f->node] += f->change;
    }
    for (const auto& [id, node] : run.world().nodes) {
        const AddressPool& pool = run.world().pools[cilium_pool(node)];
        EXPECT_EQ(addresses[id], pool.total);
        EXPECT_EQ(assigned[id], pool.assigned + node.cilium.own);
        EXPECT_EQ(enis[id], node.enis);
    }
}

// The states that facts tell of are those that ready pods show.
void check_contests(const TinyRun& run) {
    std::map<AddressState, std::int32_t> told, shown;
    for (const auto& seen : run.all<PodAddressFact>()) {
        --told[seen.fact.from];
        ++told[seen.fact.to];
    }
    for (const auto& [id, pod] : run.world().pods) {
        if (pod.stage == PodStage::ready) ++shown[pod.address];
    }
    for (const AddressState state : {AddressState::shared, AddressState::overwritten, AddressState::taken_away})
        EXPECT_EQ(told[state], shown[state]);
}

// Canaries: each is found broken under its name.
TEST(TwoCnis, AMistakeInOneOfTheStoresIsNoticed) {
    TwoCnis two(4, {.max_enis = 2, .ipv4_per_eni = 10});
    two.c.scale_at(1_min, two.web, 12);
    const TinyRun run = [&] {
        TinyRun started = two.c.start();
        started.until(90_s);
        return started;
    }();
    const EniId eni = run.the_pool().first_eni;
    const PodId pod = run.pods_of(two.web).front();
    struct Case {
        const char* sentence;
        std::function<void(World&)> spoil;
    };
    const std::vector<Case> cases{
        {"a node's two stores are shown different ENIs by EC2", [&](World& w) { ++w.enis[eni].device; }},
        {"a node's two stores are shown different ENIs by EC2",
         [&](World& w) { w.cidrs[w.enis[w.enis[eni].twin].first_cidr].on_eni = false; }},
        {"an ENI's two rows do not know of each other", [&](World& w) { w.enis[w.enis[eni].twin].twin = {}; }},
        {"an ENI that EC2 has deleted is in no store, or holds something",
         [&](World& w) { w.enis[eni].state = EniState::gone; }},
        {"an address is contested and nobody contests it",
         [&](World& w) {
             w.pods[pod].given_by = AddressGiver::only;
             w.pods[pod].address = AddressState::shared;
         }},
        {"a pod's address has been taken away and the pod does not show it, or the other way about",
         [&](World& w) { w.pods[pod].address = AddressState::taken_away; }},
    };
    EXPECT_TRUE(broken_invariants(run.spec(), run.world()).empty());
    for (const Case& broken : cases) {
        World world = run.world();
        broken.spoil(world);
        const std::vector<std::string> found = broken_invariants(run.spec(), world);
        EXPECT_TRUE(std::ranges::any_of(found, [&](const std::string& sentence) {
            return sentence.starts_with(broken.sentence);
        })) << broken.sentence;
    }
}

// EKSSIM_SEED picks another one.
std::vector<std::uint64_t> seeds() {
    if (const char* only = std::getenv("EKSSIM_SEED")) return {std::strtoull(only, nullptr, 10)};
    std::vector<std::uint64_t> all(24);
    std::iota(all.begin(), all.end(), 1);
    return all;
}

// Random clusters, settings, churn and faults, with all that must hold looked at after every event.
TEST(TwoCnis, InvariantsHoldAfterEveryEventOfAFight) {
    std::size_t contested = 0;
    for (const std::uint64_t seed : seeds()) {
        const auto n = static_cast<std::int32_t>(seed);
        TwoCnis two(n % 7, {.max_pods = 24, .max_enis = 2 + n % 3, .ipv4_per_eni = 6 + n % 5}, 2);
        Spec& spec = two.c.spec;
        spec.opening = n % 3 == 0 ? Opening::empty : Opening::settled;
        if (n % 2 == 0) spec.cni.warm_ip_target = 1 + n % 4;
        spec.cni.prefix_delegation = n % 8 == 5;
        spec.cni.warm_prefix_target = 1;
        spec.cilium.prefix_delegation = n % 8 == 5 || n % 8 == 6;
        spec.cilium.releases_excess = n % 4 < 2;
        spec.cilium.release_delay = 30_s;
        spec.cilium.first_interface_index = n % 5 == 0 ? 1 : 0;
        two.c.set_subnet(n % 6 == 1 ? 26 : 24);
        two.c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(20_s));
        for (int step = 1; step < 8; ++step)
            two.c.scale_at(step * 100_s, two.web, static_cast<std::int32_t>((seed * 7 + step * 13) % 36));
        if (n % 4 == 3) two.c.fault_at(4_min, 2_min, {.kind = FaultKind::cni_daemon_down});
        if (n % 4 == 1) two.c.fault_at(6_min, 2_min, {.kind = FaultKind::imds_unavailable});
        if (n % 4 == 2) spec.timeline.push_back({.kind = TimelineKind::remove, .at = 8_min, .workload = two.aws_node});
        TinyRun run = two.c.start(seed);
        EachEventWatch watch(run, {run.spec().cni.cooldown, run.spec().cni_constants});
        run.simulation().run_until(at(14_min), watch);
        watch.finish();
        for (const auto& [sentence, when] : watch.broken())
            ADD_FAILURE() << sim::to_text(when) << ", seed " << seed << ": " << sentence;
        check_facts(run);
        check_contests(run);
        contested += run.count<PodAddressFact>();
        TinyRun again = two.c.start(seed);
        again.until(14_min);
        EXPECT_EQ(run, again) << "seed " << seed;
    }
    if (seeds().size() > 1) {
        EXPECT_GT(contested, 100U);
    }
}

// Its pods had addresses of aws-node, and those that follow the boot are taken back at Cilium, which knows nothing of
// them: aws-node's store keeps them, and every count stays right.
TEST(TwoCnis, ANodeThatBootsAgainLeavesAddressesInTheOtherStore) {
    TwoCnis two(8);
    two.c.spec.opening = Opening::settled;
    two.c.scale_at(10_s, two.web, 12);
    two.c.fault_at(2_min, 30_s, {.kind = FaultKind::node_down, .count = 1});
    TinyRun run = two.c.start();
    run.until(10_min, 500_ms);
    EXPECT_EQ(run.world()[two.web].ready, 12);
}

}  // namespace
}  // namespace eks::testing
