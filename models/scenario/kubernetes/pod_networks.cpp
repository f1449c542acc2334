#include "models/scenario/kubernetes/pod_networks.hpp"

#include "models/spec/pool_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

namespace eks {
namespace {

constexpr std::string_view config_map_title = "ConfigMap/kube-system/amazon-vpc-cni";
constexpr std::int64_t shortest_cooldown_seconds = 30;  // IPAM-157
constexpr std::int64_t longest_cooldown_seconds = 1'000'000'000;

const Reader& place_for_complaints(const ScenarioBuilder& builder) { return *builder.aws_node; }

}  // namespace

void read_resource_controller_settings(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    const auto position = objects.find(config_map_title);
    if (!position) return;
    const Reader reader = objects.reader_of(objects.all()[*position]);
    const auto data = reader.member("data");
    const auto value = data && data->is_map() ? data->member("branch-eni-cooldown") : std::nullopt;
    if (!value) return;
    const auto text = value->text();
    if (!text) return;
    const bool is_number =
        !text->empty() && text->size() < 10 && std::ranges::all_of(*text, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) {
        value->warn(Rule::bad_cni_setting,
                    fmt::format("{} is {}, which the resource controller does not read as a number: its default of 60 "
                                "counts",
                                value->title(), shown(value->value())),
                    "write whole seconds, 30 or more");
        return;
    }
    const std::int64_t seconds = std::stoll(*text);
    if (seconds < shortest_cooldown_seconds) {
        value->warn(Rule::bad_cni_setting,
                    fmt::format("{} is {}; less than 30 seconds count as 30", value->title(), shown(value->value())));
    }
    builder.spec.cni.branch_eni_cooldown =
        sim::Duration::seconds(std::clamp(seconds, shortest_cooldown_seconds, longest_cooldown_seconds));
}

void offer_branch_enis(ScenarioBuilder& builder) {
    if (!builder.spec.cni.pod_enis) return;
    std::set<std::string, std::less<>> without;
    for (NodeShape& shape : builder.spec.shapes) {
        const InstanceType* type = builder.catalog.find(shape.instance_type);
        if (type == nullptr) continue;
        shape.can_trunk = type->trunking;
        shape.capacity.pod_enis = shape.allocatable.pod_enis = type->trunking ? type->branch_enis : 0;
        if (shape.allocatable.pod_enis == 0) without.insert(shape.instance_type);
    }
    if (!builder.aws_node) return;
    for (const std::string& type : without) {
        place_for_complaints(builder).warn(
            Rule::bad_cni_setting,
            fmt::format("ENABLE_POD_ENI is on, and {} can have no branch ENIs: pods with security groups of their own "
                        "fit none of its nodes (IPAM-155)",
                        type),
            "the t family has none; m5.large has 9, m5.xlarge 18");
    }
}

void check_ipv6(ScenarioBuilder& builder) {
    const CniSettings& cni = builder.spec.cni;
    if (!cni.ipv6 || !builder.aws_node) return;
    const Reader& at = place_for_complaints(builder);
    if (!cni.prefix_delegation) {
        at.complain(Rule::bad_cni_setting,
                    "ENABLE_IPv6 is on without ENABLE_PREFIX_DELEGATION; the aws-node container "
                    "ends at once (IPAM-135)",
                    "set ENABLE_PREFIX_DELEGATION to \"true\"");
    }
    if (cni.custom_networking) {
        at.complain(
            Rule::bad_cni_setting,
            "ENABLE_IPv6 and AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG are both on; the aws-node container ends at once "
            "(IPAM-135)",
            "switch one of them off");
    }
    std::set<std::string, std::less<>> without;
    for (const NodeShape& shape : builder.spec.shapes) {
        if (!shape.takes_prefixes) without.insert(shape.instance_type);
    }
    for (const std::string& type : without) {
        at.complain(Rule::bad_cni_setting, fmt::format("ENABLE_IPv6 is on, and {} takes no prefixes (IPAM-135)", type),
                    "use a nitro type, such as m5.large");
    }
}

}  // namespace eks
