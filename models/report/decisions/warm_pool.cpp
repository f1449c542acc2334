#include "models/report/decisions/warm_pool.hpp"

#include "models/catalog/max_pods.hpp"
#include "models/report/decisions/arguments.hpp"

namespace eks {

namespace {

using decisions::count_given;
using decisions::EniSituation;
using decisions::Json;
using decisions::optional_or;
using decisions::PoolSituation;
using decisions::required;
using decisions::SettledNode;
using decisions::small_count_given;
using decisions::WrongArguments;

constexpr std::int64_t warm_target_max = 1'000'000'000'000;

// A node with its primary ENI and nothing else. Where no max_pods is given, the node is of a managed node group.
PoolSituation empty_node(const Json& a, const InstanceType& type) {
    if (type.max_enis < 1 || type.ipv4_per_eni < 2)
        throw WrongArguments{Rule::unknown_instance_type, fmt::format("the ENI limits of {} are not known", type.name),
                             ""};
    PoolSituation node;
    node.prefix_delegation = optional_or(a, "prefix_delegation", false) && takes_prefixes(type);
    node.custom_networking = optional_or(a, "custom_networking", false);
    // WARM_PREFIX_TARGET: what the published manifest sets; the code's own default is 0 (IPAM-1).
    node.targets = {.warm_enis = count_given(a, "warm_eni_target", warm_target_max).value_or(1),
                    .warm_ips = count_given(a, "warm_ip_target", warm_target_max).value_or(0),
                    .minimum_ips = count_given(a, "minimum_ip_target", warm_target_max).value_or(0),
                    .warm_prefixes = count_given(a, "warm_prefix_target", warm_target_max).value_or(1)};
    CniSettings cni;
    const auto max_eni = small_count_given(a, "max_eni", 1);
    if (max_eni) cni.max_eni = *max_eni;
    node.max_eni = effective_max_enis(cni, type.max_enis);
    const int slots = type.ipv4_per_eni - 1;
    node.max_ips_per_eni = node.prefix_delegation ? slots * addresses_per_prefix : slots;
    node.max_prefixes_per_eni = node.prefix_delegation ? slots : 0;

    MaxPodsCalculation calculation = calculation_for(type);
    calculation.cni_max_eni = max_eni;
    calculation.custom_networking = node.custom_networking;
    calculation.prefix_delegation = node.prefix_delegation;
    node.max_pods = small_count_given(a, "max_pods", 1).value_or(max_pods_calculator(calculation));

    EniSituation primary;
    primary.id = "eni-0";
    primary.is_primary = true;
    primary.age = sim::Duration::microseconds(3'600'000'000);
    node.enis.push_back(primary);
    if (optional_or(a, "pod_enis", false) && type.trunking && node.max_eni > 1) {
        EniSituation trunk = primary;
        trunk.id = "trunk";
        trunk.is_primary = false;
        trunk.is_trunk = true;
        node.enis.push_back(trunk);
    }
    return node;
}

struct Sums {
    std::int64_t addresses = 0;
    std::int64_t prefixes = 0;
};

Sums sums_of(const EniSituation& eni) {
    const auto prefixes = static_cast<std::int64_t>(eni.prefixes.size());
    return {eni.secondary_ips.assigned + eni.secondary_ips.free + prefixes * addresses_per_prefix, prefixes};
}

}  // namespace

SettledNode decisions::settled_node(const Json& a) {
    SettledNode node;
    const InstanceType& type = type_named(required<std::string>(a, "instance_type"));
    node.pods = small_count_given(a, "pods").value_or(0);
    const PoolSituation empty = empty_node(a, type);
    node.is_custom = empty.custom_networking;
    node.settled = settled_pool(empty, node.pods);
    return node;
}

Json warm_pool_call(const Json& a) {
    decisions::refuse_others(
        a, {"instance_type", "pods", "warm_eni_target", "warm_ip_target", "minimum_ip_target", "warm_prefix_target",
            "prefix_delegation", "custom_networking", "pod_enis", "max_eni", "max_pods"});
    required<Json>(a, "pods");
    const SettledNode node = decisions::settled_node(a);
    const PoolSituation& pool = node.settled.pool;
    Json enis = Json::array();
    Sums all;
    for (const EniSituation& eni : pool.enis) {
        const Sums sums = sums_of(eni);
        all.addresses += sums.addresses;
        all.prefixes += sums.prefixes;
        Json one = {{"role", eni.is_primary ? "primary"
                             : eni.is_trunk ? "trunk"
                                            : "secondary"},
                    {"addresses", sums.addresses}};
        if (pool.prefix_delegation) one["prefixes"] = sums.prefixes;
        enis.push_back(one);
    }
    Json answer = {{"instance_type", a["instance_type"]},
                   {"max_pods", pool.max_pods},
                   {"enis", pool.enis.size()},
                   {"addresses", all.addresses},
                   {"assigned", node.settled.assigned},
                   {"free", all.addresses - node.settled.assigned},
                   {"pods_without_address", node.pods - node.settled.assigned},
                   {"subnet_addresses", subnet_addresses(pool)},
                   {"oscillates", node.settled.oscillates},
                   {"per_eni", enis}};
    if (pool.prefix_delegation) answer["prefixes"] = all.prefixes;
    return answer;
}

}  // namespace eks
