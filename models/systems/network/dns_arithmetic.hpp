// What becomes of lookups when questions are lost: functions of plain values.
#pragma once

#include "models/spec/dns_lookup.hpp"

#include <algorithm>
#include <cstdint>

namespace eks::dns {

// The share that is lost of so many a second where no more than `most` get through.
constexpr double lost_share(double per_second, double most) { return per_second > most ? 1 - most / per_second : 0.0; }

constexpr double power(double base, std::int32_t exponent) {
    double product = 1;
    for (; exponent > 0; --exponent) product *= base;
    return product;
}

// Shares of lookups: answered at the first try of every question, after a second one (5 s later, resolv.conf(5):
// timeout 5, attempts 2), or not at all.
struct Outcome {
    double at_once = 1;
    double late = 0;
    double failed = 0;
};

// `local_loss` is the share of questions that the server loses, `forwarded_loss` that of those that it has to pass on.
constexpr Outcome outcome_of(const DnsQueries& queries, double local_loss, double forwarded_loss) {
    const std::int32_t local = queries.asked - queries.forwarded;
    const double at_once = power(1 - local_loss, local) * power(1 - forwarded_loss, queries.forwarded);
    const double in_two =
        power(1 - local_loss * local_loss, local) * power(1 - forwarded_loss * forwarded_loss, queries.forwarded);
    return {at_once, in_two - at_once, 1 - in_two};
}

}  // namespace eks::dns
