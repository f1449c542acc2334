#include "models/report/decisions/max_pods.hpp"

#include "models/catalog/max_pods.hpp"
#include "models/catalog/node_reserve.hpp"
#include "models/report/decisions/arguments.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace eks {

namespace {

using decisions::is_given;
using decisions::Json;
using decisions::optional_or;
using decisions::required;
using decisions::small_count_given;
using decisions::WrongArguments;

constexpr std::size_t most_types = 1000;

struct Question {
    std::vector<const InstanceType*> types;
    std::string formula = "nodeadm";
    bool is_cilium = false;
    bool prefix_delegation = false;
    bool custom_networking = false;
    bool without_ceiling = false;
    std::optional<int> max_eni;
    std::optional<int> max_pods;  // set by hand, which no formula overrules
    int first_interface_index = 0;
    int agent_addresses = 0;
    int host_network_pods = host_network_daemons;
    KarpenterMaxPods karpenter;
};

WrongArguments goes_with(const char* argument, const char* other) {
    return {Rule::contradictory_fields, fmt::format("{} goes with {}", argument, other), ""};
}

std::vector<const InstanceType*> types_of(const Json& a) {
    if (!is_given(a, "instance_types")) return {&decisions::type_named(required<std::string>(a, "instance_type"))};
    if (is_given(a, "instance_type"))
        throw WrongArguments{Rule::contradictory_fields, "both instance_type and instance_types are given", ""};
    std::vector<const InstanceType*> types;
    for (const auto& name : a["instance_types"].get<std::vector<std::string>>())
        types.push_back(&decisions::type_named(name));
    if (types.empty() || types.size() > most_types)
        throw WrongArguments{Rule::out_of_range, "instance_types is empty or too long",
                             fmt::format("from 1 to {} types", most_types)};
    return types;
}

Question question_of(const Json& a) {
    decisions::refuse_others(
        a, {"instance_type", "instance_types", "formula", "cni", "prefix_delegation", "custom_networking",
            "without_ceiling", "max_eni", "max_pods", "first_interface_index", "agent_addresses", "host_network_pods",
            "reserved_enis", "pods_per_core", "efa_only_enis", "eni_limited_density"});
    Question q;
    q.types = types_of(a);
    q.formula = optional_or<std::string>(a, "formula", q.formula);
    constexpr std::array formulas{"nodeadm", "calculator", "managed-node-group", "karpenter", "cilium"};
    if (std::ranges::find(formulas, q.formula) == formulas.end())
        throw WrongArguments{Rule::not_one_of, fmt::format("there is no formula {}", q.formula),
                             "nodeadm, calculator, managed-node-group, karpenter or cilium"};
    const auto cni = optional_or<std::string>(a, "cni", q.formula == "cilium" ? "cilium" : "vpc-cni");
    if (cni != "cilium" && cni != "vpc-cni")
        throw WrongArguments{Rule::not_one_of, fmt::format("there is no CNI {} here", cni), "vpc-cni or cilium"};
    q.is_cilium = cni == "cilium";
    if (q.formula == "cilium" && !q.is_cilium) throw goes_with("formula cilium", "cni cilium");
    q.prefix_delegation = optional_or(a, "prefix_delegation", false);
    q.custom_networking = optional_or(a, "custom_networking", false);
    q.without_ceiling = optional_or(a, "without_ceiling", false);
    q.max_eni = small_count_given(a, "max_eni", 1);
    q.max_pods = small_count_given(a, "max_pods", 1);
    q.first_interface_index = small_count_given(a, "first_interface_index").value_or(0);
    q.agent_addresses = small_count_given(a, "agent_addresses").value_or(q.is_cilium ? 2 : 0);  // IPAM-339
    q.host_network_pods = small_count_given(a, "host_network_pods").value_or(host_network_daemons);
    q.karpenter.reserved_enis = small_count_given(a, "reserved_enis").value_or(0);
    q.karpenter.efa_only_enis_on_card_0 = small_count_given(a, "efa_only_enis").value_or(0);
    q.karpenter.pods_per_core = small_count_given(a, "pods_per_core");
    q.karpenter.eni_limited_density = optional_or(a, "eni_limited_density", true);
    q.karpenter.max_pods = q.max_pods;

    for (const char* name : {"reserved_enis", "efa_only_enis", "pods_per_core", "eni_limited_density"})
        if (is_given(a, name) && q.formula != "karpenter") throw goes_with(name, "formula karpenter");
    for (const char* name : {"first_interface_index", "agent_addresses"})
        if (is_given(a, name) && !q.is_cilium) throw goes_with(name, "cni cilium");
    for (const char* name : {"max_eni", "custom_networking"})
        if (is_given(a, name) && q.is_cilium) throw goes_with(name, "cni vpc-cni");
    if (q.without_ceiling && q.formula != "calculator") throw goes_with("without_ceiling", "formula calculator");
    return q;
}

MaxPodsCalculation calculation_of(const Question& q, const InstanceType& type) {
    MaxPodsCalculation calculation = calculation_for(type);
    calculation.cni_max_eni = q.max_eni;
    calculation.custom_networking = q.custom_networking;
    calculation.prefix_delegation = q.prefix_delegation;
    calculation.without_ceiling = q.without_ceiling;
    return calculation;
}

AddressUse use_of(const Question& q, const InstanceType& type) {
    return {.first_interface_index = q.is_cilium ? q.first_interface_index : int{q.custom_networking},
            .max_eni = q.max_eni,
            .prefix_delegation = q.prefix_delegation && takes_prefixes(type),
            .addresses_for_agent = q.agent_addresses};
}

MaxPods made_by_formula(const Question& q, const InstanceType& type) {
    const EniLimits limits = eni_limits_of(type);
    if (q.formula == "karpenter") return karpenter_arithmetic(limits, type.vcpus, q.karpenter);
    if (q.formula == "nodeadm") return nodeadm_arithmetic(limits);
    if (q.formula == "cilium") return cilium_arithmetic(limits, use_of(q, type));
    return calculator_arithmetic(calculation_of(q, type));
}

// --- the steps, as a person would write them down

void add(Json& steps, std::string_view what, std::string how, std::int64_t value) {
    steps.push_back({{"what", what}, {"how", std::move(how)}, {"value", value}});
}

std::string product(const MaxPods& made) {
    std::string text = fmt::format("{} x {}", made.enis, made.slots_per_eni);
    return made.addresses_per_slot == 1 ? text : text + fmt::format(" x {}", made.addresses_per_slot);
}

// Of the formula: what takes ENIs off, or why none are.
std::string why_enis(const Question& q, const InstanceType& type, const MaxPods& made) {
    if (q.formula == "nodeadm") return "all: nodeadm looks at the type alone";
    if (q.formula == "karpenter") {
        const KarpenterMaxPods& k = q.karpenter;
        std::string text = fmt::format("{}", type.max_enis);
        if (k.reserved_enis > 0) text += fmt::format(" - {} reserved", k.reserved_enis);
        if (k.efa_only_enis_on_card_0 > 0) text += fmt::format(" - {} for EFA only", k.efa_only_enis_on_card_0);
        return text == fmt::format("{}", type.max_enis) ? "all: reservedENIs is 0" : text;
    }
    if (made.enis == type.max_enis) return "all";
    const bool is_lowered = q.max_eni && *q.max_eni < type.max_enis;
    std::string text = is_lowered ? fmt::format("{} by MAX_ENI", *q.max_eni) : fmt::format("{}", type.max_enis);
    if (q.is_cilium && q.first_interface_index > 0)
        text += fmt::format(" - {} below first-interface-index", q.first_interface_index);
    if (q.custom_networking) text += " - the primary one, under custom networking";
    return text;
}

std::string why_slots(const InstanceType& type) { return fmt::format("{} IPv4 - its own", type.ipv4_per_eni); }

void explain_formula(const Question& q, const InstanceType& type, const MaxPods& made, Json& steps) {
    if (q.max_pods) {
        add(steps, "max pods", "set by hand", made.before_ceiling);
    } else if (made.slots_per_eni == 0) {
        const bool has_no_eni = q.formula == "karpenter" && q.karpenter.eni_limited_density;
        add(steps, "max pods",
            has_no_eni           ? "no ENI is left for pods"
            : type.max_enis == 0 ? "the limits of the type are not known"
                                 : "the default of the kubelet",
            made.before_ceiling);
    } else {
        add(steps, "ENIs counted", why_enis(q, type, made), made.enis);
        add(steps, "slots an ENI", why_slots(type), made.slots_per_eni);
        if (made.addresses_per_slot > 1) add(steps, "addresses a slot", "a /28 prefix each", made.addresses_per_slot);
        const int others = made.without_address - (q.formula == "cilium" ? host_network_daemons : 0);
        std::string sum = product(made);
        if (others < 0) sum += fmt::format(" - {} of the agent", -others);
        add(steps, "by the formula",
            fmt::format("{} + {}", sum, q.formula == "cilium" ? host_network_daemons : made.without_address),
            made.before_ceiling);
    }
    if (!made.ceiling) return;
    if (q.formula == "karpenter")
        add(steps, "ceiling", fmt::format("{} pods a core x {}", q.karpenter.pods_per_core.value_or(0), type.vcpus),
            *made.ceiling);
    else
        add(steps, "ceiling",
            fmt::format("{} {} vCPUs", type.vcpus <= vcpus_small_max ? "up to" : "more than", vcpus_small_max),
            *made.ceiling);
}

void explain_addresses(const Question& q, const InstanceType& type, const MaxPods& made, Json& steps) {
    std::string how = product(made);
    if (made.without_address < 0) how += fmt::format(" - {} of the agent", -made.without_address);
    if (q.custom_networking) how += ", the primary ENI carrying none";
    if (q.is_cilium && q.first_interface_index > 0)
        how += fmt::format(", none below interface {}", q.first_interface_index);
    if (q.prefix_delegation && !takes_prefixes(type)) how += ", single addresses: no prefixes without Nitro";
    add(steps, "addresses for pods", how, made.pods);
}

Json answer_for(const Question& q, const InstanceType& type, int max_pods, const MaxPods& made) {
    const MaxPods addresses = address_arithmetic(eni_limits_of(type), use_of(q, type));
    const int surplus = pods_without_address(max_pods, addresses.pods, q.host_network_pods);
    Json steps = Json::array();
    explain_formula(q, type, made, steps);
    if (max_pods != made.pods)
        add(steps, "max pods", "the smallest of the group's types", max_pods);
    else if (made.ceiling)
        add(steps, "max pods", fmt::format("min({}, {})", made.before_ceiling, *made.ceiling), max_pods);
    explain_addresses(q, type, addresses, steps);
    add(steps, "pods without an address",
        fmt::format("max(0, {} - {} hostNetwork - {})", max_pods, q.host_network_pods, addresses.pods), surplus);
    // IPAM-184: by the number of the type, whatever else is set.
    const Bytes reserved = kube_reserved_memory_bytes(max_pods_nodeadm(eni_limits_of(type)));
    return {{"instance_type", type.name},
            {"formula", q.formula},
            {"max_pods", max_pods},
            {"address_capacity", addresses.pods},
            {"pods_without_address", surplus},
            {"kube_reserved_memory_mib", reserved / mebibyte},
            {"steps", steps}};
}

}  // namespace

Json max_pods_call(const Json& arguments) {
    const Question q = question_of(arguments);
    std::vector<MaxPods> made;
    for (const InstanceType* type : q.types) {
        MaxPods one = made_by_formula(q, *type);
        if (q.max_pods && q.formula != "karpenter") one = MaxPods{.before_ceiling = *q.max_pods, .pods = *q.max_pods};
        made.push_back(one);
    }
    if (!is_given(arguments, "instance_types")) return answer_for(q, *q.types[0], made[0].pods, made[0]);
    // IPAM-183: all nodes of a group are told the same number. Others give each node that of its own type.
    const bool is_group = q.formula == "managed-node-group";
    const int smallest = std::ranges::min_element(made, {}, &MaxPods::pods)->pods;
    Json types = Json::array();
    for (std::size_t i = 0; i < made.size(); ++i)
        types.push_back(answer_for(q, *q.types[i], is_group ? smallest : made[i].pods, made[i]));
    return {{"formula", q.formula}, {"max_pods", smallest}, {"types", types}};
}

}  // namespace eks
