// The recommender's histograms: buckets that grow by 5 %, weights that halve in a day (VPA-1 to VPA-3), and what of
// them a checkpoint keeps (VPA-7).
// Source: kubernetes/autoscaler, vertical-pod-autoscaler 1.8, pkg/recommender/util/{histogram,decaying_histogram}.go.
//
// Times are microseconds since 1970.
#pragma once

#include "libsim/fingerprint.hpp"
#include "models/spec/unset_time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace eks::vpa {

inline constexpr std::int64_t hour_us = 3'600'000'000;
inline constexpr std::int64_t day_us = 24 * hour_us;

// --- buckets (VPA-1)

// The size of the first bucket, in cores or bytes; each further one is 5 % larger.
struct BucketSizes {
    double first = 1;
    friend bool operator==(const BucketSizes&, const BucketSizes&) = default;
};
inline constexpr BucketSizes cpu_buckets{0.01};    // up to 1000 cores
inline constexpr BucketSizes memory_buckets{1e7};  // up to 10^12 bytes

// As the largest amounts have it for both: ceil(log_1.05(5000 + 1)) + 1.
inline constexpr std::size_t bucket_count = 176;

std::size_t bucket_of(BucketSizes sizes, double value);
double bucket_start(BucketSizes sizes, std::size_t bucket);

// --- what a checkpoint stores

struct Checkpoint {
    std::int64_t reference_us = year_one_us;
    double total_weight = 0;
    std::vector<std::pair<std::size_t, std::uint32_t>> weights;  // by bucket, of 10,000 for the heaviest
    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// --- the histogram

class DecayingHistogram {
  public:
    explicit DecayingHistogram(BucketSizes sizes) : sizes_(sizes) {}

    void add(double value, double weight, std::int64_t at_us);
    void subtract(double value, double weight, std::int64_t at_us);
    // Adds another's weights, as those of the containers that one VPA selects are added up.
    void merge(DecayingHistogram other);

    // VPA-2: the end of the bucket in which that share of the weight is reached; 0 if there is none.
    double percentile(double share) const;
    bool is_empty() const;

    Checkpoint checkpoint() const;
    // Adds what a checkpoint has stored.
    void load(const Checkpoint& checkpoint);

    friend bool operator==(const DecayingHistogram&, const DecayingHistogram&) = default;
    friend void hash_into(sim::Fingerprint& print, const DecayingHistogram& histogram) {
        sim::hash_all(print, histogram.total_, histogram.first_, histogram.last_, histogram.reference_us_);
        for (const double weight : histogram.weights_) print.hash_double(weight);
    }

  private:
    double decay_factor(std::int64_t at_us);
    void shift_reference(std::int64_t to_us);
    void scale(double factor);
    void move_marks();

    BucketSizes sizes_;
    std::array<double, bucket_count> weights_{};
    double total_ = 0;
    // The first and the last bucket that weighs something.
    std::size_t first_ = bucket_count - 1;
    std::size_t last_ = 0;
    std::int64_t reference_us_ = year_one_us;
};

}  // namespace eks::vpa
