#include "models/eks_model.hpp"

#include "models/systems/handlers.hpp"

namespace eks {

void handle_event(const Spec& spec, World& world, Turn& turn, const Event& event) {
    std::visit([&](const auto& due) { on(spec, world, turn, due); }, event);
}

}  // namespace eks
