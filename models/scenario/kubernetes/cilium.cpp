#include "models/scenario/kubernetes/cilium.hpp"

#include "models/scenario/kubernetes/cilium_path.hpp"
#include "models/scenario/kubernetes/eks_defaults.hpp"
#include "models/spec/tolerations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace eks {
namespace {

constexpr std::string_view source = "<the cilium chart>";

// The pods of the chart that bear on addresses. They ask for nothing and tolerate everything, as in the chart.
constexpr std::string_view agent_pods = R"json({
  "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "cilium", "namespace": "kube-system"},
  "spec": {"selector": {"matchLabels": {"k8s-app": "cilium"}},
    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}},
    "template": {"metadata": {"labels": {"k8s-app": "cilium"}},
      "spec": {"hostNetwork": true, "priorityClassName": "system-node-critical",
               "tolerations": [{"operator": "Exists"}],
               "containers": [{"name": "cilium-agent", "image": "cilium/cilium"}]}}}
})json";
constexpr std::string_view operator_pods = R"json({
  "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "cilium-operator", "namespace": "kube-system"},
  "spec": {"replicas": 0, "selector": {"matchLabels": {"name": "cilium-operator"}},
    "template": {"metadata": {"labels": {"name": "cilium-operator"}},
      "spec": {"hostNetwork": true, "priorityClassName": "system-cluster-critical",
               "tolerations": [{"operator": "Exists"}],
               "containers": [{"name": "cilium-operator", "image": "cilium/operator-aws"}]}}}
})json";
// What the values say is not written into it, so that a patch of it comes after them.
constexpr std::string_view own_config_map = R"json({
  "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cilium-config", "namespace": "kube-system"}, "data": {}
})json";

// Where the chart has what cilium-config has under another name.
struct ChartValue {
    std::array<std::string_view, 3> path;
    std::string_view key;
};
constexpr std::array<ChartValue, 21> chart_values{{
    {{"ipam", "mode", ""}, "ipam"},
    {{"ipam", "ciliumNodeUpdateRate", ""}, "ipam-cilium-node-update-rate"},
    {{"ipam", "operator", "externalAPILimitQPS"}, "limit-ipam-api-qps"},
    {{"ipam", "operator", "externalAPILimitBurstSize"}, "limit-ipam-api-burst"},
    {{"ipam", "nodeSpec", "ipamPreAllocate"}, "pre-allocate"},
    {{"ipam", "nodeSpec", "ipamMinAllocate"}, "min-allocate"},
    {{"ipam", "nodeSpec", "ipamMaxAllocate"}, "max-allocate"},
    {{"ipam", "nodeSpec", "ipamMaxAboveWatermark"}, "max-above-watermark"},
    {{"eni", "enabled", ""}, "eni"},
    {{"eni", "awsReleaseExcessIPs", ""}, "aws-release-excess-ips"},
    {{"eni", "awsEnablePrefixDelegation", ""}, "aws-enable-prefix-delegation"},
    {{"eni", "nodeSpec", "firstInterfaceIndex"}, "first-interface-index"},
    {{"eni", "nodeSpec", "disablePrefixDelegation"}, "disable-prefix-delegation"},
    {{"eni", "nodeSpec", "subnetIDs"}, "subnet-ids"},
    {{"eni", "subnetIDsFilter", ""}, "subnet-ids-filter"},
    {{"operator", "removeNodeTaints", ""}, "remove-cilium-node-taints"},
    {{"operator", "setNodeTaints", ""}, "set-cilium-node-taints"},
    {{"cni", "chainingMode", ""}, "cni-chaining-mode"},
    {{"kubeProxyReplacement", "", ""}, "kube-proxy-replacement"},
    {{"healthChecking", "", ""}, "enable-health-checking"},
    {{"endpointHealthChecking", "enabled", ""}, "enable-endpoint-health-checking"},
}};

