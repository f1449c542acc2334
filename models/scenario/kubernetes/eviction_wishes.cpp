#include "models/scenario/kubernetes/eviction_wishes.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {
namespace {

constexpr std::string_view safe_to_evict_key = "cluster-autoscaler.kubernetes.io/safe-to-evict";
constexpr std::string_view local_volumes_key = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
constexpr std::string_view scale_up_delay_key = "cluster-autoscaler.kubernetes.io/pod-scale-up-delay";
constexpr std::string_view daemon_key = "cluster-autoscaler.kubernetes.io/daemonset-pod";
constexpr std::string_view descheduler_key = "descheduler.alpha.kubernetes.io/evict";

// No value of an annotation is a mistake to anybody: what is not understood is not there.
std::optional<std::string> annotation(const Reader& holder, std::string_view key) {
    const auto metadata = holder.member("metadata");
    const auto all = metadata && metadata->is_map() ? metadata->member("annotations") : std::nullopt;
    const auto stated = all && all->is_map() ? all->member(key) : std::nullopt;
    if (!stated || !stated->is_text()) return std::nullopt;
    stated->mark_used();
    return stated->value().text;
}

cluster_autoscaler::SafeToEvict safe_to_evict(const std::optional<std::string>& value) {
    using enum cluster_autoscaler::SafeToEvict;
    if (value == "true") return yes;
    if (value == "false") return no;
    return value == "on-completion" ? on_completion : unsaid;
}

// Split at commas, and nothing is trimmed (CA-47).
std::vector<std::string> names_in(const std::string& text) {
    std::vector<std::string> names;
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t comma = std::min(text.find(',', from), text.size());
        names.push_back(text.substr(from, comma - from));
        from = comma + 1;
    }
    return names;
}

}  // namespace

EvictionWishes read_eviction_wishes(const Reader& holder, const Reader& pod_spec) {
    EvictionWishes wishes;
    wishes.safe_to_evict = safe_to_evict(annotation(holder, safe_to_evict_key));
    wishes.counts_as_daemon = annotation(holder, daemon_key) == "true";
    wishes.asks_for_descheduler = annotation(holder, descheduler_key).has_value();
    if (const auto text = annotation(holder, scale_up_delay_key))
        wishes.scale_up_delay = sim::parse_duration(*text).value_or(sim::Duration::zero());
    const auto named = annotation(holder, local_volumes_key);
    const std::vector<std::string> freed = named ? names_in(*named) : std::vector<std::string>{};
    for (const Reader& volume : pod_spec.items("volumes")) {
        if (!volume.is_map()) continue;
        const auto empty_dir = volume.member("emptyDir");
        const bool is_host_path = volume.has("hostPath");
        if (!empty_dir && !is_host_path) continue;
        wishes.has_local_storage = true;
        const auto medium = empty_dir && empty_dir->is_map() ? empty_dir->member("medium") : std::nullopt;
        const bool is_in_memory = medium && medium->is_text() && medium->value().text == "Memory";
        const bool is_freed =
            !freed.empty() && std::ranges::find(freed, volume.text("name").value_or("")) != freed.end();
        wishes.blocks_by_storage = wishes.blocks_by_storage || ((is_host_path || !is_in_memory) && !is_freed);
    }
    return wishes;
}

}  // namespace eks
