// Small clusters for tests, in a few lines each, and runs of them that keep every fact with its time.
//
//     TinyCluster c;
//     c.add_nodes(1, {.max_enis = 1, .ipv4_per_eni = 4});
//     const WorkloadIx web = c.add_deployment("web", 3, TinyCluster::serving_pod());
//     TinyRun run = c.start();
//     run.until(1_min);
//     EXPECT_EQ(run.count<AddFailedFact>(), 0);
//
// What a test does not speak of costs no time and takes no chance: images are free, ENIs show in the metadata at once,
// instances launch in ten seconds, containers run until they are told to stop and stop at once. Everything stays open
// to change: `spec` is a plain Spec until start() completes it.
#pragma once

#include "libsim/simulation.hpp"
#include "models/eks_model.hpp"
#include "models/systems/opening.hpp"
#include "models/systems/signals.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/world/address_verbs.hpp"
#include "models/world/invariants.hpp"
#include "models/world/sizing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace eks::testing {

using namespace sim::literals;

inline sim::Time at(sim::Duration since_start) { return sim::Time::at(since_start); }

// All facts of a run, in order, with their times.
struct Recorder {
    struct Entry {
        sim::Time at;
        Fact fact;
    };
    std::vector<Entry> entries;

    // Facts are compared by time and kind: what they say follows from the World, which is compared beside them.
    friend bool operator==(const Recorder& a, const Recorder& b) {
        return std::ranges::equal(a.entries, b.entries, [](const Entry& x, const Entry& y) {
            return x.at == y.at && x.fact.index() == y.fact.index();
        });
    }
    friend void hash_into(sim::Fingerprint& print, const Recorder& recorder) {
        for (const Entry& entry : recorder.entries)
            sim::hash_all(print, entry.at, static_cast<std::uint64_t>(entry.fact.index()));
    }
};

inline void observe(const Spec&, const World&, Recorder& recorder, sim::Time now, const Fact& fact) {
    recorder.entries.push_back({now, fact});
}

class TinyRun {
  public:
    using Simulation = sim::Simulation<EksModel<Recorder>>;

    TinyRun(std::shared_ptr<const Spec> spec, std::uint64_t seed) : sim_(std::move(spec), sim::RunKey{seed, 0}) {
        sim_.apply([](const Spec& s, World& world, Turn& turn) { open_run(s, world, turn); });
        check();
    }

    // Advances to this instant, counted from the start, and checks the invariants there.
    void until(sim::Duration since_start) {
        sim_.run_until(sim::Time::at(since_start));
        check();
    }
    // The same, checking at every step on the way.
    void until(sim::Duration since_start, sim::Duration step) {
        while (sim_.now() + step < sim::Time::at(since_start)) {
            sim_.run_until(sim_.now() + step);
            check();
        }
        until(since_start);
    }
    void scale(WorkloadIx workload, std::int32_t replicas) {
        act({.kind = TimelineKind::scale, .at = {}, .workload = workload, .replicas = replicas});
    }
    void remove(WorkloadIx workload) {
        act({.kind = TimelineKind::remove, .at = {}, .workload = workload, .replicas = 0});
    }
    // Somebody says something to a domain: `say(spec, world, turn)` calls a signal.
    template <class F>
    void apply(F say) {
        sim_.apply([&](const Spec& s, World& world, Turn& turn) { say(in_force(s, world), world, turn); });
        check();
    }
    void upgrade(NodeGroupIx group) { act({.kind = TimelineKind::upgrade, .group = group}); }
    // Its instance ends now.
    void end(NodeId id) {
        sim_.apply([&](const Spec& s, World& world, Turn& turn) { end_instance(in_force(s, world), world, turn, id); });
        check();
    }
    void cordon(NodeId id, bool is_cordoned) {
        sim_.apply([&](const Spec& s, World& world, Turn& turn) {
            set_cordoned(in_force(s, world), world, turn, id, is_cordoned);
        });
    }
    // As somebody with kubectl does.
    void delete_pod(PodId id) {
        sim_.apply([&](const Spec&, World& world, Turn& turn) { request_delete(world, turn, id, turn.now()); });
    }

    // As it is in force now: it goes when another one is.
    const Spec& spec() const { return in_force(sim_.spec(), sim_.world()); }
    const World& world() const { return sim_.world(); }
    Simulation& simulation() { return sim_; }
    const Simulation& simulation() const { return sim_; }
    sim::Time now() const { return sim_.now(); }
    const std::vector<Recorder::Entry>& facts() const { return sim_.metrics().entries; }

    template <class F>
    struct Seen {
        sim::Time at;
        F fact;
    };
    // Facts of one kind, from `since` on.
    template <class F>
    std::vector<Seen<F>> all(sim::Time since = sim::Time::origin()) const {
        std::vector<Seen<F>> found;
        for (const Recorder::Entry& entry : facts()) {
            if (entry.at < since) continue;
            if (const F* fact = std::get_if<F>(&entry.fact)) found.push_back({entry.at, *fact});
        }
        return found;
    }
    template <class F>
    std::size_t count(sim::Time since = sim::Time::origin()) const {
        return all<F>(since).size();
    }

