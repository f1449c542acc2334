// Other node groups for the same scenario: what `ekssim size` tries. The groups that the scenario has are taken apart
// into what stays (labels, taints, disks, kubelet, networking) and what is for choice (type, number, market), and put
// together again as entries for LoadOptions::set.
//
//     auto written = eks::written_node_groups(document, options);
//     options.set = with(options.set, eks::groups_as_set(*written, choices));
#pragma once

#include "models/scenario/scenario.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks {

// A node group without its name, instance types, sizes and market.
struct WrittenGroup {
    std::string name;
    bool is_managed = true;
    std::string settings;  // as JSON text, a map
    friend bool operator==(const WrittenGroup&, const WrittenGroup&) = default;
};

struct ChosenGroup {
    std::size_t written = 0;  // whose settings it has
    std::string name;
    std::string instance_type;
    bool is_spot = false;
    std::int64_t nodes = 0;          // from start to end: nobody makes it larger or smaller
    std::vector<std::string> zones;  // empty: as the settings say
};

// Those of `cluster.nodeGroups` and `managedNodeGroups`, each kind of settings once; one without settings, called
// "workers", where there are none. Its nodes get `labels` and `taints` on top. Complaints where nothing can be read.
sim::Result<std::vector<WrittenGroup>, Complaints> written_node_groups(std::string_view document,
                                                                       const LoadOptions& options);

// Of a NodePool: a group whose nodes have the labels and taints of the pool.
WrittenGroup written_group_of(const NodePool& pool, const WrittenGroup& like);

// Replaces all node groups.
std::vector<std::pair<std::string, std::string>> groups_as_set(std::span<const WrittenGroup> written,
                                                               std::span<const ChosenGroup> chosen);

}  // namespace eks
