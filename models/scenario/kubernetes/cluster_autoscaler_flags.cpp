#include "models/scenario/kubernetes/cluster_autoscaler_flags.hpp"

#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace eks {
namespace {

using cluster_autoscaler::Expander;

template <class Member>
struct NamedFlag {
    std::string_view name;
    Member member;
};

constexpr auto flag_durations = std::to_array<NamedFlag<sim::Duration ClusterAutoscaler::*>>({
    {"scan-interval", &ClusterAutoscaler::scan_interval},
    {"new-pod-scale-up-delay", &ClusterAutoscaler::new_pod_delay},
    {"max-node-provision-time", &ClusterAutoscaler::max_provision_time},
    {"max-node-startup-time", &ClusterAutoscaler::max_startup_time},
    {"initial-node-group-backoff-duration", &ClusterAutoscaler::first_backoff},
    {"max-node-group-backoff-duration", &ClusterAutoscaler::longest_backoff},
    {"node-group-backoff-reset-timeout", &ClusterAutoscaler::backoff_forgotten_after},
    {"scale-down-delay-after-add", &ClusterAutoscaler::delay_after_add},
    {"scale-down-delay-after-delete", &ClusterAutoscaler::delay_after_delete},
    {"unremovable-node-recheck-timeout", &ClusterAutoscaler::unremovable_recheck},
    {"node-delete-delay-after-taint", &ClusterAutoscaler::delete_delay_after_taint},
    {"max-pod-eviction-time", &ClusterAutoscaler::max_eviction_time},
    // So it is spelt.
    {"blocking-system-pod-distruption-timeout", &ClusterAutoscaler::system_pod_timeout},
});

constexpr auto scale_down_durations = std::to_array<NamedFlag<sim::Duration ScaleDownOptions::*>>({
    {"scale-down-unneeded-time", &ScaleDownOptions::unneeded_time},
    {"scale-down-unready-time", &ScaleDownOptions::unready_time},
});

constexpr auto flag_booleans = std::to_array<NamedFlag<bool ClusterAutoscaler::*>>({
    {"frequent-loops-enabled", &ClusterAutoscaler::loops_frequently},
    {"fastpath-binpacking", &ClusterAutoscaler::may_take_fast_path},
    {"balance-similar-node-groups", &ClusterAutoscaler::balances_similar_groups},
    {"force-ds", &ClusterAutoscaler::forces_daemon_sets},
    {"scale-down-enabled", &ClusterAutoscaler::scales_down},
    {"scale-down-unready-enabled", &ClusterAutoscaler::scales_down_unready},
    {"skip-nodes-with-system-pods", &ClusterAutoscaler::skips_system_pods},
    {"skip-nodes-with-local-storage", &ClusterAutoscaler::skips_local_storage},
    {"skip-nodes-with-custom-controller-pods", &ClusterAutoscaler::skips_custom_controller_pods},
});

constexpr auto flag_integers = std::to_array<NamedFlag<std::int64_t ClusterAutoscaler::*>>({
    {"expendable-pods-priority-cutoff", &ClusterAutoscaler::expendable_below},
    {"max-nodes-total", &ClusterAutoscaler::max_nodes_total},
    {"max-nodes-per-scaleup", &ClusterAutoscaler::max_nodes_per_scale_up},
    {"ok-total-unready-count", &ClusterAutoscaler::ok_unready_nodes},
    {"min-replica-count", &ClusterAutoscaler::min_replica_count},
});

constexpr auto parallelisms = std::to_array<NamedFlag<std::int32_t ClusterAutoscaler::*>>({
    {"max-scale-down-parallelism", &ClusterAutoscaler::max_parallel},
    {"max-empty-bulk-delete", &ClusterAutoscaler::max_parallel},  // its name up to 1.31
    {"max-drain-parallelism", &ClusterAutoscaler::max_drains},
});

constexpr auto flag_totals = std::to_array<NamedFlag<std::int64_t ClusterAutoscaler::*>>({
    {"cores-total", &ClusterAutoscaler::max_cores},
    {"memory-total", &ClusterAutoscaler::max_memory_gib},
});

// What is not read: logs, clients, other clouds, and what costs nothing here or is left out (CA-62).
constexpr auto unused_flags = std::to_array<std::string_view>({
    "address",
    "add-dir-header",
    "add_dir_header",
    "alsologtostderr",
    "async-node-groups",
    "aws-use-static-instance-list",
    "balancing-label",
    "bypassed-scheduler-names",
    "capacity-buffer-controller-enabled",
    "capacity-buffer-pod-injection-enabled",
    "check-capacity-batch-processing",
    "cloud-config",
    "cloud-provider",
    "cluster-name",
    "cluster-snapshot-parallelism",
    "cordon-node-before-terminating",
    "daemonset-eviction-for-empty-nodes",
    "daemonset-eviction-for-occupied-nodes",
    "debugging-snapshot-enabled",
    "drain-priority-config",
    "dynamic-node-delete-delay-after-taint-enabled",
    "emit-per-nodegroup-metrics",
    "enable-csi-node-aware-scheduling",
    "enable-dynamic-resource-allocation",
    "enable-proactive-scaleup",
    "enable-provisioning-requests",
    "enforce-node-group-min-size",
    "estimator",
    "feature-gates",
    "force-delete-failed-nodes",
    "force-delete-unregistered-nodes",
    "gpu-total",
    "grpc-expander-cert",
    "grpc-expander-url",
    "ignore-mirror-pods-utilization",
    "ignore-taint",
    "kube-api-content-type",
    "kube-client-burst",
    "kube-client-qps",
    "kubeconfig",
    "kubernetes",
    "leader-elect",
    "leader-elect-lease-duration",
    "leader-elect-renew-deadline",
    "leader-elect-resource-lock",
    "leader-elect-resource-name",
    "leader-elect-resource-namespace",
    "leader-elect-retry-period",
    "log-file",
    "log_dir",
    "log_file",
    "logging-format",
    "logtostderr",
    "max-allocatable-difference-ratio",
    "max-autoprovisioned-node-group-count",
    "max-binpacking-time",
    "max-bulk-soft-taint-count",
    "max-bulk-soft-taint-time",
    "max-failing-time",
    "max-free-difference-ratio",
    "max-inactivity",
    "max-nodegroup-binpacking-duration",
    "memory-difference-ratio",
    "node-autoprovisioning-enabled",
    "node-deletion-batcher-interval",
    "node-deletion-candidate-ttl",
    "node-deletion-delay-timeout",
    "node-info-cache-expire-time",
    "parallel-scale-up",
    "pod-injection-limit",
    "predicate-parallelism",
    "profiling",
    "record-duplicated-events",
    "regional",
    "salvo-scale-up",
    "scale-down-candidates-pool-min-count",
    "scale-down-candidates-pool-ratio",
    "scale-down-delay-after-failure",
    "scale-down-delay-type-local",
    "scale-down-non-empty-candidates-count",
    "scale-down-simulation-timeout",
    "scale-from-unschedulable",
    "scale-up-from-zero",
    "scheduler-config-file",
    "skip-headers",
    "skip_headers",
    "startup-taint",
    "status-config-map-name",
    "status-taint",
    "stderrthreshold",
    "unremovable-node-recheck",
    "user-agent",
    "v",
    "vmodule",
    "write-status-configmap",
});

// Read, but in no table.
constexpr auto further_flags = std::to_array<std::string_view>({
    "expander",
    "nodes",
    "node-group-auto-discovery",
    "namespace",
    "balancing-ignore-label",
    "max-graceful-termination-sec",
    "max-total-unready-percentage",
    "scale-down-utilization-threshold",
    "scale-down-gpu-utilization-threshold",
    "ignore-daemonsets-utilization",
});

std::vector<std::string_view> known_names() {
    std::vector<std::string_view> names(further_flags.begin(), further_flags.end());
    const auto add = [&](const auto& table) {
        for (const auto& entry : table) names.push_back(entry.name);
    };
    add(flag_durations);
    add(scale_down_durations);
    add(flag_booleans);
    add(flag_integers);
    add(parallelisms);
    add(flag_totals);
    names.insert(names.end(), unused_flags.begin(), unused_flags.end());
    return names;
}

// Every value of a flag in the one way in which it may be written.
class AutoscalerFlagReading {
  public:
    AutoscalerFlagReading(const std::string& title, ScenarioBuilder& builder) : title_(title), builder_(builder) {}

