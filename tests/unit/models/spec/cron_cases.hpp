// Cases of the cron tests as they stand in the files beside this one, and the time zones that they name.
#pragma once

#include "models/spec/cron_schedule.hpp"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cron_cases {

inline std::vector<std::string> split(const std::string& line, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : line) {
        if (c == separator) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

// The rows of a file, without comments. EKSSIM_CRON_CASES names another folder, for larger sets of cases.
inline std::vector<std::vector<std::string>> rows(const std::string& file_name) {
    const char* folder = std::getenv("EKSSIM_CRON_CASES");
    std::ifstream file(
        (folder != nullptr ? std::string(folder) : std::string(EKSSIM_SOURCE_DIR) + "/tests/unit/models/spec") + "/" +
        file_name);
    std::vector<std::vector<std::string>> read;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with('#')) read.push_back(split(line, '\t'));
    }
    return read;
}

inline std::map<std::string, eks::TimeZone> time_zones() {
    std::map<std::string, eks::TimeZone> zones{{"UTC", {}}};
    for (const auto& row : rows("time_zones.tsv")) {
        eks::TimeZone zone;
        zone.first_offset_seconds = std::stoi(row.at(1));
        for (std::size_t i = 2; i < row.size(); ++i) {
            const std::size_t equals = row[i].find('=');
            zone.transitions.push_back({std::stoll(row[i].substr(0, equals)), std::stoi(row[i].substr(equals + 1))});
        }
        zones.insert_or_assign(row.at(0), zone);
    }
    return zones;
}

struct ZonedSchedule {
    eks::CronSchedule schedule;
    eks::TimeZone zone;
};

// As the decision calls read a schedule: its own prefix, or the zone given beside it, but not both.
inline std::optional<ZonedSchedule> read_schedule(const std::string& text, const std::string& zone_name,
                                                  const std::map<std::string, eks::TimeZone>& zones) {
    const eks::ZonedScheduleText zoned = eks::take_zone_prefix(text);
    if (zoned.has_zone && (!zoned.ok || zone_name != "-")) return std::nullopt;
    const std::string name = zoned.has_zone ? std::string(zoned.zone) : zone_name == "-" ? "UTC" : zone_name;
    const auto zone = zones.find(name);
    const eks::ParsedCron parsed = eks::parse_cron(zoned.rest);
    if (zone == zones.end() || !parsed.ok()) return std::nullopt;
    return ZonedSchedule{parsed.schedule, zone->second};
}

inline std::optional<std::int64_t> optional_number(const std::string& text) {
    if (text == "-") return std::nullopt;
    return std::stoll(text);
}

}  // namespace cron_cases
