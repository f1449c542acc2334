// The write-ahead log of an agent as arithmetic on plain values (FR-27): how it fills while the backend takes nothing,
// how it empties afterwards, and what of it an end of the agent leaves.
// Source: Prometheus 3, storage/remote/queue_manager.go, tsdb/wlog; prometheus.io/docs/practices/remote_write.
//
// Samples are millionths, rates thousandths of samples a second, times microseconds.
#pragma once

#include "models/spec/telemetry.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace eks::wal {

// What comes together at a rate within a time.
constexpr std::int64_t micro_of(std::int64_t rate_milli, std::int64_t us) {
    return static_cast<std::int64_t>(static_cast<__int128>(rate_milli) * us / 1000);
}

struct Rates {
    std::int64_t in_milli = 0;
    std::int64_t out_milli = 0;
};

// What is not sent after a while, and what the log has kept for too long meanwhile.
struct Fill {
    std::int64_t unsent_micro = 0;
    std::int64_t too_old_micro = 0;
};
constexpr Fill fill_after(std::int64_t unsent_micro, Rates rates, std::int64_t keeps_us, std::int64_t lasted_us) {
    const std::int64_t grown =
        std::max<std::int64_t>(unsent_micro + micro_of(rates.in_milli - rates.out_milli, lasted_us), 0);
    // Where it grows by what is scraped alone, it holds what has come within the time that it keeps.
    const std::int64_t most = std::max(unsent_micro, micro_of(rates.in_milli, keeps_us));
    const bool loses = rates.out_milli < rates.in_milli && grown > most;
    return loses ? Fill{most, grown - most} : Fill{grown, 0};
}

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
constexpr std::optional<std::int64_t> us_until_usual(std::int64_t unsent_micro, Rates rates, std::int64_t batch_us) {
    const std::int64_t usual = usual_micro(rates.in_milli, batch_us);
    const std::int64_t away = usual - unsent_micro;
    const std::int64_t speed = rates.in_milli - rates.out_milli;
    if (speed == 0 || (away > 0) != (speed > 0) || away == 0) return std::nullopt;
    const std::int64_t distance = away > 0 ? away : -away;
    const std::int64_t rate = speed > 0 ? speed : -speed;
    return static_cast<std::int64_t>((static_cast<__int128>(distance) * 1000 + rate - 1) / rate);
}

// What of an agent has ended.
enum class End : std::uint8_t {
    container,  // which starts again in its pod
    pod,        // for good
    node,       // with its disks
};
constexpr bool outlives(WalVolume volume, End end) { return static_cast<int>(volume) > static_cast<int>(end); }
// A log that was left open is cut to its last good segment.
constexpr std::int64_t cut_micro(std::int64_t unsent_micro, std::int32_t cut_ppm) {
    return static_cast<std::int64_t>(static_cast<__int128>(unsent_micro) * cut_ppm / 1'000'000);
}

}  // namespace eks::wal
