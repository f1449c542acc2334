// Everything a scenario says that does not change in a run: the constant half of a simulation. Built by
// models/scenario, read by every system, shared by all forks and replications as `const`.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/cilium_settings.hpp"
#include "models/spec/cluster_autoscaler.hpp"
#include "models/spec/cluster_dns.hpp"
#include "models/spec/cni_settings.hpp"
#include "models/spec/cron_schedule.hpp"
#include "models/spec/data_paths.hpp"
#include "models/spec/descheduler.hpp"
#include "models/spec/disruption_budget.hpp"
#include "models/spec/ec2.hpp"
#include "models/spec/faults.hpp"
#include "models/spec/indices.hpp"
#include "models/spec/kubernetes_version.hpp"
#include "models/spec/latencies.hpp"
#include "models/spec/load_balancer.hpp"
#include "models/spec/node_pool.hpp"
#include "models/spec/node_shape.hpp"
#include "models/spec/nomad.hpp"
#include "models/spec/outside.hpp"
#include "models/spec/placement.hpp"
#include "models/spec/pod_relations.hpp"
#include "models/spec/pod_scaling.hpp"
#include "models/spec/pod_template.hpp"
#include "models/spec/prices.hpp"
#include "models/spec/registry.hpp"
#include "models/spec/resource_quota.hpp"
#include "models/spec/scheduler_profile.hpp"
#include "models/spec/service.hpp"
#include "models/spec/telemetry.hpp"
#include "models/spec/traffic.hpp"
#include "models/spec/workload.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// A part of a subnet set aside (IPAM-206).
struct CidrReservation {
    std::uint32_t first_address = 0;
    std::int32_t prefix_length = 28;
    bool is_for_prefixes = true;  // else `explicit`: never given out by EC2 itself
    constexpr std::uint32_t size() const { return std::uint32_t{1} << (32 - prefix_length); }
    friend bool operator==(const CidrReservation&, const CidrReservation&) = default;
};

// Which free address or block EC2 gives out (IPAM-205: undocumented; spread over the subnet as far as anybody saw).
enum class SubnetChoice : std::uint8_t { random, lowest };

// In which order a CNI goes through its ENIs, CIDRs and addresses: as a map of Go has it, or as they came (IPAM-22).
enum class MapOrder : std::uint8_t { random, insertion };

// The tag kubernetes.io/role/cni, by which subnet discovery goes (IPAM-150): absent or empty, "0", anything else.
enum class CniRole : std::uint8_t { unsaid, refused, offered };

struct Subnet {
    std::string name;  // as the scenario names it, else "<kind>-<zone>"
    ZoneIx zone;
    std::uint32_t first_address = 0;  // network address, host byte order
    std::int32_t prefix_length = 24;
    std::int32_t in_use = 0;  // addresses held by others, IPAM-201
    bool is_private = true;
    std::vector<CidrReservation> reservations;
    CniRole cni_role = CniRole::unsaid;
    bool is_of_other_cluster = false;  // has cluster tags, none of which is this cluster's
    friend bool operator==(const Subnet&, const Subnet&) = default;

    constexpr std::int64_t size() const { return std::int64_t{1} << (32 - prefix_length); }
    // AWS keeps the first four addresses and the last, IPAM-200.
    constexpr std::int64_t usable() const { return size() - 5; }
};

// AWS-26: which spot pool an Auto Scaling group takes.
enum class SpotAllocation : std::uint8_t { price_capacity_optimized, capacity_optimized, lowest_price };

// The instancesDistribution of an Auto Scaling group: which of its instances are on demand, and which spot.
struct PurchaseMix {
    bool is_mixed = false;  // there are shapes of both; else all are of one market
    std::int32_t on_demand_base = 0;
    std::int32_t on_demand_percent = 100;  // of those above the base
    SpotAllocation strategy = SpotAllocation::price_capacity_optimized;
    std::int32_t spot_pools = 2;  // over which lowest_price spreads
    friend bool operator==(const PurchaseMix&, const PurchaseMix&) = default;
};

