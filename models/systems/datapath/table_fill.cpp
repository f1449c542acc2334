#include "models/systems/datapath/table_fill.hpp"

#include "libsim/portable_math.hpp"
#include "models/systems/datapath/ramps.hpp"

#include <algorithm>
#include <vector>

namespace eks::datapath {

namespace {

using enum Coefficient;

constexpr double least_entries = 131'072;
constexpr double entries_for_each_core = 32'768;
// Cilium's manual: 284560 entries with 30 GiB, 569120 with 60, 1138240 with 120.
constexpr double entries_for_each_gib = 284'560.0 / 30;
constexpr double gib_of_least_entries = 15;

std::vector<Ramp> ramps_of(std::span<const Newcomers> newcomers, bool with_unanswered) {
    std::vector<Ramp> ramps;
    for (const Newcomers& one : newcomers) {
        if (one.per_second <= 0 || (!one.is_answered && !with_unanswered)) continue;
        double until = one.hold_seconds;
        if (one.entries_most) until = std::min(until, *one.entries_most / one.per_second);
        ramps.push_back({one.per_second, until});
    }
    return ramps;
}

double total_rate(std::span<const Newcomers> newcomers) {
    double rate = 0;
    for (const Newcomers& one : newcomers) rate += one.per_second;
    return rate;
}

}  // namespace

double closing_seconds(ConnectionTable table, Ending ending, const Coefficients& c) {
    if (table == ConnectionTable::conntrack) {
        switch (ending) {
            case Ending::closed: return c[hold_time_wait];
            case Ending::reset: return c[hold_reset];
            case Ending::udp: return c[hold_udp];
            case Ending::udp_stream: return c[hold_udp_stream];
            case Ending::abandoned: return c[hold_established];
            case Ending::unanswered: return c[hold_syn];
        }
    }
    if (table == ConnectionTable::bpf) {
        switch (ending) {
            case Ending::closed:
            case Ending::reset: return c[bpf_hold_closed];
            case Ending::udp:
            case Ending::udp_stream: return c[bpf_hold_other];
            case Ending::abandoned: return c[bpf_hold_tcp];
            case Ending::unanswered: return c[bpf_hold_syn];
        }
    }
    switch (ending) {
        case Ending::closed:
        case Ending::reset: return 0;
        case Ending::unanswered:
        case Ending::udp: return c[ec2_hold_udp];
        case Ending::udp_stream: return c[ec2_hold_udp_stream];
        case Ending::abandoned: return table == ConnectionTable::ec2_nitro6 ? c[ec2_hold_tcp_nitro6] : c[ec2_hold_tcp];
    }
    return 0;
}

double conntrack_limit(double cores) { return std::max(least_entries, entries_for_each_core * cores); }

double bpf_map_limit(double memory_gib) {
    return memory_gib <= gib_of_least_entries ? least_entries : memory_gib * entries_for_each_gib;
}

double occupancy(std::span<const Newcomers> newcomers) {
    double entries = 0;
    for (const Ramp& ramp : ramps_of(newcomers, true)) entries += ramp.slope * ramp.until;
    return entries;
}

FillCourse fill_course(ConnectionTable table, double limit, double standing, std::span<const Newcomers> newcomers,
                       const Coefficients& c) {
    const bool is_linux = table == ConnectionTable::conntrack;
    const auto holds_its_place = [&](const Newcomers& one) { return one.is_answered || !is_linux; };
    FillCourse course;
    course.full_at_seconds = reaches_at(standing, ramps_of(newcomers, true), limit);
    course.refuses_at_seconds = reaches_at(standing, ramps_of(newcomers, !is_linux), limit);
    if (!course.refuses_at_seconds) return course;

    const double full_at = *course.refuses_at_seconds;
    double leaving = is_linux ? c[ct_sweep] : 0;
    double coming = 0;
    double wanted = 0;
    for (const Newcomers& one : newcomers) {
        if (one.per_second <= 0 || !holds_its_place(one)) continue;
        coming += one.per_second;
        if (one.hold_seconds <= full_at)
            leaving += one.per_second;
        else if (!course.recovers_at_seconds || one.hold_seconds < *course.recovers_at_seconds)
            course.recovers_at_seconds = one.hold_seconds;
        wanted += one.entries_most ? std::min(one.per_second * one.hold_seconds, *one.entries_most)
                                   : one.per_second * one.hold_seconds;
    }
    if (coming <= 0) return course;
    course.success_while_full = std::min(1.0, leaving / coming);
    course.success_later = wanted > 0 ? std::clamp((limit - standing) / wanted, 0.0, 1.0) : 1.0;
    return course;
}

Eviction eviction(double limit, std::span<const Newcomers> newcomers, double entries_of_a_connection) {
    if (occupancy(newcomers) * entries_of_a_connection <= limit) return {};
    return {limit / (total_rate(newcomers) * entries_of_a_connection)};
}

double hurt_share(const Eviction& eviction, double mean_gap_seconds, bool has_socket_lb) {
    if (!eviction.unused_seconds || has_socket_lb || mean_gap_seconds <= 0) return 0;
    return sim::math::exp(-*eviction.unused_seconds / mean_gap_seconds);
}

}  // namespace eks::datapath
