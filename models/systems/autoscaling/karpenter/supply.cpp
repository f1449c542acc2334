#include "models/systems/autoscaling/karpenter/supply.hpp"

#include <algorithm>
#include <numeric>

namespace eks::karpenter {

namespace {

// Huge pages are cut out of memory.
Amounts allocatable_amounts(const InstanceType& type) {
    Amounts allocatable = type.capacity;
    for (auto& [resource, amount] : allocatable) {
        if (const auto taken = type.overhead.find(resource); taken != type.overhead.end()) amount -= taken->second;
    }
    for (const auto& [resource, amount] : type.capacity) {
        if (!resource.starts_with("hugepages-")) continue;
        std::int64_t& memory = allocatable["memory"];
        memory = std::max<std::int64_t>(memory - amount, 0);
    }
    return allocatable;
}

std::vector<Quantities> columns(const Resources& resources, const std::vector<Amounts>& of_types) {
    std::vector<Quantities> by_resource(resources.count(), Quantities(of_types.size()));
    for (std::size_t t = 0; t < of_types.size(); ++t) {
        const Quantities quantities = resources.quantities(of_types[t]);
        for (std::size_t r = 0; r < quantities.size(); ++r) by_resource[r][t] = quantities[r];
    }
    return by_resource;
}

bool is_any_address(const std::string& ip) { return ip == "0.0.0.0" || ip == "::"; }

bool conflict(const HostPort& a, const HostPort& b) {
    return a.protocol == b.protocol && a.port == b.port &&
           (a.ip == b.ip || is_any_address(a.ip) || is_any_address(b.ip));
}

}  // namespace

std::size_t Resources::add(std::string_view name) {
    const auto resource = static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin());
    if (resource == names_.size()) names_.emplace_back(name);
    return resource;
}

Quantities Resources::quantities(const Amounts& amounts) const {
    Quantities quantities(names_.size());
    for (std::size_t r = 0; r < names_.size(); ++r) {
        if (const auto found = amounts.find(names_[r]); found != amounts.end()) quantities[r] = found->second;
    }
    return quantities;
}

TypeTable::TypeTable(Vocabulary& words, Resources& resources, const std::vector<InstanceType>& types)
    : zone_key_(words.add(zone_label)), capacity_type_key_(words.add(capacity_type_label)) {
    const KeyIx name_key = words.add(instance_type_label);
    for (const InstanceType& type : types) {
        Requirements requirements;
        for (const auto& [label, values] : type.labels)
            add_expression(words, requirements, {label, SelectorOperator::in, values, false});
        requirements.set(name_key, Requirement::one_of(Bits(words.add(name_key, type.name))));
        std::vector<TypeOffering> offerings;
        Bits zones;
        Bits capacity_types;
        for (const Offering& offering : type.offerings) {
            const ValueIx zone = words.add(zone_key_, offering.zone);
            const ValueIx capacity_type = words.add(capacity_type_key_, offering.capacity_type);
            offerings.push_back({zone, capacity_type, offering.price, offering.is_available});
            if (!offering.is_available) continue;
            zones.insert(zone);
            capacity_types.insert(capacity_type);
        }
        requirements.set(zone_key_, Requirement::one_of(zones));
        requirements.set(capacity_type_key_, Requirement::one_of(capacity_types));
        all_.insert(requirements_.size());
        requirements_.push_back(std::move(requirements));
        offerings_.push_back(std::move(offerings));
        allocatable_by_name_.push_back(allocatable_amounts(type));
        capacity_by_name_.push_back(type.capacity);
        for (const auto& [resource, amount] : type.capacity) resources.add(resource);
    }
}

void TypeTable::seal(const Vocabulary& words, const Resources& resources) {
    allocatable_ = columns(resources, allocatable_by_name_);
    capacity_ = columns(resources, capacity_by_name_);
    for (const Quantities& column : allocatable_) {
        for (std::size_t t = 0; t < column.size(); ++t) {
            if (column[t] < 0) overdrawn_.insert(t);
        }
    }
    keys_.resize(words.keys());
    for (KeyIx key = 0; key < words.keys(); ++key) {
        KeyColumn& column = keys_[key];
        column.with_value.resize(words.values(key));
        for (std::uint32_t t = 0; t < requirements_.size(); ++t) {
            const Requirement* requirement = requirements_[t].find(key);
            if (requirement == nullptr) {
                column.lacking.insert(t);
            } else if (requirement->values.empty()) {
                column.without_values.insert(t);
            } else {
                requirement->values.for_each([&](ValueIx value) { column.with_value[value].insert(t); });
            }
        }
    }
    for (std::uint32_t t = 0; t < offerings_.size(); ++t) {
        for (const TypeOffering& offering : offerings_[t]) {
            if (!offering.is_available) continue;
            auto column = std::ranges::find_if(offering_columns_, [&](const OfferingColumn& c) {
                return c.zone == offering.zone && c.capacity_type == offering.capacity_type;
            });
            if (column == offering_columns_.end())
                column = offering_columns_.insert(column, {offering.zone, offering.capacity_type, {}});
            column->types.insert(t);
        }
    }
}

