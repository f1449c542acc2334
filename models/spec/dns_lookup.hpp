// What one lookup of a name costs: how many questions a resolver asks, and how many of them are about names outside of
// the cluster (DNS-2). A function of plain values.
#pragma once

#include <algorithm>
#include <cstdint>

namespace eks {

// A pod's /etc/resolv.conf (pkg/kubelet/network/dns/dns.go): its own namespace, svc and the cluster's domain, and
// behind them the node's list.
struct Resolver {
    std::int32_t ndots = 5;
    std::int32_t cluster_suffixes = 3;
    std::int32_t node_suffixes = 1;
    friend bool operator==(const Resolver&, const Resolver&) = default;
};

// dnsPolicy Default: the node's own file, where nothing is said of ndots (resolv.conf(5): 1).
constexpr Resolver resolver_of_node() { return {.ndots = 1, .cluster_suffixes = 0, .node_suffixes = 1}; }

struct LookedUpName {
    static constexpr std::int32_t as_it_is = -1;
    std::int32_t dots = 0;
    bool is_absolute = false;            // it ends in a dot: nothing is added to it
    std::int32_t found_with = as_it_is;  // the suffix, by position, with which it exists
    bool is_of_cluster = false;          // as it is
};

struct DnsQueries {
    std::int32_t asked = 0;
    std::int32_t forwarded = 0;  // of these; the others are the cluster's own to answer
    friend bool operator==(const DnsQueries&, const DnsQueries&) = default;
};

// Each try asks for an A and an AAAA record. A name with ndots dots or more is tried as it is before all suffixes, one
// with fewer after them (resolv.conf(5)).
constexpr DnsQueries queries_of(const LookedUpName& name, const Resolver& resolver) {
    constexpr std::int32_t records = 2;
    DnsQueries queries;
    const auto ask = [&](bool is_of_cluster) {
        queries.asked += records;
        queries.forwarded += is_of_cluster ? 0 : records;
    };
    const bool is_tried_first = name.is_absolute || name.dots >= resolver.ndots;
    if (is_tried_first) {
        ask(name.is_of_cluster);
        if (name.is_absolute || name.found_with == LookedUpName::as_it_is) return queries;
    }
    const std::int32_t suffixes = resolver.cluster_suffixes + resolver.node_suffixes;
    for (std::int32_t suffix = 0; suffix < suffixes; ++suffix) {
        ask(suffix < resolver.cluster_suffixes);
        if (suffix == name.found_with) return queries;
    }
    if (!is_tried_first) ask(name.is_of_cluster);
    return queries;
}

}  // namespace eks
