// Canaries: one deliberate mistake for each invariant, found under that invariant's name. A checker that was never seen
// to fail proves nothing (IPAM section H).
#include "models/world/subnet_verbs.hpp"
#include "tests/support/invariant_watch.hpp"
#include "tests/support/one_node.hpp"
#include "tests/support/tiny_cluster.hpp"

#include <functional>

namespace eks::testing {
namespace {

// --- in one World

// Two nodes with pods on several ENIs, and a Job that has ended.
TinyRun some_run(bool prefixes) {
    TinyCluster c;
    c.add_nodes(2, {.max_pods = 12});
    c.spec.cni.prefix_delegation = prefixes;
    c.spec.cni.warm_prefix_target = 2;
    c.add_deployment("web", 20);
    c.add_job("once", TinyCluster::job_pod(5_s));
    c.spec.quotas = {{"default", "pods", {}, {{"pods", QuotaMeasure::pods, ResourceKind::cpu, 100}}}};
    TinyRun run = c.start();
    run.until(1_min);
    return run;
}

struct Scene {
    Spec& spec;
    World& world;

    Node& node(std::size_t position = 0) { return world.nodes[world.node_order[position]]; }
    AddressPool& pool() { return world.pools[node().first_pool]; }
    std::uint32_t slot() { return world.node_order[0].slot; }
    Eni& eni() { return world.enis[pool().first_eni]; }
    EniCidr& cidr(std::uint32_t n = 0) { return world.cidrs[eni().first_cidr + n]; }
    Pod& pod() { return world.pods[node().first_pod]; }
    AgentPod& log() { return world.telemetry.pods.emplace_back(); }
    SubnetState& subnet() { return world.subnets[0]; }
    NodeShape& shape() { return spec.shapes[0]; }
    WorkloadState& web() { return world.workloads[0]; }
    WorkloadState& once() { return world.workloads[1]; }
    // A pod of that node that has an address.
    PodId holder(std::size_t position) {
        PodId pod = node(position).first_pod;
        while (!world.pods[pod].eni.valid()) pod = world.pods[pod].next_on_node;
        return pod;
    }
    // A place of the first node's store with nobody in it.
    EniCidr& unused_cidr() {
        for (EniCidr& candidate : world.cidrs) {
            if (candidate.in_store && candidate.assigned == 0) return candidate;
        }
        ADD_FAILURE() << "every CIDR is in use";
        return cidr();
    }
};

struct Canary {
    const char* invariant;
    std::function<void(Scene&)> mistake;
    bool prefixes = false;
};

const std::vector<Canary>& canaries() {
    static const std::vector<Canary> all = {
        {"a pod in a node's chain names another node", [](Scene& s) { s.pod().node = s.world.node_order[1]; }},
        {"a node's sums differ from its pods' requests", [](Scene& s) { s.node().requested.cpu_milli += 1; }},
        {"a node's count of pods differs from its chain", [](Scene& s) { ++s.node().pods; }},
        {"a node holds more pods than its max-pods", [](Scene& s) { s.shape().max_pods = 3; }},
        {"a node's CPU is overcommitted", [](Scene& s) { s.shape().allocatable.cpu_milli = 1; }},
        {"a node's memory is overcommitted", [](Scene& s) { s.shape().allocatable.memory_bytes = 1; }},
        {"pods have addresses that the store has not assigned", [](Scene& s) { s.pool().all_assigned = 0; }},
        {"a node's count of ENIs differs from those attached to it", [](Scene& s) { ++s.node().enis; }},
        {"a network card has more ENIs than its type allows", [](Scene& s) { s.shape().max_enis = 1; }},
        {"a network card's count of others' ENIs differs from their tags", [](Scene& s) { ++s.pool().untagged_enis; }},
        {"an ENI in a store's chain does not know of it", [](Scene& s) { s.eni().in_store = false; }},
        {"a store's counts differ from its ENIs'", [](Scene& s) { ++s.pool().total; }},
        {"a store has assigned more than it has", [](Scene& s) { s.pool().assigned = s.pool().total + 1; }},
        {"a store has more addresses than its ENIs can hold", [](Scene& s) { s.pool().total = 1000; }},
        {"an ENI is of an instance that has ended", [](Scene& s) { s.node().state = NodeState::lost; }},
        {"a pod runs on an instance that has ended", [](Scene& s) { s.node().state = NodeState::lost; }},
        {"a zone's counts differ from its Node objects", [](Scene& s) { ++s.world.zones[0].not_ready; }},
        {"a node is Ready and has the taint of one that is not",
         [](Scene& s) { s.node().condition_taints = no_schedule(ConditionTaint::unreachable); }},
        {"a node's taints differ from what it is short of", [](Scene& s) { s.node().pressure.disk = true; }},
        {"a pod seems to be ready and is not lost", [](Scene& s) { s.pod().seems_ready = true; }},
        {"a node's sums of images differ from those that are there", [](Scene& s) { ++s.node().images; }},
        {"a node reports an image that it does not have", [](Scene& s) { s.world.node_images[s.slot()] = 0; }},
        {"an image's count of nodes differs from what they report", [](Scene& s) { ++s.world.image_nodes[0]; }},
        {"a pull is of no node", [](Scene& s) { s.world.pulls.insert({}); }},
        {"a pull in a node's chain names another node",
         [](Scene& s) {
             Pull pull;
             pull.node = s.world.node_order[1];
             s.node().first_pull = s.world.pulls.insert(pull);
         }},
        {"a CIDR is on no side", [](Scene& s) { s.cidr().in_store = s.cidr().on_eni = false; }},
        // An address is given to a second pod, and a pod gets a second address.
        {"an address is assigned to a pod that does not know of it",
         [](Scene& s) {
             for (EniCidr& cidr : s.world.cidrs) {
                 if (cidr.assigned > 0) cidr.record.owner = s.holder(1);
             }
         }},
        {"an address is assigned to a pod that does not know of it",
         [](Scene& s) { s.unused_cidr().record.owner = s.holder(0); }},
        {"a CIDR's count of owners differs from its records", [](Scene& s) { ++s.cidr().assigned; }},
        {"a CIDR is in the store and its ENI is not", [](Scene& s) { s.eni().in_store = false; }},
        {"an ENI's counts differ from its slots", [](Scene& s) { ++s.eni().granted; }},
        {"an ENI has more CIDRs than it can hold", [](Scene& s) { s.eni().granted = s.eni().slots + 1; }},
        {"an address is held outside of its subnet", [](Scene& s) { s.cidr().network = 1; }},
        {"an address of a subnet is held twice", [](Scene& s) { s.cidr(0).network = s.cidr(1).network; }},
        {"a prefix is not aligned", [](Scene& s) { s.cidr().network += 1; }, true},
        // An address is not returned with its CIDR; one is returned that is held.
        {"the addresses taken in subnets are not those that are held",
         [](Scene& s) { revoke_cidr(s.world, s.pool().first_eni, s.eni().first_cidr); }},
        {"the addresses taken in subnets are not those that are held",
         [](Scene& s) { give_back_address(s.spec, s.world, SubnetIx::of(0), s.eni().primary_address); }},
        {"a subnet takes a block for whole that is not, or the other way about",
         [](Scene& s) { s.world.subnet_block_bits[0] ^= 2; }},
        {"a subnet's counts differ from its addresses", [](Scene& s) { ++s.subnet().free_single; }},
        {"a subnet's free addresses differ from what is held of it", [](Scene& s) { ++s.subnet().free; }},
        {"a subnet has given out more than it has", [](Scene& s) { s.subnet().free = -1; }},
        {"a bucket of EC2 calls is overdrawn", [](Scene& s) { s.world.ec2_buckets[0].nano_tokens = -1; }},
        {"a pod beyond the scheduler has no node", [](Scene& s) { s.pod().node = NodeId::none(); }},
        {"a bound pod waits in the scheduler", [](Scene& s) { s.pod().place = QueuePlace::active; }},
        {"a workload's counts of finished Jobs are off", [](Scene& s) { ++s.once().succeeded_jobs; }},
        {"a workload's count of active pods is off", [](Scene& s) { --s.web().active; }},
        {"a workload's count of ready pods is off", [](Scene& s) { ++s.web().ready; }},
        {"what a quota counts differs from its pods", [](Scene& s) { ++s.world.quota_uses[0].used; }},
        {"a node group wants less than no node", [](Scene& s) { s.world.groups[0].desired = -1; }},
        {"a workload's count of blocked allocations is off",
         [](Scene& s) { s.world.nomad.blocked.assign(s.world.workloads.size(), 1); }},
        {"a pod is a target that nobody has registered",
         [](Scene& s) {
             s.world.identity.gates.emplace_back();
             s.spec.templates[s.pod().pod_template.value].identity.gate = 0;
             s.pod().is_target = true;
         }},
        {"an Ingress or a Service is served by a load balancer that was never made",
         [](Scene& s) {
             s.spec.identity.balancer_objects.emplace_back();
             s.world.identity.balancer_objects.emplace_back().stage = BalancerStage::serving;
             s.world.identity.balancers_active = {sim::Time::never()};
         }},
        {"a write-ahead log is nobody's", [](Scene& s) { s.log(); }},
        {"a write-ahead log holds less than nothing", [](Scene& s) { s.log().log = {{at(1_s), at(2_s), -1}}; }},
        {"a log is whole though nobody writes to it, or the other way round",
         [](Scene& s) { s.log().missing.clear(); }},
        {"what a log misses is out of order",
         [](Scene& s) { s.log().missing = {{at(1_s), at(3_s)}, {at(2_s), at(4_s)}}; }},
        {"a write-ahead log is out of order",
         [](Scene& s) { s.log().log = {{at(2_s), at(3_s), 1}, {at(1_s), at(2_s), 1}}; }},
        {"a write-ahead log is written to by nobody", [](Scene& s) { s.log().in_milli = 1; }},
        {"a pod has two write-ahead logs",
         [](Scene& s) {
             s.log().pod = s.node().first_pod;
             s.log().pod = s.node().first_pod;
         }},
    };
    return all;
}

TEST(Invariants, EachIsFoundBrokenUnderItsName) {
    for (const bool prefixes : {false, true}) {
        const TinyRun run = some_run(prefixes);
        EXPECT_TRUE(broken_invariants(run.spec(), run.world()).empty());
        for (const Canary& canary : canaries()) {
            if (canary.prefixes != prefixes) continue;
            Spec spec = run.spec();
            World world = run.world();
            Scene scene{spec, world};
            canary.mistake(scene);
            const std::vector<std::string> found = broken_invariants(spec, world);
            EXPECT_TRUE(std::ranges::any_of(found, [&](const std::string& sentence) {
                return sentence.starts_with(canary.invariant);
            })) << canary.invariant;
        }
    }
}

// --- between one World and the next

InvariantWatch::Rules rules() { return {30_s, CniConstants{}}; }

// Whether the watch, told of the right rules, finds this run of five minutes to break the one of that name.
bool is_caught(const char* invariant, TinyCluster& c) {
    TinyRun run = c.start();
    EachEventWatch watch(run, rules());
    run.simulation().run_until(at(5_min), watch);
    watch.finish();
    return watch.broken().contains(invariant);
}

TEST(InvariantWatch, SeesAnAddressGivenOutWhileItCools) {  // section H, 3
    for (const bool is_wrong : {false, true}) {
        OneNode one(4, {.max_enis = 1, .ipv4_per_eni = 5});
        if (is_wrong) one.c.spec.cni.cooldown = 10_s;
        one.c.scale_at(10_s, one.web, 0);
        one.c.scale_at(25_s, one.web, 4);
        EXPECT_EQ(is_caught("an address is given out while it cools", one.c), is_wrong);
    }
}

TEST(InvariantWatch, SeesAnEniFreedTooYoung) {  // section H, 4
    for (const bool is_wrong : {false, true}) {
        OneNode one(0);
        if (is_wrong) one.c.spec.cni_constants.minimum_eni_age = 5_s;
        if (is_wrong) one.c.spec.cni.cooldown = 0_s;
        one.c.scale_at(10_s, one.web, 10);
        one.c.scale_at(30_s, one.web, 0);
        EXPECT_EQ(is_caught("an ENI is freed too young", one.c), is_wrong);
    }
}

TEST(InvariantWatch, SeesAnEniFreedWhileAddressesOfItCool) {  // section H, 4
    for (const bool is_wrong : {false, true}) {
        OneNode one(18);
        if (is_wrong) one.c.spec.cni.cooldown = 0_s;
        one.c.scale_at(10_s, one.web, 0);
        EXPECT_EQ(is_caught("an ENI is freed while addresses of it cool", one.c), is_wrong);
    }
}

TEST(InvariantWatch, SeesReleasesThatFollowTooSoon) {  // section H, 5
    for (const bool is_wrong : {false, true}) {
        OneNode one(24, {.max_enis = 1, .ipv4_per_eni = 50});
        one.c.spec.cni.warm_ip_target = 1;
        if (is_wrong) one.c.spec.cni_constants.decrease_interval = 5_s;
        for (int n = 1; n <= 8; ++n) one.c.scale_at(sim::Duration::seconds(8 * n), one.web, 24 - 2 * n);
        EXPECT_EQ(is_caught("a node releases addresses again too soon", one.c), is_wrong);
    }
}

TEST(InvariantWatch, SeesAnExhaustedSubnetAskedAgainTooSoon) {  // section H, 5
    for (const bool is_wrong : {false, true}) {
        OneNode one(0);
        one.c.set_subnet(28);
        if (is_wrong) one.c.spec.cni_constants.insufficient_cooldown = 20_s;
        one.c.scale_at(10_s, one.web, 1);
        EXPECT_EQ(is_caught("a node asks an exhausted subnet again too soon", one.c), is_wrong);
    }
}

// A node at rest with three ENIs and no pods.
TinyRun emptied_run() {
    OneNode one(10);
    one.c.spec.cni.warm_ip_target = 1;
    one.c.spec.cni.minimum_ip_target = 27;
    one.c.scale_at(1_s, one.web, 0);
    TinyRun run = one.c.start();
    run.until(2_min);
    EXPECT_EQ(run.the_pool().enis, 3);
    return run;
}

EniId secondary(const World& world, std::size_t n) {
    for (const auto& [id, eni] : world.enis) {
        if (!eni.is_primary && n-- == 0) return id;
    }
    return EniId::none();
}

TEST(InvariantWatch, SeesTwoEnisFreedInOnePass) {  // section H, 6
    const TinyRun run = emptied_run();
    World world = run.world();
    InvariantWatch watch(rules(), world, run.now());
    const std::vector<EniId> enis = {secondary(world, 0), secondary(world, 1)};
    const auto free = [&](EniId eni) {
        world.nodes[run.node()].ipamd.step = PoolStep::finding_attachment;
        world.nodes[run.node()].ipamd.eni = eni;
        leave_store(world, eni);
    };
    free(enis[0]);
    EXPECT_TRUE(watch.see(world, run.now()).empty());
    free(enis[1]);
    EXPECT_EQ(watch.see(world, run.now() + 1_s), (std::vector<std::string>{"one pass frees two ENIs of a card"}));
}

TEST(InvariantWatch, SeesTwoEnisFilledInOnePass) {  // section H, 6
    const TinyRun run = emptied_run();
    World world = run.world();
    world.nodes[run.node()].ipamd.step = PoolStep::assigning;
    InvariantWatch watch(rules(), world, run.now());
    // Another address comes in the place of one.
    const auto fill = [&](EniId eni) {
        const std::uint32_t at = world.enis[eni].first_cidr;
        unstore_cidr(world, eni, at);
        world.cidrs[at].network += 1000;
        store_cidr(world, eni, at);
    };
    fill(secondary(world, 0));
    EXPECT_TRUE(watch.see(world, run.now()).empty());
    fill(secondary(world, 1));
    EXPECT_EQ(watch.see(world, run.now() + 1_s), (std::vector<std::string>{"one pass fills two ENIs of a card"}));
}

TEST(InvariantWatch, SeesAnAddressThatAPodTookWithIt) {  // section H, 1
    OneNode one(3);
    TinyRun run = one.c.start();
    World world = run.world();
    InvariantWatch watch(rules(), world, run.now());
    abandon_address(world, run.pods_of(one.web).at(0));
    EXPECT_EQ(watch.see(world, run.now()), (std::vector<std::string>{"an address stays assigned after its pod"}));
}

TEST(InvariantWatch, SeesABoundPodMoved) {  // section H, 8
    TinyCluster c;
    c.add_nodes(2, {.max_enis = 1, .ipv4_per_eni = 2});
    c.add_deployment("web", 4);
    TinyRun run = c.start();
    run.until(1_min);
    PodId stuck = PodId::none();
    for (const auto& [id, pod] : run.world().pods) {
        if (pod.stage == PodStage::stuck) stuck = id;
    }
    ASSERT_TRUE(stuck.valid());
    InvariantWatch watch(rules(), run.world(), run.now());
    World world = run.world();
    EXPECT_TRUE(watch.see(world, run.now()).empty());
    world.pods[stuck].node = world.node_order[world.pods[stuck].node == world.node_order[0] ? 1 : 0];
    EXPECT_EQ(watch.see(world, run.now()), (std::vector<std::string>{"a bound pod has been moved"}));
}

}  // namespace
}  // namespace eks::testing
