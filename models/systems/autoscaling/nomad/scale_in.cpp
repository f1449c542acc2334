#include "models/systems/autoscaling/nomad/scale_in.hpp"

#include <algorithm>
#include <numeric>

namespace eks::nomad {

namespace {

constexpr std::int64_t hundred = 100;

std::int64_t percent_up(std::int64_t part, std::int64_t whole) {
    return whole <= 0 ? 0 : (part * hundred + whole - 1) / whole;
}

}  // namespace

std::int64_t busyness(const ClientLoad& load) {
    const std::int64_t both = percent_up(load.cpu, load.cpu_total) + percent_up(load.memory, load.memory_total);
    return (both + 1) / 2;
}

std::vector<std::size_t> least_busy(std::span<const ClientLoad> clients, std::size_t count) {
    std::vector<std::size_t> places(clients.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::ranges::stable_sort(places, {}, [&](std::size_t place) { return busyness(clients[place]); });
    places.resize(std::min(places.size(), count));
    return places;
}

}  // namespace eks::nomad
