#include "models/world/sizing.hpp"

#include <algorithm>

namespace eks {

namespace {

void put_in_force(World& world, Spec&& spec) { world.sizing.spec = std::make_shared<const Spec>(std::move(spec)); }

TemplateIx find_template(const Spec& spec, const World& world, const SizedTemplate& wanted) {
    const std::vector<SizedTemplate>& known = world.sizing.templates;
    const auto at = std::ranges::find(known, wanted);
    if (at == known.end()) return TemplateIx::none();
    const std::size_t first = spec.templates.size() - known.size();
    return TemplateIx::of(first + static_cast<std::size_t>(at - known.begin()));
}

}  // namespace

std::vector<TemplateIx> find_or_add_templates(const Spec& spec, World& world, std::span<const SizedTemplate> wanted) {
    std::vector<TemplateIx> places;
    for (const SizedTemplate& each : wanted) places.push_back(find_template(spec, world, each));
    if (std::ranges::all_of(places, &TemplateIx::valid)) return places;
    Spec grown = spec;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (places[i].valid()) continue;
        places[i] = find_template(grown, world, wanted[i]);  // twice among the wanted
        if (places[i].valid()) continue;
        places[i] = append_template(grown, wanted[i]);
        world.sizing.templates.push_back(wanted[i]);
    }
    put_in_force(world, std::move(grown));
    return places;
}

void patch_workloads(const Spec& spec, World& world, std::span<const PatchedWorkload> patches) {
    Spec patched = spec;
    for (const PatchedWorkload& patch : patches) {
        patched.workloads[patch.workload.value].pod_template = patch.pod_template;
        std::erase_if(world.sizing.patches,
                      [&](const PatchedWorkload& earlier) { return earlier.workload == patch.workload; });
        world.sizing.patches.push_back(patch);
    }
    put_in_force(world, std::move(patched));
}

void carry_sizes_over(const Spec& before, const Spec& revision, World& world) {
    if (world.sizing.spec == nullptr) return;
    std::erase_if(world.sizing.patches, [&](const PatchedWorkload& patch) {
        return before[patch.workload].pod_template != revision[patch.workload].pod_template;
    });
    Spec grown = revision;
    for (const SizedTemplate& each : world.sizing.templates) append_template(grown, each);
    for (const PatchedWorkload& patch : world.sizing.patches)
        grown.workloads[patch.workload.value].pod_template = patch.pod_template;
    put_in_force(world, std::move(grown));
}

bool runs_vertical_process(const Spec& spec, const World& world, std::vector<WorkloadIx> VerticalProcesses::* process) {
    const VerticalProcesses& processes = spec.pod_scaling.vertical_processes;
    if (!processes.are_stated) return true;
    return std::ranges::any_of(processes.*process, [&](WorkloadIx pods) { return world[pods].ready > 0; });
}

void admit_as(World& world, TemplateIx written, TemplateIx admitted) {
    std::erase_if(world.sizing.admissions, [&](const AdmittedTemplate& each) { return each.written == written; });
    if (admitted != written) world.sizing.admissions.push_back({written, admitted});
}

TemplateIx as_admitted(const Spec& spec, const World& world, TemplateIx written) {
    if (world.sizing.admissions.empty() || !runs_vertical_process(spec, world, &VerticalProcesses::webhook))
        return written;
    const auto at = std::ranges::find(world.sizing.admissions, written, &AdmittedTemplate::written);
    return at == world.sizing.admissions.end() ? written : at->admitted;
}

}  // namespace eks
