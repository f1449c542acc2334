// What a pod's annotations and volumes say about its eviction: see models/spec/eviction_wishes.hpp.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/eviction_wishes.hpp"

namespace eks {

// `holder` has the metadata, beside the pod spec.
EvictionWishes read_eviction_wishes(const Reader& holder, const Reader& pod_spec);

}  // namespace eks
