// Levels over time from hand-made facts whose every change is known, and of a whole scenario, whose other numbers must
// not notice.
#include "models/metrics/timelines.hpp"

#include "models/planning/experiment.hpp"
#include "tests/unit/models/metrics/scene.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks::metrics_test {
namespace {

using Changes = std::vector<std::pair<double, std::int64_t>>;  // seconds and values

const Timeline* line_of(const std::vector<Timeline>& lines, std::string_view name, const LabelValues& labels) {
    const auto is_it = [&](const Timeline& line) { return line.title.name == name && line.title.labels == labels; };
    const auto place = std::ranges::find_if(lines, is_it);
    return place == lines.end() ? nullptr : &*place;
}

Changes changes_of(const std::vector<Timeline>& lines, std::string_view name, const LabelValues& labels) {
    Changes changes;
    if (const Timeline* line = line_of(lines, name, labels); line != nullptr) {
        for (const TimelinePoint& point : line->points)
            changes.emplace_back(point.at.since_origin().in_seconds(), point.value);
    }
    return changes;
}

// The same, recording.
struct Recorded {
    Spec spec = scene_spec();
    Metrics metrics;

    Recorded() : metrics(spec, with_timelines(spec, *plan_metrics(spec))) {}
    Recorded& operator()(sim::Time now, const Fact& fact) {
        metrics.observe(spec, now, fact);
        return *this;
    }
    std::vector<Timeline> lines() const { return read_timelines(metrics); }
};

TEST(Timelines, AddressesMoveFromFreeToAssignedToCoolingAndBack) {
    Recorded told;
    told(at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready});
    told(at(0), AddressesAddedFact{node(0), 10});
    told(at(5), AddressAssignedFact{node(0)});
    told(at(6), AddressAssignedFact{node(0)});
    told(at(20), AddressReleasedFact{node(0), at(50)});
    told(at(60), AddressesDroppedFact{node(0), 4});
    const auto lines = told.lines();
    const Changes free{{0, 10}, {5, 9}, {6, 8}, {50, 9}, {60, 5}};
    EXPECT_EQ(changes_of(lines, "addresses", {{"state", "free"}}), free);
    EXPECT_EQ(changes_of(lines, "addresses", {{"state", "assigned"}}), (Changes{{0, 0}, {5, 1}, {6, 2}, {20, 1}}));
    EXPECT_EQ(changes_of(lines, "addresses", {{"state", "cooling"}}), (Changes{{0, 0}, {20, 1}, {50, 0}}));
}

TEST(Timelines, AddressesOfASubnetAreThoseOfTheNodesWhosePodsAreInIt) {
    Spec spec = scene_spec();
    spec.shapes[0].subnet = subnet_a;
    spec.shapes[1].subnet = subnet_a;
    spec.shapes[1].pod_subnet = subnet_b;
    for (const bool is_custom : {false, true}) {
        spec.cni.custom_networking = is_custom;  // IPAM-145
        Metrics metrics(spec, with_timelines(spec, *plan_metrics(spec)));
        metrics.observe(spec, at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready});
        metrics.observe(spec, at(0), NodeFact{node(1), batch, batch_b, NodeState::launching, NodeState::ready});
        metrics.observe(spec, at(0), AddressesAddedFact{node(0), 10});
        metrics.observe(spec, at(0), AddressesAddedFact{node(1), 7});
        const auto lines = read_timelines(metrics);
        const auto in = [&](const char* subnet) {
            return changes_of(lines, "subnet_addresses", {{"subnet", subnet}, {"state", "free"}});
        };
        EXPECT_EQ(in("private-a"), (Changes{{0, is_custom ? 10 : 17}}));
        EXPECT_EQ(in("private-b"), is_custom ? (Changes{{0, 7}}) : Changes{});
        EXPECT_EQ(changes_of(lines, "addresses", {{"state", "free"}}), (Changes{{0, 17}}));
    }
}

TEST(Timelines, PodsAreReadyOrWaitOrSomethingElseAndNothingTwice) {
    Recorded told;
    told(at(10), PodCreatedFact{pod(0), web, WaitCause::scheduling});
    told(at(10), PodCreatedFact{pod(1), web, WaitCause::scheduling});
    told(at(12), PodWaitsFact{pod(0), web, WaitCause::scheduling, WaitCause::readiness, lasting(2)});
    told(at(12), PodPhaseFact{web, PodPhase::pending, PodPhase::running});
    told(at(20), PodStartedFact{pod(0), web, WaitCause::readiness, lasting(8), lasting(10)});
    told(at(20), PodReadyFact{web, node(0), 1});
    told(at(30), PodReadyFact{web, node(0), -1});  // told to stop
    told(at(40), PodRemovedFact{pod(0), web, PodPhase::running});
    const auto lines = told.lines();
    const auto pods = [&](const LabelValues& labels) { return changes_of(lines, "pods", labels); };
    EXPECT_EQ(pods({{"state", "waiting"}, {"cause", "scheduling"}}), (Changes{{0, 0}, {10, 2}, {12, 1}}));
    EXPECT_EQ(pods({{"state", "waiting"}, {"cause", "readiness"}}), (Changes{{0, 0}, {12, 1}, {20, 0}}));
    EXPECT_EQ(pods({{"state", "ready"}}), (Changes{{0, 0}, {20, 1}, {30, 0}}));
    EXPECT_EQ(changes_of(lines, "waiting_pods", {}), (Changes{{0, 0}, {10, 2}, {20, 1}}));
    EXPECT_EQ(pods({{"state", "other"}}), (Changes{{0, 0}, {30, 1}, {40, 0}}));
}

