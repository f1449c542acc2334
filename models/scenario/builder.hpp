// A scenario while it is being read: the Spec under construction, the tables that give names their positions, and what
// has been noticed on the way. The loaders of the sections write into it one after the other, in this order:
//
//     cluster            version, zones, subnets, node groups, add-ons          cluster.hpp
//     manifests, patches EKS's own objects, the user's, and changes to them     kubernetes/objects.hpp
//     behaviour, assume  what objects cannot say                                behaviour.hpp
//     timeline, run, expect                                                     timeline.hpp, run_settings.hpp
//
// (the first three of them in contents.hpp),
//
// after which `complete(spec)` fills in what follows. Internal to models/scenario.
#pragma once

#include "models/catalog/catalog.hpp"
#include "models/catalog/node_reserve.hpp"
#include "models/scenario/kubernetes/label_selector.hpp"
#include "models/scenario/metric_requests.hpp"
#include "models/scenario/reader.hpp"
#include "models/scenario/scenario.hpp"
#include "models/spec/spec.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// An entry of cluster.addons. Its settings lie over EKS's default objects and under the user's manifests.
struct Addon {
    std::string name;                     // "vpc-cni", "coredns", "kube-proxy", …
    std::string version;                  // as written, may be empty
    std::optional<Reader> configuration;  // the value of configurationValues, a map; if it was a text, parsed
    Reader entry;
};

struct NamedSubnet {
    SubnetIx subnet;
    std::string key;   // as the scenario names it
    std::string id;    // "subnet-0b25…", may be empty
    std::string zone;  // "eu-central-1a"
    bool is_private = true;
};

// What pods do where no entry of `behaviour` says it. All of it guesses, until `assume` says otherwise.
struct DefaultBehaviour {
    sim::Distribution ready = sim::Distribution::constant(sim::Duration::seconds(2));
    sim::Distribution run_time = sim::Distribution::constant(sim::Duration::seconds(30));
    sim::Distribution init_time = sim::Distribution::constant(sim::Duration::seconds(1));
    sim::Distribution stop_time = sim::Distribution::constant(sim::Duration::seconds(1));
    Bytes image_compressed_bytes = 100 * mebibyte;
    // Three times as large unpacked, as in the measurement of AWS-102 (3 GB compressed, 9 GB unpacked).
    static constexpr std::int64_t unpacked_per_compressed = 3;
    Bytes image_unpacked_bytes = unpacked_per_compressed * image_compressed_bytes;
    // Said by the user, so no assumption of ours.
    bool ready_is_said = false;
    bool run_time_is_said = false;
    bool init_time_is_said = false;
    bool stop_time_is_said = false;
    bool image_size_is_said = false;
};

// A CiliumNetworkPolicy with rules about HTTP: requests to the pods that it selects go through the node's Envoy.
struct HttpPolicy {
    std::string namespace_name;  // empty: of all namespaces
    LabelSelector selector;
};

// A ServiceMonitor or PodMonitor; read where an agent goes by it.
struct Monitor {
    std::string title;
    std::string namespace_name;
    bool is_of_pods = false;
    Reader object;
};

// A Prometheus object, which says by which monitors the pods of its StatefulSets go.
struct OperatedPrometheus {
    std::string title;
    std::string namespace_name;
    std::vector<std::string> stateful_sets;  // one a shard
    Reader object;
};

// A rule of prometheus-adapter: the metric that it makes of a series.
struct AdapterRule {
    std::string metric;                   // as autoscalers ask for it; empty: that cannot be told
    std::string series;                   // its name
    std::string job;                      // the one that it asks for; empty: any
    std::optional<sim::Duration> window;  // of the rate that it takes
    bool is_external = false;
    std::string place;  // "rules[2]"
};

struct MetricsAdapter {
    WorkloadIx pods;
    std::string configuration;   // "ConfigMap/monitoring/adapter-config"
    std::string prometheus_url;  // "http://prometheus-k8s.monitoring.svc:9090/"
    std::vector<AdapterRule> rules;
    bool has_resource_rules = false;
};

// How Cilium serves Ingresses (DPD-23).
struct CiliumIngress {
    bool is_enabled = false;
    bool is_default = false;  // Ingresses without a class are Cilium's too
    bool is_shared = false;   // one Service for all, where an Ingress does not say it
    std::string shared_service = "cilium-ingress";
    std::optional<Reader> service;  // what the chart's values say of that Service
};

