#include "models/scenario/node_groups.hpp"

#include "models/catalog/max_pods.hpp"
#include "models/catalog/node_reserve.hpp"
#include "models/scenario/eksctl_fields.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/kubelet_config.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/node_config.hpp"
#include "models/scenario/node_shape.hpp"
#include "models/scenario/other_enis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

namespace eks {

namespace {

// eksctl's defaults (pkg/apis/eksctl.io/v1alpha5/types.go): DefaultNodeType, DefaultNodeCount, DefaultNodeVolumeSize.
constexpr std::string_view instance_type_default = "m5.large";
constexpr std::int64_t node_count_default = 2;
constexpr std::int64_t volume_gib_default = 80;
// What EKS gives a managed node group whose launch template says nothing of disks.
constexpr std::int64_t volume_gib_of_launch_template = 20;

struct Sizes {
    std::int64_t minimum = 0;
    std::int64_t desired = 0;
    std::int64_t maximum = 0;
};

// As eksctl fills in what is missing: the minimum is the desired number or 2, the maximum the desired number or the
// minimum.
std::optional<Sizes> read_sizes(const Reader& group, ScenarioBuilder& builder) {
    const auto minimum = group.integer("minSize", 0, limits::nodes_in_total);
    const auto desired = group.integer("desiredCapacity", 0, limits::nodes_in_total);
    const auto maximum = group.integer("maxSize", 0, limits::nodes_in_total);
    for (const std::string_view key : {"minSize", "desiredCapacity", "maxSize"}) {
        const auto at = group.member(key);
        if (at && !(key == "minSize" ? minimum : key == "maxSize" ? maximum : desired)) return std::nullopt;
    }
    Sizes sizes;
    sizes.minimum = minimum.value_or(desired.value_or(node_count_default));
    sizes.maximum = maximum.value_or(desired.value_or(sizes.minimum));
    sizes.desired = desired.value_or(sizes.minimum);
    if (!minimum && !desired && !maximum) {
        builder.assume(fmt::format("{}.desiredCapacity", group.path()), std::to_string(node_count_default),
                       "eksctl's default");
    }
    if (sizes.minimum <= sizes.desired && sizes.desired <= sizes.maximum) return sizes;
    const std::string_view at_key = sizes.minimum > sizes.desired ? (desired ? "desiredCapacity" : "minSize")
                                                                  : (maximum ? "maxSize" : "desiredCapacity");
    group.member(at_key).value_or(group).complain(
        Rule::size_order,
        fmt::format("{}: minSize {}, desiredCapacity {} and maxSize {} are out of order", group.title(), sizes.minimum,
                    sizes.desired, sizes.maximum),
        "minSize <= desiredCapacity <= maxSize must hold");
    return std::nullopt;
}

const InstanceType* read_instance_type(const Reader& at, const ScenarioBuilder& builder) {
    const auto name = at.text();
    if (!name) return nullptr;
    const InstanceType* type = builder.catalog.find(*name);
    if (type == nullptr) {
        const auto near = builder.catalog.nearest_names(*name);
        at.complain(Rule::unknown_instance_type,
                    fmt::format("{} is \"{}\", which is no instance type of the catalogue", at.title(), *name),
                    near.empty()
                        ? std::string("types look like m5.large; `ekssim import` adds types of your own account")
                        : fmt::format("did you mean {}?", fmt::join(near, ", ")));
        return nullptr;
    }
    if (!type->is_complete()) {
        at.complain(Rule::incomplete_instance_type,
                    fmt::format("{}: too little is known of {} to run nodes of it", at.title(), *name),
                    "`ekssim import` takes the description from your own account");
        return nullptr;
    }
    return type;
}

// The types of a group, the one that is launched first in front. Empty after a complaint.
std::vector<const InstanceType*> read_instance_types(const Reader& group, ScenarioBuilder& builder) {
    std::vector<Reader> named;
    if (const auto at = group.member("instanceType")) {
        // "mixed" is what eksctl itself writes where a distribution follows.
        if (at->is_text() && at->value().text == "mixed")
            at->mark_used();
        else
            named.push_back(*at);
    }
    auto list = group.items("instanceTypes");
    if (const auto distribution = group.member("instancesDistribution"); distribution && distribution->expect_map()) {
        for (const Reader& item : distribution->items("instanceTypes")) list.push_back(item);
    }
    if (!named.empty() && !list.empty()) {
        named.front().complain(Rule::contradictory_fields,
                               fmt::format("{} states both instanceType and a list of instance types", group.title()),
                               "keep one of them, as eksctl demands");
    }
    named.insert(named.end(), list.begin(), list.end());

    if (named.empty()) {
        const bool is_left_open = group.has("instanceSelector") || group.has("launchTemplate");
        if (is_left_open) {
            group.warn(
                Rule::defaulted_instance_type,
                fmt::format("{} leaves its instance type open; {} is assumed", group.title(), instance_type_default),
                "state instanceType to say which one it is");
        }
        builder.assume(fmt::format("{}.instanceType", group.path()), std::string(instance_type_default),
                       is_left_open ? "a guess" : "eksctl's default");
        const InstanceType* type = builder.catalog.find(instance_type_default);
        CHECK(type != nullptr, "the catalogue has lost eksctl's default instance type");
        return {type};
    }

    std::vector<const InstanceType*> types;
    bool all_known = true;
    for (const Reader& at : named) {
        const InstanceType* type = read_instance_type(at, builder);
        all_known = all_known && type != nullptr;
        if (type == nullptr) continue;
        if (!types.empty() && types.front()->architecture != type->architecture) {
            at.complain(Rule::mixed_architectures, fmt::format("{}: {} and {} have different processor architectures",
                                                               group.title(), types.front()->name, type->name));
        }
        types.push_back(type);
    }
    if (!all_known) return {};
    return types;
}

bool is_label_key(std::string_view key) {
    constexpr std::size_t length_max = 317;  // a DNS name of 253, a slash, and 63
    return !key.empty() && key.size() <= length_max && key.find_first_of(" \t\n\"'") == std::string_view::npos;
}

std::map<std::string, std::string> read_group_labels(const Reader& group) {
    std::map<std::string, std::string> labels;
    const auto at = group.member("labels");
    if (!at) return labels;
    for (const auto& [key, value] : at->members()) {
        const auto text = value.is_null() ? std::optional<std::string>("") : value.scalar_as_text();
        if (!is_label_key(key))
            at->complain_at_key(key, Rule::bad_name,
                                fmt::format("{} has \"{}\", which is no label key", at->title(), key));
        if (text) labels[key] = *text;
    }
    return labels;
}

constexpr std::array<std::string_view, 3> effect_names{"NoSchedule", "PreferNoSchedule", "NoExecute"};
constexpr std::array<TaintEffect, 3> effects{TaintEffect::no_schedule, TaintEffect::prefer_no_schedule,
                                             TaintEffect::no_execute};

std::optional<Taint> read_taint_entry(const Reader& entry) {
    if (!entry.expect_map()) return std::nullopt;
    static constexpr std::array<std::string_view, 3> known{"key", "value", "effect"};
    check_eksctl_fields(entry, known, {});
    const auto key_at = entry.required("key");
    const auto effect_at = entry.required("effect");
    if (!key_at || !effect_at) return std::nullopt;
    const auto key = key_at->text();
    const auto effect = effect_at->one_of(effect_names);
    const auto value_at = entry.member("value");
    const auto value = value_at ? value_at->scalar_as_text() : std::optional<std::string>("");
    if (!key || !effect || !value) return std::nullopt;
    return Taint{*key, *value, effects[*effect]};
}

// The older form of unmanaged groups: {special: "true:NoSchedule"}.
std::optional<Taint> read_taint_pair(const std::string& key, const Reader& pair) {
    const auto text = pair.text();
    if (!text) return std::nullopt;
    const bool has_value = text->find(':') != std::string::npos;
    auto taint = taint_of_text(key + (has_value ? "=" : ":") + *text);
    if (!taint) {
        pair.complain(Rule::not_one_of,
                      fmt::format("{} is \"{}\"; it must end in one of NoSchedule, PreferNoSchedule, NoExecute",
                                  pair.title(), *text),
                      "write it as value:NoSchedule");
    }
    return taint;
}

std::vector<Taint> read_taints(const Reader& group) {
    std::vector<Taint> taints;
    const auto at = group.member("taints");
    if (!at) return taints;
    if (at->is_map()) {
        for (const auto& [key, pair] : at->members()) {
            if (auto taint = read_taint_pair(key, pair)) taints.push_back(std::move(*taint));
        }
        return taints;
    }
    for (const Reader& entry : at->items()) {
        if (auto taint = read_taint_entry(entry)) taints.push_back(std::move(*taint));
    }
    return taints;
}

// --- what the kubelet keeps
// ---------------------------------------------------------------------------------------------

// What the node was seen to offer, in the place of what the formulas say (KUBELET-22): for nodes that somebody
// measured.
void read_allocatable(const Reader& at, NodeShape& shape, ScenarioBuilder& builder) {
    if (!at.expect_map()) return;
    std::vector<std::string_view> known(keys::allocatable.begin(), keys::allocatable.end());
    for (const auto& [name, amount] : at.members()) {
        const auto kind = builder.extended_resource_named(amount, name);
        if (!kind) continue;
        shape.allocatable.of(*kind) = shape.capacity.of(*kind) = amount.quantity(QuantityUnit::whole).value_or(0);
        known.push_back(builder.spec.name_of(*kind));
    }
    at.refuse_unknown_members(known);
    const auto take = [&](std::string_view key, QuantityUnit unit, std::int64_t& offered, std::int64_t& whole) {
        const auto there = at.member(key);
        const auto amount = there ? there->quantity(unit) : std::nullopt;
        if (!amount) return;
        offered = *amount;
        whole = std::max(whole, offered);
    };
    take("cpu", QuantityUnit::milli, shape.allocatable.cpu_milli, shape.capacity.cpu_milli);
    take("memory", QuantityUnit::whole, shape.allocatable.memory_bytes, shape.capacity.memory_bytes);
    take("ephemeral-storage", QuantityUnit::whole, shape.allocatable.ephemeral_bytes, shape.capacity.ephemeral_bytes);
    take("nvidia.com/gpu", QuantityUnit::whole, shape.allocatable.gpus, shape.capacity.gpus);
    constexpr std::int64_t max_pods_limit = 10'000;
    if (const auto pods = at.integer("pods", 1, max_pods_limit)) shape.max_pods = static_cast<std::int32_t>(*pods);
}

struct Kubelet {
    KubeletReserve reserve;
    KubeletSettings settings;
    std::optional<Reader> max_pods_at;
    std::optional<std::int64_t> max_pods;
};

Kubelet read_kubelet(const Reader& group, const Resources& capacity, const BootstrapSettings& bootstrap,
                     const ScenarioBuilder& builder) {
    Kubelet kubelet;
    kubelet.reserve =
        builder.spec.kubernetes.reserves_for_kubelet() ? KubeletReserve::eks() : KubeletReserve::kubernetes_1_10();
    kubelet.settings = kubelet_defaults(builder.spec.kubernetes.is_2018());
    constexpr std::int64_t max_pods_limit = 10'000;
    const auto read_max_pods = [&](const Reader& at, std::string_view key) {
        const auto count = at.integer(key, 1, max_pods_limit);
        if (!count) return;
        kubelet.max_pods = count;
        kubelet.max_pods_at = at.member(key);
    };
    read_max_pods(group, "maxPodsPerNode");
    const auto read_config = [&](const std::optional<Reader>& config) {
        if (!config || !config->expect_map()) return;
        read_max_pods(*config, "maxPods");
        read_kubelet_reserve(*config, capacity, kubelet.reserve, kubelet.settings);
        read_kubelet_settings(*config, kubelet.settings);
    };
    read_config(group.member("kubeletExtraConfig"));
    read_config(bootstrap.kubelet_config);
    if (bootstrap.max_pods) {
        kubelet.max_pods = bootstrap.max_pods;
        kubelet.max_pods_at = group.member("overrideBootstrapCommand");
    }
    return kubelet;
}

// --- one group
// ----------------------------------------------------------------------------------------------------------

using Subnets = std::vector<NamedSubnet>;

// The subnet that a group names by key, id or zone. A zone as a key may stand for a private and a public one; then the
// group's own kind counts.
std::optional<NamedSubnet> find_subnet(const std::string& name, bool is_private, const Subnets& subnets,
                                       const ScenarioBuilder& builder) {
    const auto is_meant = [&](const NamedSubnet& s) {
        return s.key == name || s.id == name || builder.spec.subnets[s.subnet.value].name == name;
    };
    auto at = std::find_if(subnets.begin(), subnets.end(),
                           [&](const NamedSubnet& s) { return is_meant(s) && s.is_private == is_private; });
    if (at == subnets.end()) at = std::find_if(subnets.begin(), subnets.end(), is_meant);
    return at == subnets.end() ? std::nullopt : std::optional(*at);
}

// Those that the group names, else all of its kind. Nothing after a complaint.
std::optional<Subnets> subnets_named_by(const Reader& group, bool is_private, const Subnets& subnets,
                                        const ScenarioBuilder& builder) {
    Subnets chosen;
    const auto named = group.items("subnets");
    if (named.empty()) {
        std::copy_if(subnets.begin(), subnets.end(), std::back_inserter(chosen),
                     [&](const NamedSubnet& s) { return s.is_private == is_private; });
        return chosen;
    }
    bool all_known = true;
    for (const Reader& item : named) {
        const auto name = item.text();
        const auto subnet = name ? find_subnet(*name, is_private, subnets, builder) : std::nullopt;
        all_known = all_known && subnet;
        if (subnet) chosen.push_back(*subnet);
        if (!name || subnet) continue;
        std::vector<std::string_view> known;
        for (const NamedSubnet& s : subnets) known.push_back(s.key);
        item.complain(Rule::unknown_subnet,
                      fmt::format("{} is \"{}\", which is not among vpc.subnets", item.title(), *name),
                      did_you_mean(*name, known));
    }
    return all_known ? std::optional(std::move(chosen)) : std::nullopt;
}

// Of these, the ones in the zones that the group names, in their order. Nothing after a complaint.
std::optional<Subnets> subnets_in_zones_of(const Reader& group, bool is_private, Subnets chosen,
                                           const ScenarioBuilder& builder) {
    const auto zones = group.items("availabilityZones");
    if (zones.empty()) return chosen;
    Subnets in_zones;
    bool all_found = true;
    for (const Reader& item : zones) {
        const auto zone = read_zone(item, builder);
        const auto at =
            std::find_if(chosen.begin(), chosen.end(), [&](const NamedSubnet& s) { return zone && s.zone == *zone; });
        all_found = all_found && at != chosen.end();
        if (at != chosen.end()) in_zones.push_back(*at);
        if (!zone || at != chosen.end()) continue;
        item.complain(Rule::no_subnet_in_zone,
                      fmt::format("{} has no {} subnet in {}", group.title(), is_private ? "private" : "public", *zone),
                      "name the zone in cluster.availabilityZones, or a subnet of it in vpc.subnets");
    }
    return all_found ? std::optional(std::move(in_zones)) : std::nullopt;
}

// The first subnet of each zone: a group spreads its nodes over zones (AWS-62), and which of several subnets of one
// zone it takes is not published.
Subnets first_of_each_zone(const Reader& group, const Subnets& chosen) {
    Subnets first;
    for (const NamedSubnet& subnet : chosen) {
        const bool is_second =
            std::any_of(first.begin(), first.end(), [&](const NamedSubnet& s) { return s.zone == subnet.zone; });
        if (!is_second) {
            first.push_back(subnet);
            continue;
        }
        group.warn(Rule::unused_setting,
                   fmt::format("{} has several subnets in {}; only the first is used", group.title(), subnet.zone));
    }
    return first;
}

// The subnets in which the group's nodes start, one for each zone, in the order of the zones; empty after a complaint.
Subnets choose_subnets(const Reader& group, const Subnets& subnets, const ScenarioBuilder& builder) {
    const bool is_private = group.boolean("privateNetworking").value_or(false);
    auto chosen = subnets_named_by(group, is_private, subnets, builder);
    if (chosen) chosen = subnets_in_zones_of(group, is_private, std::move(*chosen), builder);
    if (!chosen) return {};
    if (chosen->empty() && !subnets.empty()) {
        group.complain(Rule::no_subnet_in_zone,
                       fmt::format("{} needs {} subnets, and the cluster has none", group.title(),
                                   is_private ? "private" : "public"),
                       is_private ? "add vpc.subnets.private"
                                  : "set privateNetworking: true, as the cluster has private subnets only");
    }
    return first_of_each_zone(group, *chosen);
}

// The labels that kubelet, cloud provider, EKS and eksctl put on a node.
std::vector<Label> labels_of(const NodeGroup& group, const InstanceType& type, const std::string& zone, bool is_spot,
                             const std::map<std::string, std::string>& stated, const ScenarioBuilder& builder) {
    std::map<std::string, std::string> labels = stated;
    for (const auto& [key, value] : labels_of_type(type, zone, builder.spec)) labels[key] = value;
    labels["alpha.eksctl.io/cluster-name"] = builder.spec.cluster_name;
    labels["alpha.eksctl.io/nodegroup-name"] = group.name;
    if (group.is_managed) {
        labels["eks.amazonaws.com/nodegroup"] = group.name;
        labels["eks.amazonaws.com/capacityType"] = is_spot ? "SPOT" : "ON_DEMAND";
    }
    return sorted_labels(labels);
}

// EKS holds the nodes of its own images to its ceiling, whatever they are told (IPAM-183).
std::int32_t max_pods_of(const NodeGroup& group, const std::vector<const InstanceType*>& types, bool has_own_image,
                         const Kubelet& kubelet) {
    const bool has_ceiling = group.is_managed && !has_own_image;
    if (kubelet.max_pods) {
        const auto stated = static_cast<std::int32_t>(*kubelet.max_pods);
        if (!has_ceiling) return stated;
        std::int32_t ceiling = max_pods_ceiling_large;
        for (const InstanceType* type : types) ceiling = std::min(ceiling, max_pods_ceiling(type->vcpus));
        if (stated <= ceiling) return stated;
        kubelet.max_pods_at->warn(
            Rule::unused_setting,
            fmt::format("{} is {}, and a managed node group lets its nodes have {} pods at most (IPAM-183)",
                        kubelet.max_pods_at->title(), stated, ceiling),
            "bring an own image (`ami`), or make the group an unmanaged one (`nodeGroups`)");
        return ceiling;
    }
    if (!has_ceiling) return max_pods_nodeadm(eni_limits_of(*types.front()));
    std::vector<MaxPodsCalculation> calculations;
    for (const InstanceType* type : types) calculations.push_back(calculation_for(*type));
    return max_pods_managed_node_group(calculations);
}

// How many nodes an update takes out at a time (AWS-65), with the limits of the EKS API (AWS-10).
void read_update_config(const Reader& at, NodeGroup& group) {
    if (!at.expect_map()) return;
    check_eksctl_fields(at, keys::update_config, {});
    constexpr std::int64_t most_in_parallel = 100;
    const auto number = at.integer("maxUnavailable", 1, most_in_parallel);
    const auto percent = at.integer("maxUnavailablePercentage", 1, 100);
    if (at.has("maxUnavailable") && at.has("maxUnavailablePercentage")) {
        at.complain(Rule::contradictory_fields,
                    fmt::format("{} states both maxUnavailable and maxUnavailablePercentage", at.title()),
                    "keep one of them, as EKS demands");
        return;
    }
    if (number) group.update_unavailable = static_cast<std::int32_t>(*number);
    if (percent) group.update_unavailable_percent = static_cast<std::int32_t>(*percent);
}

// AWS's defaults are those of its API: all on demand, and spot instances from the two cheapest pools.
PurchaseMix read_purchases(const Reader& group) {
    PurchaseMix mix;
    const auto at = group.member("instancesDistribution");
    if (!at || !at->is_map()) return mix;
    constexpr std::int64_t most_percent = 100;
    constexpr std::int64_t most_pools = 20;
    mix.on_demand_base =
        static_cast<std::int32_t>(at->integer("onDemandBaseCapacity", 0, limits::nodes_in_total).value_or(0));
    mix.on_demand_percent = static_cast<std::int32_t>(
        at->integer("onDemandPercentageAboveBaseCapacity", 0, most_percent).value_or(mix.on_demand_percent));
    mix.spot_pools =
        static_cast<std::int32_t>(at->integer("spotInstancePools", 1, most_pools).value_or(mix.spot_pools));
    mix.strategy = SpotAllocation::lowest_price;
    if (const auto strategy = at->member("spotAllocationStrategy")) {
        constexpr std::array by_word{SpotAllocation::lowest_price, SpotAllocation::capacity_optimized,
                                     SpotAllocation::capacity_optimized, SpotAllocation::price_capacity_optimized};
        if (const auto word = strategy->one_of(
                {"lowest-price", "capacity-optimized", "capacity-optimized-prioritized", "price-capacity-optimized"}))
            mix.strategy = by_word[*word];
    }
    mix.is_mixed = mix.on_demand_percent < most_percent;
    return mix;
}

void read_group(const Reader& at, bool is_managed, const std::vector<NamedSubnet>& subnets, ScenarioBuilder& builder) {
    if (!at.expect_map()) return;
    Spec& spec = builder.spec;
    check_eksctl_fields(at, keys::node_group, keys::node_group_ignored);
    NodeGroup group;
    group.is_managed = is_managed;
    const auto name_at = at.required("name");
    const auto name = name_at ? name_at->text() : std::nullopt;
    if (name) group.name = *name;
    if (name && name->empty()) name_at->complain(Rule::bad_name, fmt::format("{} is empty", name_at->title()));
    group.stable_key = stable_key_of("node-group/" + group.name);
    const bool is_double = std::any_of(spec.node_groups.begin(), spec.node_groups.end(),
                                       [&](const NodeGroup& g) { return g.name == group.name; });
    if (name && is_double)
        name_at->complain(Rule::duplicate_name,
                          fmt::format("there are two node groups with the name \"{}\"", group.name));

    const auto family = at.text("amiFamily");
    if (family) builder.image_families[static_cast<std::uint32_t>(spec.node_groups.size())] = *family;
    if (family && family->starts_with("Windows")) {
        at.member("amiFamily")
            ->complain(Rule::not_yet_modelled, fmt::format("{}: Windows nodes are not yet modelled", at.title()),
                       "leave the group out; pods that need it will stay unplaced");
    }
    if (const auto update = at.member("updateConfig")) {
        if (is_managed)
            read_update_config(*update, group);
        else
            update->warn(Rule::unused_setting,
                         fmt::format("{}: EKS does not update the nodes of this group", update->title()));
    }
    const auto sizes = read_sizes(at, builder);
    const auto types = read_instance_types(at, builder);
    auto labels = read_group_labels(at);
    auto taints = read_taints(at);
    const auto command = at.member("overrideBootstrapCommand");
    const BootstrapSettings bootstrap = command ? read_bootstrap(*command) : BootstrapSettings{};
    labels.insert(bootstrap.labels.begin(), bootstrap.labels.end());
    taints.insert(taints.end(), bootstrap.taints.begin(), bootstrap.taints.end());
    const auto chosen = choose_subnets(at, subnets, builder);
    const bool is_spot = at.boolean("spot").value_or(false);
    if (const auto distribution = at.member("instancesDistribution"); distribution && (is_managed || is_spot))
        distribution->complain(
            Rule::contradictory_fields,
            is_managed ? fmt::format("{} is of a managed node group, which buys all in one way", distribution->title())
                       : fmt::format("{} stands beside spot: true", distribution->title()),
            is_managed ? "list instanceTypes in the group itself, and say spot: true or not; or make "
                         "it one of nodeGroups"
                       : "leave out spot, and say onDemandPercentageAboveBaseCapacity: 0");
    else if (distribution)
        group.purchase = read_purchases(at);
    // AWS-26
    constexpr std::int32_t first_minor_by_price = 28;
    if (is_managed && is_spot && spec.kubernetes.minor < first_minor_by_price)
        group.purchase.strategy = SpotAllocation::capacity_optimized;
    const bool has_launch_template = at.has("launchTemplate");
    const bool has_own_image = at.has("ami") || has_launch_template;
    if (const auto ami = at.member("ami")) ami->mark_used();
    const auto volume = at.integer("volumeSize", 1, limits::volume_gib);
    if (types.empty() || !sizes || chosen.empty() || !name) return;

    group.minimum = static_cast<std::int32_t>(sizes->minimum);
    group.desired = static_cast<std::int32_t>(sizes->desired);
    group.maximum = static_cast<std::int32_t>(sizes->maximum);

    const std::int64_t volume_gib =
        volume.value_or(has_launch_template ? volume_gib_of_launch_template : volume_gib_default);
    // One that takes nothing on demand is a group of spot instances.
    const bool is_all_spot =
        group.purchase.is_mixed && group.purchase.on_demand_base == 0 && group.purchase.on_demand_percent == 0;
    if (is_all_spot) group.purchase.is_mixed = false;
    const std::vector<bool> markets =
        group.purchase.is_mixed ? std::vector<bool>{false, true} : std::vector{is_spot || is_all_spot};
    // All zones of the first type, then those of the others.
    for (const InstanceType* type : types) {
        NodeShape shape = shape_of_type(*type, volume_gib, builder);
        shape.group = NodeGroupIx::of(spec.node_groups.size());
        shape.taints = taints;
        shape.other_enis = read_other_enis(at, shape);
        const Kubelet kubelet = read_kubelet(at, shape.capacity, bootstrap, builder);
        // The reserve follows the formula, whatever the user has set (KUBELET-23).
        shape.allocatable = allocatable(shape.capacity, max_pods_nodeadm(eni_limits_of(*type)), kubelet.reserve);
        shape.kubelet = kubelet.settings;
        shape.max_pods = max_pods_of(group, types, has_own_image, kubelet);
        if (const auto seen = at.member("allocatable")) read_allocatable(*seen, shape, builder);
        if (shape.allocatable.cpu_milli <= 0 || shape.allocatable.memory_bytes <= 0) {
            at.member("kubeletExtraConfig")
                .value_or(at)
                .complain(Rule::kubelet_leaves_nothing,
                          fmt::format("{}: reservations and thresholds leave nothing of a {} for pods", at.title(),
                                      type->name));
        }
        for (const bool in_spot : markets) {
            shape.is_spot = in_spot;
            shape.price_per_hour_micro_usd = price_of_type(at, *type, in_spot, builder);
            shape.interruptions_ppm_per_month = in_spot ? interruptions_ppm_per_month(*type, builder) : 0;
            for (const NamedSubnet& subnet : chosen) {
                shape.subnet = subnet.subnet;
                shape.zone = builder.zone(subnet.zone);
                shape.labels = labels_of(group, *type, subnet.zone, in_spot, labels, builder);
                group.shapes.push_back(NodeShapeIx::of(spec.shapes.size()));
                spec.shapes.push_back(shape);
            }
        }
    }
    spec.node_groups.push_back(std::move(group));
    builder.group_objects.push_back(at);
}

}  // namespace

void read_node_groups(const Reader& cluster, const std::vector<NamedSubnet>& subnets, ScenarioBuilder& builder) {
    std::int64_t groups = 0;
    for (const std::string_view key : {"nodeGroups", "managedNodeGroups"}) {
        for (const Reader& group : cluster.items(key)) {
            if (++groups > limits::node_groups) {
                group.complain(Rule::beyond_reason,
                               fmt::format("there are more than {} node groups", limits::node_groups));
                return;
            }
            read_group(group, key == "managedNodeGroups", subnets, builder);
        }
    }
    std::int64_t nodes = 0;
    for (const NodeGroup& group : builder.spec.node_groups) nodes += group.maximum;
    if (nodes > limits::nodes_in_total) {
        cluster.complain(Rule::beyond_reason,
                         fmt::format("the node groups may grow to {} nodes together; the limit is {}", nodes,
                                     limits::nodes_in_total));
    }
}

}  // namespace eks
