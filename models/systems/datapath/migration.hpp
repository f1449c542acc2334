// What works while kube-proxy goes and something else comes (DPC-55). A table: what it says is measured, or the
// kube-proxy-free guide of Cilium says it.
#pragma once

#include "models/spec/datapath.hpp"

#include <cstdint>

namespace eks::datapath {

enum class NewConnections : std::uint8_t {
    work,
    work_by_frozen_endpoints,  // the share that fails grows with the endpoints that have gone since
    fail,
    work_from_pods_to_cluster_ips,  // NodePorts, load balancers and the host's own do not
};

enum class OpenConnections : std::uint8_t {
    go_on,
    reset,
    break_where_picked_up,  // those whose next packet takes the new path
    none,                   // there are none yet
};

struct MigrationEffect {
    NewConnections fresh = NewConnections::work;
    OpenConnections open = OpenConnections::go_on;
    bool pods_can_start = true;  // the agent gives new pods their network
};

constexpr MigrationEffect effect_of(MigrationState state) {
    using New = NewConnections;
    using Open = OpenConnections;
    switch (state) {
        case MigrationState::kube_proxy_live: return {New::work, Open::go_on};
        case MigrationState::rules_left: return {New::work_by_frozen_endpoints, Open::go_on};
        // The stored translations survive the rules.
        case MigrationState::rules_flushed: return {New::fail, Open::go_on};
        case MigrationState::flushed_and_rebooted: return {New::fail, Open::reset};
        case MigrationState::both_on_fresh_node: return {New::work, Open::none};
        case MigrationState::replaced_over_live: return {New::work, Open::break_where_picked_up};
        case MigrationState::agent_without_api: return {New::work, Open::go_on};
        case MigrationState::agent_without_api_restarted: return {New::work_by_frozen_endpoints, Open::go_on, false};
        case MigrationState::no_replacement_in_agent: return {New::work_from_pods_to_cluster_ips, Open::go_on};
    }
    return {};
}

}  // namespace eks::datapath
