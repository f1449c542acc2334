// The catalogue: which EC2 instance types there are, what they can do, and what they cost.
//
//     const eks::Catalog& catalog = eks::Catalog::builtin();
//     const eks::InstanceType* type = catalog.find("m5.large");        // null if there is none
//     auto price = catalog.price("m5.large", "us-east-1");              // 96'000 micro-USD per hour
//
// The facts are compiled in (models/catalog/data names their sources and dates) and read at first use, which takes
// about a millisecond; prices are read when the first one is asked for. A catalogue is a value; types found in it live
// as long as it does. The built-in one lives as long as the program, and may be read from any thread. This file stands
// below spec: the scenario looks types up here and copies what it needs.
#pragma once

#include "models/catalog/instance_type.hpp"
#include "models/quantities.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// Instance types that lie over the built-in ones: what `ekssim import` made of the user's own AWS account (import.hpp).
struct CatalogFragment {
    std::vector<InstanceType> types;
    friend bool operator==(const CatalogFragment&, const CatalogFragment&) = default;
};

class Catalog {
  public:
    static const Catalog& builtin();
    // Of the newest snapshot that the compiled-in facts come from: "2026-08-18".
    static std::string_view builtin_date();

    // Names are case-sensitive, as in EC2.
    const InstanceType* find(std::string_view name) const;

    std::span<const InstanceType> all() const { return types_; }  // sorted by name

    // The on-demand price of an hour (Linux, shared tenancy), or nothing where the catalogue knows none. Types that
    // were imported keep the built-in price, as AWS describes types without prices.
    std::optional<MicroUsd> price(std::string_view type, std::string_view region) const;

    // The regions for which there are prices, sorted.
    static std::span<const std::string_view> regions();

    std::optional<SpotAdvice> spot_advice(std::string_view type, std::string_view region) const;

    // Names that a mistyped one may have meant, nearest first, at most `count`; empty if nothing is near.
    std::vector<std::string> nearest_names(std::string_view name, std::size_t count = 3) const;

    // This catalogue with the fragment's types added. A type that is in both keeps of the built-in one what AWS's
    // answer does not contain (branch interfaces, credits, reserved prices, spot advice); everything else is the
    // fragment's.
    Catalog merge(const CatalogFragment& fragment) const;

  private:
    std::vector<InstanceType> types_;
};

}  // namespace eks
