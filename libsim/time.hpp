// Simulated time: Duration is a length, Time an instant, both whole microseconds.
//
//   using namespace sim::literals;
//   const Time start = Time::origin() + 90_s;
//   const Duration left = deadline.since(now);
//
// Whole microseconds because sums must not depend on their order and a run must be the same on every machine. An int64
// of them reaches 292,000 years; the event queue takes instants up to 1,100 years. Arithmetic that overflows is a
// defect (CHECK). Wall-clock time and the calendar are not here: a Time is an offset from the start of a run.
#pragma once

#include "libsim/check.hpp"

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace sim {

// Whole numbers that fail a CHECK instead of leaving the range of 64 bits.
[[nodiscard]] constexpr std::int64_t checked_sum(std::int64_t a, std::int64_t b) {
    std::int64_t r = 0;
    CHECK(!__builtin_add_overflow(a, b, &r), "a time or duration left the range of 64 bits");
    return r;
}
[[nodiscard]] constexpr std::int64_t checked_difference(std::int64_t a, std::int64_t b) {
    std::int64_t r = 0;
    CHECK(!__builtin_sub_overflow(a, b, &r), "a time or duration left the range of 64 bits");
    return r;
}
[[nodiscard]] constexpr std::int64_t checked_product(std::int64_t a, std::int64_t b) {
    std::int64_t r = 0;
    CHECK(!__builtin_mul_overflow(a, b, &r), "a duration left the range of 64 bits");
    return r;
}

class Duration {
  public:
    constexpr Duration() = default;

    static constexpr Duration microseconds(std::int64_t n) { return Duration(n); }
    static constexpr Duration milliseconds(std::int64_t n) { return Duration(checked_product(n, 1'000)); }
    static constexpr Duration seconds(std::int64_t n) { return Duration(checked_product(n, 1'000'000)); }
    static constexpr Duration minutes(std::int64_t n) { return Duration(checked_product(n, 60'000'000)); }
    static constexpr Duration hours(std::int64_t n) { return Duration(checked_product(n, 3'600'000'000)); }
    static constexpr Duration days(std::int64_t n) { return Duration(checked_product(n, 86'400'000'000)); }
    static constexpr Duration zero() { return Duration(0); }
    static constexpr Duration max() { return Duration(std::numeric_limits<std::int64_t>::max()); }

    [[nodiscard]] constexpr std::int64_t us() const { return us_; }
    // For reports only: doubles do not come back into the state of a run.
    [[nodiscard]] constexpr double in_seconds() const { return static_cast<double>(us_) / 1e6; }

    constexpr auto operator<=>(const Duration&) const = default;

    friend constexpr Duration operator+(Duration a, Duration b) { return Duration(checked_sum(a.us_, b.us_)); }
    friend constexpr Duration operator-(Duration a, Duration b) { return Duration(checked_difference(a.us_, b.us_)); }
    friend constexpr Duration operator-(Duration a) { return Duration(checked_difference(0, a.us_)); }
    friend constexpr Duration operator*(Duration a, std::int64_t n) { return Duration(checked_product(a.us_, n)); }
    friend constexpr Duration operator*(std::int64_t n, Duration a) { return Duration(checked_product(a.us_, n)); }
    friend constexpr Duration operator/(Duration a, std::int64_t n) {
        CHECK(n != 0, "a duration was divided by zero");
        return Duration(a.us_ / n);
    }
    // How many whole b fit into a, rounded toward zero.
    friend constexpr std::int64_t operator/(Duration a, Duration b) {
        CHECK(b.us_ != 0, "a duration was divided by a duration of zero");
        return a.us_ / b.us_;
    }
    friend constexpr Duration operator%(Duration a, Duration b) {
        CHECK(b.us_ != 0, "the remainder of a division by a duration of zero was asked for");
        return Duration(a.us_ % b.us_);
    }
    constexpr Duration& operator+=(Duration b) { return *this = *this + b; }
    constexpr Duration& operator-=(Duration b) { return *this = *this - b; }

  private:
    constexpr explicit Duration(std::int64_t n) : us_(n) {}

    std::int64_t us_ = 0;
};

class Time {
  public:
    constexpr Time() = default;  // the origin

    static constexpr Time origin() { return Time(); }
    static constexpr Time at(Duration since_origin) { return Time(since_origin.us()); }
    // Later than every event; "not planned" where a row must hold an instant.
    static constexpr Time never() { return Time(std::numeric_limits<std::int64_t>::max()); }

    [[nodiscard]] constexpr std::int64_t us() const { return us_; }  // since the origin
    [[nodiscard]] constexpr Duration since(Time earlier) const {
        return Duration::microseconds(checked_difference(us_, earlier.us_));
    }
    [[nodiscard]] constexpr Duration since_origin() const { return Duration::microseconds(us_); }

    // The last instant not after this one that is a whole number of periods from the origin.
    [[nodiscard]] constexpr Time floor_to(Duration period) const {
        CHECK(period.us() > 0, "a period must be longer than zero");
        const std::int64_t rest = us_ % period.us();
        return Time(checked_difference(us_, rest < 0 ? rest + period.us() : rest));
    }

    constexpr auto operator<=>(const Time&) const = default;

    friend constexpr Time operator+(Time t, Duration d) { return Time(checked_sum(t.us_, d.us())); }
    friend constexpr Time operator+(Duration d, Time t) { return t + d; }
    friend constexpr Time operator-(Time t, Duration d) { return Time(checked_difference(t.us_, d.us())); }
    friend constexpr Duration operator-(Time a, Time b) { return a.since(b); }
    constexpr Time& operator+=(Duration d) { return *this = *this + d; }

  private:
    constexpr explicit Time(std::int64_t us) : us_(us) {}
    std::int64_t us_ = 0;
};

// The first instant not before `now` at which a loop with this phase and period ticks: phase + k * period for some
// whole k. A loop that sleeps while nothing changes wakes with this at the instant at which the real loop would have
// ticked.
[[nodiscard]] constexpr Time next_tick(Time now, Duration phase, Duration period) {
    const Time shifted = now - phase;
    const Time floor = shifted.floor_to(period);
    return (floor == shifted ? floor : floor + period) + phase;
}

// The same, but strictly after `now`.
[[nodiscard]] constexpr Time next_tick_after(Time now, Duration phase, Duration period) {
    return (now - phase).floor_to(period) + period + phase;
}

namespace literals {
constexpr Duration operator""_us(unsigned long long n) { return Duration::microseconds(static_cast<std::int64_t>(n)); }
constexpr Duration operator""_ms(unsigned long long n) { return Duration::milliseconds(static_cast<std::int64_t>(n)); }
constexpr Duration operator""_s(unsigned long long n) { return Duration::seconds(static_cast<std::int64_t>(n)); }
constexpr Duration operator""_min(unsigned long long n) { return Duration::minutes(static_cast<std::int64_t>(n)); }
constexpr Duration operator""_h(unsigned long long n) { return Duration::hours(static_cast<std::int64_t>(n)); }
constexpr Duration operator""_d(unsigned long long n) { return Duration::days(static_cast<std::int64_t>(n)); }
}  // namespace literals

// Shortest usual form, exact to the microsecond and read back by parse_duration: "350us", "250ms", "90s", "2m5s",
// "1h30m", "24h". Below two minutes seconds are not split into minutes; days are written as hours, as Go does.
[[nodiscard]] std::string to_text(Duration duration);
// The offset from the origin in the same form, or "never".
[[nodiscard]] std::string to_text(Time time);

// Reads Go's form (h, m, s, ms, us and µs, ns; fractions; several units in a row) and "d" for 24 hours. A bare number
// is refused, except "0"; so is what does not fit into 64 bits of microseconds. What is below a microsecond is cut off.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

}  // namespace sim
