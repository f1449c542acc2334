// What one metric proposes (HPA-5 to HPA-12).
#include "models/systems/autoscaling/hpa/proposal.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace eks::hpa {
namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t now = 1'000'000 * second;

// A pod that has been ready for long, and its sample of the last minute.
const PodView old_pod{PodPhase::running, false, ReadyCondition::is_true, now - 3590 * second, now - 3600 * second};
Sample sample_of(std::int64_t milli) { return {milli, now - 30 * second, 30 * second}; }

struct Case {
    Metric metric{MetricSource::resource, TargetKind::utilization, true, 80};
    Scale scale{4, 4};
    Tolerances tolerances;
    std::vector<PodView> pods;
    Reading reading;

    Case& pod(std::optional<Sample> sample, std::int64_t request_milli = 1000, const PodView& view = old_pod) {
        pods.push_back(view);
        reading.samples.push_back(sample);
        reading.requests.push_back({request_milli, Fault::none});
        return *this;
    }
    Case& pods_using(std::initializer_list<std::int64_t> amounts) {
        for (const std::int64_t milli : amounts) pod(sample_of(milli));
        return *this;
    }
    Proposal proposal() const { return proposal_of(metric, reading, pods, scale, tolerances, {}, now); }
    std::int32_t replicas() const { return proposal().replicas; }
};

// --- HPA-6 to HPA-8

TEST(HpaUtilization, IsCutToAWholePercentBeforeTheRatio) {
    // 100 x 3599 / 4000 = 89.975 counts as 89; 89 / 80 = 1.1125; ceil(1.1125 x 4) = 5.
    Case load;
    load.pods_using({900, 900, 900, 899});
    EXPECT_EQ(load.replicas(), 5);
    EXPECT_EQ(load.proposal().current, (CurrentValue{89, 899, {}}));
    // 88 / 80 is 1.1 exactly, where the tolerance still holds, though the usage is 88.975 %.
    Case less;
    less.pods_using({890, 890, 890, 889});
    EXPECT_EQ(less.replicas(), 4);
}

TEST(HpaUtilization, TheNumberOfReadyPodsIsMultipliedAndNotTheReplicas) {
    Case surge;
    surge.scale = {4, 6};
    surge.pods_using({1600, 1600, 1600, 1600, 1600, 1600});
    EXPECT_EQ(surge.replicas(), 12);  // ratio 2, six pods
}

TEST(HpaAverageValue, IsCutToAWholeThousandth) {
    Case average;
    average.metric = {MetricSource::pods, TargetKind::average_value, false, 100};
    average.pods_using({110, 110, 110, 111});  // 441 / 4 = 110: ratio 1.1, within the tolerance
    EXPECT_EQ(average.replicas(), 4);
    EXPECT_EQ(average.proposal().current, (CurrentValue{{}, 110, {}}));
    average.pods_using({116});  // 557 / 5 = 111: ceil(1.11 x 5)
    EXPECT_EQ(average.replicas(), 6);
}

