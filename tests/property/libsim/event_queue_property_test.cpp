// The queue against the plainest one there is: a list kept in the order of (time, rank, sequence).
#include "libsim/event_queue.hpp"
#include "libsim/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <tuple>
#include <vector>

namespace {

using namespace sim;

class SortedList {
  public:
    void push(Time at, Rank rank, std::uint64_t sequence, std::uint64_t event) {
        const Due<std::uint64_t> due{at, sequence, rank, event};
        const auto key = [](const Due<std::uint64_t>& d) { return std::tuple(d.time, d.rank, d.sequence); };
        all_.insert(std::upper_bound(all_.begin(), all_.end(), due,
                                     [&](const auto& a, const auto& b) { return key(a) < key(b); }),
                    due);
    }
    Due<std::uint64_t> pop() {
        const Due<std::uint64_t> first = all_.front();
        all_.erase(all_.begin());
        return first;
    }
    [[nodiscard]] const std::vector<Due<std::uint64_t>>& all() const { return all_; }

  private:
    std::vector<Due<std::uint64_t>> all_;
};

std::uint64_t chosen_seed(std::uint64_t otherwise) {
    const char* text = std::getenv("EKSSIM_SEED");
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// A run of pushes and pops at a clock that moves with what is popped. Times come from a small set, so ties are the
// rule; growing and shrinking phases take the queue through all sizes; now and then the run goes on with a copy.
void compare_with_sorted_list(std::uint64_t seed) {
    SCOPED_TRACE("repeat with: EKSSIM_SEED=" + std::to_string(seed) +
                 " ekssim_tests --gtest_filter=EventQueueProperty.*");
    std::uint64_t draws = 0;
    const auto below = [&](std::uint64_t bound) { return draw_below({seed, 0}, {0, 0, draws++, 0}, bound); };

    std::vector<LaneDefinition> lanes;
    for (std::uint64_t i = 0, n = below(EventQueue<std::uint64_t>::max_lanes + 1); i < n; ++i) {
        lanes.push_back(
            {Duration::microseconds(static_cast<std::int64_t>(below(50))), Rank{static_cast<std::uint8_t>(below(4))}});
    }
    EventQueue<std::uint64_t> queue(lanes);
    SortedList list;
    Time now;
    std::uint64_t sequence = 0;
    for (int step = 0; step < 4'000; ++step) {
        const bool growing = step / 500 % 2 == 0;
        if (below(10) < (growing ? 7U : 3U)) {
            const std::uint64_t event = below(1'000'000);
            if (!lanes.empty() && below(2) == 0) {
                const auto lane = LaneIx::of(below(lanes.size()));
                const Rank rank = lanes[lane.value].rank;
                const Time at = now + Duration::microseconds(static_cast<std::int64_t>(below(40)));
                if (lane.value % 2 == 0) {
                    queue.push_lane(lane, now, event);
                    list.push(now + lanes[lane.value].delay, rank, sequence++, event);
                } else {
                    queue.push_in_lane(lane, at, event);
                    list.push(at, rank, sequence++, event);
                }
            } else {
                const Time at = now + Duration::microseconds(static_cast<std::int64_t>(below(40)));
                const Rank rank{static_cast<std::uint8_t>(below(3) == 0 ? 255 : below(4))};
                queue.push(at, rank, event);
                list.push(at, rank, sequence++, event);
            }
        } else if (!queue.empty()) {
            ASSERT_EQ(queue.peek_time(), list.all().front().time);
            const auto due = queue.pop();
            ASSERT_EQ(due, list.pop()) << "at step " << step;
            now = due.time;
        }
        ASSERT_EQ(queue.size(), list.all().size());
        if (step % 701 == 0) {
            EventQueue<std::uint64_t> copy = queue;
            ASSERT_EQ(copy, queue);
            std::vector<Due<std::uint64_t>> shown;
            copy.for_each_in_order([&shown](const auto& due) { shown.push_back(due); });
            ASSERT_EQ(shown, list.all());
            queue = std::move(copy);
        }
    }
    while (!queue.empty()) ASSERT_EQ(queue.pop(), list.pop());
    ASSERT_TRUE(list.all().empty());
}

TEST(EventQueueProperty, PopsLikeASortedListWhateverIsPushed) {
    const std::uint64_t first = chosen_seed(1);
    const std::uint64_t count = std::getenv("EKSSIM_SEED") == nullptr ? 40 : 1;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        compare_with_sorted_list(seed);
        if (testing::Test::HasFatalFailure()) return;
    }
}

}  // namespace
