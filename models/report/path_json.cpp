#include "models/report/path_json.hpp"

#include <nlohmann/json.hpp>

namespace eks {

namespace {

using Json = nlohmann::ordered_json;

Json seconds(const std::optional<sim::Time>& at) { return at ? Json(at->since_origin().in_seconds()) : Json(); }

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json hop_json(const HopStory& hop) {
    return {
        {"hop", hop.place},       {"rules", hop.rules},   {"first_packet_only", hop.first_only}, {"cpu_us", hop.cpu_us},
        {"idle_us", hop.idle_us}, {"now_us", hop.now_us}, {"request_us", hop.request_us}};
}

Json hops_json(const std::vector<HopStory>& hops) {
    Json list = Json::array();
    for (const HopStory& hop : hops) list.push_back(hop_json(hop));
    return list;
}

Json stage_json(const StageStory& stage) {
    Json tables = Json::array();
    for (const TableStory& table : stage.tables)
        tables.push_back(
            {{"table", table.table}, {"node", table.node}, {"entries", table.entries}, {"limit", table.limit}});
    Json service;
    if (stage.service)
        service = {{"position", stage.service->position},
                   {"endpoints_known", stage.service->known},
                   {"endpoints_stale", stage.service->stale},
                   {"endpoints_missing", stage.service->missing}};
    return {{"role", stage.role},
            {"nodes", stage.nodes},
            {"share", stage.share},
            {"mode", stage.mode},
            {"writer", stage.writer},
            {"rules", stage.rules},
            {"migration", stage.migration},
            {"version", stage.version},
            {"works_at_seconds", seconds(stage.works_at)},
            {"sync_starts_at_seconds", seconds(stage.sync_starts)},
            {"sync_ends_at_seconds", seconds(stage.sync_ends)},
            {"service_ports", stage.services},
            {"service", service},
            {"load_mean", stage.load_mean},
            {"load_most", stage.load_most},
            {"hops", hops_json(stage.hops)},
            {"tables", tables}};
}

Json path_json(const PathStory& story) {
    Json failing = Json::array();
    for (const FailureStory& one : story.failing)
        failing.push_back({{"cause", one.cause}, {"share", one.share}, {"known_after_seconds", one.wait_seconds}});
    Json stages = Json::array();
    for (const StageStory& stage : story.stages) stages.push_back(stage_json(stage));
    return {{"class", story.name},
            {"from", story.from},
            {"to", story.to},
            {"at_seconds", seconds(story.at)},
            {"connections_per_second", story.attempts},
            {"requests_per_connection", story.requests},
            {"endpoints", story.endpoints},
            {"between_nodes_share", story.between_nodes},
            {"between_zones_share", story.between_zones},
            {"connect_mean_us", story.connect_us},
            {"connect_p90_us", story.connect_p90_us},
            {"connect_p99_us", story.connect_p99_us},
            {"request_us", story.request_us},
            {"network_us", story.network_us},
            {"wrong_pod_share", story.wrong_pod},
            {"stale_share", story.stale},
            {"failing", failing},
            {"wait_seconds", story.wait_seconds},
            {"network", hops_json(story.network)},
            {"stages", stages},
            {"assumptions", story.assumptions}};
}

Json work_json(const datapath::Work& work) {
    Json parts = Json::object();
    for (std::size_t part = 0; part < datapath::part_count; ++part)
        parts[std::string(text_of(static_cast<datapath::Part>(part)))] = work.parts[part];
    return parts;
}

Json capacity_json(const datapath::Capacity& capacity) {
    Json limits = Json::array();
    for (const datapath::Limit& limit : capacity.limits)
        limits.push_back({{"limit", text_of(limit.kind)},
                          {"used", limit.used},
                          {"cap", limit.cap},
                          {"reached_at_multiple", or_null(limit.multiple)}});
    const datapath::Limit& first = capacity.limits[capacity.first];
    return {{"cores", work_json(capacity.cores)},
            {"network_cores", capacity.cores.total()},
            {"load", capacity.load},
            {"limits", limits},
            {"breaks_first", first.multiple ? Json(text_of(first.kind)) : Json()},
            {"at_multiple", or_null(first.multiple)}};
}

}  // namespace

std::string path_stories_json(std::span<const PathStory> stories) {
    Json text = Json::array();
    Json paths = Json::array();
    for (const PathStory& story : stories) {
        for (const std::string& line : to_lines(story)) text.push_back(line);
        paths.push_back(path_json(story));
    }
    return Json{{"text", text}, {"paths", paths}}.dump();
}

std::string capacity_story_json(const CapacityStory& story) {
    Json nodes = Json::array();
    for (const NodeCapacityStory& node : story.nodes) {
        Json one{{"node", node.node},
                 {"instance_type", node.instance_type},
                 {"mode", node.mode},
                 {"node_cores", node.cores},
                 {"application_cores", node.application_cores}};
        one.update(capacity_json(node.own));
        Json proxies = Json::array();
        for (const ProxyStory& kind : node.proxies)
            proxies.push_back({{"kind", text_of(kind.kind)},
                               {"pods", kind.pods},
                               {"proxies", kind.proxies},
                               {"memory_mb", kind.memory_mb},
                               {"pods_that_fail_together", kind.pods_that_fail_together}});
        one["proxies"] = std::move(proxies);
        nodes.push_back(std::move(one));
    }
    Json modes = Json::array();
    for (const datapath::ModeCapacity& mode : story.modes) {
        Json one{{"mode", text_of(mode.mode)}, {"spared_share", mode.avoided_share}};
        one.update(capacity_json(mode.capacity));
        modes.push_back(std::move(one));
    }
    return Json{{"text", to_lines(story)},
                {"at_seconds", seconds(story.at)},
                {"cores", work_json(story.cores)},
                {"nodes", nodes},
                {"modes", modes},
                {"assumptions", story.assumptions}}
        .dump();
}

std::string drawn_requests_json(const DrawnRequests& drawn) {
    Json us = Json::array();
    Json failed_by = Json::array();
    Json connected = Json::array();
    Json from = Json::array();
    Json to = Json::array();
    const auto name_of = [&](std::int32_t node) {
        return node < 0 ? Json() : Json(drawn.nodes[static_cast<std::size_t>(node)]);
    };
    for (const DrawnRequest& request : drawn.requests) {
        us.push_back(request.us);
        failed_by.push_back(request.failed_by ? Json(text_of(*request.failed_by)) : Json());
        connected.push_back(request.has_connected);
        from.push_back(name_of(request.from_node));
        to.push_back(name_of(request.to_node));
    }
    return Json{{"class", drawn.name},
                {"requests_per_second", drawn.requests_per_second},
                {"us", us},
                {"failed_by", failed_by},
                {"has_connected", connected},
                {"from_node", from},
                {"to_node", to}}
        .dump();
}

}  // namespace eks