    // Pods of a workload that are there now, in the order of their ordinals.
    std::vector<PodId> pods_of(WorkloadIx workload) const {
        std::vector<PodId> found;
        for (const auto& [id, pod] : world().pods) {
            if (pod.workload == workload) found.push_back(id);
        }
        std::ranges::sort(found, {}, [&](PodId id) { return world().pods[id].ordinal; });
        return found;
    }
    const Pod& pod(PodId id) const { return world().pods[id]; }
    NodeId node(std::size_t position = 0) const { return world().node_order[position]; }
    const Node& row(NodeId id) const { return world().nodes[id]; }
    // The only node.
    const Node& the_node() const { return row(node()); }
    // The address store of its first network card.
    const AddressPool& the_pool() const { return pool_of(world(), the_node()); }
    std::int64_t calls(Ec2Action action, Ec2Result result = Ec2Result::success) const {
        std::int64_t sum = 0;
        for (const auto& seen : all<Ec2CallFact>()) {
            if (seen.fact.action == action && seen.fact.result == result) sum += seen.fact.calls;
        }
        return sum;
    }

    void check() const {
        for (const std::string& sentence : broken_invariants(spec(), world())) {
            ADD_FAILURE() << sim::to_text(now()) << ", seed " << sim_.key().seed << ": " << sentence;
        }
    }

    friend bool operator==(const TinyRun& a, const TinyRun& b) { return a.sim_ == b.sim_; }

  private:
    void act(const TimelineAction& action) {
        sim_.apply([&](const Spec& s, World& world, Turn& turn) { carry_out(s, world, turn, action); });
    }

    Simulation sim_;
};

// Nodes of one group. The defaults are an m5.large with room for pods to spare.
struct TinyNodes {
    std::string group = "workers";
    std::uint32_t zone = 0;
    std::uint32_t subnet = 0;
    Millicores cpu_milli = 2000;
    Bytes memory_bytes = 8 * gibibyte;
    std::int32_t max_pods = 110;
    std::int32_t max_enis = 3;
    std::int32_t ipv4_per_eni = 10;
    std::vector<Label> labels = {};
    std::vector<Taint> taints = {};
};

class TinyCluster {
  public:
    static constexpr std::int64_t start_unix_seconds = 1'700'000'040;  // a whole minute: 22:14:00 UTC

    Spec spec;

    explicit TinyCluster(std::int32_t minor = 36) {
        spec.cluster_name = "tiny";
        spec.region = "us-east-1";
        spec.kubernetes.minor = minor;
        spec.start_unix_seconds = start_unix_seconds;
        spec.images = {{"nothing:1", 0, 0}};
        spec.latencies = default_latencies(spec.kubernetes.is_2018());
        spec.latencies.kubelet = kubelet_client(spec.kubernetes);
        spec.latencies.pull_latency = sim::Duration::zero();
        spec.latencies.eni_visible = sim::Distribution::constant(sim::Duration::zero());
        spec.latencies.node_launch = sim::Distribution::constant(10_s);
        add_zone(20);
    }

    // A zone with a subnet of its own, of the same index.
    std::uint32_t add_zone(std::int32_t prefix_length, std::int32_t in_use = 0) {
        const auto zone = static_cast<std::uint32_t>(spec.zones.size());
        spec.zones.push_back(std::string("us-east-1") + static_cast<char>('a' + zone));
        Subnet subnet;
        subnet.name = "private-" + spec.zones.back();
        subnet.zone = ZoneIx::of(zone);
        subnet.first_address = 0x0a000000U + (zone << 16);
        subnet.prefix_length = prefix_length;
        subnet.in_use = in_use;
        spec.subnets.push_back(subnet);
        return zone;
    }
    void set_subnet(std::int32_t prefix_length, std::int32_t in_use = 0) {
        spec.subnets[0].prefix_length = prefix_length;
        spec.subnets[0].in_use = in_use;
    }

    NodeGroupIx add_nodes(std::int32_t count, const TinyNodes& nodes = {}) {
        NodeShape shape;
        shape.group = NodeGroupIx::of(spec.node_groups.size());
        shape.zone = ZoneIx::of(nodes.zone);
        shape.subnet = SubnetIx::of(nodes.subnet);
        shape.instance_type = "m5.large";
        shape.labels = nodes.labels;
        shape.taints = nodes.taints;
        shape.allocatable.cpu_milli = nodes.cpu_milli;
        shape.allocatable.memory_bytes = nodes.memory_bytes;
        shape.allocatable.ephemeral_bytes = 18 * gibibyte;
        shape.capacity = shape.allocatable;
        shape.max_pods = nodes.max_pods;
        shape.vcpus = 2;
        shape.max_enis = nodes.max_enis;
        shape.ipv4_per_eni = nodes.ipv4_per_eni;
        NodeGroup group;
        group.name = nodes.group;
        group.desired = group.minimum = group.maximum = count;
        group.shapes = {NodeShapeIx::of(spec.shapes.size())};
        spec.shapes.push_back(shape);
        spec.node_groups.push_back(group);
        return shape.group;
    }

