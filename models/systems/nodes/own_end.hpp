// Containers that end, or are killed by their kubelet, though nobody has deleted their pod: what a scenario says of how
// they fail, and what their probes make of it (KUBELET-39).
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// When a pod that serves would come to its end by itself, counted from the start of its containers, and how.
struct OwnEnd {
    sim::Duration after = sim::Duration::max();  // not at all
    bool fails = false;                          // with an exit code other than 0
    constexpr bool comes() const { return after != sim::Duration::max(); }
};
// When the containers of its present run begin to answer.
sim::Duration answers_after(const Spec& spec, Turn& turn, const Pod& pod);
OwnEnd own_end(const Spec& spec, Turn& turn, const Pod& pod, sim::Duration answers_after);

// When its startup probes let the others begin; at once without any.
sim::Duration started_after(const PodTemplate& t, sim::Duration answers_after);

// From the wish to stop the pod to the end of its last container (KUBELET-50, KUBELET-51), within so much time at most.
sim::Duration stop_duration(const Spec& spec, Turn& turn, const Pod& pod, sim::Duration most);

}  // namespace eks
