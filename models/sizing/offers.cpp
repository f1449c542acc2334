#include "models/sizing/offers.hpp"

#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace eks::sizing {

namespace {

Complaint complaint(Rule rule, std::string message, std::string hint) {
    Complaint made;
    made.rule = rule;
    made.message = std::move(message);
    made.hint = std::move(hint);
    return made;
}

Complaints unknown_names(const Wishes& wishes, const Catalog& catalog) {
    Complaints complaints;
    for (const std::string& name : wishes.types) {
        const InstanceType* type = catalog.find(name);
        if (type != nullptr && type->is_complete()) continue;
        const auto near = catalog.nearest_names(name);
        complaints.push_back(
            type != nullptr
                ? complaint(Rule::incomplete_instance_type,
                            fmt::format("too little is known of {} to run nodes of it", name),
                            "`ekssim import` takes the description from your own account")
                : complaint(Rule::unknown_instance_type,
                            fmt::format("\"{}\" is no instance type of the catalogue", name),
                            near.empty() ? "types look like m5.large" : fmt::format("did you mean {}?", near.front())));
    }
    std::set<std::string_view> families;
    for (const InstanceType& type : catalog.all()) families.insert(family_of(type.name));
    const std::vector<std::string_view> known(families.begin(), families.end());
    for (const std::string& name : wishes.families) {
        if (!families.contains(name))
            complaints.push_back(complaint(Rule::unknown_instance_type,
                                           fmt::format("\"{}\" is no family of instance types", name),
                                           did_you_mean(name, known)));
    }
    return complaints;
}

bool is_wished(const Wishes& wishes, const InstanceType& type) {
    const auto has = [](const auto& list, const auto& value) {
        return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
    };
    const bool is_named = !wishes.families.empty() || !wishes.types.empty();
    if (!type.current_generation && !wishes.older_generations && !is_named) return false;
    return has(wishes.architectures, type.architecture) && has(wishes.families, std::string(family_of(type.name))) &&
           has(wishes.types, type.name);
}

// Leaves out what speaks of the groups as they were. Of a timeline that makes workloads all stays, as they are to be
// sized.
SetPairs without_what_runs(SetPairs set, const Spec& base) {
    set.emplace_back("matrix", "{}");
    set.emplace_back("variants", "[]");
    set.emplace_back("expect", "[]");
    if (base.made_later.empty()) set.emplace_back("timeline", "[]");
    return set;
}

// A reserved price is known for us-east-1; elsewhere it is taken to be the same share of what is paid on demand.
std::optional<MicroUsd> reserved_price(const Catalog& catalog, const InstanceType& type, Purchase purchase,
                                       MicroUsd on_demand) {
    const MicroUsd there =
        purchase == Purchase::reserved_1y ? type.reserved_1y_micro_usd_per_hour : type.reserved_3y_micro_usd_per_hour;
    const auto on_demand_there = catalog.price(type.name, "us-east-1");
    if (there == 0 || !on_demand_there || *on_demand_there == 0) return std::nullopt;
    return static_cast<MicroUsd>(
        static_cast<double>(on_demand) * static_cast<double>(there) / static_cast<double>(*on_demand_there) + 0.5);
}

bool is_of_market(Purchase purchase, bool is_spot) { return (purchase == Purchase::spot) == is_spot; }

sim::Result<std::shared_ptr<const Spec>, Complaints> market_spec(std::string_view document, const LoadOptions& options,
                                                                 const Supply& supply, std::size_t written,
                                                                 bool is_spot, const std::vector<std::string>& types,
                                                                 const Wishes& wishes, const Spec& base) {
    std::vector<ChosenGroup> groups;
    for (const std::string& type : types) groups.push_back({written, type, type, is_spot, 1, wishes.zones});
    LoadOptions with_groups = options;
    with_groups.set = without_what_runs(std::move(with_groups.set), base);
    for (auto& pair : groups_as_set(supply.written, groups)) with_groups.set.push_back(std::move(pair));
    auto scenario = load_scenario_json(document, with_groups);
    if (!scenario) return sim::failure(scenario.error());
    return scenario->spec;
}

// Selectors may name the node group that is written, which each of these stands for.
std::shared_ptr<const Spec> with_name_of_group(const std::shared_ptr<const Spec>& spec, const std::string& name) {
    const auto is_name = [](const std::string& key) {
        return key == "eks.amazonaws.com/nodegroup" || key == "alpha.eksctl.io/nodegroup-name";
    };
    const bool is_asked_for = std::any_of(spec->templates.begin(), spec->templates.end(), [&](const PodTemplate& pod) {
        const bool in_selector = std::any_of(pod.node_selector.begin(), pod.node_selector.end(),
                                             [&](const Label& label) { return is_name(label.key); });
        return in_selector || std::any_of(pod.required_node_terms.begin(), pod.required_node_terms.end(),
                                          [&](const NodeSelectorTerm& term) {
                                              return std::any_of(term.all.begin(), term.all.end(),
                                                                 [&](const auto& r) { return is_name(r.key); });
                                          });
    });
    if (!is_asked_for) return spec;
    Spec changed = *spec;
    for (NodeShape& shape : changed.shapes) {
        for (Label& label : shape.labels) {
            if (is_name(label.key)) label.value = name;
        }
    }
    changed.template_on_shape_table.clear();
    changed.scheduling_classes.clear();
    complete(changed);
    return std::make_shared<const Spec>(std::move(changed));
}

// Settings that make no difference to any workload are one: of each type the first.
bool is_same_offer(const Supply& supply, const Offer& a, const Offer& b, std::size_t workloads) {
    if (a.instance_type != b.instance_type || a.purchase != b.purchase || a.usd_per_hour() != b.usd_per_hour())
        return false;
    if (supply.spec_of(a)[supply.shape_of(a)].allocatable != supply.spec_of(b)[supply.shape_of(b)].allocatable)
        return false;
    for (std::size_t w = 0; w < workloads; ++w) {
        const Density::Cell& x = supply.cell(a, w);
        const Density::Cell& y = supply.cell(b, w);
        if (x.count != y.count || x.bound != y.bound) return false;
    }
    return true;
}

void add_offers(Supply& supply, const Catalog& catalog, const Wishes& wishes, std::size_t market, std::size_t written,
                bool is_spot, std::size_t workloads) {
    const Spec& spec = *supply.markets[market].spec;
    for (const Purchase purchase : wishes.purchases) {
        if (!is_of_market(purchase, is_spot)) continue;
        for (std::uint32_t g = 0; g < spec.node_groups.size(); ++g) {
            if (spec.node_groups[g].is_node_pool) continue;
            const NodeShape& shape = spec[spec.node_groups[g].shapes.front()];
            const InstanceType& type = *catalog.find(shape.instance_type);
            if (purchase == Purchase::spot && !type.spot_supported) continue;
            Offer offer{shape.instance_type,
                        written,
                        purchase,
                        market,
                        NodeGroupIx{g},
                        shape.price_per_hour_micro_usd,
                        root_volume_per_hour(spec.prices, shape)};
            if (purchase == Purchase::reserved_1y || purchase == Purchase::reserved_3y) {
                const auto price = reserved_price(catalog, type, purchase, offer.price_per_hour_micro_usd);
                if (!price) continue;
                offer.price_per_hour_micro_usd = *price;
            }
            if (offer.price_per_hour_micro_usd <= 0) continue;
            const bool is_known = std::any_of(supply.offers.begin(), supply.offers.end(), [&](const Offer& other) {
                return is_same_offer(supply, offer, other, workloads);
            });
            if (!is_known) supply.offers.push_back(std::move(offer));
        }
    }
}

}  // namespace

