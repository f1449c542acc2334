#include "models/scenario/timeline.hpp"

#include "models/scenario/faults.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/revisions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace eks {

namespace {

// "1h and 2h", or a list of two durations.
struct Stretch {
    sim::Duration from;
    sim::Duration until;
};

std::optional<Stretch> read_between(const Reader& at) {
    std::optional<sim::Duration> from;
    std::optional<sim::Duration> until;
    if (at.is_list()) {
        const auto items = at.items();
        if (items.size() == 2) {
            from = items[0].duration();
            until = items[1].duration();
            if (!from || !until) return std::nullopt;
        }
    } else if (at.is_text()) {
        constexpr std::string_view separator = " and ";
        const std::string text = *at.text();
        const std::size_t middle = text.find(separator);
        if (middle != std::string::npos) {
            from = sim::parse_duration(std::string_view(text).substr(0, middle));
            until = sim::parse_duration(std::string_view(text).substr(middle + separator.size()));
        }
    }
    if (!from || !until) {
        at.complain(Rule::bad_duration,
                    fmt::format("{} is {}, which is not a stretch of time", at.title(), shown(at.value())),
                    "write it as: 1h and 2h");
        return std::nullopt;
    }
    if (*until <= *from) {
        at.complain(Rule::out_of_range, fmt::format("{} ends before it starts", at.title()));
        return std::nullopt;
    }
    return Stretch{*from, *until};
}

// The instants at which an entry acts: one for `at`, many for `every`.
std::vector<sim::Duration> read_times(const Reader& entry, sim::Duration run_length) {
    const auto at = entry.member("at");
    const auto every = entry.member("every");
    const auto between = entry.member("between");
    if (at && (every || between)) {
        entry.complain(Rule::contradictory_fields,
                       fmt::format("{} states both \"at\" and \"{}\"", entry.title(), every ? "every" : "between"),
                       "keep one of them");
        return {};
    }
    if (at) {
        const auto time = at->duration();
        if (time && *time >= run_length) {
            at->warn(Rule::unused_setting,
                     fmt::format("{} lies at or after the end of the run ({})", at->title(), sim::to_text(run_length)));
        }
        return time ? std::vector{*time} : std::vector<sim::Duration>{};
    }
    Stretch stretch{sim::Duration::zero(), run_length};
    if (between) {
        const auto read = read_between(*between);
        if (!read) return {};
        stretch = *read;
        if (!every) return {stretch.from};
    }
    if (!every) {
        entry.complain(Rule::missing_field, fmt::format("{} does not say when", entry.title()),
                       "add at: 30m, every: 1h, or between: 1h and 2h");
        return {};
    }
    const auto period = every->duration();
    if (!period) return {};
    if (period->us() == 0) {
        every->complain(Rule::out_of_range, fmt::format("{} must be longer than zero", every->title()));
        return {};
    }
    const sim::Duration end = std::min(stretch.until, run_length);
    if (end > stretch.from && (end - stretch.from) / *period > limits::timeline_actions) {
        every->complain(Rule::beyond_reason,
                        fmt::format("{} makes more than {} actions", every->title(), limits::timeline_actions));
        return {};
    }
    // Without a start of its own the first one comes after one period, as `every` says.
    std::vector<sim::Duration> times;
    for (sim::Duration time = between ? stretch.from : *period; time < end; time += *period) times.push_back(time);
    return times;
}

// One thing to do at one instant.
struct Step {
    sim::Duration at;
    std::int64_t order = 0;  // of the entry in the file; what comes from outside comes before all that is due then
    bool is_from_outside = false;
    TimelineKind kind = TimelineKind::scale;
    WorkloadIx workload;
    std::int32_t replicas = 0;
    Fault fault;
    std::optional<sim::Duration> lasts;
    std::size_t change = 0;  // of ObjectHistory
    bool ends_change = false;
    std::uint32_t revision = 0;
    NodeGroupIx group;
    bool is_forced = false;
    std::uint32_t object = 0;
};

bool is_before(const Step& a, const Step& b) { return a.at != b.at ? a.at < b.at : a.order < b.order; }

bool can_scale(WorkloadKind kind) {
    return kind == WorkloadKind::deployment || kind == WorkloadKind::replica_set || kind == WorkloadKind::stateful_set;
}

// Refuses what later models will do. True if the entry has been dealt with.
bool refuse_what_is_not_modelled(const Reader& entry) {
    if (!entry.has("drain")) return false;
    entry.complain_at_key(
        "drain", Rule::not_yet_modelled,
        fmt::format("{}: drain {} is not yet modelled", entry.title(), shown(entry.member("drain")->value())),
        "a timeline takes scale, apply, create, delete, upgrade and fault");
    return true;
}

void read_scale(const Reader& entry, const Reader& target, Step step, const std::vector<sim::Duration>& times,
                std::vector<Step>& steps, ScenarioBuilder& builder) {
    const auto replicas_at = entry.required("replicas");
    const auto replicas = replicas_at ? replicas_at->integer(0, limits::replicas_per_workload) : std::nullopt;
    const auto named = builder.workloads_named_by(target);
    if (!replicas) return;
    step.kind = TimelineKind::scale;
    step.replicas = static_cast<std::int32_t>(*replicas);
    for (const WorkloadIx workload : named) {
        const WorkloadKind kind = builder.spec.workloads[workload.value].kind;
        if (!can_scale(kind)) {
            target.complain(
                Rule::not_supported,
                fmt::format("{} names {}, which has no number of replicas", target.title(), builder.title_of(workload)),
                "scale works on Deployments, ReplicaSets and StatefulSets");
            return;
        }
        step.workload = workload;
        for (const sim::Duration time : times) {
            step.at = time;
            steps.push_back(step);
        }
    }
}

void read_delete(const Reader& entry, const Reader& target, Step step, const std::vector<sim::Duration>& times,
                 std::vector<Step>& steps, ScenarioBuilder& builder) {
    if (const auto replicas = entry.member("replicas")) {
        replicas->complain(Rule::contradictory_fields,
                           fmt::format("{} goes with scale, not with delete", replicas->title()));
    }
    step.kind = TimelineKind::remove;
    step.lasts.reset();
    for (const WorkloadIx workload : builder.workloads_named_by(target)) {
        step.workload = workload;
        for (const sim::Duration time : times) {
            step.at = time;
            steps.push_back(step);
        }
    }
}

// An Ingress or a Service of the AWS Load Balancer Controller, which makes a load balancer for it.
void read_create_balancers(const Reader& target, std::string_view selector, Step step,
                           const std::vector<sim::Duration>& times, std::vector<Step>& steps,
                           ScenarioBuilder& builder) {
    IdentityReading& read = builder.identity;
    const std::vector<BalancerObject>& known = read.balancer_objects;
    step.kind = TimelineKind::create_balancer;
    bool is_any = false;
    for (std::uint32_t i = 0; i < known.size(); ++i) {
        if (!matches_wildcard(selector, known[i].name)) continue;
        is_any = true;
        const auto there = std::ranges::find(read.made_later, i);
        step.object = static_cast<std::uint32_t>(there - read.made_later.begin());
        if (there == read.made_later.end()) read.made_later.push_back(i);
        for (const sim::Duration time : times) {
            step.at = time;
            steps.push_back(step);
        }
    }
    if (!is_any) {
        target.complain(Rule::matches_nothing,
                        fmt::format("{} names \"{}\", which is no object that the AWS Load Balancer Controller makes a "
                                    "load balancer for",
                                    target.title(), selector),
                        "Ingresses of class alb and Services of class service.k8s.aws/nlb, or with the annotation "
                        "aws-load-balancer-type: external, can be created; they stand among the manifests");
    } else if (!builder.spec.identity.balancer_controller.valid()) {
        target.complain(Rule::not_supported,
                        fmt::format("{} names {}, and no workload runs aws-load-balancer-controller: nobody would make "
                                    "its load balancer",
                                    target.title(), selector),
                        "add the manifests of the controller");
    }
}

// The object is not there before: what the manifests say of it is what is created.
void read_create(const Reader& entry, const Reader& target, Step step, const std::vector<sim::Duration>& times,
                 std::vector<Step>& steps, ScenarioBuilder& builder) {
    if (const auto replicas = entry.member("replicas")) {
        replicas->complain(Rule::contradictory_fields,
                           fmt::format("{} goes with scale, not with create", replicas->title()));
    }
    if (step.is_from_outside) {
        entry.complain(Rule::not_supported, fmt::format("{}: a run that has begun takes no new objects", entry.title()),
                       "put create into the scenario's timeline");
        return;
    }
    step.kind = TimelineKind::create;
    step.lasts.reset();
    const std::string selector = target.text().value_or("");
    if (selector.starts_with("Ingress/") || selector.starts_with("Service/"))
        return read_create_balancers(target, selector, step, times, steps, builder);
    for (const WorkloadIx workload : builder.workloads_named_by(target)) {
        step.workload = workload;
        std::vector<WorkloadIx>& later = builder.spec.made_later;
        if (std::ranges::find(later, workload) == later.end()) later.push_back(workload);
        for (const sim::Duration time : times) {
            step.at = time;
            steps.push_back(step);
        }
    }
}

// Node groups are named as NodeGroup/name. One that EKS does not manage has nobody who would replace its nodes.
std::vector<NodeGroupIx> groups_named_by(const Reader& target, const ScenarioBuilder& builder) {
    const auto text = target.text();
    if (!text) return {};
    std::vector<NodeGroupIx> named;
    std::vector<std::string> titles;
    for (std::size_t i = 0; i < builder.spec.node_groups.size(); ++i) {
        titles.push_back("NodeGroup/" + builder.spec.node_groups[i].name);
        if (matches_wildcard(*text, titles.back())) named.push_back(NodeGroupIx::of(i));
    }
    if (named.empty()) {
        const std::vector<std::string_view> known(titles.begin(), titles.end());
        target.complain(Rule::unknown_node_group,
                        fmt::format("{} is \"{}\", which is no node group", target.title(), *text),
                        text->starts_with("NodeGroup/") ? did_you_mean(*text, known) : "write it as NodeGroup/workers");
    }
    for (const NodeGroupIx group : named) {
        if (builder.spec[group].is_managed) continue;
        target.complain(
            Rule::not_supported,
            fmt::format("{} names {}, whose nodes EKS does not manage", target.title(), titles[group.value]),
            "put the group under managedNodeGroups: only those have updates that replace their nodes");
        return {};
    }
    return named;
}

void read_upgrade(const Reader& entry, const Reader& target, Step step, const std::vector<sim::Duration>& times,
                  std::vector<Step>& steps, ScenarioBuilder& builder) {
    if (const auto replicas = entry.member("replicas")) {
        replicas->complain(Rule::contradictory_fields,
                           fmt::format("{} goes with scale, not with upgrade", replicas->title()));
    }
    step.kind = TimelineKind::upgrade;
    step.is_forced = entry.boolean("force").value_or(false);
    step.lasts.reset();
    for (const NodeGroupIx group : groups_named_by(target, builder)) {
        step.group = group;
        for (const sim::Duration time : times) {
            step.at = time;
            steps.push_back(step);
        }
    }
}

// A fault begins and ends; without a length it lasts to the end of the run. `between` alone is a length too.
void read_fault_steps(const Reader& entry, Step step, const std::vector<sim::Duration>& times, std::vector<Step>& steps,
                      ScenarioBuilder& builder) {
    if (entry.has("replicas")) {
        entry.complain_at_key("replicas", Rule::contradictory_fields,
                              fmt::format("{}: replicas goes with scale, not with fault", entry.title()));
    }
    const auto fault = read_fault(entry, builder);
    if (step.lasts && step.lasts->us() == 0) {
        entry.member("for")->complain(Rule::out_of_range,
                                      fmt::format("{} must be longer than zero", entry.member("for")->title()));
        return;
    }
    if (!fault) return;
    // DNS goes by the data path then, and so do connections, as far as they are seen.
    if (fault->kind == FaultKind::data_path_migration) builder.spec.data_paths.are_used = true;
    const auto between = entry.member("between");
    if (between && !entry.has("every") && !step.lasts) {
        if (const auto stretch = read_between(*between)) step.lasts = stretch->until - stretch->from;
    }
    if (fault->kind == FaultKind::kubelet_restart && !step.lasts) {
        step.lasts = builder.spec.latencies.kubelet_restart;
        builder.assume("how long a kubelet that is restarted is away", sim::to_text(*step.lasts), "a guess");
    }
    if (fault->kind == FaultKind::spot_storm && !step.lasts) {
        entry.complain(Rule::missing_field, fmt::format("{}: a storm needs a length", entry.title()), "add for: 20m");
        return;
    }
    const bool stops_machines = fault->kind == FaultKind::node_down || fault->kind == FaultKind::zone_outage;
    if (stops_machines && builder.spec.latencies.instance_impaired == Latencies{}.instance_impaired) {
        builder.assume("from the silence of a machine to the termination of its instance",
                       sim::to_text(builder.spec.latencies.instance_impaired), "a guess");
    }
    step.fault = *fault;
    if (fault->kind == FaultKind::container_crash && step.lasts) {
        step.fault.lasts = true;
        for (const std::string_view key : {"count", "share"}) {
            if (entry.has(key))
                entry.complain_at_key(
                    key, Rule::contradictory_fields,
                    fmt::format("{}: {} does not go with for: pods that start meanwhile are struck too", entry.title(),
                                key),
                    "leave for out, and the containers end once");
        }
    }
    if (fault->kind == FaultKind::spot_storm) step.fault.spread_us = step.lasts->us();
    for (const sim::Duration time : times) {
        step.fault.occurrence = static_cast<std::uint32_t>(steps.size());
        step.kind = TimelineKind::fault_begins;
        step.at = time;
        steps.push_back(step);
        if (!step.lasts) continue;
        step.kind = TimelineKind::fault_ends;
        step.at = time + *step.lasts;
        steps.push_back(step);
    }
}

void read_apply(const Reader& entry, Step step, const std::vector<sim::Duration>& times, std::vector<Step>& steps,
                ObjectHistory& objects) {
    step.kind = TimelineKind::change;
    step.change = objects.add(entry);
    if (times.empty()) {
        // It never takes effect, or nobody knows when; what is wrong with it is said all the same.
        objects.begin(step.change);
        objects.end(step.change);
    }
    for (const sim::Duration time : times) {
        step.at = time;
        steps.push_back(step);
        if (!step.lasts) continue;
        Step end = step;
        end.at = time + *step.lasts;
        end.ends_change = true;
        steps.push_back(end);
    }
}

// What one entry does, at these times.
void read_act(const Reader& entry, const Step& step, const std::vector<sim::Duration>& times, std::vector<Step>& steps,
              ObjectHistory& objects, ScenarioBuilder& builder) {
    std::vector<std::string_view> acts;
    for (const std::string_view act : {"scale", "apply", "create", "delete", "upgrade", "fault"}) {
        if (entry.has(act)) acts.push_back(act);
    }
    if (acts.size() > 1) {
        entry.complain(Rule::contradictory_fields,
                       fmt::format("{} states both {} and {}", entry.title(), acts[0], acts[1]),
                       "make two entries of it");
        return;
    }
    if (!entry.has("apply")) {
        for (const std::string_view key : keys::timeline_applied) {
            if (!entry.has(key)) continue;
            entry.complain_at_key(key, Rule::contradictory_fields,
                                  fmt::format("{}.{} goes with apply", entry.title(), key),
                                  "add apply: Kind/namespace/name");
        }
    }
    if (!entry.has("fault")) refuse_fault_words(entry);
    if (const auto target = entry.member("scale")) read_scale(entry, *target, step, times, steps, builder);
    if (entry.has("apply")) read_apply(entry, step, times, steps, objects);
    if (const auto target = entry.member("create")) read_create(entry, *target, step, times, steps, builder);
    if (const auto target = entry.member("delete")) read_delete(entry, *target, step, times, steps, builder);
    if (entry.has("force") && !entry.has("upgrade")) {
        entry.complain_at_key("force", Rule::contradictory_fields,
                              fmt::format("{}: force goes with upgrade", entry.title()));
    }
    if (const auto target = entry.member("upgrade")) read_upgrade(entry, *target, step, times, steps, builder);
    if (entry.has("fault")) read_fault_steps(entry, step, times, steps, builder);
    if (acts.empty() && !entry.has("name")) {
        entry.complain(
            Rule::missing_field, fmt::format("{} does nothing", entry.title()),
            "add scale, apply, create, delete, upgrade or fault, or a name and a for to name a stretch of time");
    }
}

// Changes of objects in the order of time, each with the revision that it puts in force and the replicas that it sets.
std::vector<Step> with_revisions(std::vector<Step> steps, ObjectHistory& objects) {
    std::ranges::stable_sort(steps, is_before);
    std::vector<Step> all;
    for (Step& step : steps) {
        if (step.kind != TimelineKind::change) {
            all.push_back(step);
            continue;
        }
        if (step.ends_change) {
            step.revision = objects.end(step.change);
            all.push_back(step);
            continue;
        }
        const ObjectHistory::Effect effect = objects.begin(step.change);
        step.revision = effect.revision;
        all.push_back(step);
        step.kind = TimelineKind::scale;
        for (const auto& [workload, replicas] : effect.replicas) {
            step.workload = workload;
            step.replicas = replicas;
            all.push_back(step);
        }
    }
    return all;
}

// A scale with a length goes back to what held before. "Before" is known once all steps stand in order of time.
std::vector<Step> with_returns(const std::vector<Step>& steps, const ScenarioBuilder& builder) {
    std::map<std::uint32_t, std::int32_t> replicas_now;
    std::vector<Step> returns;
    std::vector<Step> all;
    const auto now_of = [&](WorkloadIx workload) {
        return replicas_now.try_emplace(workload.value, builder.spec.workloads[workload.value].replicas).first;
    };
    const auto take = [&](const Step& step) {
        if (step.kind == TimelineKind::scale) {
            const auto now = now_of(step.workload);
            if (step.lasts) {
                Step back = step;
                back.at = step.at + *step.lasts;
                back.lasts.reset();
                back.replicas = now->second;
                returns.insert(std::upper_bound(returns.begin(), returns.end(), back, is_before), back);
            }
            now->second = step.replicas;
        }
        all.push_back(step);
    };
    const auto take_returns_until = [&](std::optional<sim::Duration> time) {
        while (!returns.empty() && (!time || returns.front().at <= *time)) {
            const Step step = returns.front();
            returns.erase(returns.begin());
            take(step);
        }
    };
    for (const Step& step : steps) {
        take_returns_until(step.at);
        take(step);
    }
    take_returns_until(std::nullopt);
    return all;
}

void fill_timeline(std::vector<Step> steps, ObjectHistory& objects, ScenarioBuilder& builder) {
    std::vector<Step> all = with_returns(with_revisions(std::move(steps), objects), builder);
    // Who follows a run by the positions in its timeline must find them unchanged by what is done to it later: so what
    // came from outside stands at the end, and an act's own end before the next act, even if it is due after it.
    const auto is_planned = [](const Step& step) { return !step.is_from_outside; };
    std::ranges::stable_sort(std::ranges::stable_partition(all, is_planned), {}, &Step::order);
    for (const Step& step : all)
        builder.spec.timeline.push_back({step.kind, step.at, step.workload, step.replicas, step.fault, step.revision,
                                         step.group, step.is_forced, step.object});
}

// The stretch of time that an entry names, if it does. Expectations may speak of it even where the rest of the entry is
// wrong: one slip should not look like two.
void read_name(const Reader& entry, const std::vector<sim::Duration>& times, std::optional<sim::Duration> lasts,
               std::vector<NamedWindow>& windows) {
    const auto at = entry.member("name");
    const auto name = at ? at->text() : std::nullopt;
    if (!name) return;
    if (std::ranges::find(windows, *name, &NamedWindow::name) != windows.end()) {
        at->complain(Rule::duplicate_name, fmt::format("two entries of the timeline have the name \"{}\"", *name));
        return;
    }
    if (times.empty() || (entry.has("for") && !lasts)) {
        windows.push_back({*name, {}, {}, false});
    } else if (lasts) {
        windows.push_back({*name, times.front(), times.front() + *lasts});
    } else if (const auto between = entry.member("between"); between && !entry.has("every")) {
        if (const auto stretch = read_between(*between)) windows.push_back({*name, stretch->from, stretch->until});
    }
}

void read_from_outside(std::span<const OutsideChange> changes, std::vector<Step>& steps, ObjectHistory& objects,
                       ScenarioBuilder& builder) {
    Step step;
    step.is_from_outside = true;
    step.order = -static_cast<std::int64_t>(changes.size());
    for (const auto& [at, entry] : changes) {
        if (!entry.expect_map()) continue;
        entry.refuse_unknown_members(keys::timeline);
        for (const std::string_view key : keys::timeline_when) {
            if (entry.has(key)) {
                entry.complain_at_key(key, Rule::contradictory_fields,
                                      fmt::format("{}.{}: what is done to a run is done now", entry.title(), key),
                                      "run on until then first");
            }
        }
        step.lasts = entry.duration("for");
        if (!refuse_what_is_not_modelled(entry)) read_act(entry, step, {at}, steps, objects, builder);
        ++step.order;
    }
}

}  // namespace

std::vector<NamedWindow> read_timeline(const Reader& document, std::span<const OutsideChange> from_outside,
                                       sim::Duration run_length, ScenarioBuilder& builder) {
    std::vector<NamedWindow> windows;
    std::vector<Step> steps;
    ObjectHistory objects(document, builder);
    read_from_outside(from_outside, steps, objects, builder);
    std::int64_t order = 0;
    for (const Reader& entry : document.items("timeline")) {
        if (!entry.expect_map()) continue;
        const auto times = read_times(entry, run_length);
        Step step;
        step.order = order++;
        step.lasts = entry.duration("for");
        read_name(entry, times, step.lasts, windows);
        if (refuse_what_is_not_modelled(entry)) continue;
        entry.refuse_unknown_members(keys::timeline);
        read_act(entry, step, times, steps, objects, builder);
        if (steps.size() > static_cast<std::size_t>(limits::timeline_actions)) {
            entry.complain(Rule::beyond_reason,
                           fmt::format("the timeline has more than {} actions", limits::timeline_actions));
            return windows;
        }
    }
    fill_timeline(std::move(steps), objects, builder);
    return windows;
}

}  // namespace eks
