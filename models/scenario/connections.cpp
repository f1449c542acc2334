#include "models/scenario/connections.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/kubernetes/layer7.hpp"
#include "models/spec/layer7_words.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>

namespace eks {

namespace {

// A guess: Go's http.Transport closes idle connections after 90 s.
constexpr double keep_alive_requests = 100;
constexpr sim::Duration keep_alive_hold = sim::Duration::seconds(90);
constexpr double requests_max = 1e9;
constexpr sim::Duration longest_hold = sim::Duration::seconds(1'000'000);
constexpr sim::Duration longest_timeout = sim::Duration::seconds(3600);

std::optional<sim::Duration> duration_up_to(const Reader& map, std::string_view key, sim::Duration most) {
    const auto at = map.member(key);
    const auto read = at ? at->duration() : std::nullopt;
    if (!read || *read <= most) return read;
    at->complain(Rule::beyond_reason, fmt::format("{} is longer than {}", at->title(), sim::to_text(most)));
    return std::nullopt;
}

void read_timeout(const Reader& at, std::string_view key, datapath::Protocol protocol, std::optional<double>& seconds) {
    const auto timeout = duration_up_to(at, key, longest_timeout);
    if (!timeout) return;
    if (*timeout == sim::Duration::zero())
        at.member(key)->complain(Rule::out_of_range, fmt::format("{}.{} must be above 0", at.title(), key));
    else if (protocol == datapath::Protocol::udp)
        at.complain_at_key(key, Rule::contradictory_fields,
                           fmt::format("{} has a {}, and UDP has no connections", at.title(), key));
    else
        seconds = static_cast<double>(timeout->us()) / 1e6;
}

void read_form(const Reader& at, ConnectionUse& use, ScenarioBuilder& builder) {
    if (!at.is_map()) {
        const auto word = at.one_of({"keep-alive", "short"});
        if (word != 0U) return;
        use.requests = keep_alive_requests;
        use.hold = keep_alive_hold;
        builder.keeps_connections_as_guessed = true;
        return;
    }
    at.refuse_unknown_members(keys::connections);
    if (const auto requests = at.member("requestsPer")) use.requests = requests->number(1, requests_max).value_or(1);
    if (const auto hold = duration_up_to(at, "hold", longest_hold)) {
        use.hold = *hold;
    } else if (use.requests > 1 && !at.has("hold")) {
        use.hold = keep_alive_hold;
        builder.keeps_connections_as_guessed = true;
    }
    if (const auto protocol = at.member("protocol"))
        use.protocol = protocol->one_of({"tcp", "udp"}) == 1U ? datapath::Protocol::udp : datapath::Protocol::tcp;
    read_timeout(at, "connectTimeout", use.protocol, use.connect_timeout_seconds);
    read_timeout(at, "answerTimeout", use.protocol, use.answer_timeout_seconds);
}

void read_proxies(const Reader& entry, ConnectionUse& use) {
    using datapath::Layer7;
    const auto said = entry.member("layer7");
    if (said) {
        if (const auto word = said->one_of(datapath::layer7_words)) use.layer7 = static_cast<Layer7>(*word);
        if (use.protocol == datapath::Protocol::udp && use.layer7 != Layer7::none)
            said->complain(
                Rule::contradictory_fields,
                fmt::format("{}: what is modelled of proxies is about TCP, and these requests are UDP", said->title()));
    }
    const auto proxy = entry.member("proxy");
    if (!proxy) return;
    use.proxy = proxy->one_of({"envoy", "lean"}) == 1U ? datapath::Proxy::lean : datapath::Proxy::envoy;
    if (said && (use.layer7 == Layer7::none || use.layer7 == Layer7::ztunnel))
        proxy->warn(Rule::unused_setting, fmt::format("{}: {}", proxy->title(),
                                                      use.layer7 == Layer7::none ? "there is no proxy on the way"
                                                                                 : "ztunnel is a kind of its own"));
}

}  // namespace

ConnectionUse read_connections(const Reader& entry, ScenarioBuilder& builder) {
    ConnectionUse use;
    const auto at = entry.member("connections");
    if (!at) {
        for (const std::string_view key : {"layer7", "proxy"}) {
            if (const auto said = entry.member(key))
                said->warn(Rule::unused_setting,
                           fmt::format("{}: data paths see only what says its `connections`", said->title()),
                           "add `connections: keep-alive`, or short");
        }
        return use;
    }
    use.is_said = true;
    read_form(*at, use, builder);
    read_proxies(entry, use);
    return use;
}

void find_proxies(const Reader& entry, TrafficClass& traffic, const ScenarioBuilder& builder) {
    ConnectionUse& use = traffic.connections;
    if (!use.is_said || entry.has("layer7") || use.protocol == datapath::Protocol::udp) return;
    use.layer7 = layer7_by_objects(traffic, builder);
}

}  // namespace eks