    // Runs until it is told to stop, and asks for next to nothing.
    static PodTemplate serving_pod(Millicores cpu_milli = 1) {
        PodTemplate pod;
        ContainerSpec container;
        container.name = "main";
        container.image = ImageIx::of(0);
        container.requests.cpu_milli = cpu_milli;
        container.requests.memory_bytes = mebibyte;
        container.states_cpu_request = true;
        container.states_memory_request = true;
        pod.containers = {container};
        pod.termination_grace = 30_s;
        return pod;
    }
    // A Job's: runs for so long and ends.
    static PodTemplate job_pod(sim::Duration run_time, RestartPolicy policy = RestartPolicy::never) {
        PodTemplate pod = serving_pod();
        pod.runs_to_completion = true;
        pod.restart_policy = policy;
        pod.run_time = sim::Distribution::constant(run_time);
        return pod;
    }
    // As the add-ons do: on the host's network, wherever there is a node.
    static PodTemplate daemon_pod() {
        PodTemplate pod = serving_pod();
        pod.host_network = true;
        Toleration everything;
        everything.exists = true;
        pod.tolerations = {everything};
        return pod;
    }

    WorkloadIx add(WorkloadKind kind, std::string_view name, const PodTemplate& pod, std::int32_t replicas = 1) {
        Workload workload;
        workload.kind = kind;
        workload.namespace_name = "default";
        workload.name = name;
        workload.pod_template = TemplateIx::of(spec.templates.size());
        workload.replicas = replicas;
        spec.templates.push_back(pod);
        spec.workloads.push_back(workload);
        return WorkloadIx::of(spec.workloads.size() - 1);
    }
    WorkloadIx add_deployment(std::string_view name, std::int32_t replicas, const PodTemplate& pod = serving_pod()) {
        return add(WorkloadKind::deployment, name, pod, replicas);
    }
    WorkloadIx add_daemon_set(std::string_view name, const PodTemplate& pod = daemon_pod()) {
        return add(WorkloadKind::daemon_set, name, pod);
    }
    WorkloadIx add_job(std::string_view name, const PodTemplate& pod, std::int32_t completions = 1,
                       std::int32_t parallelism = 1) {
        const WorkloadIx ix = add(WorkloadKind::job, name, pod);
        at(ix).job.completions = completions;
        at(ix).job.parallelism = parallelism;
        return ix;
    }
    WorkloadIx add_cron_job(std::string_view name, std::string_view schedule, const PodTemplate& pod) {
        const WorkloadIx ix = add(WorkloadKind::cron_job, name, pod);
        at(ix).cron.schedule = parse_cron(schedule).schedule;
        return ix;
    }
    Workload& at(WorkloadIx ix) { return spec.workloads[ix.value]; }
    PodTemplate& pod_of(WorkloadIx ix) { return spec.templates[at(ix).pod_template.value]; }

    void scale_at(sim::Duration when, WorkloadIx workload, std::int32_t replicas) {
        spec.timeline.push_back({.kind = TimelineKind::scale, .at = when, .workload = workload, .replicas = replicas});
    }

    void upgrade_at(sim::Duration when, NodeGroupIx group) {
        spec.timeline.push_back({.kind = TimelineKind::upgrade, .at = when, .group = group});
    }

    void fault_at(sim::Duration when, sim::Duration lasts, Fault fault) {
        fault.occurrence = static_cast<std::uint32_t>(spec.timeline.size());
        spec.timeline.push_back({.kind = TimelineKind::fault_begins, .at = when, .fault = fault});
        spec.timeline.push_back({.kind = TimelineKind::fault_ends, .at = when + lasts, .fault = fault});
    }

    // Objects are changed: `change` makes of the Spec before what holds from then on. In the order of time; templates
    // that it uses are in the Spec already.
    void change_at(sim::Duration when, std::function<void(Spec&)> change) {
        changes_.push_back(std::move(change));
        TimelineAction action;
        action.kind = TimelineKind::change;
        action.at = when;
        action.revision = static_cast<std::uint32_t>(changes_.size());
        spec.timeline.push_back(action);
    }

    std::shared_ptr<const Spec> build() const {
        Spec whole = spec;
        Spec changed = spec;
        for (const auto& change : changes_) {
            change(changed);
            Spec revision = changed;
            complete(revision);
            whole.revisions.push_back({std::make_shared<const Spec>(std::move(revision))});
        }
        complete(whole);
        return std::make_shared<const Spec>(std::move(whole));
    }
    TinyRun start(std::uint64_t seed = 1) const { return TinyRun(build(), seed); }

  private:
    std::vector<std::function<void(Spec&)>> changes_;
};

}  // namespace eks::testing
