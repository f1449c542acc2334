// A DeschedulerPolicy, descheduler/v1alpha2: profiles of plugins with their arguments.
#pragma once

#include "models/scenario/kubernetes/object_list.hpp"
#include "models/scenario/reader.hpp"
#include "models/spec/descheduler.hpp"

namespace eks {

// Fills the limits and the profiles; complains of what the real one would not start with. `objects` has the priority
// classes that a threshold may name.
void read_descheduler_policy(const Reader& policy, const KubernetesObjects& objects, Descheduler& descheduler);

}  // namespace eks
