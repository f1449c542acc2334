// How late a metric is that goes by an exporter, Prometheus and an adapter. Each link is a clock: it tells what it took
// from the link before it at its last tick, so that the whole is as old as all of them together, at most. Nothing
// happens when a clock ticks: whoever asks works out what he is told (FR-28).
//
// A link that is down is not silent for long. An adapter that is, or a Prometheus, answers nothing at once. Where an
// exporter is, the next scrape marks what there was as stale, and from then on the answer has no value.
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <optional>

namespace eks {

// From when what a feed tells now is, in microseconds, which may lie before the run; none: it has no answer.
std::optional<std::int64_t> seen_at(const Spec& spec, const World& world, const Feed& feed, sim::Time now);

// Their clocks as the run begins.
void open_metric_chains(const Spec& spec, World& world, const sim::DrawSource& key);
// A pod of the workload has become ready or is no longer: whether a link is up now that was down, or the other way
// round.
bool metric_chains_change(const Spec& spec, World& world, WorkloadIx workload, sim::Time now);

}  // namespace eks
