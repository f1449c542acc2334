#include "models/scenario/telemetry.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/kubernetes/monitors.hpp"
#include "models/scenario/kubernetes/prometheus_selection.hpp"
#include "models/scenario/rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace eks {
namespace {

constexpr std::array<std::string_view, 4> scope_names{"all", "own-node", "own-pod", "shared"};
constexpr std::array<std::string_view, 4> volume_names{"the container's own file system", "an emptyDir", "a hostPath",
                                                       "a persistent volume"};
constexpr std::int64_t samples_most = 10'000'000;
constexpr std::string_view guess = "a guess";

// What nobody says. Prometheus scrapes each minute, and so do Grafana Alloy and the receiver of the OpenTelemetry
// collector; the Prometheus operator has it scrape each half minute.
constexpr sim::Duration default_interval = sim::Duration::seconds(60);
// Of an endpoint of an application: a runtime's and a web framework's own metrics.
constexpr std::int64_t default_samples = 300;

struct Said {
    std::optional<ScrapeScope> scope;
    std::string container;
    std::optional<sim::Duration> interval;
    std::optional<std::int64_t> samples;
    std::optional<sim::Duration> batch;
    std::optional<std::int32_t> sends_milli;
    std::optional<sim::Duration> keeps;
    std::optional<std::int32_t> cut_ppm;
    std::optional<std::string> volume;
    std::vector<WorkloadIx> targets;
    std::optional<Reader> at;
};

std::optional<Reader> follow(std::optional<Reader> at, std::initializer_list<std::string_view> path) {
    for (const std::string_view key : path) {
        if (!at || !at->is_map()) return std::nullopt;
        at = at->member(key);
    }
    return at;
}

std::optional<Reader> pod_holder_of(const Reader& object, WorkloadKind kind) {
    if (kind == WorkloadKind::pod) return object;
    if (kind == WorkloadKind::cron_job) return follow(object, {"spec", "jobTemplate", "spec", "template"});
    return follow(object, {"spec", "template"});
}

bool asks_to_be_scraped(const std::optional<Reader>& object) {
    const auto annotation = follow(object, {"metadata", "annotations", "prometheus.io/scrape"});
    if (!annotation || !annotation->is_text()) return false;
    annotation->mark_used();
    return annotation->value().text == "true";
}

// --- where the write-ahead log lies

std::optional<WalVolume> kind_of_volume(const Reader& volume) {
    if (volume.has("persistentVolumeClaim")) return WalVolume::persistent;
    if (volume.has("emptyDir") || volume.has("ephemeral")) return WalVolume::empty_dir;
    if (volume.has("hostPath")) return WalVolume::host_path;
    return std::nullopt;
}

struct FoundVolume {
    std::string name;
    WalVolume kind = WalVolume::container;
};

// A claim, else an emptyDir; a hostPath counts where it is named alone, since agents have those to read the node.
FoundVolume find_volume(const Reader& object, WorkloadKind kind, const std::optional<std::string>& name) {
    std::vector<FoundVolume> volumes;
    if (const auto spec = object.member("spec"); spec && spec->is_map()) {
        for (const Reader& claim : spec->items("volumeClaimTemplates")) {
            const auto called = follow(claim, {"metadata", "name"});
            volumes.push_back({called && called->is_text() ? called->value().text : "", WalVolume::persistent});
        }
    }
    if (const auto spec = follow(pod_holder_of(object, kind), {"spec"}); spec && spec->is_map()) {
        for (const Reader& volume : spec->items("volumes")) {
            if (!volume.is_map()) continue;
            if (const auto found = kind_of_volume(volume))
                volumes.push_back({volume.text("name").value_or(""), *found});
        }
    }
    if (name) {
        const auto named = std::ranges::find(volumes, *name, &FoundVolume::name);
        return named == volumes.end() ? FoundVolume{} : *named;
    }
    for (const WalVolume wanted : {WalVolume::persistent, WalVolume::empty_dir}) {
        const auto first = std::ranges::find(volumes, wanted, &FoundVolume::kind);
        if (first != volumes.end()) return *first;
    }
    return {};
}

class TelemetryReading {
  public:
    TelemetryReading(ScenarioBuilder& builder, bool is_later)
        : builder_(builder), is_later_(is_later), said_(builder.spec.workloads.size()) {}

