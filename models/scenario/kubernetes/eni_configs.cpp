#include "models/scenario/kubernetes/eni_configs.hpp"

#include "models/spec/pool_settings.hpp"

#include <fmt/format.h>

#include <map>
#include <string>

namespace eks {
namespace {

constexpr std::string_view object_kind_text = "ENIConfig";

struct NamedConfig {
    Reader object;
    std::optional<SubnetIx> subnet;
};

std::optional<SubnetIx> subnet_of_config(const Reader& object, const ScenarioBuilder& builder) {
    const auto spec = object.required("spec");
    if (!spec || !spec->expect_map()) return std::nullopt;
    const auto subnet = spec->required("subnet");
    return subnet ? builder.subnet_named_by(*subnet) : std::nullopt;
}

}  // namespace

void add_eni_configs(const Reader& section, KubernetesObjects& objects, ScenarioBuilder& builder) {
    if (!section.expect_map() || !section.boolean("create").value_or(false)) return;
    const std::string region = section.text("region").value_or("us-west-2");  // the chart's default
    const auto subnets = section.member("subnets");
    if (!subnets) return;
    for (const auto& [key, entry] : subnets->members()) {
        if (!entry.expect_map()) continue;
        const auto id = entry.required("id");
        if (!id || !id->text()) continue;
        const OriginIx origin = id->value().origin;
        const auto text = [&](std::string value) { return JsonValue::of_text(std::move(value), origin); };
        JsonValue& object = builder.kept.emplace_back(JsonValue::of_map(origin));
        object.member("apiVersion") = text("crd.k8s.amazonaws.com/v1alpha1");
        object.member("kind") = text(std::string(object_kind_text));
        JsonValue metadata = JsonValue::of_map(origin);
        metadata.member("name") = text(region + key);
        object.member("metadata") = std::move(metadata);
        JsonValue spec = JsonValue::of_map(origin);
        spec.member("subnet") = text(*id->text());
        object.member("spec") = std::move(spec);
        objects.add(Reader(object, builder.reading), false);
    }
}

void assign_eni_configs(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    std::map<std::string, NamedConfig, std::less<>> configs;
    const bool counts = builder.spec.cni.custom_networking;
    for (const KubernetesObject& object : objects.all()) {
        if (object.known == nullptr || object.known->role != ObjectRole::eni_config) continue;
        const Reader reader = objects.reader_of(object);
        if (!counts) {
            reader.mark_ignored();
            continue;
        }
        if (const auto name = reader.member("metadata")->member("name")) name->mark_used();
        configs.insert_or_assign(object.name, NamedConfig{reader, subnet_of_config(reader, builder)});
    }
    if (!counts) return;

    for (NodeShape& shape : builder.spec.shapes) {
        std::map<std::string, std::string, std::less<>> labels;
        for (const Label& label : shape.labels) labels.insert_or_assign(label.key, label.value);
        const std::string name = eni_config_of(builder.cni_environment, labels, {});
        const std::string& zone = builder.spec.zones[shape.zone.value];
        const auto at = configs.find(name);
        if (at == configs.end()) {
            if (builder.aws_node)
                builder.aws_node->warn(
                    Rule::no_eni_config,
                    fmt::format("custom networking is on, and there is no ENIConfig \"{}\" for nodes of {} in {}: they "
                                "get no pod address and never become Ready (IPAM-119)",
                                name, builder.spec[shape.group].name, zone),
                    "add the object, or set ENI_CONFIG_LABEL_DEF to the label that names it, such as "
                    "topology.kubernetes.io/zone");
            continue;
        }
        if (!at->second.subnet) continue;
        const Subnet& subnet = builder.spec[*at->second.subnet];
        if (subnet.zone != shape.zone) {
            at->second.object.complain(
                Rule::subnet_in_other_zone,
                fmt::format("ENIConfig/{} names the subnet {}, which is not in {}, where nodes of {} go by it", name,
                            subnet.name, zone, builder.spec[shape.group].name),
                "an interface can only be attached in its own zone (IPAM-208)");
            continue;
        }
        shape.pod_subnet = *at->second.subnet;
    }
}

}  // namespace eks
