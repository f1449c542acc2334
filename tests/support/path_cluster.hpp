// A tiny cluster whose connections data paths see: callers, endpoints behind a Service, and classes of traffic.
#pragma once

#include "models/systems/datapath/fill.hpp"
#include "models/systems/datapath/migration.hpp"
#include "tests/support/tiny_cluster.hpp"

#include <string>

namespace eks::testing {

struct PathCluster {
    TinyCluster c;
    WorkloadIx callers;
    WorkloadIx servers;

    // Nodes of two cores; every Service works on every node from the start.
    explicit PathCluster(std::int32_t nodes, std::int32_t caller_pods, std::int32_t server_pods,
                         datapath::Mode mode = datapath::Mode::iptables_legacy) {
        c.add_nodes(nodes, {.max_enis = 3, .ipv4_per_eni = 15});
        for (NodeShape& shape : c.spec.shapes) shape.vcpus = 2;
        callers = c.add_deployment("callers", caller_pods);
        servers = c.add_deployment("servers", server_pods);
        c.spec.services.push_back({"default", "servers", {servers}});
        c.spec.data_paths.are_used = true;
        c.spec.data_paths.forced = datapath::plain_data_path(mode);
        add_server(callers);
        add_server(servers);
    }

    void add_server(WorkloadIx workload) {
        TrafficServer server;
        server.workload = workload;
        server.node_cores = 2;
        c.spec.traffic.servers.push_back(server);
    }

    // From outside to the callers, each of whose requests asks the Service once: so many a second.
    TrafficClass& add_calls(double per_second, const ConnectionUse& connections) {
        TrafficClass outside;
        outside.name = "outside -> callers";
        outside.to = {callers};
        outside.rate.points = {{0_s, per_second}};
        c.spec.traffic.classes.push_back(outside);
        TrafficClass call;
        call.name = "callers -> servers";
        call.from = callers;
        call.to = {servers};
        call.per_request = 1;
        call.service = 0;
        call.connections = connections;
        call.connections.is_said = true;
        c.spec.traffic.classes.push_back(call);
        return c.spec.traffic.classes.back();
    }
    static constexpr std::size_t calls = 1;  // the place of that class

    void set_other_services(double count, double endpoints) {
        c.spec.data_paths.others.points = {{0_s, count}};
        c.spec.data_paths.others.endpoints = endpoints;
    }
};

inline const ClassDataPath& class_of(const TinyRun& run, std::size_t k = PathCluster::calls) {
    return run.world().data_path.classes[k];
}
inline double failing_by(const TinyRun& run, std::size_t cause, std::size_t k = PathCluster::calls) {
    return class_of(run, k).failing[cause];
}

}  // namespace eks::testing