    void complain(const ContainerFlag& flag, std::string_view what, std::string hint) const {
        flag.at.complain(
            Rule::bad_cluster_autoscaler,
            fmt::format("{}: --{} is \"{}\", which is {}", title_, flag.name, flag.value.value_or(""), what),
            std::move(hint));
    }

    void set(const ContainerFlag& flag, sim::Duration& into) const {
        const auto read = sim::parse_duration(flag.value.value_or(""));
        // Go takes "0" and "0s" for none.
        if (flag.value == "0")
            into = sim::Duration::zero();
        else if (read && *read >= sim::Duration::zero())
            into = *read;
        else
            complain(flag, "no duration", "write it as 90s, 10m or 1h30m");
    }
    void set(const ContainerFlag& flag, bool& into) const {
        const std::string value = flag.value.value_or("true");
        if (value == "true" || value == "True" || value == "TRUE" || value == "t" || value == "T" || value == "1")
            into = true;
        else if (value == "false" || value == "False" || value == "FALSE" || value == "f" || value == "F" ||
                 value == "0")
            into = false;
        else
            complain(flag, "neither true nor false", "write --" + flag.name + "=true");
    }
    template <std::signed_integral Number>
    void set(const ContainerFlag& flag, Number& into) const {
        constexpr std::int64_t most = 2'000'000'000;
        const auto read = integer(flag.value.value_or(""));
        if (read && *read >= -most && *read <= most)
            into = static_cast<Number>(*read);
        else
            complain(flag, "no whole number", "write it in digits");
    }
    void set(const ContainerFlag& flag, double& into) const {
        const std::string text = flag.value.value_or("");
        double read = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
        constexpr double most = 1e6;
        if (error == std::errc() && end == text.data() + text.size() && read >= 0 && read <= most)
            into = read;
        else
            complain(flag, "no number", "write it as 0.5");
    }
    // "<min>:<max>", of which the maximum counts.
    void set_maximum(const ContainerFlag& flag, std::int64_t& into) const {
        const std::string text = flag.value.value_or("");
        const std::size_t colon = text.find(':');
        const auto least = integer(text.substr(0, colon));
        const auto most = colon == std::string::npos ? std::nullopt : integer(text.substr(colon + 1));
        if (least && most && *least >= 0 && *least <= *most)
            into = *most;
        else
            complain(flag, "no range", "write it as <min>:<max>");
    }

