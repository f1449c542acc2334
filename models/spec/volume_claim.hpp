// A persistent volume claim, as far as it says where its pods can be.
#pragma once

#include "models/quantities.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

struct VolumeClaim {
    std::string namespace_name;
    std::string name;
    bool is_zonal = true;          // EBS: the volume is in one zone, and pods that use it have to be there
    bool takes_attachment = true;  // EBS: one of those that an instance has (AWS-93)
    bool is_for_one_pod = false;   // ReadWriteOncePod
    bool binds_at_once = false;    // else with its first pod, in the zone of that one's node (WaitForFirstConsumer)
    ZoneIx zone;                   // of a volume that is there already
    std::vector<ZoneIx> allowed;   // allowedTopologies of its class; empty: every zone
    Bytes bytes = 0;               // of an EBS volume that is paid for
    bool comes_later = false;      // only a change of the timeline names it: its volume is made for its first pod
    friend bool operator==(const VolumeClaim&, const VolumeClaim&) = default;
};

}  // namespace eks
