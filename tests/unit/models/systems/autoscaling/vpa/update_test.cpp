// Which pods the updater renews (VPA-20 to VPA-22).
#include "models/systems/autoscaling/vpa/update.hpp"

#include "models/quantities.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks::vpa {
namespace {

constexpr std::int64_t minute_us = 60'000'000;
constexpr std::int64_t now = 1000 * hour_us;

ContainerToUpdate container(std::int64_t cpu_milli, std::int64_t target_milli, std::int64_t lower, std::int64_t upper) {
    ContainerToUpdate one;
    one.requests = {cpu_milli, gibibyte};
    one.recommendation = {{target_milli, gibibyte}, {lower, 0}, {upper, 2 * gibibyte}};
    return one;
}

bool accepts(const ContainerToUpdate& one, std::int64_t age_us) {
    return is_accepted(std::vector{one}, now - age_us, now, {});
}

// --- VPA-20

TEST(VpaUpdateMode, SaysWhoActs) {
    EXPECT_FALSE(sets_requests_of_new_pods(UpdateMode::off));
    EXPECT_TRUE(sets_requests_of_new_pods(UpdateMode::initial));
    EXPECT_FALSE(evicts(UpdateMode::initial));
    EXPECT_TRUE(evicts(UpdateMode::recreate));
    EXPECT_FALSE(resizes_in_place(UpdateMode::recreate));
    EXPECT_TRUE(evicts(UpdateMode::in_place_or_recreate));
    EXPECT_TRUE(resizes_in_place(UpdateMode::in_place));
    EXPECT_FALSE(evicts(UpdateMode::in_place));
}

// --- VPA-21

TEST(VpaUpdate, OutsideTheBoundsAtOnce) {
    EXPECT_TRUE(accepts(container(99, 200, 100, 300), 0));
    EXPECT_FALSE(accepts(container(100, 200, 100, 300), 0));
    EXPECT_FALSE(accepts(container(300, 200, 100, 300), 0));
    EXPECT_TRUE(accepts(container(301, 200, 100, 300), 0));
    ContainerToUpdate without = container(100, 200, 100, 300);
    without.requests.memory_bytes.reset();
    EXPECT_TRUE(accepts(without, 0));
}

TEST(VpaUpdate, WithinThemAfterTwelveHoursAndATenth) {
    EXPECT_FALSE(accepts(container(100, 110, 50, 300), 12 * hour_us - 1));
    EXPECT_TRUE(accepts(container(100, 110, 50, 300), 12 * hour_us));
    EXPECT_FALSE(accepts(container(100, 109, 50, 300), 24 * hour_us));
    EXPECT_FALSE(is_accepted(std::vector{container(100, 110, 50, 300)}, std::nullopt, now, {}));
}

TEST(VpaUpdate, AfterAQuickOomWithAnyDifference) {
    ContainerToUpdate one = container(100, 101, 50, 300);
    one.last_end = OomKill{now - 15 * minute_us, now - 6 * minute_us};
    EXPECT_TRUE(accepts(one, hour_us));
    one.last_end = OomKill{now - 16 * minute_us, now - 6 * minute_us};  // ten minutes after its start
    EXPECT_FALSE(accepts(one, hour_us));
    one.last_end = OomKill{now - 50 * minute_us, now - 45 * minute_us};  // however long ago
    EXPECT_TRUE(accepts(one, hour_us));
    one = container(100, 100, 50, 300);
    one.last_end = OomKill{now - 15 * minute_us, now - 6 * minute_us};
    EXPECT_FALSE(accepts(one, hour_us));
}

TEST(VpaUpdate, TheDifferenceIsThatOfTheSumsAddedOverTheResources) {
    ContainerToUpdate more = container(100, 150, 50, 300);
    ContainerToUpdate less = container(100, 50, 50, 300);
    const UpdatePriority both = update_priority(std::vector{more, less});
    EXPECT_EQ(both.difference, 0);
    EXPECT_TRUE(both.grows);
    more.recommendation.target.memory_bytes = 3 * gibibyte;
    EXPECT_EQ(update_priority(std::vector{more}).difference, 2.5);
    EXPECT_EQ(update_priority({}), UpdatePriority{});
}

TEST(VpaUpdate, ThoseThatGrowComeFirst) {
    EXPECT_TRUE(comes_before({false, true, 0.1}, {true, false, 9}));
    EXPECT_TRUE(comes_before({false, true, 0.2}, {false, true, 0.1}));
    EXPECT_FALSE(comes_before({false, true, 0.1}, {false, true, 0.1}));
}

// --- VPA-22

TEST(VpaEviction, HalfOfThePodsMayGo) {
    EXPECT_TRUE(may_evict({.configured = 5, .running = 5, .evicted = 1}, false));
    EXPECT_FALSE(may_evict({.configured = 5, .running = 5, .evicted = 2}, false));  // trunc(2.5) are two
    EXPECT_FALSE(may_evict({.configured = 5, .pending = 2, .running = 3}, false));
    EXPECT_TRUE(may_evict({.configured = 5, .pending = 2, .running = 3}, true));
}

TEST(VpaEviction, ASinglePodMayGoOnlyWhereTheMinimumAllows) {
    EXPECT_FALSE(may_evict({.configured = 1, .running = 1}, false));
    EXPECT_TRUE(may_evict({.configured = 1, .running = 1}, false, 1));
    EXPECT_FALSE(may_evict({.configured = 1, .running = 1, .evicted = 1}, false, 1));
    EXPECT_FALSE(may_evict({.configured = 1, .pending = 1}, true));
}

}  // namespace
}  // namespace eks::vpa
