// Liveness and startup probes of a container, and how long its preStop hook takes.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/pod_template.hpp"

namespace eks {

void read_probes(const Reader& container, ContainerSpec& spec);
void read_pre_stop(const Reader& container, ContainerSpec& spec);

}  // namespace eks
