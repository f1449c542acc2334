#include "models/scenario/cluster.hpp"

#include "models/catalog/zones.hpp"
#include "models/scenario/data_paths.hpp"
#include "models/scenario/eksctl_fields.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/node_groups.hpp"
#include "models/scenario/outside.hpp"
#include "models/scenario/set_path.hpp"
#include "models/scenario/subnets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace eks {

namespace {

constexpr std::int32_t minor_of_2018 = 10;
constexpr std::int32_t minor_first_modelled = 29;
constexpr std::int32_t minor_last_modelled = 37;
constexpr std::string_view versions_supported =
    "1.10 (1.10.0 to 1.10.13), and 1.29 to 1.37; 1.11 to 1.28 behave as 1.29";

// The rules that name a version between 1.29 and 1.37 (models/spec/kubernetes_version.hpp asks for it by name).
constexpr const char* versions_told_apart_by =
    "SCHED-3, SCHED-5, SCHED-41, SCHED-55, SCHED-61, NODE-2 and NODE-7 name the version they begin with";

// Patch versions differ in what is modelled only in 1.10, which EKS began with as 1.10.3.
constexpr std::string_view first_of_eks = "1.10.3";
constexpr std::int32_t patch_last_of_2018 = 13;

// "1.10" or "1.10.7". False: something else.
bool read_version_of_2018(std::string_view text, KubernetesVersion& version) {
    if (text == "1.10") text = first_of_eks;
    constexpr std::string_view start = "1.10.";
    if (!text.starts_with(start)) return false;
    std::int32_t patch = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + start.size(), end, patch);
    if (read.ec != std::errc{} || read.ptr != end || patch < 0 || patch > patch_last_of_2018) return false;
    version = {minor_of_2018, patch};
    return true;
}

// The minor version of "1.34"; nothing for anything that is not 1.x.
std::optional<std::int32_t> minor_of(std::string_view text) {
    if (!text.starts_with("1.")) return std::nullopt;
    std::int32_t minor = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + 2, end, minor);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return minor;
}

void read_version(const Reader& at, ScenarioBuilder& builder) {
    const auto text = at.scalar_as_text();
    if (!text) return;
    if (read_version_of_2018(*text, builder.spec.kubernetes)) return;
    const auto minor = minor_of(*text);
    if (minor && *minor >= minor_first_modelled && *minor <= minor_last_modelled) {
        builder.spec.kubernetes.minor = *minor;
        return;
    }
    if (minor && *minor > minor_of_2018 && *minor < minor_first_modelled) {
        builder.spec.kubernetes.minor = minor_first_modelled;
        at.warn(Rule::version_behaves_as,
                fmt::format("Kubernetes {} is run with the rules of 1.{}", *text, minor_first_modelled));
        return;
    }
    std::string hint = fmt::format("supported are {}", versions_supported);
    // YAML reads 1.30 as the number 1.3.
    if (minor && at.is_number() && *minor < minor_of_2018)
        hint = fmt::format("put quotes around it, since YAML reads 1.{0}0 as 1.{0}; {1}", *minor, hint);
    at.complain(Rule::unsupported_version,
                fmt::format("{} is {}, which is not supported", at.title(), shown(at.value())), hint);
}

bool read_region(const Reader& at, ScenarioBuilder& builder) {
    const auto name = at.text();
    if (!name) return false;
    if (!zones_of(*name).empty()) {
        builder.spec.region = *name;
        return true;
    }
    const auto known = Catalog::regions();
    at.complain(Rule::unknown_region, fmt::format("{} is \"{}\", which is no region of AWS", at.title(), *name),
                did_you_mean(*name, known));
    return false;
}

constexpr std::array<std::string_view, 12> addon_names{"vpc-cni",
                                                       "coredns",
                                                       "kube-proxy",
                                                       "aws-ebs-csi-driver",
                                                       "aws-efs-csi-driver",
                                                       "eks-pod-identity-agent",
                                                       "metrics-server",
                                                       "snapshot-controller",
                                                       "adot",
                                                       "aws-guardduty-agent",
                                                       "amazon-cloudwatch-observability",
                                                       "eks-node-monitoring-agent"};

void read_addon(const Reader& entry, ScenarioBuilder& builder) {
    if (!entry.expect_map()) return;
    check_eksctl_fields(entry, keys::addon, {});
    const auto name_at = entry.required("name");
    const auto name = name_at ? name_at->text() : std::nullopt;
    if (!name) return;
    const bool is_known = std::find(addon_names.begin(), addon_names.end(), *name) != addon_names.end();
    if (const auto near = is_known ? std::nullopt : nearest_word(*name, addon_names)) {
        name_at->complain(Rule::unknown_addon,
                          fmt::format("{} is \"{}\", which is no add-on of EKS", name_at->title(), *name),
                          fmt::format("did you mean \"{}\"?", *near));
        return;
    }
    const auto is_same = [&](const Addon& other) { return other.name == *name; };
    if (std::any_of(builder.addons.begin(), builder.addons.end(), is_same)) {
        name_at->complain(Rule::duplicate_name, fmt::format("the add-on \"{}\" is listed twice", *name));
        return;
    }
    Addon addon{*name, {}, std::nullopt, entry};
    if (const auto version = entry.member("version")) addon.version = version->scalar_as_text().value_or("");
    auto configuration = entry.member("configurationValues");
    if (configuration && configuration->is_text()) {
        // eksctl takes a text; whoever resolves a scenario's YAML has read it already, so what is left here is JSON.
        JsonValue& parsed = builder.kept.emplace_back();
        Diagnostics unheard;
        const OriginIx origin = configuration->value().origin;
        const std::string text = *configuration->text();
        if (parse_json(text, origin, builder.reading.origins, unheard, parsed)) {
            configuration = Reader(parsed, builder.reading, configuration->path());
        } else {
            configuration->complain(Rule::not_json,
                                    fmt::format("{} is a text that is not JSON", configuration->title()),
                                    "write it as a map instead of a text");
            configuration.reset();
        }
    }
    if (configuration && configuration->expect_map()) addon.configuration = configuration;
    builder.addons.push_back(std::move(addon));
}

