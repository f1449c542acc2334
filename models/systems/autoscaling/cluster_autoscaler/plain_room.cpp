#include "models/systems/autoscaling/cluster_autoscaler/plain_room.hpp"

#include <algorithm>

namespace eks::cluster_autoscaler {

Look look_of(const std::optional<plain::Refusal>& refusal) {
    if (!refusal) return Look::fits;
    const bool is_skew = std::ranges::find(refusal->reasons, plain::spread_refusal) != refusal->reasons.end();
    return is_skew ? Look::is_refused_by_spread : Look::is_refused;
}

}  // namespace eks::cluster_autoscaler
