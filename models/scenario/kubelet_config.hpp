// The part of a node group's KubeletConfiguration (eksctl's kubeletExtraConfig) about pulls of images.
// Internal to models/scenario.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/kubelet_settings.hpp"

#include <optional>

namespace eks {

KubeletSettings kubelet_defaults(bool is_2018);
void read_kubelet_settings(const Reader& config, KubeletSettings& settings);

}  // namespace eks
