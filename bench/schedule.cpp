// Placing pods, without a run around it: `schedule/<shape>/<nodes>x<pods>`. Every pod goes through a whole scheduling
// cycle with all default filters and scores, percentageOfNodesToScore as it is by default, and is then counted on its
// node. Each benchmark checks that all pods were placed, and that none of the constraints is broken.
//
// The shapes are those of the scheduler's own performance tests: `basic` (4 CPU, 32 GiB, 110 pods a node; 100m and
// 500 MiB a pod), `anti-affinity` (no two on one node), `spread` (three zones, maxSkew 5), and `mixed`: three types of
// nodes in three zones, forty Deployments of every size, some of them spread, some kept apart, some with preferences.
//
// `schedule/k8s-sims/1213x7064` places recorded pods on recorded nodes: the input on which Kubernetes simulators were
// compared. It lies in the folder that EKSSIM_WORKLOADS names, and is skipped without it. Not all of its pods fit: the
// real scheduler left 12 to 15 of them.
//
// `schedule/preemption/…` is the scheduler's own test of preemption: four pods of low priority on every node, three of
// which have to go for each of high priority.
//
// `schedule-plainly/…` is the plain scheduler on the same pods, fewer of them.
#include "libsim/check.hpp"
#include "models/systems/scheduling/plain/cycle.hpp"
#include "models/systems/scheduling/plain/view.hpp"
#include "models/systems/scheduling/preemption.hpp"
#include "models/systems/scheduling/select_node.hpp"
#include "models/world/verbs.hpp"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace {

using namespace eks;

constexpr const char* zone_label = "topology.kubernetes.io/zone";
constexpr const char* hostname_label = "kubernetes.io/hostname";

struct Scene {
    Spec spec;
    World world;

    void add_shape(std::uint32_t zone, Millicores cpu, Bytes memory, std::int32_t nodes) {
        NodeShape shape;
        shape.group = NodeGroupIx::of(spec.node_groups.size());
        shape.zone = ZoneIx{zone};
        shape.subnet = SubnetIx{0};
        shape.labels = {{zone_label, spec.zones[zone]}};
        shape.allocatable.cpu_milli = cpu;
        shape.allocatable.memory_bytes = memory;
        shape.max_pods = 110;
        NodeGroup group;
        group.name = "group-" + std::to_string(spec.node_groups.size());
        group.desired = nodes;
        group.shapes = {NodeShapeIx::of(spec.shapes.size())};
        spec.shapes.push_back(shape);
        spec.node_groups.push_back(group);
    }

    PodTemplate& add_workload(WorkloadKind kind, Millicores cpu, Bytes memory) {
        const std::string name = "w" + std::to_string(spec.workloads.size());
        PodTemplate pod;
        ContainerSpec container;
        container.name = "main";
        container.image = ImageIx{0};
        container.requests.cpu_milli = cpu;
        container.requests.memory_bytes = memory;
        container.states_cpu_request = container.states_memory_request = true;
        pod.containers = {container};
        pod.labels = {{"app", name}};
        Workload workload;
        workload.kind = kind;
        workload.namespace_name = "default";
        workload.name = name;
        workload.pod_template = TemplateIx::of(spec.templates.size());
        spec.workloads.push_back(workload);
        spec.templates.push_back(pod);
        return spec.templates.back();
    }

    void begin() {
        spec.images = {{"registry.k8s.io/pause:3.10", 0, 0}};
        complete(spec);
        world = empty_world(spec);
        std::vector<NodeId> nodes;
        for (const NodeGroup& group : spec.node_groups) {
            for (std::int32_t i = 0; i < group.desired; ++i)
                nodes.push_back(add_node(spec, world, group.shapes.front(), sim::Time::origin()));
        }
        for (const NodeId node : nodes) world.nodes[node].state = NodeState::ready;
        list_nodes(spec, world, nodes);
    }
};

Scene with_zones(std::uint32_t zones) {
    Scene scene;
    scene.spec.kubernetes.minor = 36;
    for (std::uint32_t i = 0; i < zones; ++i) scene.spec.zones.push_back(std::string(1, static_cast<char>('a' + i)));
    scene.spec.subnets.emplace_back();
    return scene;
}

Selector same_app(const PodTemplate& pod) {
    return {true, {{"app", SelectorOperator::in, {pod.labels.front().value}, false}}};
}

AffinityTerm apart(const PodTemplate& pod, std::int64_t weight) {
    AffinityTerm term;
    term.topology_key = hostname_label;
    term.selector = same_app(pod);
    term.weight = weight;
    return term;
}

