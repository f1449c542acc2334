// Each strategy of the descheduler evicts through the eviction API (DESCH-1, PDB-2): where it would evict, a
// PodDisruptionBudget that allows nothing keeps every pod, and one that allows one pod lets one go.
#include "tests/support/descheduled.hpp"

namespace eks::testing {
namespace {

constexpr std::int32_t unlimited = -1;

// A scene in which one run of the strategy evicts `evicted` of the pods of `web`.
struct Scene {
    const char* name;
    DeschedulerStrategy strategy;
    std::vector<std::int32_t> on_nodes;
    std::size_t evicts;
    PodTemplate pod = TinyCluster::serving_pod(100);
    DeschedulerStep with{};  // the arguments of the strategy
    bool cordons_first = false;
    std::vector<Label> labels_of_second{};

    std::int32_t replicas() const {
        std::int32_t sum = 0;
        for (const std::int32_t pods : on_nodes) sum += pods;
        return sum;
    }
};

AffinityTerm apart_by_host() {
    AffinityTerm term;
    term.topology_key = "kubernetes.io/hostname";
    term.selector.is_given = true;
    term.selector.all = {{"app", SelectorOperator::in, {"web"}, false}};
    return term;
}

PodTemplate labelled() {
    PodTemplate pod = TinyCluster::serving_pod(100);
    pod.namespace_name = "default";
    pod.labels = {{"app", "web"}};
    return pod;
}

std::vector<Scene> scenes() {
    using enum DeschedulerStrategy;
    std::vector<Scene> all;

    all.push_back({"RemoveDuplicates", remove_duplicates, {6, 0, 0}, 4});

    Scene old{"PodLifeTime", pod_life_time, {2, 1, 0}, 3};
    old.with.longest_life = 1_min;
    all.push_back(old);

    Scene restarts{"RemovePodsHavingTooManyRestarts", remove_pods_having_too_many_restarts, {2, 0, 0}, 2};
    restarts.with.restarts = 1;
    restarts.pod.exit.share_ppm = 1'000'000;
    restarts.pod.exit.after = sim::Distribution::constant(2_min);
    all.push_back(restarts);

    all.push_back({"RemovePodsViolatingNodeTaints", remove_pods_violating_node_taints, {2, 1, 0}, 2});
    all.back().cordons_first = true;

    Scene affinity{"RemovePodsViolatingNodeAffinity", remove_pods_violating_node_affinity, {2}, 2};
    affinity.with.heeds_required_affinity = true;
    affinity.pod.node_selector = {{"disk", "ssd"}};
    affinity.labels_of_second = {{"disk", "ssd"}};
    all.push_back(affinity);

    Scene apart{"RemovePodsViolatingInterPodAntiAffinity", remove_pods_violating_inter_pod_anti_affinity, {3, 0, 0}, 2};
    apart.pod = labelled();
    apart.pod.constraints.required_anti_affinity = {apart_by_host()};
    all.push_back(apart);

    Scene spread{
        "RemovePodsViolatingTopologySpreadConstraint", remove_pods_violating_topology_spread_constraint, {4, 0}, 2};
    spread.pod = labelled();
    SpreadConstraint even;
    even.topology_key = "kubernetes.io/hostname";
    even.max_skew = 1;
    even.is_required = true;
    even.honors_taints = true;
    even.selector = apart_by_host().selector;
    spread.pod.constraints.spread = {even};
    all.push_back(spread);

    Scene full{"LowNodeUtilization", low_node_utilization, {9, 0, 0}, 4, TinyCluster::serving_pod(200)};
    full.with.thresholds.cpu = 20;
    full.with.targets.cpu = 50;
    all.push_back(full);

    // One pod of 400 of 2000 is at the threshold, and the two on the other node are above it.
    Scene empty{"HighNodeUtilization", high_node_utilization, {1, 2}, 1, TinyCluster::serving_pod(400)};
    empty.with.thresholds.cpu = 20;
    all.push_back(empty);
    return all;
}

struct Seen {
    std::size_t evicted = 0;
    std::size_t refused = 0;
};

// What the first run of the descheduler does under a budget of so many pods that must stay.
Seen first_run(const Scene& scene, std::int32_t at_least) {
    Descheduled d(static_cast<std::int32_t>(scene.on_nodes.size()));
    if (!scene.labels_of_second.empty()) d.c.add_nodes(1, {.group = "second", .labels = scene.labels_of_second});
    DeschedulerStep& step = d.step(scene.strategy);
    step = scene.with;
    step.strategy = scene.strategy;
    const WorkloadIx web = d.add("web", scene.on_nodes, scene.pod);
    if (at_least != unlimited) d.keep_all(web, at_least);
    TinyRun run = d.c.start();
    run.until(1_s);
    if (scene.cordons_first) run.cordon(run.node(1), true);
    run.until(10_min);
    Seen seen;
    seen.evicted = evicted(run, web);
    for (const auto& asked : run.all<EvictionFact>()) seen.refused += asked.fact.was_refused ? 1U : 0U;
    return seen;
}

TEST(DeschedulerBudgets, EveryStrategyAsksTheEvictionApi) {
    for (const Scene& scene : scenes()) {
        SCOPED_TRACE(scene.name);
        EXPECT_EQ(first_run(scene, unlimited).evicted, scene.evicts);
        EXPECT_EQ(first_run(scene, unlimited).refused, 0U);

        const Seen kept = first_run(scene, scene.replicas());
        EXPECT_EQ(kept.evicted, 0U);
        EXPECT_GE(kept.refused, scene.evicts);

        EXPECT_EQ(first_run(scene, scene.replicas() - 1).evicted, 1U);
    }
}

// PDB-2: a pod that has failed goes whatever its budget says; what keeps it is its age, or its owner.
TEST(DeschedulerBudgets, FailedPodsGoWhateverTheirBudgetSays) {
    enum class Keeps { nothing, budget, owner };
    for (const Keeps keeps : {Keeps::nothing, Keeps::budget, Keeps::owner}) {
        Descheduled d;
        DeschedulerStep& step = d.step(DeschedulerStrategy::remove_failed_pods);
        if (keeps == Keeps::owner) step.excluded_owner_kinds = {"Job"};
        PodTemplate pod = TinyCluster::job_pod(10_s);
        pod.failure_rate_ppm = 1'000'000;
        const WorkloadIx job = d.c.add_job("report", pod);
        d.c.at(job).job.backoff_limit = 0;
        d.c.spec.placement.is_given = false;
        d.c.spec.placement.pods.clear();
        if (keeps == Keeps::budget) d.keep_all(job, 1);
        TinyRun run = d.c.start();
        run.until(15_min);
        EXPECT_EQ(evicted(run, job), keeps == Keeps::owner ? 0U : 1U);
    }
}

}  // namespace
}  // namespace eks::testing
