// CPU time by what it is spent on, so that an answer can say where it goes (DPC-68). Plain sums.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eks::datapath {

enum class Part : std::uint8_t {
    sockets,      // the applications' ends of connections
    hops,         // routing through the host's namespace
    ebpf,         // eBPF programs, their own connection tracking and translation included
    tracking,     // conntrack and the fixed filter rules
    translation,  // of a Service's address by kube-proxy's rules or IPVS
    scan,         // of kube-proxy's rules, a service port after the other
    pick,         // of an endpoint by iptables, a rule after the other
    masquerade,   // of the source address
    socket_lb,    // the load balancer at connect()
    events,       // exported to Hubble
    bytes,        // copied
    layer7,       // proxies
    count_
};
inline constexpr auto part_count = static_cast<std::size_t>(Part::count_);

constexpr std::string_view text_of(Part part) {
    constexpr std::array<std::string_view, part_count> texts{"sockets",     "hops",   "ebpf",  "conntrack",
                                                             "translation", "scan",   "pick",  "masquerade",
                                                             "socket_lb",   "events", "bytes", "layer7"};
    return texts[static_cast<std::size_t>(part)];
}

// In microseconds of one core where nothing else is said.
struct Work {
    std::array<double, part_count> parts{};

    constexpr double operator[](Part part) const { return parts[static_cast<std::size_t>(part)]; }
    constexpr double& operator[](Part part) { return parts[static_cast<std::size_t>(part)]; }
    constexpr double total() const {
        double sum = 0;
        for (const double part : parts) sum += part;
        return sum;
    }
    constexpr Work& operator+=(const Work& other) {
        for (std::size_t i = 0; i < part_count; ++i) parts[i] += other.parts[i];
        return *this;
    }
    friend constexpr Work operator+(Work a, const Work& b) { return a += b; }
    friend constexpr Work operator*(double times, Work work) {
        for (double& part : work.parts) part *= times;
        return work;
    }
    friend constexpr bool operator==(const Work&, const Work&) = default;
};

}  // namespace eks::datapath
