// What the metrics API answers of something else than the pods' use of CPU and memory: requests and queues, through an
// adapter or KEDA's scalers, as late as these are.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <optional>

namespace eks {

// The value of an object or an external metric in thousandths; none: there is no such metric.
std::optional<std::int64_t> value_of_feed(const Spec& spec, const World& world, const ScalerMetric& metric,
                                          sim::Time now);

// What of it KEDA holds against the activation threshold: the whole lag, and whether it is the time (KEDA-2, KEDA-9).
std::optional<std::int64_t> activity_of_feed(const Spec& spec, const World& world, const ScalerMetric& metric,
                                             sim::Time now);

// Requests a second that one pod gets, in thousandths; none: nothing is known of it yet.
std::optional<std::int64_t> value_of_pod(const Spec& spec, const World& world, const Feed& feed, PodId pod,
                                         sim::Time now);

// Whether it may answer another value at a later time although nothing happens until then.
bool feed_moves(const Spec& spec, const World& world, const Feed& feed, sim::Time now);

// Whether the window of a schedule is open, and when one of its schedules fires next; never: not within five years.
bool is_within(const Spec& spec, const CronWindow& window, sim::Time now);
sim::Time next_change_of(const Spec& spec, const CronWindow& window, sim::Time now);

}  // namespace eks