// Nodes that come from elsewhere than from node groups are not simulated yet. These sections are legal in files that
// must load, so they are warned about; what they say is listed as ignored.
void warn_about_other_nodes(const Reader& cluster) {
    if (const auto at = cluster.member("fargateProfiles"); at && at->is_list() && !at->value().items.empty()) {
        at->warn(Rule::nodes_not_modelled,
                 "pods on Fargate are not modelled yet; they are scheduled to the node groups");
    }
    if (const auto at = cluster.member("karpenter")) {
        at->warn(Rule::nodes_not_modelled,
                 "what Karpenter launches is said by its NodePools and EC2NodeClasses, which belong under manifests");
    }
    if (const auto at = cluster.member("autoModeConfig")) {
        const JsonValue* enabled = at->value().find("enabled");
        if (enabled != nullptr && enabled->boolean)
            at->warn(Rule::nodes_not_modelled, "nodes that Auto Mode would add are not modelled yet");
    }
}

}  // namespace

void lay_over_eksctl_file(JsonValue& document, Reading& reading) {
    JsonValue* cluster = document.find("cluster");
    if (cluster == nullptr || cluster->kind != JsonKind::map) return;
    const JsonValue* from = cluster->find("from");
    if (from == nullptr || from->kind == JsonKind::null) return;
    const Reader at(*from, reading, "cluster.from");
    if (from->kind == JsonKind::text) {
        at.complain(Rule::wrong_type,
                    fmt::format("cluster.from names the file \"{}\", which has not been read in", from->text),
                    "`ekssim resolve` makes the document that can be loaded here");
        cluster->erase("from");
        return;
    }
    if (!at.expect_map()) {
        cluster->erase("from");
        return;
    }
    const JsonValue* kind = from->find("kind");
    if (kind != nullptr && kind->text != "ClusterConfig") {
        at.complain(Rule::wrong_kind, fmt::format("cluster.from is of kind {}, not ClusterConfig", shown(*kind)),
                    "it takes a file of eksctl");
    }
    JsonValue under = *from;
    JsonValue over = *cluster;
    over.erase("from");
    *cluster = laid_over(std::move(under), over);
}

bool read_cluster_metadata(const Reader& cluster, ScenarioBuilder& builder) {
    check_eksctl_fields(cluster, keys::cluster, keys::cluster_ignored);
    if (const auto kind = cluster.member("kind"); kind && kind->is_text()) {
        kind->mark_used();
        if (kind->value().text != "ClusterConfig")
            kind->complain(Rule::wrong_kind,
                           fmt::format("{} is {}, not ClusterConfig", kind->title(), shown(kind->value())));
    }
    if (const auto version = cluster.member("apiVersion"); version && version->is_text()) {
        version->mark_used();
        if (!version->value().text.starts_with("eksctl.io/")) {
            version->complain(Rule::wrong_api_version, fmt::format("{} is {}, not eksctl.io/v1alpha5", version->title(),
                                                                   shown(version->value())));
        }
    }
    if (const auto network = cluster.member("kubernetesNetworkConfig"); network && network->expect_map()) {
        if (const auto family = network->member("ipFamily")) builder.is_ipv6 = family->one_of({"IPv4", "IPv6"}) == 1U;
    }
    Spec& spec = builder.spec;
    spec.cluster_name = "cluster";
    const auto metadata = cluster.required("metadata");
    if (!metadata || !metadata->expect_map()) return false;
    check_eksctl_fields(*metadata, keys::cluster_metadata, keys::cluster_metadata_ignored);
    if (const auto name = metadata->text("name")) spec.cluster_name = *name;
    if (const auto version = metadata->member("version"))
        read_version(*version, builder);
    else
        builder.assume("cluster.metadata.version", fmt::format("1.{}", spec.kubernetes.minor),
                       "the newest version whose rules are all from its sources");
    const std::int32_t minor = spec.kubernetes.minor;
    if (!spec.kubernetes.is_2018() && minor != KubernetesVersion{}.minor)
        builder.assume(fmt::format("what no rule tells apart in Kubernetes 1.{}", minor),
                       fmt::format("as in 1.{}", KubernetesVersion{}.minor), versions_told_apart_by);
    const auto region = metadata->required("region");
    return region && read_region(*region, builder);
}

void read_cluster(const Reader& cluster, ScenarioBuilder& builder) {
    read_subnets(cluster, builder);
    read_outside_networks(cluster, builder);
    read_data_path(cluster, builder);
    read_node_groups(cluster, builder.subnets, builder);
    for (const Reader& entry : cluster.items("addons")) read_addon(entry, builder);
    warn_about_other_nodes(cluster);

    std::int64_t nodes = 0;
    for (const NodeGroup& group : builder.spec.node_groups) nodes += group.desired;
    if (nodes == 0 && !builder.reading.diagnostics.has_errors()) {
        cluster.warn(Rule::no_node_source, "the cluster has no node at the start",
                     "add managedNodeGroups, or a desiredCapacity");
    }
}

}  // namespace eks
