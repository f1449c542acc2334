#include "models/scenario/scenario.hpp"

#include "models/catalog/max_pods.hpp"
#include "models/metrics/expectations.hpp"
#include "models/scenario/builder.hpp"
#include "models/scenario/contents.hpp"
#include "models/scenario/data_paths.hpp"
#include "models/scenario/document.hpp"
#include "models/scenario/identity.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/kubernetes/cilium.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/revisions.hpp"
#include "models/scenario/run_settings.hpp"
#include "models/scenario/start_things.hpp"
#include "models/scenario/timeline.hpp"
#include "models/spec/pod_addresses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace eks {

namespace {

constexpr std::string_view api_version = "ekssim.dev/v1alpha1";

void check_header(const Reader& document) {
    std::vector<std::string_view> known(keys::document.begin(), keys::document.end());
    known.insert(known.end(), keys::bookkeeping.begin(), keys::bookkeeping.end());
    document.refuse_unknown_members(known);
    if (const auto at = document.required("apiVersion")) {
        const auto text = at->scalar_as_text();
        if (text && *text != api_version)
            at->complain(Rule::wrong_api_version,
                         fmt::format("apiVersion is {}, not {}", shown(at->value()), api_version));
    }
    if (const auto at = document.required("kind")) {
        const auto text = at->scalar_as_text();
        if (text && *text != "Scenario") {
            at->complain(Rule::wrong_kind, fmt::format("kind is {}, not Scenario", shown(at->value())),
                         "Kubernetes objects belong under `manifests`");
        }
    }
}

void read_header(const Reader& document, Scenario& scenario) {
    scenario.name = "scenario";
    if (const auto at = document.member("metadata"); at && at->expect_map()) {
        at->refuse_unknown_members(keys::metadata);
        if (const auto name = at->text("name")) scenario.name = *name;
        if (const auto description = at->text("description")) scenario.description = *description;
    }
    if (const auto at = document.member("expectVerdict")) {
        if (const auto word = at->one_of({"pass", "fail"})) scenario.expects_failure = *word == 1;
    }
}

// Sizes to which Kubernetes is tested (SCALE-1), and from which on AWS asks to be talked to (SCALE-4).
constexpr std::int64_t nodes_tested = 5'000;
constexpr std::int64_t pods_tested = 150'000;
constexpr std::int64_t nodes_to_announce = 1'000;
constexpr std::int64_t pods_to_announce = 50'000;

void warn_about_size(const Reader& at, const ScenarioBuilder& builder, std::int64_t pods) {
    std::int64_t nodes = 0;
    for (const NodeGroup& group : builder.spec.node_groups) nodes += group.desired;
    if (nodes > nodes_tested || pods > pods_tested) {
        at.warn(
            Rule::beyond_tested_size,
            fmt::format("the cluster starts with {} nodes and {} pods; Kubernetes is tested with up to {} nodes and "
                        "{} pods",
                        nodes, pods, nodes_tested, pods_tested),
            "EKS goes further only by agreement; see whether several clusters would do");
    } else if (nodes > nodes_to_announce || pods > pods_to_announce) {
        at.warn(Rule::beyond_tested_size,
                fmt::format("the cluster starts with {} nodes and {} pods; from {} nodes or {} pods on AWS asks to be "
                            "told beforehand",
                            nodes, pods, nodes_to_announce, pods_to_announce),
                "look at assume.controlPlaneTier, which names the tiers of a provisioned control plane");
    }
}

void check_totals(const Reader& document, const ScenarioBuilder& builder) {
    std::int64_t pods = 0;
    for (const Workload& workload : builder.spec.workloads) {
        if (workload.kind == WorkloadKind::job)
            pods += workload.job.parallelism;
        else if (workload.kind != WorkloadKind::daemon_set && !makes_jobs(workload.kind))
            pods += workload.replicas;
    }
    const Reader at = document.member("manifests").value_or(document);
    if (pods > limits::pods_in_total) {
        at.complain(Rule::beyond_reason, fmt::format("the workloads ask for {} pods together; the limit is {}", pods,
                                                     limits::pods_in_total));
    }
    warn_about_size(at, builder, pods);
    const bool only_addons = std::all_of(builder.spec.workloads.begin(), builder.spec.workloads.end(),
                                         [](const Workload& w) { return w.is_addon; });
    if (only_addons) at.warn(Rule::no_pods, "the scenario has no workload beside what EKS installs", "add manifests");
}

// A pod too large for every node is no mistake of the file, but nobody writes it on purpose.
void warn_about_misfits(const ScenarioBuilder& builder) {
    const Spec& spec = builder.spec;
    if (spec.shapes.empty()) return;
    for (std::uint32_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx workload{i};
        bool matches_any = false;
        bool fits_any = false;
        for (std::uint32_t s = 0; s < spec.shapes.size(); ++s) {
            const TemplateOnShape& on_shape = spec.template_on_shape(spec[workload].pod_template, NodeShapeIx{s});
            const bool matches = on_shape.affinity_matches && on_shape.taints_tolerated;
            matches_any = matches_any || matches;
            fits_any = fits_any || (matches && on_shape.fits_empty_node);
        }
        const std::string title = builder.title_of(workload);
        const bool is_kept_off =
            (spec.cni_kind == CniKind::cilium_eni && title == "DaemonSet/kube-system/aws-node") ||
            (builder.spec.cilium.replaces_kube_proxy && title == "DaemonSet/kube-system/kube-proxy");
        if (fits_any || is_kept_off) continue;
        const std::string why = matches_any ? "its requests are larger than what any node it may run on offers"
                                            : "no node matches its node selector, affinity and tolerations";
        builder.object_of(workload).warn(
            Rule::pod_fits_no_node,
            fmt::format("a pod of {} fits no node of the cluster: {}", builder.title_of(workload), why));
    }
}

// The node group of this name as it was written.
Reader written_group(const Reader& cluster, std::string_view name) {
    for (const std::string_view key : {"nodeGroups", "managedNodeGroups"}) {
        for (const Reader& group : cluster.items(key)) {
            if (group.text("name") == name) return group;
        }
    }
    return cluster;
}

// IPAM-186: nobody else compares the two numbers.
void warn_about_missing_addresses(const Reader& cluster, const ScenarioBuilder& builder) {
    const Spec& spec = builder.spec;
    if (spec.nomad.runs) return;
    if (spec.cni.ipv6) return;  // IPAM-61: max-pods alone binds
    for (const NodeGroup& group : spec.node_groups) {
        const NodeShape* worst = nullptr;
        int worst_surplus = 0;
        for (const NodeShapeIx shape_ix : group.shapes) {
            const NodeShape& shape = spec[shape_ix];
            const int surplus = pods_without_address(shape.max_pods, addresses_for_pods(spec, shape));
            if (surplus <= worst_surplus) continue;
            worst = &shape;
            worst_surplus = surplus;
        }
        if (worst == nullptr) continue;
        written_group(cluster, group.name)
            .warn(
                Rule::pods_without_address,
                fmt::format("nodes of {} accept {} pods, but have addresses for {}; {} would wait in ContainerCreating",
                            group.name, worst->max_pods, addresses_for_pods(spec, *worst), worst_surplus),
                fmt::format("set maxPodsPerNode to {} or less, or use a type with more interfaces",
                            addresses_for_pods(spec, *worst) + host_network_daemons));
    }
}

void read_sections(const Reader& document, std::span<const OutsideChange> changes, ScenarioBuilder& builder,
                   Scenario& scenario) {
    check_header(document);
    read_header(document, scenario);

    read_contents(document, {}, builder);
    check_totals(document, builder);
    scenario.run = read_run(document, builder);
    scenario.windows = read_timeline(document, changes, scenario.run.duration, builder);
    settle_when_secrets_are_applied(builder);
    settle_later_balancers(document, builder);
    check_steady_calls(document, builder);
    scenario.expectations = read_expectations(document);
    if (const auto cluster = document.member("cluster")) finish_data_paths(*cluster, builder);
}

}  // namespace

