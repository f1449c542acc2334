#include "models/scenario/dns_use.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace eks {
namespace {

struct NamedName {
    std::string_view word;
    LookedUpName name;
};
// Names of the world have two dots, as most do; a dot at the end keeps suffixes away.
constexpr std::array<NamedName, 8> known_names{{
    {"external", {.dots = 2}},
    {"external.", {.dots = 2, .is_absolute = true}},
    {"service", {.dots = 0, .found_with = 0}},
    {"service.namespace", {.dots = 1, .found_with = 1}},
    {"service.namespace.svc", {.dots = 2, .found_with = 2}},
    {"service.namespace.svc.cluster.local", {.dots = 4, .is_of_cluster = true}},
    {"service.namespace.svc.cluster.local.", {.dots = 4, .is_absolute = true, .is_of_cluster = true}},
    {"host", {.dots = 0, .found_with = 3}},  // of the VPC, found with the node's own suffix
}};

constexpr bool is_of_cluster(const LookedUpName& name) {
    return name.is_of_cluster || (name.found_with >= 0 && name.found_with < Resolver{}.cluster_suffixes);
}

}  // namespace

std::optional<DnsLookups> read_dns_lookups(const Reader& entry) {
    const auto at = entry.member("dns");
    if (!at || !at->expect_map()) return std::nullopt;
    at->refuse_unknown_members(keys::dns_use);
    const auto rate_at = at->required("lookups");
    const auto rate = rate_at ? read_rate_milli(*rate_at) : std::nullopt;
    const auto names_at = at->required("names");
    std::array<std::string_view, known_names.size()> words;
    std::ranges::transform(known_names, words.begin(), &NamedName::word);
    const auto word = names_at ? names_at->one_of(words) : std::nullopt;
    if (!rate || !word) return std::nullopt;
    DnsLookups lookups{*at, *rate, known_names[*word].name, std::nullopt};
    if (const auto cached = at->member("cached")) lookups.cached_ppm = cached->share_ppm();
    return lookups;
}

void lay_over(const DnsLookups& lookups, WorkloadIx workload, ScenarioBuilder& builder) {
    const auto asks = builder.resolvers.find(workload.value);
    DnsUse use;
    use.workload = workload;
    use.lookups_milli_per_second = lookups.milli_per_second;
    const Resolver resolver = asks != builder.resolvers.end() ? asks->second : Resolver{};
    use.asks_vpc = resolver.cluster_suffixes == 0;
    if (use.asks_vpc && is_of_cluster(lookups.name)) {
        lookups.at.complain(Rule::contradictory_fields,
                            fmt::format("{}: pods of {} ask the VPC's resolver, which knows no Service",
                                        lookups.at.title(), builder.title_of(workload)),
                            "give them dnsPolicy ClusterFirst, or ClusterFirstWithHostNet on the host's network");
        return;
    }
    LookedUpName name = lookups.name;
    // The suffixes of the cluster are not in the node's file.
    if (use.asks_vpc && name.found_with >= 0) name.found_with -= Resolver{}.cluster_suffixes;
    use.queries = queries_of(name, resolver);
    use.cached_ppm = lookups.cached_ppm.value_or(0);
    if (!lookups.cached_ppm && !use.asks_vpc && use.queries.forwarded > 0)
        builder.assume(fmt::format("dns.cached of {}", builder.title_of(workload)), "0%",
                       "a guess: every name is a new one (DNS-4)");
    builder.use_resolver_of(workload);
    std::vector<DnsUse>& uses = builder.spec.dns.uses;
    std::erase_if(uses, [&](const DnsUse& other) { return other.workload == workload; });
    uses.push_back(use);
}

}  // namespace eks
