#include "models/scenario/kubernetes/node_pool_offers.hpp"

#include "models/catalog/max_pods.hpp"
#include "models/scenario/kubelet_config.hpp"
#include "models/scenario/kubernetes/instance_labels.hpp"
#include "models/scenario/node_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace eks {
namespace {

using LabelMap = std::map<std::string, std::string>;

constexpr std::string_view capacity_type_key = "karpenter.sh/capacity-type";
constexpr std::string_view zone_key = "topology.kubernetes.io/zone";
constexpr std::string_view old_zone_key = "failure-domain.beta.kubernetes.io/zone";

std::optional<std::int64_t> number_in(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    return fault == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

bool meets(const LabelMap& labels, const SelectorRequirement& asked) {
    const auto found = labels.find(asked.key);
    const bool has = found != labels.end();
    const bool is_listed = has && std::ranges::find(asked.values, found->second) != asked.values.end();
    switch (asked.op) {
        case SelectorOperator::in: return is_listed;
        case SelectorOperator::not_in: return !is_listed;
        case SelectorOperator::exists: return has;
        case SelectorOperator::does_not_exist: return !has;
        case SelectorOperator::greater:
        case SelectorOperator::less: break;
    }
    const auto number = has ? number_in(found->second) : std::nullopt;
    const auto bound = asked.values.size() == 1 ? number_in(asked.values.front()) : std::nullopt;
    if (!number || !bound) return false;
    return asked.op == SelectorOperator::greater ? *number > *bound : *number < *bound;
}

// Labels of the zone and of how the instance is bought are known once these are chosen.
bool is_about_offering(const SelectorRequirement& asked) {
    return asked.key == capacity_type_key || asked.key == zone_key || asked.key == old_zone_key ||
           asked.key == "topology.k8s.aws/zone-id";
}

using Keys = std::set<std::string, std::less<>>;

// Requirements on labels of `chosen_by_claim` are none on what is offered.
bool meets_all(const LabelMap& labels, const NodePool& pool, const Keys& chosen_by_claim, bool about_offerings) {
    return std::ranges::all_of(pool.requirements, [&](const NodePoolRequirement& asked) {
        return is_about_offering(asked.expression) != about_offerings ||
               chosen_by_claim.contains(asked.expression.key) || meets(labels, asked.expression);
    });
}

// An instance type as the class sets it up.
struct SetUp {
    NodeShape shape;     // of its nodes, without group, zone, labels, taints and price
    NodePoolType known;  // what Karpenter takes it for
};

SetUp set_up(const InstanceType& type, const NodeClass& node_class, const std::optional<Reader>& kubelet,
             const KarpenterSizing& sizing, const ScenarioBuilder& builder) {
    SetUp made;
    std::int64_t volume_gib = node_class.volume_gib;
    constexpr std::int64_t bytes_in_gb = 1'000'000'000;
    if (node_class.disk_is_instance_store && type.local_disk_total_gb > 0)
        volume_gib = std::max<std::int64_t>(type.local_disk_total_gb * bytes_in_gb / gibibyte, 1);
    made.shape = shape_of_type(type, volume_gib, builder);
    KubeletReserve reserve = KubeletReserve::eks();
    made.shape.kubelet = kubelet_defaults(builder.spec.kubernetes.is_2018());
    KarpenterMaxPods pods;
    pods.reserved_enis = sizing.reserved_enis;
    constexpr std::int64_t most_pods = 10'000;
    if (kubelet) {
        read_kubelet_reserve(*kubelet, made.shape.capacity, reserve, made.shape.kubelet);
        read_kubelet_settings(*kubelet, made.shape.kubelet);
        if (const auto most = kubelet->integer("maxPods", 0, most_pods)) pods.max_pods = static_cast<int>(*most);
        // KARP-21: not on Bottlerocket.
        const auto per_core = kubelet->integer("podsPerCore", 0, most_pods);
        if (per_core && !node_class.is_bottlerocket) pods.pods_per_core = static_cast<int>(*per_core);
    }
    const EniLimits enis = eni_limits_of(type);
    made.shape.max_pods = max_pods_karpenter(enis, type.vcpus, pods);
    // KARP-22: as if no ENI were reserved.
    const int formula_pods = node_class.is_bottlerocket ? made.shape.max_pods : max_pods_nodeadm(enis);
    made.shape.allocatable = allocatable(made.shape.capacity, formula_pods, reserve);
    made.known.name = type.name;
    made.known.node_class = node_class.name;
    made.known.is_exotic = is_exotic(type);
    made.known.max_pods = made.shape.max_pods;
    made.known.capacity = made.shape.capacity;
    made.known.capacity.memory_bytes = memory_capacity_bytes(type, sizing.memory_overhead_ppm);
    made.known.allocatable = allocatable(made.known.capacity, formula_pods, reserve);
    return made;
}

struct Prices {
    MicroUsd on_demand = 0;
    MicroUsd spot = 0;  // 0: not sold so
};

std::optional<Prices> prices_of(const InstanceType& type, const ScenarioBuilder& builder) {
    constexpr std::string_view region_with_advice = "us-east-1";
    const auto on_demand = builder.catalog.price(type.name, builder.spec.region);
    if (!on_demand) return std::nullopt;
    Prices prices{*on_demand, 0};
    auto advice = builder.catalog.spot_advice(type.name, builder.spec.region);
    if (!advice) advice = builder.catalog.spot_advice(type.name, region_with_advice);
    if (type.spot_supported && advice) prices.spot = *on_demand / 100 * (100 - advice->saving_percent);
    return prices;
}

// Types that Karpenter does not launch at all, and those of which too little is known.
bool is_offered(const InstanceType& type) {
    return type.is_complete() && type.architecture != Architecture::unknown && !type.name.starts_with("mac");
}

LabelMap labels_of_pool(const NodePool& pool) {
    LabelMap labels;
    for (const NodePoolRequirement& asked : pool.requirements) {
        // A label of the user's own with one value comes to stand on the node.
        if (asked.expression.op == SelectorOperator::in && asked.expression.values.size() == 1)
            labels[asked.expression.key] = asked.expression.values.front();
    }
    for (const Label& label : pool.labels) labels[label.key] = label.value;
    labels["karpenter.sh/nodepool"] = pool.name;
    labels["karpenter.sh/registered"] = "true";
    labels["karpenter.sh/initialized"] = "true";
    labels["karpenter.k8s.aws/ec2nodeclass"] = pool.node_class;
    return labels;
}

// Labels of an instance type that all its nodes have, wherever they are.
LabelMap labels_of_type_alone(const InstanceType& type, const Spec& spec) {
    LabelMap labels = labels_of_type(type, {}, spec);
    for (const std::string_view key : {zone_key, old_zone_key}) labels.erase(std::string(key));
    add_instance_labels(type, labels);
    return labels;
}

// Labels that a node of the pool is to have, and neither its type nor the pool says with which value: Karpenter chooses
// one for each claim, by what its pods ask for.
Keys labels_chosen_by_claim(const NodePool& pool, const LabelMap& of_pool, const ScenarioBuilder& builder) {
    Keys keys;
    for (const NodePoolRequirement& asked : pool.requirements) {
        const SelectorOperator op = asked.expression.op;
        const bool is_to_be_there = op != SelectorOperator::not_in && op != SelectorOperator::does_not_exist;
        if (is_to_be_there && !is_about_offering(asked.expression) && !of_pool.contains(asked.expression.key))
            keys.insert(asked.expression.key);
    }
    for (const InstanceType& type : builder.catalog.all()) {
        if (keys.empty()) break;
        if (!is_offered(type)) continue;
        const LabelMap of_type = labels_of_type_alone(type, builder.spec);
        std::erase_if(keys, [&](const std::string& key) { return of_type.contains(key); });
    }
    return keys;
}

std::uint32_t position_of_type(NodePoolType known, const LabelMap& labels, ScenarioBuilder& builder) {
    std::vector<NodePoolType>& types = builder.spec.karpenter.types;
    for (std::uint32_t i = 0; i < types.size(); ++i) {
        if (types[i].name == known.name && types[i].node_class == known.node_class) return i;
    }
    known.labels = sorted_labels(labels);
    types.push_back(std::move(known));
    return static_cast<std::uint32_t>(types.size() - 1);
}

// What is offered already, but in another subnet, is no further offer. Those of one type stand together.
void add_offer(NodePool& pool, NodeShape shape, std::uint32_t type, Spec& spec) {
    const auto added = NodeShapeIx::of(spec.shapes.size());
    spec.shapes.push_back(std::move(shape));
    const NodeShape& row = spec.shapes.back();
    for (auto offer = pool.offers.rbegin(); offer != pool.offers.rend() && offer->type == type; ++offer) {
        const NodeShape& known = spec[offer->shape];
        if (known.zone != row.zone || known.is_spot != row.is_spot) continue;
        offer->elsewhere.push_back(added);
        return;
    }
    pool.offers.push_back({added, type, {}});
}

}  // namespace

void add_offers(const Reader& object, NodePool& pool, const NodeClass& node_class, const std::optional<Reader>& kubelet,
                const KarpenterSizing& sizing, ScenarioBuilder& builder) {
    Spec& spec = builder.spec;
    const LabelMap of_pool = labels_of_pool(pool);
    const Keys chosen_by_claim = labels_chosen_by_claim(pool, of_pool, builder);
    for (const std::string& key : chosen_by_claim)
        object.complain(
            Rule::not_yet_modelled,
            fmt::format("{}: it asks for the label {}, which no instance type has, and leaves its value open: "
                        "that Karpenter chooses it for each NodeClaim is not yet modelled",
                        object.title(), key),
            "have one NodePool for each value, with In and that value alone");
    bool has_spot = false;
    for (const InstanceType& type : builder.catalog.all()) {
        if (!is_offered(type)) continue;
        LabelMap of_type = labels_of_type_alone(type, spec);
        LabelMap labels = of_pool;
        for (const auto& [key, value] : of_type) labels[key] = value;
        if (!meets_all(labels, pool, chosen_by_claim, false)) continue;
        const auto prices = prices_of(type, builder);
        if (!prices) continue;
        SetUp made = set_up(type, node_class, node_class.kubelet ? node_class.kubelet : kubelet, sizing, builder);
        of_type["karpenter.k8s.aws/ec2nodeclass"] = node_class.name;
        std::optional<std::uint32_t> position;
        const std::int32_t interruptions = interruptions_ppm_per_month(type, builder);
        for (const NamedSubnet& subnet : node_class.subnets) {
            for (const auto& [key, value] : labels_of_type(type, subnet.zone, spec)) labels[key] = value;
            for (const bool is_spot : {false, true}) {
                labels[std::string(capacity_type_key)] = is_spot ? "spot" : "on-demand";
                if ((is_spot && prices->spot == 0) || !meets_all(labels, pool, chosen_by_claim, true)) continue;
                if (!position) position = position_of_type(made.known, of_type, builder);
                NodeShape shape = made.shape;
                shape.group = pool.group;
                shape.zone = builder.zone(subnet.zone);
                shape.subnet = subnet.subnet;
                shape.labels = sorted_labels(labels);
                shape.taints = pool.taints;
                shape.is_spot = is_spot;
                if (is_spot) shape.interruptions_ppm_per_month = interruptions;
                shape.price_per_hour_micro_usd = is_spot ? prices->spot : prices->on_demand;
                has_spot = has_spot || is_spot;
                add_offer(pool, std::move(shape), *position, spec);
            }
        }
    }
    if (has_spot)
        builder.assume(fmt::format("spot prices of NodePool/{}", pool.name), "on demand less the Spot Advisor's saving",
                       "AWS-25: a monthly average, of us-east-1 where the region's own is not known");
}

}  // namespace eks
