// The chance that a new connection fails, factor by factor, and how long a client waits until it knows (DPC-66,
// DPC-67). Pure functions of plain values.
#pragma once

#include "models/spec/datapath.hpp"
#include "models/systems/datapath/token_bucket.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace eks::datapath {

struct Failures {
    std::array<double, failure_cause_count> shares{};  // each of the connections that come so far

    constexpr double operator[](FailureCause cause) const { return shares[static_cast<std::size_t>(cause)]; }
    constexpr double& operator[](FailureCause cause) { return shares[static_cast<std::size_t>(cause)]; }
    // DPC-66
    constexpr double total() const {
        double works = 1;
        for (const double share : shares) works *= 1 - share;
        return 1 - works;
    }
    // Of all connections, those that fail by this cause and no earlier one: these add up to the total.
    constexpr double by(FailureCause cause) const {
        double comes = 1;
        for (std::size_t i = 0; i < static_cast<std::size_t>(cause); ++i) comes *= 1 - shares[i];
        return comes * (*this)[cause];
    }
};

// Each retry chooses anew.
constexpr double fails_after_retries(double share, int retries) {
    double fails = share;
    for (; retries > 0; --retries) fails *= share;
    return fails;
}
// Requests on connections that are kept open fail only where one is made anew.
constexpr double fails_with_pooling(double share, double requests_per_connection) {
    return share / requests_per_connection;
}

// How a failure shows.
enum class FailureKind : std::uint8_t { refused, reset, blackhole, dns, proxy };

// DPC-67: seconds until the client knows: for a blackhole the SYN and its retransmissions until the client's own
// timeout, if it has one; for a proxy the timeout that is configured there.
struct ClientPatience {
    int syn_retries = 6;  // Linux, net.ipv4.tcp_syn_retries
    std::optional<double> connect_timeout_seconds;
    int dns_attempts = 2;               // resolv.conf(5)
    double proxy_timeout_seconds = 15;  // Envoy, timeout of a route
};
constexpr double seconds_until_known(FailureKind kind, const ClientPatience& client, const Coefficients& c) {
    switch (kind) {
        case FailureKind::refused:
        case FailureKind::reset: return 0;
        case FailureKind::blackhole: {
            const double linux_gives_up = syn_delay_seconds(client.syn_retries + 1, c);
            const double client_gives_up = client.connect_timeout_seconds.value_or(linux_gives_up);
            return client_gives_up < linux_gives_up ? client_gives_up : linux_gives_up;
        }
        case FailureKind::dns: return c[Coefficient::dns_timeout] * client.dns_attempts;
        case FailureKind::proxy: return client.proxy_timeout_seconds;
    }
    return 0;
}

}  // namespace eks::datapath
