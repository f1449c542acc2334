// The containers of a pod spec: images, requests and limits, readiness, sidecars.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/admission.hpp"
#include "models/scenario/reader.hpp"
#include "models/spec/pod_template.hpp"

#include <string_view>

namespace eks {

// Fills containers and init_containers of the template.
void read_containers(const Reader& pod_spec, std::string_view namespace_name, const Admission& admission,
                     ScenarioBuilder& builder, PodTemplate& pod);

// Whether an image is pulled Always by default: its tag is "latest" or missing, and it has no digest (KUBELET-33).
bool is_latest_image(std::string_view image);

}  // namespace eks
