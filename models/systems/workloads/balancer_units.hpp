// What a load balancer's traffic is billed as (AWS-76, DPD-33). Pure functions of plain values.
#pragma once

#include "models/spec/load_balancer.hpp"

#include <algorithm>

namespace eks {

struct BalancerUse {
    double bytes = 0;   // a second, both ways
    double opened = 0;  // connections a second
    double open = 0;
};

// A capacity unit is a GB in an hour, so many connections opened in a second, or so many that are open: the dimension
// of which most is used is billed, here as the bytes that would cost as much. MODEL: an NLB's units are those of TCP;
// rule evaluations are left out, of which an ALB has the first ten of a request for nothing. A Classic Load Balancer
// bills bytes alone.
inline double billed_bytes(BalancerKind kind, const BalancerUse& use) {
    constexpr double bytes_of_unit = 1e9 / 3600;  // a second
    const auto most = [&](double opened_of_unit, double open_of_unit) {
        return std::max(
            {use.bytes, use.opened / opened_of_unit * bytes_of_unit, use.open / open_of_unit * bytes_of_unit});
    };
    switch (kind) {
        case BalancerKind::application: return most(25, 3000);
        case BalancerKind::network: return most(800, 100'000);
        case BalancerKind::classic: break;
    }
    return use.bytes;
}

}  // namespace eks
