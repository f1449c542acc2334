// The write-ahead log of an agent as arithmetic on plain values (FR-27): how it fills while the backend takes nothing,
// how it empties afterwards, and what of it an end of the agent leaves.
// Source: Prometheus 3, storage/remote/queue_manager.go, tsdb/wlog; prometheus.io/docs/practices/remote_write.
//
// Samples are millionths, rates thousandths of samples a second, times microseconds.
#pragma once

#include "libsim/wide.hpp"
#include "models/spec/telemetry.hpp"
#include "models/world/telemetry_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace eks::wal {

// More samples than any log holds; greater numbers are cut to it.
inline constexpr std::int64_t most_micro = std::int64_t{1} << 60;

// What comes together at a rate within a time.
constexpr std::int64_t micro_of(std::int64_t rate_milli, std::int64_t us) {
    return static_cast<std::int64_t>(std::min<sim::Int128>(sim::Int128{rate_milli} * us / 1000, most_micro));
}
// A part of it.
inline constexpr std::int64_t whole_ppm = 1'000'000;
constexpr std::int64_t share_of(std::int64_t micro, std::int64_t part, std::int64_t whole) {
    return static_cast<std::int64_t>(sim::Int128{micro} * part / whole);
}

// --- what is in the log

std::int64_t total(const LogSpans& log);
// What was scraped before an instant.
std::int64_t micro_before(const LogSpans& log, sim::Time until);

void add(LogSpans& log, sim::Time from, sim::Time until, std::int64_t rate_milli);
// The samples of two logs in one.
void absorb(LogSpans& log, const LogSpans& other);
// Each answers with what has left the log, or how much.
std::int64_t take_oldest(LogSpans& log, std::int64_t micro);
LogSpans drop_older_than(LogSpans& log, sim::Time horizon);
LogSpans cut_newest(LogSpans& log, std::int64_t micro);

// --- how it is sent

// A batch waits for its deadline, so that so much is always on its way. Smaller differences from it are none: an event
// comes at a whole microsecond.
constexpr std::int64_t usual_micro(std::int64_t in_milli, std::int64_t batch_us) {
    return micro_of(in_milli, batch_us);
}
constexpr std::int64_t slack_micro(std::int64_t in_milli) { return 1'000'000 + micro_of(in_milli, 10'000); }

// How fast it sends: nothing until the first batch is due, then what comes in, and as fast as it can where it is
// behind.
constexpr std::int64_t out_milli(std::int64_t unsent_micro, std::int64_t in_milli, std::int64_t batch_us,
                                 std::int64_t sends_milli, bool backend_is_up) {
    if (!backend_is_up) return 0;
    const std::int64_t usual = usual_micro(in_milli, batch_us);
    const std::int64_t slack = slack_micro(in_milli);
    if (unsent_micro > usual + slack) return sends_milli;
    if (unsent_micro + slack < usual) return 0;
    return std::min(in_milli, sends_milli);
}

// When it has come to what is usual; none: it never does, or has.
struct Rates {
    std::int64_t in_milli = 0;
    std::int64_t out_milli = 0;
};
constexpr std::optional<std::int64_t> us_until_usual(std::int64_t unsent_micro, Rates rates, std::int64_t batch_us) {
    const std::int64_t usual = usual_micro(rates.in_milli, batch_us);
    const std::int64_t away = usual - unsent_micro;
    const std::int64_t speed = rates.in_milli - rates.out_milli;
    if (speed == 0 || (away > 0) != (speed > 0) || away == 0) return std::nullopt;
    const std::int64_t distance = away > 0 ? away : -away;
    const std::int64_t rate = speed > 0 ? speed : -speed;
    return static_cast<std::int64_t>((sim::Int128{distance} * 1000 + rate - 1) / rate);
}

// --- what an end leaves of it

// What of an agent has ended.
enum class End : std::uint8_t {
    container,  // which starts again in its pod
    pod,        // for good
    node,       // with its disks
};
constexpr bool outlives(WalVolume volume, End end) { return static_cast<int>(volume) > static_cast<int>(end); }

}  // namespace eks::wal
