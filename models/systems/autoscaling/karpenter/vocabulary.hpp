// The labels that a round of Karpenter deals with, numbered: keys, and the values of each key that anybody names.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks::karpenter {

using KeyIx = std::uint32_t;
using ValueIx = std::uint32_t;  // among the values of its key
// What the values of a key are as whole numbers, where they are some: what Gt and Lt compare.
using Numbers = std::vector<std::optional<std::int64_t>>;

inline constexpr std::string_view hostname_label = "kubernetes.io/hostname";
inline constexpr std::string_view zone_label = "topology.kubernetes.io/zone";
inline constexpr std::string_view instance_type_label = "node.kubernetes.io/instance-type";
inline constexpr std::string_view capacity_type_label = "karpenter.sh/capacity-type";
inline constexpr std::string_view node_pool_label = "karpenter.sh/nodepool";
inline constexpr std::string_view registered_label = "karpenter.sh/registered";
inline constexpr std::string_view initialized_label = "karpenter.sh/initialized";

class Vocabulary {
  public:
    KeyIx add(std::string_view key);
    ValueIx add(KeyIx key, std::string_view value);

    std::optional<KeyIx> find_key(std::string_view key) const;
    std::optional<ValueIx> find(KeyIx key, std::string_view value) const;
    const std::string& name(KeyIx key) const { return keys_[key].name; }
    const std::string& text(KeyIx key, ValueIx value) const { return keys_[key].texts[value]; }
    const Numbers& numbers(KeyIx key) const { return keys_[key].numbers; }
    std::size_t keys() const { return keys_.size(); }
    std::size_t values(KeyIx key) const { return keys_[key].texts.size(); }
    // Whoever does not define such a label accepts any value of it.
    bool is_well_known(KeyIx key) const { return keys_[key].is_well_known; }

  private:
    struct Key {
        std::string name;
        bool is_well_known = false;
        std::map<std::string, ValueIx, std::less<>> values;
        std::vector<std::string> texts;
        Numbers numbers;
    };
    std::map<std::string, KeyIx, std::less<>> by_name_;
    std::vector<Key> keys_;
};

// Under which name a requirement on that label counts: the labels of before Kubernetes 1.17 mean today's.
std::string_view current_name(std::string_view label);

}  // namespace eks::karpenter
