#include "models/scenario/kubernetes/ec2_node_classes.hpp"

#include "models/scenario/limits.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace eks {
namespace {

using Subnets = std::vector<NamedSubnet>;

bool is_name_tag(std::string_view key) { return key == "Name"; }

// The tags of subnets are not known but for the name that they go by. Whoever selects by other tags means the subnets
// of the cluster's nodes.
bool meets_tags(const Reader& tags, const NamedSubnet& subnet, bool prefers_private, const ScenarioBuilder& builder) {
    bool says_name = false;
    for (const auto& [key, value] : tags.members()) {
        if (!is_name_tag(key) || !value.is_text()) continue;
        says_name = true;
        const std::string pattern = value.text().value_or("");
        if (!matches_wildcard(pattern, subnet.key) &&
            !matches_wildcard(pattern, builder.spec.subnets[subnet.subnet.value].name))
            return false;
    }
    return says_name || subnet.is_private == prefers_private;
}

void add_named_by_id(const Reader& id, const ScenarioBuilder& builder, Subnets& chosen) {
    const auto text = id.text();
    if (!text) return;
    const auto found =
        std::ranges::find_if(builder.subnets, [&](const NamedSubnet& s) { return s.id == *text || s.key == *text; });
    if (found != builder.subnets.end()) {
        chosen.push_back(*found);
        return;
    }
    std::vector<std::string_view> known;
    for (const NamedSubnet& s : builder.subnets) known.push_back(s.id.empty() ? s.key : s.id);
    id.complain(Rule::unknown_subnet, fmt::format("{} is \"{}\", which is not among vpc.subnets", id.title(), *text),
                did_you_mean(*text, known));
}

// Terms are alternatives.
Subnets subnets_of(const Reader& spec, ScenarioBuilder& builder) {
    const bool prefers_private = std::ranges::any_of(builder.subnets, &NamedSubnet::is_private);
    Subnets chosen;
    const auto terms = spec.items("subnetSelectorTerms");
    for (const Reader& term : terms) {
        if (!term.expect_map()) continue;
        if (const auto id = term.member("id")) {
            add_named_by_id(*id, builder, chosen);
            continue;
        }
        const auto tags = term.member("tags");
        if (!tags || !tags->expect_map()) continue;
        tags->mark_used();
        for (const NamedSubnet& subnet : builder.subnets) {
            if (meets_tags(*tags, subnet, prefers_private, builder)) chosen.push_back(subnet);
        }
        builder.assume(fmt::format("{}: subnets with its tags", spec.subject()),
                       prefers_private ? "the private ones" : "all", "tags of subnets are not part of a scenario");
    }
    return chosen;
}

// By zone, and in it the one with the most free addresses at the start first; each of them once.
Subnets by_zone(const Subnets& chosen, const ScenarioBuilder& builder) {
    const auto free = [&](const NamedSubnet& s) {
        const Subnet& subnet = builder.spec.subnets[s.subnet.value];
        return subnet.usable() - subnet.in_use;
    };
    Subnets all;
    for (const NamedSubnet& subnet : chosen) {
        if (std::ranges::find(all, subnet.subnet, &NamedSubnet::subnet) == all.end()) all.push_back(subnet);
    }
    std::ranges::stable_sort(all, {}, [&](const NamedSubnet& s) { return std::pair(s.zone, -free(s)); });
    return all;
}

// "al2023" of "al2023@latest", else of amiFamily; small letters.
std::string ami_family_of(const Reader& spec) {
    std::string family = spec.text("amiFamily").value_or("");
    for (const Reader& term : spec.items("amiSelectorTerms")) {
        if (!term.is_map()) continue;
        if (const auto alias = term.text("alias")) family = alias->substr(0, alias->find('@'));
    }
    std::ranges::transform(family, family.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return family;
}

// Where images and pods write: Bottlerocket's second volume, else the root volume.
void read_volumes(const Reader& spec, NodeClass& node_class) {
    std::optional<Reader> best;
    for (const Reader& mapping : spec.items("blockDeviceMappings")) {
        if (!mapping.is_map()) continue;
        const std::string device = mapping.text("deviceName").value_or("");
        const bool is_meant = node_class.is_bottlerocket
                                  ? device == "/dev/xvdb"
                                  : mapping.boolean("rootVolume").value_or(device == "/dev/xvda");
        if (is_meant || !best) best = mapping;
    }
    const auto ebs = best ? best->member("ebs") : std::nullopt;
    const auto size = ebs && ebs->is_map() ? ebs->member("volumeSize") : std::nullopt;
    const auto bytes = size ? size->quantity(QuantityUnit::whole) : std::nullopt;
    if (!bytes) return;
    node_class.volume_gib = (*bytes + gibibyte - 1) / gibibyte;
    if (node_class.volume_gib < 1 || node_class.volume_gib > limits::volume_gib) {
        size->complain(Rule::out_of_range, fmt::format("{} must be between 1Gi and 64Ti", size->title()));
        node_class.volume_gib = 1;
    }
}

NodeClass read_node_class(const Reader& object, const std::string& name, ScenarioBuilder& builder) {
    NodeClass node_class;
    node_class.name = name;
    if (const auto stated = object.member("metadata")->member("name")) stated->mark_used();
    const auto spec = object.required("spec");
    if (!spec || !spec->expect_map()) return node_class;
    const std::string family = ami_family_of(*spec);
    node_class.is_windows = family.starts_with("windows");
    node_class.is_bottlerocket = family == "bottlerocket";
    node_class.image_family = family;
    node_class.subnets = by_zone(subnets_of(*spec, builder), builder);
    if (node_class.subnets.empty() && !builder.reading.diagnostics.has_errors())
        spec->warn(Rule::nodes_not_modelled,
                   fmt::format("{} selects no subnet of the cluster, so that Karpenter launches nothing with it",
                               object.title()),
                   "add subnetSelectorTerms that name some of vpc.subnets, by id or by the tag Name");
    read_volumes(*spec, node_class);
    if (const auto policy = spec->member("instanceStorePolicy"))
        node_class.disk_is_instance_store = policy->one_of({"RAID0"}).has_value();
    if (const auto kubelet = spec->member("kubelet"); kubelet && kubelet->expect_map()) node_class.kubelet = kubelet;
    JsonValue rest = spec->value();
    rest.erase("subnetSelectorTerms");
    node_class.made_of = to_json_text(rest);
    return node_class;
}

}  // namespace

std::vector<NodeClass> read_node_classes(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    std::vector<NodeClass> classes;
    for (const KubernetesObject& object : objects.all()) {
        if (object.known == nullptr || object.known->role != ObjectRole::node_class) continue;
        classes.push_back(read_node_class(objects.reader_of(object), object.name, builder));
    }
    return classes;
}

}  // namespace eks