std::string_view family_of(std::string_view instance_type) { return instance_type.substr(0, instance_type.find('.')); }

sim::Result<std::vector<std::string>, Complaints> allowed_types(const Wishes& wishes, const Catalog& catalog,
                                                                std::string_view region) {
    if (Complaints wrong = unknown_names(wishes, catalog); !wrong.empty()) return sim::failure(wrong);
    std::vector<std::string> names;
    for (const InstanceType& type : catalog.all()) {
        if (type.is_complete() && is_wished(wishes, type) && catalog.price(type.name, region))
            names.push_back(type.name);
    }
    if (names.empty())
        return sim::failure(Complaints{
            complaint(Rule::matches_nothing,
                      fmt::format("no instance type with a known price in {} is of what is asked for", region),
                      "allow more architectures, families or types")});
    return names;
}

sim::Result<Supply, Complaints> supply_of(std::string_view document, const LoadOptions& options, const Scenario& base,
                                          const Demand& demand, const Wishes& wishes) {
    const Catalog& catalog = options.catalog != nullptr ? *options.catalog : Catalog::builtin();
    const auto types = allowed_types(wishes, catalog, base.spec->region);
    if (!types) return sim::failure(types.error());
    auto written = written_node_groups(document, options);
    if (!written) return sim::failure(written.error());
    Supply supply;
    supply.written = std::move(*written);
    // Pods that are meant for the nodes of a pool find its labels on a group that stands for it.
    for (const NodePool& pool : base.spec->karpenter.pools)
        supply.written.push_back(written_group_of(pool, supply.written.front()));

    for (const bool is_spot : {false, true}) {
        const bool is_asked_for = std::any_of(wishes.purchases.begin(), wishes.purchases.end(),
                                              [&](Purchase p) { return is_of_market(p, is_spot); });
        if (!is_asked_for) continue;
        for (std::size_t w = 0; w < supply.written.size(); ++w) {
            auto spec = market_spec(document, options, supply, w, is_spot, *types, wishes, *base.spec);
            if (!spec) return sim::failure(spec.error());
            Market market{with_name_of_group(*spec, supply.written[w].name), {}};
            market.density = density_of(*market.spec, demand.workloads);
            supply.markets.push_back(std::move(market));
            add_offers(supply, catalog, wishes, supply.markets.size() - 1, w, is_spot, demand.workloads.size());
        }
    }
    std::stable_sort(supply.offers.begin(), supply.offers.end(),
                     [](const Offer& a, const Offer& b) { return a.purchase < b.purchase; });
    if (!wishes.older_generations && wishes.families.empty() && wishes.types.empty())
        supply.assumptions.push_back({"instance types", "those that AWS calls current", "older ones may be asked for"});
    for (const Purchase purchase : wishes.purchases) {
        if (purchase == Purchase::spot)
            supply.assumptions.push_back(
                {"price of spot instances", "on demand less the Spot Advisor's monthly average", "AWS-25"});
        if (purchase == Purchase::reserved_1y || purchase == Purchase::reserved_3y)
            supply.assumptions.push_back({fmt::format("price of {} instances", text_of(purchase)),
                                          "the share of the on-demand price that it is in us-east-1",
                                          "AWS-23: standard, no upfront"});
    }
    return supply;
}

}  // namespace eks::sizing