// What becomes Spec::identity once all objects are known.
struct IdentityReading {
    // "shop/web": service accounts with a role (AWS-110), or an association with one (AWS-113).
    std::set<std::string, std::less<>> web_identities;
    std::set<std::string, std::less<>> pod_identities;
    std::optional<Reader> associations;
    // "shop/db": Secrets among the manifests, those that no manifest has, and those of operators by their place.
    std::set<std::string, std::less<>> given_secrets;
    std::set<std::string, std::less<>> unprovided_secrets;
    std::map<std::string, std::uint32_t, std::less<>> operated;
    struct SecretObject {
        Reader object;
        std::string store;
        bool is_cluster_store = false;
        bool is_of_vault = false;
    };
    std::vector<SecretObject> secret_objects;
    // By "shop/aws", or "/aws" of the whole cluster: what a sync calls; none: nothing of AWS's.
    std::map<std::string, std::optional<AwsAction>, std::less<>> stores;
    struct TargetGroup {
        std::string name;
        std::vector<std::uint32_t> services;  // into Spec::services
        sim::Duration healthy;
    };
    std::vector<TargetGroup> target_groups;  // of pods, as opposed to nodes
    std::int64_t zone_records = 0;           // in the zones that ExternalDNS lists; 0: a page of them
    std::vector<BalancerObject>
        balancer_objects;                   // of the AWS Load Balancer Controller, all that are among the manifests
    std::vector<std::uint32_t> made_later;  // of these, those that the timeline creates; in its own order
    bool provisioning_is_said = false;
    bool propagation_is_said = false;
};

class ScenarioBuilder {
  public:
    ScenarioBuilder(Reading document_reading, const Catalog& instance_types)
        : reading(document_reading), catalog(instance_types) {}
    ScenarioBuilder(const ScenarioBuilder&) = delete;
    ScenarioBuilder& operator=(const ScenarioBuilder&) = delete;

    Reading reading;
    const Catalog& catalog;
    Spec spec;

    std::vector<NamedSubnet> subnets;   // by SubnetIx
    std::vector<Reader> group_objects;  // by NodeGroupIx: the entries of eksctl
    std::vector<Addon> addons;          // in order of the file
    // What holds for hosts that match; the first one counts.
    struct RegistryRule {
        std::string pattern;
        Registry settings;
        bool is_users = false;
        std::optional<Reader> place;
    };
    std::vector<RegistryRule> registry_rules;
    // The environment of the aws-node container of the cluster's DaemonSet, patches included; read by the cluster's CNI
    // settings.
    std::map<std::string, std::string, std::less<>> cni_environment;
    std::optional<Reader> aws_node;  // that DaemonSet
    bool vpc_cni_stands_in = false;  // for a CNI that is not modelled: on all nodes, wherever aws-node may run
    // Whose pods resolve a name through the cluster's DNS before they are ready, and which, by WorkloadIx.
    std::map<std::uint32_t, std::string> names_needed;
    // How pods look names up, by WorkloadIx; those that are not here do as where nothing is said.
    std::map<std::uint32_t, Resolver> resolvers;
    void need_names(WorkloadIx workload, std::string because);
    // How the pods look names up matters after all: dnsPolicy and dnsConfig are none of what is ignored.
    void use_resolver_of(WorkloadIx workload);
    std::vector<Reader> karpenter_values;           // of its Helm chart
    std::optional<ManagedScaling> coredns_scaling;  // what the add-on's settings ask for (DNS-6)
    std::vector<MetricRequest> metric_requests;     // of autoscalers
    std::vector<Monitor> monitors;
    bool monitors_are_read = false;  // what is wrong with them is said
    std::vector<OperatedPrometheus> prometheuses;
    std::optional<MetricsAdapter> adapter;   // where an autoscaler may go by it
    std::vector<Reader> service_objects;     // by Spec::services
    std::vector<Reader> vertical_objects;    // by PodScaling::vertical
    std::vector<Reader> horizontal_objects;  // by PodScaling::horizontal
    bool is_ipv6 = false;                    // EKS installs the DaemonSet with the settings for IPv6

    // What decides on data paths beside the Spec; read only where they are used (data_paths.hpp).
    std::map<std::uint32_t, std::string> image_families;  // of nodes, by NodeGroupIx: "AmazonLinux2023"
    std::set<datapath::Coefficient> said_coefficients;    // by the user, or by kube-proxy's or Cilium's settings
    bool forces_iptables = false;  // cluster.dataPath.mode is iptables: with the front end of the nodes
    bool picked_up_share_is_said = false;
    bool target_lag_is_said = false;
    bool has_outside_uses = false;              // some entry of `behaviour` says what pods do with networks outside
    bool keeps_connections_as_guessed = false;  // `connections: keep-alive` of some class
    std::vector<HttpPolicy> http_policies;
    std::set<std::string, std::less<>> headless_services;  // "shop/db"
    CiliumIngress cilium_ingress;
    IdentityReading identity;

