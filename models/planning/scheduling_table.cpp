#include "models/planning/scheduling_table.hpp"

#include "models/systems/scheduling/plain/cycle.hpp"
#include "models/systems/scheduling/plain/view.hpp"
#include "models/world/verbs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace eks {

namespace {

std::string name_of_node(const Spec& spec, const Node& node) {
    return fmt::format("{}-{}", spec[spec[node.shape].group].name, node.ordinal);
}

}  // namespace

SchedulingTable scheduling_table(const Spec& spec, World world, PodId pod) {
    SchedulingTable table;
    if (world.pods[pod].node.valid()) release_resources(spec, world, pod);
    const plain::Cluster cluster = plain::view_of_cluster(spec, world, pod);
    const std::vector<plain::NodeInfo> infos = nodes_with_pods(cluster);
    plain::PodObject subject = plain::view_of_pod(spec, world, pod);
    subject.nominated_node.clear();
    subject.node_name.clear();
    const plain::Choice choice = choose(cluster, spec.profile_of(world.pods[pod].pod_template), infos, subject);
    if (choice.pod_refusal) {
        table.refused_by = choice.pod_refusal->plugin;
        table.reasons = choice.pod_refusal->reasons;
        return table;
    }
    for (std::size_t i = 0; i < infos.size(); ++i) {
        NodeVerdict verdict;
        verdict.node = name_of_node(spec, world.nodes[world.node_order[i]]);
        const auto refused = std::ranges::find(choice.refused, &infos[i], &plain::RefusedNode::node);
        const auto feasible = std::ranges::find(choice.feasible, &infos[i]);
        if (refused != choice.refused.end()) {
            verdict.refused_by = refused->refusal.plugin;
            verdict.reasons = refused->refusal.reasons;
            verdict.is_final = refused->refusal.is_final;
        } else if (feasible != choice.feasible.end() && choice.scores) {
            const auto at = static_cast<std::size_t>(feasible - choice.feasible.begin());
            for (std::size_t p = 0; p < scheduler_plugin_count; ++p) {
                if (const auto& scores = choice.scores->of_plugin[p])
                    verdict.scores.emplace_back(scheduler_plugin_names[p], (*scores)[at]);
            }
            verdict.total = choice.scores->total[at];
        }
        verdict.is_best = std::ranges::find(choice.best, &infos[i]) != choice.best.end();
        table.nodes.push_back(std::move(verdict));
    }
    return table;
}

std::vector<std::string> to_lines(const SchedulingTable& table, std::size_t nodes_max) {
    std::vector<std::string> lines;
    if (!table.refused_by.empty()) {
        lines.push_back(
            fmt::format("  no node is looked at: {}: {}", table.refused_by, fmt::join(table.reasons, ", ")));
        return lines;
    }
    std::vector<const NodeVerdict*> rows;
    for (const NodeVerdict& verdict : table.nodes) rows.push_back(&verdict);
    std::ranges::stable_sort(rows, [](const NodeVerdict* a, const NodeVerdict* b) {
        return std::tuple(!a->refused_by.empty(), -a->total) < std::tuple(!b->refused_by.empty(), -b->total);
    });
    std::size_t widest = 4;
    for (const NodeVerdict* row : rows) widest = std::max(widest, row->node.size());
    if (!rows.empty() && !rows.front()->scores.empty()) {
        std::string header = fmt::format("    {:<{}}  total", "node", widest);
        for (const auto& [plugin, score] : rows.front()->scores) header += "  " + plugin;
        lines.push_back(header);
    }
    for (std::size_t i = 0; i < std::min(rows.size(), nodes_max); ++i) {
        const NodeVerdict& row = *rows[i];
        std::string what;
        if (!row.refused_by.empty()) {
            what = fmt::format("{}: {}{}", row.refused_by, fmt::join(row.reasons, ", "),
                               row.is_final ? " (no pod that goes would help)" : "");
        } else {
            what = row.scores.empty() ? "the only node that can take it" : fmt::format("{:5}", row.total);
            for (const auto& [plugin, score] : row.scores) what += fmt::format("  {:>{}}", score, plugin.size());
        }
        lines.push_back(fmt::format("  {} {:<{}}  {}", row.is_best ? '*' : ' ', row.node, widest, what));
    }
    std::map<std::string, std::size_t> left_out;
    for (std::size_t i = nodes_max; i < rows.size(); ++i)
        ++left_out[rows[i]->refused_by.empty() ? "can take it" : "refused by " + rows[i]->refused_by];
    for (const auto& [what, count] : left_out) lines.push_back(fmt::format("    and {} more nodes: {}", count, what));
    return lines;
}

}  // namespace eks
