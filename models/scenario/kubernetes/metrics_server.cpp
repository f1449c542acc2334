#include "models/scenario/kubernetes/metrics_server.hpp"

#include "libsim/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace eks {
namespace {

constexpr std::string_view image_of_server = "metrics-server";
constexpr std::string_view image_of_keda = "keda";  // kedacore/keda, as opposed to keda-metrics-apiserver

// The last part of an image's name, without its tag or digest.
std::string_view repository_of(std::string_view image) {
    image = image.substr(0, image.find('@'));
    const std::size_t slash = image.rfind('/');
    if (slash != std::string_view::npos) image.remove_prefix(slash + 1);
    return image.substr(0, image.find(':'));
}

bool runs_image(const Spec& spec, WorkloadIx workload, std::string_view repository) {
    return std::ranges::any_of(spec.template_of(workload).containers, [&](const ContainerSpec& container) {
        return container.image && repository_of(spec.images[container.image.value].name) == repository;
    });
}

// "--metric-resolution=15s" among the container's command and arguments.
std::optional<Reader> flag_of(const Reader& deployment, std::string_view flag) {
    std::optional<Reader> at = deployment;
    for (const std::string_view key : {"spec", "template", "spec"}) {
        at = at->is_map() ? at->member(key) : std::nullopt;
        if (!at) return std::nullopt;
    }
    for (const Reader& container : at->items("containers")) {
        if (!container.is_map()) continue;
        for (const std::string_view list : {"command", "args"}) {
            for (const Reader& argument : container.items(list)) {
                if (argument.is_text() && argument.value().text.starts_with(flag)) return argument;
            }
        }
    }
    return std::nullopt;
}

void read_resolution(const Reader& deployment, MetricsServer& server) {
    constexpr std::string_view flag = "--metric-resolution=";
    constexpr sim::Duration least = sim::Duration::seconds(10);  // HPA-20
    const auto argument = flag_of(deployment, flag);
    if (!argument) return;
    argument->mark_used();
    const std::string text = argument->value().text.substr(flag.size());
    const auto resolution = sim::parse_duration(text);
    if (!resolution) {
        argument->complain(Rule::bad_duration, fmt::format("{} is {}, which is no duration", argument->title(), text),
                           "such as --metric-resolution=15s");
        return;
    }
    if (*resolution < least) {
        argument->complain(
            Rule::out_of_range,
            fmt::format("{}: metrics-server does not start with a resolution below 10s", argument->title()),
            "its manifests set 15s");
        return;
    }
    server.resolution = *resolution;
}

// As the EKS add-on installs it, as far as it is published: two replicas, and the resolution and requests of the
// project's manifests. Trust C.
constexpr std::string_view addon_object = R"json({
  "apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {"name": "metrics-server", "namespace": "kube-system", "labels": {"k8s-app": "metrics-server"}},
  "spec": {
    "replicas": 2,
    "selector": {"matchLabels": {"app.kubernetes.io/name": "metrics-server"}},
    "template": {
      "metadata": {"labels": {"app.kubernetes.io/name": "metrics-server"}},
      "spec": {
        "priorityClassName": "system-cluster-critical",
        "containers": [
          {"name": "metrics-server", "image": "eks/metrics-server:v0.8.0",
           "args": ["--secure-port=10251", "--metric-resolution=15s"],
           "readinessProbe": {"initialDelaySeconds": 20, "periodSeconds": 10},
           "resources": {"requests": {"cpu": "100m", "memory": "200Mi"}, "limits": {"memory": "400Mi"}}}]
      }
    }
  }
})json";

}  // namespace

void find_metrics_server(ScenarioBuilder& builder) {
    PodScaling& scaling = builder.spec.pod_scaling;
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx workload = WorkloadIx::of(i);
        if (builder.spec[workload].kind != WorkloadKind::deployment) continue;
        if (runs_image(builder.spec, workload, image_of_server)) {
            scaling.metrics_server.pods.push_back(workload);
            read_resolution(builder.object_of(workload), scaling.metrics_server);
        }
        if (runs_image(builder.spec, workload, image_of_keda)) scaling.keda.push_back(workload);
    }
}

JsonValue metrics_server_of_addon(Origins& origins, Diagnostics& diagnostics) {
    const OriginIx root = origins.add_source("<EKS add-on metrics-server>");
    JsonValue value;
    const bool is_read = parse_json(addon_object, root, origins, diagnostics, value);
    CHECK(is_read, "the object that the add-on installs must be JSON");
    return value;
}

}  // namespace eks
