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

// How far back a query looks: the only range in it, as [2m].
std::optional<sim::Duration> range_of_query(std::string_view query);

// How a series is called by `name: {matches: …, as: …}`, either of which may be empty. Patterns are literal but for one
// (.*), (.+), .* or .+; nothing for others, and for those that do not match.
std::optional<std::string> name_of_metric(std::string_view series, std::string_view matches, std::string_view as);

}  // namespace eks
