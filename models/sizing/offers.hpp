// What can be bought: instance types that the wishes allow, with the node settings of the scenario, loaded as a cluster
// that has one node group for each. All that a node of a type has (reserves, labels, maxPods, price) is thereby what a
// scenario with that node group would have.
#pragma once

#include "models/scenario/group_choice.hpp"
#include "models/sizing/demand.hpp"
#include "models/sizing/density.hpp"
#include "models/sizing/wishes.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks::sizing {

// An instance type with settings, bought in one way.
struct Offer {
    std::string instance_type;
    std::size_t written = 0;  // whose settings its nodes have
    Purchase purchase = Purchase::on_demand;
    std::size_t market = 0;  // into Market
    NodeGroupIx group;       // of that market's Spec
    MicroUsd price_per_hour_micro_usd = 0;
    MicroUsd volume_per_hour_micro_usd = 0;
    double usd_per_hour() const {
        return static_cast<double>(price_per_hour_micro_usd + volume_per_hour_micro_usd) / micro_usd_per_usd;
    }
};

// A Spec with a group for every type, all with the same settings, on demand or spot.
struct Market {
    std::shared_ptr<const Spec> spec;
    Density density;
};

struct Supply {
    std::vector<WrittenGroup> written;
    std::vector<Market> markets;
    std::vector<Offer> offers;  // by purchase, then by settings, then by name of the type
    std::vector<Assumption> assumptions;

    const Spec& spec_of(const Offer& offer) const { return *markets[offer.market].spec; }
    NodeShapeIx shape_of(const Offer& offer) const { return spec_of(offer)[offer.group].shapes.front(); }
    const Density::Cell& cell(const Offer& offer, std::size_t workload) const {
        return markets[offer.market].density.at(offer.group.value, workload);
    }
};

// What of the document is set for a cluster with other node groups: no matrix and no variants.
using SetPairs = std::vector<std::pair<std::string, std::string>>;

// The names of instance types that the wishes allow and that have a price in the region, sorted; complaints about names
// that nothing bears, or where nothing is left.
sim::Result<std::vector<std::string>, Complaints> allowed_types(const Wishes& wishes, const Catalog& catalog,
                                                                std::string_view region);

// `base` is the scenario as it is, for its pools and region.
sim::Result<Supply, Complaints> supply_of(std::string_view document, const LoadOptions& options, const Scenario& base,
                                          const Demand& demand, const Wishes& wishes);

// The family of an instance type: "m7g" of "m7g.xlarge".
std::string_view family_of(std::string_view instance_type);

}  // namespace eks::sizing