// The names that are read of cilium-config and of the operator's arguments.
constexpr std::array<std::string_view, 18> config_keys{
    "ipam",
    "ipam-cilium-node-update-rate",
    "limit-ipam-api-qps",
    "limit-ipam-api-burst",
    "aws-release-excess-ips",
    "aws-enable-prefix-delegation",
    "excess-ip-release-delay",
    "parallel-alloc-workers",
    "cni-chaining-mode",
    "kube-proxy-replacement",
    "enable-health-checking",
    "enable-endpoint-health-checking",
    "eni-first-interface-index",
    "eni-disable-prefix-delegation",
    "eni-subnet-ids",
    "subnet-ids-filter",
    "remove-cilium-node-taints",
    "set-cilium-node-taints",
};
// Those of a CNI configuration, under `eni` or `ipam`; as flags of newer agents they begin with ipam- (IPAM-301).
constexpr std::array<std::string_view, 7> node_keys{
    "pre-allocate",        "min-allocate",          "max-allocate",
    "max-above-watermark", "first-interface-index", "disable-prefix-delegation",
    "subnet-ids"};

template <std::size_t n>
bool is_among(const std::array<std::string_view, n>& keys, std::string_view key) {
    return std::ranges::find(keys, key) != keys.end();
}

// "ipam-min-allocate" and "eni-first-interface-index" to what a CNI configuration calls them.
std::string plain_name(std::string_view key) {
    for (const std::string_view prefix : {std::string_view("ipam-"), std::string_view("eni-")}) {
        if (key.starts_with(prefix) && is_among(node_keys, key.substr(prefix.size())))
            return std::string(key.substr(prefix.size()));
    }
    return std::string(key);
}

bool is_config_key(std::string_view key) { return is_among(config_keys, key) || plain_name(key) != key; }

std::optional<Reader> at_path(const Reader& map, const std::array<std::string_view, 3>& path) {
    std::optional<Reader> at = map;
    for (const std::string_view key : path) {
        if (key.empty()) break;
        at = at->is_map() ? at->member(key) : std::nullopt;
        if (!at) return std::nullopt;
    }
    return at;
}

void complain(const Reader& value, std::string_view wanted) {
    value.complain(Rule::bad_cni_setting,
                   fmt::format("{} is {}; Cilium takes {} here", value.title(), shown(value.value()), wanted));
}

void set_number(const Reader& value, std::int32_t low, std::int32_t& into) {
    constexpr std::int32_t high = 1'000'000;
    const auto text = value.scalar_as_text();
    if (!text) return;
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || end != text->data() + text->size() || number < low || number > high)
        return complain(value, fmt::format("a whole number of {} to {}", low, high));
    into = number;
}

void set_flag(const Reader& value, bool& into) {
    const auto text = value.scalar_as_text();
    if (!text) return;
    if (*text != "true" && *text != "false") return complain(value, "true or false");
    into = *text == "true";
}

bool is_on(const Reader* value) {
    bool is = false;
    if (value != nullptr) set_flag(*value, is);
    return is;
}

JsonValue parsed(std::string_view text, ScenarioBuilder& builder) {
    JsonValue object;
    const OriginIx root = builder.reading.origins.add_source(std::string(source));
    const bool is_read = parse_json(text, root, builder.reading.origins, builder.reading.diagnostics, object);
    CHECK(is_read, "the objects of the cilium chart must be JSON");
    return object;
}

}  // namespace

