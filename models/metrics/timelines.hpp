// What pictures of a run are drawn from: a few levels over time as change points, of bounded number however long the
// run was.
//
//   auto plan = with_timelines(spec, *plan_metrics(spec));   // what to record
//   Metrics metrics(spec, plan);                             // records while it observes
//   for (const Timeline& line : read_timelines(metrics)) ...
//
// Recording changes nothing else: neither the other numbers of a run nor its fingerprint, and equality of Metrics does
// not look at it.
#pragma once

#include "models/metrics/metrics.hpp"

#include <memory>
#include <vector>

namespace eks {

struct TimelinePoint {
    sim::Time at;
    std::int64_t value = 0;  // in base units; holds until the next point
    friend bool operator==(const TimelinePoint&, const TimelinePoint&) = default;
};

struct Timeline {
    TimelineTitle title;
    std::vector<TimelinePoint> points;  // the first at the start of the run, in order; neighbours differ in value
};

// The plan, and with it that levels are recorded over time.
std::shared_ptr<const MetricsPlan> with_timelines(const Spec& spec, const MetricsPlan& plan);

// In the order of the plan; those that were zero throughout are left out unless they are always shown.
std::vector<Timeline> read_timelines(const Metrics& metrics);

}  // namespace eks
