// The filters of volumes: the zones that the pod's claims are bound to or may be, how many volumes a node attaches, and
// claims for one pod alone (VolumeRestrictions, NodeVolumeLimits, VolumeBinding, VolumeZone; AWS-93).
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/systems/scheduling/filters.hpp"
#include "models/world/world.hpp"

namespace eks {

class VolumeFilter {
  public:
    VolumeFilter(const Spec& spec, const World& world, PodId pod);

    bool is_needed() const { return is_needed_; }
    Refusal refusal(const Node& node) const;

  private:
    void look_at(const VolumeClaim& claim, ZoneIx bound);

    std::int32_t more_attachments(const Node& node, std::int32_t& attached) const;

    const Spec& spec_;
    const World& world_;
    const PodTemplate& template_;
    std::int32_t attachments_ = 0;
    bool is_needed_ = false;
    bool is_in_use_ = false;               // a claim for one pod alone is another's
    bool takes_no_zone_ = false;           // its claims are bound to different zones
    ZoneIx zone_;                          // the only one
    std::vector<std::uint8_t> is_barred_;  // by zone
};

// The zone that a claim is bound to, or that of a StatefulSet's pod; none: none yet.
ZoneIx zone_of_claim(const World& world, std::uint32_t claim);
ZoneIx zone_of_replica(const World& world, const Pod& pod);

// The pod got a node: claims that waited for that are bound to its zone, and stay so. Whether volumes of its own were
// made for it.
bool bind_claims(const Spec& spec, World& world, PodId pod);

}  // namespace eks