    void read(const Reader& entry) {
        const auto at = entry.member("telemetry");
        if (!at || !at->expect_map()) return;
        at->refuse_unknown_members(keys::telemetry);
        const auto target = entry.member("for");
        if (!target || !target->is_text()) return;
        Said said;
        said.at = at;
        if (const auto scrapes = at->member("scrapes")) {
            if (const auto which = scrapes->one_of(scope_names)) said.scope = static_cast<ScrapeScope>(*which);
        }
        said.container = at->text("container").value_or("");
        if (const auto interval = at->member("interval")) said.interval = read_scrape_interval(*interval);
        said.samples = at->integer("samples", 1, samples_most);
        said.batch = at->duration("batch");
        if (const auto sends = at->member("sends")) {
            said.sends_milli = read_rate_milli(*sends);
            if (said.sends_milli == 0)
                sends->complain(Rule::out_of_range, fmt::format("{}: an agent that sends nothing", sends->title()),
                                "a backend that takes nothing for a while is the fault telemetry-backend-outage");
        }
        if (const auto log = at->member("writeAheadLog"); log && log->expect_map()) {
            log->refuse_unknown_members(keys::write_ahead_log);
            said.keeps = positive(*log, "keeps");
            if (const auto cut = log->member("cut")) said.cut_ppm = cut->share_ppm();
            said.volume = log->text("volume");
        }
        for (const Reader& one : at->items("targets")) {
            for (const WorkloadIx ix : builder_.workloads_named_by(one)) {
                if (std::ranges::find(said.targets, ix) == said.targets.end()) said.targets.push_back(ix);
            }
        }
        check(*at, said);
        for (const WorkloadIx ix : builder_.workloads_matching(target->value().text)) lay_over(said, ix);
    }

    void finish() {
        std::vector<WorkloadIx> agents;
        for (std::uint32_t i = 0; i < said_.size(); ++i) {
            if (said_[i].scope) agents.push_back(WorkloadIx{i});
        }
        if (agents.empty()) return;
        endpoints_ = read_monitors(builder_);
        find_annotated();
        for (const WorkloadIx ix : agents) add_agent(ix, said_[ix.value]);
        list_guesses();
    }

  private:
    static std::optional<sim::Duration> positive(const Reader& at, std::string_view key) {
        const auto there = at.member(key);
        const auto duration = there ? there->duration() : std::nullopt;
        if (!duration || *duration > sim::Duration::zero()) return duration;
        there->complain(Rule::out_of_range, fmt::format("{} must be longer than zero", there->title()));
        return std::nullopt;
    }

    static void check(const Reader& at, const Said& said) {
        const bool is_sidecar = said.scope == ScrapeScope::own_pod;
        if (is_sidecar && said.container.empty())
            at.complain(Rule::missing_field,
                        fmt::format("{} is a sidecar, and does not say which container", at.title()),
                        "add container: its name");
        if (!said.container.empty() && !is_sidecar)
            at.complain_at_key("container", Rule::contradictory_fields,
                               fmt::format("{}: container goes with scrapes: own-pod", at.title()));
        if (is_sidecar && !said.targets.empty())
            at.complain_at_key("targets", Rule::contradictory_fields,
                               fmt::format("{}: a sidecar scrapes its own pod", at.title()));
        const TelemetryAgent usual;
        const sim::Duration batch = said.batch.value_or(usual.batch);
        const sim::Duration keeps = said.keeps.value_or(usual.keeps);
        if (keeps < batch)
            at.complain_at_key(
                said.keeps ? "writeAheadLog" : "batch", Rule::contradictory_fields,
                fmt::format("{}: samples leave the log after {}, before a batch of them is sent after {}", at.title(),
                            sim::to_text(keeps), sim::to_text(batch)),
                "a log that keeps for longer, or a shorter batch");
        if (said.scope) return;
        for (const std::string_view key : {"batch", "sends", "writeAheadLog", "targets", "interval"}) {
            if (at.has(key))
                at.complain_at_key(key, Rule::missing_field, fmt::format("{}: {} is an agent's", at.title(), key),
                                   "add scrapes: own-node, all, shared or own-pod");
        }
    }

