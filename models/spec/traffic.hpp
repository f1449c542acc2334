// Who asks whom how much: the section `traffic` of a scenario, as rates. Single requests are never looked at.
#pragma once

#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/spec/data_paths.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

// A step function of the simulated time: each point holds until the next, the last one to the end of the run or, where
// there is a period, until the first one comes round again.
struct RatePoint {
    sim::Duration at;
    double per_second = 0;
    friend bool operator==(const RatePoint&, const RatePoint&) = default;
};
struct RateLaw {
    std::vector<RatePoint> points;  // the first at 0
    sim::Duration period;           // 0: it does not repeat
    friend bool operator==(const RateLaw&, const RateLaw&) = default;
};

// What a request takes of the pod that answers it.
struct RequestCost {
    sim::Duration cpu;  // of one core
    Bytes memory = 0;   // while it is under way
    std::int32_t retries = 0;
    Bytes bytes_in = 0;   // of the request
    Bytes bytes_out = 0;  // of the answer
    friend bool operator==(const RequestCost&, const RequestCost&) = default;
};

// Requests of one kind to one Service or workload: from outside at a rate, or a number for each request that a workload
// of the cluster answers.
struct TrafficClass {
    std::string name;            // "outside -> Service/shop/web"
    std::vector<WorkloadIx> to;  // whose ready pods share them evenly
    WorkloadIx from;             // none: from outside
    RateLaw rate;                // from outside
    double per_request = 0;      // else
    RequestCost request;
    std::int32_t balancer = -1;  // into Spec::load_balancers: by which they come from outside; none: by no such thing
    std::int32_t service = -1;   // into Spec::services: whose address is asked; none: pods are asked themselves
    ConnectionUse connections;
    friend bool operator==(const TrafficClass&, const TrafficClass&) = default;
};

// A workload that answers requests, or takes messages from a queue.
struct TrafficServer {
    WorkloadIx workload;
    double node_cores = 0;    // of the smallest node: what a pod without a CPU limit can use
    Millicores idle_cpu = 0;  // of a pod that has nothing to do
    Bytes idle_memory = 0;
    friend bool operator==(const TrafficServer&, const TrafficServer&) = default;
};

// Messages that wait for a worker.
struct MessageQueue {
    std::string name;
    RateLaw rate;
    sim::Duration work;        // that a message takes, on average
    WorkloadIx workers;        // none: nobody takes messages
    std::int32_t at_once = 1;  // messages that one pod works on
    RequestCost message;       // its CPU time and memory
    friend bool operator==(const MessageQueue&, const MessageQueue&) = default;
};

struct Traffic {
    std::vector<TrafficClass> classes;
    std::vector<MessageQueue> queues;
    std::vector<TrafficServer> servers;  // callers before those whom they call, as far as there is such an order
    bool has_circles = false;            // of calls
    friend bool operator==(const Traffic&, const Traffic&) = default;
};

}  // namespace eks
