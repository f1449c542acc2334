#include "models/catalog/zones.hpp"

#include <algorithm>
#include <array>

namespace eks {

namespace zone_table {
namespace {

// The zones of a region as pairs of the letter that ends the name and the digit that ends the id. From moto 5.2.1
// (moto/ec2/models/availability_zones_and_regions.py and the offerings by zone that AWS answered).
struct Region {
    std::string_view name;
    std::string_view id_prefix;
    std::string_view zones;
};

constexpr std::array regions{
    Region{"af-south-1", "afs1", "a1b2c3"},      Region{"ap-east-1", "ape1", "a1b2c3"},
    Region{"ap-northeast-1", "apne1", "a4c1d2"}, Region{"ap-northeast-2", "apne2", "a1b2c3d4"},
    Region{"ap-northeast-3", "apne3", "a1b2c3"}, Region{"ap-south-1", "aps1", "a1b3c2"},
    Region{"ap-south-2", "aps2", "a1b2c3"},      Region{"ap-southeast-1", "apse1", "a1b2c3"},
    Region{"ap-southeast-2", "apse2", "a1b3c2"}, Region{"ap-southeast-3", "apse3", "a1b2c3"},
    Region{"ap-southeast-4", "apse4", "a1b2c3"}, Region{"ap-southeast-5", "apse5", "a1b2c3"},
    Region{"ap-southeast-7", "apse7", "a1b2c3"}, Region{"ca-central-1", "cac1", "a1b2d4"},
    Region{"ca-west-1", "caw1", "a1b2c3"},       Region{"eu-central-1", "euc1", "a1b2c3"},
    Region{"eu-central-2", "euc2", "a1b2c3"},    Region{"eu-north-1", "eun1", "a1b2c3"},
    Region{"eu-south-1", "eus1", "a1b2c3"},      Region{"eu-south-2", "eus2", "a1b2c3"},
    Region{"eu-west-1", "euw1", "a3b1c2"},       Region{"eu-west-2", "euw2", "a2b3c1"},
    Region{"eu-west-3", "euw3", "a1b2c3"},       Region{"il-central-1", "ilc1", "a1b2c3"},
    Region{"me-central-1", "mec1", "a1b2c3"},    Region{"me-south-1", "mes1", "a1b2c3"},
    Region{"mx-central-1", "mxc1", "a1b2c3"},    Region{"sa-east-1", "sae1", "a1b2c3"},
    Region{"us-east-1", "use1", "a6b1c2d4e3f5"}, Region{"us-east-2", "use2", "a1b2c3"},
    Region{"us-gov-east-1", "usge1", "a1b2c3"},  Region{"us-gov-west-1", "usgw1", "a1b2c3"},
    Region{"us-west-1", "usw1", "a3b1"},         Region{"us-west-2", "usw2", "a2b1c3d4"},
};

// EKS user guide, network requirements (AWS-8).
constexpr std::array<std::string_view, 3> refused_ids{"use1-az3", "usw1-az2", "cac1-az3"};

}  // namespace
}  // namespace zone_table

std::vector<Zone> zones_of(std::string_view region) {
    const auto place = std::find_if(zone_table::regions.begin(), zone_table::regions.end(),
                                    [&](const zone_table::Region& row) { return row.name == region; });
    std::vector<Zone> zones;
    if (place == zone_table::regions.end()) return zones;
    for (std::size_t i = 0; i + 1 < place->zones.size(); i += 2) {
        Zone zone;
        zone.name = std::string(region) + place->zones[i];
        zone.id = std::string(place->id_prefix) + "-az" + place->zones[i + 1];
        zone.takes_cluster_subnets = !refuses_cluster_subnets(zone.id);
        zones.push_back(zone);
    }
    return zones;
}

bool refuses_cluster_subnets(std::string_view zone_id) {
    return std::find(zone_table::refused_ids.begin(), zone_table::refused_ids.end(), zone_id) !=
           zone_table::refused_ids.end();
}

std::string_view region_of_zone(std::string_view zone_name) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    if (zone_name.size() < 3 || !is_letter(zone_name.back()) || !is_digit(zone_name[zone_name.size() - 2])) return {};
    return zone_name.substr(0, zone_name.size() - 1);
}

}  // namespace eks
