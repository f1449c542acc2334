#include "models/scenario/kubernetes/goldilocks.hpp"

#include "models/scenario/kubernetes/vertical_autoscalers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace eks {

namespace {

constexpr std::string_view enabled_label = "goldilocks.fairwinds.com/enabled";
constexpr std::string_view mode_key = "goldilocks.fairwinds.com/vpa-update-mode";

std::optional<Reader> metadata_entry(const Reader& object, std::string_view list, std::string_view key) {
    const auto metadata = object.member("metadata");
    const auto entries = metadata && metadata->is_map() ? metadata->member(list) : std::nullopt;
    return entries && entries->is_map() ? entries->member(key) : std::nullopt;
}

// As Go's strconv.ParseBool has it.
bool says_true(std::string_view text) {
    constexpr std::array<std::string_view, 6> words{"1", "t", "T", "true", "TRUE", "True"};
    return std::ranges::find(words, text) != words.end();
}

// The annotation comes before the label. "off", "OFF" and "Off" are the same to it, and any other word is taken as it
// comes, which the API server refuses if there is no such mode.
std::optional<Reader> mode_of(const Reader& object) {
    if (auto annotation = metadata_entry(object, "annotations", mode_key)) return annotation;
    return metadata_entry(object, "labels", mode_key);
}

std::string with_capital(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

bool is_mode(std::string_view mode) {
    constexpr std::array<std::string_view, 4> modes{"Off", "Initial", "Recreate", "Auto"};
    return std::ranges::find(modes, mode) != modes.end();
}

bool is_watched(const Spec& spec, WorkloadIx workload) {
    return std::ranges::any_of(spec.pod_scaling.vertical,
                               [&](const VerticalScaler& scaler) { return scaler.target == workload; });
}

// It goes by whoever stands above the pods, and leaves out those without anybody. What Jobs KEDA makes of a ScaledJob
// no VerticalPodAutoscaler knows here.
bool can_be_target(const Workload& workload) {
    return workload.kind != WorkloadKind::pod && workload.kind != WorkloadKind::scaled_job;
}

std::string_view api_version_of(const Workload& workload) {
    return workload.kind == WorkloadKind::job || workload.kind == WorkloadKind::cron_job ? "batch/v1" : "apps/v1";
}

class NamespaceReading {
  public:
    NamespaceReading(const Reader& object, const Admission& admission, ScenarioBuilder& builder)
        : object_(object), admission_(admission), builder_(builder) {}

    void read(const std::string& name) {
        const auto enabled = metadata_entry(object_, "labels", enabled_label);
        if (!enabled) return;
        const auto word = enabled->scalar_as_text();
        if (!word || !says_true(*word)) return;
        origin_ = enabled->value().origin;
        const auto own_mode = mode_of(object_);
        for (std::size_t i = 0; i < builder_.spec.workloads.size(); ++i) {
            const WorkloadIx workload = WorkloadIx::of(i);
            const Workload& w = builder_.spec[workload];
            if (w.namespace_name != name || !can_be_target(w) || is_watched(builder_.spec, workload)) continue;
            const auto its_mode = mode_of(builder_.object_of(workload));
            add(workload, its_mode ? its_mode : own_mode);
        }
    }

  private:
    void add(WorkloadIx workload, const std::optional<Reader>& mode_at) {
        std::string mode = "Off";
        if (mode_at) {
            const auto text = mode_at->text();
            if (!text) return;
            mode = with_capital(*text);
        }
        const Workload w = builder_.spec[workload];
        const std::string name = "goldilocks-" + w.name;
        if (!is_mode(mode)) {
            mode_at->warn(Rule::unused_setting,
                          fmt::format("{} is {}, so that Goldilocks asks for updateMode {}, which no "
                                      "VerticalPodAutoscaler has: {} gets none",
                                      mode_key, shown(mode_at->value()), mode, builder_.title_of(workload)),
                          "write off, initial, recreate or auto");
            return;
        }
        const JsonValue& object = builder_.kept.emplace_back(made(w, name, mode));
        const Reader reader(object, builder_.reading, {},
                            fmt::format("VerticalPodAutoscaler/{}/{}", w.namespace_name, name));
        read_vertical_autoscaler(reader, w.namespace_name, name, admission_, builder_);
    }

    JsonValue text(std::string value) const { return JsonValue::of_text(std::move(value), origin_); }

    JsonValue made(const Workload& w, const std::string& name, const std::string& mode) const {
        JsonValue object = JsonValue::of_map(origin_);
        object.member("apiVersion") = text("autoscaling.k8s.io/v1");
        object.member("kind") = text("VerticalPodAutoscaler");
        JsonValue metadata = JsonValue::of_map(origin_);
        metadata.member("name") = text(name);
        metadata.member("namespace") = text(w.namespace_name);
        object.member("metadata") = std::move(metadata);
        JsonValue target = JsonValue::of_map(origin_);
        target.member("apiVersion") = text(std::string(api_version_of(w)));
        target.member("kind") = text(kind_name(w.kind));
        target.member("name") = text(w.name);
        JsonValue policy = JsonValue::of_map(origin_);
        policy.member("updateMode") = text(mode);
        JsonValue spec = JsonValue::of_map(origin_);
        spec.member("targetRef") = std::move(target);
        spec.member("updatePolicy") = std::move(policy);
        object.member("spec") = std::move(spec);
        return object;
    }

    Reader object_;
    const Admission& admission_;
    ScenarioBuilder& builder_;
    OriginIx origin_ = 0;
};

}  // namespace

void add_goldilocks_scalers(const KubernetesObjects& objects, const Admission& admission, ScenarioBuilder& builder) {
    for (const KubernetesObject& object : objects.all()) {
        if (object.known == nullptr || object.known->role != ObjectRole::namespaces) continue;
        NamespaceReading(objects.reader_of(object), admission, builder).read(object.name);
    }
}

}  // namespace eks
