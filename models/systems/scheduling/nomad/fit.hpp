// Whether allocations fit on a Nomad client (NOM-1): functions of plain values, in Nomad's own units.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace eks::nomad {

// CPU as shares of the clock, memory in MB of 2^20 bytes, cores that one allocation has for itself.
struct Amounts {
    std::int64_t mhz = 0;
    std::int64_t memory_mb = 0;
    std::int64_t cores = 0;

    constexpr Amounts& operator+=(const Amounts& other) {
        mhz += other.mhz;
        memory_mb += other.memory_mb;
        cores += other.cores;
        return *this;
    }
    friend constexpr Amounts operator-(const Amounts& a, const Amounts& b) {
        return {a.mhz - b.mhz, a.memory_mb - b.memory_mb, a.cores - b.cores};
    }
    friend constexpr bool operator==(const Amounts&, const Amounts&) = default;
};

struct Client {
    Amounts total;
    Amounts reserved;  // that no allocation gets
    std::vector<std::uint32_t> reserved_ports;
    std::map<std::string, std::int64_t> devices;
};

struct Allocation {
    Amounts asks;
    std::vector<std::uint32_t> ports;
    std::map<std::string, std::int64_t> devices;
    bool is_client_terminal = false;  // its tasks have ended on the client: it takes nothing any more
};

// The dimension that is exhausted.
enum class Exhausted : std::uint8_t { nothing, cores, cpu, memory, ports, devices };

constexpr Amounts available(const Client& client) { return client.total - client.reserved; }

constexpr Exhausted exhausted(const Amounts& room, const Amounts& used) {
    if (used.cores > room.cores) return Exhausted::cores;
    if (used.mhz > room.mhz) return Exhausted::cpu;
    if (used.memory_mb > room.memory_mb) return Exhausted::memory;
    return Exhausted::nothing;
}

// All allocations of the client, the new one among them.
Exhausted exhausted(const Client& client, std::span<const Allocation> allocations);

}  // namespace eks::nomad