sim::Result<Scenario, Complaints> load_scenario_json(std::string_view text, const LoadOptions& options) {
    Document document;
    Reading& reading = document.reading();
    const Catalog& catalog = options.catalog != nullptr ? *options.catalog : Catalog::builtin();
    if (!document.read(text, options)) return sim::failure(reading.diagnostics.errors());
    check_matrix(document);
    check_variants(document);

    ScenarioBuilder builder(reading, catalog);
    Scenario scenario;
    const Reader root(document.root(), reading);
    read_sections(root, document.changes(), builder, scenario);
    if (!reading.diagnostics.has_errors()) {
        complete(builder.spec);
        const auto cluster = root.member("cluster");
        if (cluster) settle_cni(*cluster, builder);
        complete_revisions(builder);
        warn_about_misfits(builder);
        if (cluster) warn_about_missing_addresses(*cluster, builder);
        if (cluster) warn_about_start_order(*cluster, builder);
        scenario.spec = std::make_shared<const Spec>(std::move(builder.spec));
    }
    // Also where there is no Spec, so that all mistakes of a file come out at once.
    for (Complaint& complaint : check_expectations(scenario)) reading.diagnostics.add(std::move(complaint));
    if (reading.diagnostics.has_errors()) return sim::failure(reading.diagnostics.errors());

    scenario.assumptions = std::move(builder.assumptions);
    scenario.ignored = std::move(builder.ignored);
    scenario.leaves = builder.leaves;
    scenario.warnings = reading.diagnostics.warnings();
    return scenario;
}

}  // namespace eks