    void lay_over(const Said& said, WorkloadIx ix) {
        Said& all = said_[ix.value];
        if (said.scope) {
            const auto samples = all.samples;
            all = said;
            if (!all.samples) all.samples = samples;
            return;
        }
        if (said.samples) all.samples = said.samples;
    }

    // One endpoint each, unless a monitor knows of some.
    void find_annotated() {
        const Spec& spec = builder_.spec;
        std::vector<WorkloadIx> annotated;
        for (std::uint32_t i = 0; i < spec.workloads.size(); ++i) {
            const WorkloadIx ix{i};
            if (!asks_to_be_scraped(pod_holder_of(builder_.object_of(ix), spec[ix].kind))) continue;
            annotated.push_back(ix);
            if (!spec[ix].is_addon) builder_.list_ignored_anew(builder_.title_of(ix), builder_.object_of(ix).value());
        }
        for (std::size_t s = 0; s < spec.services.size(); ++s) {
            if (!asks_to_be_scraped(builder_.service_objects[s])) continue;
            annotated.insert(annotated.end(), spec.services[s].to.begin(), spec.services[s].to.end());
            builder_.list_ignored_anew(
                fmt::format("Service/{}/{}", spec.services[s].namespace_name, spec.services[s].name),
                builder_.service_objects[s].value());
        }
        for (const WorkloadIx ix : annotated) {
            if (std::ranges::find(endpoints_, ix, &MonitoredEndpoint::pods) == endpoints_.end())
                endpoints_.push_back({ix, sim::Duration::zero()});
        }
    }

