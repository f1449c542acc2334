// Changes leaves of objects one by one and looks whether the Spec follows: the check that "used" and "ignored" are
// true.
#pragma once

#include "tests/unit/models/scenario/kubernetes/object_fixture.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

namespace leaf_mutation {

struct Tally {
    std::int64_t all = 0;
    std::int64_t used = 0;
    std::int64_t ignored = 0;
};

struct Leaf {
    std::vector<std::size_t> path;  // positions of items and members from the root
    std::string name;
    bool used = false;
    bool is_empty = false;  // an empty container, or null: there is nothing to change
};

inline void collect(const eks::JsonValue& value, Leaf& at, std::vector<Leaf>& leaves) {
    if (value.is_leaf()) {
        at.used = value.used;
        at.is_empty = !value.is_scalar() || value.kind == eks::JsonKind::null;
        leaves.push_back(at);
        return;
    }
    const std::string name = at.name;
    for (std::size_t i = 0; i < value.items.size() + value.members.size(); ++i) {
        const bool is_item = i < value.items.size();
        at.path.push_back(i);
        at.name = name + "/" + (is_item ? std::to_string(i) : value.members[i - value.items.size()].key);
        collect(is_item ? value.items[i] : value.members[i - value.items.size()].value, at, leaves);
        at.path.pop_back();
    }
    at.name = name;
}

inline std::vector<Leaf> leaves_of(const object_fixture::ReadObjects& objects) {
    std::vector<Leaf> leaves;
    Leaf at;
    // The manifests are the first member of the document.
    at.path.push_back(0);
    at.name = "";
    collect(objects.document().members.front().value, at, leaves);
    return leaves;
}

inline Tally tally(const object_fixture::ReadObjects& objects) {
    Tally tally;
    for (const Leaf& leaf : leaves_of(objects)) {
        ++tally.all;
        tally.used += leaf.used ? 1 : 0;
    }
    for (const eks::IgnoredPath& each : objects.builder().ignored) tally.ignored += each.count;
    return tally;
}

inline eks::JsonValue& value_at(eks::JsonValue& root, const std::vector<std::size_t>& path) {
    eks::JsonValue* at = &root;
    for (const std::size_t step : path)
        at = step < at->items.size() ? &at->items[step] : &at->members[step - at->items.size()].value;
    return *at;
}

// Other values that the leaf could have; one of them must show if the leaf is used at all.
inline std::vector<eks::JsonValue> other_values(const eks::JsonValue& value) {
    using eks::JsonValue;
    switch (value.kind) {
        case eks::JsonKind::boolean: return {JsonValue::of_boolean(!value.boolean, 0)};
        case eks::JsonKind::integer:
            return {JsonValue::of_integer(value.integer + 1, 0), JsonValue::of_integer(value.integer + 1000, 0),
                    JsonValue::of_integer(std::max<std::int64_t>(value.integer - 1, 0), 0)};
        case eks::JsonKind::number: return {JsonValue::of_integer(7, 0)};
        default: break;
    }
    std::vector<JsonValue> others{JsonValue::of_text(value.text + "x", 0)};
    if (value.text == "false") others.push_back(JsonValue::of_text("true", 0));
    std::int64_t number = 0;
    const char* end = value.text.data() + value.text.size();
    const auto [stopped, error] = std::from_chars(value.text.data(), end, number);
    if (error == std::errc{}) {
        for (const std::int64_t more : {1, 100})
            others.push_back(JsonValue::of_text(std::to_string(number + more) + std::string(stopped, end), 0));
    }
    return others;
}

enum class Effect : std::uint8_t { none, refused, changed };

inline Effect effect_of(const object_fixture::ReadObjects& objects, const eks::Spec& base, const Leaf& leaf,
                        const eks::JsonValue& other, std::int32_t kubernetes_minor) {
    eks::JsonValue document = objects.document();
    value_at(document, leaf.path) = other;
    const object_fixture::ReadObjects after(std::move(document), kubernetes_minor);
    if (!after.errors().empty()) return Effect::refused;
    return after.spec() == base ? Effect::none : Effect::changed;
}

// Leaves whose use is not what is said, one a line. A used leaf changes the Spec or is refused; one that is ignored may
// still be looked at and refused, such as the kind of an object, but never changes the Spec.
inline std::string mismatches(const object_fixture::ReadObjects& objects, std::int32_t kubernetes_minor,
                              bool look_at_used) {
    const object_fixture::ReadObjects base(objects.document(), kubernetes_minor);
    std::string list;
    for (const Leaf& leaf : leaves_of(objects)) {
        if (leaf.is_empty || leaf.used != look_at_used) continue;
        eks::JsonValue document = objects.document();
        bool any = false;
        for (const eks::JsonValue& other : other_values(value_at(document, leaf.path))) {
            const Effect effect = effect_of(objects, base.spec(), leaf, other, kubernetes_minor);
            any = any || effect == Effect::changed || (look_at_used && effect == Effect::refused);
        }
        if (any != look_at_used) list += leaf.name + "\n";
    }
    return list;
}

inline std::string used_leaves_without_effect(const object_fixture::ReadObjects& objects,
                                              std::int32_t kubernetes_minor) {
    return mismatches(objects, kubernetes_minor, true);
}

inline std::string ignored_leaves_with_effect(const object_fixture::ReadObjects& objects,
                                              std::int32_t kubernetes_minor) {
    return mismatches(objects, kubernetes_minor, false);
}

}  // namespace leaf_mutation
