#include "models/scenario/behaviour.hpp"

#include "models/scenario/assume.hpp"
#include "models/scenario/dns_use.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/outside.hpp"
#include "models/scenario/registries.hpp"
#include "models/scenario/usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace eks {

namespace {

// Which parts of a workload's behaviour the scenario states; the rest is assumed.
struct Said {
    bool ready = false;
    bool run_time = false;
    bool init_time = false;
    bool stop_time = false;
};

struct Progress {
    std::vector<Said> said;             // by WorkloadIx
    std::vector<bool> image_size_said;  // by ImageIx
};

bool ends_by_itself(const Workload& workload, const PodTemplate& pod) {
    return has_jobs(workload.kind) || pod.runs_to_completion;
}

bool can_end(const Workload& workload, const PodTemplate& pod) {
    const bool is_bare_task = workload.kind == WorkloadKind::pod && pod.restart_policy != RestartPolicy::always;
    return ends_by_itself(workload, pod) || is_bare_task;
}

// What one entry says, read once and laid over every workload that it names.
struct Entry {
    std::optional<sim::Distribution> ready;
    std::optional<sim::Distribution> run_time;
    std::optional<sim::Distribution> init_time;
    std::optional<sim::Distribution> stop_time;
    std::optional<std::int32_t> failure_rate_ppm;
    std::optional<ContainerFailure> liveness_failure;
    std::optional<ContainerFailure> exit;
    std::int32_t exit_code = 1;
    std::optional<std::int32_t> init_failure_ppm;
    std::optional<std::int64_t> failure_exit_code;
    std::optional<UsageIx> usage;
    std::optional<ImageSize> image_size;
    std::vector<OutsideUse> outside;
    bool needs_cluster_dns = false;
    std::optional<DnsLookups> dns;
    std::optional<std::int64_t> log_bytes_per_second;
    std::optional<Bytes> disk_bytes;
    std::map<std::string, Bytes> empty_dirs;  // what is written to volumes of these names
};

// What befalls all runs, if no share is said, so long after the start of the container.
std::optional<ContainerFailure> read_failure(const Reader& at, std::span<const std::string_view> words) {
    if (!at.expect_map()) return std::nullopt;
    at.refuse_unknown_members(words);
    ContainerFailure failure;
    failure.share_ppm = 1'000'000;
    const auto after = at.required("after");
    const auto law = after ? after->distribution() : std::nullopt;
    if (const auto share = at.member("share")) {
        const auto ppm = share->share_ppm();
        if (!ppm) return std::nullopt;
        failure.share_ppm = *ppm;
    }
    if (!law) return std::nullopt;
    failure.after = *law;
    return failure;
}

Entry read_entry(const Reader& at, ScenarioBuilder& builder) {
    Spec& spec = builder.spec;
    Entry entry;
    const auto law = [&](std::string_view key) {
        const auto there = at.member(key);
        return there ? there->distribution() : std::nullopt;
    };
    entry.ready = law("ready");
    entry.run_time = law("runTime");
    entry.init_time = law("initTime");
    entry.stop_time = law("stopTime");
    if (const auto there = at.member("failureRate")) entry.failure_rate_ppm = there->share_ppm();
    if (const auto there = at.member("livenessFailure"))
        entry.liveness_failure = read_failure(*there, keys::container_failure);
    if (const auto there = at.member("exit")) {
        constexpr std::int64_t largest_exit_code = 255;
        entry.exit = read_failure(*there, keys::container_exit);
        if (entry.exit)
            entry.exit_code = static_cast<std::int32_t>(there->integer("code", 0, largest_exit_code).value_or(1));
    }
    if (const auto there = at.member("initFailure")) entry.init_failure_ppm = there->share_ppm();
    constexpr std::int64_t exit_code_max = 255;
    entry.failure_exit_code = at.integer("failureExitCode", 1, exit_code_max);
    if (const auto there = at.member("usage")) {
        if (auto usage = read_usage(*there)) {
            entry.usage = UsageIx::of(spec.usages.size());
            spec.usages.push_back(std::move(*usage));
        }
    }
    if (const auto there = at.member("imageSize")) entry.image_size = read_image_size(*there);
    entry.outside = read_outside_uses(at, builder);
    entry.dns = read_dns_lookups(at);
    entry.needs_cluster_dns = at.boolean("needsClusterDns").value_or(false);
    if (const auto there = at.member("logs")) entry.log_bytes_per_second = read_bytes_per_second(*there);
    if (const auto there = at.member("disk")) entry.disk_bytes = there->quantity(QuantityUnit::whole);
    if (const auto there = at.member("emptyDirs"); there && there->expect_map()) {
        for (const auto& [name, amount] : there->members())
            entry.empty_dirs[name] = amount.quantity(QuantityUnit::whole).value_or(0);
    }
    return entry;
}

// What is in a volume is a part of all that the pod has on the disk.
void fill_empty_dirs(const Entry& entry, PodTemplate& pod) {
    for (EmptyDir& dir : pod.empty_dirs) {
        const auto said = entry.empty_dirs.find(dir.name);
        if (said == entry.empty_dirs.end()) continue;
        pod.disk_bytes += said->second - dir.used;
        dir.used = said->second;
    }
}

void lay_over(const Entry& entry, WorkloadIx workload, ScenarioBuilder& builder, Progress& progress) {
    const Workload& row = builder.spec.workloads[workload.value];
    PodTemplate& pod = builder.spec.templates[row.pod_template.value];
    Said& said = progress.said[workload.value];
    if (entry.ready) {
        pod.ready_after = *entry.ready;
        said.ready = true;
    }
    if (entry.run_time && can_end(row, pod)) {
        pod.run_time = *entry.run_time;
        pod.runs_to_completion = true;
        said.run_time = true;
    }
    if (entry.init_time) {
        pod.init_run_time = *entry.init_time;
        said.init_time = true;
    }
    if (entry.stop_time) {
        pod.stop_time = *entry.stop_time;
        said.stop_time = true;
    }
    if (entry.failure_rate_ppm) pod.failure_rate_ppm = *entry.failure_rate_ppm;
    if (entry.liveness_failure) pod.liveness_failure = *entry.liveness_failure;
    if (entry.exit) {
        pod.exit = *entry.exit;
        pod.exit_code = entry.exit_code;
    }
    if (entry.init_failure_ppm) pod.init_failure_ppm = *entry.init_failure_ppm;
    if (entry.failure_exit_code) pod.failure_exit_code = static_cast<std::int32_t>(*entry.failure_exit_code);
    if (entry.usage) pod.usage = *entry.usage;
    if (entry.needs_cluster_dns && !ends_by_itself(row, pod))
        builder.need_names(workload, "resolves a name through the cluster's DNS");
    if (entry.dns) lay_over(*entry.dns, workload, builder);
    if (entry.log_bytes_per_second) pod.log_bytes_per_second = *entry.log_bytes_per_second;
    if (entry.disk_bytes) {
        pod.disk_bytes = *entry.disk_bytes;
        for (EmptyDir& dir : pod.empty_dirs) dir.used = 0;
    }
    fill_empty_dirs(entry, pod);
    // A later entry says it anew.
    std::vector<OutsideUse>& uses = builder.spec.outside.uses;
    if (!entry.outside.empty()) std::erase_if(uses, [&](const OutsideUse& use) { return use.workload == workload; });
    for (OutsideUse use : entry.outside) {
        use.workload = workload;
        uses.push_back(use);
    }
    if (!entry.image_size) return;
    const auto size_images = [&](const std::vector<ContainerSpec>& containers) {
        for (const ContainerSpec& container : containers) {
            if (!container.image) continue;  // its name was refused
            Image& image = builder.spec.images[container.image.value];
            image.compressed_bytes = entry.image_size->compressed_bytes;
            image.unpacked_bytes = entry.image_size->unpacked_bytes;
            progress.image_size_said[container.image.value] = true;
        }
    };
    size_images(pod.containers);
    size_images(pod.init_containers);
}

// A run time for pods that never end, or a failure rate without runs, is a slip that would go unnoticed.
void check_use(const Reader& at, const Entry& entry, const std::vector<WorkloadIx>& named,
               const ScenarioBuilder& builder) {
    bool any_ends = false;
    bool any_serves = false;
    bool any_is_probed = false;
    bool any_has_init = false;
    const auto is_probed = [](const ContainerSpec& c) { return c.liveness.is_set; };
    for (const WorkloadIx workload : named) {
        const Workload& row = builder.spec.workloads[workload.value];
        const PodTemplate& pod = builder.spec.templates[row.pod_template.value];
        any_ends = any_ends || can_end(row, pod);
        any_serves = any_serves || !ends_by_itself(row, pod);
        any_is_probed = any_is_probed || std::ranges::any_of(pod.containers, is_probed) ||
                        std::ranges::any_of(pod.init_containers, is_probed);
        any_has_init = any_has_init ||
                       std::ranges::any_of(pod.init_containers, [](const ContainerSpec& c) { return !c.is_sidecar; });
    }
    const auto refuse = [&](std::string_view key, std::string_view why, std::string_view hint) {
        const Reader field = *at.member(key);
        field.complain(Rule::not_supported, fmt::format("{} has no effect: {}", field.title(), why), std::string(hint));
    };
    constexpr std::string_view never_end = "these pods run until they are told to stop";
    constexpr std::string_view for_tasks = "it is for Jobs, CronJobs and Pods with restartPolicy Never or OnFailure";
    for (const auto& [name, bytes] : entry.empty_dirs) {
        const bool is_there = std::ranges::any_of(named, [&](WorkloadIx workload) {
            const auto& dirs = builder.spec.template_of(workload).empty_dirs;
            return std::ranges::find(dirs, name, &EmptyDir::name) != dirs.end();
        });
        if (is_there) continue;
        const Reader dirs = *at.member("emptyDirs");
        dirs.complain_at_key(name, Rule::matches_nothing,
                             fmt::format("{}: these pods have no emptyDir \"{}\" on the disk", dirs.title(), name),
                             "one with medium Memory counts as memory: see `usage`");
    }
    if (entry.run_time && !any_ends) refuse("runTime", never_end, for_tasks);
    if (entry.failure_exit_code && !any_ends) refuse("failureExitCode", never_end, for_tasks);
    if (entry.failure_rate_ppm && !any_ends) refuse("failureRate", never_end, for_tasks);
    if (entry.liveness_failure && !any_is_probed)
        refuse("livenessFailure", "no container of these pods has a livenessProbe, so that nobody would notice",
               "exit says when a container ends by itself");
    if (entry.exit && !any_serves)
        refuse("exit", "these pods run to their end anyway", "failureRate says how often they fail");
    if (entry.init_failure_ppm && !any_has_init) refuse("initFailure", "these pods have no init containers", "");
    if (entry.ready && !any_serves)
        refuse("ready", "pods that run to their end are not waited for to become ready",
               "runTime says how long they run");
    if (entry.needs_cluster_dns && !any_serves)
        refuse("needsClusterDns", "pods that run to their end are not waited for to become ready",
               "it is for pods that serve");
}

// Lists assumptions shortly: one line for all workloads of a kind and namespace where they all share it.
class AssumedFor {
  public:
    AssumedFor(ScenarioBuilder& builder, std::string field, std::string value, std::string rule)
        : builder_(builder), field_(std::move(field)), value_(std::move(value)), rule_(std::move(rule)) {}