SpreadConstraint over_zones(const PodTemplate& pod, std::int64_t max_skew) {
    SpreadConstraint constraint;
    constraint.topology_key = zone_label;
    constraint.max_skew = max_skew;
    constraint.is_required = true;
    constraint.selector = same_app(pod);
    return constraint;
}

constexpr Millicores usual_cpu = 4000;
constexpr Bytes usual_memory = 32 * gibibyte;

void add_usual_nodes(Scene& scene, std::int32_t nodes) {
    const auto zones = static_cast<std::int32_t>(scene.spec.zones.size());
    for (std::int32_t zone = 0; zone < zones; ++zone)
        scene.add_shape(static_cast<std::uint32_t>(zone), usual_cpu, usual_memory,
                        nodes / zones + (zone < nodes % zones ? 1 : 0));
}

Scene basic(std::int32_t nodes) {
    Scene scene = with_zones(1);
    add_usual_nodes(scene, nodes);
    scene.add_workload(WorkloadKind::pod, 100, 500 * mebibyte);
    return scene;
}

Scene anti_affinity(std::int32_t nodes) {
    Scene scene = with_zones(1);
    add_usual_nodes(scene, nodes);
    PodTemplate& pod = scene.add_workload(WorkloadKind::pod, 100, 500 * mebibyte);
    pod.constraints.required_anti_affinity = {apart(pod, 0)};
    return scene;
}

Scene spread(std::int32_t nodes) {
    Scene scene = with_zones(3);
    add_usual_nodes(scene, nodes);
    PodTemplate& pod = scene.add_workload(WorkloadKind::pod, 100, 500 * mebibyte);
    pod.constraints.spread = {over_zones(pod, 5)};
    return scene;
}

