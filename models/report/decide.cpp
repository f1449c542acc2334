#include "models/report/decide.hpp"

#include "models/catalog/catalog.hpp"
#include "models/report/decisions/address_store.hpp"
#include "models/report/decisions/arguments.hpp"
#include "models/report/decisions/cluster_autoscaler.hpp"
#include "models/report/decisions/data_paths.hpp"
#include "models/report/decisions/delete_order.hpp"
#include "models/report/decisions/fleet.hpp"
#include "models/report/decisions/hpa.hpp"
#include "models/report/decisions/job_progress.hpp"
#include "models/report/decisions/karpenter_consolidate.hpp"
#include "models/report/decisions/karpenter_solve.hpp"
#include "models/report/decisions/keda_scaled_job.hpp"
#include "models/report/decisions/max_pods.hpp"
#include "models/report/decisions/pool_decision.hpp"
#include "models/report/decisions/proportional.hpp"
#include "models/report/decisions/rolling_update.hpp"
#include "models/report/decisions/schedule.hpp"
#include "models/report/decisions/snat.hpp"
#include "models/report/decisions/subnet_capacity.hpp"
#include "models/report/decisions/vpa_recommend.hpp"
#include "models/report/decisions/warm_pool.hpp"
#include "models/scenario/diagnostics.hpp"
#include "models/spec/calendar.hpp"
#include "models/spec/cron_missed.hpp"
#include "models/spec/pool_settings.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <optional>