    void set_expanders(const ContainerFlag& flag, std::vector<Expander>& into) const {
        static constexpr std::array<std::pair<std::string_view, Expander>, 5> names{
            {{"random", Expander::random},
             {"most-pods", Expander::most_pods},
             {"least-nodes", Expander::least_nodes},
             {"least-waste", Expander::least_waste},
             {"priority", Expander::priority}}};
        std::vector<Expander> chain;
        const std::string text = flag.value.value_or("");
        for (std::size_t from = 0; from <= text.size();) {
            const std::size_t comma = std::min(text.find(',', from), text.size());
            const std::string name = text.substr(from, comma - from);
            from = comma + 1;
            const auto found =
                std::ranges::find(names, name, [](const auto& entry) { return std::string(entry.first); });
            if (found != names.end()) {
                chain.push_back(found->second);
            } else if (name == "price") {
                return complain(flag, "nothing that AWS has: there is no pricing model for it (CA-24)",
                                "take least-waste or priority");
            } else if (name == "grpc") {
                flag.at.warn(Rule::unused_setting,
                             fmt::format("{}: the expander grpc asks a server of your own, which is not modelled; it "
                                         "keeps all options here",
                                         title_));
            } else {
                std::vector<std::string_view> known;
                for (const auto& entry : names) known.push_back(entry.first);
                return complain(flag, "no chain of expanders", did_you_mean(name, known));
            }
        }
        into = std::move(chain);
    }

    void warn_of_unknown(const ContainerFlag& flag) const {
        static const std::vector<std::string_view> known = known_names();
        const auto near = nearest_word(flag.name, known);
        flag.at.warn(Rule::bad_cluster_autoscaler,
                     fmt::format("{}: --{} is no flag of Cluster Autoscaler that is known here", title_, flag.name),
                     near ? fmt::format("did you mean --{}?", *near) : std::string());
    }

