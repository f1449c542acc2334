// The next activation found by the short cut within an hour is that of the whole search, on generated schedules, zones
// and instants, changes of the clock included.
#include "models/spec/cron_schedule.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace {

class Generator {
  public:
    explicit Generator(std::uint64_t seed) : bits_(seed) {}
    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(bits_() % static_cast<std::uint64_t>(bound));
    }

    // Stars more often than anything else, as in real schedules; a single member leaves long gaps.
    std::string field(std::int64_t lowest, std::int64_t highest) {
        const std::int64_t span = highest - lowest + 1;
        switch (below(5)) {
            case 0: return std::to_string(lowest + below(span));
            case 1: return "*/" + std::to_string(1 + below(span));
            case 2: {
                const std::int64_t first = lowest + below(span);
                return std::to_string(first) + "-" + std::to_string(first + below(highest - first + 1));
            }
            default: return "*";
        }
    }
    eks::CronSchedule schedule() {
        text_ = field(0, 59) + " " + field(0, 23) + " " + field(1, 31) + " " + field(1, 12) + " " + field(0, 6);
        return eks::parse_cron(text_).schedule;
    }
    const std::string& text() const { return text_; }

    // An offset that is not always of whole minutes, and up to four changes to and from summer time (an hour, half an
    // hour) soon after the start.
    eks::TimeZone zone(std::int64_t start) {
        eks::TimeZone zone;
        const std::int64_t winter = (below(57) - 28) * 1'800 + (below(8) == 0 ? below(1'800) : 0);
        const std::int64_t summer = winter + (below(3) == 0 ? 1'800 : 3'600);
        bool is_summer = below(2) == 0;
        zone.first_offset_seconds = static_cast<std::int32_t>(is_summer ? summer : winter);
        std::int64_t at = start;
        for (std::int64_t i = below(5); i > 0; --i) {
            at += 7'200 + below(86'400);
            is_summer = !is_summer;
            zone.transitions.push_back({at, static_cast<std::int32_t>(is_summer ? summer : winter)});
        }
        return zone;
    }

  private:
    std::mt19937_64 bits_;
    std::string text_;
};

TEST(CronShortCut, FindsWhatTheWholeSearchFinds) {
    constexpr std::uint64_t seed = 20'261;
    RecordProperty("seed", std::to_string(seed));
    Generator generate(seed);
    for (int i = 0; i < 20'000; ++i) {
        const eks::CronSchedule schedule = generate.schedule();
        const std::int64_t start = generate.below(4'000'000'000) - 500'000'000;
        const eks::TimeZone zone = generate.zone(start);
        std::int64_t from_us = start * 1'000'000 + generate.below(2) * generate.below(1'000'000);
        for (int step = 0; step < 6; ++step) {
            const auto found = eks::next_activation(schedule, zone, from_us);
            ASSERT_EQ(found, eks::next_activation_by_search(schedule, zone, from_us))
                << "case " << i << " of seed " << seed << ": " << generate.text() << " after " << from_us
                << "; again: ekssim_tests --gtest_filter=CronShortCut.*";
            if (!found) break;
            from_us = *found + (generate.below(3) == 0 ? generate.below(7'200'000'000) : 0);
        }
    }
}

}  // namespace
