// What a node's kubelet is configured with, as far as pulls of images go: KubeletConfiguration, constant for
// the nodes of a group. The defaults are those of the EKS AMI where it differs from the upstream ones.
#pragma once

#include <cstdint>

namespace eks {

struct KubeletSettings {
    std::int32_t parallel_pulls = 0;  // so many at a time; 0: any number (KUBELET-34)
    std::int32_t pull_qps = 5;        // 0: no limit (KUBELET-35)
    std::int32_t pull_burst = 10;
    friend bool operator==(const KubeletSettings&, const KubeletSettings&) = default;
};

}  // namespace eks
