#include "models/scenario/usage.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/limits.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace eks {

namespace {

std::optional<std::int64_t> read_amount(const Reader& at, QuantityUnit unit, std::int64_t most) {
    const auto amount = at.quantity(unit);
    if (!amount || *amount <= most) return amount;
    at.complain(Rule::beyond_reason, fmt::format("{} is {}, more than any pod uses", at.title(), shown(at.value())),
                unit == QuantityUnit::milli ? "write 350m for a third of a core" : "the limit is 8Ti");
    return std::nullopt;
}

std::optional<Millicores> read_cpu(const Reader& at) {
    return read_amount(at, QuantityUnit::milli, limits::usage_cpu_milli);
}

std::optional<Bytes> read_memory(const Reader& at) {
    return read_amount(at, QuantityUnit::whole, limits::usage_memory_bytes);
}

// Where the values of a row stand; without a place, it has none.
struct Columns {
    std::size_t count = 0;
    std::optional<std::size_t> seconds;
    std::optional<std::size_t> cpu;
    std::optional<std::size_t> memory;
};

std::optional<Columns> read_columns(const Reader& trace) {
    const auto at = trace.required("columns");
    if (!at) return std::nullopt;
    Columns columns;
    for (const Reader& name : at->items()) {
        const auto which = name.one_of({"seconds", "cpu", "memory"});
        if (!which) return std::nullopt;
        const std::array<std::optional<std::size_t>*, 3> places{&columns.seconds, &columns.cpu, &columns.memory};
        *places[*which] = columns.count++;
    }
    if (columns.seconds && (columns.cpu || columns.memory)) return columns;
    at->complain(Rule::missing_field, fmt::format("{} need seconds, and cpu or memory or both", at->title()));
    return std::nullopt;
}

// A row as a point. Times rise from 0, which is where the first one stands.
std::optional<UsagePoint> read_point(const Reader& row, const Columns& columns, const std::vector<UsagePoint>& before) {
    constexpr double longest_seconds = 86'400.0 * static_cast<double>(limits::simulated_days);
    const auto values = row.items();
    if (values.size() != columns.count) {
        row.complain(Rule::wrong_type, fmt::format("{} must have {} values", row.title(), columns.count));
        return std::nullopt;
    }
    UsagePoint point;
    const Reader& time = values[*columns.seconds];
    const auto seconds = time.number(0.0, longest_seconds);
    if (!seconds) return std::nullopt;
    point.at = sim::Duration::microseconds(std::llround(*seconds * 1e6));
    const bool rises = before.empty() ? point.at == sim::Duration::zero() : point.at > before.back().at;
    if (!rises) {
        time.complain(Rule::out_of_range, before.empty()
                                              ? fmt::format("{}: a trace begins at 0 s", time.title())
                                              : fmt::format("{} does not come after the time before it", time.title()));
        return std::nullopt;
    }
    if (columns.cpu) {
        const auto cpu = read_cpu(values[*columns.cpu]);
        if (!cpu) return std::nullopt;
        point.cpu_milli = *cpu;
    }
    if (columns.memory) {
        const auto memory = read_memory(values[*columns.memory]);
        if (!memory) return std::nullopt;
        point.memory_bytes = *memory;
    }
    return point;
}

std::optional<Usage> read_trace(const Reader& trace) {
    if (trace.is_text()) {
        trace.complain(Rule::wrong_type,
                       fmt::format("{} must be the points of the trace, not the name of its file", trace.title()),
                       "`ekssim resolve FILE` reads the file");
        return std::nullopt;
    }
    if (!trace.expect_map()) return std::nullopt;
    trace.refuse_unknown_members(keys::usage_trace);
    const auto columns = read_columns(trace);
    const auto rows = trace.required("points");
    if (!columns || !rows) return std::nullopt;
    Usage usage;
    usage.states_cpu = columns->cpu.has_value();
    usage.states_memory = columns->memory.has_value();
    std::vector<UsagePoint> points;
    for (const Reader& row : rows->items()) {
        const auto point = read_point(row, *columns, points);
        if (!point) return std::nullopt;
        points.push_back(*point);
        // Only what changes is kept, since each point costs an event.
        const bool changes = usage.points.empty() || usage.points.back().cpu_milli != point->cpu_milli ||
                             usage.points.back().memory_bytes != point->memory_bytes;
        if (changes) usage.points.push_back(*point);
    }
    if (!usage.points.empty()) return usage;
    if (rows->is_list()) rows->complain(Rule::missing_field, fmt::format("{} are none", rows->title()));
    return std::nullopt;
}

}  // namespace

std::optional<Usage> read_usage(const Reader& at) {
    if (!at.expect_map()) return std::nullopt;
    at.refuse_unknown_members(keys::usage);
    const auto trace = at.member("trace");
    const auto cpu = at.member("cpu");
    const auto memory = at.member("memory");
    if (trace && (cpu || memory)) {
        at.complain(Rule::contradictory_fields,
                    fmt::format("{} states a trace and {} as well", at.title(), cpu ? "cpu" : "memory"),
                    "keep one of them");
        return std::nullopt;
    }
    if (trace) return read_trace(*trace);
    Usage usage;
    UsagePoint always;
    usage.states_cpu = cpu.has_value();
    usage.states_memory = memory.has_value();
    if (cpu) always.cpu_milli = read_cpu(*cpu).value_or(0);
    if (memory) always.memory_bytes = read_memory(*memory).value_or(0);
    if (!cpu && !memory) {
        at.complain(Rule::missing_field, fmt::format("{} says nothing", at.title()),
                    "such as {cpu: 350m, memory: 600Mi}, or {trace: usage.csv}");
        return std::nullopt;
    }
    usage.points.push_back(always);
    return usage;
}

}  // namespace eks
