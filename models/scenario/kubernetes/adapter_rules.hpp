// What a rule of prometheus-adapter's configuration comes to: the name of the metric that it makes of a series
// (https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config.md). Queries and patterns are programs
// of their own; what is read of them here are the plain forms that nearly all of them have.
#pragma once

#include "libsim/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace eks {

// The one series of a query: `http_requests_total{…}`, or __name__ with one name. Empty where there are several.
std::string series_of_query(std::string_view query);

// The value that a query asks of a label, as in {job="web"}; empty: none, or several.
std::string value_of_label(std::string_view query, std::string_view label);

// A range of irate() or idelta(), which look at the last two samples, however long it is.
inline constexpr sim::Duration last_two_samples = sim::Duration::zero();
// Several ranges that differ, or one that cannot be read.
inline constexpr sim::Duration unclear_range = sim::Duration::microseconds(-1);

// How far back a query looks, as [2m] or [2m:30s] has it; nothing where it has no range.
std::optional<sim::Duration> range_of_query(std::string_view query);

// Whether a series matches a pattern; nothing for patterns that name_of_metric does not read.
std::optional<bool> matches_pattern(std::string_view series, std::string_view pattern);

// How a series is called by `name: {matches: …, as: …}`, either of which may be empty. Patterns are literal but for one
// (.*), (.+), .* or .+; nothing for others, and for those that do not match.
std::optional<std::string> name_of_metric(std::string_view series, std::string_view matches, std::string_view as);

}  // namespace eks
