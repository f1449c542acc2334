#include "models/scenario/kubernetes/kube_proxy.hpp"

#include "models/scenario/coefficients.hpp"
#include "models/scenario/kubernetes/config_maps.hpp"
#include "models/scenario/kubernetes/container_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eks {

namespace {

constexpr std::string_view daemon_set_title = "DaemonSet/kube-system/kube-proxy";

// What is read of it, by its path in a KubeProxyConfiguration, and what the same is called as a flag.
struct ProxySetting {
    std::string_view path;
    std::string_view flag;  // empty: there is none
};
constexpr std::array<ProxySetting, 14> proxy_settings{{
    {"mode", "proxy-mode"},
    {"iptables.minSyncPeriod", "iptables-min-sync-period"},
    {"iptables.syncPeriod", "iptables-sync-period"},
    {"iptables.masqueradeAll", "masquerade-all"},
    {"ipvs.minSyncPeriod", "ipvs-min-sync-period"},
    {"ipvs.syncPeriod", "ipvs-sync-period"},
    {"nftables.minSyncPeriod", ""},
    {"nftables.syncPeriod", ""},
    {"nftables.masqueradeAll", ""},
    {"conntrack.maxPerCore", "conntrack-max-per-core"},
    {"conntrack.min", "conntrack-min"},
    {"conntrack.tcpEstablishedTimeout", "conntrack-tcp-timeout-established"},
    {"conntrack.udpTimeout", "conntrack-udp-timeout"},
    {"conntrack.udpStreamTimeout", "conntrack-udp-timeout-stream"},
}};
constexpr std::string_view gate_path = "featureGates.NFTablesProxyMode";

std::optional<Reader> value_at(const Reader& map, std::string_view path) {
    std::optional<Reader> at = map;
    while (at && !path.empty()) {
        const std::size_t dot = std::min(path.find('.'), path.size());
        at = at->is_map() ? at->member(path.substr(0, dot)) : std::nullopt;
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return at;
}

void refuse_proxy_setting(const Reader& at, std::string_view what, std::string hint = {}) {
    at.complain(Rule::bad_kube_proxy_setting, fmt::format("{} is {}; {}", at.title(), shown(at.value()), what),
                std::move(hint));
}

class KubeProxyReading {
  public:
    KubeProxyReading(const KubernetesObjects& objects, ScenarioBuilder& builder)
        : objects_(objects), builder_(builder), settings_(builder.spec.data_paths.kube_proxy) {}

    void read() {
        if (!objects_.find(daemon_set_title)) return;  // then nobody reads them
        for (const Addon& addon : builder_.addons)
            if (addon.name == "kube-proxy" && addon.configuration) take_all(*addon.configuration);
        const bool has_config_file = read_flags();
        if (has_config_file) read_config_map();
        apply();
    }

  private:
    void take_all(const Reader& configuration) {
        for (const ProxySetting& setting : proxy_settings)
            if (const auto value = value_at(configuration, setting.path)) said_.insert_or_assign(setting.path, *value);
        if (const auto gate = value_at(configuration, gate_path)) said_.insert_or_assign(gate_path, *gate);
    }

    // Whether it is told by a file, as by EKS: then it does not look at flags. A DaemonSet without flags is EKS's own.
    bool read_flags() {
        const Reader object = objects_.reader_of(objects_.all()[*objects_.find(daemon_set_title)]);
        const auto flags = flags_of_containers(object, WorkloadKind::daemon_set, "kube-proxy");
        const bool has_file = std::ranges::find(flags, "config", &ContainerFlag::name) != flags.end();
        bool has_own = false;
        for (const ContainerFlag& flag : flags) {
            const auto* const known = std::ranges::find(proxy_settings, flag.name, &ProxySetting::flag);
            if (known == proxy_settings.end()) continue;
            has_own = true;
            if (has_file) {
                flag.at.warn(Rule::unused_setting,
                             fmt::format("kube-proxy has --config, so that it does not look at --{}", flag.name),
                             "say it in the ConfigMap kube-system/kube-proxy-config");
                continue;
            }
            builder_.kept.push_back(JsonValue::of_text(flag.value.value_or("true"), flag.at.value().origin));
            said_.insert_or_assign(known->path, Reader(builder_.kept.back(), builder_.reading, "--" + flag.name,
                                                       std::string(daemon_set_title)));
        }
        is_by_flags_ = has_own && !has_file;
        return has_file || !has_own;
    }

    void read_config_map() {
        const auto data = data_of_config_map(objects_, "kube-system", "kube-proxy-config");
        const auto config = data ? data->member("config") : std::nullopt;
        if (!config) return;
        if (config->is_map()) return take_all(*config);
        // Whoever resolves a scenario has made a map of YAML; JSON is read here.
        const auto text = config->text();
        if (!text) return;
        if (!text->starts_with('{')) {
            config->warn(Rule::unused_setting,
                         fmt::format("{} is a text without a KubeProxyConfiguration", config->title()),
                         "it has apiVersion: kubeproxy.config.k8s.io/v1alpha1; `ekssim resolve` reads it in");
            return;
        }
        if (const auto parsed = parsed_within(*text, *config, builder_)) take_all(*parsed);
    }

    const Reader* said(std::string_view path) const {
        const auto found = said_.find(path);
        return found == said_.end() ? nullptr : &found->second;
    }

    std::optional<sim::Duration> duration(std::string_view path) const {
        const Reader* at = said(path);
        const auto text = at != nullptr ? at->scalar_as_text() : std::nullopt;
        if (!text) return std::nullopt;
        const auto read = sim::parse_duration(*text);
        if (read && *read >= sim::Duration::zero()) return read;
        refuse_proxy_setting(*at, "kube-proxy takes a duration here", "such as 1s or 24h0m0s");
        return std::nullopt;
    }

    std::optional<double> count(std::string_view path) const {
        const Reader* at = said(path);
        const auto text = at != nullptr ? at->scalar_as_text() : std::nullopt;
        if (!text) return std::nullopt;
        std::int32_t number = 0;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
        if (error == std::errc{} && end == text->data() + text->size() && number >= 0) return number;
        refuse_proxy_setting(*at, "kube-proxy takes a whole number from 0 on here");
        return std::nullopt;
    }

    bool flag(std::string_view path) const {
        const Reader* at = said(path);
        const auto text = at != nullptr ? at->scalar_as_text() : std::nullopt;
        if (!text) return false;
        if (*text != "true" && *text != "false") refuse_proxy_setting(*at, "kube-proxy takes true or false here");
        return *text == "true";
    }

    void apply() {
        const std::string_view section = read_mode();
        read_periods(section);
        // Also with IPVS it is the section of iptables that says it.
        settings_.masquerades_all = flag(section == "nftables" ? "nftables.masqueradeAll" : "iptables.masqueradeAll");
        read_conntrack();
    }

    // The section that holds for the mode.
    std::string_view read_mode() {
        using Mode = KubeProxySettings::Mode;
        const Reader* at = said("mode");
        const std::string mode = at != nullptr ? at->scalar_as_text().value_or("") : "";
        if (mode == "nftables") {
            settings_.mode = Mode::nftables;
            check_nftables(*at);
            return "nftables";
        }
        if (mode == "ipvs") {
            settings_.mode = Mode::ipvs;
            warn_of_ipvs(*at);
            return "ipvs";
        }
        if (!mode.empty() && mode != "iptables")
            refuse_proxy_setting(*at, "kube-proxy knows iptables, nftables and ipvs on Linux");
        return "iptables";
    }

    // DPD-11
    void check_nftables(const Reader& at) const {
        constexpr std::int32_t first_alpha = 29;
        constexpr std::int32_t first_beta = 31;
        const std::int32_t minor = builder_.spec.kubernetes.minor;
        if (minor >= first_beta || (minor >= first_alpha && flag(gate_path))) return;
        at.complain(Rule::not_supported,
                    fmt::format("{}: Kubernetes 1.{} has no mode nftables of kube-proxy", at.title(), minor),
                    minor >= first_alpha ? "it takes the feature gate NFTablesProxyMode before 1.31"
                                         : "it came with 1.29 behind a feature gate, and with 1.31 for all");
    }

    // DPD-14
    void warn_of_ipvs(const Reader& at) const {
        constexpr std::int32_t first_deprecated = 35;
        if (builder_.spec.kubernetes.minor < first_deprecated) return;
        at.warn(Rule::proxy_mode_ends, fmt::format("{}: kube-proxy's mode ipvs is deprecated", at.title()),
                "by plan it is off by default from 1.40 on and gone in 1.43; nftables takes its place");
    }

    void read_periods(std::string_view section) {
        const std::string path(section);
        const bool has_least = section != "ipvs";  // of its own, where nothing is said
        settings_.min_sync_period = sim::Duration::seconds(has_least ? 1 : 0);
        // In a file 0 stands for what holds where nothing is said.
        if (const auto least = duration(path + ".minSyncPeriod");
            least && (*least > sim::Duration::zero() || is_by_flags_))
            settings_.min_sync_period = *least;
        if (const auto period = duration(path + ".syncPeriod"); period && *period > sim::Duration::zero())
            settings_.sync_period = *period;
        const Reader* at = said(path + ".minSyncPeriod");
        if (at == nullptr) at = said(path + ".syncPeriod");
        if (at == nullptr || settings_.min_sync_period <= settings_.sync_period) return;
        refuse_proxy_setting(*at, "minSyncPeriod may not be longer than syncPeriod");
    }

    // DPD-10. With 0 kube-proxy leaves a limit as it is.
    void read_conntrack() {
        constexpr double of_kernel = 262'144;  // nf_conntrack_core.c, from 4 GiB of memory on
        settings_.conntrack_max_per_core = count("conntrack.maxPerCore").value_or(settings_.conntrack_max_per_core);
        settings_.conntrack_min = count("conntrack.min").value_or(settings_.conntrack_min);
        if (settings_.conntrack_max_per_core == 0) {
            settings_.conntrack_min = of_kernel;
            builder_.assume("conntrack's limit where kube-proxy leaves it as it is", "262144",
                            "Linux, with 4 GiB of memory or more");
        }
        using enum datapath::Coefficient;
        const auto set = [&](std::string_view path, datapath::Coefficient name) {
            const auto time = duration(path);
            if (time && *time > sim::Duration::zero())
                set_coefficient(name, static_cast<double>(time->us()) / 1e6, builder_);
        };
        set("conntrack.tcpEstablishedTimeout", hold_established);
        set("conntrack.udpTimeout", hold_udp);
        set("conntrack.udpStreamTimeout", hold_udp_stream);
    }

    const KubernetesObjects& objects_;
    ScenarioBuilder& builder_;
    KubeProxySettings& settings_;
    std::map<std::string_view, Reader> said_;  // by path
    bool is_by_flags_ = false;
};

}  // namespace

void read_kube_proxy(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    if (!builder.spec.data_paths.are_used || builder.spec.nomad.runs) return;
    KubeProxyReading(objects, builder).read();
}

}  // namespace eks
