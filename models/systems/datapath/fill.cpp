#include "models/systems/datapath/fill.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace eks::datapath {

namespace {

using Phase = TableFill::Phase;

// Rates agree with themselves to so much: a table that is exactly full is full.
constexpr double accuracy = 1e-9;

sim::Duration seconds(double value) {
    constexpr double most = 1e12;  // 31,000 years
    return sim::Duration::microseconds(static_cast<std::int64_t>(std::ceil(std::min(value, most) * 1e6)));
}

double rate_at(const TableFill& table, sim::Time at) {
    double rate = 0;
    for (const RateSince& since : table.entered) {
        if (since.at > at) break;
        rate = since.per_second;
    }
    return rate;
}

double leaving_at(const TableFill& table, sim::Time now) { return rate_at(table, now - seconds(table.hold_seconds)); }

double counted(const TableFill& table, sim::Time now) {
    const sim::Time oldest = now - seconds(table.hold_seconds);
    double entries = 0;
    for (std::size_t i = 0; i < table.entered.size(); ++i) {
        const sim::Time from = std::max(table.entered[i].at, oldest);
        const sim::Time until = i + 1 < table.entered.size() ? table.entered[i + 1].at : now;
        if (until > from) entries += table.entered[i].per_second * (until - from).in_seconds();
    }
    return entries;
}

void forget_the_old(TableFill& table, sim::Time now) {
    const sim::Time oldest = now - seconds(table.hold_seconds);
    std::size_t first = 0;
    while (first + 1 < table.entered.size() && table.entered[first + 1].at <= oldest) ++first;
    table.entered.erase(table.entered.begin(), table.entered.begin() + static_cast<std::ptrdiff_t>(first));
}

void let_in(TableFill& table, sim::Time now, double per_second) {
    if (!table.entered.empty() && table.entered.back().per_second == per_second) return;
    if (!table.entered.empty() && table.entered.back().at == now)
        table.entered.back().per_second = per_second;
    else
        table.entered.push_back({now, per_second});
}

// The first time from now on at which an open table is full: between two changes of what leaves it fills evenly.
sim::Time full_at(const TableFill& table, sim::Time now) {
    double entries = counted(table, now);
    sim::Time at = now;
    const sim::Duration hold = seconds(table.hold_seconds);
    const double comes = table.entered.empty() ? 0 : table.entered.back().per_second;
    for (std::size_t i = 0; i <= table.entered.size(); ++i) {
        const double growth = comes - leaving_at(table, at);
        sim::Time next = sim::Time::never();
        for (const RateSince& since : table.entered) {
            if (since.at + hold > at) next = std::min(next, since.at + hold);
        }
        if (growth > accuracy * std::max(1.0, comes)) {
            const sim::Time reached = at + seconds(std::max(0.0, table.limit - entries) / growth);
            if (reached <= next && reached > now) return reached;
        }
        if (next == sim::Time::never()) break;
        entries += growth * (next - at).in_seconds();
        at = next;
    }
    return sim::Time::never();
}

// The first time at which more leaves than does now: what filled the table expires.
sim::Time recovers_at(const TableFill& table, sim::Time now) {
    const double leaving = leaving_at(table, now);
    const sim::Duration hold = seconds(table.hold_seconds);
    for (const RateSince& since : table.entered) {
        if (since.at + hold > now && since.per_second > leaving * (1 + accuracy)) return since.at + hold;
    }
    return now;
}

void open(TableFill& table, sim::Time now) {
    // What a full table has let in of late came evenly.
    if (table.phase == Phase::recovered) {
        const double evenly = table.limit / table.hold_seconds;
        table.entered.assign({{now - seconds(table.hold_seconds), evenly}});
    }
    table.phase = Phase::open;
    let_in(table, now, table.asked);
    table.phase_ends = full_at(table, now);
}

}  // namespace

double entries_at(const TableFill& table, sim::Time now) {
    if (table.phase != Phase::open) return table.limit;
    return std::min(table.limit, counted(table, now));
}

void ask(TableFill& table, sim::Time now, double per_second, double hold_seconds) {
    const sim::Time phase_ends = table.phase_ends;
    table.asked = per_second;
    table.hold_seconds = hold_seconds;
    table.phase_ends = sim::Time::never();
    if (table.limit <= 0) {
        table.entered.clear();
        table.phase = Phase::open;
        return;
    }
    if (table.gives_way) {
        forget_the_old(table, now);
        let_in(table, now, per_second);
        return;
    }
    if (table.phase == Phase::open) {
        forget_the_old(table, now);
        const double leaving = leaving_at(table, now);
        const bool is_full = counted(table, now) >= table.limit * (1 - accuracy);
        if (!is_full || per_second <= leaving * (1 + accuracy)) return open(table, now);
        table.phase = Phase::full;
        table.phase_ends = recovers_at(table, now);
        let_in(table, now, leaving);
    } else if (table.phase == Phase::full) {
        if (per_second <= table.entered.back().per_second) return open(table, now);
        table.phase_ends = phase_ends;
    }
    if (table.phase == Phase::full && table.phase_ends > now) return;
    // DPC-33: as many as expire, which is as many as there is room for, over the time that each stays.
    table.phase = Phase::recovered;
    table.phase_ends = sim::Time::never();
    if (per_second * hold_seconds <= table.limit) return open(table, now);
    table.entered.assign({{now, table.limit / hold_seconds}});
}

sim::Time next_change(const TableFill& table) { return table.phase_ends; }

bool is_steady(const TableFill& table, sim::Time now) {
    // All that is there came at the rate of now.
    return table.entered.empty() || table.entered.back().at + seconds(table.hold_seconds) <= now;
}

}  // namespace eks::datapath
