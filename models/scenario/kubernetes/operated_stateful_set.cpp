#include "models/scenario/kubernetes/operated_stateful_set.hpp"

#include "libsim/check.hpp"
#include "models/scenario/strategic_merge.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace eks {
namespace {

// The parts that no object says otherwise.
constexpr std::string_view prometheus_skeleton = R"json({
  "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {},
  "spec": {
    "serviceName": "prometheus-operated", "podManagementPolicy": "Parallel", "replicas": 1,
    "selector": {"matchLabels": {}}, "volumeClaimTemplates": [],
    "template": {
      "metadata": {"labels": {}},
      "spec": {
        "terminationGracePeriodSeconds": 600,
        "volumes": [],
        "initContainers": [{"name": "init-config-reloader"}],
        "containers": [
          {"name": "prometheus",
           "startupProbe": {"httpGet": {"path": "/-/ready", "port": "web"}, "timeoutSeconds": 3, "periodSeconds": 15, "failureThreshold": 60},
           "readinessProbe": {"httpGet": {"path": "/-/ready", "port": "web"}, "timeoutSeconds": 3, "periodSeconds": 5, "failureThreshold": 3},
           "livenessProbe": {"httpGet": {"path": "/-/healthy", "port": "web"}, "timeoutSeconds": 3, "periodSeconds": 5, "failureThreshold": 6}},
          {"name": "config-reloader"}]
      }
    }
  }
})json";

constexpr std::string_view alertmanager_skeleton = R"json({
  "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {},
  "spec": {
    "serviceName": "alertmanager-operated", "podManagementPolicy": "Parallel", "replicas": 1,
    "selector": {"matchLabels": {}}, "volumeClaimTemplates": [],
    "template": {
      "metadata": {"labels": {}},
      "spec": {
        "terminationGracePeriodSeconds": 120,
        "volumes": [],
        "initContainers": [{"name": "init-config-reloader"}],
        "containers": [
          {"name": "alertmanager", "resources": {"requests": {"memory": "200Mi"}},
           "readinessProbe": {"httpGet": {"path": "/-/ready", "port": "web"}, "initialDelaySeconds": 3, "timeoutSeconds": 3, "periodSeconds": 5, "failureThreshold": 10},
           "livenessProbe": {"httpGet": {"path": "/-/healthy", "port": "web"}, "timeoutSeconds": 3, "failureThreshold": 10}},
          {"name": "config-reloader"}]
      }
    }
  }
})json";

// Fields that go from the object's spec to that of the pods, or of the StatefulSet, as they are.
constexpr std::array<std::string_view, 15> fields_of_pods{"nodeSelector",
                                                          "tolerations",
                                                          "affinity",
                                                          "topologySpreadConstraints",
                                                          "hostNetwork",
                                                          "hostAliases",
                                                          "hostUsers",
                                                          "serviceAccountName",
                                                          "securityContext",
                                                          "dnsPolicy",
                                                          "dnsConfig",
                                                          "imagePullSecrets",
                                                          "schedulerName",
                                                          "priorityClassName",
                                                          "terminationGracePeriodSeconds"};
constexpr std::array<std::string_view, 4> fields_of_set{"replicas", "minReadySeconds", "podManagementPolicy",
                                                        "updateStrategy"};

JsonValue unread(const JsonValue& value) {
    JsonValue copy = value;
    const auto forget = [](JsonValue& at, const auto& self) -> void {
        at.used = false;
        for (JsonValue& item : at.items) self(item, self);
        for (JsonMember& member : at.members) self(member.value, self);
    };
    forget(copy, forget);
    return copy;
}

const JsonValue* find_text(const JsonValue& map, std::string_view key) {
    const JsonValue* value = map.find(key);
    return value != nullptr && value->kind == JsonKind::text && !value->text.empty() ? value : nullptr;
}

class Making {
  public:
    Making(const KubernetesObject& object, const Reader& reader, const OperatorFlags& flags, OriginIx skeletons,
           ScenarioBuilder& builder)
        : object_(object),
          reader_(reader),
          flags_(flags),
          origin_(skeletons),
          builder_(builder),
          is_prometheus_(object.kind == "Prometheus") {}

