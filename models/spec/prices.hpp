// What a cluster costs beside its instances, whose prices are in their shapes: list prices of us-east-1, before tax. A
// scenario brings its own under `prices`.
#pragma once

#include "models/quantities.hpp"
#include "models/spec/node_shape.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// AWS-22: a commitment for each hour. Usage is taken off it at the plan's own prices, and what it does not cover is
// paid on demand; a part that is not used is lost.
struct SavingsPlan {
    MicroUsd commitment_per_hour = 0;  // 0: there is none
    std::int32_t years = 1;
    friend bool operator==(const SavingsPlan&, const SavingsPlan&) = default;
};

struct Prices {
    MicroUsd ebs_gib_month = 80'000;          // gp3 (AWS-90)
    MicroUsd nat_gateway_hour = 45'000;       // AWS-73
    MicroUsd nat_gateway_gb = 45'000;         // likewise, either way
    MicroUsd cross_zone_gb = 20'000;          // AWS-75: a cent for leaving a zone and one for entering the other
    MicroUsd internet_gb = 90'000;            // AWS-75, up to 10 TB a month; that 100 GB are free is left out
    MicroUsd load_balancer_hour = 22'500;     // AWS-76, ALB and NLB
    MicroUsd application_unit_hour = 8'000;   // likewise, an LCU
    MicroUsd network_unit_hour = 6'000;       // an NLCU
    MicroUsd classic_balancer_hour = 25'000;  // a Classic Load Balancer
    MicroUsd classic_balancer_gb = 8'000;
    SavingsPlan savings_plan;
    friend bool operator==(const Prices&, const Prices&) = default;
};

inline constexpr std::int64_t hours_a_month = 730;  // AWS-120

// AWS-92: a root volume is paid for as long as its instance is there.
constexpr MicroUsd root_volume_per_hour(const Prices& prices, const NodeShape& shape) {
    return prices.ebs_gib_month * shape.volume_gib / hours_a_month;
}

// How the price of a node is split over what its pods take of it, as OpenCost does: in the ratio that CPU, memory and
// GPUs have in its default prices (configs/default.json: 0.031611 USD for a core and 0.95 for a GPU an hour, 0.004237
// for a GiB).
struct UnitPrices {
    MicroUsd core_hour = 0;
    MicroUsd gib_hour = 0;
    MicroUsd gpu_hour = 0;
    friend bool operator==(const UnitPrices&, const UnitPrices&) = default;
};
UnitPrices unit_prices(const Prices& prices, const NodeShape& shape);
MicroUsd price_of(const UnitPrices& unit, const Resources& amount);

}  // namespace eks
