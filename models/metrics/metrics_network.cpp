// What data paths tell: connections by class, the network of nodes, rules written.
#include "models/metrics/metrics.hpp"

namespace eks {

void Metrics::on(const Spec&, const ConnectionsFact& fact) {
    const auto add = [&](std::size_t level, std::int64_t amount) {
        if (amount != 0) change(series(Family::connections, fact.of_class, level), amount);
    };
    const auto at = [](ConnectionLevel level) { return static_cast<std::size_t>(level); };
    add(at(ConnectionLevel::per_second), fact.attempts_milli);
    add(at(ConnectionLevel::connect), fact.connect_nanos);
    add(at(ConnectionLevel::connect_p90), fact.connect_p90_nanos);
    add(at(ConnectionLevel::connect_p99), fact.connect_p99_nanos);
    for (std::size_t i = 0; i < fact.failing_ppm.size(); ++i)
        add(at(ConnectionLevel::fails_by_dns) + i, fact.failing_ppm[i]);
    add(at(ConnectionLevel::wrong_pod), fact.wrong_pod_ppm);
    add(at(ConnectionLevel::wait), fact.wait_micros);
    add(at(ConnectionLevel::request), fact.request_nanos);
    add(at(ConnectionLevel::stale), fact.stale_ppm);
}

void Metrics::on(const Spec&, const NodeNetworkFact& fact) {
    std::int64_t cores = 0;
    for (std::size_t i = 0; i < fact.micro_cores.size(); ++i) {
        cores += fact.micro_cores[i];
        if (fact.micro_cores[i] != 0) change(series(Family::network_layers, 0, i), fact.micro_cores[i]);
    }
    if (!knows(fact.node)) return;  // it has ended
    const std::uint32_t node = node_row(fact.node);
    const auto add = [&](NodeLevel level, std::int64_t amount) {
        if (amount != 0) change_node(node, level, amount);
    };
    add(NodeLevel::network_cores, cores);
    add(NodeLevel::network_load, fact.load_ppm);
    add(NodeLevel::conntrack, fact.table_entries[0]);
    add(NodeLevel::bpf_map, fact.table_entries[1]);
    add(NodeLevel::ec2_tracking, fact.table_entries[2]);
    add(NodeLevel::table_refused, fact.refused_ppm);
    add(NodeLevel::segments_lost, fact.lost_ppm);
    add(NodeLevel::no_services, fact.without_rules);
}

void Metrics::on(const Spec&, const RulesWrittenFact& fact) {
    sample(series(Family::rule_lag, 0, 0), fact.lag.us());
    sample(series(Family::rule_sync, 0, 0), fact.took.us());
}

void Metrics::on(const Spec&, const ConnectionsResetFact& fact) {
    count(series(Family::connections_reset, fact.of_class, 0), fact.connections);
}

}  // namespace eks
