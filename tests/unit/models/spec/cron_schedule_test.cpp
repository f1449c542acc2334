#include "models/spec/cron_schedule.hpp"

#include "tests/unit/models/spec/cron_cases.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace {

using eks::CronFault;

constexpr std::int64_t second_us = 1'000'000;

std::int64_t instant(int year, unsigned month, unsigned day, int hour, int minute) {
    using namespace std::chrono;
    const sys_days date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
    return duration_cast<seconds>(date.time_since_epoch() + hours(hour) + minutes(minute)).count() * second_us;
}

// Central Europe in 2025 and 2026: summer time from the last Sunday of March, 01:00 UTC, to that of October.
eks::TimeZone berlin() {
    const auto at = [](int year, unsigned month, unsigned day) { return instant(year, month, day, 1, 0) / second_us; };
    return {3600,
            {{at(2025, 3, 30), 7200}, {at(2025, 10, 26), 3600}, {at(2026, 3, 29), 7200}, {at(2026, 10, 25), 3600}}};
}

std::optional<std::int64_t> next(std::string_view schedule, std::int64_t after, const eks::TimeZone& zone = {}) {
    const eks::ParsedCron parsed = eks::parse_cron(schedule);
    EXPECT_TRUE(parsed.ok()) << schedule;
    return eks::next_activation(parsed.schedule, zone, after);
}

TEST(CronSchedule, AnswersAsTheRealLibraryDoes) {
    const auto zones = cron_cases::time_zones();
    const auto rows = cron_cases::rows("cron_next.tsv");
    ASSERT_GE(rows.size(), 40U);
    for (const auto& row : rows) {
        const auto read = cron_cases::read_schedule(row.at(1), row.at(2), zones);
        std::string answer = "error";
        if (read) {
            answer.clear();
            std::optional<std::int64_t> at = std::stoll(row.at(3));
            for (int i = 0; i < std::stoi(row.at(4)); ++i) {
                at = eks::next_activation(read->schedule, read->zone, *at);
                if (!at) break;
                answer += (answer.empty() ? "" : " ") + std::to_string(*at);
            }
        }
        EXPECT_EQ(answer, row.at(5)) << row.at(0) << " " << row.at(1) << " in " << row.at(2);
    }
}

TEST(CronSchedule, FiresStrictlyAfterTheGivenInstant) {  // CRON-3
    EXPECT_EQ(next("* * * * *", instant(2026, 1, 1, 0, 0)), instant(2026, 1, 1, 0, 1));
    EXPECT_EQ(next("* * * * *", instant(2026, 1, 1, 0, 0) - 1), instant(2026, 1, 1, 0, 0));
    EXPECT_EQ(next("* * * * *", instant(2026, 1, 1, 0, 0) + 59'999'999), instant(2026, 1, 1, 0, 1));
}

TEST(CronSchedule, GoesOnBehindADayThatTheClocksLeaveOut) {
    // Samoa went from Thursday, 29 December 2011, at UTC-10 to Saturday, 31 December, at UTC+14.
    const eks::TimeZone apia{-36'000, {{instant(2011, 12, 30, 10, 0) / second_us, 50'400}}};
    EXPECT_EQ(next("0 0 * * 0", instant(2011, 12, 28, 0, 0), apia), instant(2011, 12, 31, 10, 0));  // Sunday
    EXPECT_EQ(next("0 0 30 * *", instant(2011, 12, 28, 0, 0), apia), instant(2012, 1, 29, 10, 0));
    EXPECT_EQ(next("15 3 31 12 *", instant(2011, 12, 28, 0, 0), apia), instant(2011, 12, 30, 13, 15));
}

TEST(CronSchedule, ReadsNamesListsRangesAndSteps) {  // CRON-1
    EXPECT_EQ(eks::parse_cron("0 6 * JAN-mar Mon").schedule, eks::parse_cron("0 6 * 1-3 1").schedule);
    EXPECT_EQ(eks::parse_cron("05 +6 * * *").schedule, eks::parse_cron("5 6 * * *").schedule);
    EXPECT_EQ(eks::parse_cron(" 1,,2  3 \t4 5 6 ").schedule, eks::parse_cron("1-2 3 4 5 6").schedule);
    EXPECT_EQ(eks::parse_cron("*-5 ?-x * * *").schedule, eks::parse_cron("* * * * *").schedule);
    EXPECT_EQ(eks::parse_cron("50/5 * * * *").schedule.minutes, (std::uint64_t{1} << 50) | (std::uint64_t{1} << 55));
    EXPECT_EQ(eks::parse_cron("7/90 * * * *").schedule.minutes, std::uint64_t{1} << 7);
}