namespace eks {

namespace {

using decisions::Json;
using decisions::optional_or;
using decisions::required;
using decisions::WrongArguments;

std::int64_t instant_of(const std::string& text) {
    if (const auto us = parse_instant_us(text)) return *us;
    throw WrongArguments{Rule::bad_timestamp, fmt::format("\"{}\" is not an instant", text),
                         "write it as 2026-11-02T08:00:00Z"};
}

Json instant_or_null(const std::optional<std::int64_t>& us) { return us ? Json(instant_text(*us)) : Json(); }

// --- arguments

struct ZonedCron {
    CronSchedule schedule;
    TimeZone zone;
};

TimeZone zone_named(const Json& a, const std::string& name) {
    if (name == "UTC" || name.empty()) return {};
    if (!a.contains("zones") || !a["zones"].contains(name))
        throw WrongArguments{Rule::unknown_time_zone, fmt::format("there is no time zone {}", name),
                             "use an IANA name such as Europe/London"};
    const Json& entry = a["zones"][name];
    TimeZone zone;
    zone.first_offset_seconds = entry.at("first_offset");
    for (const Json& t : entry.at("transitions")) zone.transitions.push_back({t.at(0), t.at(1)});
    return zone;
}

// The schedule in its own zone or the one given; `prefix_wins` as for the CronJob controller, else both together are an
// error.
ZonedCron cron_of(const Json& a, bool prefix_wins) {
    auto text = required<std::string>(a, "schedule");
    auto zone = optional_or<std::string>(a, "time_zone", "");
    const bool has_prefix = text.starts_with("TZ=") || text.starts_with("CRON_TZ=");
    if (has_prefix) {
        if (!zone.empty() && !prefix_wins)
            throw WrongArguments{Rule::bad_cron, "the schedule names a time zone and so does time_zone",
                                 "give one of them"};
        const std::size_t blank = text.find(' ');
        if (blank == std::string::npos)
            throw WrongArguments{Rule::bad_cron, "the schedule ends after its time zone", ""};
        zone = text.substr(text.find('=') + 1, blank - text.find('=') - 1);
        text = text.substr(blank + 1);
    }
    ZonedCron cron;
    cron.zone = zone_named(a, zone);
    const ParsedCron parsed = parse_cron(text);
    if (!parsed.ok())
        throw WrongArguments{Rule::bad_cron, fmt::format("\"{}\" is not a schedule", text),
                             std::string(advice(parsed.fault))};
    cron.schedule = parsed.schedule;
    return cron;
}

// --- the calls

Json eni_limits(const Json& a) {
    const auto name = required<std::string>(a, "instance_type");
    const InstanceType* type = Catalog::builtin().find(name);
    if (type == nullptr) return {{"error", true}};
    Json cards = Json::array();
    for (const auto& card : type->network_cards) cards.push_back(Json::array({card.index, card.max_enis}));
    const char* hypervisor = type->hypervisor == Hypervisor::nitro ? "nitro"
                             : type->hypervisor == Hypervisor::xen ? "xen"
                                                                   : "unknown";
    return {{"max_enis", type->max_enis},
            {"ipv4_per_eni", type->ipv4_per_eni},
            {"default_network_card", type->default_network_card},
            {"network_cards", cards},
            {"hypervisor", hypervisor},
            {"bare_metal", type->bare_metal}};
}

Json pool_settings_call(const Json& a) {
    Environment environment;
    const Json given = a.value("env", Json::object());
    for (const auto& [name, value] : given.items()) environment[name] = value.get<std::string>();
    const Json l = required<Json>(a, "limits");
    const PoolLimits limits{l.at("max_enis"), l.at("ipv4_per_eni"), l.value("hypervisor", std::string()) == "nitro",
                            l.value("bare_metal", false)};
    const PoolSettings s = pool_settings(environment, limits);
    return {{"warm_eni_target", s.warm_eni_target},     {"warm_ip_target", s.warm_ip_target},
            {"minimum_ip_target", s.minimum_ip_target}, {"warm_prefix_target", s.warm_prefix_target},
            {"prefix_delegation", s.prefix_delegation}, {"max_eni", s.max_eni},
            {"max_ips_per_eni", s.max_ips_per_eni},     {"max_prefixes_per_eni", s.max_prefixes_per_eni},
            {"cooldown_seconds", s.cooldown_seconds}};
}

Json cron_next(const Json& a) {
    const ZonedCron cron = cron_of(a, false);
    std::int64_t at = instant_of(required<std::string>(a, "after"));
    Json list = Json::array();
    for (auto n = required<std::int64_t>(a, "count"); n > 0; --n) {
        const auto next = next_activation(cron.schedule, cron.zone, at);
        if (!next) break;
        list.push_back(instant_text(*next));
        at = *next;
    }
    return list;
}

Json cron_missed(const Json& a) {
    ZonedCron cron;
    try {
        cron = cron_of(a, true);
    } catch (const WrongArguments& wrong) {
        if (wrong.rule == Rule::bad_cron || wrong.rule == Rule::unknown_time_zone) return {{"error", "schedule"}};
        throw;
    }
    CronClock clock;
    clock.created_us = instant_of(required<std::string>(a, "created"));
    if (a.contains("last_schedule") && !a["last_schedule"].is_null())
        clock.last_schedule_us = instant_of(a["last_schedule"].get<std::string>());
    clock.now_us = instant_of(required<std::string>(a, "now"));
    if (a.contains("starting_deadline_seconds") && !a["starting_deadline_seconds"].is_null())
        clock.starting_deadline_seconds = a["starting_deadline_seconds"].get<std::int64_t>();
    const DueStart due = due_start(cron.schedule, cron.zone, clock);
    const char* missed = due.missed == MissedStarts::none ? "none" : due.missed == MissedStarts::few ? "few" : "many";
    return {{"earliest", instant_text(due.earliest_us)},
            {"most_recent", instant_or_null(due.most_recent_us)},
            {"missed", missed},
            {"error", due.is_error},
            {"next_schedule_time", instant_or_null(due.most_recent_us)},
            {"too_many_missed_event", due.most_recent_us.has_value() && due.missed == MissedStarts::many},
            {"requeue_at", instant_or_null(next_cron_sync(cron.schedule, cron.zone, clock))}};
}

using Call = Json (*)(const Json&);

const std::map<std::string, Call, std::less<>>& calls() {
    static const std::map<std::string, Call, std::less<>> table{
        {"address_store", address_store_call},
        {"ca_drainable", decisions::ca_drainable_call},
        {"ca_estimate", decisions::ca_estimate_call},
        {"ca_expand", decisions::ca_expand_call},
        {"ca_utilization", decisions::ca_utilization_call},
        {"connection_capacity", decisions::connection_capacity_call},
        {"conntrack_fill", decisions::conntrack_fill_call},
        {"cpa_cluster_status", cpa_cluster_status_call},
        {"cpa_replicas", cpa_replicas_call},
        {"cron_missed", cron_missed},
        {"cron_next", cron_next},
        {"delete_order", decisions::delete_order_call},
        {"eni_limits", eni_limits},
        {"fleet", fleet_call},
        {"hpa_decide", hpa_decide_call},
        {"hpa_replicas", hpa_replicas_call},
        {"job_progress", decisions::job_progress_call},
        {"karpenter_consolidate", decisions::karpenter_consolidate_call},
        {"karpenter_solve", decisions::karpenter_solve_call},
        {"keda_scaled_job", keda_scaled_job_call},
        {"max_pods", max_pods_call},
        {"path_cost", decisions::path_cost_call},
        {"pool_decision", pool_decision_call},
        {"pool_settings", pool_settings_call},
        {"preempt", decisions::preempt_call},
        {"rolling_update", decisions::rolling_update_call},
        {"rule_sync", decisions::rule_sync_call},
        {"schedule_all", decisions::schedule_all_call},
        {"schedule_one", decisions::schedule_one_call},
        {"snat", snat_call},
        {"subnet_capacity", subnet_capacity_call},
        {"vpa_recommend", vpa_recommend_call},
        {"warm_pool", warm_pool_call},
    };
    return table;
}

Json refusal(const WrongArguments& wrong) {
    return {{"complaints", Json::array({{{"rule", code_of(wrong.rule)},
                                         {"severity", "error"},
                                         {"message", wrong.message},
                                         {"hint", wrong.hint},
                                         {"pointer", ""},
                                         {"place", Json()}}})}};
}

}  // namespace

std::string decide_as_json(std::string_view call, std::string_view arguments) {
    const auto found = calls().find(call);
    if (found == calls().end()) {
        std::string known;
        for (const auto& [name, function] : calls()) known += (known.empty() ? "" : ", ") + name;
        return refusal({Rule::not_one_of, fmt::format("there is no decision call {}", call), "there are: " + known})
            .dump();
    }
    const Json a = Json::parse(arguments, nullptr, false);
    if (!a.is_object()) return refusal({Rule::wrong_type, "the arguments are no JSON object", ""}).dump();
    try {
        return found->second(a).dump();
    } catch (const WrongArguments& wrong) {
        return refusal(wrong).dump();
    } catch (const nlohmann::json::exception& wrong) {
        return refusal(
                   {Rule::wrong_type, fmt::format("an argument of {} has the wrong type ({})", call, wrong.what()), ""})
            .dump();
    }
}

}  // namespace eks