void CiliumReading::add_values(const Reader& values, KubernetesObjects& objects) {
    if (!values.expect_map()) return;
    for (const ChartValue& known : chart_values) {
        if (const auto value = at_path(values, known.path); value && !value->is_null())
            take(std::string(known.key), *value);
    }
    for (const CiliumPathValue& known : cilium_path_values()) {
        const auto value = at_path(values, {known.path[0], known.path[1], ""});
        if (value && !value->is_null()) take(std::string(known.key), *value);
    }
    if (const auto tag = at_path(values, {"image", "tag", ""})) add_image(*tag);
    if (const auto more = values.member("extraConfig"); more && more->is_map()) {
        for (const auto& [key, value] : more->members()) {
            if (is_config_key(key) || is_cilium_path_key(key)) take(plain_name(key), value);
        }
    }
    std::int64_t replicas = 2;  // IPAM-300
    if (const auto op = values.member("operator"); op && op->is_map()) {
        replicas = op->integer("replicas", 0, 1000).value_or(replicas);
        for (const Reader& argument : op->items("extraArgs")) {
            const auto text = argument.scalar_as_text();
            if (!text || !text->starts_with("--")) continue;
            const std::size_t equals = text->find('=');
            const std::string key = text->substr(2, equals == std::string::npos ? equals : equals - 2);
            if (!is_config_key(key)) {
                argument.mark_ignored();
                continue;
            }
            builder_.kept.push_back(JsonValue::of_text(equals == std::string::npos ? "true" : text->substr(equals + 1),
                                                       argument.value().origin));
            take(plain_name(key), Reader(builder_.kept.back(), builder_.reading, argument.path(), argument.subject()));
        }
    }
    take("chart", values);
    add_pods(values, replicas, objects);
}

namespace {

// How the pods of the chart find names: by whom, and whether the API server has one (templates/cilium-agent/daemonset
// and cilium-operator/deployment of the chart).
void set_names(const Reader& values, std::string_view policy_of, JsonValue& object) {
    JsonValue& pod = object.member("spec").member("template").member("spec");
    const auto part = policy_of.empty() ? std::optional(values) : values.member(policy_of);
    const auto policy = part && part->is_map() ? part->text("dnsPolicy") : std::nullopt;
    if (policy && !policy->empty()) pod.member("dnsPolicy") = JsonValue::of_text(*policy, object.origin);
    const auto host = values.member("k8sServiceHost");
    const auto text = host ? host->scalar_as_text() : std::nullopt;
    if (!text || text->empty()) return;
    JsonValue entry = JsonValue::of_map(object.origin);
    entry.member("name") = JsonValue::of_text("KUBERNETES_SERVICE_HOST", object.origin);
    entry.member("value") = JsonValue::of_text(*text, object.origin);
    JsonValue& environment = pod.member("containers").items.front().member("env");
    environment = JsonValue::of_list(object.origin);
    environment.items.push_back(std::move(entry));
}

// Up to 1.17 the operator tolerated everything, and so came back to the nodes that are being drained (cilium/cilium
// #28549, #40137, #40531).
constexpr std::int32_t minor_with_listed_tolerations = 18;
constexpr std::string_view listed_tolerations = R"json([
  {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"},
  {"key": "node-role.kubernetes.io/master", "operator": "Exists"},
  {"key": "node.kubernetes.io/not-ready", "operator": "Exists"},
  {"key": "node.cloudprovider.kubernetes.io/uninitialized", "operator": "Exists"},
  {"key": "node.cilium.io/agent-not-ready", "operator": "Exists"}])json";

}  // namespace

void CiliumReading::set_operator_tolerations(const Reader& values, JsonValue& operators) {
    JsonValue& tolerations = operators.member("spec").member("template").member("spec").member("tolerations");
    const auto part = values.member("operator");
    if (const auto own = part && part->is_map() ? part->member("tolerations") : std::nullopt;
        own && own->expect_list()) {
        own->mark_used();
        tolerations = own->value();
    } else if (builder_.spec.cilium.version_minor >= minor_with_listed_tolerations) {
        tolerations = parsed(listed_tolerations, builder_);
    }
}

void CiliumReading::add_pods(const Reader& values, std::int64_t operator_replicas, KubernetesObjects& objects) {
    const auto add = [&](std::string_view title, JsonValue object) {
        if (objects.find(title)) return;
        mark_everything_used(object);
        builder_.kept.push_back(std::move(object));
        objects.add(Reader(builder_.kept.back(), builder_.reading), true);
    };
    add(cilium_config_title, parsed(own_config_map, builder_));
    JsonValue agents = parsed(agent_pods, builder_);
    set_names(values, "", agents);
    add("DaemonSet/kube-system/cilium", std::move(agents));
    JsonValue operators = parsed(operator_pods, builder_);
    JsonValue& replicas = operators.member("spec").member("replicas");
    replicas = parsed(std::to_string(operator_replicas), builder_);
    set_names(values, "operator", operators);
    set_operator_tolerations(values, operators);
    add("Deployment/kube-system/cilium-operator", std::move(operators));
}

