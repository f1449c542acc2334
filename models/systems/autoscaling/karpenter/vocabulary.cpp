#include "models/systems/autoscaling/karpenter/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace eks::karpenter {

namespace {

// karpenter.sh/v1 and the AWS provider, as far as instance types of the catalogue have them.
constexpr std::array<std::string_view, 28> well_known_labels{node_pool_label,
                                                             zone_label,
                                                             "topology.kubernetes.io/region",
                                                             instance_type_label,
                                                             "kubernetes.io/arch",
                                                             "kubernetes.io/os",
                                                             capacity_type_label,
                                                             "node.kubernetes.io/windows-build",
                                                             "karpenter.k8s.aws/instance-family",
                                                             "karpenter.k8s.aws/instance-category",
                                                             "karpenter.k8s.aws/instance-generation",
                                                             "karpenter.k8s.aws/instance-cpu",
                                                             "karpenter.k8s.aws/instance-memory",
                                                             "karpenter.k8s.aws/instance-size",
                                                             "karpenter.k8s.aws/instance-hypervisor",
                                                             "karpenter.k8s.aws/instance-cpu-manufacturer",
                                                             "karpenter.k8s.aws/instance-local-nvme",
                                                             "karpenter.k8s.aws/instance-ebs-bandwidth",
                                                             "karpenter.k8s.aws/instance-network-bandwidth",
                                                             "karpenter.k8s.aws/instance-gpu-name",
                                                             "karpenter.k8s.aws/instance-gpu-manufacturer",
                                                             "karpenter.k8s.aws/instance-gpu-count",
                                                             "karpenter.k8s.aws/instance-gpu-memory",
                                                             "karpenter.k8s.aws/instance-accelerator-name",
                                                             "karpenter.k8s.aws/instance-accelerator-manufacturer",
                                                             "karpenter.k8s.aws/instance-accelerator-count",
                                                             "karpenter.k8s.aws/ec2nodeclass",
                                                             "topology.k8s.aws/zone-id"};

constexpr std::pair<std::string_view, std::string_view> old_names[] = {
    {"failure-domain.beta.kubernetes.io/zone", zone_label},
    {"failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"},
    {"beta.kubernetes.io/arch", "kubernetes.io/arch"},
    {"beta.kubernetes.io/os", "kubernetes.io/os"},
    {"beta.kubernetes.io/instance-type", instance_type_label}};

std::optional<std::int64_t> whole_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

KeyIx Vocabulary::add(std::string_view key) {
    if (const auto found = by_name_.find(key); found != by_name_.end()) return found->second;
    const auto ix = static_cast<KeyIx>(keys_.size());
    by_name_.emplace(key, ix);
    keys_.push_back(
        {std::string(key), std::ranges::find(well_known_labels, key) != well_known_labels.end(), {}, {}, {}});
    return ix;
}

ValueIx Vocabulary::add(KeyIx key, std::string_view value) {
    Key& entry = keys_[key];
    if (const auto found = entry.values.find(value); found != entry.values.end()) return found->second;
    const auto ix = static_cast<ValueIx>(entry.texts.size());
    entry.values.emplace(value, ix);
    entry.texts.emplace_back(value);
    entry.numbers.push_back(whole_number(value));
    return ix;
}

std::optional<KeyIx> Vocabulary::find_key(std::string_view key) const {
    const auto found = by_name_.find(key);
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ValueIx> Vocabulary::find(KeyIx key, std::string_view value) const {
    const auto found = keys_[key].values.find(value);
    return found == keys_[key].values.end() ? std::nullopt : std::optional(found->second);
}

std::string_view current_name(std::string_view label) {
    for (const auto& [old, name] : old_names) {
        if (label == old) return name;
    }
    return label;
}

}  // namespace eks::karpenter
