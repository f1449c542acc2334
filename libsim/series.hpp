// What a quantity was over simulated time, for quantities that keep a value until they change: pods pending, addresses
// free.
//
//   Series pending(run.now(), 0);
//   pending.set(now, 12);
//   pending.mean(run.now())          // exact, whatever was thinned
//   pending.buckets()                // what a picture needs
//
// A Series keeps first, last, least and greatest value of each bucket of time (M4: Jugel, Jerzak, Hackenbroich, Markl;
// VLDB 2014), so a picture no finer than the buckets is the same as one of all changes. When the buckets run out, they
// are merged two by two. Integral, least, greatest and last over the whole time are kept apart and stay exact.
//
// A Gauge keeps the distribution over time instead: for which share of the time was it at most so much.
//
// In both a value counts from when it was set until it is set again; several values set at one instant are one change
// to the last of them, so what lasted no time leaves no trace. Times must not go back.
#pragma once

#include "libsim/fingerprint.hpp"
#include "libsim/sketch.hpp"
#include "libsim/time.hpp"
#include "libsim/wide.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim {

struct SeriesPoint {
    Time time;
    std::int64_t value = 0;

    bool operator==(const SeriesPoint&) const = default;
};
inline void hash_into(Fingerprint& print, const SeriesPoint& p) { hash_all(print, p.time, p.value); }

class Series {
  public:
    // The changes within one stretch of time. A stretch without a change has no bucket: the last value before it still
    // holds.
    struct Bucket {
        std::int64_t number = 0;  // starts at the series' start + number * width
        SeriesPoint first;
        SeriesPoint last;
        SeriesPoint least;     // the earliest of the least ones
        SeriesPoint greatest;  // the earliest of the greatest ones

        bool operator==(const Bucket&) const = default;
        friend void hash_into(Fingerprint& print, const Bucket& b) {
            hash_all(print, b.number, b.first, b.last, b.least, b.greatest);
        }
    };

    static constexpr std::size_t usual_buckets = 256;

    explicit Series(Time start = Time::origin(), std::int64_t value = 0, std::size_t max_buckets = usual_buckets,
                    Duration first_width = Duration::seconds(1));

    void set(Time now, std::int64_t value);
    void add(Time now, std::int64_t difference);

    [[nodiscard]] Time start() const { return start_; }
    [[nodiscard]] std::int64_t last() const { return current_.value; }
    // Over [start, until), with the present value held to `until`; before any time has passed they are the present
    // value.
    [[nodiscard]] std::int64_t min(Time until) const;
    [[nodiscard]] std::int64_t max(Time until) const;
    [[nodiscard]] double mean(Time until) const;
    // Value times microseconds over [start, until).
    [[nodiscard]] Int128 integral(Time until) const;

    [[nodiscard]] Duration bucket_width() const { return width_; }
    // In the order of time, with the present value in it.
    [[nodiscard]] std::vector<Bucket> buckets() const;

    bool operator==(const Series&) const = default;
    friend void hash_into(Fingerprint& print, const Series& s) {
        hash_all(print, s.start_, s.width_, s.max_buckets_, s.current_, s.integral_, s.least_, s.greatest_,
                 s.any_passed_, s.buckets_);
    }

  private:
    void close(Time now);

    Time start_;
    Duration width_;
    std::size_t max_buckets_;
    SeriesPoint current_;     // since when it has this value
    Int128 integral_ = 0;     // up to current_.time
    std::int64_t least_ = 0;  // of the values before the present one
    std::int64_t greatest_ = 0;
    bool any_passed_ = false;  // whether there was a value before the present one
    std::vector<Bucket> buckets_;
};

class Gauge {
  public:
    explicit Gauge(Time start = Time::origin(), std::int64_t value = 0) : since_(start), value_(value) {}

    void set(Time now, std::int64_t value);
    void add(Time now, std::int64_t difference);
    [[nodiscard]] std::int64_t last() const { return value_; }

    // The values weighted by the microseconds for which they held, with the present one held to `until`.
    [[nodiscard]] Sketch distribution(Time until) const;

    bool operator==(const Gauge&) const = default;
    friend void hash_into(Fingerprint& print, const Gauge& g) { hash_all(print, g.since_, g.value_, g.past_); }

  private:
    Time since_;
    std::int64_t value_;
    Sketch past_;
};

}  // namespace sim
