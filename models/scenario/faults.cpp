#include "models/scenario/faults.hpp"

#include "models/scenario/near_miss.hpp"
#include "models/scenario/rate.hpp"
#include "models/scenario/registries.hpp"
#include "models/scenario/subnets.hpp"
#include "models/spec/fault_texts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace eks {

namespace {

// What a fault can say beside its name.
constexpr std::array<std::string_view, 22> all_words{
    "nodeGroup", "zone",   "age",       "load",        "actions",  "subnet",   "addresses",    "share",
    "registry",  "factor", "bandwidth", "unreachable", "node",     "count",    "outOfService", "instanceTypes",
    "purchase",  "how",    "state",     "service",     "workload", "container"};

std::vector<std::string_view> words_of(FaultKind kind) {
    switch (kind) {
        case FaultKind::imds_unavailable:
        case FaultKind::eni_attach_failure:
        case FaultKind::cni_daemon_down:
        case FaultKind::disk_stats_corrupt: return {"nodeGroup", "zone"};
        case FaultKind::imds_stale: return {"nodeGroup", "zone", "age"};
        case FaultKind::ec2_throttling: return {"load", "actions"};
        case FaultKind::subnet_addresses_taken: return {"subnet", "addresses"};
        case FaultKind::pod_interface_failure: return {"nodeGroup", "zone", "share"};
        case FaultKind::api_server_slow: return {"factor"};
        case FaultKind::cilium_leader_lost: return {};
        case FaultKind::image_registry_slow: return {"registry", "factor", "bandwidth", "unreachable"};
        case FaultKind::zone_outage: return {"zone"};
        case FaultKind::node_down: return {"nodeGroup", "zone", "node", "count", "share", "outOfService"};
        case FaultKind::runtime_freeze:
        case FaultKind::kubelet_restart: return {"nodeGroup", "zone", "node", "count", "share"};
        case FaultKind::insufficient_capacity: return {"nodeGroup", "zone", "instanceTypes", "purchase"};
        case FaultKind::launch_failure: return {"nodeGroup", "zone", "instanceTypes", "purchase", "share", "how"};
        case FaultKind::spot_interruption: return {"nodeGroup", "zone", "instanceTypes", "count", "share"};
        case FaultKind::spot_storm: return {"nodeGroup", "zone", "instanceTypes", "share"};
        case FaultKind::aws_throttling: return {"load", "service"};
        case FaultKind::data_path_migration: return {"nodeGroup", "zone", "node", "count", "share", "state"};
        case FaultKind::container_crash:
            return {"workload", "container", "nodeGroup", "zone", "node", "count", "share"};
        case FaultKind::telemetry_outage: return {};
    }
    return {};
}

// Faults of nodes say which: by their group and zone, one by its number, so many, or a share.
constexpr bool strikes_nodes(FaultKind kind) {
    return kind == FaultKind::node_down || kind == FaultKind::runtime_freeze || kind == FaultKind::kubelet_restart ||
           kind == FaultKind::spot_interruption || kind == FaultKind::spot_storm ||
           kind == FaultKind::data_path_migration;
}

// DPC-55, as far as a node can be put there: `kube-proxy-live` and `both-on-fresh-node` are where it begins.
constexpr std::array migration_states{datapath::MigrationState::rules_left,
                                      datapath::MigrationState::rules_flushed,
                                      datapath::MigrationState::flushed_and_rebooted,
                                      datapath::MigrationState::replaced_over_live,
                                      datapath::MigrationState::agent_without_api,
                                      datapath::MigrationState::agent_without_api_restarted,
                                      datapath::MigrationState::no_replacement_in_agent};
constexpr std::array<std::string_view, migration_states.size()> migration_names{"rules-left",
                                                                                "rules-flushed",
                                                                                "rules-flushed-and-rebooted",
                                                                                "replaced-over-live",
                                                                                "agent-without-api",
                                                                                "agent-without-api-restarted",
                                                                                "no-replacement-in-agent"};

std::optional<NodeGroupIx> read_node_group(const Reader& at, const ScenarioBuilder& builder) {
    const auto name = at.text();
    if (!name) return std::nullopt;
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < builder.spec.node_groups.size(); ++i) {
        if (builder.spec.node_groups[i].name == *name) return NodeGroupIx::of(i);
        known.push_back(builder.spec.node_groups[i].name);
    }
    at.complain(Rule::unknown_node_group, fmt::format("{} is \"{}\", which is no node group", at.title(), *name),
                did_you_mean(*name, known));
    return std::nullopt;
}

