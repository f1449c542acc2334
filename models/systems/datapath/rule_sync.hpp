// How long kube-proxy or an eBPF agent takes to bring a change into the kernel, and what is wrong until then (DPC-50 to
// DPC-54). Pure functions of plain values; CPU time of one core, which a sync occupies without slowing traffic on
// others (DPC-52).
#pragma once

#include "models/spec/datapath.hpp"
#include "models/systems/datapath/visit.hpp"

#include <algorithm>

namespace eks::datapath {

// What kube-proxy lists of nftables before it changes anything: 1.36 the whole table, fixes only the chains.
enum class NftListing : std::uint8_t { none, chains, whole_table };

// R, M and the entries of the maps (DPC-50).
constexpr double iptables_rules(const RuleTable& table) { return table.services * (2 + 3 * table.endpoints); }
constexpr double nftables_elements(const RuleTable& table) { return table.services * (4 + 3 * table.endpoints); }
constexpr double map_entries(const RuleTable& table) { return table.services * (1 + table.endpoints); }

// Everything anew: at the start of kube-proxy, after a failed sync, when its canary is gone. `is_first`: the kernel has
// no rules yet.
double full_sync_seconds(Mode mode, const RuleTable& table, bool is_first, NftListing listing,
                         const Coefficients& coefficients);

// So many changed services at once. Measured is one; each more is taken to cost what its rules do in a full sync, and
// never more than that.
double changed_sync_seconds(Mode mode, const RuleTable& table, double changed, NftListing listing,
                            const Coefficients& coefficients);
// Of both, the part that only lists.
double listing_seconds(Mode mode, const RuleTable& table, NftListing listing, const Coefficients& coefficients);

// DPC-50: when a sync begins for a change, in seconds of any clock.
constexpr double sync_start(double change, double previous_start, double previous_end, double period) {
    return std::max({change, previous_start + period, previous_end});
}

// From a change to the end of the sync that brings it.
struct SyncLag {
    double lone_seconds = 0;  // nothing else has changed lately
    double mean_seconds = 0;  // there is always something to change: syncs follow each other
    double most_seconds = 0;
    double share_of_a_core = 0;  // which syncs keep busy then
};
constexpr SyncLag sync_lag(double sync_seconds, double period) {
    const double cycle = std::max(sync_seconds, period);
    return {sync_seconds, cycle / 2 + sync_seconds, cycle + sync_seconds, cycle > 0 ? sync_seconds / cycle : 0};
}

// DPC-53: of new connections to a Service, until the sync ends.
constexpr double stale_share(double removed, double endpoints) {
    return endpoints > 0 ? std::min(1.0, removed / endpoints) : 1.0;
}
enum class StaleEnd : std::uint8_t { refused, timeout, wrong_pod };
// What one of these meets: another pod where the address has been given out again, else a host that says no, or
// nothing.
constexpr StaleEnd stale_end(bool is_reused, bool answers) {
    if (is_reused) return StaleEnd::wrong_pod;
    return answers ? StaleEnd::refused : StaleEnd::timeout;
}
// DPS-17: a freed address rests; rules that come later than that can lead to another pod.
constexpr bool may_reach_wrong_pod(double lag_seconds, const Coefficients& c) {
    return lag_seconds > c[Coefficient::address_rest];
}

}  // namespace eks::datapath
