#include "models/spec/cron_missed.hpp"

#include "tests/unit/models/spec/cron_cases.hpp"

#include <gtest/gtest.h>

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t minute_us = 60 * second_us;

eks::CronSchedule every_minute() { return eks::parse_cron("* * * * *").schedule; }

std::string text_of(const std::optional<std::int64_t>& instant) { return instant ? std::to_string(*instant) : "-"; }

std::string_view text_of(eks::MissedStarts missed) {
    switch (missed) {
        case eks::MissedStarts::none: return "none";
        case eks::MissedStarts::few: return "few";
        case eks::MissedStarts::many: return "many";
    }
    return "";
}

TEST(CronMissed, AnswersAsTheRealControllerDoes) {  // CRON-5, CRON-7
    const auto zones = cron_cases::time_zones();
    const auto rows = cron_cases::rows("cron_missed.tsv");
    ASSERT_GE(rows.size(), 40U);
    for (const auto& row : rows) {
        // A schedule with a zone of its own is used as it is.
        const bool has_own_zone = row.at(1).find("TZ") != std::string::npos;
        const auto read = cron_cases::read_schedule(row.at(1), has_own_zone ? "-" : row.at(2), zones);
        if (!read) {
            EXPECT_EQ(row.at(7), "schedule") << row.at(0);
            continue;
        }
        const eks::CronClock clock{std::stoll(row.at(3)), cron_cases::optional_number(row.at(4)), std::stoll(row.at(5)),
                                   cron_cases::optional_number(row.at(6))};
        const eks::DueStart due = eks::due_start(read->schedule, read->zone, clock);
        EXPECT_EQ(std::to_string(due.earliest_us), row.at(7)) << row.at(0);
        EXPECT_EQ(text_of(due.most_recent_us), row.at(8)) << row.at(0);
        EXPECT_EQ(text_of(due.missed), row.at(9)) << row.at(0);
        EXPECT_EQ(due.is_error ? "true" : "false", row.at(10)) << row.at(0);
        EXPECT_EQ(text_of(eks::next_cron_sync(read->schedule, read->zone, clock)), row.at(11)) << row.at(0);
    }
}

TEST(CronMissed, AHundredMissedStartsDoNotStopTodaysController) {  // CRON-5
    const eks::CronClock clock{0, std::nullopt, 500 * minute_us, std::nullopt};
    const eks::DueStart due = eks::due_start(every_minute(), {}, clock);
    EXPECT_EQ(due.missed, eks::MissedStarts::many);
    EXPECT_EQ(due.most_recent_us, 500 * minute_us);
    EXPECT_EQ(eks::next_cron_sync(every_minute(), {}, clock),
              501 * minute_us + second_us / 10);  // CRON-7: 100 ms behind it
}

TEST(CronMissed, AScheduleThatNeverMatchesIsAnErrorAndIsNotLookedAtAgain) {  // CRON-5
    const eks::CronSchedule never = eks::parse_cron("0 0 30 2 *").schedule;
    const eks::CronClock clock{0, std::nullopt, minute_us, std::nullopt};
    EXPECT_TRUE(eks::due_start(never, {}, clock).is_error);
    EXPECT_EQ(eks::next_cron_sync(never, {}, clock), std::nullopt);
}

TEST(CronMissed, ThePollingControllerStartsOnlyTheLatest) {
    const eks::UnmetStarts unmet = eks::unmet_starts_of_polling_controller(
        every_minute(), {}, {0, std::nullopt, 100 * minute_us + 1, std::nullopt});
    EXPECT_EQ(unmet.count, 100);
    EXPECT_FALSE(unmet.too_many);
    EXPECT_EQ(unmet.most_recent_us, 100 * minute_us);
    EXPECT_EQ(unmet.next_us, 101 * minute_us);
}

TEST(CronMissed, ThePollingControllerGivesUpAfterAHundred) {
    eks::CronClock clock{0, std::nullopt, 101 * minute_us, std::nullopt};
    EXPECT_TRUE(eks::unmet_starts_of_polling_controller(every_minute(), {}, clock).too_many);
    EXPECT_EQ(eks::unmet_starts_of_polling_controller(every_minute(), {}, clock).most_recent_us, std::nullopt);
    clock.starting_deadline_seconds = 120;  // so that at most a hundred fit
    const eks::UnmetStarts unmet = eks::unmet_starts_of_polling_controller(every_minute(), {}, clock);
    EXPECT_FALSE(unmet.too_many);
    EXPECT_EQ(unmet.most_recent_us, 101 * minute_us);
}

TEST(CronMissed, AShortDeadlineLosesAStartBetweenTwoPolls) {  // polls every 10 s, deadline below that
    const auto at = [](std::int64_t now_us) {
        return eks::unmet_starts_of_polling_controller(every_minute(), {}, {0, 60 * second_us, now_us, 5});
    };
    EXPECT_EQ(at(119 * second_us).count, 0);
    EXPECT_EQ(at(129 * second_us).count, 0);
    EXPECT_EQ(at(124 * second_us).count, 1);
}

}  // namespace
