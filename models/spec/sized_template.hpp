// A pod template that came about in the run: one of the scenario's, with other requests and limits (VPA-20, CPVPA-1).
#pragma once

#include "models/spec/indices.hpp"
#include "models/spec/vertical_scaler.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace eks {

struct Spec;

// What one of PodTemplate::containers asks for; 0: nothing.
struct ContainerSize {
    std::uint32_t container = 0;
    vpa::Amounts requests;
    vpa::Amounts limits;
    friend bool operator==(const ContainerSize&, const ContainerSize&) = default;
};

struct SizedTemplate {
    TemplateIx of;
    std::vector<ContainerSize> sizes;
    bool is_written = false;  // in the object itself: to its controller it is a template of its own
    friend bool operator==(const SizedTemplate&, const SizedTemplate&) = default;
};

// Adds it to a Spec that is complete. In all but the amounts it is like the one that it is of; a pod's affinity to pods
// of its own template (matchLabelKeys) does not tell the two apart.
TemplateIx append_template(Spec& spec, const SizedTemplate& sized);
// Takes away all but the first so many.
void truncate_templates(Spec& spec, std::size_t count);

}  // namespace eks
