// All Services together, as rules: what a new connection has to walk past (DPC-3), and those that the scenario does not
// list one by one.
#include "models/systems/datapath/port_pool.hpp"
#include "models/systems/datapath/run/run.hpp"

namespace eks::datapath {

RuleTable table_of(const Spec& spec, const World& world) {
    const OtherServices& others = spec.data_paths.others;
    RuleTable table;
    double listed = 0;
    for (const Service& service : spec.services) listed += service.ports;
    table.services = world.data_path.other_services + listed;
    double endpoints = world.data_path.other_services * others.endpoints;
    for (std::size_t i = 0; i < world.data_path.written.size(); ++i)
        endpoints += static_cast<double>(world.data_path.written[i].endpoints()) * spec.services[i].ports;
    table.endpoints = table.services > 0 ? endpoints / table.services : 0;
    table.has_comments = keeps_comments(table.services, table.endpoints);
    return table;
}

double other_services_at(const Spec& spec, sim::Time now) {
    double count = 0;
    for (const OtherServices::Point& point : spec.data_paths.others.points) {
        if (sim::Time::at(point.at) <= now) count = point.count;
    }
    return count;
}

sim::Time other_services_change_after(const Spec& spec, sim::Time now) {
    for (const OtherServices::Point& point : spec.data_paths.others.points) {
        if (sim::Time::at(point.at) > now) return sim::Time::at(point.at);
    }
    return sim::Time::never();
}

// All Services together are other ones: where comments come or go, or another number finds no room in eBPF's map, every
// connection costs something else (DPD-4, DPC-38).
void rules_differ(const Spec& spec, World& world, const RuleTable& before) {
    const RuleTable now = table_of(spec, world);
    const auto dead = [&](const RuleTable& table) {
        return dead_services(table.services, table.endpoints, spec.data_paths.cilium.lb_map_entries);
    };
    if (before.has_comments == now.has_comments && dead(before) == dead(now)) return;
    for (RuleGroup& group : world.data_path.groups) group.work.clear();
    for (NodeDataPath& row : world.data_path.nodes) row.is_due = true;
    for (ClassDataPath& one : world.data_path.classes) one.is_judged = false;
}

}  // namespace eks::datapath
