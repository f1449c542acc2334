#include "models/world/decaying_histogram.hpp"

#include "models/spec/calendar.hpp"
#include "models/world/float_arithmetic.hpp"

#include <algorithm>
#include <cmath>

namespace eks::vpa {

namespace {

constexpr double growth = 1.05;
constexpr double growth_less_one = growth - 1;  // 0.050000000000000044
constexpr double epsilon = 0.0001;              // what weighs less weighs nothing
constexpr std::int64_t half_life_us = day_us;
constexpr std::int64_t most_half_lives = 100;
constexpr double heaviest_in_checkpoint = 10'000;

double less(double weight, double part) {
    const double rest = weight - part;
    return rest < epsilon ? 0 : rest;
}

// Halves up. Days of year 1 and of 1970 begin at the same instants.
std::int64_t rounded_to_half_life(std::int64_t us) {
    return floored_quotient(us + half_life_us / 2, half_life_us) * half_life_us;
}

}  // namespace

std::size_t bucket_of(BucketSizes sizes, double value) {
    if (value < sizes.first) return 0;
    const double bucket = natural_logarithm(value * growth_less_one / sizes.first + 1) / natural_logarithm(growth);
    return std::min(static_cast<std::size_t>(bucket), bucket_count - 1);
}

double bucket_start(BucketSizes sizes, std::size_t bucket) {
    if (bucket == 0) return 0;
    return sizes.first * (whole_power(growth, static_cast<int>(bucket)) - 1) / growth_less_one;
}

void DecayingHistogram::add(double value, double weight, std::int64_t at_us) {
    const double decayed = weight * decay_factor(at_us);
    const std::size_t bucket = bucket_of(sizes_, value);
    weights_[bucket] += decayed;
    total_ += decayed;
    if (weights_[bucket] < epsilon) return;
    first_ = std::min(first_, bucket);
    last_ = std::max(last_, bucket);
}

void DecayingHistogram::subtract(double value, double weight, std::int64_t at_us) {
    const double decayed = weight * decay_factor(at_us);
    const std::size_t bucket = bucket_of(sizes_, value);
    total_ = less(total_, decayed);
    weights_[bucket] = less(weights_[bucket], decayed);
    move_marks();
}

void DecayingHistogram::merge(DecayingHistogram other) {
    if (other.reference_us_ > reference_us_)
        shift_reference(other.reference_us_);
    else if (other.reference_us_ < reference_us_)
        other.shift_reference(reference_us_);
    for (std::size_t bucket = other.first_; bucket <= other.last_; ++bucket) weights_[bucket] += other.weights_[bucket];
    total_ += other.total_;
    first_ = std::min(first_, other.first_);
    last_ = std::max(last_, other.last_);
}

bool DecayingHistogram::is_empty() const { return weights_[first_] < epsilon; }

double DecayingHistogram::percentile(double share) const {
    if (is_empty()) return 0;
    const double enough = share * total_;
    double sum = 0;
    std::size_t bucket = first_;
    for (; bucket < last_; ++bucket) {
        sum += weights_[bucket];
        if (sum >= enough) break;
    }
    return bucket_start(sizes_, std::min(bucket + 1, bucket_count - 1));
}

double DecayingHistogram::decay_factor(std::int64_t at_us) {
    if (at_us > reference_us_ + most_half_lives * half_life_us) shift_reference(at_us);
    return power_of_two(static_cast<double>(at_us - reference_us_) / static_cast<double>(half_life_us));
}

// Both references are whole half-lives, so that the weights scale by a power of two, exactly.
void DecayingHistogram::shift_reference(std::int64_t to_us) {
    const std::int64_t reference_us = rounded_to_half_life(to_us);
    scale(std::ldexp(1.0, static_cast<int>((reference_us_ - reference_us) / half_life_us)));
    reference_us_ = reference_us;
}

void DecayingHistogram::scale(double factor) {
    for (double& weight : weights_) weight *= factor;
    total_ *= factor;
    move_marks();
}

void DecayingHistogram::move_marks() {
    while (weights_[first_] < epsilon && first_ < bucket_count - 1) ++first_;
    while (weights_[last_] < epsilon && last_ > 0) --last_;
}

Checkpoint DecayingHistogram::checkpoint() const {
    Checkpoint checkpoint;
    checkpoint.reference_us = reference_us_;
    checkpoint.total_weight = total_;
    if (is_empty()) return checkpoint;
    double heaviest = 0;
    for (std::size_t bucket = first_; bucket <= last_; ++bucket) heaviest = std::max(heaviest, weights_[bucket]);
    const double ratio = heaviest_in_checkpoint / heaviest;
    for (std::size_t bucket = first_; bucket <= last_; ++bucket) {
        const auto weight = static_cast<std::uint32_t>(std::floor(weights_[bucket] * ratio + 0.5));
        if (weight > 0) checkpoint.weights.emplace_back(bucket, weight);
    }
    return checkpoint;
}

void DecayingHistogram::load(const Checkpoint& checkpoint) {
    DecayingHistogram stored(sizes_);
    stored.reference_us_ = checkpoint.reference_us;
    std::int64_t sum = 0;
    for (const auto& [bucket, weight] : checkpoint.weights) sum += weight;
    if (sum == 0) return;
    const double ratio = checkpoint.total_weight / static_cast<double>(sum);
    for (const auto& [bucket, weight] : checkpoint.weights) {
        stored.weights_[bucket] = static_cast<double>(weight) * ratio;
        stored.first_ = std::min(stored.first_, bucket);
        stored.last_ = std::max(stored.last_, bucket);
    }
    stored.total_ = checkpoint.total_weight;
    merge(stored);
}

}  // namespace eks::vpa