struct NodeGroup {
    std::string name;
    std::uint64_t stable_key = 0;  // made of the name alone, owner in the keys of draws
    bool is_managed = true;
    std::int32_t desired = 0;
    std::int32_t minimum = 0;
    std::int32_t maximum = 0;
    // Nodes that an update takes out at a time: a number, or a percentage of the group where that is not 0 (AWS-65).
    std::int32_t update_unavailable = 1;
    std::int32_t update_unavailable_percent = 0;
    // One for each instance type and zone in use, all zones of a type together; instances go round the zones evenly
    // (AWS-62), and are of the first type that EC2 has (AWS-26).
    std::vector<NodeShapeIx> shapes;
    // A NodePool of Karpenter: no Auto Scaling group stands behind it, so that nobody keeps a size.
    bool is_node_pool = false;
    PurchaseMix purchase;
    friend bool operator==(const NodeGroup&, const NodeGroup&) = default;
};

struct SchedulerSettings {
    // The first is that of pods which name no scheduler; by PodTemplate::profile.
    std::vector<SchedulerProfile> profiles{default_scheduler_profile()};
    std::int32_t percentage_of_nodes_to_score = 0;  // 0: adaptive, SCHED-25
    bool breaks_ties_first = false;                 // SCHED-61 MODEL choice `first`; else a keyed draw
    friend bool operator==(const SchedulerSettings&, const SchedulerSettings&) = default;
};

enum class TimelineKind : std::uint8_t {
    scale,
    remove,
    change,
    fault_begins,
    fault_ends,
    upgrade,
    create,
    create_balancer
};

// One thing that the scenario does to the cluster at a set time.
struct TimelineAction {
    TimelineKind kind = TimelineKind::scale;
    sim::Duration at;
    WorkloadIx workload;
    std::int32_t replicas = 0;
    Fault fault;
    std::uint32_t revision = 0;  // of the Spec, in force from then on
    NodeGroupIx group;           // whose nodes an upgrade replaces
    bool is_forced = false;      // an upgrade that deletes what a drain could not evict (AWS-65)
    std::uint32_t object = 0;    // create_balancer: into Identity::balancer_objects
    friend bool operator==(const TimelineAction&, const TimelineAction&) = default;
};

enum class Opening : std::uint8_t { settled, empty };

struct Spec;

// What holds once objects were changed in the middle of a run: a whole Spec, equal to the first one but for its
// workloads, disruption budgets, quotas and the settings of the CNIs. All are worked out while the scenario loads, so
// that a run only has to say which one is in force.
struct Revision {
    std::shared_ptr<const Spec> spec;
    friend bool operator==(const Revision& a, const Revision& b);
};

struct Spec {
    std::string cluster_name;
    std::string region;
    KubernetesVersion kubernetes;
    std::int64_t start_unix_seconds = 0;  // instant on the calendar of simulated time 0
    Opening opening = Opening::settled;
    Placement placement;

    std::vector<std::string> zones;
    std::vector<Subnet> subnets;
    SubnetChoice subnet_choice = SubnetChoice::random;
    MapOrder map_order = MapOrder::random;
    std::vector<NodeShape> shapes;
    std::vector<NodeGroup> node_groups;
    std::vector<std::string> extended_resources;  // names of ResourceKind::extended_0 and on
    std::vector<std::string> namespaces;
    std::map<std::string, std::vector<Label>, std::less<>> namespace_labels;  // of those that have any

    std::vector<Image> images;
    std::vector<Registry> registries;  // one a host; never empty once complete
    WorkloadIx spegel;                 // the DaemonSet of the peer-to-peer cache, if there is one (AWS-105)
    std::vector<Usage> usages;
    std::vector<VolumeClaim> claims;  // that pods name
    std::vector<PodTemplate> templates;
    std::vector<Workload> workloads;
    std::vector<DisruptionBudget> budgets;
    std::vector<Service> services;  // those with a selector
    std::vector<std::vector<std::uint32_t>>
        services_of;  // by WorkloadIx: whose endpoints its pods are; empty without any
    std::vector<ResourceQuota> quotas;
    // By TemplateIx: the quotas that count pods of the template. Empty where there are no quotas at all.
    std::vector<std::vector<std::uint32_t>> quotas_of;
    std::vector<TimeZone> time_zones;

    // templates × shapes, row by row: see template_on_shape().
    std::vector<TemplateOnShape> template_on_shape_table;

