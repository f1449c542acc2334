// The calendar and its texts: dates whose distance from 1970 is known, and what is no date.
#include "models/spec/calendar.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

TEST(Calendar, KnowsTheDistanceOfWellKnownDays) {
    // Unix time of these days, as `date -u -d ... +%s` prints it, over 86,400.
    EXPECT_EQ(days_since_1970(1970, 1, 1), 0);
    EXPECT_EQ(days_since_1970(2000, 2, 29), 951782400 / 86400);
    EXPECT_EQ(days_since_1970(2026, 11, 24), 1795478400 / 86400);
    EXPECT_EQ(days_since_1970(1969, 12, 31), -1);
    EXPECT_EQ(days_since_1970(2025, 13, 1), days_since_1970(2026, 1, 1));
}

TEST(Calendar, ReadsAndWritesInstants) {
    EXPECT_EQ(parse_instant_us("2026-11-24T00:00:00Z"), 1795478400LL * 1'000'000);
    EXPECT_EQ(parse_instant_us("2026-11-24T01:00:00+01:00"), 1795478400LL * 1'000'000);
    EXPECT_EQ(parse_instant_us("2026-11-24T00:00:00.25Z"), 1795478400LL * 1'000'000 + 250'000);
    EXPECT_EQ(instant_text(1795478400LL * 1'000'000 + 250'000), "2026-11-24T00:00:00.25Z");
    EXPECT_EQ(instant_text(-1), "1969-12-31T23:59:59.999999Z");
    for (const char* text : {"2026-11-24", "2026-02-29T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T00:00:00",
                             "2026-11-24T00:00:00.Z", "2026-13-01T00:00:00Z", ""}) {
        EXPECT_FALSE(parse_instant_us(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace eks
