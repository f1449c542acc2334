#include "models/scenario/kubernetes/operated_workloads.hpp"

#include "models/scenario/kubernetes/container_flags.hpp"
#include "models/scenario/kubernetes/operated_stateful_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks {
namespace {

constexpr std::int64_t most_shards = 1000;

// The last part of an image's name, without its tag or digest.
std::string_view image_repository(std::string_view image) {
    image = image.substr(0, image.find('@'));
    const std::size_t slash = image.rfind('/');
    if (slash != std::string_view::npos) image.remove_prefix(slash + 1);
    return image.substr(0, image.find(':'));
}

// Its image where the object is the operator.
std::optional<std::string> operator_in(const Reader& object) {
    const auto pod_spec = pod_spec_in(object, WorkloadKind::deployment);
    const JsonValue* containers = pod_spec ? pod_spec->value().find("containers") : nullptr;
    if (containers == nullptr) return std::nullopt;
    for (const JsonValue& container : containers->items) {
        const JsonValue* image = container.find("image");
        if (image != nullptr && image_repository(image->text) == "prometheus-operator") return image->text;
    }
    return std::nullopt;
}

std::optional<OperatorFlags> read_operator(const KubernetesObjects& objects) {
    for (const KubernetesObject& object : objects.all()) {
        if (object.kind != "Deployment" || object.known == nullptr) continue;
        const Reader reader = objects.reader_of(object);
        const auto image = operator_in(reader);
        if (!image) continue;
        OperatorFlags settings;
        const std::array<std::pair<std::string_view, std::string*>, 8> flags{
            {{"prometheus-default-base-image", &settings.prometheus_repository},
             {"alertmanager-default-base-image", &settings.alertmanager_repository},
             {"thanos-default-base-image", &settings.thanos_repository},
             {"prometheus-config-reloader", &settings.reloader_image},
             {"config-reloader-cpu-request", &settings.cpu_request},
             {"config-reloader-cpu-limit", &settings.cpu_limit},
             {"config-reloader-memory-request", &settings.memory_request},
             {"config-reloader-memory-limit", &settings.memory_limit}}};
        for (const ContainerFlag& flag : flags_of_containers(reader, WorkloadKind::deployment, *image)) {
            const auto known =
                std::ranges::find(flags, std::string_view(flag.name), [](const auto& entry) { return entry.first; });
            if (known != flags.end() && flag.value)
                *known->second = *flag.value;
            else
                flag.at.mark_ignored();
        }
        return settings;
    }
    return std::nullopt;
}

std::int64_t shards_of(const Reader& spec, bool is_prometheus) {
    if (!is_prometheus) return 1;
    return std::max<std::int64_t>(spec.integer("shards", 0, most_shards).value_or(1), 1);
}

// Where there is one of the name that it would make.
void say_who_wins(const KubernetesObjects& objects, const KubernetesObject& object, const std::string& name,
                  ScenarioBuilder& builder) {
    const std::string title = fmt::format("StatefulSet/{}/{}", object.namespace_name, name);
    const auto position = objects.find(title);
    if (!position) return;
    const KubernetesObject& there = objects.all()[*position];
    if (there.made_of == nullptr)
        return builder.assume(title, "as the manifests have it",
                              fmt::format("not as the operator would make it of {}", object.title));
    objects.reader_of(object).warn(
        Rule::object_replaced, fmt::format("{}: {} is also made of another object, which counts", object.title, title),
        "the operator would change it back and forth; give one of the two another name");
}

void collect_read(const JsonValue& value, std::set<OriginIx>& origins) {
    if (value.used && value.origin != 0) origins.insert(value.origin);
    for (const JsonValue& item : value.items) collect_read(item, origins);
    for (const JsonMember& member : value.members) collect_read(member.value, origins);
}

void mark_read(const JsonValue& value, const std::set<OriginIx>& origins) {
    if (value.is_leaf() && origins.contains(value.origin)) value.used = true;
    for (const JsonValue& item : value.items) mark_read(item, origins);
    for (const JsonMember& member : value.members) mark_read(member.value, origins);
}

}  // namespace

void add_operated_workloads(KubernetesObjects& objects, ScenarioBuilder& builder) {
    std::vector<KubernetesObject> operated;
    for (const KubernetesObject& object : objects.all()) {
        if (object.known != nullptr && object.known->role == ObjectRole::operated_workload) operated.push_back(object);
    }
    if (operated.empty()) return;
    const auto found = read_operator(objects);
    const OperatorFlags flags = found.value_or(OperatorFlags{});
    const OriginIx skeletons = builder.reading.origins.add_source("<Prometheus operator>");
    if (!found)
        objects.reader_of(operated.front())
            .warn(Rule::no_prometheus_operator,
                  fmt::format("{}: the operator that makes a StatefulSet of it is not among the manifests",
                              operated.front().title),
                  "add the Deployment prometheus-operator; here it is made all the same");
    for (const KubernetesObject& object : operated) {
        const Reader reader = objects.reader_of(object);
        const auto spec = reader.required("spec");
        if (!spec || !spec->expect_map()) continue;
        const bool is_prometheus = object.kind == "Prometheus";
        if (spec->boolean("paused").value_or(false))
            spec->member("paused")->warn(
                Rule::unused_setting,
                fmt::format("{} is paused, so that the operator leaves its StatefulSet alone", object.title),
                "here it is made as the object has it all the same");
        OperatedPrometheus prometheus{object.title, object.namespace_name, {}, reader};
        const std::int64_t shards = shards_of(*spec, is_prometheus);
        for (std::int64_t shard = 0; shard < shards; ++shard) {
            std::string name = fmt::format("{}-{}", is_prometheus ? "prometheus" : "alertmanager", object.name);
            if (shard > 0) name += fmt::format("-shard-{}", shard);
            say_who_wins(objects, object, name, builder);
            const JsonValue& made =
                builder.kept.emplace_back(stateful_set_of(object, reader, flags, skeletons, name, shard, builder));
            objects.add_made(Reader(made, builder.reading), *object.value);
            prometheus.stateful_sets.push_back(std::move(name));
        }
        if (is_prometheus) builder.prometheuses.push_back(std::move(prometheus));
    }
}

void mark_what_they_are_made_of(const KubernetesObjects& objects) {
    for (const KubernetesObject& object : objects.all()) {
        if (object.made_of == nullptr) continue;
        std::set<OriginIx> origins;
        collect_read(*object.value, origins);
        mark_read(*object.made_of, origins);
        // What is left of it is listed with what it is made of.
        objects.reader_of(object).mark_used();
    }
}

}  // namespace eks
