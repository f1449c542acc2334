// The story of a path as lines of plain text.
#include "models/planning/autoscaler_story.hpp"
#include "models/planning/explain_path.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace eks {

namespace {

std::string share_text(double share) { return fmt::format("{:.3g}%", share * 100); }

std::string nodes_text(const std::vector<std::string>& nodes) {
    constexpr std::size_t shown = 3;
    if (nodes.size() <= shown) return fmt::format("{}", fmt::join(nodes, ", "));
    return fmt::format("{} nodes ({}, …)", nodes.size(),
                       fmt::join(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
}

std::string state_text(const StageStory& stage) {
    if (stage.rules == "none") return "no rules: no Service's address works there";
    if (stage.rules == "coming")
        return fmt::format("its first sync is under way, and Services work from {} on (DPC-54)",
                           stage.works_at ? story_time(*stage.works_at) : std::string("later"));
    if (stage.rules == "frozen")
        return fmt::format("frozen: nobody writes its rules, of version {}, any more (DPC-55)", stage.version);
    std::string text = fmt::format("live, version {}, written by {}", stage.version, stage.writer);
    if (stage.sync_ends)
        text += fmt::format("; a sync is under way until {}", story_time(*stage.sync_ends));
    else if (stage.sync_starts)
        text += fmt::format("; the next sync begins at {}", story_time(*stage.sync_starts));
    return text;
}

std::string hop_text(const HopStory& hop) {
    std::string name = hop.place;
    if (hop.rules > 0) name += fmt::format(", {:.6g} rules", hop.rules);
    if (hop.first_only) name += ", first packet only";
    return fmt::format("      {:<52}{:>10.2f}{:>10.2f}{:>10.2f}", name, hop.idle_us, hop.now_us, hop.request_us);
}

void add_stage(const StageStory& stage, std::vector<std::string>& lines) {
    lines.push_back(fmt::format("  {}: {}, {} of the connections, {}, load {:.2f} (most {:.2f})", stage.role,
                                nodes_text(stage.nodes), share_text(stage.share), stage.mode, stage.load_mean,
                                stage.load_most));
    lines.push_back("    rules: " + state_text(stage));
    if (!stage.migration.empty()) lines.push_back("    migration: " + stage.migration);
    if (stage.service) {
        const ServiceStory& service = *stage.service;
        lines.push_back(
            fmt::format("    the Service is at {:.0f} of {:.0f} service ports; endpoints known {:.0f}, of "
                        "these stale {:.0f}; not known yet {:.0f}",
                        service.position, stage.services, service.known, service.stale, service.missing));
    }
    lines.push_back(fmt::format("      {:<52}{:>10}{:>10}{:>10}", "hop, us of a connection and its first request",
                                "no load", "now", "request"));
    HopStory sum;
    sum.place = "together";
    for (const HopStory& hop : stage.hops) {
        lines.push_back(hop_text(hop));
        sum.idle_us += hop.idle_us;
        sum.now_us += hop.now_us;
        sum.request_us += hop.request_us;
    }
    lines.push_back(hop_text(sum));
    for (const TableStory& table : stage.tables)
        lines.push_back(fmt::format("    {}: {:.0f} of {:.0f} entries, {} (on {})", table.table, table.entries,
                                    table.limit, share_text(table.entries / table.limit), table.node));
}

}  // namespace

std::vector<std::string> to_lines(const PathStory& story) {
    std::vector<std::string> lines{
        fmt::format("{} -> {} at {} ({}): {:.6g} connections/s, {:.6g} requests on each, {:.0f} endpoints", story.from,
                    story.to, story_time(story.at), story.name, story.attempts, story.requests, story.endpoints)};
    lines.push_back(
        fmt::format("  connect and first request: mean {:.1f} us, p90 {:.1f} us, p99 {:.1f} us; a request "
                    "more: {:.1f} us",
                    story.connect_us, story.connect_p90_us, story.connect_p99_us, story.request_us));
    lines.push_back(fmt::format("  {} go to another node, {} to another zone; of the mean {:.1f} us are the network's",
                                share_text(story.between_nodes), share_text(story.between_zones), story.network_us));
    for (const HopStory& hop : story.network)
        lines.push_back(fmt::format("    {}: {:.0f} us{}", hop.place, hop.now_us,
                                    hop.place == "network" ? " for each round trip" : ""));
    if (story.failing.empty()) lines.emplace_back("  no new connection fails");
    for (const FailureStory& one : story.failing)
        lines.push_back(fmt::format("  {} of new connections fail by {}; a client knows after {:.3g} s",
                                    share_text(one.share), one.cause, one.wait_seconds));
    if (!story.failing.empty())
        lines.push_back(fmt::format("  on average over those that fail a client waits {:.3g} s", story.wait_seconds));
    if (story.stale > 0)
        lines.push_back(fmt::format("  {} of the callers have an open connection that leads to nobody (DPS-16)",
                                    share_text(story.stale)));
    if (story.wrong_pod > 0)
        lines.push_back(
            fmt::format("  {} may be answered by somebody else's pod (DPS-17)", share_text(story.wrong_pod)));
    for (const StageStory& stage : story.stages) add_stage(stage, lines);
    for (const std::string& assumption : story.assumptions) lines.push_back("  " + assumption);
    return lines;
}

}  // namespace eks
