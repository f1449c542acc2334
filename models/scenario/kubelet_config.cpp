#include "models/scenario/kubelet_config.hpp"

#include <fmt/format.h>

namespace eks {

KubeletSettings kubelet_defaults(bool is_2018) {
    KubeletSettings settings;
    if (!is_2018) return settings;
    settings.parallel_pulls = 1;  // KUBELET-34
    return settings;
}

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
    take("registryPullQPS", 0, most, settings.pull_qps);
    take("registryBurst", 1, most, settings.pull_burst);
}

}  // namespace eks