// A zone in which nodes can be; another one of the region would strike nobody.
std::optional<ZoneIx> read_zone_of_nodes(const Reader& at, const ScenarioBuilder& builder) {
    const auto name = read_zone(at, builder);
    if (!name) return std::nullopt;
    const auto found = std::ranges::find(builder.spec.zones, *name);
    if (found != builder.spec.zones.end())
        return ZoneIx::of(static_cast<std::size_t>(found - builder.spec.zones.begin()));
    at.complain(Rule::matches_nothing, fmt::format("{} is {}, in which the cluster has no subnet", at.title(), *name));
    return std::nullopt;
}

// One bit an action.
std::optional<std::uint32_t> read_actions(const Reader& at) {
    std::uint32_t actions = 0;
    bool all_known = true;
    for (const Reader& item : at.items()) {
        const auto name = item.text();
        const auto action = name ? ec2_action_named(*name) : std::nullopt;
        if (action) actions |= 1U << static_cast<unsigned>(*action);
        all_known = all_known && action;
        if (!name || action) continue;
        std::vector<std::string_view> known;
        for (std::size_t i = 0; i < ec2_action_count; ++i) known.push_back(text_of(static_cast<Ec2Action>(i)));
        item.complain(
            Rule::not_one_of,
            fmt::format("{} is \"{}\", which is no action of the EC2 API that is modelled", item.title(), *name),
            did_you_mean(*name, known));
    }
    if (!all_known) return std::nullopt;
    if (actions == 0) {
        at.complain(Rule::matches_nothing, fmt::format("{} names no action", at.title()),
                    "leave it out to throttle all of them");
        return std::nullopt;
    }
    return actions;
}

void read_scope(const Reader& entry, Fault& fault, bool& is_whole, const ScenarioBuilder& builder) {
    if (const auto at = entry.member("nodeGroup")) {
        const auto group = read_node_group(*at, builder);
        is_whole = is_whole && group;
        if (group) fault.group = *group;
    }
    if (const auto at = entry.member("zone")) {
        const auto zone = read_zone_of_nodes(*at, builder);
        is_whole = is_whole && zone;
        if (zone) fault.zone = *zone;
    }
}

void read_throttling(const Reader& entry, Fault& fault, bool& is_whole) {
    const auto load_at = entry.required("load");
    const auto load = load_at ? read_rate_milli(*load_at) : std::nullopt;
    is_whole = is_whole && load;
    if (load) fault.load_milli_per_second = *load;
    if (const auto at = entry.member("actions")) {
        const auto actions = read_actions(*at);
        is_whole = is_whole && actions;
        if (actions) fault.actions = *actions;
    }
}

void read_aws_throttling(const Reader& entry, Fault& fault, bool& is_whole) {
    const auto load_at = entry.required("load");
    const auto load = load_at ? read_rate_milli(*load_at) : std::nullopt;
    const auto service_at = entry.required("service");
    const auto service =
        service_at ? service_at->one_of({"sts", "eks-auth", "secretsmanager", "ssm", "route53", "elasticloadbalancing"})
                   : std::nullopt;
    is_whole = is_whole && load && service;
    if (load) fault.load_milli_per_second = *load;
    if (service) fault.service = static_cast<AwsService>(*service);
}

void read_taken(const Reader& entry, Fault& fault, bool& is_whole, const ScenarioBuilder& builder) {
    const auto subnet_at = entry.required("subnet");
    const auto count_at = entry.required("addresses");
    const auto subnet = subnet_at ? builder.subnet_named_by(*subnet_at) : std::nullopt;
    const auto count = count_at ? count_at->integer(1, std::int64_t{1} << 16) : std::nullopt;
    is_whole = is_whole && subnet && count;
    if (subnet) fault.subnet = *subnet;
    if (count) fault.addresses = static_cast<std::int32_t>(*count);
}

void read_share(const Reader& entry, Fault& fault, bool& is_whole) {
    const auto at = entry.member("share");
    const auto share = at ? at->share_ppm() : std::optional<std::int32_t>(fault.share_ppm);
    is_whole = is_whole && share;
    if (!share) return;
    fault.share_ppm = static_cast<std::int32_t>(*share);
    if (fault.share_ppm > 0) return;
    at->complain(Rule::out_of_range, fmt::format("{} must be above 0%", at->title()));
    is_whole = false;
}