TEST(HpaUtilization, ASumThatRunsOverIsTakenAsItComesOut) {
    // A hundred times the sum is 2^63 + 192 and reads as -(2^63 - 192): nothing is left of what is used.
    Case overflow;
    overflow.metric = {MetricSource::resource, TargetKind::utilization, false, 50};
    overflow.pod(sample_of(92'233'720'368'547'760), 92'233'720'368'547'760);
    EXPECT_EQ(overflow.proposal().current.average_utilization, -99);
}

TEST(HpaReplicasThatDoNotFit, AreTheLowestNumberUnlessTheyAreHeld) {
    // HPA-11: only external values are held at 2^31 - 1.
    Case object;
    object.metric = {MetricSource::object, TargetKind::average_value, false, 1};
    object.reading.value_milli = std::int64_t{1} << 40;
    EXPECT_EQ(object.replicas(), std::numeric_limits<std::int32_t>::min());
    object.metric.source = MetricSource::external;
    EXPECT_EQ(object.replicas(), std::numeric_limits<std::int32_t>::max());
    Case average;
    average.metric = {MetricSource::resource, TargetKind::average_value, false, 500};  // "500m" bytes
    average.pods_using({std::int64_t{1} << 45});
    EXPECT_EQ(average.replicas(), std::numeric_limits<std::int32_t>::min());
}

// --- HPA-12

TEST(HpaTolerance, BothBoundsAreWithin) {
    const Tolerances tolerances{0.1, 0.1};
    EXPECT_TRUE(tolerances.keep(1.1));
    EXPECT_TRUE(tolerances.keep(0.9));
    EXPECT_FALSE(tolerances.keep(1.1000000000000003));
    EXPECT_FALSE(tolerances.keep(0.8999999999999999));
}

TEST(HpaTolerance, EachDirectionHasItsOwn) {
    Case load;
    load.tolerances = {0.5, 0};
    load.pods_using({810, 810, 810, 810});
    EXPECT_EQ(load.replicas(), 5);  // 81 / 80
    Case less;
    less.tolerances = {0.5, 0};
    less.pods_using({410, 410, 410, 410});
    EXPECT_EQ(less.replicas(), 4);  // 41 / 80 is not below 0.5
}

// --- HPA-5

TEST(HpaPodClass, ForCpuAPodThatStartsCountsOnceAWindowLiesBehindIt) {
    const auto replicas = [](std::int64_t ready_for, ReadyCondition ready) {
        Case load;
        load.scale = {2, 2};
        load.pod(sample_of(1600));
        const PodView young{PodPhase::running, false, ready, now - ready_for * second, now - 299 * second};
        load.pod(sample_of(1600), 1000, young);
        return load.replicas();
    };
    // The sample is 30 s old with a window of 30 s: the pod has to have been ready for 60 s.
    EXPECT_EQ(replicas(60, ReadyCondition::is_true), 4);
    // Otherwise it counts as unready: 160 % of two pods is 80 %.
    EXPECT_EQ(replicas(59, ReadyCondition::is_true), 2);
    EXPECT_EQ(replicas(100, ReadyCondition::is_false), 2);
    EXPECT_EQ(replicas(100, ReadyCondition::is_unknown), 4);  // not the same as False
}

TEST(HpaPodClass, AfterItsStartAPodThatWasEverReadyCounts) {
    const auto replicas = [](std::int64_t changed_after, std::int64_t age) {
        Case load;
        load.scale = {2, 2};
        load.pod(sample_of(1600));
        const std::int64_t started = now - age * second;
        load.pod(sample_of(1600), 1000,
                 {PodPhase::running, false, ReadyCondition::is_false, started + changed_after * second, started});
        return load.replicas();
    };
    EXPECT_EQ(replicas(29, 300), 2);  // never became ready
    EXPECT_EQ(replicas(30, 300), 4);  // became unready later
    EXPECT_EQ(replicas(30, 299), 2);  // still in its first five minutes
}

TEST(HpaPodClass, TheStartMattersForCpuOnly) {
    Case load;
    load.metric.is_cpu = false;
    load.scale = {2, 2};
    load.pod(sample_of(1600));
    load.pod(sample_of(1600), 1000, {PodPhase::running, false, ReadyCondition::absent, year_one_us, {}});
    EXPECT_EQ(load.replicas(), 4);
    load.metric.is_cpu = true;
    EXPECT_EQ(load.replicas(), 2);
}

TEST(HpaPodClass, PodsThatEndAreIgnoredAndSucceededOnesAreNot) {
    Case load;
    load.pods_using({1600, 1600});
    PodView ending = old_pod;
    ending.is_terminating = true;
    PodView failed = old_pod;
    failed.phase = PodPhase::failed;
    PodView succeeded = old_pod;
    succeeded.phase = PodPhase::succeeded;
    load.pod(sample_of(100), 1000, ending).pod(sample_of(100), 1000, failed).pod({}, 1000, ending);
    EXPECT_EQ(load.replicas(), 4);
    load.pod(sample_of(1600), 1000, succeeded);
    EXPECT_EQ(load.replicas(), 6);
}

// --- HPA-9

TEST(HpaMissingPods, OnTheWayDownUseWhatTheyRequest) {
    Case idle;
    idle.pods_using({100, 100, 100}).pod({});
    // 1300 of 4000 are 32 %: ceil(0.4 x 4) = 2.
    EXPECT_EQ(idle.replicas(), 2);
    // A target above 100 % is what they are taken to use: 100 x (300 + 1500) / 4000 = 45 %; ceil(0.3 x 4) = 2.
    idle.metric.target = 150;
    EXPECT_EQ(idle.replicas(), 2);
    idle.scale = {1, 4};
    EXPECT_EQ(idle.replicas(), 1);  // below one, but more than there are
    EXPECT_DOUBLE_EQ(idle.proposal().ratio.value_or(0), 0.3);
    EXPECT_EQ(idle.proposal().missing, 1);
    EXPECT_TRUE(idle.proposal().is_held);
}

TEST(HpaMissingPods, OnTheWayUpUseNothing) {
    Case busy;
    busy.pods_using({1600, 1600, 1600}).pod({});
    EXPECT_EQ(busy.replicas(), 6);  // 120 %: ceil(1.5 x 4)
    busy.pod({}).pod({});           // 80 %: within the tolerance
    EXPECT_EQ(busy.replicas(), 4);
    EXPECT_FALSE(busy.proposal().is_held);
    busy.pod({});  // 68 %: it has turned
    EXPECT_EQ(busy.replicas(), 4);
    EXPECT_DOUBLE_EQ(busy.proposal().ratio.value_or(0), 0.85);
    EXPECT_EQ(busy.proposal().current.average_utilization, 160);
    EXPECT_EQ(busy.proposal().missing, 4);
    EXPECT_TRUE(busy.proposal().is_held);
}

TEST(HpaMissingPods, AtARatioOfOneAreLeftOut) {
    Case average;
    average.metric = {MetricSource::pods, TargetKind::average_value, false, 100};
    average.tolerances = {0, 0};
    average.pods_using({100, 100}).pod({}).pod({});
    EXPECT_EQ(average.replicas(), 4);
}

TEST(HpaUnreadyPods, UseNothingOnTheWayUpAndAreNotThereOnTheWayDown) {
    PodView pending = old_pod;
    pending.phase = PodPhase::pending;
    Case busy;
    busy.pods_using({1600, 1600, 1600}).pod({}, 1000, pending);
    EXPECT_EQ(busy.replicas(), 6);  // 120 %: ceil(1.5 x 4)
    Case idle;
    idle.pods_using({100, 100, 100}).pod(sample_of(100), 1000, pending);
    EXPECT_EQ(idle.replicas(), 1);  // 10 %: ceil(0.125 x 3)
}

TEST(HpaSamples, OfAStrangerCountInTheSetButNotInTheUtilization) {
    Case busy;
    busy.pods_using({1600, 1600}).pod({});
    busy.reading.strangers_milli = {1};
    // 106 % of three pods; the set has four samples: ceil(1.325 x 4) = 6.
    EXPECT_EQ(busy.replicas(), 6);
    Case alone;
    alone.pod({});
    alone.reading.strangers_milli = {500};
    EXPECT_EQ(alone.proposal().fault, Fault::zero_requests);
}

// --- faults

TEST(HpaFaults, AreToldInTheOrderInWhichTheControllerMeetsThem) {
    Case all;
    all.reading.has_failed = true;
    EXPECT_EQ(all.proposal().fault, Fault::metrics_unavailable);
    all.reading.has_failed = false;
    EXPECT_EQ(all.proposal().fault, Fault::no_pods);
    all.pod({});
    all.reading.requests[0].fault = Fault::missing_request;
    EXPECT_EQ(all.proposal().fault, Fault::no_usable_samples);
    all.pod(sample_of(1), 0);
    EXPECT_EQ(all.proposal().fault, Fault::missing_request);
    all.reading.requests[0] = {0, Fault::none};
    EXPECT_EQ(all.proposal().fault, Fault::zero_requests);
    all.metric = {MetricSource::resource, TargetKind::average_value, true, 100};
    EXPECT_EQ(all.proposal().fault, Fault::none);  // requests do not matter here
}

// --- HPA-10, HPA-11

TEST(HpaValue, IsMultipliedWithTheReadyPods) {
    Case outside;
    outside.metric = {MetricSource::external, TargetKind::value, false, 10'000};
    outside.pods_using({1, 1, 1});
    outside.pods[0].ready = ReadyCondition::is_unknown;
    outside.pods[1].is_terminating = true;  // counts here
    outside.reading.value_milli = 25'000;
    EXPECT_EQ(outside.replicas(), 5);
    EXPECT_EQ(outside.proposal().current, (CurrentValue{{}, {}, 25'000}));
    outside.reading.value_milli = 11'000;
    EXPECT_EQ(outside.replicas(), 4);
    outside.pods.clear();
    EXPECT_EQ(outside.replicas(), 4);  // within the tolerance no pod is read
    outside.reading.value_milli = 11'001;
    EXPECT_EQ(outside.proposal().fault, Fault::no_pods);
    outside.scale.spec_replicas = 0;
    EXPECT_EQ(outside.replicas(), 2);  // from zero: the ratio itself, without a tolerance
    outside.reading.value_milli = 0;
    EXPECT_EQ(outside.replicas(), 0);
}

TEST(HpaAverageOfOneValue, WithinTheToleranceItIsTheReplicasOfTheStatus) {
    Case object;
    object.metric = {MetricSource::object, TargetKind::average_value, false, 10'000};
    object.scale = {4, 5};
    object.reading.value_milli = 55'000;
    EXPECT_EQ(object.replicas(), 5);
    EXPECT_EQ(object.proposal().current, (CurrentValue{{}, 11'000, {}}));
    object.reading.value_milli = 55'001;
    EXPECT_EQ(object.replicas(), 6);
    EXPECT_EQ(object.proposal().current, (CurrentValue{{}, 11'001, {}}));  // 11000.2 rounded up
    object.scale = {4, 0};
    EXPECT_EQ(object.replicas(), 6);
    EXPECT_EQ(object.proposal().current, CurrentValue{});
}

TEST(HpaExternal, ValuesAreAddedUpAndStayAtTheLargest) {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(sum_of_external(std::vector<std::int64_t>{1, 2, 3}), 6);
    EXPECT_EQ(sum_of_external(std::vector<std::int64_t>{largest, 1, -5}), largest);
    Case outside;
    outside.metric = {MetricSource::external, TargetKind::average_value, false, 1};
    outside.reading.value_milli = largest;
    EXPECT_EQ(outside.replicas(), std::numeric_limits<std::int32_t>::max());
    EXPECT_EQ(outside.proposal().current.average_value_milli, largest);
}

}  // namespace
}  // namespace eks::hpa