void CiliumReading::add_config_map(const Reader& config_map, const KubernetesObject& object) {
    const auto data = config_map.member("data");
    if (!data || !data->is_map()) return;
    if (const auto text = data->member("cni-config")) add_cni_configuration(*text);
    if (object.name != "cilium-config") return;
    for (const auto& [key, value] : data->members()) {
        if (is_config_key(key) || is_cilium_path_key(key)) take(plain_name(key), value);
    }
}

// A CNI configuration is JSON in a text; what is meant stands in it or in the first of its plugins.
void CiliumReading::add_cni_configuration(const Reader& text) {
    if (!text.is_text()) return;
    JsonValue value;
    if (!parse_json(text.value().text, text.value().origin, builder_.reading.origins, builder_.reading.diagnostics,
                    value))
        return;
    text.mark_used();
    builder_.kept.push_back(std::move(value));
    const JsonValue& whole = builder_.kept.back();
    add_network_configuration(whole);
    const JsonValue* plugins = whole.find("plugins");
    if (plugins == nullptr) return;
    for (const JsonValue& plugin : plugins->items) add_network_configuration(plugin);
}

void CiliumReading::add_network_configuration(const JsonValue& value) {
    const JsonValue* type = value.find("type");
    if (type == nullptr || type->text != "cilium-cni") return;
    for (const std::string_view part : {std::string_view("eni"), std::string_view("ipam")}) {
        const JsonValue* settings = value.find(part);
        if (settings == nullptr || settings->kind != JsonKind::map) continue;
        for (const JsonMember& member : settings->members) {
            if (is_among(node_keys, member.key)) take(member.key, Reader(member.value, builder_.reading));
        }
    }
}

// "v1.18.2", or an image with such a tag: the version decides a formula (IPAM-312).
void CiliumReading::add_image(const Reader& image) {
    const auto text = image.scalar_as_text();
    if (!text) return;
    const std::size_t at = text->rfind("v1.");
    if (at == std::string::npos) return;
    std::from_chars(text->data() + at + 3, text->data() + text->size(), builder_.spec.cilium.version_minor);
}

void CiliumReading::finish(const KubernetesObjects& objects) {
    for (const KubernetesObject& object : objects.all()) {
        if (object.kind == "ConfigMap" && object.group.empty()) add_config_map(objects.reader_of(object), object);
    }
    if (const auto agents = builder_.find_workload(WorkloadKind::daemon_set, "kube-system", "cilium")) {
        for (const ContainerSpec& container : builder_.spec.template_of(*agents).containers) {
            const std::string& name = builder_.spec.images[container.image.value].name;
            const std::size_t at = name.rfind(":v1.");
            if (at != std::string::npos)
                std::from_chars(name.data() + at + 4, name.data() + name.size(), builder_.spec.cilium.version_minor);
        }
    }
    if (const auto said = said_.find("kube-proxy-replacement"); said != said_.end()) {
        // Up to 1.13 the chart took "strict" for true, and "partial" and "disabled" for less.
        const auto text = said->second.scalar_as_text();
        builder_.spec.cilium.replaces_kube_proxy = text == "true" || text == "strict";
    }
    const auto chaining = said_.find("cni-chaining-mode");
    const bool is_chained = chaining != said_.end() && chaining->second.scalar_as_text() == "aws-cni";
    read_cilium_path(said_, builder_, !is_chained && gives_addresses());
    const bool is_there = said_.contains("chart") || said_.contains("ipam");
    builder_.vpc_cni_stands_in = !is_chained && is_there && !gives_addresses();
    if (builder_.vpc_cni_stands_in) {
        const Reader& at = said_.contains("ipam") ? said_.find("ipam")->second : said_.find("chart")->second;
        at.warn(Rule::kind_not_modelled,
                "address pools of Cilium other than ENI mode are not modelled: pods have addresses of the VPC CNI here",
                "ENI mode is ipam.mode eni with eni.enabled");
    }
    find_pods();
    // IPAM-353: a chained Cilium leaves addresses to the VPC CNI, but its taint is on the nodes all the same.
    if (is_chained || builder_.vpc_cni_stands_in) settle_taints();
    if (is_chained || !gives_addresses()) return;
    builder_.spec.cni_kind = CniKind::cilium_eni;
    apply();
}

