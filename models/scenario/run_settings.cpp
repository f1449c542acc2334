#include "models/scenario/run_settings.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace eks {

namespace {

// Two or four digits at a fixed position.
std::optional<std::int64_t> digits_at(std::string_view text, std::size_t position, std::size_t count) {
    std::int64_t number = 0;
    for (std::size_t i = position; i < position + count; ++i) {
        if (i >= text.size() || text[i] < '0' || text[i] > '9') return std::nullopt;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

bool is_leap(std::int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

std::int64_t days_of_month(std::int64_t year, std::int64_t month) {
    constexpr std::int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

// Days since 1970-01-01 in the Gregorian calendar, counted in years that start in March, so that leap days come last.
std::int64_t days_before(std::int64_t year, std::int64_t month, std::int64_t day) {
    const std::int64_t y = month <= 2 ? year - 1 : year;
    const std::int64_t months_since_march = (month + 9) % 12;
    const std::int64_t day_of_year = (153 * months_since_march + 2) / 5 + day - 1;
    constexpr std::int64_t days_to_1970 = 719'468;  // from 0000-03-01
    return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - days_to_1970;
}

// "Z" or "+01:00": seconds east of UTC.
std::optional<std::int64_t> offset_seconds(std::string_view text) {
    if (text == "Z" || text == "z") return 0;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    const auto hours = digits_at(text, 1, 2);
    const auto minutes = digits_at(text, 4, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const std::int64_t seconds = *hours * 3600 + *minutes * 60;
    return text[0] == '-' ? -seconds : seconds;
}

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
    const auto year = digits_at(text, 0, 4);
    const auto month = digits_at(text, 5, 2);
    const auto day = digits_at(text, 8, 2);
    const auto hour = digits_at(text, 11, 2);
    const auto minute = digits_at(text, 14, 2);
    const auto second = digits_at(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const bool has_separators = text[4] == '-' && text[7] == '-' &&
                                (text[10] == 'T' || text[10] == 't' || text[10] == ' ') && text[13] == ':' &&
                                text[16] == ':';
    if (!has_separators || *year < 1970 || *month < 1 || *month > 12 || *day < 1 || *day > days_of_month(*year, *month))
        return std::nullopt;
    if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    const auto offset = offset_seconds(text.substr(19));
    if (!offset) return std::nullopt;
    constexpr std::int64_t seconds_per_day = 86'400;
    return days_before(*year, *month, *day) * seconds_per_day + *hour * 3600 + *minute * 60 + *second - *offset;
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
    return run;
}

std::vector<ExpectationText> read_expectations(const Reader& document) {
    std::vector<ExpectationText> expectations;
    for (const Reader& at : document.items("expect")) {
        if (!at.expect_map()) continue;
        at.refuse_unknown_members(keys::expectation);
        ExpectationText expectation;
        if (const auto that = at.member("that")) {
            expectation.that = that->text().value_or("");
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
