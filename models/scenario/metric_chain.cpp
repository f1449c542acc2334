#include "models/scenario/metric_chain.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/kubernetes/monitors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace eks {

std::optional<sim::Duration> interval_of_agent(const ScenarioBuilder& builder, WorkloadIx scraper,
                                               WorkloadIx exporter) {
    const auto& agents = builder.spec.telemetry.agents;
    const auto agent = std::ranges::find(agents, scraper, &TelemetryAgent::pods);
    if (!scraper.valid() || agent == agents.end()) return std::nullopt;
    const auto target = std::ranges::find(agent->targets, exporter, &ScrapeTarget::pods);
    if (target != agent->targets.end()) return target->interval;
    return std::nullopt;
}

MetricChain read_metric_chain(const Reader& via, std::string_view metric, ScenarioBuilder& builder) {
    via.refuse_unknown_members(keys::metric_chain);
    MetricChain chain;
    chain.stable_key = stable_key_of(fmt::format("customMetrics/{}", metric));
    bool scrape_is_said = false;
    for (std::size_t i = 0; i < chain_length; ++i) {
        const auto at = via.member(keys::metric_chain[i]);
        if (!at || !at->expect_map()) continue;
        at->refuse_unknown_members(keys::chain_link);
        ChainLink& link = chain.links[i];
        if (const auto workload = at->member("workload")) {
            const auto named = builder.workloads_named_by(*workload);
            if (named.size() > 1)
                workload->complain(Rule::not_supported, fmt::format("{} is several workloads", workload->title()),
                                   "name the one that is asked");
            if (!named.empty()) link.pods = named.front();
        }
        if (const auto interval = at->duration("interval")) {
            link.interval = *interval;
            scrape_is_said = scrape_is_said || i == static_cast<std::size_t>(ChainPlace::scraper);
        }
    }
    if (scrape_is_said) return chain;
    ChainLink& scraper = chain[ChainPlace::scraper];
    const auto known = interval_of_agent(builder, scraper.pods, chain[ChainPlace::exporter].pods);
    scraper.interval = known.value_or(operators_scrape_interval);
    if (!known)
        builder.assume(fmt::format("customMetrics: how often {} is scraped", metric),
                       sim::to_text(operators_scrape_interval), "the default of the Prometheus operator");
    return chain;
}

}  // namespace eks