bool CiliumReading::gives_addresses() const {
    const auto enabled = said_.find("eni");
    const bool is_enabled = is_on(enabled == said_.end() ? nullptr : &enabled->second);
    const auto mode = said_.find("ipam");
    return mode == said_.end() ? is_enabled : mode->second.scalar_as_text() == "eni";
}

void CiliumReading::apply() {
    CiliumSettings& cilium = builder_.spec.cilium;
    const auto with = [&](std::string_view key, auto use) {
        const auto said = said_.find(key);
        if (said != said_.end()) use(said->second);
    };
    const auto number = [&](std::string_view key, std::int32_t low, std::int32_t& into) {
        with(key, [&](const Reader& value) { set_number(value, low, into); });
    };
    const auto flag = [&](std::string_view key, bool& into) {
        with(key, [&](const Reader& value) { set_flag(value, into); });
    };
    number("pre-allocate", 0, cilium.pre_allocate);
    number("min-allocate", 0, cilium.min_allocate);
    number("max-allocate", 0, cilium.max_allocate);
    number("max-above-watermark", 0, cilium.max_above_watermark);
    number("first-interface-index", 0, cilium.first_interface_index);
    number("limit-ipam-api-qps", 1, cilium.api_qps);
    number("limit-ipam-api-burst", 1, cilium.api_burst);
    number("parallel-alloc-workers", 1, cilium.parallel_workers);
    flag("aws-enable-prefix-delegation", cilium.prefix_delegation);
    bool is_disabled = false;
    flag("disable-prefix-delegation", is_disabled);
    cilium.prefix_delegation = cilium.prefix_delegation && !is_disabled;
    flag("aws-release-excess-ips", cilium.releases_excess);
    bool checks_nodes = true;
    bool checks_endpoints = true;
    flag("enable-health-checking", checks_nodes);
    flag("enable-endpoint-health-checking", checks_endpoints);
    cilium.checks_health = checks_nodes && checks_endpoints;
    std::int32_t delay_seconds = static_cast<std::int32_t>(cilium.release_delay.us() / 1'000'000);
    number("excess-ip-release-delay", 0, delay_seconds);
    cilium.release_delay = sim::Duration::seconds(delay_seconds);
    with("ipam-cilium-node-update-rate", [&](const Reader& value) {
        if (const auto rate = value.duration()) cilium.node_update_interval = *rate;
    });
    for (const std::string_view key : {"subnet-ids", "subnet-ids-filter"}) {
        with(key, [&](const Reader& value) { read_subnets(value); });
    }
    const CiliumSettings defaults = default_cilium_settings();
    if (cilium.new_identity == defaults.new_identity)
        builder_.assume("assume.ciliumIdentity", "0.1 s to 1 s for the first pod of a workload", "IPAM-340");
    if (cilium.regeneration == defaults.regeneration)
        builder_.assume("assume.ciliumRegeneration", "0.2 s to 2 s", "IPAM-340");
    settle_taints();
}

void CiliumReading::find_pods() {
    CiliumSettings& cilium = builder_.spec.cilium;
    if (const auto op = builder_.find_workload(WorkloadKind::deployment, "kube-system", "cilium-operator"))
        cilium.operator_workload = *op;
    if (const auto agents = builder_.find_workload(WorkloadKind::daemon_set, "kube-system", "cilium"))
        cilium.agent_workload = *agents;
}

