// The flags in the command and args of a workload's containers: "--scan-interval=10s", "--scan-interval" and "10s" one
// after the other, or "--balance-similar-node-groups" alone; also within one text that a shell is given.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/workload.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

struct ContainerFlag {
    std::string name;
    std::optional<std::string> value;
    Reader at;
};

// Of those containers whose image has `image` in its name, in their order. What is read counts as used.
std::vector<ContainerFlag> flags_of_containers(const Reader& object, WorkloadKind kind, std::string_view image);

// The pod spec in a workload's object, if there is one.
std::optional<Reader> pod_spec_in(const Reader& object, WorkloadKind kind);

// The minor number of the version in an image's tag: 33 of "cluster-autoscaler:v1.33.1"; nothing where there is none.
std::optional<std::int32_t> minor_version_of_image(std::string_view image);

}  // namespace eks