Scene mixed(std::int32_t nodes) {
    Scene scene = with_zones(3);
    for (std::uint32_t zone = 0; zone < 3; ++zone) {
        scene.add_shape(zone, 8'000, 16 * gibibyte, nodes / 9);
        scene.add_shape(zone, 4'000, 32 * gibibyte, nodes / 9);
        scene.add_shape(zone, 16'000, 64 * gibibyte, nodes / 3 - 2 * (nodes / 9));
    }
    for (int i = 0; i < 40; ++i) {
        PodTemplate& pod = scene.add_workload(i % 8 == 7 ? WorkloadKind::pod : WorkloadKind::deployment,
                                              50 + 25 * (i % 11), (64 + 96 * (i % 7)) * mebibyte);
        if (i % 10 == 3) pod.constraints.spread = {over_zones(pod, 1)};
        if (i % 10 == 5) pod.constraints.required_anti_affinity = {apart(pod, 0)};
        if (i % 10 == 7) pod.constraints.preferred_anti_affinity = {apart(pod, 100)};
    }
    return scene;
}

std::int64_t peak_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

// What must hold whatever the scheduler chose.
void check(const Scene& scene) {
    for (const NodeId id : scene.world.node_order) {
        const Node& node = scene.world.nodes[id];
        CHECK(fits(node.requested, scene.spec[node.shape].allocatable), "a node is overcommitted");
        std::vector<std::int32_t> of_template(scene.spec.templates.size());
        for (PodId pod = node.first_pod; pod.valid(); pod = scene.world.pods[pod].next_on_node) {
            const TemplateIx t = scene.world.pods[pod].pod_template;
            const bool is_apart = !scene.spec[t].constraints.required_anti_affinity.empty();
            CHECK(++of_template[t.value] == 1 || !is_apart, "two pods that must not meet are on one node");
        }
    }
}

using MakeScene = Scene (*)(std::int32_t nodes);

void place(benchmark::State& state, MakeScene make, std::int32_t nodes, std::int32_t pods) {
    const sim::RunKey key{1, 0};
    for (auto _ : state) {
        state.PauseTiming();
        Scene scene = make(nodes);
        scene.begin();
        state.ResumeTiming();
        for (std::int32_t i = 0; i < pods; ++i) {
            const WorkloadIx workload = WorkloadIx::of(static_cast<std::size_t>(i) % scene.spec.workloads.size());
            const PodId pod = add_pod(scene.spec, scene.world, workload, static_cast<std::uint32_t>(i), JobId::none(),
                                      sim::Time::origin());
            const NodeChoice choice = select_node(scene.spec, scene.world, key, pod);
            if (!choice.node.valid()) {
                state.SkipWithError("a pod found no node");
                break;
            }
            put_on_node(scene.spec, scene.world, pod, choice.node);
        }
        state.PauseTiming();
        check(scene);
        state.ResumeTiming();
    }
    state.counters["pods_per_second"] =
        benchmark::Counter(static_cast<double>(pods), benchmark::Counter::kIsIterationInvariantRate);
    state.counters["peak_bytes"] = static_cast<double>(peak_bytes());
}

// Nodes that are full of pods of low priority, four on each.
Scene full_of_low(std::int32_t nodes) {
    Scene scene = with_zones(1);
    add_usual_nodes(scene, nodes);
    scene.add_workload(WorkloadKind::pod, 900, 500 * mebibyte);
    scene.add_workload(WorkloadKind::pod, 3000, 500 * mebibyte).priority = 10;
    scene.begin();
    for (std::int32_t i = 0; i < 4 * nodes; ++i) {
        const PodId pod = add_pod(scene.spec, scene.world, WorkloadIx{0}, static_cast<std::uint32_t>(i), JobId::none(),
                                  sim::Time::origin());
        put_on_node(scene.spec, scene.world, pod, scene.world.node_order[static_cast<std::size_t>(i % nodes)]);
    }
    return scene;
}

// Each pod of high priority is refused by all nodes, finds three victims, and takes their place when they are gone.
void preempt(benchmark::State& state, std::int32_t nodes, std::int32_t pods) {
    const sim::RunKey key{1, 0};
    for (auto _ : state) {
        state.PauseTiming();
        Scene scene = full_of_low(nodes);
        state.ResumeTiming();
        for (std::int32_t i = 0; i < pods; ++i) {
            const PodId pod = add_pod(scene.spec, scene.world, WorkloadIx{1}, static_cast<std::uint32_t>(i),
                                      JobId::none(), sim::Time::origin());
            CHECK(!select_node(scene.spec, scene.world, key, pod).node.valid(), "no node should have room");
            const Preemption made = find_victims(scene.spec, scene.world, key, pod);
            CHECK(made.victims.size() == 3, "three of four have to go");
            for (const PodId victim : made.victims) remove_pod(scene.spec, scene.world, victim);
            const NodeChoice choice = select_node(scene.spec, scene.world, key, pod);
            CHECK(choice.node == made.node, "the room is where it was made");
            put_on_node(scene.spec, scene.world, pod, choice.node);
        }
        state.PauseTiming();
        check(scene);
        state.ResumeTiming();
    }
    state.counters["pods_per_second"] =
        benchmark::Counter(static_cast<double>(pods), benchmark::Counter::kIsIterationInvariantRate);
}

void place_plainly(benchmark::State& state, MakeScene make, std::int32_t nodes, std::int32_t pods) {
    Scene scene = make(nodes);
    scene.begin();
    std::int32_t placed = 0;
    for (auto _ : state) {
        for (std::int32_t i = 0; i < pods; ++i) {
            const WorkloadIx workload =
                WorkloadIx::of(static_cast<std::size_t>(placed++) % scene.spec.workloads.size());
            const PodId pod = add_pod(scene.spec, scene.world, workload, static_cast<std::uint32_t>(placed),
                                      JobId::none(), sim::Time::origin());
            const plain::Cluster cluster = plain::view_of_cluster(scene.spec, scene.world, pod);
            const std::vector<plain::NodeInfo> infos = nodes_with_pods(cluster);
            const plain::Choice choice =
                choose(cluster, plain::default_profile(), infos, plain::view_of_pod(scene.spec, scene.world, pod));
            CHECK(!choice.best.empty(), "a pod found no node");
            const auto at = static_cast<std::size_t>(choice.best.front() - infos.data());
            put_on_node(scene.spec, scene.world, pod, scene.world.node_order[at]);
        }
    }
    state.counters["pods_per_second"] =
        benchmark::Counter(static_cast<double>(pods), benchmark::Counter::kIsIterationInvariantRate);
}

// A file of the recorded workload, which is packed.
nlohmann::json unpacked(const std::string& path) {
    const std::string command = "gzip -dc '" + path + "'";
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string text;
    std::array<char, 1 << 16> part{};
    for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe.get())) > 0;) text.append(part.data(), n);
    return nlohmann::json::parse(text);
}

struct Recorded {
    Scene scene;
    std::vector<WorkloadIx> pods;  // in the order in which they come
};

