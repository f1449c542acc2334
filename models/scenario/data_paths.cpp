#include "models/scenario/data_paths.hpp"

#include "models/scenario/coefficients.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/kubernetes/front_ends.hpp"
#include "models/scenario/rate.hpp"
#include "models/scenario/registries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace eks {

namespace {

constexpr double services_max = 1'000'000;

// --- whether anybody looks at connections

bool any_entry_has(const Reader& document, std::string_view section, std::string_view key) {
    const JsonValue* entries = document.value().find(section);
    if (entries == nullptr || entries->kind != JsonKind::list) return false;
    return std::ranges::any_of(entries->items, [&](const JsonValue& entry) {
        const JsonValue* said = entry.kind == JsonKind::map ? entry.find(key) : nullptr;
        return said != nullptr && said->kind != JsonKind::null;
    });
}

bool has_data_path(const Reader& document) {
    const JsonValue* cluster = document.value().find("cluster");
    const JsonValue* said = cluster != nullptr && cluster->kind == JsonKind::map ? cluster->find("dataPath") : nullptr;
    return said != nullptr && said->kind != JsonKind::null;
}

// --- cluster.dataPath

void read_mode(const Reader& at, ScenarioBuilder& builder) {
    using datapath::Mode;
    constexpr std::array<std::string_view, 7> words{"iptables", "iptables-legacy", "iptables-nft", "nftables", "ipvs",
                                                    "ebpf",     "ebpf-legacy"};
    // The first is what the nodes' images make of it.
    constexpr std::array modes{
        Mode::iptables_legacy,   Mode::iptables_legacy, Mode::iptables_nft, Mode::nftables, Mode::ipvs,
        Mode::ebpf_host_routing, Mode::ebpf_legacy};
    const auto word = at.one_of(words);
    if (!word) return;
    builder.forces_iptables = *word == 0;
    builder.spec.data_paths.forced = datapath::plain_data_path(modes[*word]);
}

std::vector<OtherServices::Point> read_counts(const Reader& at) {
    std::vector<OtherServices::Point> points;
    if (!at.is_map()) {
        if (const auto count = at.number(0, services_max)) points.push_back({sim::Duration::zero(), *count});
        return points;
    }
    at.refuse_unknown_members(keys::other_services_count);
    const auto steps = at.required("steps");
    if (!steps || !steps->expect_map()) return points;
    bool are_times = true;
    for (const auto& [time, value] : steps->members()) {
        const auto when = sim::parse_duration(time);
        const auto count = value.number(0, services_max);
        if (when && *when >= sim::Duration::zero()) {
            points.push_back({*when, count.value_or(0)});
            continue;
        }
        are_times = false;
        value.complain(Rule::bad_duration, fmt::format("\"{}\" in {} is not a time", time, steps->title()),
                       "such as 90m");
    }
    std::ranges::sort(points, {}, &OtherServices::Point::at);
    if (std::ranges::adjacent_find(points, {}, &OtherServices::Point::at) != points.end())
        steps->complain(Rule::duplicate_key, fmt::format("{} has two counts for one time", steps->title()));
    else if (are_times && (points.empty() || points.front().at != sim::Duration::zero()))
        steps->complain(Rule::missing_field, fmt::format("{} does not say what holds at the beginning", steps->title()),
                        "give a count for 0s");
    return points;
}

void read_other_services(const Reader& at, OtherServices& others) {
    constexpr double endpoints_max = 100'000;
    if (!at.expect_map()) return;
    at.refuse_unknown_members(keys::other_services);
    if (const auto count = at.required("count")) others.points = read_counts(*count);
    if (const auto endpoints = at.member("endpoints"))
        others.endpoints = endpoints->number(0, endpoints_max).value_or(others.endpoints);
    const auto changes = at.member("changes");
    const auto rate = changes ? read_rate_milli(*changes) : std::nullopt;
    if (rate) others.changes_per_second = *rate / 1000.0;
}

std::optional<double> read_amount(const Reader& map, std::string_view key) {
    const auto at = map.member(key);
    const auto amount = at ? at->quantity(QuantityUnit::whole) : std::nullopt;
    if (!amount) return std::nullopt;
    if (*amount > 0) return static_cast<double>(*amount);
    at->complain(Rule::out_of_range, fmt::format("{} must be above 0", at->title()), "leave it out to have no bound");
    return std::nullopt;
}

void read_allowances(const Reader& at, NetworkAllowances& allowances) {
    if (!at.expect_map()) return;
    at.refuse_unknown_members(keys::allowances);
    allowances.packets_per_second = read_amount(at, "packetsPerSecond");
    allowances.tracked_connections = read_amount(at, "trackedConnections");
    const auto burst = at.member("burstBandwidth");
    const auto rate = burst ? read_bytes_per_second(*burst) : std::nullopt;
    if (rate) allowances.burst_bytes_per_second = static_cast<double>(*rate);
    const auto credit = at.member("creditTime");
    const auto time = credit ? credit->duration() : std::nullopt;
    if (!time) return;
    // DPD-27
    if (*time < sim::Duration::minutes(5) || *time > sim::Duration::minutes(60)) {
        credit->complain(Rule::out_of_range, fmt::format("{} must be between 5m and 60m", credit->title()));
        return;
    }
    allowances.credit_minutes = static_cast<double>(time->us()) / 60e6;
}

void read_share(const Reader& map, std::string_view key, double& share, bool& is_said) {
    const auto at = map.member(key);
    const auto ppm = at ? at->share_ppm() : std::nullopt;
    if (!ppm) return;
    share = *ppm / 1e6;
    is_said = true;
}

// --- in the end

// A path for all nodes has one front end.
void settle_forced_iptables(const Reader& cluster, ScenarioBuilder& builder) {
    DataPaths& paths = builder.spec.data_paths;
    if (!builder.forces_iptables || paths.front_ends.empty()) return;
    const datapath::Mode first = paths.front_ends.front();
    if (std::ranges::any_of(paths.front_ends, [&](datapath::Mode mode) { return mode != first; })) {
        cluster.member("dataPath")
            ->member("mode")
            ->complain(Rule::contradictory_fields,
                       "cluster.dataPath.mode is iptables, and images of the nodes have both kinds of it",
                       "say iptables-legacy or iptables-nft");
        return;
    }
    paths.forced = datapath::plain_data_path(first);
}

// One number that two tables have.
void settle_sync_period(ScenarioBuilder& builder) {
    using enum datapath::Coefficient;
    DataPaths& paths = builder.spec.data_paths;
    if (builder.said_coefficients.contains(sync_period))
        paths.kube_proxy.min_sync_period =
            sim::Duration::microseconds(static_cast<std::int64_t>(paths.coefficients[sync_period] * 1e6));
    else
        paths.coefficients[sync_period] = static_cast<double>(paths.kube_proxy.min_sync_period.us()) / 1e6;
    if (builder.said_coefficients.contains(lb_map_max))
        paths.cilium.lb_map_entries = paths.coefficients[lb_map_max];
    else
        paths.coefficients[lb_map_max] = paths.cilium.lb_map_entries;
}

void list_guesses(ScenarioBuilder& builder) {
    const DataPaths& paths = builder.spec.data_paths;
    if (builder.keeps_connections_as_guessed)
        builder.assume("traffic.connections: keep-alive", "100 requests on a connection, which is open for 90s",
                       "a guess: clients close idle connections after about so long");
    if (paths.profile.empty())
        builder.assume("cluster.dataPath.profile", "none: numbers of another machine than yours",
                       "DPA-10; `ekssim calibrate datapath` measures yours");
    if (!builder.picked_up_share_is_said)
        builder.assume("cluster.dataPath.pickedUpShare", fmt::format("{}%", paths.picked_up_share * 100),
                       "a guess (DPC-55)");
    const auto sends_to_pods = [](const LoadBalancer& balancer) { return balancer.target == BalancerTarget::ip; };
    if (!builder.target_lag_is_said && std::ranges::any_of(builder.spec.load_balancers, sends_to_pods))
        builder.assume("cluster.dataPath.targetLag", sim::to_text(paths.target_lag),
                       "a guess: its controller, and the load balancer itself");
}

}  // namespace

