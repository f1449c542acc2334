// The pod template of a Kubernetes object (its labels and pod spec) as a PodTemplate, with the defaults that the API
// server sets. Containers and their resources are in containers.hpp, what binds pods to nodes in node_constraints.hpp.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/admission.hpp"
#include "models/scenario/reader.hpp"
#include "models/spec/pod_template.hpp"

#include <span>
#include <string>
#include <string_view>

namespace eks {

// What a pod's owner decides about its template.
struct PodOwner {
    std::string namespace_name;
    bool is_daemon_set = false;
    // The restart policies that the owner's kind allows, the default first if it is among them.
    std::span<const RestartPolicy> restart_policies;
    std::string_view owner_kind;  // for messages
};

// `holder` is the map with the members `metadata` and `spec`: a template, or a whole Pod.
PodTemplate read_pod_template(const Reader& holder, const PodOwner& owner, const Admission& admission,
                              ScenarioBuilder& builder);

}  // namespace eks
