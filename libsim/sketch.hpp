// The distribution of many values in little memory: a histogram whose buckets widen with the value.
//
//   Sketch waits;
//   waits.add(wait.us());
//   waits.quantile(0.99)             // within 1/256 (0.4 %) of the exact value
//   waits.merge(other_run.waits);    // the same as adding all of its values
//
// Values below 256 have a bucket each; above, every power of two is cut into 128 equal buckets, found with shifts
// alone. A quantile is the middle of the bucket that holds the value of that rank, so it is off by at most 1/256 of it;
// zero and small values are exact. Count, sum, least and greatest are exact. Negative values have buckets of their own,
// mirrored.
//
// Memory follows the range of the values: 1 KiB for each factor of two between the least and the greatest.
#pragma once

#include "libsim/fingerprint.hpp"
#include "libsim/wide.hpp"

#include <cstdint>
#include <vector>

namespace sim {

class Sketch {
  public:
    static constexpr int sub_bucket_bits = 7;
    static constexpr double relative_error = 1.0 / 256;

    void add(std::int64_t value) { add(value, 1); }
    // A value that counts `weight` times, such as the microseconds for which a gauge had it.
    void add(std::int64_t value, std::uint64_t weight);
    void merge(const Sketch& other);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    // The remaining ones must not be asked of an empty sketch.
    [[nodiscard]] std::int64_t min() const;
    [[nodiscard]] std::int64_t max() const;
    [[nodiscard]] Int128 sum() const { return sum_; }
    [[nodiscard]] double mean() const;
    // The value of rank ceil(share * count) among all, for a share in [0, 1]; rank 0 counts as 1.
    [[nodiscard]] std::int64_t quantile(double share) const;
    // How many of the values are at most this one; exact up to the bucket that holds it, which counts in full.
    [[nodiscard]] std::uint64_t count_up_to(std::int64_t value) const;

    bool operator==(const Sketch&) const = default;
    friend void hash_into(Fingerprint& print, const Sketch& s) {
        hash_all(print, s.count_, s.sum_, s.min_, s.max_, s.first_, s.buckets_);
    }

  private:
    std::uint64_t count_ = 0;
    Int128 sum_ = 0;
    std::int64_t min_ = 0;
    std::int64_t max_ = 0;
    // Weights of the buckets first_ .. first_ + size - 1. The first and the last are never zero, so that equal contents
    // are equal members.
    std::int32_t first_ = 0;
    std::vector<std::uint64_t> buckets_;
};

}  // namespace sim
