// Source: karpenter-provider-aws, pkg/providers/instancetype/types.go (computeRequirements) and pkg/apis/v1/labels.go.
// The catalogue does not know clock rates and encryption in transit, so that these labels are left out.
#include "models/scenario/kubernetes/instance_labels.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace eks {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

// What a name such as m6gd.2xlarge or u-6tb1.56xlarge is made of.
struct TypeName {
    std::string_view family;    // m6gd
    std::string_view size;      // 2xlarge
    std::string_view category;  // m
    std::string_view generation;
    std::string_view variant;  // gd
};

std::optional<TypeName> parts_of(std::string_view name) {
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    TypeName parts;
    parts.family = name.substr(0, dot);
    parts.size = name.substr(dot + 1);
    std::string_view rest = parts.family;
    parts.category = rest.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(rest, is_letter) - rest.begin()));
    rest.remove_prefix(parts.category.size());
    // The terabytes of high-memory types.
    if (const std::size_t tb = rest.starts_with('-') ? rest.find("tb") : std::string_view::npos;
        tb != std::string_view::npos)
        rest.remove_prefix(tb + 2);
    parts.generation =
        rest.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(rest, is_digit) - rest.begin()));
    parts.variant = rest.substr(parts.generation.size());
    if (parts.category.empty() || parts.generation.empty()) return std::nullopt;
    return parts;
}

// EC2 names AMD's with an a, and its own with a g.
std::string maker_of_processor(const InstanceType& type, const TypeName& parts) {
    if (type.architecture == Architecture::arm64) return "aws";
    return parts.variant.starts_with('a') ? "amd" : "intel";
}

std::string dashed(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        if (c == ' ') return '-';
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

}  // namespace

void add_instance_labels(const InstanceType& type, std::map<std::string, std::string>& labels) {
    const auto set = [&](std::string_view name, std::string value) {
        labels["karpenter.k8s.aws/instance-" + std::string(name)] = std::move(value);
    };
    if (const auto parts = parts_of(type.name)) {
        set("category", std::string(parts->category));
        set("generation", std::string(parts->generation));
        set("family", std::string(parts->family));
        set("size", std::string(parts->size));
        set("cpu-manufacturer", maker_of_processor(type, *parts));
    }
    set("cpu", std::to_string(type.vcpus));
    set("memory", std::to_string(type.memory_mib));
    if (type.hypervisor != Hypervisor::unknown || type.bare_metal)
        set("hypervisor", type.bare_metal ? std::string() : std::string(to_text(type.hypervisor)));
    if (type.local_nvme && type.local_disk_total_gb > 0) set("local-nvme", std::to_string(type.local_disk_total_gb));
    if (type.ebs_burst_mbps > 0) set("ebs-bandwidth", std::to_string(type.ebs_burst_mbps));
    if (type.network_baseline_mbps > 0) set("network-bandwidth", std::to_string(type.network_baseline_mbps));
    if (type.gpus > 0) {
        set("gpu-name", dashed(type.gpu_name));
        set("gpu-manufacturer", dashed(type.gpu_maker));
        set("gpu-count", std::to_string(type.gpus));
        set("gpu-memory", std::to_string(type.gpu_memory_mib_each));
    }
    if (type.accelerators > 0) {
        set("accelerator-name", dashed(type.accelerator_name));
        set("accelerator-manufacturer", "aws");
        set("accelerator-count", std::to_string(type.accelerators));
    }
}

bool is_exotic(const InstanceType& type) { return type.bare_metal || type.gpus > 0 || type.accelerators > 0; }

}  // namespace eks
