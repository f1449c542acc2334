#include "models/scenario/kubelet_config.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace eks {

KubeletSettings kubelet_defaults(bool is_2018) {
    KubeletSettings settings;
    if (!is_2018) return settings;
    settings.parallel_pulls = 1;                // KUBELET-34
    settings.log_files_max = 0;                 // KUBELET-54
    settings.imagefs_available = {0, 150'000};
    return settings;
}

void read_eviction_threshold(const Reader& at, EvictionThreshold& threshold) {
    if (at.is_text() && at.value().text.ends_with('%')) {
        threshold = {0, at.share_ppm().value_or(0)};
    } else {
        threshold = {at.quantity(QuantityUnit::whole).value_or(0), 0};
    }
}

namespace {

constexpr std::array<std::string_view, eviction_signal_count> signal_names{"memory.available", "nodefs.available",
                                                                           "imagefs.available"};

template <class F>
void for_each_signal(const Reader& config, std::string_view key, F&& visit) {
    const auto map = config.member(key);
    if (!map || !map->expect_map()) return;
    for (std::size_t i = 0; i < eviction_signal_count; ++i) {
        if (const auto at = map->member(signal_names[i])) visit(i, *at);
    }
}

// As the kubelet demands (pkg/kubelet/eviction/helpers.go, parseThresholdStatements): each soft threshold has a grace.
void read_soft_eviction(const Reader& config, KubeletSettings& settings) {
    std::array<bool, eviction_signal_count> has_grace{};
    for_each_signal(config, "evictionSoftGracePeriod", [&](std::size_t i, const Reader& at) {
        if (const auto grace = at.duration()) settings.soft[i].grace = *grace;
        has_grace[i] = true;
    });
    for_each_signal(config, "evictionSoft", [&](std::size_t i, const Reader& at) {
        read_eviction_threshold(at, settings.soft[i].bound);
        if (has_grace[i]) return;
        at.complain(Rule::missing_field,
                    fmt::format("{}: the soft threshold for {} has no grace period", at.title(), signal_names[i]),
                    fmt::format("add evictionSoftGracePeriod: {{{}: 90s}}", signal_names[i]));
    });
    for_each_signal(config, "evictionMinimumReclaim",
                    [&](std::size_t i, const Reader& at) { read_eviction_threshold(at, settings.minimum_reclaim[i]); });
    constexpr std::int64_t longest_seconds = 1'000'000;
    if (const auto seconds = config.integer("evictionMaxPodGracePeriod", 0, longest_seconds))
        settings.soft_grace_most = sim::Duration::seconds(*seconds);
}

}  // namespace

void read_kubelet_settings(const Reader& config, KubeletSettings& settings) {
    constexpr std::int64_t most = 1'000'000;
    const auto take = [&](std::string_view key, std::int64_t low, std::int64_t high, std::int32_t& target) {
        if (const auto value = config.integer(key, low, high)) target = static_cast<std::int32_t>(*value);
    };
    if (const auto serial = config.boolean("serializeImagePulls")) settings.parallel_pulls = *serial ? 1 : 0;
    if (const auto at = config.member("maxParallelImagePulls")) {
        const auto number = at->integer(1, most);
        // Kubelet refuses to start with both (pkg/kubelet/apis/config/validation).
        if (number && *number > 1 && config.boolean("serializeImagePulls").value_or(false)) {
            at->complain(Rule::contradictory_fields,
                         fmt::format("{} is {}, and serializeImagePulls is true", at->title(), *number),
                         "set serializeImagePulls: false");
        }
        if (number) settings.parallel_pulls = static_cast<std::int32_t>(*number);
    }
    read_soft_eviction(config, settings);
    // The defaults of each other, as the kubelet of 1.27 has them.
    constexpr std::int32_t api_qps_default = 50;
    constexpr std::int32_t api_burst_default = 100;
    if (config.has("kubeAPIQPS") || config.has("kubeAPIBurst")) {
        settings.api_qps = api_qps_default;
        settings.api_burst = api_burst_default;
        take("kubeAPIQPS", 1, most, settings.api_qps);
        take("kubeAPIBurst", 1, most, settings.api_burst);
    }
    take("registryPullQPS", 0, most, settings.pull_qps);
    take("registryBurst", 1, most, settings.pull_burst);
    take("imageGCHighThresholdPercent", 0, 100, settings.image_gc_high_percent);
    take("imageGCLowThresholdPercent", 0, 100, settings.image_gc_low_percent);
    if (settings.image_gc_low_percent >= settings.image_gc_high_percent) {
        config.complain(Rule::bad_image_gc,
                        fmt::format("{}: imageGCLowThresholdPercent {} is not below imageGCHighThresholdPercent {}",
                                    config.title(), settings.image_gc_low_percent, settings.image_gc_high_percent));
    }
    if (const auto at = config.member("containerLogMaxSize")) {
        const auto size = at->quantity(QuantityUnit::whole);
        if (size && *size < 1)
            at->complain(Rule::out_of_range, fmt::format("{} must be more than nothing", at->title()));
        else if (size)
            settings.log_bytes_max = *size;
    }
    take("containerLogMaxFiles", 2, most, settings.log_files_max);
    if (const auto at = config.member("evictionPressureTransitionPeriod")) {
        if (const auto period = at->duration()) settings.pressure_transition = *period;
    }
}

}  // namespace eks
