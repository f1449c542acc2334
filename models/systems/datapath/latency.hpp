// From work to time: load, mean time in a node, its tail, and single requests drawn from it (DPC-14 to DPC-20). Pure
// functions of plain values, in basic arithmetic only, so that all machines agree.
#pragma once

#include "models/spec/datapath.hpp"
#include "models/systems/datapath/path.hpp"

#include <span>

namespace eks::datapath {

// DPC-14: cores at work over cores that are free for it; what applications use there counts.
constexpr double load_of(double work_cores, double application_cores, double cores) {
    return (work_cores + application_cores) / cores;
}
// Latency has no meaning from a load of 1 on; above this one it is that of this one.
inline constexpr double highest_load = 0.99;

// DPC-15: how many times its saturated work a unit takes where there is this much load.
double work_factor(double load, const Coefficients& coefficients);
// DPC-16: how many times its work something takes in time, on so many cores: 1 without load.
double queue_factor(double load, double cores, const Coefficients& coefficients);
// DPC-16: mean time in a node of a piece of work, both factors applied.
double time_in_node_us(double work_us, double load, double cores, const Coefficients& coefficients);

// DPC-17: percentiles over mean.
double p90_factor(double load, const Coefficients& coefficients);
double p99_factor(double load, const Coefficients& coefficients);

// DPC-17: the gamma distribution with mean 1 and this 99th percentile, to draw single requests from: by inversion of
// one draw, after Wilson and Hilferty (1931), within about 1 % from the 10th percentile up where shape is above 1.
struct Gamma {
    double shape = 1;
    double quantile(double share) const;  // share in (0, 1)
};
Gamma gamma_with_p99(double p99_over_mean);

// The load of a node at which a visit's times are asked.
struct NodeLoad {
    double load = 0;
    double cores = 1;
};

// DPC-18: mean, 90th and 99th percentile of what a path takes, in microseconds. The network's and the load balancer's
// times are taken as they are; what nodes and proxies take has the tail.
struct PathTime {
    double nodes = 0;
    double layer7 = 0;
    double network = 0;
    double balancer = 0;
    double mean = 0;
    double p90 = 0;
    double p99 = 0;
};
struct PathDemand {
    double round_trip_us = 0;
    double round_trips = 1;  // connect 1, request 1
    double balancer_us = 0;
};
// `work_us` without layer 7, and `node` for each visit.
PathTime path_time(std::span<const Visit> visits, std::span<const double> work_us, std::span<const NodeLoad> nodes,
                   const PathDemand& demand, const Coefficients& coefficients);

// DPC-19: what so many cores do in a second at most.
constexpr double saturation_per_second(double cores, double work_us) { return cores * 1e6 / work_us; }
// DPC-19, DPS-3: how many services it takes until a path whose work grows with them is as slow as one that is flat.
// `work_us` without services, `scan_us` for each.
constexpr double crossover_services(double work_us, double scan_us, double flat_work_us) {
    return (flat_work_us - work_us) / scan_us;
}

}  // namespace eks::datapath
