// The decision call `rule_sync`.
#include "models/systems/datapath/rule_sync.hpp"

#include "models/report/decisions/data_path_arguments.hpp"
#include "models/report/decisions/data_paths.hpp"

namespace eks::decisions {

namespace {

using datapath::Mode;
using datapath::NftListing;

double entries_of(Mode mode, const datapath::RuleTable& table) {
    switch (mode) {
        case Mode::none: return 0;
        case Mode::iptables_legacy:
        case Mode::iptables_nft: return datapath::iptables_rules(table);
        case Mode::nftables: return datapath::nftables_elements(table);
        case Mode::ipvs:
        case Mode::ebpf_legacy:
        case Mode::ebpf_host_routing: return datapath::map_entries(table);
    }
    return 0;
}

}  // namespace

Json rule_sync_call(const Json& a) {
    refuse_others_of(
        a, {rule_table_names, coefficient_names, {"mode", "changed", "removed", "listing", "min_sync_period_seconds"}});
    const Mode mode = mode_of(a);
    const datapath::RuleTable table = rule_table_of(a);
    const datapath::Coefficients c = coefficients_of(a, datapath::default_coefficients());
    const double changed = number_or(a, "changed", 1, 1, std::max(1.0, table.services));
    const double removed = number_or(a, "removed", 0, 0, table.endpoints);
    if (is_given(a, "listing") && mode != Mode::nftables)
        throw WrongArguments{Rule::contradictory_fields, "listing goes with nftables", "mode nftables"};
    const auto listing = word_or<NftListing>(
        a, "listing", NftListing::chains,
        {{"none", NftListing::none}, {"chains", NftListing::chains}, {"whole-table", NftListing::whole_table}});
    // Agents of eBPF do not wait; kube-proxy's period is its minSyncPeriod.
    const bool waits = mode != Mode::ebpf_legacy && mode != Mode::ebpf_host_routing && mode != Mode::none;
    const double period =
        number_or(a, "min_sync_period_seconds", waits ? c[datapath::Coefficient::sync_period] : 0, 0, 3600);

    const double first = full_sync_seconds(mode, table, true, listing, c);
    const double full = full_sync_seconds(mode, table, false, listing, c);
    const double one = changed_sync_seconds(mode, table, changed, listing, c);
    const datapath::SyncLag lag = datapath::sync_lag(one, period);
    const datapath::SyncLag in_full = datapath::sync_lag(full, period);
    return {{"entries", entries_of(mode, table)},
            {"first_seconds", to_millionth(first)},
            {"full_seconds", to_millionth(full)},
            {"changed_seconds", to_millionth(one)},
            {"listing_seconds", to_millionth(listing_seconds(mode, table, listing, c))},
            {"lag_seconds",
             {{"lone", to_millionth(lag.lone_seconds)},
              {"mean", to_millionth(lag.mean_seconds)},
              {"most", to_millionth(lag.most_seconds)}}},
            {"lag_after_full_seconds", to_millionth(full + one)},
            {"share_of_a_core", to_millionth(lag.share_of_a_core)},
            {"share_of_a_core_in_full", to_millionth(in_full.share_of_a_core)},
            {"stale_share", to_millionth(datapath::stale_share(removed, table.endpoints))},
            {"may_reach_wrong_pod", datapath::may_reach_wrong_pod(std::max(lag.most_seconds, full + one), c)}};
}

}  // namespace eks::decisions
