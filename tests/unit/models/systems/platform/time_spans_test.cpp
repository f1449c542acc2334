// Sets of instants.
#include "models/systems/platform/time_spans.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

constexpr TimeSpan span(std::int64_t from, std::int64_t until) {
    return {sim::Time::at(sim::Duration::seconds(from)), sim::Time::at(sim::Duration::seconds(until))};
}

TEST(TimeSpans, GrowTogetherWhereTheyTouch) {
    TimeSpans spans;
    add(spans, span(10, 20));
    add(spans, span(40, 50));
    add(spans, span(0, 5));
    EXPECT_EQ(spans, (TimeSpans{span(0, 5), span(10, 20), span(40, 50)}));
    add(spans, span(20, 40));
    EXPECT_EQ(spans, (TimeSpans{span(0, 5), span(10, 50)}));
    add(spans, span(7, 7));
    EXPECT_EQ(spans.size(), 2U);
}

TEST(TimeSpans, HaveInCommonWhatIsInBoth) {
    const TimeSpans a{span(0, 10), span(20, 30), span(40, 50)};
    const TimeSpans b{span(5, 25), span(28, 60)};
    EXPECT_EQ(intersection(a, b), (TimeSpans{span(5, 10), span(20, 25), span(28, 30), span(40, 50)}));
    EXPECT_EQ(intersection(a, b), intersection(b, a));
    EXPECT_TRUE(intersection(a, {}).empty());
}

}  // namespace
}  // namespace eks
