#include "models/scenario/kubernetes/karpenter_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eks {
namespace {

constexpr std::string_view image_of_karpenter = "karpenter/controller";

// By the name of the variable; flags and values of the chart are brought under it.
using Settings = std::map<std::string, Reader, std::less<>>;

bool is_karpenter(const Spec& spec, WorkloadIx workload) {
    return spec[workload].kind == WorkloadKind::deployment &&
           std::ranges::any_of(spec.template_of(workload).containers, [&](const ContainerSpec& container) {
               return container.image &&
                      spec.images[container.image.value].name.find(image_of_karpenter) != std::string::npos;
           });
}

// "1.14" of "public.ecr.aws/karpenter/controller:1.14.1@sha256:…", with or without a v.
std::optional<std::int32_t> minor_version_in(std::string_view text) {
    if (const std::size_t tag = text.find("controller:"); tag != std::string_view::npos) text.remove_prefix(tag + 11);
    if (text.starts_with('v')) text.remove_prefix(1);
    if (!text.starts_with("1.")) return std::nullopt;
    std::int32_t minor = 0;
    const auto [end, fault] = std::from_chars(text.data() + 2, text.data() + text.size(), minor);
    return fault == std::errc{} ? std::optional(minor) : std::nullopt;
}

// "--batch-max-duration" is BATCH_MAX_DURATION.
std::string variable_of_flag(std::string_view flag) {
    while (flag.starts_with('-')) flag.remove_prefix(1);
    std::string name(flag.substr(0, flag.find('=')));
    std::ranges::transform(name, name.begin(), [](char c) {
        return c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return name;
}

void add_container(const Reader& container, Settings& settings) {
    for (const Reader& variable : container.items("env")) {
        if (!variable.is_map()) continue;
        const JsonValue* name = variable.value().find("name");
        if (const auto value = variable.member("value"); value && name != nullptr)
            settings.insert_or_assign(name->text, *value);
    }
    for (const Reader& argument : container.items("args")) {
        if (argument.is_text() && argument.value().text.find('=') != std::string::npos)
            settings.insert_or_assign(variable_of_flag(argument.value().text), argument);
    }
}

Settings settings_of(const Reader& deployment) {
    Settings settings;
    std::optional<Reader> at = deployment;
    for (const std::string_view key : {"spec", "template", "spec"}) {
        at = at->is_map() ? at->member(key) : std::nullopt;
        if (!at) return settings;
    }
    for (const Reader& container : at->items("containers")) {
        if (container.is_map()) add_container(container, settings);
    }
    return settings;
}

std::optional<std::string> text_of(const Settings& settings, std::string_view variable) {
    const auto found = settings.find(variable);
    if (found == settings.end()) return std::nullopt;
    auto text = found->second.scalar_as_text();
    if (text && text->starts_with("--")) text = text->substr(std::min(text->find('=') + 1, text->size()));
    return text;
}

void complain(const Settings& settings, std::string_view variable, std::string_view wanted) {
    const Reader& at = settings.find(variable)->second;
    at.complain(Rule::bad_karpenter_setting,
                fmt::format("{}: {} is {}, where Karpenter takes {}", at.title(), variable, shown(at.value()), wanted));
}

void take_duration(const Settings& settings, std::string_view variable, sim::Duration& into) {
    const auto text = text_of(settings, variable);
    if (!text) return;
    if (const auto duration = sim::parse_duration(*text))
        into = *duration;
    else
        complain(settings, variable, "a duration such as 10s");
}

// Whether it is the first of two words.
void take_choice(const Settings& settings, std::string_view variable, std::string_view first, std::string_view second,
                 bool& is_first) {
    const auto text = text_of(settings, variable);
    if (!text) return;
    if (*text != first && *text != second) return complain(settings, variable, fmt::format("{} or {}", first, second));
    is_first = *text == first;
}

void take_gates(const Settings& settings, Karpenter& karpenter) {
    std::string_view gates;
    const auto text = text_of(settings, "FEATURE_GATES");
    if (text) gates = *text;
    while (!gates.empty()) {
        const std::string_view gate = gates.substr(0, gates.find(','));
        gates.remove_prefix(std::min(gate.size() + 1, gates.size()));
        if (gate.starts_with("SpotToSpotConsolidation=")) karpenter.spot_to_spot = gate.ends_with("=true");
    }
}

void take_sizing(const Settings& settings, KarpenterSizing& sizing) {
    constexpr std::int64_t whole_ppm = 1'000'000;
    if (const auto text = text_of(settings, "VM_MEMORY_OVERHEAD_PERCENT")) {
        // A share in spite of its name: 0.075 is 7.5 %.
        const ParsedQuantity share = parse_quantity(*text, QuantityUnit::nano);
        constexpr std::int64_t nano_per_ppm = 1'000;
        if (share.ok() && *share < whole_ppm * nano_per_ppm)
            sizing.memory_overhead_ppm = *share / nano_per_ppm;
        else
            complain(settings, "VM_MEMORY_OVERHEAD_PERCENT", "a share below 1, such as 0.075");
    }
    if (const auto text = text_of(settings, "RESERVED_ENIS")) {
        const ParsedQuantity enis = parse_quantity(*text, QuantityUnit::whole);
        constexpr std::int64_t most = 100;
        if (enis.ok() && *enis <= most)
            sizing.reserved_enis = static_cast<std::int32_t>(*enis);
        else
            complain(settings, "RESERVED_ENIS", "a whole number");
    }
}

// The names that the chart gives them, below `settings`.
constexpr std::pair<std::string_view, std::string_view> values_of_chart[] = {
    {"batchMaxDuration", "BATCH_MAX_DURATION"}, {"batchIdleDuration", "BATCH_IDLE_DURATION"},
    {"preferencePolicy", "PREFERENCE_POLICY"},  {"minValuesPolicy", "MIN_VALUES_POLICY"},
    {"reservedENIs", "RESERVED_ENIS"},          {"vmMemoryOverheadPercent", "VM_MEMORY_OVERHEAD_PERCENT"},
};

void add_chart_values(const Reader& values, Settings& settings, Karpenter& karpenter) {
    if (!values.expect_map()) return;
    if (const auto stated = values.member("settings"); stated && stated->expect_map()) {
        for (const auto& [value, variable] : values_of_chart) {
            if (const auto at = stated->member(value)) settings.insert_or_assign(std::string(variable), *at);
        }
        if (const auto gates = stated->member("featureGates"); gates && gates->expect_map())
            karpenter.spot_to_spot = gates->boolean("spotToSpotConsolidation").value_or(false);
    }
    std::optional<Reader> tag = values;
    for (const std::string_view key : {"controller", "image", "tag"}) {
        tag = tag->is_map() ? tag->member(key) : std::nullopt;
        if (!tag) return;
    }
    const auto text = tag->scalar_as_text();
    if (const auto minor = text ? minor_version_in(*text) : std::nullopt) karpenter.version_minor = *minor;
}

}  // namespace

KarpenterSizing read_karpenter_settings(ScenarioBuilder& builder) {
    Karpenter& karpenter = builder.spec.karpenter;
    Settings settings;
    for (const Reader& values : builder.karpenter_values) add_chart_values(values, settings, karpenter);
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx workload = WorkloadIx::of(i);
        if (!is_karpenter(builder.spec, workload)) continue;
        karpenter.pods = workload;
        for (const ContainerSpec& container : builder.spec.template_of(workload).containers) {
            const std::string& image = builder.spec.images[container.image.value].name;
            if (image.find(image_of_karpenter) == std::string::npos) continue;
            if (const auto minor = minor_version_in(image)) karpenter.version_minor = *minor;
        }
        settings = settings_of(builder.object_of(workload));
        break;
    }
    take_duration(settings, "BATCH_MAX_DURATION", karpenter.batch_longest);
    take_duration(settings, "BATCH_IDLE_DURATION", karpenter.batch_idle);
    take_choice(settings, "PREFERENCE_POLICY", "Respect", "Ignore", karpenter.respects_preferences);
    bool is_strict = true;
    take_choice(settings, "MIN_VALUES_POLICY", "Strict", "BestEffort", is_strict);
    karpenter.min_values_best_effort = !is_strict;
    take_gates(settings, karpenter);
    KarpenterSizing sizing;
    take_sizing(settings, sizing);
    return sizing;
}

}  // namespace eks
