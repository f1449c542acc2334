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

// Every place in a World that names a template, but for those of `sizing` itself.
template <class F>
void for_each_name(World& world, F f) {
    for (const auto& [id, pod] : world.pods) f(world.pods[id].pod_template);
    for (const auto& [id, job] : world.jobs) f(world.jobs[id].pod_template);
    for (const auto& [id, set] : world.replica_sets) f(world.replica_sets[id].pod_template);
    for (Rollout& rollout : world.rollouts) f(rollout.before);
    for (VerticalScalerState& state : world.pod_scaling.vertical) {
        for (PodResizing& each : state.resizings) {
            f(each.to);
            f(each.from);
        }
    }
    for (PatchedWorkload& patch : world.sizing.patches) f(patch.pod_template);
    for (AdmittedTemplate& each : world.sizing.admissions) {
        f(each.written);
        f(each.admitted);
    }
}

// From `first` on lie those of `sizing`; what each of them is called from now on.
void rename_templates(World& world, std::size_t first, const std::vector<TemplateIx>& names) {
    const auto rename = [&](TemplateIx& ix) {
        if (ix.valid() && ix.value >= first) ix = names[ix.value - first];
    };
    for_each_name(world, rename);
    for (SizedTemplate& each : world.sizing.templates) rename(each.of);
    world.scheduler.memory = SchedulerMemory();  // the classes have other numbers now
}

// As many as this that nobody has are kept, since a size often comes back.
constexpr std::size_t most_idle_templates = 64;

// Without those that nobody has. `first`: the number of templates in the Spec of the scenario.
Spec without_idle_templates(const Spec& spec, World& world, std::size_t first) {
    std::vector<SizedTemplate>& sized = world.sizing.templates;
    std::vector<bool> is_named(sized.size(), false);
    const auto name = [&](TemplateIx ix) {
        if (ix.valid() && ix.value >= first) is_named[ix.value - first] = true;
    };
    for_each_name(world, [&](TemplateIx& ix) { name(ix); });
    for (std::size_t i = sized.size(); i-- > 0;) {
        if (is_named[i]) name(sized[i].of);  // which lies before it
    }
    std::vector<TemplateIx> names(sized.size());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < sized.size(); ++i) {
        if (is_named[i]) names[i] = TemplateIx::of(first + kept++);
    }
    Spec trimmed = spec;
    truncate_templates(trimmed, first);
    rename_templates(world, first, names);
    for (Workload& workload : trimmed.workloads) {
        if (workload.pod_template.value >= first) workload.pod_template = names[workload.pod_template.value - first];
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].valid()) append_template(trimmed, sized[i]);
    }
    std::size_t place = 0;
    std::erase_if(sized, [&](const SizedTemplate&) { return !is_named[place++]; });
    return trimmed;
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

void forget_idle_templates(const Spec& spec, World& world) {
    if (world.sizing.templates.size() <= most_idle_templates) return;
    const std::shared_ptr<const Spec> kept = world.sizing.spec;
    put_in_force(world, without_idle_templates(spec, world, spec.templates.size() - world.sizing.templates.size()));
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

namespace {

// Whether containers ask for the same: what an autoscaler has written into the one then stands in the other, too.
bool ask_for_the_same(const PodTemplate& a, const PodTemplate& b) {
    return std::ranges::equal(a.containers, b.containers, [](const ContainerSpec& x, const ContainerSpec& y) {
        return x.name == y.name && x.requests == y.requests && x.limits == y.limits;
    });
}

// The patch of an object that has another template since: the same amounts in it, unless it changes them itself.
void carry_patch_over(const Spec& revision, Spec& grown, Sizing& sizing, PatchedWorkload& patch) {
    const std::size_t first = revision.templates.size();
    const TemplateIx written = revision[patch.workload].pod_template;
    const bool is_sized = patch.pod_template.value >= first;
    const TemplateIx was = is_sized ? sizing.templates[patch.pod_template.value - first].of : patch.pod_template;
    if (was == written) return;
    if (!is_sized || !ask_for_the_same(revision[was], revision[written])) {
        patch.pod_template = written;
        return;
    }
    SizedTemplate again = sizing.templates[patch.pod_template.value - first];
    again.of = written;
    const auto known = std::ranges::find(sizing.templates, again);
    if (known != sizing.templates.end()) {
        patch.pod_template = TemplateIx::of(first + static_cast<std::size_t>(known - sizing.templates.begin()));
        return;
    }
    patch.pod_template = append_template(grown, again);
    sizing.templates.push_back(std::move(again));
}

}  // namespace

void carry_sizes_over(const Spec& before, const Spec& revision, World& world) {
    if (world.sizing.spec == nullptr) return;
    const std::size_t first = before.templates.size();
    if (revision.templates.size() != first) {
        std::vector<TemplateIx> names;
        for (std::size_t i = 0; i < world.sizing.templates.size(); ++i)
            names.push_back(TemplateIx::of(revision.templates.size() + i));
        rename_templates(world, first, names);
    }
    Spec grown = revision;
    for (const SizedTemplate& each : world.sizing.templates) append_template(grown, each);
    for (PatchedWorkload& patch : world.sizing.patches) {
        carry_patch_over(revision, grown, world.sizing, patch);
        grown.workloads[patch.workload.value].pod_template = patch.pod_template;
    }
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
