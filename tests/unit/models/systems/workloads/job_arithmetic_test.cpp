// How the Job controllers count and wait (JOB-3 to JOB-9, X-6).
#include "models/systems/workloads/job_arithmetic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace eks {
namespace {

using namespace sim::literals;

TEST(JobBackoff, DoublesFromTenSecondsToTenMinutes) {
    // JOB-6: 10, 20, 40, 80, 160, 320, 600, 600 s
    EXPECT_EQ(job_backoff(0), 0_s);
    const std::vector<sim::Duration> expected{10_s, 20_s, 40_s, 80_s, 160_s, 320_s, 600_s, 600_s};
    for (std::int32_t failures = 1; failures <= static_cast<std::int32_t>(expected.size()); ++failures) {
        EXPECT_EQ(job_backoff(failures), expected[static_cast<std::size_t>(failures) - 1]) << failures;
    }
}

TEST(JobBackoff, Of2018EndsAtSixMinutes) {
    // 10 s·2^n, at most 6 min
    const std::vector<sim::Duration> expected{10_s, 20_s, 40_s, 80_s, 160_s, 320_s, 360_s, 360_s};
    for (std::int32_t failures = 1; failures <= static_cast<std::int32_t>(expected.size()); ++failures) {
        EXPECT_EQ(job_backoff_of_2018(failures), expected[static_cast<std::size_t>(failures) - 1]) << failures;
    }
}

TEST(Job, WantsWhatIsLeftWithinItsParallelism) {  // JOB-3
    EXPECT_EQ(wanted_active(10, 4, 0, 0), 4);
    EXPECT_EQ(wanted_active(10, 4, 8, 2), 2);
    EXPECT_EQ(wanted_active(10, 4, 11, 0), 0);
    // A work queue makes no pod any more once one has succeeded.
    EXPECT_EQ(wanted_active(std::nullopt, 4, 0, 1), 4);
    EXPECT_EQ(wanted_active(std::nullopt, 4, 1, 3), 3);
    EXPECT_TRUE(has_enough(std::nullopt, 1));
    EXPECT_FALSE(has_enough(3, 2));
}

TEST(Job, FailsWithOneFailureMoreThanItsLimit) {  // JOB-5
    EXPECT_FALSE(is_past_backoff_limit(6, 6, false, 0));
    EXPECT_TRUE(is_past_backoff_limit(7, 6, false, 0));
    EXPECT_FALSE(is_past_backoff_limit(0, 6, false, 100));
    EXPECT_TRUE(is_past_backoff_limit(0, 6, true, 6));
    EXPECT_FALSE(is_past_backoff_limit(0, 0, true, 0));
    EXPECT_TRUE(is_past_backoff_limit(0, 0, true, 1));
}

TEST(Job, CountsFailuresSinceTheLastSuccess) {  // JOB-6
    constexpr std::int64_t second = 1'000'000;
    const std::vector<std::int64_t> none;
    const std::vector<std::int64_t> two{10 * second, 30 * second};
    FailureRecord record = next_record({}, none, two);
    EXPECT_EQ(record, (FailureRecord{2, 30 * second}));
    EXPECT_EQ(time_to_next_pod(record, 35 * second), 15_s);  // 20 s after the last one
    EXPECT_EQ(time_to_next_pod(record, 50 * second), 0_s);
    record = next_record(record, none, none);
    EXPECT_EQ(record.failures, 2);
    const std::vector<std::int64_t> success{20 * second};
    EXPECT_EQ(next_record(record, success, two), (FailureRecord{1, 30 * second}));
    EXPECT_EQ(next_record(record, success, none), FailureRecord{});
}

TEST(Job, TheFirstRuleThatAFailureMatchesDecides) {  // JOB-8
    FailureRule fatal{FailureAction::fail_job, ExitCodeRule{"", true, {42}}, {}};
    FailureRule disrupted{FailureAction::ignore, std::nullopt, {{"DisruptionTarget", "True"}}};
    const std::vector<FailureRule> rules{fatal, disrupted};
    const std::vector<EndedContainer> with_42{{"main", 42, false}};
    const std::vector<EndedContainer> with_1{{"main", 1, false}};
    const std::vector<ConditionRule> evicted{{"DisruptionTarget", "True"}};
    EXPECT_EQ(action_for(rules, with_42, evicted), FailureAction::fail_job);
    EXPECT_EQ(action_for(rules, with_1, evicted), FailureAction::ignore);
    EXPECT_EQ(action_for(rules, with_1, {}), FailureAction::count);
    fatal.exit_codes->is_in = false;  // every code but 42, and never a success
    EXPECT_EQ(action_for(std::vector{fatal}, with_1, {}), FailureAction::fail_job);
    EXPECT_EQ(action_for(std::vector{fatal}, with_42, {}), FailureAction::count);
    EXPECT_EQ(action_for(std::vector{fatal}, std::vector<EndedContainer>{{"main", 0, false}}, {}),
              FailureAction::count);
    fatal.exit_codes->container = "other";
    EXPECT_EQ(action_for(std::vector{fatal}, with_1, {}), FailureAction::count);
}

TEST(Job, WritesIndexesAsTheStatusHasThem) {  // JOB-9
    using ::testing::ElementsAre;
    EXPECT_THAT(indexes_of("1,3-5,7", 10), ElementsAre(1, 3, 4, 5, 7));
    EXPECT_THAT(indexes_of("1,3-50", 5), ElementsAre(1, 3, 4));
    EXPECT_EQ(text_of_indexes(std::vector{1, 3, 4, 5, 7, 8}), "1,3-5,7,8");
    EXPECT_THAT(first_free_indexes(std::vector{0, 1, 3}, 2, 10), ElementsAre(2, 4));
    EXPECT_THAT(first_free_indexes(std::vector{0, 1, 3}, 5, 5), ElementsAre(2, 4));
    EXPECT_EQ(indexed_failure(1, 8, 10, std::nullopt), IndexedFailure::none);
    EXPECT_EQ(indexed_failure(1, 9, 10, std::nullopt), IndexedFailure::some_indexes);
    EXPECT_EQ(indexed_failure(2, 0, 10, 1), IndexedFailure::too_many_indexes);
}

}  // namespace
}  // namespace eks
