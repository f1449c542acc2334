#include "models/report/decisions/data_path_arguments.hpp"

#include "models/spec/layer7_words.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace eks::decisions {

using datapath::Coefficients;
using datapath::DataPath;
using datapath::Mode;

const std::vector<std::string_view> data_path_names{"mode",       "socket_lb", "chained",   "kube_proxy_rules",
                                                    "rules_kind", "hubble",    "masquerade"};
const std::vector<std::string_view> rule_table_names{"services", "endpoints", "comments"};
const std::vector<std::string_view> coefficient_names{"coefficients", "machine"};
const std::vector<std::string_view> flow_names{"protocol", "requests_per_connection", "request_bytes", "answer_bytes",
                                               "life_seconds"};

void refuse_others_of(const Json& a, std::initializer_list<std::vector<std::string_view>> known) {
    std::vector<std::string_view> all;
    for (const auto& some : known) all.insert(all.end(), some.begin(), some.end());
    for (const auto& [name, value] : a.items()) {
        if (std::ranges::find(all, name) != all.end()) continue;
        throw WrongArguments{Rule::unknown_field, fmt::format("there is no argument {}", name),
                             fmt::format("there are: {}", fmt::join(all, ", "))};
    }
}

std::optional<double> number_given(const Json& a, const char* name, double least, double most) {
    if (!is_given(a, name)) return {};
    const Json& given = a[name];
    if (!given.is_number())
        throw WrongArguments{Rule::wrong_type, fmt::format("{} is {}, not a number", name, given.dump()), ""};
    const auto value = given.get<double>();
    if (!(value >= least && value <= most))
        throw WrongArguments{Rule::out_of_range, fmt::format("{} is {}", name, given.dump()),
                             fmt::format("from {} to {}", least, most)};
    return value;
}

double number_or(const Json& a, const char* name, double otherwise, double least, double most) {
    return number_given(a, name, least, most).value_or(otherwise);
}

double number_required(const Json& a, const char* name, double least, double most) {
    if (const auto value = number_given(a, name, least, most)) return *value;
    throw WrongArguments{Rule::missing_field, fmt::format("the argument {} is missing", name), ""};
}

namespace {

Mode mode_named(const std::string& text, const char* name) {
    std::string known;
    for (const Mode mode : datapath::all_modes) {
        if (datapath::text_of(mode) == text) return mode;
        known += (known.empty() ? "" : ", ") + std::string(datapath::text_of(mode));
    }
    throw WrongArguments{Rule::not_one_of, fmt::format("{} is {}", name, text), "there are: " + known};
}

void refuse_contradictions(const Json& a, const DataPath& path) {
    const auto refuse = [](const std::string& message, const char* hint) {
        throw WrongArguments{Rule::contradictory_fields, message, hint};
    };
    for (const char* name : {"socket_lb", "chained", "hubble", "rules_kind"})
        if (is_given(a, name) && !path.is_ebpf())
            refuse(fmt::format("{} goes with eBPF, and mode is {}", name, datapath::text_of(path.mode)),
                   "mode ebpf-legacy or ebpf-hostrouting");
    if (path.chained && path.mode == Mode::ebpf_host_routing)
        refuse("chained packets cross the host's stack, which ebpf-hostrouting leaves out", "mode ebpf-legacy");
    const bool has_rules = path.kube_proxy_rules != datapath::KubeProxyRules::absent;
    if (!path.is_ebpf() && (path.mode == Mode::none) == has_rules)
        refuse(fmt::format("kube_proxy_rules does not go with mode {}", datapath::text_of(path.mode)),
               "without rules of kube-proxy the mode is none or one of eBPF");
    if (path.masquerade == datapath::Masquerade::ebpf && !path.is_ebpf())
        refuse(fmt::format("nothing masquerades by eBPF with mode {}", datapath::text_of(path.mode)),
               "masquerade none or iptables");
    if (path.mode == Mode::ebpf_host_routing && path.masquerade == datapath::Masquerade::iptables)
        refuse("ebpf-hostrouting passes by iptables and needs masquerade ebpf", "masquerade none or ebpf");
    if (path.rules_kind == Mode::none || path.rules_kind == Mode::ebpf_legacy ||
        path.rules_kind == Mode::ebpf_host_routing)
        refuse("rules_kind is no kind of kube-proxy", "iptables-legacy, iptables-nft, nftables or ipvs");
}

}  // namespace

Mode mode_of(const Json& a) { return mode_named(required<std::string>(a, "mode"), "mode"); }

DataPath data_path_of(const Json& a) {
    using datapath::Hubble;
    using datapath::KubeProxyRules;
    using datapath::Masquerade;
    DataPath path = datapath::plain_data_path(mode_of(a));
    path.socket_lb = optional_or(a, "socket_lb", path.socket_lb);
    path.chained = optional_or(a, "chained", false);
    path.kube_proxy_rules = word_or<KubeProxyRules>(
        a, "kube_proxy_rules", path.kube_proxy_rules,
        {{"absent", KubeProxyRules::absent}, {"live", KubeProxyRules::live}, {"frozen", KubeProxyRules::frozen}});
    if (is_given(a, "rules_kind")) path.rules_kind = mode_named(a["rules_kind"].get<std::string>(), "rules_kind");
    path.hubble = word_or<Hubble>(
        a, "hubble", Hubble::off,
        {{"off", Hubble::off}, {"aggregated", Hubble::aggregated}, {"every-packet", Hubble::every_packet}});
    path.masquerade = word_or<Masquerade>(
        a, "masquerade", path.masquerade,
        {{"none", Masquerade::none}, {"iptables", Masquerade::iptables}, {"ebpf", Masquerade::ebpf}});
    refuse_contradictions(a, path);
    return path;
}

