// Tables of connections as fluid balances: what comes in at a rate stays for a while and goes (DPC-30 to DPC-35,
// DPC-40). Pure functions of plain values; no timer for any connection (DPC-63).
//
// conntrack and EC2's tracking refuse what they have no room for; eBPF's map drops what was quiet longest instead.
// How full a table is costs nothing as such, as long as its hash has as many buckets as its limit (DPC-34).
#pragma once

#include "models/spec/datapath.hpp"

#include <optional>
#include <span>

namespace eks::datapath {

enum class ConnectionTable : std::uint8_t { conntrack, bpf, ec2, ec2_nitro6 };

// How a connection ends, or stops being used.
enum class Ending : std::uint8_t {
    closed,
    reset,
    udp,         // one question and its answer
    udp_stream,  // more than that
    abandoned,   // TCP that nobody closes: it stays until its idle timeout
    unanswered,  // a SYN without an answer
};

// How long an entry outlives its connection's last packet. For EC2's tracking only idle timeouts are known: what is
// closed or reset is taken to go at once, and a SYN without an answer like a question of UDP.
double closing_seconds(ConnectionTable table, Ending ending, const Coefficients& coefficients);

// kube-proxy's limit: 131072, or 32768 for each core (DPD-10).
double conntrack_limit(double cores);
// What Cilium's chart makes of a node's memory: 0.25 % of it, and 131072 up to 15 GiB (DPD-18).
double bpf_map_limit(double memory_gib);

// Connections that come in evenly, and for how long each keeps its entry.
struct Newcomers {
    double per_second = 0;
    double hold_seconds = 0;             // life and closing time
    std::optional<double> entries_most;  // of sources and ports there are: a repeated 5-tuple adds no entry
    bool is_answered = true;             // entries that never saw a reply give way to newcomers (DPC-32)
};

// DPC-30: entries in the long run, if the table had room for all.
double occupancy(std::span<const Newcomers> newcomers);
// DPC-31: new connections a second that a table of this size sustains.
constexpr double sustained_per_second(double limit, double hold_seconds) { return limit / hold_seconds; }

// DPC-33. From a table with `standing` entries that stay, at constant rates.
struct FillCourse {
    std::optional<double> full_at_seconds;      // also of entries that give way: nobody notices by itself
    std::optional<double> refuses_at_seconds;   // of entries that do not
    std::optional<double> recovers_at_seconds;  // the first entries expire, and others take their places
    // Of the connections that somebody answers: from the one to the other, and with clients that go on as before.
    double success_while_full = 1;
    double success_later = 1;
};
// That entries without an answer give way, and that a sweeper takes some out, is known of Linux's conntrack alone;
// EC2's tracking refuses when it is full (DPD-29).
FillCourse fill_course(ConnectionTable table, double limit, double standing, std::span<const Newcomers> newcomers,
                       const Coefficients& coefficients);

// DPC-35: what a map that drops the quietest entries does.
struct Eviction {
    std::optional<double> unused_seconds;  // an entry unused for so long goes; none: it has room for all
};
Eviction eviction(double limit, std::span<const Newcomers> newcomers, double entries_of_a_connection);
// The share of open flows hurt, with gaps between packets that are exponential with this mean. A flow whose address
// was replaced in the socket survives.
double hurt_share(const Eviction& eviction, double mean_gap_seconds, bool has_socket_lb);

}  // namespace eks::datapath
