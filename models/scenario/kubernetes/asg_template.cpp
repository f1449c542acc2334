#include "models/scenario/kubernetes/asg_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace eks {
namespace {

constexpr std::string_view tag_prefix = "k8s.io/cluster-autoscaler/node-template/";
constexpr std::int32_t pods_of_template = 110;

// buildGenericLabels and its deprecated names.
constexpr std::array<std::string_view, 10> generic_labels{
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "beta.kubernetes.io/instance-type",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
};

void complain(const Reader& tag, std::string_view what, std::string hint) {
    tag.complain(Rule::bad_cluster_autoscaler, fmt::format("{}: {} is {}", tag.title(), shown(tag.value()), what),
                 std::move(hint));
}

void set_label(std::vector<Label>& labels, std::string key, std::string value) {
    const auto at = std::ranges::lower_bound(labels, key, {}, &Label::key);
    if (at != labels.end() && at->key == key)
        at->value = std::move(value);
    else
        labels.insert(at, {std::move(key), std::move(value)});
}

void read_taint(const Reader& tag, std::string key, const std::string& text, NodeShape& shape) {
    constexpr std::array<std::pair<std::string_view, TaintEffect>, 3> effects{
        {{"NoSchedule", TaintEffect::no_schedule},
         {"PreferNoSchedule", TaintEffect::prefer_no_schedule},
         {"NoExecute", TaintEffect::no_execute}}};
    const std::size_t colon = text.rfind(':');
    for (const auto& [name, effect] : effects) {
        if (colon == std::string::npos || text.substr(colon + 1) != name) continue;
        const Taint taint{std::move(key), text.substr(0, colon), effect};
        if (std::ranges::find(shape.taints, taint) == shape.taints.end()) shape.taints.push_back(taint);
        return;
    }
    complain(tag, "no taint", "write it as value:NoSchedule");
}

void read_resource(const Reader& tag, std::string_view name, NodeShape& shape, ScenarioBuilder& builder) {
    const auto known = std::ranges::find(all_resource_kinds, name, resource_name);
    const auto kind = known != all_resource_kinds.end() ? std::optional<ResourceKind>(*known)
                                                        : builder.extended_resource_named(tag, name);
    if (!kind) return;
    const auto amount = tag.quantity(*kind == ResourceKind::cpu ? QuantityUnit::milli : QuantityUnit::whole);
    if (amount) shape.capacity.of(*kind) = shape.allocatable.of(*kind) = *amount;
}

void read_share(const Reader& tag, const std::string& text, double& into) {
    double read = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (error == std::errc() && end == text.data() + text.size() && read >= 0 && read <= 1)
        into = read;
    else
        complain(tag, "no share", "write it as 0.5");
}

void read_time(const Reader& tag, const std::string& text, sim::Duration& into) {
    const auto read = sim::parse_duration(text);
    if (read)
        into = *read;
    else
        complain(tag, "no duration", "write it as 10m0s");
}

void read_option(const Reader& tag, std::string_view name, const std::string& text, ScaleDownOptions& options) {
    if (name == "scaledownutilizationthreshold") return read_share(tag, text, options.utilization_threshold);
    if (name == "scaledowngpuutilizationthreshold") return read_share(tag, text, options.gpu_utilization_threshold);
    if (name == "scaledownunneededtime") return read_time(tag, text, options.unneeded_time);
    if (name == "scaledownunreadytime") return read_time(tag, text, options.unready_time);
    if (name != "ignoredaemonsetsutilization") return;
    if (text == "true" || text == "false")
        options.ignores_daemon_sets = text == "true";
    else
        complain(tag, "neither true nor false", "write true");
}

void read_tag(const Reader& tag, std::string_view key, NodeShape& shape, ScaleDownOptions& options,
              ScenarioBuilder& builder) {
    if (!key.starts_with(tag_prefix)) return;
    key.remove_prefix(tag_prefix.size());
    const std::size_t slash = key.find('/');
    if (slash == std::string_view::npos) return;
    const std::string_view kind = key.substr(0, slash);
    const std::string name(key.substr(slash + 1));
    if (kind == "resources") return read_resource(tag, name, shape, builder);
    const auto text = tag.scalar_as_text();
    if (!text) return;
    if (kind == "label") set_label(shape.labels, name, *text);
    if (kind == "taint") read_taint(tag, name, *text, shape);
    if (kind == "autoscaling-options") read_option(tag, name, *text, options);
}

}  // namespace

NodeShape asg_template(NodeGroupIx ix, ScaleDownOptions& options, ScenarioBuilder& builder) {
    const NodeGroup& group = builder.spec[ix];
    const Reader& entry = builder.group_objects[ix.value];
    NodeShape shape = builder.spec[group.shapes.front()];
    const InstanceType* type = builder.catalog.find(shape.instance_type);
    const Resources real = shape.capacity;
    shape.capacity = {};
    shape.capacity.cpu_milli = real.cpu_milli;
    shape.capacity.memory_bytes = type != nullptr ? type->memory_mib * mebibyte : real.memory_bytes;
    shape.capacity.gpus = real.gpus;
    shape.allocatable = shape.capacity;
    shape.max_pods = pods_of_template;
    shape.waits_for_cilium = false;
    // EKS tells the labels and taints of its managed groups; of others only tags do.
    const bool tells_all = group.is_managed || entry.boolean("propagateASGTags").value_or(false);
    if (!tells_all) {
        std::erase_if(shape.labels, [](const Label& label) {
            return std::ranges::find(generic_labels, label.key) == generic_labels.end();
        });
        shape.taints.clear();
    }
    if (const auto tags = entry.member("tags"); tags && tags->is_map()) {
        for (const auto& [key, tag] : tags->members()) read_tag(tag, key, shape, options, builder);
    }
    return shape;
}

}  // namespace eks