// A registry that is slower by a factor, sends less, or does not answer at all.
void read_slow_registry(const Reader& entry, Fault& fault, bool& is_whole, const ScenarioBuilder& builder) {
    constexpr double most_times = 1'000'000.0;
    const auto registry_at = entry.required("registry");
    const auto registries = registry_at ? registries_named_by(*registry_at, builder) : std::nullopt;
    is_whole = is_whole && registries;
    if (registries) fault.registries = *registries;
    if (const auto at = entry.member("factor")) {
        const auto times = at->number(1.0, most_times);
        is_whole = is_whole && times;
        if (times) fault.slowdown_milli = static_cast<std::int32_t>(*times * 1000.0);
    }
    if (const auto at = entry.member("bandwidth")) {
        const auto rate = read_bytes_per_second(*at);
        is_whole = is_whole && rate;
        if (rate) fault.bytes_per_second = *rate;
    }
    if (const auto at = entry.member("unreachable")) {
        const auto word = at->boolean();
        is_whole = is_whole && word;
        if (word) fault.is_unreachable = *word;
    }
    if (fault.slowdown_milli > 1000 || fault.bytes_per_second > 0 || fault.is_unreachable || !is_whole) return;
    entry.complain(Rule::missing_field, fmt::format("{} leaves the registry as it is", entry.title()),
                   "add factor: 10, bandwidth: 5Mi/s or unreachable: true");
    is_whole = false;
}

constexpr std::int64_t most_nodes = 1'000'000;

// Which nodes: one of a group by its number, so many, or a share.
void read_nodes(const Reader& entry, Fault& fault, bool& is_whole, const ScenarioBuilder& builder) {
    std::vector<std::string_view> ways;
    for (const std::string_view way : {"node", "count", "share"}) {
        if (entry.has(way)) ways.push_back(way);
    }
    if (ways.size() > 1) {
        entry.complain_at_key(ways[1], Rule::contradictory_fields,
                              fmt::format("{} states both {} and {}", entry.title(), ways[0], ways[1]),
                              "they each say who is struck: leave one out");
        is_whole = false;
    }
    if (fault.kind == FaultKind::node_down && ways.empty()) {
        entry.complain(Rule::missing_field, fmt::format("{} does not say which nodes go down", entry.title()),
                       "add node (with nodeGroup), count, or share: 100%");
        is_whole = false;
    }
    if (const auto at = entry.member("node")) {
        const auto node = at->integer(0, most_nodes);
        if (node) fault.node = static_cast<std::int32_t>(*node);
        if (!entry.has("nodeGroup")) {
            at->complain(Rule::missing_field,
                         fmt::format("{} is a number within a node group, and none is named", at->title()),
                         "add nodeGroup");
            is_whole = false;
        }
        is_whole = is_whole && node;
    }
    if (const auto at = entry.member("count")) {
        const auto count = at->integer(1, most_nodes);
        if (count) fault.count = static_cast<std::int32_t>(*count);
        is_whole = is_whole && count;
    }
    read_share(entry, fault, is_whole);
    if (const auto at = entry.member("outOfService"); at && fault.kind == FaultKind::node_down) {
        const auto after = at->duration();
        is_whole = is_whole && after;
        if (after) fault.out_of_service_us = after->us();
        if (builder.spec.kubernetes.is_2018()) {
            at->complain(Rule::not_supported,
                         fmt::format("{}: the pod collector of 1.10 knows no such taint", at->title()), "leave it out");
            is_whole = false;
        }
    }
}