    std::vector<Assumption> assumptions;
    std::vector<IgnoredPath> ignored;
    LeafCounts leaves;  // of the user's Kubernetes objects

    // Values that were made while loading (patched objects, parsed settings). Readers point into them until loading
    // ends; a deque because what is in it must not move.
    std::deque<JsonValue> kept;

    // Positions of names in the Spec's tables; a new name is added.
    ZoneIx zone(std::string_view name);
    NamespaceIx namespace_named(std::string_view name);
    // The kind of an extended resource: one that has a domain of its own, as in "vendor.com/thing". Nothing for other
    // names, and, with a complaint, when there are too many.
    std::optional<ResourceKind> extended_resource_named(const Reader& at, std::string_view name);
    ImageIx image(std::string_view name);  // ":latest" is added where there is neither tag nor digest (SCHED-56)

    std::uint32_t registry_named(std::string_view host);  // into spec.registries

    // The position in spec.time_zones of an IANA zone that the document brings along, -1 for UTC, or nothing (no
    // complaint).
    std::optional<std::int32_t> time_zone(std::string_view name);
    // Reads the document's `timeZones`.
    void read_time_zones(const Reader& zones);

    // Adds a workload: gives it its stable key and place and enters its name. One of the same kind, namespace and name
    // must not be there; see find_workload.
    WorkloadIx add_workload(Workload workload, PodTemplate pod_template, const Reader& object);
    std::optional<WorkloadIx> find_workload(WorkloadKind kind, std::string_view namespace_name,
                                            std::string_view name) const;

    // The subnet that a value names: by its key, its id, or its name in the Spec. Otherwise a complaint and nothing.
    std::optional<SubnetIx> subnet_named_by(const Reader& at) const;

    // Workloads whose "Kind/namespace/name" matches, in order; shell wildcards as in `behaviour` and `timeline`.
    std::vector<WorkloadIx> workloads_matching(std::string_view selector) const;
    // The same for a value of the document, which complains where it is no selector or matches nothing.
    std::vector<WorkloadIx> workloads_named_by(const Reader& selector) const;
    // What to say when nothing matches: the names that are near, or those that exist.
    std::string hint_for_selector(std::string_view selector) const;

    // "Kind/namespace/name"
    std::string title_of(WorkloadIx workload) const;

    // What the Spec's revisions have instead: see revisions.hpp.
    struct Revision {
        std::vector<Workload> workloads;
        CniSettings cni;
        CiliumSettings cilium;
        std::vector<DisruptionBudget> budgets;
        std::vector<ResourceQuota> quotas;
        std::vector<SubnetIx> pod_subnets;  // by shape: which ENIConfig counts may change (IPAM-145)
        Karpenter karpenter;
        CiliumPath cilium_path;
        Telemetry telemetry;
        std::vector<MetricChain> metric_chains;
        friend bool operator==(const Revision&, const Revision&) = default;
    };
    std::vector<Revision> revisions;

    // Settings of `assume` that do not stand in the Spec.
    DefaultBehaviour defaults;
    std::int32_t nat_gateway_addresses = 1;
    bool nat_gateway_hold_is_said = false;
    bool snat_hold_is_said = false;
    bool dns_capacity_is_said = false;
    bool system_disk_is_said = false;
    bool system_memory_is_said = false;
    std::int64_t control_plane_enis = 4;  // IPAM-201
    bool control_plane_enis_are_said = false;
    std::int64_t vm_memory_overhead_ppm = vm_memory_overhead_ppm_default;

    void assume(std::string what, std::string value, std::string rule);
    // Lists the leaves of an object that nobody read, under its subject ("Deployment/shop/web").
    void list_ignored(const std::string& subject, const JsonValue& object);
    // Once more, of an object of the user's that is listed: some of it was read after all.
    void list_ignored_anew(const std::string& subject, const JsonValue& object);

    // The place of the workload's object, for complaints that come up later.
    const Reader& object_of(WorkloadIx workload) const { return objects_[workload.value]; }

  private:
    std::map<std::string, std::uint32_t, std::less<>> zones_;
    std::map<std::string, std::uint32_t, std::less<>> namespaces_;
    std::map<std::string, std::uint32_t, std::less<>> images_;
    std::map<std::string, std::int32_t, std::less<>> time_zones_;
    std::map<std::string, std::uint32_t, std::less<>> workloads_;
    std::vector<Reader> objects_;
};

// Whether a text matches a pattern of the shell: `*`, `?`, `[abc]`, `[!a-z]`. A `*` does not cross a slash.
bool matches_wildcard(std::string_view pattern, std::string_view text);

}  // namespace eks
