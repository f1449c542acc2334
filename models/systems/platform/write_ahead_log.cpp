#include "models/systems/platform/write_ahead_log.hpp"

#include <iterator>
#include <utility>

namespace eks::wal {

namespace {

// Beyond it the oldest are told apart no more: rates change with each pod that comes or goes.
constexpr std::size_t most_spans = 64;

std::int64_t lasts_us(const LogSpan& span) { return (span.ends - span.begins).us(); }

// Of two neighbours, as far as thousandths of a sample a second are told apart.
bool go_on_alike(const LogSpan& before, const LogSpan& after) {
    if (before.ends != after.begins) return false;
    const auto rate = [](const LogSpan& s) { return sim::Int128{s.micro} * 1000 / lasts_us(s); };
    const sim::Int128 difference = rate(before) - rate(after);
    return -1 <= difference && difference <= 1;
}

void join_with_next(LogSpans& log, std::size_t place) {
    log[place].ends = std::max(log[place].ends, log[place + 1].ends);
    log[place].micro += log[place + 1].micro;
    log.erase(std::next(log.begin(), static_cast<std::ptrdiff_t>(place) + 1));
}

// Cuts off what was scraped before an instant within the span.
LogSpan cut_before(LogSpan& span, sim::Time until) {
    LogSpan before = span;
    before.ends = until;
    before.micro = share_of(span.micro, lasts_us(before), lasts_us(span));
    span.begins = until;
    span.micro -= before.micro;
    return before;
}

void drop_empty(LogSpans& log) {
    std::erase_if(log, [](const LogSpan& span) { return span.micro <= 0 || span.begins >= span.ends; });
}

}  // namespace

std::int64_t total(const LogSpans& log) {
    std::int64_t sum = 0;
    for (const LogSpan& span : log) sum = std::min(sum + span.micro, most_micro);
    return sum;
}

std::int64_t micro_before(const LogSpans& log, sim::Time until) {
    std::int64_t sum = 0;
    for (const LogSpan& span : log) {
        if (span.begins >= until) continue;
        const bool is_whole = span.ends <= until;
        const std::int64_t part =
            is_whole ? span.micro : share_of(span.micro, (until - span.begins).us(), lasts_us(span));
        sum = std::min(sum + part, most_micro);
    }
    return sum;
}

void add(LogSpans& log, sim::Time from, sim::Time until, std::int64_t rate_milli) {
    const LogSpan span{from, until, micro_of(rate_milli, (until - from).us())};
    if (span.micro == 0) return;
    log.push_back(span);
    const std::size_t last = log.size() - 1;
    if (last > 0 && go_on_alike(log[last - 1], log[last])) return join_with_next(log, last - 1);
    if (log.size() > most_spans) join_with_next(log, 0);
}

void absorb(LogSpans& log, const LogSpans& other) {
    log.insert(log.end(), other.begin(), other.end());
    std::ranges::stable_sort(log, {}, &LogSpan::begins);
    while (log.size() > most_spans) join_with_next(log, 0);
}

std::int64_t take_oldest(LogSpans& log, std::int64_t micro) {
    std::int64_t taken = 0;
    for (LogSpan& span : log) {
        const std::int64_t part = std::min(span.micro, micro - taken);
        if (part <= 0) break;
        span.begins = span.begins + sim::Duration::microseconds(share_of(lasts_us(span), part, span.micro));
        span.micro -= part;
        taken += part;
        // What is left of it, if anything, was scraped in some time.
        if (span.begins >= span.ends) span.begins = span.ends - sim::Duration::microseconds(1);
    }
    drop_empty(log);
    return taken;
}

LogSpans drop_older_than(LogSpans& log, sim::Time horizon) {
    LogSpans gone;
    for (LogSpan& span : log) {
        if (span.begins >= horizon) continue;
        if (span.ends <= horizon)
            gone.push_back(std::exchange(span, {}));
        else
            gone.push_back(cut_before(span, horizon));
    }
    drop_empty(log);
    return gone;
}

LogSpans cut_newest(LogSpans& log, std::int64_t micro) {
    LogSpans gone;
    for (auto span = log.rbegin(); span != log.rend() && micro > 0; ++span) {
        if (span->micro <= micro) {
            micro -= span->micro;
            gone.push_back(std::exchange(*span, {}));
            continue;
        }
        LogSpan kept = *span;
        const std::int64_t kept_us = share_of(lasts_us(kept), kept.micro - micro, kept.micro);
        const sim::Time until = kept.begins + sim::Duration::microseconds(kept_us);
        LogSpan cut = {until, kept.ends, micro};
        kept.ends = std::max(until, kept.begins + sim::Duration::microseconds(1));
        kept.micro -= micro;
        gone.push_back(cut);
        *span = kept;
        micro = 0;
    }
    drop_empty(log);
    std::ranges::reverse(gone);
    return gone;
}

}  // namespace eks::wal
