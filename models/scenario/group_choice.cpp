#include "models/scenario/group_choice.hpp"

#include "models/scenario/document.hpp"
#include "models/scenario/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace eks {

namespace {

// What is for choice, and what was measured on nodes of another type.
constexpr std::string_view keys_for_choice[] = {"name",
                                                "instanceType",
                                                "instanceTypes",
                                                "instanceSelector",
                                                "instancesDistribution",
                                                "minSize",
                                                "desiredCapacity",
                                                "maxSize",
                                                "spot",
                                                "allocatable"};

WrittenGroup without_choices(const Reader& group, bool is_managed) {
    WrittenGroup written;
    written.name = group.text("name").value_or("workers");
    written.is_managed = is_managed;
    JsonValue settings = group.value();
    for (const std::string_view key : keys_for_choice) settings.erase(key);
    written.settings = to_json_text(settings);
    return written;
}

// Nodes of a cluster without node groups stand in private subnets, if there are any: where EKS advises to have them.
WrittenGroup group_of_no_group(const Reader& cluster) {
    bool is_private = true;
    if (const auto vpc = cluster.member("vpc"); vpc && vpc->is_map()) {
        if (const auto subnets = vpc->member("subnets"); subnets && subnets->is_map())
            is_private = subnets->has("private");
    }
    return {"workers", true, is_private ? R"({"privateNetworking":true})" : "{}"};
}

JsonValue parsed(const std::string& text) {
    Origins origins;
    Diagnostics diagnostics;
    JsonValue value;
    parse_json(text, origins.add_source("node groups"), origins, diagnostics, value);
    return value;
}

}  // namespace

sim::Result<std::vector<WrittenGroup>, Complaints> written_node_groups(std::string_view text,
                                                                       const LoadOptions& options) {
    Document document;
    if (!document.read(text, options)) return sim::failure(document.reading().diagnostics.errors());
    const Reader root(document.root(), document.reading());
    std::vector<WrittenGroup> written;
    const auto cluster = root.member("cluster");
    if (cluster && cluster->is_map()) {
        for (const std::string_view key : {"managedNodeGroups", "nodeGroups"}) {
            for (const Reader& group : cluster->items(key)) {
                if (!group.is_map()) continue;
                WrittenGroup one = without_choices(group, key == "managedNodeGroups");
                const bool is_double = std::any_of(written.begin(), written.end(), [&](const WrittenGroup& w) {
                    return w.is_managed == one.is_managed && w.settings == one.settings;
                });
                if (!is_double) written.push_back(std::move(one));
            }
        }
        if (written.empty()) written.push_back(group_of_no_group(*cluster));
    }
    if (document.reading().diagnostics.has_errors()) return sim::failure(document.reading().diagnostics.errors());
    return written;
}

WrittenGroup written_group_of(const NodePool& pool, const WrittenGroup& like) {
    JsonValue settings = parsed(like.settings);
    JsonValue labels = JsonValue::of_map(0);
    for (const Label& label : pool.labels) labels.member(label.key) = JsonValue::of_text(label.value, 0);
    labels.member("karpenter.sh/nodepool") = JsonValue::of_text(pool.name, 0);
    settings.member("labels") = std::move(labels);
    JsonValue taints = JsonValue::of_list(0);
    for (const Taint& taint : pool.taints) {
        constexpr std::string_view effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute"};
        JsonValue entry = JsonValue::of_map(0);
        entry.member("key") = JsonValue::of_text(taint.key, 0);
        entry.member("value") = JsonValue::of_text(taint.value, 0);
        entry.member("effect") = JsonValue::of_text(std::string(effects[static_cast<std::size_t>(taint.effect)]), 0);
        taints.items.push_back(std::move(entry));
    }
    settings.member("taints") = std::move(taints);
    return {pool.name, like.is_managed, to_json_text(settings)};
}

std::vector<std::pair<std::string, std::string>> groups_as_set(std::span<const WrittenGroup> written,
                                                               std::span<const ChosenGroup> chosen) {
    std::string managed;
    std::string self_managed;
    for (const ChosenGroup& group : chosen) {
        const WrittenGroup& like = written[group.written];
        JsonValue settings = parsed(like.settings);
        settings.member("name") = JsonValue::of_text(group.name, 0);
        settings.member("instanceType") = JsonValue::of_text(group.instance_type, 0);
        for (const std::string_view key : {"minSize", "desiredCapacity", "maxSize"})
            settings.member(key) = JsonValue::of_integer(group.nodes, 0);
        if (group.is_spot) settings.member("spot") = JsonValue::of_boolean(true, 0);
        if (!group.zones.empty()) {
            JsonValue zones = JsonValue::of_list(0);
            for (const std::string& zone : group.zones) zones.items.push_back(JsonValue::of_text(zone, 0));
            settings.member("availabilityZones") = std::move(zones);
        }
        std::string& list = like.is_managed ? managed : self_managed;
        list += (list.empty() ? "" : ",") + to_json_text(settings);
    }
    return {{"cluster.managedNodeGroups", fmt::format("[{}]", managed)},
            {"cluster.nodeGroups", fmt::format("[{}]", self_managed)}};
}

}  // namespace eks
