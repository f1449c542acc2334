#include "models/systems/autoscaling/metric_chain.hpp"

#include "models/spec/streams.hpp"

#include <cstddef>

namespace eks {

namespace {

ChainLinkState& state_of(World& world, std::size_t chain, std::size_t place) {
    return world.pod_scaling.chain_links[chain * chain_length + place];
}

// The last tick at or before an instant.
std::int64_t last_tick(const ChainLink& link, const ChainLinkState& state, std::int64_t at_us) {
    const std::int64_t interval = link.interval.us();
    if (interval == 0) return at_us;
    const std::int64_t since = at_us - state.first_us;
    // Rounded down on either side of zero.
    const std::int64_t ticks = since >= 0 ? since / interval : -((-since + interval - 1) / interval);
    return state.first_us + ticks * interval;
}

// Two changes within an interval are not told apart from none.
bool was_up(const ChainLinkState& state, std::int64_t at_us) {
    return at_us >= state.changed_at.us() ? state.is_up : !state.is_up;
}

bool is_up(const World& world, const ChainLink& link) { return !link.pods.valid() || world[link.pods].ready > 0; }

}  // namespace

std::optional<std::int64_t> seen_at(const Spec& spec, const World& world, const Feed& feed, sim::Time now) {
    if (feed.chain < 0) return (now - feed.delay).us();
    const auto place = static_cast<std::size_t>(feed.chain);
    const MetricChain& chain = spec.pod_scaling.chains[place];
    const auto state = [&](ChainPlace link) -> const ChainLinkState& {
        return world.pod_scaling.chain_links[place * chain_length + static_cast<std::size_t>(link)];
    };
    using enum ChainPlace;
    if (!state(adapter).is_up || !state(scraper).is_up) return std::nullopt;
    const std::int64_t asked = last_tick(chain[adapter], state(adapter), now.us());
    const std::int64_t scraped = last_tick(chain[scraper], state(scraper), asked);
    if (!was_up(state(adapter), asked) || !was_up(state(scraper), scraped) || !was_up(state(exporter), scraped)) return std::nullopt;
    return last_tick(chain[exporter], state(exporter), scraped);
}

void open_metric_chains(const Spec& spec, World& world, const sim::DrawSource& key) {
    const auto& chains = spec.pod_scaling.chains;
    world.pod_scaling.chain_links.resize(chains.size() * chain_length);
    for (std::size_t c = 0; c < chains.size(); ++c) {
        for (std::size_t i = 0; i < chain_length; ++i) {
            const ChainLink& link = chains[c].links[i];
            ChainLinkState& state = state_of(world, c, i);
            state.is_up = is_up(world, link);
            // What runs or is away as a run begins has been so for long.
            state.changed_at = sim::Time::origin() - sim::Duration::hours(24);
            const double share =
                sim::draw_unit(key, {stream::chain_phase, chains[c].stable_key, static_cast<std::uint32_t>(i), 0});
            state.first_us = static_cast<std::int64_t>(share * static_cast<double>(link.interval.us()));
        }
    }
}

bool metric_chains_change(const Spec& spec, World& world, WorkloadIx workload, sim::Time now) {
    bool any = false;
    for (std::size_t c = 0; c < spec.pod_scaling.chains.size(); ++c) {
        for (std::size_t i = 0; i < chain_length; ++i) {
            const ChainLink& link = spec.pod_scaling.chains[c].links[i];
            ChainLinkState& state = state_of(world, c, i);
            if (link.pods != workload || !link.pods.valid() || is_up(world, link) == state.is_up) continue;
            state.is_up = !state.is_up;
            state.changed_at = now;
            any = true;
        }
    }
    return any;
}

}  // namespace eks