// Types of the catalogue; shell wildcards allowed.
void read_instance_types(const Reader& at, Fault& fault, bool& is_whole, const ScenarioBuilder& builder) {
    for (const Reader& item : at.items()) {
        const auto pattern = item.text();
        if (!pattern) {
            is_whole = false;
            continue;
        }
        const std::size_t before = fault.instance_types.size();
        for (const InstanceType& type : builder.catalog.all()) {
            if (matches_wildcard(*pattern, type.name)) fault.instance_types.push_back(type.name);
        }
        if (fault.instance_types.size() > before) continue;
        const auto near = builder.catalog.nearest_names(*pattern);
        item.complain(
            Rule::unknown_instance_type,
            fmt::format("{} is \"{}\", which no instance type of the catalogue matches", item.title(), *pattern),
            near.empty() ? std::string("types look like m5.large; m5.* stands for all of a family")
                         : fmt::format("did you mean {}?", fmt::join(near, ", ")));
        is_whole = false;
    }
    std::ranges::sort(fault.instance_types);
    const auto doubles = std::ranges::unique(fault.instance_types);
    fault.instance_types.erase(doubles.begin(), doubles.end());
    if (fault.instance_types.empty() && is_whole) {
        at.complain(Rule::matches_nothing, fmt::format("{} names no type", at.title()), "leave it out to mean all");
        is_whole = false;
    }
}

constexpr std::array<std::string_view, 3> purchase_names{"any", "on-demand", "spot"};
constexpr std::array<std::string_view, 2> launch_failure_names{"ended", "never-joins"};

void read_market(const Reader& entry, Fault& fault, bool& is_whole, const ScenarioBuilder& builder) {
    if (const auto at = entry.member("instanceTypes")) read_instance_types(*at, fault, is_whole, builder);
    if (const auto at = entry.member("purchase")) {
        const auto which = at->one_of(purchase_names);
        is_whole = is_whole && which;
        if (which) fault.purchase = static_cast<Purchase>(*which);
    }
    if (const auto at = entry.member("how"); at && fault.kind == FaultKind::launch_failure) {
        const auto which = at->one_of(launch_failure_names);
        is_whole = is_whole && which;
        if (which) fault.how = static_cast<LaunchFailure>(*which);
    }
    if (fault.kind == FaultKind::launch_failure) read_share(entry, fault, is_whole);
    if (fault.kind != FaultKind::spot_interruption && fault.kind != FaultKind::spot_storm) return;
    fault.purchase = Purchase::spot;
    const bool has_any = std::ranges::any_of(builder.spec.shapes, &NodeShape::is_spot);
    if (has_any) return;
    entry.complain_at_key("fault", Rule::matches_nothing, fmt::format("{}: no node is a spot instance", entry.title()),
                          "set spot: true on a node group, or allow spot in a NodePool");
    is_whole = false;
}

void read_migration(const Reader& entry, Fault& fault, bool& is_whole) {
    const auto at = entry.required("state");
    const auto state = at ? at->one_of(migration_names) : std::nullopt;
    is_whole = is_whole && state;
    if (state) fault.migration = migration_states[*state];
}

// Whose containers end: all of a pod, or the sidecar of telemetry that it has.
void read_crash(const Reader& entry, Fault& fault, bool& is_whole, const ScenarioBuilder& builder) {
    const auto at = entry.required("workload");
    const auto named = at ? builder.workloads_named_by(*at) : std::vector<WorkloadIx>{};
    is_whole = is_whole && !named.empty();
    if (named.empty()) return;
    if (named.size() > 1 || has_jobs(builder.spec[named.front()].kind)) {
        at->complain(
            Rule::not_supported,
            fmt::format("{} is {}", at->title(),
                        named.size() > 1 ? "several workloads" : "a Job, whose runs end by themselves"),
            named.size() > 1 ? "make an entry of each" : "failureRate under `behaviour` says how often they fail");
        is_whole = false;
    }
    fault.workload = named.front();
    const auto container = entry.member("container");
    if (!container) return;
    fault.container = container->text().value_or("");
    const bool is_known = std::ranges::any_of(builder.spec.telemetry.agents, [&](const TelemetryAgent& agent) {
        return agent.pods == fault.workload && !fault.container.empty() && agent.container == fault.container;
    });
    if (is_known) return;
    container->complain(
        Rule::not_supported,
        fmt::format("{}: of the containers of a pod only a sidecar of telemetry can end alone", container->title()),
        "leave it out, or say under `behaviour` that it is one: telemetry: {scrapes: own-pod, ...}");
    is_whole = false;
}

void check_agents(const Reader& name, bool& is_whole, const ScenarioBuilder& builder) {
    if (!builder.spec.telemetry.agents.empty()) return;
    name.complain(Rule::matches_nothing, fmt::format("{}: no workload is an agent of telemetry", name.title()),
                  "say under `behaviour` which one is: telemetry: {scrapes: own-node}");
    is_whole = false;
}

