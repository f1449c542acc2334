#include "models/spec/cilium_settings.hpp"

namespace eks {

CiliumSettings default_cilium_settings() {
    CiliumSettings settings;
    settings.new_identity =
        *sim::Distribution::uniform(sim::Duration::milliseconds(100), sim::Duration::milliseconds(1000));
    settings.regeneration =
        *sim::Distribution::uniform(sim::Duration::milliseconds(200), sim::Duration::milliseconds(2000));
    return settings;
}

}  // namespace eks
