#include "libsim/sketch.hpp"

#include "libsim/check.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace sim {
namespace {

constexpr int bits = Sketch::sub_bucket_bits;

// Buckets are numbered in the order of their values; the bucket of zero is 0, and -v lies in the mirror of the bucket
// of v.
std::int32_t bucket_of_magnitude(std::uint64_t magnitude) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(magnitude)) - 1 - bits);
    return static_cast<std::int32_t>((static_cast<std::uint64_t>(shift) << bits) + (magnitude >> shift));
}

std::int32_t bucket_of(std::int64_t value) {
    return value >= 0 ? bucket_of_magnitude(static_cast<std::uint64_t>(value))
                      : -bucket_of_magnitude(0 - static_cast<std::uint64_t>(value));
}

std::uint64_t middle_of_magnitude(std::int32_t bucket) {
    const auto index = static_cast<std::uint64_t>(bucket);
    if (index < (std::uint64_t{2} << bits)) return index;
    const std::uint64_t shift = (index >> bits) - 1;
    const std::uint64_t lowest = (index - (shift << bits)) << shift;
    return lowest + (std::uint64_t{1} << shift) / 2;
}

std::int64_t middle_of(std::int32_t bucket) {
    // The bucket of the least 64-bit number reaches beyond the range.
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    if (bucket >= 0) return static_cast<std::int64_t>(middle_of_magnitude(bucket));
    return -static_cast<std::int64_t>(std::min(middle_of_magnitude(-bucket), largest));
}

// Makes room for the buckets first .. last.
void widen(std::vector<std::uint64_t>& buckets, std::int32_t& start, std::int32_t first, std::int32_t last) {
    if (buckets.empty()) start = first;
    if (first < start) {
        buckets.insert(buckets.begin(), static_cast<std::size_t>(start - first), 0);
        start = first;
    }
    const auto needed = static_cast<std::size_t>(last - start) + 1;
    if (buckets.size() < needed) buckets.resize(needed);
}

}  // namespace

void Sketch::add(std::int64_t value, std::uint64_t weight) {
    if (weight == 0) return;
    CHECK(count_ <= std::numeric_limits<std::uint64_t>::max() - weight, "a sketch counted beyond 64 bits");
    min_ = count_ == 0 ? value : std::min(min_, value);
    max_ = count_ == 0 ? value : std::max(max_, value);
    count_ += weight;
    sum_ += static_cast<Int128>(value) * static_cast<Int128>(weight);
    const std::int32_t bucket = bucket_of(value);
    widen(buckets_, first_, bucket, bucket);
    buckets_[static_cast<std::size_t>(bucket - first_)] += weight;
}

void Sketch::merge(const Sketch& other) {
    if (other.count_ == 0) return;
    CHECK(count_ <= std::numeric_limits<std::uint64_t>::max() - other.count_, "a sketch counted beyond 64 bits");
    min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
    max_ = count_ == 0 ? other.max_ : std::max(max_, other.max_);
    count_ += other.count_;
    sum_ += other.sum_;
    widen(buckets_, first_, other.first_, other.first_ + static_cast<std::int32_t>(other.buckets_.size()) - 1);
    const auto offset = static_cast<std::size_t>(other.first_ - first_);
    for (std::size_t i = 0; i < other.buckets_.size(); ++i) buckets_[offset + i] += other.buckets_[i];
}

std::int64_t Sketch::min() const {
    CHECK(count_ > 0, "the least value of an empty sketch was asked for");
    return min_;
}

std::int64_t Sketch::max() const {
    CHECK(count_ > 0, "the greatest value of an empty sketch was asked for");
    return max_;
}

double Sketch::mean() const {
    CHECK(count_ > 0, "the mean of an empty sketch was asked for");
    return as_double(sum_) / static_cast<double>(count_);
}

std::int64_t Sketch::quantile(double share) const {
    CHECK(count_ > 0, "a quantile of an empty sketch was asked for");
    CHECK(share >= 0.0 && share <= 1.0, "a quantile needs a share between 0 and 1");
    const double exact_rank = share * static_cast<double>(count_);
    std::uint64_t rank = exact_rank >= static_cast<double>(count_) ? count_ : static_cast<std::uint64_t>(exact_rank);
    if (static_cast<double>(rank) < exact_rank) ++rank;
    rank = std::clamp<std::uint64_t>(rank, 1, count_);
    if (rank == 1) return min_;
    if (rank == count_) return max_;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        below += buckets_[i];
        if (below >= rank) return std::clamp(middle_of(first_ + static_cast<std::int32_t>(i)), min_, max_);
    }
    return max_;
}

std::uint64_t Sketch::count_up_to(std::int64_t value) const {
    if (count_ == 0 || value < min_) return 0;
    if (value >= max_) return count_;
    const std::int32_t last = bucket_of(value);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < buckets_.size() && first_ + static_cast<std::int32_t>(i) <= last; ++i)
        sum += buckets_[i];
    return sum;
}

}  // namespace sim