    void count(WorkloadIx workload, bool is_assumed) {
        const Workload& row = builder_.spec.workloads[workload.value];
        Group& group = groups_[fmt::format("{}/{}", kind_name(row.kind), row.namespace_name)];
        ++group.members;
        if (is_assumed) group.assumed.push_back(workload);
    }

    void list() const {
        for (const auto& [prefix, group] : groups_) {
            if (group.assumed.size() > 1 && group.assumed.size() == group.members) {
                builder_.assume(fmt::format("{} of {}/*", field_, prefix), value_, rule_);
                continue;
            }
            for (const WorkloadIx workload : group.assumed)
                builder_.assume(fmt::format("{} of {}", field_, builder_.title_of(workload)), value_, rule_);
        }
    }

  private:
    struct Group {
        std::size_t members = 0;
        std::vector<WorkloadIx> assumed;
    };
    ScenarioBuilder& builder_;
    std::string field_;
    std::string value_;
    std::string rule_;
    std::map<std::string, Group> groups_;
};

constexpr std::string_view guess = "a guess";

void fill_in_defaults(ScenarioBuilder& builder, const Progress& progress) {
    const DefaultBehaviour& defaults = builder.defaults;
    const auto mean_of = [](const sim::Distribution& law) { return sim::to_text(law.mean()); };
    AssumedFor ready(builder, "ready", mean_of(defaults.ready), std::string(guess));
    AssumedFor run_time(builder, "runTime", mean_of(defaults.run_time), std::string(guess));
    AssumedFor init_time(builder, "initTime", mean_of(defaults.init_time), std::string(guess));
    AssumedFor stop_time(builder, "stopTime", mean_of(defaults.stop_time), std::string(guess));
    AssumedFor startup(builder, "startupProbe", "answers as soon as the container would be ready", std::string(guess));
    for (std::uint32_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx workload{i};
        const Workload& row = builder.spec.workloads[i];
        PodTemplate& pod = builder.spec.templates[row.pod_template.value];
        const Said& said = progress.said[i];
        const bool ends = ends_by_itself(row, pod);
        const bool has_plain_init = std::any_of(pod.init_containers.begin(), pod.init_containers.end(),
                                                [](const ContainerSpec& c) { return !c.is_sidecar; });
        // KUBELET-39: without a probe a running container is ready, so nothing needs to be guessed.
        const bool is_probed = std::any_of(pod.containers.begin(), pod.containers.end(),
                                           [](const ContainerSpec& c) { return c.has_readiness_probe; });
        const bool ready_is_open = !ends && !said.ready && (is_probed || defaults.ready_is_said);
        if (ready_is_open) pod.ready_after = defaults.ready;
        if (ends && !said.run_time) pod.run_time = defaults.run_time;
        if (has_plain_init && !said.init_time) pod.init_run_time = defaults.init_time;
        if (!said.stop_time) pod.stop_time = defaults.stop_time;
        if (!ends) ready.count(workload, ready_is_open && !defaults.ready_is_said);
        if (ends) run_time.count(workload, !said.run_time && !defaults.run_time_is_said);
        if (has_plain_init) init_time.count(workload, !said.init_time && !defaults.init_time_is_said);
        stop_time.count(workload, !said.stop_time && !defaults.stop_time_is_said);
        if (!ends && std::ranges::any_of(pod.containers, [](const ContainerSpec& c) { return c.startup.is_set; }))
            startup.count(workload, true);
    }
    ready.list();
    run_time.list();
    init_time.list();
    stop_time.list();
    startup.list();

    std::int64_t images_assumed = 0;
    for (std::size_t i = 0; i < builder.spec.images.size(); ++i) {
        if (progress.image_size_said[i]) continue;
        builder.spec.images[i].compressed_bytes = defaults.image_compressed_bytes;
        builder.spec.images[i].unpacked_bytes = defaults.image_unpacked_bytes;
        ++images_assumed;
    }
    if (images_assumed > 0 && !defaults.image_size_is_said) {
        builder.assume(fmt::format("imageSize of {} images", images_assumed),
                       fmt::format("{}Mi, {}Mi unpacked", defaults.image_compressed_bytes / mebibyte,
                                   defaults.image_unpacked_bytes / mebibyte),
                       std::string(guess));
    }
}

// What else is on the disks and in the memories that pods fill.
void list_system_use(ScenarioBuilder& builder) {
    const Spec& spec = builder.spec;
    const bool pods_write = std::ranges::any_of(
        spec.templates, [](const PodTemplate& t) { return t.log_bytes_per_second > 0 || t.disk_bytes > 0; });
    if (pods_write && !builder.system_disk_is_said)
        builder.assume("assume.systemDisk", fmt::format("{}Mi", spec.system_disk_bytes / mebibyte), std::string(guess));
    if (std::ranges::any_of(spec.usages, &Usage::states_memory) && !builder.system_memory_is_said)
        builder.assume("assume.systemMemory", fmt::format("{}Mi", spec.system_memory_bytes / mebibyte),
                       std::string(guess));
}

}  // namespace

void read_behaviour(const std::optional<Reader>& behaviour, ScenarioBuilder& builder) {
    Progress progress;
    progress.said.resize(builder.spec.workloads.size());
    progress.image_size_said.resize(builder.spec.images.size());
    if (behaviour) {
        for (const Reader& at : behaviour->items()) {
            if (!at.expect_map()) continue;
            at.refuse_unknown_members(keys::behaviour);
            const Entry entry = read_entry(at, builder);
            const auto target = at.required("for");
            const auto named = target ? builder.workloads_named_by(*target) : std::vector<WorkloadIx>{};
            if (named.empty()) continue;
            check_use(at, entry, named, builder);
            for (const WorkloadIx workload : named) lay_over(entry, workload, builder, progress);
        }
    }
    fill_in_defaults(builder, progress);
    check_outside(behaviour, builder);
    if (!builder.spec.dns.uses.empty() && !builder.dns_capacity_is_said)
        builder.assume("assume.dnsQueriesPerSecond",
                       fmt::format("{} for each pod", builder.spec.dns.queries_per_second_of_server),
                       "a guess (DNS-4)");
    list_system_use(builder);
}

}  // namespace eks
