// How the Job controller counts and decides (JOB-3 to JOB-9; X-6 in 1.10), as functions of plain values. The
// controller of a run and the decision call `job_progress` are both built on them.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/failure_policy.hpp"
#include "models/spec/workload.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace eks {

inline constexpr std::int32_t most_job_changes_a_sync = 500;  // JOB-2

// JOB-6: 10 s doubling to 10 min, counted from the last failure.
constexpr sim::Duration job_backoff(std::int32_t failures) {
    if (failures <= 0) return sim::Duration::zero();
    return sim::Duration::seconds(failures > 6 ? 600 : std::min<std::int64_t>(600, std::int64_t{10} << (failures - 1)));
}

// the work queue's own delay, 10 s doubling to 6 min.
constexpr sim::Duration job_backoff_of_2018(std::int32_t failures) {
    if (failures <= 0) return sim::Duration::zero();
    return sim::Duration::seconds(failures > 6 ? 360 : std::min<std::int64_t>(360, std::int64_t{10} << (failures - 1)));
}

// JOB-3: pods that should be active. `completions` none: a work queue, which makes no further pod after the first
// success.
constexpr std::int32_t wanted_active(std::optional<std::int32_t> completions, std::int32_t parallelism,
                                     std::int32_t succeeded, std::int32_t active) {
    if (!completions) return succeeded > 0 ? active : parallelism;
    return std::clamp(*completions - succeeded, 0, parallelism);
}

// JOB-3: nothing is left to do once no pod is active.
constexpr bool has_enough(std::optional<std::int32_t> completions, std::int32_t succeeded) {
    return completions ? succeeded >= *completions : succeeded > 0;
}

// JOB-5. `restarts`: of the containers of all Pending and Running pods; they count where the template has OnFailure.
constexpr bool is_past_backoff_limit(std::int32_t failed, std::int32_t limit, bool restarts_in_place,
                                     std::int64_t restarts) {
    if (failed > limit) return true;
    if (!restarts_in_place) return false;
    return limit == 0 ? restarts > 0 : restarts >= limit;
}

// JOB-6: the failures since the last success, as they are known. Times are microseconds on any one clock.
struct FailureRecord {
    std::int32_t failures = 0;
    std::optional<std::int64_t> last_us;
    friend bool operator==(const FailureRecord&, const FailureRecord&) = default;
};
// Pods that have ended since the last look, by when they ended. The failures up to the last success are forgotten.
constexpr FailureRecord next_record(FailureRecord record, std::span<const std::int64_t> succeeded_us,
                                    std::span<const std::int64_t> failed_us) {
    if (succeeded_us.empty()) {
        if (failed_us.empty()) return record;
        record.failures += static_cast<std::int32_t>(failed_us.size());
        record.last_us = *std::ranges::max_element(failed_us);
        return record;
    }
    const std::int64_t last_success = *std::ranges::max_element(succeeded_us);
    FailureRecord next;
    for (const std::int64_t at : failed_us) {
        if (at <= last_success) continue;
        ++next.failures;
        next.last_us = std::max(next.last_us.value_or(at), at);
    }
    return next;
}
// JOB-6: what is left of the wait before another pod.
constexpr sim::Duration time_to_next_pod(const FailureRecord& record, std::int64_t now_us) {
    if (record.failures == 0 || !record.last_us) return sim::Duration::zero();
    const std::int64_t left = *record.last_us + job_backoff(record.failures).us() - now_us;
    return sim::Duration::microseconds(std::max<std::int64_t>(left, 0));
}

// --- indexes (JOB-9)

// "1,3-5" as .status.completedIndexes has it, sorted; what does not parse is left out.
std::vector<std::int32_t> indexes_of(const std::string& text, std::int32_t completions);
std::string text_of_indexes(std::span<const std::int32_t> sorted);
// The lowest indexes below `completions` that are in none of `taken`, at most so many. `taken` is sorted.
std::vector<std::int32_t> first_free_indexes(std::span<const std::int32_t> taken, std::int32_t count,
                                             std::int32_t completions);

// Whether a rule of a successPolicy is met; both lists are sorted.
bool is_met(const SuccessRule& rule, std::span<const std::int32_t> succeeded);

enum class IndexedFailure : std::uint8_t { none, too_many_indexes, some_indexes };
// JOB-9: with backoffLimitPerIndex.
constexpr IndexedFailure indexed_failure(std::int64_t failed, std::int64_t succeeded, std::int32_t completions,
                                         std::optional<std::int32_t> most_failed) {
    if (most_failed && failed > *most_failed) return IndexedFailure::too_many_indexes;
    return failed > 0 && failed + succeeded >= completions ? IndexedFailure::some_indexes : IndexedFailure::none;
}

}  // namespace eks
