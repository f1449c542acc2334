// The plain scheduler: the scheduling cycle as its rules read, on Kubernetes objects as the API server stores them,
// with nothing kept from one cycle to the next. It answers the decision calls `schedule_one`, `schedule_all` and
// `preempt`, and it is what a faster scheduler is held against.
//
// This file holds what the scheduler reads of the objects, as plain values.
#pragma once

#include "models/quantities.hpp"
#include "models/spec/node_shape.hpp"
#include "models/spec/pod_constraints.hpp"
#include "models/spec/pod_template.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace eks::plain {

using Labels = std::map<std::string, std::string, std::less<>>;
// By resource name: cpu in thousandths of a core, everything else in whole units.
using Amounts = std::map<std::string, std::int64_t, std::less<>>;

using eks::AffinityTerm;
using eks::HostPort;
using eks::Selector;
using eks::SpreadConstraint;

struct PodObject {
    std::string namespace_name;
    std::string name;
    Labels labels;
    std::int64_t priority = 0;
    bool may_preempt = true;
    bool is_terminating = false;
    bool is_preempted = false;  // it ends because the scheduler made room (SCHED-80)
    std::string node_name;
    std::string nominated_node;
    std::optional<std::int64_t> started_us;
    std::string owner_kind;  // of the controller
    std::string owner_name;

    std::vector<Toleration> tolerations;
    Labels node_selector;
    bool has_required_node_terms = false;
    std::vector<NodeSelectorTerm> required_node_terms;
    std::vector<PreferredNodeTerm> preferred_node_terms;
    std::vector<AffinityTerm> required_affinity;
    std::vector<AffinityTerm> required_anti_affinity;
    std::vector<AffinityTerm> preferred_affinity;
    std::vector<AffinityTerm> preferred_anti_affinity;
    std::vector<SpreadConstraint> spread;
    std::vector<HostPort> host_ports;
    std::vector<std::string> claims;  // names of persistent volume claims
    std::vector<std::string> images;  // of containers, init containers and image volumes
    std::int64_t containers = 0;      // init containers included, image volumes not

    Amounts requests;                // SCHED-40
    Amounts container_requests;      // the same without what the pod as a whole requests, with the defaults of SCHED-51
    Amounts requests_with_defaults;  // SCHED-51, as it counts on a node

    std::string full_name() const { return namespace_name + "/" + name; }
};

struct NodeObject {
    std::string name;
    Labels labels;
    bool is_unschedulable = false;
    std::vector<Taint> taints;
    Amounts allocatable;
    std::map<std::string, Bytes, std::less<>> images;  // by name with tag
};

// A Service, or a ReplicaSet, StatefulSet or ReplicationController.
struct SelectingObject {
    std::string kind;
    std::string namespace_name;
    std::string name;
    Selector selector;
};

struct DisruptionBudget {
    std::string namespace_name;
    Selector selector;
    std::int64_t disruptions_allowed = 0;
    std::set<std::string, std::less<>> disrupted_pods;
};

struct VolumeClaim {
    std::string namespace_name;
    std::string name;
    std::string volume_name;
    std::string storage_class;
    bool is_bound = false;
    bool is_for_one_pod = false;  // ReadWriteOncePod
};

struct Volume {
    std::string name;
    Labels labels;
    std::string driver;
    std::string handle;
    bool has_node_terms = false;
    std::vector<NodeSelectorTerm> node_terms;
};

struct StorageClass {
    std::string name;
    std::string provisioner;
    bool waits_for_consumer = false;
    std::vector<NodeSelectorTerm> allowed_topologies;
};

struct Cluster {
    std::vector<NodeObject> nodes;
    std::vector<PodObject> pods;
    std::vector<SelectingObject> services;
    std::vector<SelectingObject> controllers;
    std::map<std::string, Labels, std::less<>> namespaces;
    std::vector<DisruptionBudget> budgets;
    std::vector<VolumeClaim> claims;
    std::vector<Volume> volumes;
    std::vector<StorageClass> storage_classes;
    // Most volumes of a driver on a node: by node name, then driver.
    std::map<std::string, std::map<std::string, std::int64_t, std::less<>>, std::less<>> volume_limits;
};

}  // namespace eks::plain
