// Whether what a pod needs of Secrets is there.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

// A Secret that this container takes variables from, or that the pod mounts (SecretNeed::the_pod), is not there.
inline bool lacks_secret(const Spec& spec, const World& world, const Pod& pod, std::int32_t container) {
    return std::ranges::any_of(spec[pod.pod_template].identity.secrets, [&](const SecretNeed& need) {
        return need.container == container && !world.identity.secrets[need.secret].exists;
    });
}

}  // namespace eks
