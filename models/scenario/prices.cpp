#include "models/scenario/prices.hpp"

#include "models/scenario/keys.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <map>
#include <string>
#include <string_view>

namespace eks {

namespace {

constexpr double usd_max = 1e6;
constexpr std::int64_t whole_ppm = 1'000'000;

std::optional<MicroUsd> read_usd(const Reader& at) {
    const auto usd = at.number(0.0, usd_max);
    if (!usd) return std::nullopt;
    return static_cast<MicroUsd>(std::llround(*usd * 1e6));
}

struct NamedPrice {
    std::string_view key;
    MicroUsd Prices::* price;
};
constexpr std::array<NamedPrice, 10> named_prices{{
    {"ebsGibMonth", &Prices::ebs_gib_month},
    {"natGatewayHour", &Prices::nat_gateway_hour},
    {"natGatewayGb", &Prices::nat_gateway_gb},
    {"crossZoneGb", &Prices::cross_zone_gb},
    {"internetGb", &Prices::internet_gb},
    {"loadBalancerHour", &Prices::load_balancer_hour},
    {"applicationUnitHour", &Prices::application_unit_hour},
    {"networkUnitHour", &Prices::network_unit_hour},
    {"classicBalancerHour", &Prices::classic_balancer_hour},
    {"classicBalancerGb", &Prices::classic_balancer_gb},
}};

MicroUsd scaled(MicroUsd price, MicroUsd by, MicroUsd of) {
    return of == 0 ? price : static_cast<MicroUsd>(static_cast<__int128>(price) * by / of);
}

// On demand; what a spot instance costs follows in proportion.
void read_instance_prices(const Reader& at, ScenarioBuilder& builder) {
    for (const auto& [type, value] : at.members()) {
        if (builder.catalog.find(type) == nullptr) {
            const auto near = builder.catalog.nearest_names(type);
            at.complain_at_key(type, Rule::unknown_instance_type,
                               fmt::format("{} has {}, which is no instance type of the catalogue", at.title(), type),
                               near.empty() ? std::string() : fmt::format("did you mean {}?", fmt::join(near, ", ")));
            continue;
        }
        const auto usd = read_usd(value);
        if (!usd) continue;
        const MicroUsd list = builder.catalog.price(type, builder.spec.region).value_or(0);
        for (NodeShape& shape : builder.spec.shapes) {
            if (shape.instance_type != type) continue;
            shape.price_per_hour_micro_usd = list == 0 ? *usd : scaled(shape.price_per_hour_micro_usd, *usd, list);
        }
    }
}

// AWS-22. What an instance costs under the plan: the reserved price of the catalogue, which such plans are near to
// (AWS-23), in the Region's proportion.
void read_savings_plan(const Reader& at, ScenarioBuilder& builder) {
    if (!at.expect_map()) return;
    at.refuse_unknown_members(keys::savings_plan);
    SavingsPlan& plan = builder.spec.prices.savings_plan;
    if (const auto commitment_at = at.required("commitment")) {
        if (const auto usd = read_usd(*commitment_at)) plan.commitment_per_hour = *usd;
    }
    if (const auto years = at.member("years")) {
        const auto which = years->integer(1, 3);
        if (which && *which == 2)
            years->complain(Rule::not_one_of, fmt::format("{} is 2; plans are for 1 year or 3", years->title()));
        else if (which)
            plan.years = static_cast<std::int32_t>(*which);
    }
    constexpr std::string_view region_of_reserved_prices = "us-east-1";
    for (NodeShape& shape : builder.spec.shapes) {
        const InstanceType* type = builder.catalog.find(shape.instance_type);
        if (type == nullptr || shape.is_spot) continue;
        const MicroUsd reserved =
            plan.years == 3 ? type->reserved_3y_micro_usd_per_hour : type->reserved_1y_micro_usd_per_hour;
        const MicroUsd there = builder.catalog.price(type->name, region_of_reserved_prices).value_or(0);
        if (reserved > 0 && there > 0)
            shape.plan_price_per_hour_micro_usd = scaled(shape.price_per_hour_micro_usd, reserved, there);
    }
    builder.assume("prices of a savings plan", fmt::format("reserved prices of {} years, no upfront", plan.years),
                   "AWS-23: plans are near them");
}

}  // namespace

void read_prices(const std::optional<Reader>& prices, ScenarioBuilder& builder) {
    builder.assume("prices beside instances", "list prices of us-east-1", "AWS-73 to AWS-76, AWS-90");
    if (!prices || !prices->expect_map()) return;
    prices->refuse_unknown_members(keys::prices);
    for (const NamedPrice& named : named_prices) {
        const auto at = prices->member(named.key);
        const auto usd = at ? read_usd(*at) : std::nullopt;
        if (usd) builder.spec.prices.*named.price = *usd;
    }
    if (const auto at = prices->member("instances"); at && at->expect_map()) read_instance_prices(*at, builder);
    if (const auto at = prices->member("discount")) {
        if (const auto share = at->share_ppm()) {
            for (NodeShape& shape : builder.spec.shapes)
                shape.price_per_hour_micro_usd = scaled(shape.price_per_hour_micro_usd, whole_ppm - *share, whole_ppm);
        }
    }
    if (const auto at = prices->member("savingsPlan")) read_savings_plan(*at, builder);
}

}  // namespace eks