    void list_passed_over(const ContainerFlag& flag) const {
        builder_.ignored.push_back({fmt::format("{} --{}", title_, flag.name), 1});
    }

  private:
    static std::optional<std::int64_t> integer(std::string_view text) {
        std::int64_t read = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
        return error == std::errc() && !text.empty() && end == text.data() + text.size() ? std::optional(read)
                                                                                         : std::nullopt;
    }

    const std::string& title_;
    ScenarioBuilder& builder_;
};

// Whether the flag is in the table; then it has been read.
template <class Table, class Target>
bool set_by(const Table& table, const ContainerFlag& flag, const AutoscalerFlagReading& reading, Target& target) {
    const auto found = std::ranges::find_if(table, [&](const auto& entry) { return entry.name == flag.name; });
    if (found == table.end()) return false;
    reading.set(flag, target.*(found->member));
    return true;
}

void read_flag(const ContainerFlag& flag, const AutoscalerFlagReading& reading, AutoscalerFlags& into) {
    ClusterAutoscaler& settings = into.settings;
    if (set_by(flag_durations, flag, reading, settings) || set_by(flag_booleans, flag, reading, settings) ||
        set_by(flag_integers, flag, reading, settings) || set_by(parallelisms, flag, reading, settings) ||
        set_by(scale_down_durations, flag, reading, into.scale_down))
        return;
    const auto total = std::ranges::find_if(flag_totals, [&](const auto& entry) { return entry.name == flag.name; });
    if (total != flag_totals.end()) return reading.set_maximum(flag, settings.*(total->member));
    if (flag.name == "expander") return reading.set_expanders(flag, settings.expanders);
    if (flag.name == "nodes") return into.nodes.push_back(flag);
    if (flag.name == "node-group-auto-discovery") return into.auto_discovery.push_back(flag);
    if (flag.name == "namespace") {
        into.name_space = flag.value.value_or(into.name_space);
        return;
    }
    if (flag.name == "balancing-ignore-label")
        return settings.balancing_ignored_labels.push_back(flag.value.value_or(""));
    if (flag.name == "max-graceful-termination-sec") {
        std::int64_t seconds = settings.max_graceful_termination.us() / 1'000'000;
        reading.set(flag, seconds);
        settings.max_graceful_termination = sim::Duration::seconds(std::max<std::int64_t>(seconds, 0));
        return;
    }
    if (flag.name == "max-total-unready-percentage") return reading.set(flag, settings.max_unready_percentage);
    if (flag.name == "scale-down-utilization-threshold")
        return reading.set(flag, into.scale_down.utilization_threshold);
    if (flag.name == "scale-down-gpu-utilization-threshold")
        return reading.set(flag, into.scale_down.gpu_utilization_threshold);
    if (flag.name == "ignore-daemonsets-utilization") return reading.set(flag, into.scale_down.ignores_daemon_sets);
    if (std::ranges::find(unused_flags, flag.name) != unused_flags.end()) return reading.list_passed_over(flag);
    reading.warn_of_unknown(flag);
}

}  // namespace

AutoscalerFlags read_autoscaler_flags(const std::vector<ContainerFlag>& flags, std::int32_t minor,
                                      const std::string& title, ScenarioBuilder& builder) {
    constexpr std::int32_t first_with_least_waste = 33;  // GEN-1
    AutoscalerFlags read;
    read.name_space = "kube-system";
    read.settings.expanders = {minor >= first_with_least_waste ? Expander::least_waste : Expander::random};
    const AutoscalerFlagReading reading(title, builder);
    for (const ContainerFlag& flag : flags) read_flag(flag, reading, read);
    read.settings.max_parallel = std::max(read.settings.max_parallel, 0);
    read.settings.max_drains = std::max(read.settings.max_drains, 0);
    constexpr sim::Duration shortest_scan = sim::Duration::seconds(1);
    if (read.settings.scan_interval >= shortest_scan) return read;
    const auto scan = std::ranges::find(flags, "scan-interval", &ContainerFlag::name);
    if (scan != flags.end()) reading.complain(*scan, "shorter than what is simulated", "take 1s or more");
    read.settings.scan_interval = shortest_scan;
    return read;
}

}  // namespace eks