TEST(CronSchedule, NamesTheFieldAtFault) {
    const struct {
        std::string_view text;
        CronFault fault;
        std::string_view field;
    } cases[] = {
        {"", CronFault::wrong_field_count, ""},
        {"* * * *", CronFault::wrong_field_count, "* * * *"},
        {"60 * * * *", CronFault::out_of_range, "60"},
        {"* 24 * * *", CronFault::out_of_range, "24"},
        {"* * 0 * *", CronFault::out_of_range, "0"},
        {"* * * 13 *", CronFault::out_of_range, "13"},
        {"* * * * 7", CronFault::out_of_range, "7"},
        {"5-1 * * * *", CronFault::start_after_end, "5-1"},
        {"1,*/0 * * * *", CronFault::zero_step, "*/0"},
        {"1-2-3 * * * *", CronFault::too_many_parts, "1-2-3"},
        {"1/2/3 * * * *", CronFault::too_many_parts, "1/2/3"},
        {"mon * * * *", CronFault::not_a_number, "mon"},
        {"-1 * * * *", CronFault::not_a_number, "-1"},
        {"* * * * MONDAY", CronFault::not_a_number, "MONDAY"},
        {"@Daily", CronFault::unknown_descriptor, "@Daily"},
        {"@reboot", CronFault::unknown_descriptor, "@reboot"},
        {"@every 5", CronFault::bad_duration, "5"},
        {"@every 1d", CronFault::bad_duration, "1d"},
        {"@every 99999999999999999999h", CronFault::bad_duration, "99999999999999999999h"},
    };
    for (const auto& each : cases) {
        const eks::ParsedCron parsed = eks::parse_cron(each.text);
        EXPECT_EQ(parsed.fault, each.fault) << each.text;
        EXPECT_EQ(parsed.field, each.field) << each.text;
        EXPECT_FALSE(eks::advice(parsed.fault).empty()) << each.text;
    }
}

TEST(CronSchedule, EveryIsCutToWholeSecondsAndAtLeastOne) {
    EXPECT_EQ(eks::parse_cron("@every 1h30m10s").schedule.every_seconds, 5410);
    EXPECT_EQ(eks::parse_cron("@every 1.5s").schedule.every_seconds, 1);
    EXPECT_EQ(eks::parse_cron("@every 500ms").schedule.every_seconds, 1);
    EXPECT_EQ(eks::parse_cron("@every -5m").schedule.every_seconds, 1);
    EXPECT_EQ(next("@every 90s", instant(2026, 1, 1, 0, 0) + 700'000), instant(2026, 1, 1, 0, 0) + 90 * second_us);
}

TEST(CronSchedule, AStepClearsTheStarOfADayField) {  // CRON-2
    EXPECT_TRUE(eks::parse_cron("0 0 */1 * *").schedule.day_of_month_is_star);
    EXPECT_FALSE(eks::parse_cron("0 0 */2 * 1").schedule.day_of_month_is_star);
    // 2026-02-01 is a Sunday. With `*/2` either field is enough: Monday the 2nd counts, and so does the 3rd.
    EXPECT_EQ(next("0 0 */2 * 1", instant(2026, 2, 1, 0, 0)), instant(2026, 2, 2, 0, 0));
    EXPECT_EQ(next("0 0 */2 * 1", instant(2026, 2, 2, 0, 0)), instant(2026, 2, 3, 0, 0));
    EXPECT_EQ(next("0 0 * * 1", instant(2026, 2, 2, 0, 0)), instant(2026, 2, 9, 0, 0));
}

TEST(CronSchedule, ATimeInTheSpringGapDoesNotFireThatDay) {  // CRON-3: 02:30 does not exist on 2026-03-29
    EXPECT_EQ(next("30 2 * * *", instant(2026, 3, 28, 12, 0), berlin()), instant(2026, 3, 30, 0, 30));
}

TEST(CronSchedule, ATimeInTheRepeatedHourFiresTwice) {  // CRON-3: 02:30 is shown twice on 2026-10-25
    const auto first = next("30 2 * * *", instant(2026, 10, 24, 12, 0), berlin());
    EXPECT_EQ(first, instant(2026, 10, 25, 0, 30));
    EXPECT_EQ(next("30 2 * * *", *first, berlin()), instant(2026, 10, 25, 1, 30));
}

TEST(CronSchedule, MissingMidnightSkipsAWholeDayEastOfGreenwich) {  // CRON-3: Cairo, Friday 2025-04-25 begins at 01:00
    const eks::TimeZone cairo{
        7200, {{instant(2025, 4, 24, 22, 0) / second_us, 10800}, {instant(2025, 10, 30, 21, 0) / second_us, 7200}}};
    EXPECT_EQ(next("0 12 * * FRI", instant(2025, 4, 24, 12, 0), cairo), instant(2025, 5, 2, 9, 0));
}

TEST(CronSchedule, NeverIsFoundOutWithinFiveYears) {
    EXPECT_EQ(next("0 0 30 2 *", instant(2026, 1, 1, 0, 0)), std::nullopt);
    EXPECT_EQ(next(", * * * *", instant(2026, 1, 1, 0, 0)), std::nullopt);
    EXPECT_EQ(next("0 0 29 2 *", instant(2026, 1, 1, 0, 0)), instant(2028, 2, 29, 0, 0));
    EXPECT_EQ(next("0 0 29 2 *", instant(2096, 3, 1, 0, 0)), std::nullopt);  // 2100 has no leap day, 2104 is too late
}

TEST(CronSchedule, TakesTheZoneOffTheFront) {
    const eks::ZonedScheduleText zoned = eks::take_zone_prefix("CRON_TZ=Europe/London  30 6 * * *");
    EXPECT_TRUE(zoned.has_zone && zoned.ok);
    EXPECT_EQ(zoned.zone, "Europe/London");
    EXPECT_EQ(zoned.rest, "30 6 * * *");
    EXPECT_FALSE(eks::take_zone_prefix("TZ=UTC").ok);
    EXPECT_FALSE(eks::take_zone_prefix("* * * * *").has_zone);
}

}  // namespace
