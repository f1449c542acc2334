#include "models/scenario/start_things.hpp"

#include "models/spec/tolerations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace eks {
namespace {

// The parts of the graph that have to do with one node group.
struct GroupThings {
    std::size_t taint = 0;
    std::size_t network = 0;
    std::size_t agent = 0;
};

class ThingList {
  public:
    explicit ThingList(const ScenarioBuilder& builder) : builder_(builder), spec_(builder.spec) {}

    std::vector<StartThing> make() {
        for (const NodeGroup& group : spec_.node_groups) {
            if (group.shapes.empty()) continue;
            groups_.emplace_back(
                &group, GroupThings{
                            .taint = add(fmt::format("the taint {} of nodes of {}", cilium_taint_key, group.name)),
                            .network = add(fmt::format("the network of nodes of {}", group.name)),
                            .agent = add(fmt::format("Cilium's agent on nodes of {}", group.name)),
                        });
        }
        dns_ = add("the cluster's DNS");
        for (const WorkloadIx server : spec_.dns.servers) pods_of(server);
        StartNeed answer{{}, "is answered by pods alone", {}};
        for (const WorkloadIx server : spec_.dns.servers) answer.any_of.push_back(pods_of(server));
        if (spec_.dns.servers.size() == 1)
            answer.because = fmt::format("is answered by pods of {} alone", builder_.title_of(spec_.dns.servers[0]));
        need(dns_, std::move(answer));
        for (const auto& [group, things] : groups_) add_needs_of(*group, things);
        return std::move(things_);
    }

  private:
    std::size_t add(std::string name) {
        things_.push_back({std::move(name), {}});
        return things_.size() - 1;
    }
    void need(std::size_t thing, StartNeed need) { things_[thing].needs.push_back(std::move(need)); }
    const NodeShape& shape_of(const NodeGroup& group) const { return spec_[group.shapes.front()]; }

    void add_needs_of(const NodeGroup& group, const GroupThings& things) {
        const bool is_ciliums = spec_.cni_kind == CniKind::cilium_eni;
        if (is_ciliums) need(things.network, {{things.agent}, "is up when Cilium's agent is ready there", {}});
        if (shape_of(group).waits_for_cilium) {
            need(things.taint, {{things.agent}, "goes when Cilium's agent is ready there", {}});
            need_operator(things.taint, "is taken away by Cilium's operator");
        }
        need_names(things.agent, spec_.cilium.agent_workload);
        if (is_ciliums) need_operator(things.agent, "waits for addresses from Cilium's operator");
    }

    void need_operator(std::size_t thing, std::string because) {
        const WorkloadIx pods = spec_.cilium.operator_workload;
        if (pods.valid()) need(thing, {{pods_of(pods)}, std::move(because), {}});
    }

    void need_names(std::size_t thing, WorkloadIx workload) {
        const auto because = builder_.names_needed.find(workload.value);
        if (!workload.valid() || because == builder_.names_needed.end()) return;
        need(thing, {{dns_},
                     because->second,
                     fmt::format("leave dnsPolicy out in {}, so that it asks the VPC's own resolver",
                                 builder_.title_of(workload))});
    }

    // Pods of the workload anywhere.
    std::size_t pods_of(WorkloadIx workload) {
        if (const auto known = pods_.find(workload.value); known != pods_.end()) return known->second;
        const std::size_t thing = add(builder_.title_of(workload));
        pods_.emplace(workload.value, thing);
        StartNeed place{{}, "needs a node that takes it", {}};
        for (const auto& [group, things] : groups_) {
            if (may_run_on(workload, *group)) place.any_of.push_back(pods_on(workload, *group, things));
        }
        need(thing, std::move(place));
        need_names(thing, workload);
        return thing;
    }

    bool may_run_on(WorkloadIx workload, const NodeGroup& group) const {
        return std::ranges::any_of(group.shapes, [&](NodeShapeIx shape) {
            const TemplateOnShape& on = spec_.template_on_shape(spec_[workload].pod_template, shape);
            return on.affinity_matches && on.taints_tolerated;
        });
    }

    std::size_t pods_on(WorkloadIx workload, const NodeGroup& group, const GroupThings& things) {
        const std::string title = builder_.title_of(workload);
        const std::size_t thing = add(fmt::format("a pod of {} on nodes of {}", title, group.name));
        const PodTemplate& pod = spec_.template_of(workload);
        const auto toleration = [&](std::string_view key) {
            return fmt::format("add a toleration of {} to {}", key, title);
        };
        if (shape_of(group).waits_for_cilium && !tolerates_cilium_taint(pod)) {
            need(thing, {{things.taint},
                         fmt::format("does not tolerate the taint {}", cilium_taint_key),
                         toleration(cilium_taint_key)});
        }
        if (!tolerates_not_ready(pod)) {
            need(thing, {{things.network},
                         "does not tolerate node.kubernetes.io/not-ready, which goes when the network is up",
                         pod.host_network ? toleration("node.kubernetes.io/not-ready") : std::string()});
        }
        if (!pod.host_network) need(thing, {{things.network}, "gets its address from the CNI there", {}});
        return thing;
    }

    const ScenarioBuilder& builder_;
    const Spec& spec_;
    std::vector<StartThing> things_;
    std::vector<std::pair<const NodeGroup*, GroupThings>> groups_;
    std::map<std::uint32_t, std::size_t> pods_;  // by WorkloadIx
    std::size_t dns_ = 0;
};

std::string in_words(const std::vector<StartThing>& things, const StartDeadlock& deadlock) {
    std::string text;
    for (const StartStep& step : deadlock.circle) {
        const StartThing& thing = things[step.thing];
        text += fmt::format("{}{} {}", text.empty() ? "" : "; ", thing.name, thing.needs[step.need].because);
    }
    return text;
}

}  // namespace

std::vector<StartThing> start_things(const ScenarioBuilder& builder) { return ThingList(builder).make(); }

void warn_about_start_order(const Reader& cluster, const ScenarioBuilder& builder) {
    const std::vector<StartThing> things = start_things(builder);
    for (const StartDeadlock& deadlock : find_start_deadlocks(things)) {
        std::string hint;
        for (const std::string& remedy : deadlock.remedies)
            hint += fmt::format("{}{}", hint.empty() ? "" : ", or ", remedy);
        cluster.warn(Rule::start_deadlock,
                     fmt::format("new nodes and the cluster's DNS wait for each other: {}", in_words(things, deadlock)),
                     hint);
    }
}

}  // namespace eks