// IPAM-350: the taint goes when the agent runs, so it is none of those that stay.
void CiliumReading::settle_taints() {
    CiliumSettings& cilium = builder_.spec.cilium;
    const auto flag = [&](std::string_view key, bool& into) {
        if (const auto said = said_.find(key); said != said_.end()) set_flag(said->second, into);
    };
    // The chart sets the taint where it takes it away.
    flag("remove-cilium-node-taints", cilium.removes_taints);
    cilium.sets_taints = cilium.removes_taints;
    flag("set-cilium-node-taints", cilium.sets_taints);
    for (NodeShape& shape : builder_.spec.shapes) {
        const auto gone = std::erase_if(shape.taints, [](const Taint& taint) { return taint.key == cilium_taint_key; });
        shape.waits_for_cilium = gone > 0;
    }
}

// A list, or a text of ids with commas or blanks between them as in cilium-config.
void CiliumReading::read_subnets(const Reader& value) {
    const auto add = [&](const Reader& id) {
        if (const auto subnet = builder_.subnet_named_by(id)) builder_.spec.cilium.subnets.push_back(*subnet);
    };
    if (!value.is_text()) {
        for (const Reader& id : value.items()) add(id);
        return;
    }
    const std::string ids = value.text().value_or("");
    for (std::size_t at = 0; at < ids.size();) {
        const std::size_t end = std::min(ids.find_first_of(", ", at), ids.size());
        if (end > at) {
            builder_.kept.push_back(JsonValue::of_text(ids.substr(at, end - at), value.value().origin));
            add(Reader(builder_.kept.back(), builder_.reading, value.path(), value.subject()));
        }
        at = end + 1;
    }
}

namespace {

// The minor version 1.x at the end of "…:v1.7.5" or "1.7.5-eksbuild.1"; none where it says nothing of the kind.
std::optional<std::int32_t> minor_version_of(std::string_view text) {
    text.remove_prefix(std::min(text.rfind(':') + 1, text.size()));
    if (text.starts_with('v')) text.remove_prefix(1);
    std::int32_t minor = 0;
    if (!text.starts_with("1.")) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), minor);
    return error == std::errc{} ? std::optional(minor) : std::nullopt;
}

// The version of the VPC CNI: as the image of its DaemonSet says, or as that of the add-on where the image is EKS's
// own.
void read_cni_version(ScenarioBuilder& builder, WorkloadIx aws_node) {
    constexpr std::int32_t first_to_return_replies = 8;
    constexpr std::string_view own_image = "eks/amazon-k8s-cni:";
    for (const ContainerSpec& container : builder.spec.template_of(aws_node).containers) {
        if (container.name != "aws-node" || !container.image) continue;
        std::string_view version = builder.spec.images[container.image.value].name;
        for (const Addon& addon : builder.addons) {
            if (addon.name == "vpc-cni" && !addon.version.empty() && version.starts_with(own_image))
                version = addon.version;
        }
        builder.spec.cni.returns_replies =
            minor_version_of(version).value_or(first_to_return_replies) >= first_to_return_replies;
    }
}

}  // namespace

void find_cni_workload(ScenarioBuilder& builder) {
    const std::string_view daemon_set = builder.spec.cni_kind == CniKind::vpc_cni ? "aws-node" : "cilium";
    if (const auto pods = builder.find_workload(WorkloadKind::daemon_set, "kube-system", daemon_set))
        builder.spec.cni_workload = *pods;
    if (builder.spec.cni_workload.valid() && builder.spec.cni_kind == CniKind::vpc_cni)
        read_cni_version(builder, builder.spec.cni_workload);
}

