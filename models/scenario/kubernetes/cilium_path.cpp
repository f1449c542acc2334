#include "models/scenario/kubernetes/cilium_path.hpp"

#include "models/scenario/cidr.hpp"
#include "models/scenario/coefficients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace eks {

namespace {

constexpr std::array<CiliumPathValue, 23> path_values{{
    {{"bpf", "hostLegacyRouting"}, "enable-host-legacy-routing"},
    {{"bpf", "masquerade"}, "enable-bpf-masquerade"},
    {{"enableIPv4Masquerade", ""}, "enable-ipv4-masquerade"},
    {{"ipv4NativeRoutingCIDR", ""}, "ipv4-native-routing-cidr"},
    {{"conntrackGCInterval", ""}, "conntrack-gc-interval"},
    {{"hostServices", "enabled"}, "bpf-lb-sock"},  // before 1.12
    {{"socketLB", "enabled"}, "bpf-lb-sock"},
    {{"socketLB", "hostNamespaceOnly"}, "bpf-lb-sock-hostns-only"},
    {{"routingMode", ""}, "routing-mode"},
    {{"tunnel", ""}, "tunnel"},  // before 1.14
    {{"hubble", "enabled"}, "enable-hubble"},
    {{"bpf", "monitorAggregation"}, "monitor-aggregation"},
    {{"bpf", "mapDynamicSizeRatio"}, "bpf-map-dynamic-size-ratio"},
    {{"bpf", "ctTcpMax"}, "bpf-ct-global-tcp-max"},
    {{"bpf", "lbMapMax"}, "bpf-lb-map-max"},
    {{"ingressController", "enabled"}, "enable-ingress-controller"},
    {{"ingressController", "default"}, "ingress-is-default"},
    {{"ingressController", "loadbalancerMode"}, "ingress-default-lb-mode"},
    {{"ingressController", "service"}, "ingress-service"},
    {{"ingressController", "hostNetwork"}, "ingress-host-network"},
    {{"cni", "chainingMode"}, "cni-chaining-mode"},
    {{"cni", "chainingTarget"}, "cni-chaining-target"},
    {{"upgradeCompatibility", ""}, "upgrade-compatibility"},
}};
// And those that only cilium-config has.
constexpr std::array<std::string_view, 6> further_keys{
    "bpf-ct-timeout-regular-tcp", "bpf-ct-timeout-regular-tcp-fin", "bpf-ct-timeout-regular-tcp-syn",
    "bpf-ct-timeout-regular-any", "ingress-shared-lb-service-name", "ingress-hostnetwork-enabled"};

void refuse_cilium_value(const Reader& value, std::string_view wanted) {
    value.complain(Rule::bad_cni_setting,
                   fmt::format("{} is {}; Cilium takes {} here", value.title(), shown(value.value()), wanted));
}

class CiliumPathReading {
  public:
    CiliumPathReading(const CiliumSaid& said, ScenarioBuilder& builder)
        : said_(said),
          builder_(builder),
          path_(builder.spec.data_paths.cilium),
          is_chart_(said.contains("chart")),
          replaces_(builder.spec.cilium.replaces_kube_proxy) {}

    void read_path() {
        path_.is_there = true;
        path_.is_chained = chaining_mode() != "none";
        // kubeProxyReplacement brings it along; with hostNamespaceOnly pods are left to the programs at their
        // interfaces.
        path_.has_socket_lb = (replaces_ || flag("bpf-lb-sock", false)) && !flag("bpf-lb-sock-hostns-only", false);
        path_.masquerade = masquerade();
        path_.has_host_routing = routes_on_host();
        path_.hubble = hubble();
        read_maps();
        read_timeouts();
        assume_of_tunnels();
    }

    // What becomes of the source of connections that leave (Documentation/network/concepts/masquerading.rst of Cilium).
    void read_masquerade() {
        Outside& outside = builder_.spec.outside;
        outside.cilium.by = masquerade();
        if (outside.cilium.by == datapath::Masquerade::none) return;
        if (const Reader* native = at("ipv4-native-routing-cidr")) {
            const auto range = parse_cidr(native->text().value_or(""));
            if (!range) return refuse_cilium_value(*native, "a range of addresses, such as 10.0.0.0/8");
            outside.cilium.native.push_back({range->first, range->prefix_length});
        }
        if (outside.cilium.by != datapath::Masquerade::ebpf || builder_.snat_hold_is_said) return;
        // A port is free again when its entry is collected: once it has expired, at the next pass. In a busy table
        // those come as often as they may, each 10 s (pkg/maps/ctmap of Cilium, GetInterval): half of that on average.
        const sim::Duration pass = time_of("conntrack-gc-interval", sim::Duration::seconds(10));
        outside.node_hold = time_of("bpf-ct-timeout-regular-tcp-fin", sim::Duration::seconds(10)) + pass / 2;
    }

