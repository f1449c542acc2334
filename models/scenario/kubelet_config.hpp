// The part of a node group's KubeletConfiguration (eksctl's kubeletExtraConfig) about images, logs and evictions.
// Internal to models/scenario.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/kubelet_settings.hpp"

#include <optional>

namespace eks {

KubeletSettings kubelet_defaults(bool is_2018);
void read_kubelet_settings(const Reader& config, KubeletSettings& settings);
// One signal of evictionHard.
void read_eviction_threshold(const Reader& at, EvictionThreshold& threshold);

}  // namespace eks
