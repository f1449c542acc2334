#include "models/systems/datapath/migration.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

// DPC-55, row by row.
TEST(Migration, EachStateHasItsEffect) {
    using New = NewConnections;
    using Open = OpenConnections;
    struct Row {
        MigrationState state;
        New fresh;
        Open open;
        bool pods_can_start;
    };
    for (const auto& [state, fresh, open, pods_can_start] :
         {Row{MigrationState::kube_proxy_live, New::work, Open::go_on, true},
          Row{MigrationState::rules_left, New::work_by_frozen_endpoints, Open::go_on, true},
          Row{MigrationState::rules_flushed, New::fail, Open::go_on, true},
          Row{MigrationState::flushed_and_rebooted, New::fail, Open::reset, true},
          Row{MigrationState::both_on_fresh_node, New::work, Open::none, true},
          Row{MigrationState::replaced_over_live, New::work, Open::break_where_picked_up, true},
          Row{MigrationState::agent_without_api, New::work, Open::go_on, true},
          Row{MigrationState::agent_without_api_restarted, New::work_by_frozen_endpoints, Open::go_on, false},
          Row{MigrationState::no_replacement_in_agent, New::work_from_pods_to_cluster_ips, Open::go_on, true}}) {
        const MigrationEffect effect = effect_of(state);
        EXPECT_EQ(effect.fresh, fresh) << static_cast<int>(state);
        EXPECT_EQ(effect.open, open) << static_cast<int>(state);
        EXPECT_EQ(effect.pods_can_start, pods_can_start) << static_cast<int>(state);
    }
}

}  // namespace
}  // namespace eks::datapath