    void read_ingress() {
        CiliumIngress& ingress = builder_.cilium_ingress;
        ingress.is_enabled = flag("enable-ingress-controller", false);
        if (!ingress.is_enabled) return;
        ingress.is_default = flag("ingress-is-default", false);
        if (const Reader* mode = at("ingress-default-lb-mode"))
            ingress.is_shared = mode->one_of({"dedicated", "shared"}) == 1U;
        if (const Reader* name = at("ingress-shared-lb-service-name"))
            ingress.shared_service = name->text().value_or(ingress.shared_service);
        const Reader* service = at("ingress-service");
        if (service != nullptr && service->is_map()) {
            ingress.service = *service;
            if (const auto name = service->text("name")) ingress.shared_service = *name;
        }
        // Then its Envoys listen on the nodes' own ports, and no load balancer is made.
        const Reader* host = at("ingress-host-network");
        if (flag("ingress-hostnetwork-enabled", false) ||
            (host != nullptr && host->is_map() && host->boolean("enabled").value_or(false)))
            ingress.is_enabled = false;
    }

  private:
    const Reader* at(std::string_view key) const {
        const auto found = said_.find(key);
        return found == said_.end() || found->second.is_null() ? nullptr : &found->second;
    }

    std::string text(std::string_view key) const {
        const Reader* value = at(key);
        return value != nullptr ? value->scalar_as_text().value_or("") : "";
    }

    bool flag(std::string_view key, bool where_nothing_is_said) const {
        const Reader* value = at(key);
        if (value == nullptr) return where_nothing_is_said;
        const std::string word = value->scalar_as_text().value_or("");
        if (word != "true" && word != "false") refuse_cilium_value(*value, "true or false");
        return word == "true";
    }

    sim::Duration time_of(std::string_view key, sim::Duration where_nothing_is_said) const {
        const Reader* value = at(key);
        const auto time = value != nullptr ? value->duration() : std::nullopt;
        return time && *time > sim::Duration::zero() ? *time : where_nothing_is_said;
    }

    std::optional<double> number(std::string_view key) const {
        const Reader* value = at(key);
        const auto written = value != nullptr ? value->scalar_as_text() : std::nullopt;
        if (!written) return std::nullopt;
        double read = 0;
        const auto [end, error] = std::from_chars(written->data(), written->data() + written->size(), read);
        if (error == std::errc{} && end == written->data() + written->size() && read >= 0 && read <= 1e9) return read;
        refuse_cilium_value(*value, "a number from 0 on");
        return std::nullopt;
    }

    std::string chaining_mode() const {
        if (std::string mode = text("cni-chaining-mode"); !mode.empty()) return mode;
        return text("cni-chaining-target").empty() ? "none" : "generic-veth";
    }

    // From 1.18 on the chart has none in ENI mode, unless it is told to be as an older one (cilium-configmap.yaml of
    // the chart).
    bool masquerades_by_default() const {
        constexpr std::int32_t first_without = 18;
        if (!is_chart_ || builder_.spec.cilium.version_minor < first_without) return true;
        const std::string as = text("upgrade-compatibility");
        std::int32_t minor = first_without;
        if (as.starts_with("1.")) std::from_chars(as.data() + 2, as.data() + as.size(), minor);
        const auto eni = said_.find("eni");
        const bool is_eni = eni != said_.end() && eni->second.scalar_as_text() == "true";
        return !is_eni || minor < first_without;
    }

    datapath::Masquerade masquerade() const {
        if (!flag("enable-ipv4-masquerade", masquerades_by_default())) return datapath::Masquerade::none;
        return flag("enable-bpf-masquerade", false) ? datapath::Masquerade::ebpf : datapath::Masquerade::iptables;
    }