namespace {

// Whether the DaemonSet has a pod on any node.
bool runs_anywhere(const Spec& spec, WorkloadIx daemon_set) {
    for (std::uint32_t s = 0; s < spec.shapes.size(); ++s) {
        if (runs_on(spec, daemon_set, NodeShapeIx{s})) return true;
    }
    return false;
}

void refuse_other_enis(const Reader& cluster, const Spec& spec) {
    for (const NodeShape& shape : spec.shapes) {
        if (shape.other_enis.empty()) continue;
        cluster.complain(Rule::not_yet_modelled,
                         fmt::format("node group {}: ENIs of others on nodes of Cilium are not yet modelled",
                                     spec[shape.group].name),
                         "leave otherEnis out, or have the VPC CNI alone");
        return;
    }
}

void refuse_ipv6(const Reader& cluster, const ScenarioBuilder& builder) {
    if (!builder.is_ipv6 && !builder.spec.cni.ipv6) return;
    cluster.complain(Rule::not_supported,
                     "Cilium in ENI mode gives pods IPv4 addresses only, and the cluster is of IPv6",
                     "leave kubernetesNetworkConfig.ipFamily out, or have the VPC CNI alone");
}

// IPAM-357
void warn_about_kube_proxy(const ScenarioBuilder& builder) {
    if (!builder.spec.cilium.replaces_kube_proxy) return;
    const auto kube_proxy = builder.find_workload(WorkloadKind::daemon_set, "kube-system", "kube-proxy");
    if (!kube_proxy || !runs_anywhere(builder.spec, *kube_proxy)) return;
    builder.object_of(*kube_proxy)
        .warn(Rule::two_service_proxies,
              "kube-proxy runs beside a Cilium that replaces it (kubeProxyReplacement); its pods take room for nothing",
              "delete the DaemonSet kube-system/kube-proxy, or give it a node selector that matches no node");
}

// IPAM-354: whether aws-node runs on nodes of Cilium.
void find_aws_node(const Reader& cluster, ScenarioBuilder& builder) {
    Spec& spec = builder.spec;
    const auto aws_node = builder.find_workload(WorkloadKind::daemon_set, "kube-system", "aws-node");
    if (!aws_node || builder.vpc_cni_stands_in) return;
    spec.aws_node = *aws_node;
    if (spec.cni_kind != CniKind::cilium_eni) return;
    for (std::uint32_t s = 0; s < spec.shapes.size(); ++s) {
        if (!runs_on(spec, *aws_node, NodeShapeIx{s})) continue;
        spec.cni_kind = CniKind::both;
        cluster.warn(Rule::two_cnis,
                     "Cilium in ENI mode and aws-node run on the same nodes: each takes all ENIs for its own, so that "
                     "Cilium gives pods addresses that others have, and aws-node takes addresses of running pods away; "
                     "ekssim_failing_connection_share says what comes of it",
                     "delete the DaemonSet kube-system/aws-node, or give it a node selector that matches no node; pods "
                     "that have lost their address, or share it, stay so until they or their nodes are replaced");
        return;
    }
}

// IPAM-123
void warn_about_nodes_without_cni(const ScenarioBuilder& builder) {
    const Spec& spec = builder.spec;
    if (spec.cni_kind == CniKind::both || !spec.cni_workload.valid() || builder.vpc_cni_stands_in) return;
    for (const NodeGroup& group : spec.node_groups) {
        const auto has_cni = [&](NodeShapeIx shape) { return runs_on(spec, spec.cni_workload, shape); };
        if (std::ranges::all_of(group.shapes, has_cni)) continue;
        const std::string daemon_set = builder.title_of(spec.cni_workload);
        builder.object_of(spec.cni_workload)
            .warn(Rule::no_cni,
                  fmt::format("{} has no pod on nodes of {}: they never become Ready", daemon_set, group.name),
                  "let its node selector, affinity and tolerations match these nodes");
    }
}

}  // namespace

void settle_cni(const Reader& cluster, ScenarioBuilder& builder) {
    warn_about_kube_proxy(builder);
    if (builder.spec.cni_kind == CniKind::cilium_eni) {
        refuse_other_enis(cluster, builder.spec);
        refuse_ipv6(cluster, builder);
    }
    find_aws_node(cluster, builder);
    warn_about_nodes_without_cni(builder);
}

}  // namespace eks