    // Of one shard.
    JsonValue make(const std::string& name, std::int64_t shard) {
        JsonValue made;
        const bool is_read = parse_json(is_prometheus_ ? prometheus_skeleton : alertmanager_skeleton, origin_,
                                        builder_.reading.origins, builder_.reading.diagnostics, made);
        CHECK(is_read, "what the operator makes must be JSON");
        made.member("metadata").member("name") = text(name);
        made.member("metadata").member("namespace") = text(object_.namespace_name);
        const JsonValue& from = reader_.member("spec")->value();
        JsonValue& spec = made.member("spec");
        for (const std::string_view key : fields_of_set) take(from, key, spec, key);
        JsonValue& pods = spec.member("template").member("spec");
        for (const std::string_view key : fields_of_pods) take(from, key, pods, key);
        const JsonValue* of_host = pods.find("hostNetwork");
        if (of_host != nullptr && of_host->kind == JsonKind::boolean && of_host->boolean &&
            find_text(pods, "dnsPolicy") == nullptr)
            pods.member("dnsPolicy") = text("ClusterFirstWithHostNet");
        take_metadata(from, spec, shard);
        take_storage(from, spec, pods);
        fill_containers(from, pods);
        merge_containers(from, made);
        return made;
    }

  private:
    JsonValue text(std::string value) const { return JsonValue::of_text(std::move(value), origin_); }
    std::string_view own_container() const { return is_prometheus_ ? "prometheus" : "alertmanager"; }

    static void take(const JsonValue& from, std::string_view key, JsonValue& to, std::string_view as) {
        const JsonValue* value = from.find(key);
        if (value != nullptr && value->kind != JsonKind::null) to.member(as) = unread(*value);
    }

    // The labels of podMetadata, under the operator's own, by which it selects.
    void take_metadata(const JsonValue& from, JsonValue& spec, std::int64_t shard) const {
        JsonValue& metadata = spec.member("template").member("metadata");
        if (const JsonValue* said = from.find("podMetadata"); said != nullptr && said->kind == JsonKind::map) {
            take(*said, "labels", metadata, "labels");
            take(*said, "annotations", metadata, "annotations");
        }
        if (metadata.member("labels").kind != JsonKind::map) metadata.member("labels") = JsonValue::of_map(origin_);
        const auto label = [&](std::string_view key, const std::string& value) {
            metadata.member("labels").member(key) = text(value);
            spec.member("selector").member("matchLabels").member(key) = text(value);
        };
        label("app.kubernetes.io/name", std::string(own_container()));
        label("app.kubernetes.io/managed-by", "prometheus-operator");
        label("app.kubernetes.io/instance", object_.name);
        label(own_container(), object_.name);
        if (!is_prometheus_) return;
        label("operator.prometheus.io/name", object_.name);
        label("operator.prometheus.io/shard", std::to_string(shard));
    }

    // Without a word a volume that ends with the pod; storage that says no other kind is a claim.
    void take_storage(const JsonValue& from, JsonValue& spec, JsonValue& pods) const {
        const std::string name = fmt::format("{}-{}-db", own_container(), object_.name);
        const JsonValue* storage = from.find("storage");
        const auto part = [&](std::string_view key) {
            const JsonValue* value =
                storage != nullptr && storage->kind == JsonKind::map ? storage->find(key) : nullptr;
            return value != nullptr && value->kind == JsonKind::map ? value : nullptr;
        };
        JsonValue volume = JsonValue::of_map(origin_);
        volume.member("name") = text(name);
        if (part("emptyDir") != nullptr) {
            take(*storage, "emptyDir", volume, "emptyDir");
        } else if (part("ephemeral") != nullptr) {
            take(*storage, "ephemeral", volume, "ephemeral");
        } else if (storage != nullptr && storage->kind == JsonKind::map) {
            const JsonValue* claim = part("volumeClaimTemplate");
            storage->used = storage->used || storage->members.empty();
            JsonValue made = claim != nullptr ? unread(*claim) : JsonValue::of_map(origin_);
            if (made.member("spec").kind != JsonKind::map) made.member("spec") = JsonValue::of_map(origin_);
            if (made.member("metadata").kind != JsonKind::map) made.member("metadata") = JsonValue::of_map(origin_);
            if (find_text(made.member("metadata"), "name") == nullptr)
                made.member("metadata").member("name") = text(name);
            spec.member("volumeClaimTemplates").items.push_back(std::move(made));
            volume = {};
        } else {
            volume.member("emptyDir") = JsonValue::of_map(origin_);
        }
        JsonValue& volumes = pods.member("volumes");
        if (volume.kind == JsonKind::map) volumes.items.push_back(std::move(volume));
        if (const JsonValue* more = from.find("volumes"); more != nullptr && more->kind == JsonKind::list) {
            for (const JsonValue& one : more->items) volumes.items.push_back(unread(one));
        }
    }

