// The availability zones of a region, for scenarios that do not name their own.
//
// A zone has an id ("use1-az3"), which means the same place for everyone, and a name ("us-east-1e"), which each account
// has mapped in its own way (AWS-8). The names here are one account's mapping: a default, good for all that a
// simulation can tell apart, as it only matters which zones are different.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace eks {

struct Zone {
    std::string name;  // "us-east-1a"
    std::string id;    // "use1-az6"
    // False for the three zones in which EKS cannot place the control plane's interfaces (AWS-8): cluster subnets must
    // lie elsewhere; nodes may run there through other subnets.
    bool takes_cluster_subnets = true;
    friend bool operator==(const Zone&, const Zone&) = default;
};

// In order of their names; empty for a region that is not known.
std::vector<Zone> zones_of(std::string_view region);

// Whether EKS refuses cluster subnets in the zone with this id.
bool refuses_cluster_subnets(std::string_view zone_id);

// "eu-central-1a" -> "eu-central-1": a zone's name without its last letter. Empty if it does not end in a digit and a
// letter.
std::string_view region_of_zone(std::string_view zone_name);

}  // namespace eks