void read_factor(const Reader& entry, Fault& fault, bool& is_whole) {
    constexpr std::int64_t most = 100'000;  // of the default 10 ms: a quarter of an hour
    const auto at = entry.required("factor");
    const auto factor = at ? at->integer(2, most) : std::nullopt;
    is_whole = is_whole && factor;
    if (factor) fault.factor = static_cast<std::int32_t>(*factor);
}

// Whether there is a leader to be lost.
void check_leader(const Reader& name, bool& is_whole, const ScenarioBuilder& builder) {
    if (builder.spec.cni_kind != CniKind::vpc_cni) return;
    name.complain(Rule::matches_nothing, fmt::format("{}: no operator of Cilium gives addresses here", name.title()));
    is_whole = false;
}

}  // namespace

std::optional<Fault> read_fault(const Reader& entry, const ScenarioBuilder& builder) {
    const Reader name_at = *entry.member("fault");
    const auto name = name_at.text();
    if (!name) return std::nullopt;
    // Other faults belong to models to come; a slip of the pen looks like one that is known.
    const auto kind = std::ranges::find(fault_names, *name);
    if (kind == fault_names.end()) {
        const auto near = nearest_word(*name, fault_names);
        name_at.complain(
            near ? Rule::not_one_of : Rule::not_yet_modelled,
            fmt::format("{}: the fault \"{}\" is {}", entry.title(), *name, near ? "not known" : "not yet modelled"),
            near ? fmt::format("did you mean \"{}\"?", *near)
                 : fmt::format("a timeline takes {}", fmt::join(fault_names, ", ")));
        return std::nullopt;
    }
    const auto which = static_cast<std::size_t>(kind - fault_names.begin());
    Fault fault;
    fault.kind = static_cast<FaultKind>(which);
    bool is_whole = true;
    const std::vector<std::string_view> its_words = words_of(fault.kind);
    for (const std::string_view word : all_words) {
        if (!entry.has(word) || std::ranges::find(its_words, word) != its_words.end()) continue;
        entry.complain_at_key(word, Rule::contradictory_fields,
                              fmt::format("{}: {} does not go with {}", entry.title(), word, *name));
        is_whole = false;
    }
    read_scope(entry, fault, is_whole, builder);
    if (fault.kind == FaultKind::imds_stale) {
        const auto at = entry.member("age");
        const auto age = at ? at->duration() : std::optional<sim::Duration>(sim::Duration::zero());
        is_whole = is_whole && age;
        if (age) fault.age_us = age->us();
    }
    if (fault.kind == FaultKind::ec2_throttling) read_throttling(entry, fault, is_whole);
    if (fault.kind == FaultKind::aws_throttling) read_aws_throttling(entry, fault, is_whole);
    if (fault.kind == FaultKind::pod_interface_failure) read_share(entry, fault, is_whole);
    if (fault.kind == FaultKind::image_registry_slow) read_slow_registry(entry, fault, is_whole, builder);
    if (fault.kind == FaultKind::zone_outage && !entry.required("zone")) is_whole = false;
    if (strikes_nodes(fault.kind) || fault.kind == FaultKind::container_crash)
        read_nodes(entry, fault, is_whole, builder);
    if (fault.kind == FaultKind::container_crash) read_crash(entry, fault, is_whole, builder);
    if (fault.kind == FaultKind::telemetry_outage) check_agents(name_at, is_whole, builder);
    if (fault.kind >= FaultKind::insufficient_capacity && fault.kind <= FaultKind::spot_storm)
        read_market(entry, fault, is_whole, builder);
    if (fault.kind == FaultKind::data_path_migration) read_migration(entry, fault, is_whole);
    if (fault.kind == FaultKind::api_server_slow) read_factor(entry, fault, is_whole);
    if (fault.kind == FaultKind::cilium_leader_lost) check_leader(name_at, is_whole, builder);
    if (fault.kind == FaultKind::subnet_addresses_taken) read_taken(entry, fault, is_whole, builder);
    return is_whole ? std::optional(fault) : std::nullopt;
}

void refuse_fault_words(const Reader& entry) {
    for (const std::string_view word : all_words) {
        if (!entry.has(word)) continue;
        entry.complain_at_key(word, Rule::contradictory_fields,
                              fmt::format("{}: {} goes with a fault", entry.title(), word));
    }
}

}  // namespace eks
