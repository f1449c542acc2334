#include "libsim/series.hpp"

#include "libsim/check.hpp"

#include <algorithm>

namespace sim {
namespace {

Series::Bucket bucket_of_one(std::int64_t number, SeriesPoint point) { return {number, point, point, point, point}; }

// Adds what came later to a bucket.
void extend(Series::Bucket& bucket, const Series::Bucket& later) {
    bucket.last = later.last;
    if (later.least.value < bucket.least.value) bucket.least = later.least;
    if (later.greatest.value > bucket.greatest.value) bucket.greatest = later.greatest;
}

void append(std::vector<Series::Bucket>& buckets, const Series::Bucket& next) {
    if (!buckets.empty() && buckets.back().number == next.number) {
        extend(buckets.back(), next);
    } else {
        buckets.push_back(next);
    }
}

}  // namespace

Series::Series(Time start, std::int64_t value, std::size_t max_buckets, Duration first_width)
    : start_(start), width_(first_width), max_buckets_(max_buckets), current_{start, value} {
    CHECK(max_buckets >= 1, "a series needs at least one bucket");
    CHECK(first_width > Duration::zero(), "the buckets of a series need a width");
}

void Series::set(Time now, std::int64_t value) {
    CHECK(now >= current_.time, "a series was set in its past");
    if (value == current_.value) return;
    if (now > current_.time) close(now);
    current_ = {now, value};
}

void Series::add(Time now, std::int64_t difference) { set(now, checked_sum(current_.value, difference)); }

// The present value has held until `now` and becomes history.
void Series::close(Time now) {
    integral_ += static_cast<Int128>(current_.value) * now.since(current_.time).us();
    least_ = any_passed_ ? std::min(least_, current_.value) : current_.value;
    greatest_ = any_passed_ ? std::max(greatest_, current_.value) : current_.value;
    any_passed_ = true;
    append(buckets_, bucket_of_one(current_.time.since(start_) / width_, current_));
    while (buckets_.size() > max_buckets_) {
        width_ = width_ * 2;
        std::vector<Bucket> merged;
        merged.reserve(max_buckets_ + 1);
        for (Bucket bucket : buckets_) {
            bucket.number /= 2;
            append(merged, bucket);
        }
        buckets_ = std::move(merged);
    }
}

std::int64_t Series::min(Time until) const {
    return !any_passed_ ? current_.value : until > current_.time ? std::min(least_, current_.value) : least_;
}

std::int64_t Series::max(Time until) const {
    return !any_passed_ ? current_.value : until > current_.time ? std::max(greatest_, current_.value) : greatest_;
}

Int128 Series::integral(Time until) const {
    CHECK(until >= current_.time, "a series was asked about an end before its last change");
    return integral_ + static_cast<Int128>(current_.value) * until.since(current_.time).us();
}

double Series::mean(Time until) const {
    const Int128 sum = integral(until);
    return until == start_ ? static_cast<double>(current_.value)
                           : as_double(sum) / static_cast<double>(until.since(start_).us());
}

std::vector<Series::Bucket> Series::buckets() const {
    std::vector<Bucket> all = buckets_;
    append(all, bucket_of_one(current_.time.since(start_) / width_, current_));
    return all;
}

void Gauge::set(Time now, std::int64_t value) {
    CHECK(now >= since_, "a gauge was set in its past");
    if (value == value_) return;
    past_.add(value_, static_cast<std::uint64_t>(now.since(since_).us()));
    since_ = now;
    value_ = value;
}

void Gauge::add(Time now, std::int64_t difference) { set(now, checked_sum(value_, difference)); }

Sketch Gauge::distribution(Time until) const {
    CHECK(until >= since_, "a gauge was asked about an end before its last change");
    Sketch all = past_;
    all.add(value_, static_cast<std::uint64_t>(until.since(since_).us()));
    return all;
}

}  // namespace sim
