#include "models/scenario/other_enis.hpp"

#include "models/scenario/keys.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace eks {

namespace {

constexpr std::string_view no_manage_tag = "node.k8s.amazonaws.com/no_manage";
constexpr std::string_view instance_tag = "node.k8s.amazonaws.com/instance_id";
// The instances of a scenario have no ids: the node that the ENI is attached to is called so.
constexpr std::string_view own_instance = "this";

// IPAM-152: no_manage goes before instance_id.
EniTag read_tag(const Reader& tags) {
    EniTag found = EniTag::untagged;
    bool says_no_manage = false;
    for (const auto& [key, value] : tags.members()) {
        const auto text = value.is_null() ? std::optional<std::string>("") : value.scalar_as_text();
        if (!text) continue;
        if (key == no_manage_tag) {
            says_no_manage = true;
            found = *text == "true" ? EniTag::no_manage : EniTag::managed;
        } else if (key == instance_tag && *text == own_instance && !says_no_manage) {
            found = EniTag::managed;
        }
    }
    return found;
}

}  // namespace

std::vector<EnisOfOthers> read_other_enis(const Reader& group, const NodeShape& shape) {
    std::vector<EnisOfOthers> found;
    std::int64_t count_in_total = 0;
    for (const Reader& entry : group.items("otherEnis")) {
        if (!entry.expect_map()) continue;
        entry.refuse_unknown_members(keys::other_enis);
        EnisOfOthers others;
        if (const auto count = entry.integer("count", 1, shape.max_enis))
            others.count = static_cast<std::int32_t>(*count);
        if (const auto addresses = entry.integer("addresses", 0, shape.ipv4_per_eni - 1))
            others.addresses = static_cast<std::int32_t>(*addresses);
        if (const auto tags = entry.member("tags"); tags && tags->expect_map()) others.tag = read_tag(*tags);
        count_in_total += others.count;
        found.push_back(others);
    }
    if (count_in_total >= shape.max_enis && !found.empty()) {
        group.complain_at_key("otherEnis", Rule::out_of_range,
                              fmt::format("{}: {} ENIs of others and the primary one are more than the {} of a {}",
                                          group.title(), count_in_total, shape.max_enis, shape.instance_type));
    }
    return found;
}

}  // namespace eks