    // By TemplateIx: templates of one number look the same to the scheduler, whatever the node.
    std::vector<std::uint32_t> scheduling_classes;
    std::uint32_t scheduling_class_count = 0;
    SharedRelations relations;

    SchedulerSettings scheduler;
    CniKind cni_kind = CniKind::vpc_cni;
    WorkloadIx aws_node;  // whose pods are ipamd; none: it runs on every node
    CniSettings cni;
    CniConstants cni_constants;
    CiliumSettings cilium = default_cilium_settings();
    ClusterDns dns;
    Traffic traffic;
    DataPaths data_paths;
    ClusterAutoscaler cluster_autoscaler;
    Descheduler descheduler;
    WorkloadIx cni_workload;  // the DaemonSet of the CNI, whose changes go from node to node; none: one pod at a time
    Latencies latencies;
    // What of a node's root volume and memory the system itself takes. Guesses.
    Bytes system_disk_bytes = 4 * gibibyte;
    Bytes system_memory_bytes = 512 * mebibyte;
    bool pods_write = false;     // some template says what its pods write to disk
    bool states_memory = false;  // some usage says how much memory pods use
    Ec2Settings ec2 = default_ec2_settings();
    Outside outside;
    Karpenter karpenter;
    // By time, then in the order of the file; behind them, act by act, what was done to a run from outside.
    std::vector<TimelineAction> timeline;
    std::vector<WorkloadIx> made_later;  // by the timeline: they are not there when the run begins
    std::vector<Revision> revisions;     // they have none of their own

    MicroUsd control_plane_per_hour_micro_usd = 100'000;  // AWS-1
    Prices prices;
    std::vector<LoadBalancer> load_balancers;
    Nomad nomad;

    PodScaling pod_scaling;
    Identity identity;
    Telemetry telemetry;

    friend bool operator==(const Spec&, const Spec&) = default;

    // The Spec itself for 0.
    const Spec& revision(std::uint32_t number) const { return number == 0 ? *this : *revisions[number - 1].spec; }
    // As in Kubernetes objects; empty for an extended resource that nobody names.
    std::string_view name_of(ResourceKind kind) const {
        if (!is_extended(kind)) return resource_name(kind);
        const std::size_t place = static_cast<std::size_t>(kind) - static_cast<std::size_t>(ResourceKind::extended_0);
        return place < extended_resources.size() ? std::string_view(extended_resources[place]) : std::string_view();
    }
    const SchedulerProfile& profile_of(TemplateIx t) const {
        const std::uint32_t profile = templates[t.value].profile;
        return scheduler.profiles[profile == nobodys_profile ? 0 : profile];
    }
    // With the one that the API server gives each of them.
    std::vector<Label> labels_of_namespace(std::string_view name) const;
    const TemplateOnShape& template_on_shape(TemplateIx t, NodeShapeIx s) const {
        return template_on_shape_table[static_cast<std::size_t>(t.value) * shapes.size() + s.value];
    }
    const Workload& operator[](WorkloadIx ix) const { return workloads[ix.value]; }
    const PodTemplate& operator[](TemplateIx ix) const { return templates[ix.value]; }
    const NodeShape& operator[](NodeShapeIx ix) const { return shapes[ix.value]; }
    const Subnet& operator[](SubnetIx ix) const { return subnets[ix.value]; }
    const NodeGroup& operator[](NodeGroupIx ix) const { return node_groups[ix.value]; }
    // What the pods of a workload use, or null where nobody says it.
    const Usage* usage_of(WorkloadIx ix) const {
        const UsageIx usage = template_of(ix).usage;
        return usage.valid() ? &usages[usage.value] : nullptr;
    }
    const PodTemplate& template_of(WorkloadIx ix) const { return templates[workloads[ix.value].pod_template.value]; }
};

// Fills in what follows from the rest: requests of templates, the table of templates on shapes, the classes that these
// make to the scheduler, who spreads with whom.
// Called once by whoever builds a Spec, after all else is set.
void complete(Spec& spec);

// Whether a daemon pod of this workload belongs on nodes of this shape (DS-1).
bool runs_on(const Spec& spec, WorkloadIx daemon_set, NodeShapeIx shape);

// A 64-bit number made of a text alone; the same on every machine.
std::uint64_t stable_key_of(std::string_view text);

}  // namespace eks
