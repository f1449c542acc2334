#include "libsim/event_queue.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace sim;
using namespace sim::literals;

using Queue = EventQueue<int>;
constexpr Rank early{1};
constexpr Rank late{2};

std::vector<int> drained(Queue queue) {
    std::vector<int> events;
    while (!queue.empty()) events.push_back(queue.pop().event);
    return events;
}

TEST(EventQueue, TheEarliestComesFirst) {
    Queue queue;
    queue.push(Time::at(3_s), early, 3);
    queue.push(Time::at(1_s), early, 1);
    queue.push(Time::at(2_s), early, 2);
    EXPECT_EQ(queue.peek_time(), Time::at(1_s));
    EXPECT_EQ(drained(queue), (std::vector<int>{1, 2, 3}));
}

TEST(EventQueue, AmongEqualTimesTheRankDecidesThenTheOrderOfPushes) {
    Queue queue({{1_s, early}, {1_s, late}});
    queue.push(Time::at(1_s), late, 3);
    queue.push_lane({1}, Time::origin(), 4);
    queue.push_lane({0}, Time::origin(), 1);
    queue.push(Time::at(1_s), early, 2);
    EXPECT_EQ(drained(queue), (std::vector<int>{1, 2, 3, 4}));
}

TEST(EventQueue, APoppedEventCarriesWhatItWasPushedWith) {
    Queue queue({{10_s, late}});
    queue.push(Time::at(-(5_s)), early, 8);
    queue.push_lane({0}, Time::at(2_s), 9);
    EXPECT_EQ(queue.pop(), (Due<int>{Time::at(-(5_s)), 0, early, 8}));
    EXPECT_EQ(queue.pop(), (Due<int>{Time::at(12_s), 1, late, 9}));
    EXPECT_EQ(queue.peek_time(), Time::never());
    EXPECT_EQ(queue.next_sequence(), 2U);
}

TEST(EventQueue, LanesAreFoundByDelayAndRank) {
    const Queue queue({{30_s, early}, {10_s, late}});
    EXPECT_EQ(queue.lane_for(10_s, late), LaneIx{1});
    EXPECT_EQ(queue.lane_for(10_s, early), std::nullopt);
}

TEST(EventQueue, WrongUseIsADefect) {
    Queue queue({{30_s, early}});
    EXPECT_THROW((void)queue.pop(), Defect);
    EXPECT_THROW(queue.push(Time::never(), early, 1), Defect);
    EXPECT_THROW(queue.push_lane({1}, Time::origin(), 1), Defect);
    EXPECT_THROW(queue.push_lane(LaneIx::none(), Time::origin(), 1), Defect);
    queue.push_lane({0}, Time::at(5_s), 1);
    EXPECT_THROW(queue.push_lane({0}, Time::at(4_s), 1), Defect);
    EXPECT_THROW(Queue(std::vector<LaneDefinition>(64)), Defect);
    EXPECT_THROW(Queue({{-(1_s), early}}), Defect);
}

TEST(EventQueue, CopiesAreEqualAndIndependent) {
    Queue queue({{30_s, early}});
    queue.push(Time::at(1_s), early, 1);
    queue.push_lane({0}, Time::origin(), 2);
    Queue copy = queue;
    EXPECT_EQ(copy, queue);
    (void)copy.pop();
    EXPECT_NE(copy, queue);
    EXPECT_EQ(drained(queue), (std::vector<int>{1, 2}));
    EXPECT_EQ(drained(copy), (std::vector<int>{2}));
}

TEST(EventQueue, QueuesWithTheSameFutureAreEqualWhateverTheirPast) {
    Queue straight;
    straight.push(Time::at(9_s), early, 0);
    straight.push(Time::at(1_s), early, 1);
    straight.push(Time::at(2_s), early, 2);
    (void)straight.pop();
    Queue other;
    other.push(Time::at(0_s), early, 7);
    other.push(Time::at(8_s), early, 1);
    other.push(Time::at(2_s), early, 2);
    (void)other.pop();
    EXPECT_NE(straight, other) << "different events are pending";
    Queue same;
    same.push(Time::at(9_s), early, 0);
    same.push(Time::at(0_s), late, 5);
    same.push(Time::at(2_s), early, 2);
    (void)same.pop();
    EXPECT_EQ(straight, same);
}

TEST(EventQueue, OtherLanesKeepWhatIsPending) {
    Queue queue({{30_s, early}});
    queue.push_lane({0}, Time::origin(), 3);
    queue.push(Time::at(30_s), early, 4);
    queue.push(Time::at(1_s), early, 1);
    Queue other = queue.with_lanes({{5_s, late}});
    other.push_lane({0}, Time::at(1_s), 2);
    EXPECT_EQ(drained(other), (std::vector<int>{1, 2, 3, 4}));
    EXPECT_EQ(other.next_sequence(), queue.next_sequence() + 1);
}

TEST(EventQueue, PendingEventsAreShownInTheirOrder) {
    Queue queue({{2_s, early}});
    queue.push(Time::at(3_s), early, 3);
    queue.push_lane({0}, Time::origin(), 2);
    queue.push(Time::at(1_s), early, 1);
    std::vector<int> seen;
    queue.for_each_in_order([&seen](const Due<int>& due) { seen.push_back(due.event); });
    EXPECT_EQ(seen, (std::vector<int>{1, 2, 3}));
}

}  // namespace