    void add_agent(WorkloadIx ix, const Said& said) {
        const std::string title = builder_.title_of(ix);
        TelemetryAgent agent;
        agent.pods = ix;
        agent.scope = *said.scope;
        agent.container = said.container;
        check_container(ix, said);
        agent.batch = said.batch.value_or(agent.batch);
        agent.keeps = said.keeps.value_or(agent.keeps);
        agent.sends_milli_per_second = said.sends_milli.value_or(agent.sends_milli_per_second);
        agent.cut_ppm = said.cut_ppm.value_or(agent.cut_ppm);
        const FoundVolume volume = find_volume(builder_.object_of(ix), builder_.spec[ix].kind, said.volume);
        agent.volume = volume.kind;
        if (said.volume && volume.name != *said.volume && !is_later_)
            said.at->complain(Rule::matches_nothing,
                              fmt::format("{}.writeAheadLog.volume: {} has no volume \"{}\" that a log can lie on",
                                          said.at->title(), title, *said.volume),
                              "an emptyDir, a hostPath or a claim; leave it out for the container's own file system");
        if (!said.volume)
            builder_.assume(fmt::format("telemetry.writeAheadLog.volume of {}", title),
                            fmt::format("{}{}{}", volume_names[static_cast<std::size_t>(volume.kind)],
                                        volume.name.empty() ? "" : ": ", volume.name),
                            "the only kind of volume that a log can lie on, a claim before an emptyDir");
        const sim::Duration interval = said.interval.value_or(default_interval);
        for (const MonitoredEndpoint& endpoint : endpoints_of(agent, said)) {
            const bool is_own = endpoint.interval == sim::Duration::zero();
            if (is_own && !said.interval) no_interval_.push_back(title);
            agent.targets.push_back({endpoint.pods, is_own ? interval : endpoint.interval, samples_of(endpoint.pods)});
        }
        if (agent.targets.empty())
            said.at->warn(Rule::unused_setting, fmt::format("{}: {} has nothing to scrape", said.at->title(), title),
                          "give pods the annotation prometheus.io/scrape, a ServiceMonitor or PodMonitor, or name them "
                          "as `targets`");
        if (!said.cut_ppm && agent.volume != WalVolume::container)
            builder_.assume(fmt::format("telemetry.writeAheadLog.cut of {}", title),
                            fmt::format("{}%", agent.cut_ppm / 10'000), std::string(guess));
        if (!said.sends_milli)
            builder_.assume(fmt::format("telemetry.sends of {}", title),
                            fmt::format("{}/s", agent.sends_milli_per_second / 1000), std::string(guess));
        builder_.spec.telemetry.agents.push_back(std::move(agent));
    }

    void check_container(WorkloadIx ix, const Said& said) const {
        if (said.container.empty() || is_later_) return;
        const PodTemplate& pod = builder_.spec.template_of(ix);
        for (const auto* list : {&pod.containers, &pod.init_containers}) {
            if (std::ranges::find(*list, said.container, &ContainerSpec::name) != list->end()) return;
        }
        const Reader at = *said.at->member("container");
        at.complain(Rule::matches_nothing, fmt::format("{}: the pods of {} have no container \"{}\"", at.title(),
                                                       builder_.title_of(ix), said.container));
    }

    // All that there are, or that its Prometheus object selects, or those of the targets that are named, each with one
    // at least.
    std::vector<MonitoredEndpoint> endpoints_of(const TelemetryAgent& agent, const Said& said) {
        std::vector<WorkloadIx> targets = said.targets;
        if (agent.scope == ScrapeScope::own_pod) targets = {agent.pods};
        const OperatedPrometheus* prometheus = prometheus_of(agent.pods, builder_);
        const std::vector<MonitoredEndpoint> known =
            prometheus == nullptr ? endpoints_ : endpoints_selected(*prometheus, endpoints_, said.interval, builder_);
        if (prometheus != nullptr && prometheus->stateful_sets.size() > 1)
            builder_.assume(fmt::format("telemetry.targets of {}", builder_.title_of(agent.pods)),
                            "all that its object selects", "how shards share targets out is not modelled");
        if (targets.empty()) return known;
        std::vector<MonitoredEndpoint> chosen;
        for (const WorkloadIx ix : targets) {
            const std::size_t before = chosen.size();
            std::ranges::copy_if(known, std::back_inserter(chosen),
                                 [&](const MonitoredEndpoint& one) { return one.pods == ix; });
            if (chosen.size() == before) chosen.push_back({ix, sim::Duration::zero()});
        }
        return chosen;
    }

    std::int64_t samples_of(WorkloadIx ix) {
        if (const auto said = said_[ix.value].samples) return *said;
        no_samples_.push_back(builder_.title_of(ix));
        return default_samples;
    }

    // Each once.
    void list_guesses() {
        const auto list = [&](std::vector<std::string>& titles, std::string_view what, const std::string& value,
                              std::string_view rule) {
            std::ranges::sort(titles);
            const auto doubles = std::ranges::unique(titles);
            titles.erase(doubles.begin(), doubles.end());
            for (const std::string& title : titles)
                builder_.assume(fmt::format("telemetry.{} of {}", what, title), value, std::string(rule));
        };
        list(no_interval_, "interval", sim::to_text(default_interval),
             "the default of Prometheus, Grafana Alloy and the OpenTelemetry collector");
        list(no_samples_, "samples", fmt::format("{} of an endpoint", default_samples), guess);
    }

    ScenarioBuilder& builder_;
    bool is_later_;
    std::vector<Said> said_;  // by WorkloadIx
    std::vector<MonitoredEndpoint> endpoints_;
    std::vector<std::string> no_interval_;
    std::vector<std::string> no_samples_;
};

}  // namespace

void read_telemetry(const std::optional<Reader>& behaviour, ScenarioBuilder& builder, bool is_later) {
    TelemetryReading reading(builder, is_later);
    if (behaviour && behaviour->is_list()) {
        for (const Reader& entry : behaviour->items()) {
            if (entry.is_map()) reading.read(entry);
        }
    }
    reading.finish();
}

}  // namespace eks
