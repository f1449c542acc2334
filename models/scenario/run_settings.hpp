// The sections `run`, `expect` and `expectVerdict`: how long to run, from when, how often, and what must come out.
// Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace eks {

// Also sets builder.spec's start and opening.
RunSettings read_run(const Reader& document, ScenarioBuilder& builder);

std::vector<ExpectationText> read_expectations(const Reader& document);

// "2026-11-02T08:00:00Z", or with an offset such as +01:00: seconds since 1970. Fractions are refused.
std::optional<std::int64_t> parse_instant(std::string_view text);

}  // namespace eks
