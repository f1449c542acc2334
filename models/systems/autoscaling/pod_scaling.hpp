// How those who scale pods begin a run.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

void open_horizontal_scalers(const Spec& spec, World& world, Turn& turn);
void open_vertical_scalers(const Spec& spec, World& world, Turn& turn);
void open_vertical_updater(const Spec& spec, Turn& turn);
void open_advice(const Spec& spec, World& world, Turn& turn);
void open_keda(const Spec& spec, World& world, Turn& turn);
// All of it, once the cluster stands.
void open_pod_scaling(const Spec& spec, World& world, Turn& turn);

}  // namespace eks