    // DPD-16. Masquerading by iptables needs the host's stack, none does not (kube_proxy_replacement.go of the agent).
    // Kernels of EKS's images have been 5.10 or newer for all versions but 1.10's.
    bool routes_on_host() const {
        const bool is_off = flag("enable-host-legacy-routing", path_.is_chained);
        return !is_off && !path_.is_chained && replaces_ && path_.masquerade != datapath::Masquerade::iptables &&
               !builder_.spec.kubernetes.is_2018();
    }

    // DPD-21. The chart has Hubble on and medium; an agent that is told nothing has neither.
    datapath::Hubble hubble() const {
        if (!flag("enable-hubble", is_chart_)) return datapath::Hubble::off;
        const Reader* level = at("monitor-aggregation");
        if (level == nullptr) return is_chart_ ? datapath::Hubble::aggregated : datapath::Hubble::every_packet;
        const std::string word = level->scalar_as_text().value_or("");
        // Levels below medium are about directions, and not about connections.
        for (const std::string_view by_packet : {"none", "disabled", "lowest", "low"})
            if (word == by_packet) return datapath::Hubble::every_packet;
        if (word != "medium" && word != "max" && word != "maximum")
            refuse_cilium_value(*level, "none, low, medium or maximum");
        return datapath::Hubble::aggregated;
    }

    // DPD-18. What is said of a map's size counts, whatever the ratio is.
    void read_maps() {
        constexpr double entries_without_ratio = 524'288;
        path_.dynamic_size_ratio =
            number("bpf-map-dynamic-size-ratio").value_or(is_chart_ ? path_.dynamic_size_ratio : 0);
        // The chart takes 0 for nothing said.
        if (is_chart_ && path_.dynamic_size_ratio == 0) path_.dynamic_size_ratio = CiliumPath{}.dynamic_size_ratio;
        path_.tcp_entries = number("bpf-ct-global-tcp-max");
        if (path_.tcp_entries == 0.0) path_.tcp_entries.reset();
        if (!path_.tcp_entries && path_.dynamic_size_ratio == 0) path_.tcp_entries = entries_without_ratio;
        const auto entries = number("bpf-lb-map-max");
        if (entries && *entries > 0) path_.lb_map_entries = *entries;
    }

    void read_timeouts() {
        using enum datapath::Coefficient;
        const auto set = [&](std::string_view key, datapath::Coefficient name) {
            const Reader* value = at(key);
            const auto time = value != nullptr ? value->duration() : std::nullopt;
            if (time && *time > sim::Duration::zero())
                set_coefficient(name, static_cast<double>(time->us()) / 1e6, builder_);
        };
        set("bpf-ct-timeout-regular-tcp", bpf_hold_tcp);
        set("bpf-ct-timeout-regular-tcp-fin", bpf_hold_closed);
        set("bpf-ct-timeout-regular-tcp-syn", bpf_hold_syn);
        set("bpf-ct-timeout-regular-any", bpf_hold_other);
    }

    // The model has no cost of encapsulation.
    void assume_of_tunnels() {
        const std::string routing = text("routing-mode");
        const std::string tunnel = text("tunnel");
        const bool is_native = routing == "native" || (routing.empty() && (tunnel == "disabled" || tunnel.empty()));
        if (is_native || path_.is_chained) return;
        builder_.assume("tunnels between nodes (Cilium's routing-mode)", "cost nothing", "a guess: not measured");
    }

    const CiliumSaid& said_;
    ScenarioBuilder& builder_;
    CiliumPath& path_;
    bool is_chart_;
    bool replaces_;
};

}  // namespace

std::span<const CiliumPathValue> cilium_path_values() { return path_values; }

bool is_cilium_path_key(std::string_view key) {
    return std::ranges::find(path_values, key, &CiliumPathValue::key) != path_values.end() ||
           std::ranges::find(further_keys, key) != further_keys.end();
}

void read_cilium_path(const CiliumSaid& said, ScenarioBuilder& builder, bool gives_addresses) {
    CiliumPathReading reading(said, builder);
    reading.read_ingress();
    const bool has_agents = builder.find_workload(WorkloadKind::daemon_set, "kube-system", "cilium").has_value();
    if (builder.spec.data_paths.are_used && has_agents) reading.read_path();
    if (builder.has_outside_uses && has_agents && gives_addresses) reading.read_masquerade();
}

}  // namespace eks
