#include "models/spec/prices.hpp"

namespace eks {

UnitPrices unit_prices(const Prices& prices, const NodeShape& shape) {
    constexpr std::int64_t core_weight = 31'611;
    constexpr std::int64_t gib_weight = 4'237;
    constexpr std::int64_t gpu_weight = 950'000;
    constexpr std::int64_t milli = 1000;
    constexpr std::int64_t mib = 1024 * 1024;
    constexpr std::int64_t mib_in_gib = 1024;
    const std::int64_t all = core_weight * shape.capacity.cpu_milli / milli +
                             gib_weight * (shape.capacity.memory_bytes / mib) / mib_in_gib +
                             gpu_weight * shape.capacity.gpus;
    if (all == 0) return {};
    const MicroUsd price = shape.price_per_hour_micro_usd + root_volume_per_hour(prices, shape);
    return {price * core_weight / all, price * gib_weight / all, price * gpu_weight / all};
}

MicroUsd price_of(const UnitPrices& unit, const Resources& amount) {
    constexpr std::int64_t milli = 1000;
    constexpr std::int64_t mib = 1024 * 1024;
    constexpr std::int64_t mib_in_gib = 1024;
    return unit.core_hour * amount.cpu_milli / milli + unit.gib_hour * (amount.memory_bytes / mib) / mib_in_gib +
           unit.gpu_hour * amount.gpus;
}

}  // namespace eks
