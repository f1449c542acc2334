// What autoscalers have made of pods' requests in the run (VPA-20, CPVPA-1).
#pragma once

#include "models/spec/sized_template.hpp"

#include <memory>
#include <vector>

namespace eks {

// An object whose own template is no more the scenario's.
struct PatchedWorkload {
    WorkloadIx workload;
    TemplateIx pod_template;
    friend bool operator==(const PatchedWorkload&, const PatchedWorkload&) = default;
};

// What the webhook makes of new pods of a template.
struct AdmittedTemplate {
    TemplateIx written;
    TemplateIx admitted;
    friend bool operator==(const AdmittedTemplate&, const AdmittedTemplate&) = default;
};

struct Sizing {
    std::vector<SizedTemplate> templates;  // behind those of the scenario, in this order
    std::vector<PatchedWorkload> patches;
    std::vector<AdmittedTemplate> admissions;
    std::shared_ptr<const Spec> spec;  // that has them: follows from the rest. None: no template has come about

    friend bool operator==(const Sizing& a, const Sizing& b) {
        return a.templates == b.templates && a.patches == b.patches && a.admissions == b.admissions;
    }
};

}  // namespace eks