void see_whether_data_paths_are_used(const Reader& document, ScenarioBuilder& builder) {
    if (!document.is_map()) return;
    builder.has_outside_uses = any_entry_has(document, "behaviour", "outside");
    builder.spec.data_paths.are_used =
        any_entry_has(document, "traffic", "connections") || (has_data_path(document) && builder.has_outside_uses);
}

void read_data_path(const Reader& cluster, ScenarioBuilder& builder) {
    const auto at = cluster.member("dataPath");
    if (!at || !at->expect_map()) return;
    at->refuse_unknown_members(keys::data_path);
    DataPaths& paths = builder.spec.data_paths;
    if (!paths.are_used)
        at->warn(Rule::unused_setting,
                 fmt::format("{}: nothing is said of the connections that would take it", at->title()),
                 "say `connections` in entries of `traffic`, or `outside` in those of `behaviour`");
    if (const auto mode = at->member("mode")) read_mode(*mode, builder);
    if (const auto others = at->member("otherServices")) read_other_services(*others, paths.others);
    if (const auto allowances = at->member("allowances")) read_allowances(*allowances, paths.allowances);
    if (const auto profile = at->member("profile")) read_profile(*profile, builder);
    if (const auto coefficients = at->member("coefficients")) read_coefficients(*coefficients, builder);
    read_share(*at, "pickedUpShare", paths.picked_up_share, builder.picked_up_share_is_said);
    if (const auto lag = at->duration("targetLag")) {
        paths.target_lag = *lag;
        builder.target_lag_is_said = true;
    }
    if (const auto latency = at->duration("loadBalancerLatency")) paths.balancer_latency = *latency;
}

void finish_data_paths(const Reader& cluster, ScenarioBuilder& builder) {
    if (!builder.spec.data_paths.are_used) return;
    find_front_ends(cluster, builder);
    settle_forced_iptables(cluster, builder);
    settle_sync_period(builder);
    list_guesses(builder);
}

}  // namespace eks