datapath::RuleTable rule_table_of(const Json& a) {
    constexpr double most_services = 1e6;
    constexpr double most_endpoints = 1e6;
    datapath::RuleTable table;
    table.services = number_or(a, "services", 1, 0, most_services);
    table.endpoints = number_or(a, "endpoints", 1, 0, most_endpoints);
    table.has_comments = optional_or(a, "comments", datapath::keeps_comments(table.services, table.endpoints));
    return table;
}

Coefficients coefficients_of(const Json& a, const Coefficients& from) {
    // What a user has measured is on the user's machine.
    Coefficients all = from.scaled(number_or(a, "machine", 1, 0.01, 100));
    if (!is_given(a, "coefficients")) return all;
    if (!a["coefficients"].is_object())
        throw WrongArguments{Rule::wrong_type, "coefficients is no object", "write {\"heat\": 0}"};
    for (const auto& [id, value] : a["coefficients"].items()) {
        const auto name = datapath::coefficient_named(id);
        if (!name) {
            std::string known;
            for (const auto& row : datapath::coefficient_table())
                known += (known.empty() ? "" : ", ") + std::string(row.id);
            throw WrongArguments{Rule::not_one_of, fmt::format("there is no coefficient {}", id),
                                 "there are: " + known};
        }
        constexpr double most = 1e9;
        // What costs nothing may have been measured as slightly less.
        const double least = std::min(0.0, datapath::coefficient_table()[static_cast<std::size_t>(*name)].low);
        all[*name] = number_required(a["coefficients"], id.c_str(), least, most);
    }
    if (all[datapath::Coefficient::evt_period] <= 0)
        throw WrongArguments{Rule::out_of_range, "evt_period is 0",
                             "seconds from one event of a connection to the next"};
    if (all[datapath::Coefficient::heat] > 1)
        throw WrongArguments{Rule::out_of_range, "heat is above 1", "a share of cold costs, from 0 to 1"};
    return all;
}

datapath::Flow flow_of(const Json& a) {
    using datapath::Protocol;
    constexpr double most_requests = 1e9;
    datapath::Flow flow;
    flow.protocol = word_or<Protocol>(a, "protocol", Protocol::tcp, {{"tcp", Protocol::tcp}, {"udp", Protocol::udp}});
    flow.requests = number_or(a, "requests_per_connection", 1, 1, most_requests);
    flow.request_bytes = number_or(a, "request_bytes", 0);
    flow.answer_bytes = number_or(a, "answer_bytes", 0);
    flow.life_seconds = number_or(a, "life_seconds", 0);
    return flow;
}

datapath::Layer7 layer7_of(const Json& a) {
    using datapath::Layer7;
    const auto word = [](Layer7 kind) { return datapath::layer7_words.at(static_cast<std::size_t>(kind)); };
    using enum Layer7;
    return word_or<Layer7>(a, "layer7", none,
                           {{word(none), none},
                            {word(node_proxy), node_proxy},
                            {word(ingress_proxy), ingress_proxy},
                            {word(one_sidecar), one_sidecar},
                            {word(two_sidecars), two_sidecars},
                            {word(ztunnel), ztunnel}});
}

datapath::Proxy proxy_of(const Json& a) {
    using datapath::Proxy;
    return word_or<Proxy>(a, "proxy", Proxy::envoy, {{"envoy", Proxy::envoy}, {"lean", Proxy::lean}});
}

datapath::Ending ending_of(const Json& a, datapath::Protocol protocol) {
    using datapath::Ending;
    const bool is_tcp = protocol == datapath::Protocol::tcp;
    const auto ending = word_or<Ending>(a, "ending", is_tcp ? Ending::closed : Ending::udp,
                                        {{"closed", Ending::closed},
                                         {"reset", Ending::reset},
                                         {"udp", Ending::udp},
                                         {"udp-stream", Ending::udp_stream},
                                         {"abandoned", Ending::abandoned}});
    if (is_tcp == (ending == Ending::udp || ending == Ending::udp_stream))
        throw WrongArguments{Rule::contradictory_fields, "ending and protocol do not go together",
                             "udp and udp-stream are endings of UDP, all others of TCP"};
    return ending;
}

double to_millionth(double value) { return std::round(value * 1e6) / 1e6; }

Json number_or_null(const std::optional<double>& value) { return value ? Json(to_millionth(*value)) : Json(); }

Json work_json(const datapath::Work& work) {
    Json parts = Json::object();
    for (std::size_t i = 0; i < datapath::part_count; ++i) {
        const auto part = static_cast<datapath::Part>(i);
        if (work[part] != 0) parts[std::string(datapath::text_of(part))] = to_millionth(work[part]);
    }
    return parts;
}

}  // namespace eks::decisions