Bits TypeTable::meeting(const Vocabulary& words, KeyIx key, const Requirement& requirement) const {
    const KeyColumn& column = keys_[key];
    Bits types = column.lacking;
    if (requirement.is_exclusion()) types |= column.without_values;
    if (requirement.is_complement) {
        const Numbers& numbers = words.numbers(key);
        for (ValueIx value = 0; value < column.with_value.size(); ++value) {
            if (allows(requirement, value, numbers)) types |= column.with_value[value];
        }
    } else {
        requirement.values.for_each([&](ValueIx value) { types |= column.with_value[value]; });
    }
    return types;
}

Bits TypeTable::offered(const Vocabulary& words, const Requirement* zone, const Requirement* capacity_type) const {
    const auto passes = [&](const Requirement* requirement, KeyIx key, ValueIx value) {
        return requirement == nullptr || allows(*requirement, value, words.numbers(key));
    };
    Bits types;
    for (const OfferingColumn& column : offering_columns_) {
        if (passes(zone, zone_key_, column.zone) && passes(capacity_type, capacity_type_key_, column.capacity_type))
            types |= column.types;
    }
    return types;
}

void TypeTable::keep_fitting(Bits& types, const Quantities& requests) const {
    types -= overdrawn_;
    for (std::size_t w = 0; w < types.words(); ++w) {
        std::uint64_t left = types.word(w);
        for (std::size_t r = 0; r < requests.size() && left != 0; ++r) {
            if (requests[r] <= 0) continue;
            const std::int64_t* room = allocatable_[r].data() + w * 64;
            const std::size_t in_word = std::min<std::size_t>(64, allocatable_[r].size() - w * 64);
            std::uint64_t enough = 0;
            for (std::size_t i = 0; i < in_word; ++i)
                enough |= static_cast<std::uint64_t>(room[i] >= requests[r] ? 1 : 0) << i;
            left &= enough;
        }
        types.set_word(w, left);
    }
}

void TypeTable::keep_within(Bits& types, const Limits& limits) const {
    const Bits before = types;
    before.for_each([&](TypeIx type) {
        for (std::size_t r = 0; r < limits.size(); ++r) {
            if (limits[r] && capacity_[r][type] > *limits[r]) types.erase(type);
        }
    });
}

std::int64_t TypeTable::distinct_values(const Bits& types, KeyIx key) const {
    return std::ranges::count_if(keys_[key].with_value, [&](const Bits& with) { return with.intersects(types); });
}

bool TypeTable::is_compatible(const Vocabulary& words, const TypeOffering& offering,
                              const Requirements& requirements) const {
    const Requirement* zone = requirements.find(zone_key_);
    const Requirement* capacity_type = requirements.find(capacity_type_key_);
    return (zone == nullptr || allows(*zone, offering.zone, words.numbers(zone_key_))) &&
           (capacity_type == nullptr ||
            allows(*capacity_type, offering.capacity_type, words.numbers(capacity_type_key_)));
}

std::optional<double> TypeTable::cheapest(const Vocabulary& words, TypeIx type,
                                          const Requirements& requirements) const {
    std::optional<double> price;
    for (const TypeOffering& offering : offerings_[type]) {
        if (offering.is_available && is_compatible(words, offering, requirements))
            price = std::min(price.value_or(offering.price), offering.price);
    }
    return price;
}

std::vector<PoolIx> order_of_pools(const std::vector<NodePool>& pools) {
    std::vector<PoolIx> order(pools.size());
    std::iota(order.begin(), order.end(), PoolIx{0});
    std::ranges::sort(order, [&](PoolIx a, PoolIx b) {
        if (pools[a].weight != pools[b].weight) return pools[a].weight > pools[b].weight;
        return pools[a].name > pools[b].name;
    });
    return order;
}

Requirements requirements_of(Vocabulary& words, const NodePool& pool) {
    Requirements requirements;
    for (const PoolRequirement& r : pool.requirements) add_expression(words, requirements, r.expression, r.min_values);
    for (const auto& [label, value] : pool.labels) add_label(words, requirements, label, value);
    if (!pool.node_class.key.empty()) add_label(words, requirements, pool.node_class.key, pool.node_class.value);
    add_label(words, requirements, node_pool_label, pool.name);
    // DaemonSets may ask for nodes that have come up.
    add_label(words, requirements, registered_label, "true");
    add_label(words, requirements, initialized_label, "true");
    return requirements;
}

bool conflict(const std::vector<HostPort>& a, const std::vector<HostPort>& b) {
    return std::ranges::any_of(a, [&](const HostPort& x) {
        return std::ranges::any_of(b, [&](const HostPort& y) { return conflict(x, y); });
    });
}

}  // namespace eks::karpenter
