// The Spec that is in force at a moment of a run: a revision of the run's own, and with the pod templates that
// autoscalers have added to it. Each addition makes a new Spec, since Specs never change; worlds that part share it.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <span>

namespace eks {

inline const Spec& in_force(const Spec& of_run, const World& world) {
    return world.sizing.spec != nullptr ? *world.sizing.spec : of_run.revision(world.revision);
}

// Where each of them is: those that are not there yet are added. `spec` is the one in force, and no more if something
// was added.
std::vector<TemplateIx> find_or_add_templates(const Spec& spec, World& world, std::span<const SizedTemplate> wanted);
// The objects have these templates from now on.
void patch_workloads(const Spec& spec, World& world, std::span<const PatchedWorkload> patches);
// Another revision, or another Spec of the run with more templates, is in force. Patches stay, but where the new one
// changes what containers ask for.
void carry_sizes_over(const Spec& before, const Spec& revision, World& world);
// Takes away templates that no pod has and nobody will give to one, if there are many. Places of others change.
void forget_idle_templates(const Spec& spec, World& world);

// To its controller a pod has the template that somebody wrote, whatever the webhook has made of it.
inline TemplateIx as_written(const World& world, TemplateIx ix) {
    if (world.sizing.spec == nullptr) return ix;
    const TemplateIx origin = (*world.sizing.spec)[ix].sized_of;
    return origin.valid() ? origin : ix;
}

// Whether a process of VerticalPodAutoscalers is up.
bool runs_vertical_process(const Spec& spec, const World& world, std::vector<WorkloadIx> VerticalProcesses::* process);

// --- the webhook
void admit_as(World& world, TemplateIx written, TemplateIx admitted);
// Only while it answers: without it pods are made as they are written.
TemplateIx as_admitted(const Spec& spec, const World& world, TemplateIx written);

}  // namespace eks
