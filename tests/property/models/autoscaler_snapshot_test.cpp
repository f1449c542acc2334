// The snapshot in whole numbers answers as the plain scheduler's filters do of the same cluster written as objects.
#include "models/systems/autoscaling/cluster_autoscaler/estimator.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/plain_room.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/snapshot_room.hpp"
#include "models/systems/scheduling/plain/view.hpp"
#include "tests/support/autoscaled_cluster.hpp"

#include <string>

namespace eks::testing {
namespace {

using namespace cluster_autoscaler;

std::uint64_t pick(std::uint64_t seed, std::uint32_t n, std::uint64_t below) {
    return sim::draw_below(sim::RunKey{seed, 0}, {900, 0, 0, n}, below);
}

Selector selecting(const std::string& app) {
    Selector selector;
    selector.is_given = true;
    selector.all = {{"app", SelectorOperator::in, {app}, false}};
    return selector;
}

// A pod of some app with a relation of its own to some app.
PodTemplate some_pod(std::uint64_t seed, std::uint32_t n) {
    static const std::vector<std::string> apps{"a", "b", "c"};
    static const std::vector<std::string> keys{"kubernetes.io/hostname", "topology.kubernetes.io/zone"};
    PodTemplate pod = TinyCluster::serving_pod(static_cast<Millicores>(200 + 100 * pick(seed, n, 8)));
    pod.namespace_name = "default";
    pod.labels = {{"app", apps[pick(seed, n + 1, 3)]}};
    const std::string key = keys[pick(seed, n + 2, 2)];
    const Selector selector = selecting(apps[pick(seed, n + 3, 3)]);
    switch (pick(seed, n + 4, 6)) {
        case 0: pod.constraints.required_anti_affinity = {{key, selector, {}, {}, 0, false}}; break;
        case 1: pod.constraints.required_affinity = {{key, selector, {}, {}, 0, false}}; break;
        case 2: {
            SpreadConstraint spread;
            spread.topology_key = key;
            spread.max_skew = static_cast<std::int64_t>(1 + pick(seed, n + 5, 2));
            spread.is_required = true;
            spread.selector = selector;
            pod.constraints.spread = {spread};
            break;
        }
        case 3: pod.constraints.host_ports = {{"TCP", "0.0.0.0", 80}}; break;
        default: break;
    }
    return pod;
}

struct Drawn {
    TinyCluster c;
    std::vector<WorkloadIx> workloads;
    NodeGroupIx group;
};

Drawn drawn_cluster(std::uint64_t seed) {
    Drawn d;
    d.c.add_zone(20);
    const auto labels = [](const char* zone) { return std::vector<Label>{{"topology.kubernetes.io/zone", zone}}; };
    d.c.add_nodes(static_cast<std::int32_t>(1 + pick(seed, 0, 3)), {.group = "one", .labels = labels("us-east-1a")});
    d.c.add_nodes(static_cast<std::int32_t>(1 + pick(seed, 1, 3)),
                  {.group = "two", .zone = 1, .subnet = 1, .labels = labels("us-east-1b")});
    d.group = NodeGroupIx::of(pick(seed, 2, 2));
    for (std::uint32_t i = 0; i < 5; ++i)
        d.workloads.push_back(d.c.add_deployment(
            "w" + std::to_string(i), static_cast<std::int32_t>(pick(seed, 10 + i, 4)), some_pod(seed, 100 + 10 * i)));
    return d;
}

plain::Amounts amounts(const Resources& resources, std::int32_t pods) {
    return {{"cpu", resources.cpu_milli},
            {"memory", resources.memory_bytes},
            {"ephemeral-storage", resources.ephemeral_bytes},
            {"pods", pods}};
}

// CA-12 to CA-14 in a run, held against the plain form of the same packing.
TEST(AutoscalerSnapshot, PacksAsThePlainFiltersDo) {
    std::int64_t packed = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        const Drawn d = drawn_cluster(seed);
        TinyRun run = d.c.start(seed);
        World world = run.world();
        const Spec& spec = run.spec();
        const Snapshot snapshot(spec, world);
        AutoscalerTemplate node;
        node.shape = spec[d.group].shapes.front();

        EstimateQuestion question;
        std::vector<Wanted> wanted;
        for (const WorkloadIx workload : d.workloads) {
            const std::vector<PodId> pods = run.pods_of(workload);
            if (pods.empty()) continue;
            if (question.cluster.nodes.empty()) question.cluster = plain::view_of_cluster(spec, world, pods.front());
            PodGroup group;
            group.pod = plain::view_of_pod(spec, world, pods.front());
            group.pod.node_name.clear();
            group.count = static_cast<std::int64_t>(1 + pick(seed, 500 + workload.value, 6));
            question.groups.push_back(group);
            wanted.push_back({spec[workload].pod_template, {}});
        }
        if (question.groups.empty()) continue;
        const NodeShape& shape = spec[node.shape];
        question.node_template.name = "template";
        for (const Label& label : shape.labels) question.node_template.labels[label.key] = label.value;
        question.node_template.allocatable = amounts(shape.allocatable, shape.max_pods);
        question.node_limit = 4;

        SnapshotRoom room(snapshot, node, wanted);
        const Estimate quick = Packing(room, question).run();
        const Estimate plain = estimate_plainly(question);
        EXPECT_EQ(quick.node_count, plain.node_count) << "seed " << seed;
        EXPECT_EQ(quick.scheduled_per_group, plain.scheduled_per_group) << "seed " << seed;
        packed += plain.scheduled;
    }
    EXPECT_GT(packed, 1000);
}

// CA-6, CA-44: which nodes of the cluster take a pod.
TEST(AutoscalerSnapshot, LooksAtNodesAsThePlainFiltersDo) {
    std::int64_t fitting = 0;
    std::int64_t refused = 0;
    const plain::Profile profile = plain::default_profile();
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const Drawn d = drawn_cluster(seed);
        TinyRun run = d.c.start(seed);
        World world = run.world();
        const Snapshot snapshot(run.spec(), world);
        for (const WorkloadIx workload : d.workloads) {
            const std::vector<PodId> pods = run.pods_of(workload);
            if (pods.empty()) continue;
            plain::PodObject pod = plain::view_of_pod(run.spec(), world, pods.front());
            pod.node_name.clear();
            pod.name = "another";
            const plain::Cluster cluster = plain::view_of_cluster(run.spec(), world, pods.front());
            const std::vector<plain::NodeInfo> infos = plain::nodes_with_pods(cluster);
            const plain::FilterRound round(cluster, profile, infos, pod);
            const Wanted wanted{run.spec()[workload].pod_template, {}};
            const FilterCycle cycle(snapshot, wanted);
            ASSERT_EQ(infos.size(), snapshot.size());
            for (std::size_t i = 0; i < infos.size(); ++i) {
                const bool fits = !round.pod_refusal() && !round.refusal(infos[i]);
                EXPECT_EQ(cycle.fits(i), fits) << "seed " << seed << ", node " << i;
                ++(fits ? fitting : refused);
            }
        }
    }
    EXPECT_GT(fitting, 300);
    EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace eks::testing
