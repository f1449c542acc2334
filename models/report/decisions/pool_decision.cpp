#include "models/report/decisions/pool_decision.hpp"

#include "models/report/decisions/arguments.hpp"
#include "models/systems/network/pool_decision.hpp"

#include <cmath>
#include <set>

namespace eks {

namespace {

using decisions::EniSituation;
using decisions::is_given;
using decisions::Json;
using decisions::PoolDecision;
using decisions::PoolSituation;
using decisions::PrefixUse;
using decisions::required;
using decisions::SecondaryIps;
using decisions::WrongArguments;

constexpr std::int64_t largest_target = 1'000'000'000'000;
constexpr std::int64_t largest_count = 1'000'000;
constexpr double longest_seconds = 1e9;

WrongArguments out_of_range(const char* name, const Json& given, std::int64_t least, std::int64_t most) {
    return {Rule::out_of_range, fmt::format("{} is {}", name, given.dump()),
            fmt::format("it is a whole number from {} to {}", least, most)};
}

std::int64_t whole_number(const Json& a, const char* name, std::int64_t most, std::int64_t least = 0) {
    const auto given = required<Json>(a, name);
    if (!given.is_number_integer() || (given.is_number_unsigned() && given.get<std::uint64_t>() > INT64_MAX))
        throw out_of_range(name, given, least, most);
    const auto value = given.get<std::int64_t>();
    if (value < least || value > most) throw out_of_range(name, given, least, most);
    return value;
}

std::int32_t count_of(const Json& a, const char* name) {
    return static_cast<std::int32_t>(whole_number(a, name, largest_count));
}

sim::Duration seconds_of(const Json& a, const char* name) {
    const auto seconds = required<double>(a, name);
    if (!(seconds >= 0 && seconds <= longest_seconds))
        throw WrongArguments{Rule::out_of_range, fmt::format("{} is {}", name, a[name].dump()),
                             fmt::format("it is a number of seconds from 0 to {:.0f}", longest_seconds)};
    return sim::Duration::microseconds(std::llround(seconds * 1e6));
}

std::optional<sim::Duration> seconds_or_never(const Json& a, const char* name) {
    if (!is_given(a, name)) return std::nullopt;
    return seconds_of(a, name);
}

// How a prefix is written: [assigned, cooling].
PrefixUse prefix_of(const Json& given) {
    if (!given.is_array() || given.size() != 2)
        throw WrongArguments{Rule::wrong_type, fmt::format("{} does not describe a prefix", given.dump()),
                             "write [assigned, cooling]"};
    const Json named = {{"assigned", given[0]}, {"cooling", given[1]}};
    const PrefixUse prefix{count_of(named, "assigned"), count_of(named, "cooling")};
    if (prefix.assigned + prefix.cooling > addresses_per_prefix)
        throw WrongArguments{Rule::out_of_range, fmt::format("{} is more than a prefix holds", given.dump()),
                             fmt::format("a prefix has {} addresses", addresses_per_prefix)};
    return prefix;
}

EniSituation eni_of(const Json& given) {
    EniSituation eni;
    eni.id = required<std::string>(given, "id");
    eni.is_primary = required<bool>(given, "primary");
    eni.is_trunk = required<bool>(given, "trunk");
    eni.is_efa = required<bool>(given, "efa");
    eni.is_excluded = required<bool>(given, "excluded");
    eni.age = seconds_of(given, "age_seconds");
    const auto ips = required<Json>(given, "secondary_ips");
    eni.secondary_ips = {count_of(ips, "assigned"), count_of(ips, "cooling"), count_of(ips, "free")};
    for (const Json& prefix : required<Json>(given, "prefixes")) eni.prefixes.push_back(prefix_of(prefix));
    return eni;
}

// Sums over ENIs have to fit too.
constexpr std::size_t most_enis = 256;
constexpr std::size_t most_prefixes_per_eni = 4096;

std::vector<EniSituation> enis_of(const Json& given) {
    if (!given.is_array() || given.size() > most_enis)
        throw WrongArguments{Rule::wrong_type, "enis is no list of ENIs",
                             fmt::format("give a list with at most {}", most_enis)};
    std::vector<EniSituation> enis;
    std::set<std::string> ids;
    for (const Json& one : given) {
        enis.push_back(eni_of(one));
        const EniSituation& eni = enis.back();
        if (!ids.insert(eni.id).second)
            throw WrongArguments{Rule::duplicate_name, fmt::format("the ENI {} is there twice", eni.id), ""};
        if (eni.prefixes.size() > most_prefixes_per_eni)
            throw WrongArguments{Rule::out_of_range, fmt::format("the ENI {} has too many prefixes", eni.id),
                                 fmt::format("at most {}", most_prefixes_per_eni)};
    }
    return enis;
}

PoolSituation situation_of(const Json& s) {
    PoolSituation situation;
    situation.targets = {.warm_enis = whole_number(s, "warm_eni_target", largest_target),
                         .warm_ips = whole_number(s, "warm_ip_target", largest_target),
                         .minimum_ips = whole_number(s, "minimum_ip_target", largest_target),
                         .warm_prefixes = whole_number(s, "warm_prefix_target", largest_target)};
    situation.prefix_delegation = required<bool>(s, "prefix_delegation");
    situation.max_pods = count_of(s, "max_pods");
    situation.max_eni = count_of(s, "max_eni");
    situation.max_ips_per_eni = count_of(s, "max_ips_per_eni");
    situation.max_prefixes_per_eni = count_of(s, "max_prefixes_per_eni");
    situation.unmanaged_enis = count_of(s, "unmanaged_enis");
    situation.enable_pod_eni = required<bool>(s, "enable_pod_eni");
    situation.trunking_compatible = required<bool>(s, "trunking_compatible");
    situation.custom_networking = required<bool>(s, "custom_networking");
    situation.network_card = count_of(s, "network_card");
    situation.restraint = {.is_cordoned = required<bool>(s, "cordoned"),
                           .manages_enis_while_cordoned = required<bool>(s, "manage_enis_non_schedulable"),
                           .is_terminating = required<bool>(s, "terminating")};
    situation.since_insufficient = seconds_or_never(s, "seconds_since_insufficient");
    situation.since_decrease = seconds_or_never(s, "seconds_since_decrease");
    if (is_given(s, "total_prefixes"))  // it can drift below zero
        situation.total_prefixes =
            static_cast<std::int32_t>(whole_number(s, "total_prefixes", largest_count, -largest_count));
    situation.enis = enis_of(required<Json>(s, "enis"));
    return situation;
}

const char* name_of(PoolAction action) {
    switch (action) {
        case PoolAction::increase: return "increase";
        case PoolAction::decrease: return "decrease";
        case PoolAction::none: break;
    }
    return "none";
}

}  // namespace

Json pool_decision_call(const Json& arguments) {
    const PoolDecision d = decisions::pool_decision(situation_of(required<Json>(arguments, "state")));
    return {{"stats",
             {{"total", d.pool.total},
              {"assigned", d.pool.assigned},
              {"cooldown", d.cooling},
              {"available", d.pool.available()},
              {"total_prefixes", d.pool.prefixes}}},
            {"free_prefixes", d.pool.free_prefixes},
            {"warm_ip_targets_defined", d.pool.targets.ips_defined()},
            {"short", d.short_by},
            {"over", d.over_by},
            {"too_low", d.is_too_low},
            {"too_high", d.is_too_high},
            {"extra_prefixes", d.extra_prefixes},
            {"prefixes_needed", d.prefixes_needed ? Json(*d.prefixes_needed) : Json()},
            {"new_eni_resources", d.new_eni_resources},
            {"has_room_for_eni", d.has_room_for_eni},
            {"remove_extra_enis", d.removes_extra_enis},
            {"action", name_of(d.action)},
            {"existing_requests", d.existing_requests},
            {"new_eni_request", d.new_eni_request},
            {"new_eni_request_if_refused", d.new_eni_request_if_refused},
            {"released", d.released},
            {"freeable_enis", d.freeable_enis}};
}

}  // namespace eks
