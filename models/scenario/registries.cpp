#include "models/scenario/registries.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace eks {

namespace {

constexpr std::string_view docker_hub = "docker.io";
// AWS-104: what Docker Hub lets one address pull that has not logged in. The nodes behind a NAT gateway share its
// address.
constexpr std::int32_t docker_hub_pulls = 100;
constexpr sim::Duration docker_hub_period = sim::Duration::microseconds(std::int64_t{6} * 3600 * 1'000'000);

constexpr std::size_t most_registries_in_faults = 64;

void read_pull_limit(const Reader& at, Registry& registry) {
    constexpr std::int64_t most = 1'000'000'000;
    if (at.is_text() && at.value().text == "none") {
        at.mark_used();
        registry.pulls = 0;
        return;
    }
    if (!at.expect_map()) return;
    at.refuse_unknown_members(keys::pull_limit);
    const auto pulls_at = at.required("pulls");
    const auto per_at = at.required("per");
    std::optional<std::int64_t> pulls;
    std::optional<sim::Duration> per;
    if (pulls_at) pulls = pulls_at->integer(1, most);
    if (per_at) per = per_at->duration();
    if (!pulls || !per) return;
    if (*per == sim::Duration::zero() || per->us() < *pulls) {
        per_at->complain(Rule::out_of_range, fmt::format("{} is too short for {} pulls", per_at->title(), *pulls),
                         "a registry without a limit has pullLimit: none");
        return;
    }
    registry.pulls = static_cast<std::int32_t>(*pulls);
    registry.per = *per;
}

void read_rule(const Reader& entry, ScenarioBuilder& builder) {
    if (!entry.expect_map()) return;
    entry.refuse_unknown_members(keys::registry);
    ScenarioBuilder::RegistryRule rule;
    const auto host_at = entry.required("host");
    const auto host = host_at ? host_at->text() : std::nullopt;
    if (host && (host->empty() || host->find('/') != std::string::npos)) {
        host_at->complain(Rule::bad_name, fmt::format("{} is \"{}\", which is no host", host_at->title(), *host),
                          "write it as docker.io or *.dkr.ecr.*.amazonaws.com");
        return;
    }
    if (host) rule.pattern = *host;
    if (rule.pattern == docker_hub) {
        rule.settings.pulls = docker_hub_pulls;
        rule.settings.per = docker_hub_period;
    }
    if (const auto latency = entry.duration("latency")) {
        rule.settings.states_latency = true;
        rule.settings.latency = *latency;
    }
    if (const auto at = entry.member("bandwidth")) {
        if (const auto rate = read_bytes_per_second(*at)) rule.settings.bytes_per_second = *rate;
    }
    if (const auto at = entry.member("pullBandwidth")) {
        if (const auto rate = read_bytes_per_second(*at)) rule.settings.pull_bytes_per_second = *rate;
    }
    if (const auto at = entry.member("pullLimit")) read_pull_limit(*at, rule.settings);
    rule.is_users = true;
    rule.place = entry;
    if (host) builder.registry_rules.push_back(std::move(rule));
}

}  // namespace

std::string_view registry_host_of(std::string_view image) {
    // The add-ons of EKS, whose registry has another account and Region in its name everywhere.
    if (image.starts_with("eks/")) return "602401143452.dkr.ecr.amazonaws.com";
    const std::size_t slash = image.find('/');
    if (slash == std::string_view::npos) return docker_hub;
    const std::string_view first = image.substr(0, slash);
    const bool is_host = first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
    if (!is_host || first == "index.docker.io" || first == "registry-1.docker.io") return docker_hub;
    return first;
}

std::optional<std::int64_t> read_bytes_per_second(const Reader& at) {
    constexpr std::int64_t most = std::int64_t{1} << 40;
    const auto text = at.is_text() ? at.text() : std::nullopt;
    if (!text || !text->ends_with("/s")) {
        at.complain(Rule::missing_unit, fmt::format("{} is {}, which is no rate", at.title(), shown(at.value())),
                    "such as 20Mi/s");
        return std::nullopt;
    }
    const ParsedQuantity amount = parse_bytes(std::string_view(*text).substr(0, text->size() - 2));
    if (amount && *amount >= 1 && *amount <= most) return *amount;
    at.complain(amount ? Rule::out_of_range : Rule::bad_quantity,
                fmt::format("{} is {}, which is no rate that anything has", at.title(), shown(at.value())),
                amount ? "between 1 byte and 1 TiB a second" : std::string(advice(amount.fault)));
    return std::nullopt;
}

void read_registries(const std::optional<Reader>& registries, ScenarioBuilder& builder) {
    if (registries) {
        for (const Reader& entry : registries->items()) read_rule(entry, builder);
    }
    ScenarioBuilder::RegistryRule hub;
    hub.pattern = docker_hub;
    hub.settings.pulls = docker_hub_pulls;
    hub.settings.per = docker_hub_period;
    builder.registry_rules.push_back(std::move(hub));
}

void finish_registries(const std::optional<Reader>& registries, ScenarioBuilder& builder) {
    const Spec& spec = builder.spec;
    for (const Registry& registry : spec.registries) {
        const auto rule = std::ranges::find_if(builder.registry_rules, [&](const ScenarioBuilder::RegistryRule& r) {
            return matches_wildcard(r.pattern, registry.host);
        });
        if (rule == builder.registry_rules.end() || rule->is_users) continue;
        builder.assume(fmt::format("registries[{}].pullLimit", registry.host),
                       fmt::format("{} in {}, for all nodes together", registry.pulls, sim::to_text(registry.per)),
                       "AWS-104: without an account, by the address of the NAT gateway");
    }
    if (registries) {
        for (const ScenarioBuilder::RegistryRule& rule : builder.registry_rules) {
            const bool is_used = std::ranges::any_of(spec.registries, [&](const Registry& registry) {
                return matches_wildcard(rule.pattern, registry.host);
            });
            if (rule.is_users && !is_used)
                rule.place->warn(Rule::unused_registry,
                                 fmt::format("{}: no image comes from {}", rule.place->title(), rule.pattern));
        }
    }
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        if (spec.workloads[i].kind != WorkloadKind::daemon_set) continue;
        for (const ContainerSpec& c : spec.template_of(WorkloadIx::of(i)).containers) {
            if (!c.image) continue;
            std::string_view name = spec.images[c.image.value].name;
            name = name.substr(0, name.find_first_of('@'));
            name = name.substr(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
            if (name.substr(0, name.find(':')) == "spegel") builder.spec.spegel = WorkloadIx::of(i);
        }
    }
    if (!spec.spegel.valid()) return;
    builder.assume("assume.peerLatency", sim::to_text(spec.latencies.peer_latency), "AWS-106, of its smallest image");
    builder.assume("assume.peerBytesPerSecond", std::to_string(spec.latencies.peer_bytes_per_second),
                   "AWS-106: large images come at the rate of the nodes' disks");
}

std::optional<std::uint64_t> registries_named_by(const Reader& at, const ScenarioBuilder& builder) {
    const auto pattern = at.text();
    if (!pattern) return std::nullopt;
    std::uint64_t named = 0;
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < std::min(builder.spec.registries.size(), most_registries_in_faults); ++i) {
        known.push_back(builder.spec.registries[i].host);
        if (matches_wildcard(*pattern, known.back())) named |= std::uint64_t{1} << i;
    }
    if (named != 0) return named;
    at.complain(Rule::matches_nothing, fmt::format("{} is \"{}\", from which no image comes", at.title(), *pattern),
                did_you_mean(*pattern, known));
    return std::nullopt;
}

}  // namespace eks
