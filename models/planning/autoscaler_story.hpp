// What Cluster Autoscaler and Karpenter would say of a pod that waits for a node, or of a node that stays: worked out
// at an instant of a run by the functions by which they decide in it. The World is a copy, and nothing of it happens.
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace eks {

// Of one node group or NodePool.
struct GroupSays {
    std::string group;
    std::string what;
    bool helps = false;
};

struct AutoscalerStory {
    std::string who;                // "Cluster Autoscaler", "Karpenter"
    std::string says;               // one sentence
    std::vector<GroupSays> groups;  // where each of them has something to say
    std::string event;              // as `kubectl describe pod` shows it; empty: there is none
};

struct AutoscalerMoment {
    const Spec& spec;
    const World& world;
    const sim::DrawSource& key;
    sim::Time now;
};

// Nothing where the cluster does not have it.
std::optional<AutoscalerStory> cluster_autoscaler_on_pod(const AutoscalerMoment& moment, PodId pod);
std::optional<AutoscalerStory> cluster_autoscaler_on_node(const AutoscalerMoment& moment, NodeId node);
std::optional<AutoscalerStory> karpenter_on_pod(const AutoscalerMoment& moment, PodId pod);
std::optional<AutoscalerStory> karpenter_on_node(const AutoscalerMoment& moment, NodeId node);

// "shop/web-3": as `explain pod` takes it. "workers-2", as `explain node` does.
std::string story_name(const Spec& spec, const Pod& pod);
std::string story_name(const Spec& spec, const Node& node);
// "1830.000 s"
std::string story_time(sim::Time at);

std::vector<std::string> to_lines(const AutoscalerStory& story);

}  // namespace eks