TEST(Timelines, NodesAndTheirCostFollowTheirState) {
    Recorded told;
    told(at(0), SubnetFact{subnet_a, 250});
    told(at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready});
    told(at(60), NodeFact{node(1), batch, batch_b, NodeState::launching, NodeState::launching});
    told(at(90), NodeFact{node(1), batch, batch_b, NodeState::launching, NodeState::ready});
    told(at(1800), NodeFact{node(0), workers, worker_a, NodeState::ready, NodeState::ready, false, true});
    const auto lines = told.lines();
    const auto nodes = [&](const char* group, const char* state) {
        return changes_of(lines, "nodes", {{"node_group", group}, {"state", state}});
    };
    EXPECT_EQ(nodes("workers", "ready"), (Changes{{0, 1}, {1800, 0}}));
    EXPECT_EQ(nodes("batch", "not-ready"), (Changes{{0, 0}, {60, 1}, {90, 0}}));
    EXPECT_EQ(nodes("batch", "ready"), (Changes{{0, 0}, {90, 1}}));
    EXPECT_EQ(changes_of(lines, "ready_nodes", {}), (Changes{{0, 1}, {90, 2}, {1800, 1}}));
    // 0.2 and 0.36 USD an hour, in millionths, and 0.1 for the control plane (AWS-1). Nothing runs: the nodes are idle.
    const Changes idle{{0, 200'000}, {60, 560'000}, {1800, 360'000}};
    const Changes total{{0, 300'000}, {60, 660'000}, {1800, 460'000}};
    EXPECT_EQ(changes_of(lines, "cost", {{"part", "idle"}}), idle);
    EXPECT_EQ(changes_of(lines, "cost", {{"part", "total"}}), total);
    EXPECT_EQ(line_of(lines, "cost", {{"part", "total"}})->title.unit, "USD/h");
    EXPECT_EQ(changes_of(lines, "subnet_free_addresses", {{"subnet", "private-a"}}), (Changes{{0, 250}}));
    EXPECT_EQ(line_of(lines, "subnet_free_addresses", {{"subnet", "private-b"}}), nullptr);
}

// However many changes there are, the points are bounded, and none of the extremes is lost.
TEST(Timelines, AreBoundedAndKeepTheirPeaks) {
    Recorded told;
    told(at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready});
    told(at(0), AddressesAddedFact{node(0), 100});
    for (std::int64_t second = 1; second < 50'000; ++second) {
        const bool is_peak = second == 31'415;
        for (int i = 0; i < (is_peak ? 40 : 1); ++i) told(at(second), AddressAssignedFact{node(0)});
        for (int i = 0; i < (is_peak ? 40 : 1); ++i)
            told(sim::Time::at(lasting(second) + sim::Duration::milliseconds(500)),
                 AddressReleasedFact{node(0), sim::Time::origin()});
    }
    const auto lines = told.lines();
    const Timeline* assigned = line_of(lines, "addresses", {{"state", "assigned"}});
    ASSERT_NE(assigned, nullptr);
    EXPECT_LE(assigned->points.size(), 4 * (assigned->title.buckets + 1));
    EXPECT_GE(assigned->points.size(), assigned->title.buckets);
    const auto peak = std::ranges::max_element(assigned->points, {}, &TimelinePoint::value);
    EXPECT_EQ(peak->value, 40);
    EXPECT_EQ(peak->at, at(31'415));
    EXPECT_TRUE(std::ranges::is_sorted(assigned->points, {}, &TimelinePoint::at));
}

TEST(Timelines, AreNotThereUnlessAskedFor) {
    const Scene scene;
    const Telling told(scene);
    EXPECT_TRUE(read_timelines(told.metrics).empty());
}

TEST(Timelines, ChangeNeitherFingerprintsNorResultsAndAreOfTheFirstRun) {
    const auto scenario = scenario_test::load({
        {"behaviour[0].ready", R"({"lognormal": {"p50": "18s", "p95": "45s"}})"},
        {"run.replications", R"({"min": 3, "max": 3})"},
    });
    ASSERT_TRUE(scenario.ok());
    const auto plan = *plan_metrics(*scenario);
    const Outcome without = run_experiment(*scenario, plan, {});
    const Outcome with = run_experiment(*scenario, plan, {.records_timelines = true});
    EXPECT_EQ(with.fingerprint(), without.fingerprint());
    EXPECT_EQ(with.runs.front().cost_usd, without.runs.front().cost_usd);
    EXPECT_TRUE(without.timelines.empty());
    ASSERT_FALSE(with.timelines.empty());

    const auto ready_of = [](const Outcome& outcome) {
        const Timeline* ready = line_of(outcome.timelines, "pods", {{"state", "ready"}});
        return ready == nullptr ? std::vector<TimelinePoint>{} : ready->points;
    };
    const auto single = [&](std::uint32_t replication) {
        return run_experiment(*scenario, plan,
                              {.single_run = true, .replication = replication, .records_timelines = true});
    };
    EXPECT_EQ(ready_of(with), ready_of(single(0)));
    EXPECT_NE(ready_of(with), ready_of(single(1)));
    EXPECT_EQ(single(1).first_replication, 1U);
}

}  // namespace
}  // namespace eks::metrics_test
