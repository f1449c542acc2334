#include "models/eks_model.hpp"

#include "models/systems/handlers.hpp"
#include "models/world/sizing.hpp"

#include <type_traits>

namespace eks {

void handle_event(const Spec& spec, World& world, Turn& turn, const Event& event) {
    const std::shared_ptr<const Spec> kept = world.sizing.spec;  // a handler may put another one in force
    std::visit(
        [&](const auto& due) {
            // What the scenario itself does decides which revision of the Spec is in force, so it sees them all.
            if constexpr (std::is_same_v<std::decay_t<decltype(due)>, TimelineDue>)
                on(spec, world, turn, due);
            else
                on(in_force(spec, world), world, turn, due);
        },
        event);
}

}  // namespace eks