    // The image that is named, or that of a version.
    JsonValue image_of(const JsonValue& from, std::string_view repository, std::string_view otherwise) const {
        if (const JsonValue* image = find_text(from, "image")) return unread(*image);
        const JsonValue* version = find_text(from, "version");
        if (version == nullptr) return text(fmt::format("{}:{}", repository, otherwise));
        version->used = true;
        return text(fmt::format("{}:{}{}", repository, version->text.starts_with('v') ? "" : "v", version->text));
    }

    JsonValue reloader_resources() const {
        JsonValue resources = JsonValue::of_map(origin_);
        const auto set = [&](std::string_view list, std::string_view resource, const std::string& amount) {
            if (amount == "0") return;  // as the flags have it
            JsonValue& amounts = resources.member(list);
            if (amounts.kind != JsonKind::map) amounts = JsonValue::of_map(origin_);
            amounts.member(resource) = text(amount);
        };
        set("requests", "cpu", flags_.cpu_request);
        set("requests", "memory", flags_.memory_request);
        set("limits", "cpu", flags_.cpu_limit);
        set("limits", "memory", flags_.memory_limit);
        return resources;
    }

    void fill_containers(const JsonValue& from, JsonValue& pods) const {
        JsonValue& own = pods.member("containers").items.front();
        own.member("image") = is_prometheus_ ? image_of(from, flags_.prometheus_repository, "v3.5.0")
                                             : image_of(from, flags_.alertmanager_repository, "v0.28.1");
        take(from, "imagePullPolicy", own, "imagePullPolicy");
        take_resources(from, own);
        for (JsonValue* reloader :
             {&pods.member("containers").items.back(), &pods.member("initContainers").items.front()}) {
            reloader->member("image") = text(flags_.reloader_image);
            take(from, "imagePullPolicy", *reloader, "imagePullPolicy");
            reloader->member("resources") = reloader_resources();
        }
        const JsonValue* thanos = from.find("thanos");
        if (!is_prometheus_ || thanos == nullptr || thanos->kind != JsonKind::map) return;
        JsonValue sidecar = JsonValue::of_map(origin_);
        sidecar.member("name") = text("thanos-sidecar");
        sidecar.member("image") = image_of(*thanos, flags_.thanos_repository, "v0.39.2");
        take(from, "imagePullPolicy", sidecar, "imagePullPolicy");
        take(*thanos, "resources", sidecar, "resources");
        pods.member("containers").items.push_back(std::move(sidecar));
    }

    // Alertmanager's memory has a default, whatever else is requested.
    void take_resources(const JsonValue& from, JsonValue& own) const {
        const JsonValue* said = from.find("resources");
        if (said == nullptr || said->kind != JsonKind::map) return;
        JsonValue resources = unread(*said);
        if (!is_prometheus_) {
            JsonValue& requests = resources.member("requests");
            if (requests.kind == JsonKind::null) requests = JsonValue::of_map(origin_);
            if (requests.kind == JsonKind::map && requests.find("memory") == nullptr)
                requests.member("memory") = text("200Mi");
        }
        own.member("resources") = std::move(resources);
    }

    // Containers of the object's own: laid over the operator's where the name is the same.
    void merge_containers(const JsonValue& from, JsonValue& made) const {
        for (const std::string_view list : {"containers", "initContainers"}) {
            const JsonValue* own = from.find(list);
            if (own == nullptr || own->kind != JsonKind::list || own->items.empty()) continue;
            JsonValue patch = JsonValue::of_map(own->origin);
            JsonValue pods = JsonValue::of_map(own->origin);
            pods.member(list) = unread(*own);
            JsonValue pod_template = JsonValue::of_map(own->origin);
            pod_template.member("spec") = std::move(pods);
            JsonValue spec = JsonValue::of_map(own->origin);
            spec.member("template") = std::move(pod_template);
            patch.member("spec") = std::move(spec);
            static_cast<void>(apply_strategic_merge(made, Reader(patch, builder_.reading, {}, object_.title),
                                                    "StatefulSet", ListMerge::by_key));
        }
    }

    const KubernetesObject& object_;
    const Reader& reader_;
    const OperatorFlags& flags_;
    OriginIx origin_;
    ScenarioBuilder& builder_;
    bool is_prometheus_;
};

}  // namespace

JsonValue stateful_set_of(const KubernetesObject& object, const Reader& reader, const OperatorFlags& flags,
                          OriginIx skeletons, const std::string& name, std::int64_t shard, ScenarioBuilder& builder) {
    return Making(object, reader, flags, skeletons, builder).make(name, shard);
}

}  // namespace eks
