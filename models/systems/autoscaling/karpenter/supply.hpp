// What can be bought: instance types as columns, and NodePools as templates of claims (KARP-9 to KARP-12). A set of
// types is a bit set, so that narrowing a claim's candidates is a few operations on words.
#pragma once

#include "models/systems/autoscaling/karpenter/objects.hpp"
#include "models/systems/autoscaling/karpenter/requirements.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eks::karpenter {

// Amounts by the number of a resource.
using Quantities = std::vector<std::int64_t>;
using Limits = std::vector<std::optional<std::int64_t>>;

// The resources that somebody names, numbered.
class Resources {
  public:
    static constexpr std::size_t cpu = 0, memory = 1, pods = 2, nodes = 3;

    std::size_t add(std::string_view name);
    std::size_t count() const { return names_.size(); }
    // Of resources that all have a number.
    Quantities quantities(const Amounts& amounts) const;

  private:
    std::vector<std::string> names_{"cpu", "memory", "pods", "nodes"};
};

struct TypeOffering {
    ValueIx zone = 0;
    ValueIx capacity_type = 0;
    double price = 0;
    bool is_available = false;
};

class TypeTable {
  public:
    TypeTable() = default;
    // Every label and resource of a type gets a number that has none yet.
    TypeTable(Vocabulary& words, Resources& resources, const std::vector<InstanceType>& types);
    // Once all labels and resources have their numbers.
    void seal(const Vocabulary& words, const Resources& resources);

    const Bits& all() const { return all_; }
    const Requirements& requirements(TypeIx type) const { return requirements_[type]; }
    const std::vector<TypeOffering>& offerings(TypeIx type) const { return offerings_[type]; }
    std::int64_t capacity(std::size_t resource, TypeIx type) const { return capacity_[resource][type]; }
    std::int64_t allocatable(std::size_t resource, TypeIx type) const { return allocatable_[resource][type]; }

    // Those that can meet it; a type without the label passes.
    Bits meeting(const Vocabulary& words, KeyIx key, const Requirement& requirement) const;
    // Those with an available offering of such a zone and capacity type.
    Bits offered(const Vocabulary& words, const Requirement* zone, const Requirement* capacity_type) const;
    // Keeps those with room for so much.
    void keep_fitting(Bits& types, const Quantities& requests) const;
    // Keeps those whose capacity stays within the limits.
    void keep_within(Bits& types, const Limits& limits) const;
    // How many values of the label these types have together.
    std::int64_t distinct_values(const Bits& types, KeyIx key) const;
    // The lowest price of the available offerings that are compatible; nothing if there is none.
    std::optional<double> cheapest(const Vocabulary& words, TypeIx type, const Requirements& requirements) const;
    bool is_compatible(const Vocabulary& words, const TypeOffering& offering, const Requirements& requirements) const;

    KeyIx zone_key() const { return zone_key_; }
    KeyIx capacity_type_key() const { return capacity_type_key_; }

  private:
    struct KeyColumn {
        std::vector<Bits> with_value;  // by value
        Bits lacking;                  // types that do not define the label
        Bits without_values;           // that define it as something they do not have
    };
    struct OfferingColumn {
        ValueIx zone;
        ValueIx capacity_type;
        Bits types;
    };

    KeyIx zone_key_ = 0;
    KeyIx capacity_type_key_ = 0;
    Bits all_;
    std::vector<Requirements> requirements_;
    std::vector<Amounts> allocatable_by_name_;
    std::vector<Amounts> capacity_by_name_;
    std::vector<std::vector<TypeOffering>> offerings_;
    std::vector<KeyColumn> keys_;
    std::vector<OfferingColumn> offering_columns_;
    std::vector<Quantities> allocatable_;  // by resource, then type
    std::vector<Quantities> capacity_;
    Bits overdrawn_;  // types whose overhead exceeds their capacity in something: nothing fits them
};

// Types for which the same DaemonSets run.
struct DaemonGroup {
    Bits types;
    Quantities overhead;
    std::vector<HostPort> host_ports;
};

// A NodePool that has instance types to offer.
struct ClaimTemplate {
    PoolIx pool = 0;
    Requirements requirements;
    std::uint32_t taints = 0;  // a set of taints
    Bits types;
    std::vector<DaemonGroup> daemons;
    Limits limits;
};

// In the order in which they are tried: weight descending, then name descending (KARP-7).
std::vector<PoolIx> order_of_pools(const std::vector<NodePool>& pools);
// What a claim of the pool is before any pod is on it.
Requirements requirements_of(Vocabulary& words, const NodePool& pool);

bool conflict(const std::vector<HostPort>& a, const std::vector<HostPort>& b);

}  // namespace eks::karpenter
