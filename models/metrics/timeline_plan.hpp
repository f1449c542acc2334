// Which levels a run keeps over time for pictures, and which base series each of them is the sum of: addresses, pods,
// nodes, free addresses of subnets, money an hour. Constant in a run; Metrics records, timelines.hpp reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace eks {

// What a timeline is called.
struct TimelineTitle {
    std::string name;
    std::vector<std::pair<std::string, std::string>> labels;
    std::string unit;
    double base_per_unit = 1;      // its changes count in base units, such as micro-dollars
    bool is_always_shown = false;  // even if it was zero throughout
    // How finely it is kept: four points a bucket at most, and buckets are merged two by two when they run out. Those
    // of the whole cluster suffice for a picture of 240 pixels at the least, those of its parts for a small one.
    std::size_t buckets = 480;
};

// A base series feeds a timeline: its changes are added, or taken off.
struct TimelineLink {
    std::uint32_t timeline = 0;
    std::int32_t sign = 1;
};

struct TimelinePlan {
    static constexpr std::uint32_t no_timeline = UINT32_MAX;

    // None: nothing is recorded. The first three are the free, assigned and cooling addresses of the whole cluster.
    std::vector<TimelineTitle> titles;
    std::vector<std::uint32_t> first_link;  // by base series, and one beyond
    std::vector<TimelineLink> links;
    // By NodeShapeIx: the first of the three timelines of the addresses in its pods' subnet, or none.
    std::vector<std::uint32_t> subnet_addresses;

    std::span<const TimelineLink> links_of(std::uint32_t series) const {
        return {links.data() + first_link[series], first_link[series + 1] - first_link[series]};
    }
};

}  // namespace eks
