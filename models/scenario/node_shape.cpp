#include "models/scenario/node_shape.hpp"

#include "models/catalog/max_pods.hpp"
#include "models/catalog/node_reserve.hpp"
#include "models/catalog/zones.hpp"
#include "models/scenario/kubelet_config.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace eks {

namespace {

Resources read_reservation(const Reader& map) {
    Resources reserved;
    for (const auto& [key, value] : map.members()) {
        if (key == "cpu") reserved.cpu_milli = value.quantity(QuantityUnit::milli).value_or(0);
        if (key == "memory") reserved.memory_bytes = value.quantity(QuantityUnit::whole).value_or(0);
        if (key == "ephemeral-storage") reserved.ephemeral_bytes = value.quantity(QuantityUnit::whole).value_or(0);
    }
    return reserved;
}

bool is_percentage(const Reader& at) { return at.is_text() && at.value().text.ends_with('%'); }

constexpr std::int64_t ppm_in_one_percent = 10'000;

void read_eviction(const Reader& map, const Resources& capacity, KubeletReserve& reserve, KubeletSettings& settings) {
    settings.memory_available = settings.nodefs_available = settings.imagefs_available = {};
    reserve.eviction_memory_bytes = 0;
    reserve.eviction_nodefs_percent = 0;
    for (const auto& [signal, value] : map.members()) {
        if (signal == "imagefs.available") read_eviction_threshold(value, settings.imagefs_available);
        if (signal == "memory.available") {
            read_eviction_threshold(value, settings.memory_available);
            if (is_percentage(value)) {
                reserve.eviction_memory_bytes =
                    capacity.memory_bytes / (100 * ppm_in_one_percent) * value.share_ppm().value_or(0);
            } else {
                reserve.eviction_memory_bytes = value.quantity(QuantityUnit::whole).value_or(0);
            }
        }
        if (signal == "nodefs.available") {
            read_eviction_threshold(value, settings.nodefs_available);
            if (is_percentage(value)) {
                reserve.eviction_nodefs_percent = static_cast<int>(value.share_ppm().value_or(0) / ppm_in_one_percent);
            } else {
                // Bytes that are kept back all the same, under the other name that allocatable subtracts.
                reserve.system_reserved.ephemeral_bytes += value.quantity(QuantityUnit::whole).value_or(0);
            }
        }
    }
}

}  // namespace

NodeShape shape_of_type(const InstanceType& type, std::int64_t volume_gib, const ScenarioBuilder& builder) {
    NodeShape shape;
    shape.instance_type = type.name;
    shape.vcpus = type.vcpus;
    shape.max_enis = type.max_enis;
    // What the CSI driver finds when it starts: the root volume is attached then (AWS-93).
    if (type.ebs_attachments_max > 0) shape.max_volumes = type.ebs_attachments_max - 1;
    for (const NetworkCard& card : type.network_cards) {
        if (card.index != type.default_network_card) shape.enis_of_further_cards.push_back(card.max_enis);
    }
    shape.ipv4_per_eni = type.ipv4_per_eni;
    shape.takes_prefixes = takes_prefixes(type);
    shape.volume_gib = static_cast<std::int32_t>(volume_gib);
    shape.capacity = node_capacity(type, volume_gib * gibibyte, builder.vm_memory_overhead_ppm);
    // Long enough bursts for a pull are what the types are sold with; what happens when their credits are used up is
    // left out (AWS-102).
    shape.network_bytes_per_second = std::max(type.network_burst_mbps, type.network_baseline_mbps) * (1'000'000 / 8);
    shape.network_baseline_bytes_per_second = type.network_baseline_mbps * (1'000'000 / 8);
    return shape;
}

// By version: the short names for architecture and system are of 1.14, those for instance type and topology of 1.17;
// the older ones are still set.
std::map<std::string, std::string> labels_of_type(const InstanceType& type, const std::string& zone, const Spec& spec) {
    const std::string architecture(to_text(type.architecture));
    std::map<std::string, std::string> labels;
    labels["beta.kubernetes.io/arch"] = architecture;
    labels["beta.kubernetes.io/os"] = "linux";
    labels["beta.kubernetes.io/instance-type"] = type.name;
    labels["failure-domain.beta.kubernetes.io/region"] = spec.region;
    labels["failure-domain.beta.kubernetes.io/zone"] = zone;
    if (spec.kubernetes.is_2018()) return labels;
    labels["kubernetes.io/arch"] = architecture;
    labels["kubernetes.io/os"] = "linux";
    labels["node.kubernetes.io/instance-type"] = type.name;
    labels["topology.kubernetes.io/region"] = spec.region;
    labels["topology.kubernetes.io/zone"] = zone;
    for (const Zone& known : zones_of(spec.region)) {
        if (known.name == zone) labels["topology.k8s.aws/zone-id"] = known.id;
    }
    return labels;
}

std::vector<Label> sorted_labels(const std::map<std::string, std::string>& labels) {
    std::vector<Label> sorted;
    for (const auto& [key, value] : labels) sorted.push_back({key, value});
    return sorted;
}

MicroUsd price_of_type(const Reader& at, const InstanceType& type, bool is_spot, ScenarioBuilder& builder) {
    const auto on_demand = builder.catalog.price(type.name, builder.spec.region);
    if (!on_demand) {
        at.warn(Rule::no_price, fmt::format("{}: no price is known for {} in {}; it counts as free of charge",
                                            at.title(), type.name, builder.spec.region));
        return 0;
    }
    if (!is_spot) return *on_demand;
    constexpr std::string_view region_with_advice = "us-east-1";
    auto advice = builder.catalog.spot_advice(type.name, builder.spec.region);
    const bool is_local = advice.has_value();
    if (!advice) advice = builder.catalog.spot_advice(type.name, region_with_advice);
    if (!advice) {
        at.warn(Rule::no_price,
                fmt::format("{}: no spot saving is known for {}; the on-demand price counts", at.title(), type.name));
        return *on_demand;
    }
    builder.assume(fmt::format("spot saving of {}", type.name), fmt::format("{}%", advice->saving_percent),
                   is_local ? "AWS-25: the Spot Advisor's monthly average"
                            : "AWS-25: the Spot Advisor's monthly average for us-east-1");
    return *on_demand / 100 * (100 - advice->saving_percent);
}

// AWS-25: the middle of the band that the Spot Advisor gives the type; its last band, above 20 %, is open.
std::int32_t interruptions_ppm_per_month(const InstanceType& type, const ScenarioBuilder& builder) {
    constexpr int half_band = 25'000;
    constexpr int ppm_per_percent = 10'000;
    auto advice = builder.catalog.spot_advice(type.name, builder.spec.region);
    if (!advice) advice = builder.catalog.spot_advice(type.name, "us-east-1");
    return advice ? advice->interrupted_percent_at_least * ppm_per_percent + half_band : 0;
}

void read_kubelet_reserve(const Reader& config, const Resources& capacity, KubeletReserve& reserve,
                          KubeletSettings& settings) {
    if (const auto at = config.member("kubeReserved")) reserve.kube_reserved = read_reservation(*at);
    if (const auto at = config.member("systemReserved")) reserve.system_reserved = read_reservation(*at);
    if (const auto at = config.member("evictionHard")) read_eviction(*at, capacity, reserve, settings);
}

}  // namespace eks
