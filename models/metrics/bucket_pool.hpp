// Many small histograms in one block of memory, so that a fork copies them all at once and a thousand series cost
// little.
//
// This is what the result document's quantiles of every series come from; verdicts use sim::Sketch, which is finer.
// Values below 32 have a bucket each; above, every power of two is cut into 16, so that the middle of a bucket is
// within 1/32 of any value in it. Memory follows the range of the values: 16 cells for each factor of two. Negative
// values count as 0.
//
// Cells are 32 bits wide where samples are counted (TallyPool) and 64 where the weights are microseconds (TimePool).
#pragma once

#include "libsim/fingerprint.hpp"

#include <bit>
#include <cstdint>
#include <vector>

namespace eks {

// Where one histogram lies in the pool: the cells of buckets first .. first + size - 1.
struct BucketRange {
    std::uint32_t offset = 0;
    std::int32_t first = 0;
    std::uint32_t size = 0;
    friend bool operator==(const BucketRange&, const BucketRange&) = default;
};

inline constexpr int bucket_bits = 4;
inline constexpr double bucket_relative_error = 1.0 / 32;

constexpr std::int32_t bucket_of_value(std::int64_t value) {
    if (value < (std::int64_t{2} << bucket_bits)) return value < 0 ? 0 : static_cast<std::int32_t>(value);
    const auto magnitude = static_cast<std::uint64_t>(value);
    const int shift = static_cast<int>(std::bit_width(magnitude)) - 1 - bucket_bits;
    return static_cast<std::int32_t>((static_cast<std::uint64_t>(shift) << bucket_bits) + (magnitude >> shift));
}

// The values of a bucket: from `low` up to, but not including, `high`.
struct BucketBounds {
    std::int64_t low = 0;
    std::int64_t high = 0;
};
constexpr BucketBounds bounds_of_bucket(std::int32_t bucket) {
    const int shift = bucket < (std::int32_t{2} << bucket_bits) ? 0 : (bucket >> bucket_bits) - 1;
    const std::int64_t low = static_cast<std::int64_t>(bucket - (shift << bucket_bits)) << shift;
    return {low, low + (std::int64_t{1} << shift)};
}

template <class Cell>
class BucketPool {
  public:
    void add(BucketRange& range, std::int64_t value, Cell weight) {
        const std::int32_t bucket = bucket_of_value(value);
        auto place = static_cast<std::uint32_t>(bucket - range.first);
        if (place >= range.size) [[unlikely]] {
            widen(range, bucket);
            place = static_cast<std::uint32_t>(bucket - range.first);
        }
        cells_[range.offset + place] += weight;
    }

    // The value of rank ceil(share * total weight), as the middle of its bucket kept within the given least and
    // greatest.
    std::int64_t quantile(const BucketRange& range, double share, std::int64_t least, std::int64_t greatest) const;

    // `tell(bounds, weight)` for each bucket with a weight, the least first.
    template <class Tell>
    void each(const BucketRange& range, Tell&& tell) const {
        for (std::uint32_t i = 0; i < range.size; ++i) {
            const Cell weight = cells_[range.offset + i];
            if (weight != 0) tell(bounds_of_bucket(range.first + static_cast<std::int32_t>(i)), weight);
        }
    }

    // The weight of the cells whose middle is no more than this value.
    std::uint64_t weight_up_to(const BucketRange& range, std::int64_t value) const;

    friend bool operator==(const BucketPool&, const BucketPool&) = default;
    friend void hash_into(sim::Fingerprint& print, const BucketPool& pool) { sim::hash_into(print, pool.cells_); }

  private:
    // Moves the range to where it has room for the bucket too.
    void widen(BucketRange& range, std::int32_t bucket);

    std::vector<Cell> cells_;
};

using TallyPool = BucketPool<std::uint32_t>;
using TimePool = BucketPool<std::uint64_t>;

}  // namespace eks
