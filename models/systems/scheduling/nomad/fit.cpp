#include "models/systems/scheduling/nomad/fit.hpp"

#include <set>

namespace eks::nomad {

Exhausted exhausted(const Client& client, std::span<const Allocation> allocations) {
    Amounts used;
    std::set<std::uint32_t> taken(client.reserved_ports.begin(), client.reserved_ports.end());
    std::map<std::string, std::int64_t> devices;
    bool ports_collide = false;
    for (const Allocation& allocation : allocations) {
        if (allocation.is_client_terminal) continue;
        used += allocation.asks;
        for (const std::uint32_t port : allocation.ports) ports_collide = !taken.insert(port).second || ports_collide;
        for (const auto& [name, count] : allocation.devices) devices[name] += count;
    }
    if (const Exhausted found = exhausted(available(client), used); found != Exhausted::nothing) return found;
    if (ports_collide) return Exhausted::ports;
    for (const auto& [name, count] : devices) {
        const auto has = client.devices.find(name);
        if (count > (has == client.devices.end() ? 0 : has->second)) return Exhausted::devices;
    }
    return Exhausted::nothing;
}

}  // namespace eks::nomad
