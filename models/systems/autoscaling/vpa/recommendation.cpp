#include "models/systems/autoscaling/vpa/recommendation.hpp"

#include "models/quantities.hpp"

#include <algorithm>
#include <limits>

namespace eks::vpa {

namespace {

constexpr double cpu_sample_weight = 0.1;  // VPA-4
constexpr double memory_peak_weight = 1.0;
constexpr std::int64_t memory_interval_us = day_us;
constexpr Bytes least_bump = 100 * mebibyte;  // VPA-6
constexpr double bump_ratio = 1.2;

constexpr double samples_in_a_day = 60 * 24;  // VPA-11: one each minute

// No number counts as zero: nothing, times an unlimited factor.
std::int64_t amount_of(double amount) {
    return amount > 0 ? static_cast<std::int64_t>(std::min(amount, static_cast<double>(unlimited_amount))) : 0;
}

std::int64_t scaled_amount(std::int64_t amount, double factor) {
    return amount_of(static_cast<double>(amount) * factor);
}

void put_peak(Aggregate& aggregate, Instance& instance, std::int64_t memory_bytes, bool is_oom) {
    aggregate.memory.add(static_cast<double>(memory_bytes), memory_peak_weight, instance.interval_end_us);
    (is_oom ? instance.oom_peak_bytes : instance.usage_peak_bytes) = memory_bytes;
}

// VPA-5
void add_to_interval(Aggregate& aggregate, Instance& instance, std::int64_t at_us, std::int64_t memory_bytes,
                     bool is_oom) {
    instance.last_memory_us = at_us;
    if (instance.interval_end_us == year_one_us) instance.interval_end_us = at_us;
    if (at_us >= instance.interval_end_us) {
        const std::int64_t whole_intervals = (at_us - instance.interval_end_us) / memory_interval_us;
        instance.interval_end_us += (whole_intervals + 1) * memory_interval_us;
        instance.usage_peak_bytes = 0;
        instance.oom_peak_bytes = 0;
        put_peak(aggregate, instance, memory_bytes, is_oom);
        return;
    }
    const std::int64_t peak = std::max(instance.usage_peak_bytes, instance.oom_peak_bytes);
    if (peak == 0 || memory_bytes <= peak) return;
    aggregate.memory.subtract(static_cast<double>(peak), memory_peak_weight, instance.interval_end_us);
    put_peak(aggregate, instance, memory_bytes, is_oom);
}

// VPA-11: grows with the days and with the samples.
double confidence_of(const Aggregate& aggregate) {
    const double days =
        static_cast<double>(aggregate.last_cpu_us - aggregate.first_cpu_us) / static_cast<double>(day_us);
    return std::min(days, static_cast<double>(aggregate.cpu_samples) / samples_in_a_day);
}

Amounts at_percentile(const Aggregate& aggregate, double cpu_share, double memory_share) {
    constexpr double milli_per_core = 1000;
    return {amount_of(aggregate.cpu.percentile(cpu_share) * milli_per_core),
            amount_of(aggregate.memory.percentile(memory_share))};
}

Amounts with_margin(const Amounts& amounts, double margin) {
    return {amounts.cpu_milli + scaled_amount(amounts.cpu_milli, margin),
            amounts.memory_bytes + scaled_amount(amounts.memory_bytes, margin)};
}

Amounts times(const Amounts& amounts, double factor) {
    return {scaled_amount(amounts.cpu_milli, factor), scaled_amount(amounts.memory_bytes, factor)};
}

Amounts at_least(const Amounts& amounts, const Amounts& least) {
    return {std::max(amounts.cpu_milli, least.cpu_milli), std::max(amounts.memory_bytes, least.memory_bytes)};
}

}  // namespace

bool add_cpu(Aggregate& aggregate, Instance& instance, std::int64_t at_us, std::int64_t cpu_milli) {
    if (cpu_milli < 0 || at_us <= instance.last_cpu_us) return false;
    constexpr double milli_per_core = 1000;
    aggregate.cpu.add(static_cast<double>(cpu_milli) / milli_per_core, cpu_sample_weight, at_us);
    aggregate.last_cpu_us = std::max(aggregate.last_cpu_us, at_us);
    if (aggregate.first_cpu_us == year_one_us || at_us < aggregate.first_cpu_us) aggregate.first_cpu_us = at_us;
    ++aggregate.cpu_samples;
    instance.last_cpu_us = at_us;
    return true;
}

bool add_memory(Aggregate& aggregate, Instance& instance, std::int64_t at_us, std::int64_t memory_bytes) {
    if (memory_bytes < 0 || at_us < instance.last_memory_us) return false;
    add_to_interval(aggregate, instance, at_us, memory_bytes, false);
    return true;
}

bool add_oom(Aggregate& aggregate, Instance& instance, std::int64_t at_us) {
    if (at_us < instance.last_memory_us - memory_interval_us) return false;
    const std::int64_t used = std::max(instance.memory_request_bytes, instance.usage_peak_bytes);
    const std::int64_t needed = std::max(used + least_bump, scaled_amount(used, bump_ratio));
    add_to_interval(aggregate, instance, at_us, needed, true);
    return true;
}

Recommendation recommendation_of(const Aggregate& aggregate, std::int64_t containers,
                                 const RecommenderSettings& settings) {
    const double share = 1.0 / static_cast<double>(containers);
    const Amounts least = times(settings.least_of_a_pod, share);
    const double confidence = confidence_of(aggregate);
    // VPA-11; without any confidence the first is unlimited, the second nothing.
    const double widened = 1 + 1 / confidence;
    const double root = 1 + 0.001 / confidence;
    const double narrowed = 1 / (root * root);
    const auto at = [&](double cpu, double memory) {
        return with_margin(at_percentile(aggregate, cpu, memory), settings.safety_margin);
    };
    return {at_least(at(settings.target_cpu, settings.target_memory), least),
            at_least(times(at(settings.lower_cpu, settings.lower_memory), narrowed), least),
            at_least(times(at(settings.upper_cpu, settings.upper_memory), widened), least)};
}

}  // namespace eks::vpa