Recorded recorded(const std::string& folder) {
    Recorded all{with_zones(1), {}};
    Spec& spec = all.scene.spec;
    const auto amount = [](const nlohmann::json& of, const char* name, QuantityUnit unit) {
        return *parse_quantity(of.at(name).get<std::string>(), unit);
    };
    const nlohmann::json nodes = unpacked(folder + "/nodes.json.gz");
    for (const nlohmann::json& node : nodes.at("items")) {
        const nlohmann::json& room = node.at("status").at("allocatable");
        all.scene.add_shape(0, amount(room, "cpu", QuantityUnit::milli), amount(room, "memory", QuantityUnit::whole),
                            1);
        spec.shapes.back().max_pods = static_cast<std::int32_t>(amount(room, "pods", QuantityUnit::whole));
        // The nodes of the recording name no zone, and pods of it ask for none.
        spec.shapes.back().labels.clear();
    }
    std::map<std::pair<Millicores, Bytes>, WorkloadIx> known;
    const nlohmann::json pods = unpacked(folder + "/pods.json.gz");
    for (const nlohmann::json& pod : pods.at("items")) {
        const nlohmann::json& asked = pod.at("spec").at("containers").at(0).at("resources").at("requests");
        const auto cpu = amount(asked, "cpu", QuantityUnit::milli);
        const auto memory = amount(asked, "memory", QuantityUnit::whole);
        const auto [at, is_new] = known.try_emplace({cpu, memory}, WorkloadIx::of(spec.workloads.size()));
        if (is_new) all.scene.add_workload(WorkloadKind::pod, cpu, memory);
        all.pods.push_back(at->second);
    }
    return all;
}

void place_recorded(benchmark::State& state) {
    // Of the published runs of the real scheduler. Ours leaves 14 to 16 by the rules of 1.34, by the seed of the ties,
    // and 16 by those of 1.36, whose BalancedAllocation is another.
    constexpr std::int64_t left_by_the_real_one = 15;
    constexpr std::int64_t left_at_most = left_by_the_real_one + 1;
    const char* workloads = std::getenv("EKSSIM_WORKLOADS");
    const std::string folder = std::string(workloads == nullptr ? "" : workloads) + "/k8s-sims/7064x1200";
    if (!std::filesystem::exists(folder)) {
        state.SkipWithError("EKSSIM_WORKLOADS names no folder with k8s-sims");
        return;
    }
    std::int64_t left = 0;
    for (auto _ : state) {
        state.PauseTiming();
        Recorded all = recorded(folder);
        all.scene.spec.kubernetes.minor = 34;
        all.scene.begin();
        left = 0;
        std::uint32_t ordinal = 0;
        state.ResumeTiming();
        for (const WorkloadIx workload : all.pods) {
            const PodId pod =
                add_pod(all.scene.spec, all.scene.world, workload, ordinal++, JobId::none(), sim::Time::origin());
            const NodeChoice choice = select_node(all.scene.spec, all.scene.world, sim::RunKey{1, 0}, pod);
            if (choice.node.valid())
                put_on_node(all.scene.spec, all.scene.world, pod, choice.node);
            else
                ++left;
        }
        state.PauseTiming();
        check(all.scene);
        CHECK(left <= left_at_most, "many more pods were left than the real scheduler leaves");
        state.ResumeTiming();
    }
    state.counters["pods_left"] = static_cast<double>(left);
    state.counters["pods_per_second"] = benchmark::Counter(7064, benchmark::Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
    const auto add = [](const char* shape, MakeScene make, std::int32_t nodes, std::int32_t pods) {
        const std::string size = std::string(shape) + "/" + std::to_string(nodes) + "x" + std::to_string(pods);
        benchmark::RegisterBenchmark(("schedule/" + size).c_str(), [=](benchmark::State& state) {
            place(state, make, nodes, pods);
        })->Unit(benchmark::kMillisecond);
    };
    add("basic", basic, 5000, 10'000);
    add("anti-affinity", anti_affinity, 5000, 2000);
    add("spread", spread, 5000, 2000);
    add("mixed", mixed, 1200, 7000);
    add("basic", basic, 100'000, 1'000'000);
    benchmark::RegisterBenchmark("schedule/preemption/5000x1000", [](benchmark::State& state) {
        preempt(state, 5000, 1000);
    })->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("schedule/k8s-sims/1213x7064", place_recorded)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("schedule-plainly/mixed/1200x10", [](benchmark::State& state) {
        place_plainly(state, mixed, 1200, 10);
    })->Unit(benchmark::kMillisecond);
    return true;
}();

}  // namespace
