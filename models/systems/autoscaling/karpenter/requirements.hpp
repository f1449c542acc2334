// Requirements on labels as sets: what NodePools, instance types, claims and pods ask of a node (KARP-9). A set is
// finite, or it is everything but a finite set, within bounds.
#pragma once

#include "models/spec/selector_requirement.hpp"
#include "models/systems/autoscaling/karpenter/bits.hpp"
#include "models/systems/autoscaling/karpenter/vocabulary.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eks::karpenter {

struct Requirement {
    bool is_complement = false;
    Bits values;                        // those allowed; of a complement those that are not
    std::optional<std::int64_t> least;  // bounds, of a complement alone
    std::optional<std::int64_t> most;
    std::optional<std::int64_t> min_values;  // so many values must be left to choose from (KARP-10)

    static Requirement any() {
        Requirement r;
        r.is_complement = true;
        return r;
    }
    static Requirement one_of(Bits values) {
        Requirement r;
        r.values = std::move(values);
        return r;
    }
    bool is_in() const { return !is_complement && !values.empty(); }
    // As operators: NotIn or DoesNotExist.
    bool is_exclusion() const { return is_complement != values.empty(); }
    bool is_bounded() const { return least.has_value() || most.has_value(); }

    friend bool operator==(const Requirement&, const Requirement&) = default;
};

bool allows(const Requirement& requirement, ValueIx value, const Numbers& numbers);
bool intersects(const Requirement& a, const Requirement& b, const Numbers& numbers);
Requirement intersection(const Requirement& a, const Requirement& b, const Numbers& numbers);
// Whether a node can be both, where one says NotIn or DoesNotExist and so does the other: by having no such label.
inline bool agree(const Requirement& existing, const Requirement& incoming, const Numbers& numbers) {
    return intersects(existing, incoming, numbers) || (existing.is_exclusion() && incoming.is_exclusion());
}

// By key, in the order of their keys.
class Requirements {
  public:
    const Requirement* find(KeyIx key) const {
        for (const auto& [k, requirement] : entries_) {
            if (k == key) return &requirement;
        }
        return nullptr;
    }
    // Both what was asked and this.
    void add(const Vocabulary& words, KeyIx key, const Requirement& requirement);
    void set(KeyIx key, Requirement requirement);
    void clear() { entries_.clear(); }
    bool empty() const { return entries_.empty(); }
    bool has_min_values() const;

    auto begin() const { return entries_.begin(); }
    auto end() const { return entries_.end(); }

  private:
    std::vector<std::pair<KeyIx, Requirement>> entries_;
};

void add_expression(Vocabulary& words, Requirements& to, const SelectorRequirement& expression,
                    std::optional<std::int64_t> min_values = std::nullopt);
void add_label(Vocabulary& words, Requirements& to, std::string_view key, std::string_view value);

// Whether labels that the one does not define may be asked of it: of a real node none, of one that is yet to be made
// those that every instance type has.
enum class Undefined : std::uint8_t { refused, well_known_allowed };

// `Have` is Requirements, or anything else that finds a requirement by its key.
template <class Have>
bool compatible(const Vocabulary& words, const Have& have, const Requirements& wanted, Undefined undefined) {
    for (const auto& [key, requirement] : wanted) {
        if (const Requirement* existing = have.find(key)) {
            if (!agree(*existing, requirement, words.numbers(key))) return false;
        } else if (!requirement.is_exclusion() && (undefined == Undefined::refused || !words.is_well_known(key))) {
            return false;
        }
    }
    return true;
}

}  // namespace eks::karpenter
