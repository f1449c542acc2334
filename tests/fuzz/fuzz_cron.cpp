// Cron schedules: a text is a schedule or a named fault within it; the next instant lies ahead, is one of the
// schedule's and is what the plain search finds. The first bytes of an input choose the instant and the time zone.
#include "models/spec/calendar.hpp"
#include "models/spec/cron_schedule.hpp"
#include "tests/fuzz/require.hpp"

#include <cstring>

namespace {

using eks::fuzz::require;

constexpr std::size_t head_bytes = 8;
constexpr std::int64_t five_years_us = std::int64_t{1'830} * 86'400 * 1'000'000;

// Offsets as they occur: at most 15 hours, changing twice a year or on odd instants.
eks::TimeZone zone_of(std::uint64_t bits) {
    eks::TimeZone zone;
    zone.first_offset_seconds = static_cast<std::int32_t>(bits % 61 * 1'800) - 15 * 3'600;
    std::int64_t at = 1'700'000'000 + static_cast<std::int64_t>(bits >> 8 & 0xffffff);
    for (std::uint64_t n = 0; n < (bits >> 32) % 7; ++n) {
        zone.transitions.push_back({at, zone.first_offset_seconds + (n % 2 == 0 ? 3'600 : 0)});
        at += 86'400 * (30 + static_cast<std::int64_t>(bits >> 40 & 0xff));
    }
    return zone;
}

bool has_bit(std::uint64_t bits, std::int32_t n) { return (bits >> n & 1) != 0; }

void check_schedule(const eks::CronSchedule& schedule, const eks::TimeZone& zone, std::int64_t now_us) {
    const auto next = eks::next_activation(schedule, zone, now_us);
    require(next == eks::next_activation_by_search(schedule, zone, now_us),
            "the short cut finds what the search finds");
    if (!next) return;
    require(*next > now_us, "the next instant lies ahead");
    if (schedule.every_seconds > 0) return;
    require(*next - now_us <= five_years_us, "within five years");
    require(*next % 1'000'000 == 0, "schedules fire on whole seconds");
    if (!zone.transitions.empty()) return;
    const eks::CivilTime time = eks::civil_time_of(*next / 1'000'000 + zone.first_offset_seconds);
    require(has_bit(schedule.minutes, time.minute) && has_bit(schedule.hours, time.hour) && time.second == 0 &&
                has_bit(schedule.months, time.month),
            "the instant is one of the schedule's");
    const bool day = has_bit(schedule.days_of_month, time.day);
    const bool weekday = has_bit(schedule.days_of_week, time.weekday);
    const bool has_star = schedule.day_of_month_is_star || schedule.day_of_week_is_star;
    require(has_star ? day && weekday : day || weekday, "the day is one of the schedule's (CRON-2)");
    // Nothing is skipped: from just before it, it is the next one still.
    require(eks::next_activation(schedule, zone, *next - 1) == next, "it is the next one from just before it too");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < head_bytes) return 0;
    std::uint64_t bits = 0;
    std::memcpy(&bits, data, head_bytes);
    const std::string_view text = eks::fuzz::text_of(data + head_bytes, size - head_bytes);
    const eks::ZonedScheduleText zoned = eks::take_zone_prefix(text);
    if (!zoned.ok) return 0;
    const eks::ParsedCron parsed = eks::parse_cron(zoned.rest);
    if (!parsed.ok()) {
        require(!eks::advice(parsed.fault).empty(), "a schedule that is refused comes with advice");
        require(parsed.field.empty() || (parsed.field.data() >= text.data() &&
                                         parsed.field.data() + parsed.field.size() <= text.data() + text.size()),
                "the field at fault lies within the text");
        return 0;
    }
    const std::int64_t now_us = static_cast<std::int64_t>(bits % 4'000'000'000'000'000);
    check_schedule(parsed.schedule, bits % 3 == 0 ? eks::TimeZone{} : zone_of(bits), now_us);
    return 0;
}
