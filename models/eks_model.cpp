#include "models/eks_model.hpp"

#include "models/systems/handlers.hpp"

#include <type_traits>

namespace eks {

void handle_event(const Spec& spec, World& world, Turn& turn, const Event& event) {
    std::visit(
        [&](const auto& due) {
            // What the scenario itself does decides which revision of the Spec is in force, so it sees them all.
            if constexpr (std::is_same_v<std::decay_t<decltype(due)>, TimelineDue>)
                on(spec, world, turn, due);
            else
                on(spec.revision(world.revision), world, turn, due);
        },
        event);
}

}  // namespace eks
