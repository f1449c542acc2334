// A pod that answers requests, as a queue in closed form: M/M/c (Erlang), with requests that come at random and take
// CPU time at random. Functions of plain values, in basic arithmetic only, so that all machines agree.
#pragma once

#include <algorithm>
#include <cstdint>

namespace eks {

// Erlang's C: the share of requests that find all servers busy, for an offered load in servers' worth of work, below
// their number.
inline double share_that_waits(double load, std::int32_t servers) {
    double blocked = 1;  // Erlang's B, by its recursion over the servers
    for (std::int32_t k = 1; k <= servers; ++k) blocked = load * blocked / (static_cast<double>(k) + load * blocked);
    return blocked / (1 - load / static_cast<double>(servers) * (1 - blocked));
}

// A pod with a number of cores, not always whole. One request runs on one core at a time, and the pod's limit slows all
// of them down alike: so many servers as there are cores begun, each as fast as its share of the limit.
struct PodServer {
    double cores = 1;

    std::int32_t servers() const {
        const auto whole = static_cast<std::int32_t>(cores);
        return std::max(whole + (static_cast<double>(whole) < cores ? 1 : 0), 1);
    }
    double seconds_of(double cpu_seconds) const { return cpu_seconds * static_cast<double>(servers()) / cores; }
    // Requests a second that it can answer.
    double capacity(double cpu_seconds) const { return cores / cpu_seconds; }
    // Mean time in the pod, in seconds, at a rate below its capacity.
    double time_in_pod(double per_second, double cpu_seconds) const {
        const double service = seconds_of(cpu_seconds);
        const double load = per_second * service;
        const auto c = static_cast<double>(servers());
        return service + share_that_waits(load, servers()) * service / (c - load);
    }
};

// Requests that come in where each that fails is sent again, up to `retries` times, and a share of them fails.
inline double with_retries(double per_second, double failing, std::int32_t retries) {
    double sum = 1;
    double power = 1;
    for (std::int32_t i = 0; i < retries; ++i) {
        power *= failing;
        sum += power;
    }
    return per_second * sum;
}

}  // namespace eks
