#include "models/scenario/run_settings.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/placement.hpp"
#include "models/spec/calendar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace eks {

namespace {

// A Thursday; only schedules see it.
constexpr std::string_view start_default = "2026-01-01T00:00:00Z";

std::optional<ReplicationBounds> read_replications(const Reader& at) {
    if (!at.expect_map()) return std::nullopt;
    at.refuse_unknown_members(keys::replications);
    constexpr std::int64_t minimum_default = 20;
    constexpr std::int64_t maximum_default = 500;
    const auto minimum = at.integer("min", 2, limits::replications);
    const auto maximum = at.integer("max", 2, limits::replications);
    ReplicationBounds bounds{minimum.value_or(std::min(minimum_default, maximum.value_or(minimum_default))), 0};
    bounds.maximum = maximum.value_or(std::max(maximum_default, bounds.minimum));
    if (bounds.minimum > bounds.maximum) {
        at.complain(Rule::size_order,
                    fmt::format("{}: min {} is above max {}", at.title(), bounds.minimum, bounds.maximum));
        return std::nullopt;
    }
    return bounds;
}

}  // namespace

std::optional<std::int64_t> parse_instant(std::string_view text) {
    const auto us = parse_instant_us(text);
    if (!us || *us % 1'000'000 != 0) return std::nullopt;  // a run starts on a whole second
    return *us / 1'000'000;
}

RunSettings read_run(const Reader& document, ScenarioBuilder& builder) {
    RunSettings run;
    builder.spec.start_unix_seconds = *parse_instant(start_default);
    const auto section = document.required("run");
    if (!section || !section->expect_map()) return run;
    section->refuse_unknown_members(keys::run);

    if (const auto at = section->required("for")) {
        const auto length = at->duration();
        if (length) run.duration = *length;
        if (length && length->us() == 0)
            at->complain(Rule::out_of_range, fmt::format("{} must be longer than zero", at->title()));
        if (length && *length > sim::Duration::days(limits::simulated_days)) {
            at->complain(Rule::beyond_reason, fmt::format("{} is {}; the limit is {} days", at->title(),
                                                          shown(at->value()), limits::simulated_days));
        }
    }
    if (const auto at = section->member("warmUp")) {
        if (const auto length = at->duration()) {
            run.warm_up = *length;
            if (run.duration.us() > 0 && *length >= run.duration) {
                at->complain(Rule::out_of_range,
                             fmt::format("{} is {}, but the run lasts only {}", at->title(), sim::to_text(*length),
                                         sim::to_text(run.duration)),
                             "what happens during the warm-up counts for no expectation");
            }
        }
    }
    if (const auto at = section->member("start")) {
        const auto text = at->text();
        const auto instant = text ? parse_instant(*text) : std::nullopt;
        if (instant)
            builder.spec.start_unix_seconds = *instant;
        else if (text)
            at->complain(Rule::bad_timestamp, fmt::format("{} is \"{}\", which is not an instant", at->title(), *text),
                         "write it as 2026-11-02T08:00:00Z");
    } else {
        const bool has_schedules =
            std::any_of(builder.spec.workloads.begin(), builder.spec.workloads.end(),
                        [](const Workload& workload) { return workload.kind == WorkloadKind::cron_job; });
        if (has_schedules)
            builder.assume("run.start", std::string(start_default), "a guess: schedules need a calendar");
    }
    if (const auto seed = section->integer("seed", 0, std::int64_t{1} << 53))
        run.seed = static_cast<std::uint64_t>(*seed);
    if (const auto at = section->member("replications")) run.replications = read_replications(*at);
    if (const auto at = section->member("opening")) {
        if (const auto word = at->one_of({"settled", "empty"}))
            builder.spec.opening = *word == 0 ? Opening::settled : Opening::empty;
    }
    read_placement(*section, builder);
    return run;
}

std::vector<ExpectationText> read_expectations(const Reader& document) {
    std::vector<ExpectationText> expectations;
    for (const Reader& at : document.items("expect")) {
        if (!at.expect_map()) continue;
        at.refuse_unknown_members(keys::expectation);
        ExpectationText expectation;
        if (const auto that = at.member("that")) {
            const auto text = that->text();
            if (!text) continue;
            expectation.that = *text;
            expectation.that_place = that->place();
            expectation.that_pointer = that->pointer();
        } else {
            at.complain(Rule::no_expectation_text, fmt::format("{} has no \"that\"", at.title()),
                        "such as that: p99(ekssim_pod_start_seconds) < 90s");
            continue;
        }
        expectation.name = expectation.that;
        expectation.name_place = expectation.that_place;
        if (const auto name = at.member("name")) {
            expectation.name = name->text().value_or("");
            expectation.name_place = name->place();
            const bool is_double =
                std::any_of(expectations.begin(), expectations.end(),
                            [&](const ExpectationText& other) { return other.name == expectation.name; });
            if (is_double)
                name->complain(Rule::duplicate_name,
                               fmt::format("two expectations have the name \"{}\"", expectation.name));
        }
        if (const auto when = at.member("when")) {
            expectation.when = when->text().value_or("always");
            expectation.when_place = when->place();
            expectation.when_pointer = when->pointer();
        }
        if (const auto severity = at.member("severity")) {
            if (const auto word = severity->one_of({"error", "warn"}))
                expectation.severity = *word == 0 ? ExpectationSeverity::error : ExpectationSeverity::warn;
        }
        expectation.allow_empty = at.boolean("allowEmpty").value_or(false);
        expectations.push_back(std::move(expectation));
    }
    return expectations;
}

}  // namespace eks
