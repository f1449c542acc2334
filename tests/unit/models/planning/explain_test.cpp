// The story of a pod: told of the pod that waited, with the faults that struck it, back to what really set it off.
#include "models/planning/explain.hpp"

#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace eks {
namespace {

// Half an hour without the CNI's daemon; the pods that are added meanwhile wait for it.
const scenario_test::Changes outage{
    {"timeline", R"([{"at": "30m", "for": "20m", "fault": "cni-daemon-down", "nodeGroup": "workers"},
                     {"at": "35m", "scale": "Deployment/shop/web", "replicas": 6}])"}};

PodStory story_of(std::string_view pod, sim::Duration at, const scenario_test::Changes& changes = outage) {
    const auto scenario = scenario_test::load(changes);
    EXPECT_TRUE(scenario.ok()) << (scenario ? "" : scenario_test::listed(scenario.error()));
    auto story = explain_pod(*scenario, {.seed = 7}, pod, at);
    EXPECT_TRUE(story.ok()) << (story ? "" : story.error());
    return *story;
}

bool says(const PodStory& story, std::string_view text) {
    return std::ranges::any_of(to_lines(story),
                               [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

TEST(PodStory, APodThatStoodReadyAtTheOpeningDidNotWait) {
    const PodStory story = story_of("shop/web-0", sim::Duration::minutes(10));
    EXPECT_TRUE(story.waits.empty());
    EXPECT_EQ(story.started, sim::Time::origin());
    EXPECT_TRUE(says(story, "stood ready on its node when the run began"));
}

TEST(PodStory, WithoutANumberItIsThatOfThePodThatWaitedLongest) {
    // Pods 0 and 1 stood ready at the opening; 2 to 5 came at 35 min and waited for the daemon until 50 min.
    const PodStory story = story_of("shop/web", sim::Duration::minutes(120));
    EXPECT_GE(story.created, sim::Time::at(sim::Duration::minutes(35)));
    ASSERT_TRUE(story.started);
    EXPECT_GE(*story.started, sim::Time::at(sim::Duration::minutes(50)));
}

TEST(PodStory, FaultsThatStruckThePodsNodeAreNamed) {
    const PodStory story = story_of("shop/web-4", sim::Duration::minutes(120));
    ASSERT_EQ(story.faults.size(), 1U);
    EXPECT_EQ(story.faults[0].kind, FaultKind::cni_daemon_down);
    EXPECT_EQ(story.faults[0].from, sim::Time::at(sim::Duration::minutes(30)));
    EXPECT_EQ(story.faults[0].until, sim::Time::at(sim::Duration::minutes(50)));
    EXPECT_TRUE(says(story, "The fault cni-daemon-down struck from 1800.000 s to 3000.000 s"));
    // Those of other places are not.
    const PodStory elsewhere =
        story_of("shop/web-4", sim::Duration::minutes(120),
                 {{"timeline", R"([{"at": "30m", "for": "20m", "fault": "imds-unavailable", "zone": "eu-central-1a"},
                          {"at": "30m", "for": "20m", "fault": "imds-unavailable", "zone": "eu-central-1b"},
                          {"at": "35m", "scale": "Deployment/shop/web", "replicas": 6}])"}});
    EXPECT_EQ(elsewhere.faults.size(), 1U);
}

// Each of the four pods stands on a node of its own or not; those on node 0 are told of its end, the others are not.
TEST(PodStory, ALostNodeIsToldWithWhatBecameOfIt) {
    const scenario_test::Changes down{
        {"assume", R"({"instanceImpaired": "2h"})"},  // nobody replaces the machine meanwhile
        {"timeline", R"([{"at": "30m", "fault": "node-down", "nodeGroup": "workers", "node": 0},
                         {"at": "10m", "scale": "Deployment/shop/web", "replicas": 12}])"}};
    std::size_t lost = 0;
    std::size_t kept = 0;
    for (int n = 0; n < 12; ++n) {
        const PodStory story = story_of("shop/web-" + std::to_string(n), sim::Duration::minutes(34), down);
        const bool is_struck = !story.faults.empty();
        EXPECT_EQ(story.node == "workers-0", is_struck);
        EXPECT_EQ(says(story, "The fault node-down struck from 1800.000 s on"), is_struck);
        EXPECT_EQ(says(story, "its node workers-0 was NotReady: its kubelet had said nothing for too long"), is_struck);
        ++(is_struck ? lost : kept);
    }
    EXPECT_GT(lost, 0U);
    EXPECT_GT(kept, 0U);
    // The first that was made in place of one of them comes from the fault, by way of the taint (NODE-2 to NODE-5).
    const PodStory next = story_of("shop/web-12", sim::Duration::minutes(60), down);
    const auto came_from = [&](std::string_view kind) {
        return std::ranges::any_of(next.back_to_the_start, [&](const TraceStep& step) { return step.what == kind; });
    };
    for (const std::string_view kind : {"TaintEviction", "NoExecuteTaintDue", "NodeGraceOver", "TimelineDue"})
        EXPECT_TRUE(came_from(kind)) << kind;
}

TEST(PodStory, TheWayBackGoesBackInTimeAndEndsWhereItBegan) {
    const PodStory story = story_of("shop/web-4", sim::Duration::minutes(45));
    ASSERT_GE(story.back_to_the_start.size(), 2U);
    // The kubelet's retries of ten minutes are told of in two rounds.
    EXPECT_LE(story.back_to_the_start.size(), 10U);
    EXPECT_TRUE(says(story, "more rounds of these"));
    EXPECT_EQ(story.back_to_the_start.back().what, "TimelineDue");
    for (std::size_t i = 1; i < story.back_to_the_start.size(); ++i)
        EXPECT_LE(story.back_to_the_start[i].at, story.back_to_the_start[i - 1].at);
}

TEST(PodStory, WhatRepeatsItselfIsToldOnceWithHowOften) {
    PodStory story;
    story.pod = "shop/web-0";
    const auto at = [](std::int64_t seconds) { return sim::Time::at(sim::Duration::seconds(seconds)); };
    story.waits.push_back({at(0), at(1), WaitCause::scheduling, false});
    for (std::int64_t turn = 0; turn < 50; ++turn) {
        story.waits.push_back({at(1 + 20 * turn), at(16 + 20 * turn), WaitCause::no_address, false});
        story.waits.push_back({at(16 + 20 * turn), at(21 + 20 * turn), WaitCause::sandbox_retry, false});
        story.refusals.push_back({at(1 + 20 * turn), "workers-0", WaitCause::no_address, 56, 56, sim::Time::never()});
    }
    story.waits.push_back({at(1'001), at(1'004), WaitCause::image_pull, false});
    const std::vector<std::string> lines = to_lines(story);
    ASSERT_EQ(lines.size(), 7U);
    EXPECT_NE(lines[1].find("scheduling: "), std::string::npos);
    EXPECT_NE(lines[2].find("1.000 s to   1001.000 s   1000.000 s  in 100 turns"), std::string::npos) << lines[2];
    EXPECT_NE(lines[3].find("750.000 s  no-address: "), std::string::npos) << lines[3];
    EXPECT_NE(lines[4].find("250.000 s  sandbox-retry: "), std::string::npos) << lines[4];
    EXPECT_NE(lines[5].find("image-pull: "), std::string::npos);
    EXPECT_NE(lines[6].find("50 times from 1.000 s to 981.000 s the CNI refused an address on workers-0: 56 of 56 "
                            "addresses assigned"),
              std::string::npos)
        << lines[6];
}

// FR-20, DPC-57: what has become of an address that two CNIs fight about.
TEST(PodStory, AContestedAddressIsNamed) {
    const scenario_test::Changes two_cnis{
        {"manifests", R"([
            {"chart": "cilium", "helmValues": {"eni": {"enabled": true}, "ipam": {"mode": "eni"}}},
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
             "spec": {"replicas": 12, "selector": {"matchLabels": {"app": "web"}},
                      "template": {"metadata": {"labels": {"app": "web"}},
                                   "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}}}])"},
        {"behaviour", "[]"},
        {"timeline", R"([{"at": "5m", "scale": "Deployment/shop/web", "replicas": 130}])"}};
    std::set<AddressState> seen;
    for (int n = 0; n < 130 && seen.size() < 3; n += 3) {
        const PodStory story = story_of("shop/web-" + std::to_string(n), sim::Duration::minutes(60), two_cnis);
        EXPECT_EQ(says(story, "Two CNIs run on the node"), !story.contests.empty());
        for (const ContestedAddress& contest : story.contests) {
            EXPECT_GE(contest.since, sim::Time::at(sim::Duration::minutes(5)));
            if (!seen.insert(contest.state).second) continue;
            EXPECT_TRUE(says(story, contest.state == AddressState::overwritten  ? "a later pod has got its address"
                                    : contest.state == AddressState::taken_away ? "on no ENI of the node any more"
                                                                                : "an earlier pod's too"));
        }
    }
    EXPECT_EQ(seen.size(), 3U);
}

}  // namespace
}  // namespace eks
