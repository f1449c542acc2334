// How many Jobs a ScaledJob's poll starts (KEDA-20 to KEDA-24).
#include "models/systems/autoscaling/keda/scaled_job.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks::keda {
namespace {

JobDemand demand_of(const ScaledJob& job, const std::vector<Trigger>& triggers) { return job_demand(job, triggers); }

// --- KEDA-21

TEST(ScaledJobBounds, TheMostIsWithoutTheLeast) {
    EXPECT_EQ(most_jobs({.least = 3, .most = 10}), 7);
    EXPECT_EQ(most_jobs({.least = 10, .most = 10}), 0);
    EXPECT_EQ(most_jobs({.least = 12, .most = 10}), 10);  // more than the most: the most itself
    EXPECT_EQ(least_jobs({.least = 12, .most = 10}), 10);
    EXPECT_EQ(most_jobs({.least = 12}), 100);  // by default not reduced
    EXPECT_EQ(least_jobs({.least = 12}), 12);
    EXPECT_EQ(most_jobs({}), 100);
}

// --- KEDA-20

TEST(ScaledJobDemand, IsRoundedUpOnceAtTheEnd) {
    const JobDemand demand = demand_of({.most = 10}, {{2'500, 1'000, true}});
    EXPECT_EQ(demand.scale_to, 3);
    EXPECT_EQ(demand.max_scale, 3);
    const JobDemand both =
        demand_of({.most = 10, .combination = Combination::sum}, {{2'500, 1'000, true}, {2'500, 1'000, true}});
    EXPECT_EQ(both.scale_to, 5);
    EXPECT_EQ(both.max_scale, 5);
}

TEST(ScaledJobDemand, EachTriggerAndTheWholeStayBelowTheMost) {
    const ScaledJob job{.most = 10, .combination = Combination::avg};
    EXPECT_EQ(demand_of(job, {{40'000, 1'000, true}, {0, 1'000, true}}).max_scale, 5);  // (10 + 0) / 2
    const ScaledJob sum{.most = 10, .combination = Combination::sum};
    EXPECT_EQ(demand_of(sum, {{8'000, 1'000, true}, {8'000, 1'000, true}}).max_scale, 10);
}

TEST(ScaledJobDemand, InactiveTriggersDoNotCount) {
    const ScaledJob job{.most = 10, .combination = Combination::avg};
    EXPECT_EQ(demand_of(job, {{6'000, 1'000, true}, {90'000, 1'000, false}}).max_scale, 6);
    EXPECT_FALSE(demand_of(job, {{90'000, 1'000, false}}).is_active);
    EXPECT_TRUE(demand_of({.least = 1, .most = 10}, {{90'000, 1'000, false}}).is_active);
}

TEST(ScaledJobDemand, ByTheLongestQueueTheMaxValueIsThatQueues) {
    const JobDemand demand = demand_of({.most = 10}, {{5'000, 5'000, true}, {4'000, 1'000, true}});
    EXPECT_EQ(demand.scale_to, 5);
    EXPECT_EQ(demand.max_scale, 1);
    // An active trigger with an empty queue does not make it active.
    EXPECT_FALSE(demand_of({.most = 10}, {{0, 1'000, true}}).is_active);
}

TEST(ScaledJobDemand, TheShortestQueueDependsOnTheOrderWhereOneIsEmpty) {
    const ScaledJob job{.most = 10, .combination = Combination::min};
    EXPECT_EQ(demand_of(job, {{3'000, 1'000, true}, {2'000, 1'000, true}}).scale_to, 2);
    EXPECT_EQ(demand_of(job, {{3'000, 1'000, true}, {0, 1'000, true}}).scale_to, 0);
    EXPECT_EQ(demand_of(job, {{0, 1'000, true}, {3'000, 1'000, true}}).scale_to, 3);
    EXPECT_TRUE(demand_of(job, {{0, 1'000, true}}).is_active);
}

TEST(ScaledJobDemand, WithoutATargetATriggerWantsNoJobs) {
    EXPECT_EQ(demand_of({}, {{5'000, 0, true}}).max_scale, 0);
    EXPECT_EQ(demand_of({}, {{5'000, 0, true}}).scale_to, 5);
}

// --- KEDA-23

TEST(ScaledJobStrategy, EachTakesOffWhatItCounts) {
    const JobDemand demand{true, 20, 8};
    ScaledJob job{.least = 1, .most = 11};  // M is 10; of 6 running 5 are beyond the least
    EXPECT_EQ(job_scale(job, demand, 6, 2).most, 3);

    job.strategy = JobStrategy::custom;
    job.queue_length_deduction = 1;
    job.running_job_share = 0.5;
    EXPECT_EQ(job_scale(job, demand, 6, 2).most, 5);  // 8 - 1 - trunc(2.5)
    job.queue_length_deduction = -9;
    EXPECT_EQ(job_scale(job, demand, 6, 2).most, 10);

    job.strategy = JobStrategy::accurate;
    EXPECT_EQ(job_scale(job, demand, 6, 2).most, 5);  // 8 + 5 - 2 > 10: what is left of the ten
    EXPECT_EQ(job_scale(job, demand, 6, 3).most, 5);  // 8 + 5 - 3 = 10: what does not wait yet
    EXPECT_EQ(job_scale(job, demand, 6, 4).most, 4);

    job.strategy = JobStrategy::eager;
    EXPECT_EQ(job_scale(job, demand, 6, 2).most, 3);  // 10 - 5 - 2
    EXPECT_EQ(job_scale(job, demand, 6, 2).scale_to, 10);
    EXPECT_EQ(job_scale(job, demand, 1, 0).most, 8);
}

// --- KEDA-22, KEDA-24

TEST(ScaledJobCreation, FillsUpToTheLeastFirst) {
    const ScaledJob job{.least = 3, .most = 10};
    EXPECT_EQ(jobs_to_create(job, {true, 20, 7}, 1, 0), 2);
    EXPECT_EQ(jobs_to_create(job, {true, 20, 7}, 3, 0), 7);
    EXPECT_EQ(jobs_to_create(job, {true, 2, 7}, 3, 0), 2);
}

TEST(ScaledJobCreation, DoesNothingWhenItIsInactiveOrHasTooMany) {
    EXPECT_EQ(jobs_to_create({.most = 10}, {false, 20, 7}, 0, 0), 0);
    EXPECT_EQ(jobs_to_create({.most = 10}, {true, 20, 7}, 9, 0), 0);
}

}  // namespace
}  // namespace eks::keda
