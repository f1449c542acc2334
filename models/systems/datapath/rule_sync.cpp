#include "models/systems/datapath/rule_sync.hpp"

namespace eks::datapath {

namespace {

using enum Coefficient;

constexpr double seconds_of_us = 1e-6;

// Measured with 10000 and 20000 service ports: linear between them, and no further growth is claimed beyond.
constexpr double large_from = 10'000;
constexpr double large_to = 20'000;
double large_table_factor(double services, const Coefficients& c) {
    const double way = std::clamp((services - large_from) / (large_to - large_from), 0.0, 1.0);
    return 1 + (c[sync_nft_large] - 1) * way;
}

// What the rules of one service cost in a full sync into an empty table.
double of_one_service_us(Mode mode, const RuleTable& table, const Coefficients& c) {
    const RuleTable one{1, table.endpoints, table.has_comments};
    switch (mode) {
        case Mode::iptables_legacy: return c[sync_legacy_full] * iptables_rules(one);
        case Mode::iptables_nft: return c[sync_inft_full] * iptables_rules(one);
        case Mode::nftables: return c[sync_nft_full] * nftables_elements(one);
        case Mode::ipvs: return c[sync_ipvs_service];
        case Mode::ebpf_legacy:
        case Mode::ebpf_host_routing: return c[sync_ebpf_entry] * map_entries(one);
        case Mode::none: return 0;
    }
    return 0;
}

double one_changed_us(Mode mode, const RuleTable& table, const Coefficients& c) {
    switch (mode) {
        case Mode::iptables_legacy: {
            // The kernel takes the table whole, so that most of a full sync's cost remains (DPC-51).
            const double rule = table.has_comments ? c[sync_legacy_rule] : c[sync_bare_rule];
            const double service = table.has_comments ? c[sync_legacy_service] : c[sync_bare_service];
            return c[sync_legacy_base] + rule * iptables_rules(table) + service * table.services;
        }
        case Mode::iptables_nft: return c[sync_inft_service] * table.services;
        case Mode::nftables: return c[sync_nft_base] + c[sync_nft_service] * table.services;
        case Mode::ipvs: return c[sync_ipvs_service];
        case Mode::ebpf_legacy:
        case Mode::ebpf_host_routing: return c[sync_ebpf_agent] + c[sync_ebpf_entry] * (1 + table.endpoints);
        case Mode::none: return 0;
    }
    return 0;
}

}  // namespace

double listing_seconds(Mode mode, const RuleTable& table, NftListing listing, const Coefficients& c) {
    if (mode != Mode::nftables || listing == NftListing::none) return 0;
    if (listing == NftListing::chains) return c[sync_nft_list_chains] * table.services * seconds_of_us;
    const double growth = 1 + std::min(table.services, large_from) / large_from;
    return c[sync_nft_list_all] * growth * table.services * seconds_of_us;
}

double full_sync_seconds(Mode mode, const RuleTable& table, bool is_first, NftListing listing, const Coefficients& c) {
    switch (mode) {
        case Mode::iptables_legacy: return c[sync_legacy_full] * iptables_rules(table) * seconds_of_us;
        case Mode::iptables_nft: {
            const double again = is_first ? 0 : c[sync_inft_again] * table.services;
            return (c[sync_inft_full] + again) * iptables_rules(table) * seconds_of_us;
        }
        case Mode::nftables: {
            const double elements = (c[sync_nft_full] + c[sync_nft_square] * table.services) * nftables_elements(table);
            const double listed = is_first ? 0 : listing_seconds(mode, table, listing, c);
            return elements * seconds_of_us * large_table_factor(table.services, c) * c[sync_nft_kernel] + listed;
        }
        case Mode::ipvs: return c[sync_ipvs_entry] * map_entries(table) * seconds_of_us;
        case Mode::ebpf_legacy:
        case Mode::ebpf_host_routing:
            return (c[sync_ebpf_agent] + c[sync_ebpf_full] * map_entries(table)) * seconds_of_us;
        case Mode::none: return 0;
    }
    return 0;
}

double changed_sync_seconds(Mode mode, const RuleTable& table, double changed, NftListing listing,
                            const Coefficients& c) {
    const double one = one_changed_us(mode, table, c) * seconds_of_us + listing_seconds(mode, table, listing, c);
    const double more = std::max(changed - 1, 0.0) * of_one_service_us(mode, table, c) * seconds_of_us;
    const double full = full_sync_seconds(mode, table, false, listing, c);
    return std::min(one + more, std::max(one, full));
}

}  // namespace eks::datapath
