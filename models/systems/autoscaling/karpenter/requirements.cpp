#include "models/systems/autoscaling/karpenter/requirements.hpp"

#include <algorithm>

namespace eks::karpenter {

namespace {

using Bound = std::optional<std::int64_t>;

Bound larger(const Bound& a, const Bound& b) { return !a ? b : !b ? a : std::max(a, b); }
Bound smaller(const Bound& a, const Bound& b) { return !a ? b : !b ? a : std::min(a, b); }

// A value that is no number lies within no bounds.
bool is_within(ValueIx value, const Bound& least, const Bound& most, const Numbers& numbers) {
    if (!least && !most) return true;
    if (value >= numbers.size() || !numbers[value]) return false;
    return (!least || *numbers[value] >= *least) && (!most || *numbers[value] <= *most);
}

// The bound that Gt and Lt give; Kubernetes has checked that it is a number.
std::int64_t bound_of(const Vocabulary& words, KeyIx key, ValueIx value) {
    return words.numbers(key)[value].value_or(0);
}

}  // namespace

bool allows(const Requirement& r, ValueIx value, const Numbers& numbers) {
    return r.values.contains(value) != r.is_complement && is_within(value, r.least, r.most, numbers);
}

bool intersects(const Requirement& a, const Requirement& b, const Numbers& numbers) {
    const bool is_bounded = a.is_bounded() || b.is_bounded();
    if (is_bounded) {
        const Bound least = larger(a.least, b.least);
        const Bound most = smaller(a.most, b.most);
        if (least && most && *least > *most) return false;
    }
    if (a.is_complement && b.is_complement) return true;
    const Requirement& finite = a.is_complement ? b : a;
    const Requirement& other = a.is_complement ? a : b;
    if (!is_bounded)
        return other.is_complement ? finite.values.exceeds(other.values) : finite.values.intersects(other.values);
    bool found = false;
    finite.values.for_each([&](ValueIx value) { found = found || allows(other, value, numbers); });
    return found;
}

Requirement intersection(const Requirement& a, const Requirement& b, const Numbers& numbers) {
    Requirement both;
    both.min_values = larger(a.min_values, b.min_values);
    const Bound least = larger(a.least, b.least);
    const Bound most = smaller(a.most, b.most);
    if (least && most && *least > *most) return both;
    both.is_complement = a.is_complement && b.is_complement;
    both.values = a.values;
    if (both.is_complement) {
        both.values |= b.values;
    } else if (a.is_complement) {
        both.values = b.values;
        both.values -= a.values;
    } else if (b.is_complement) {
        both.values -= b.values;
    } else {
        both.values &= b.values;
    }
    if (least || most) {
        const Bits before = both.values;
        before.for_each([&](ValueIx value) {
            if (!is_within(value, least, most, numbers)) both.values.erase(value);
        });
    }
    if (both.is_complement) {
        both.least = least;
        both.most = most;
    }
    return both;
}

void Requirements::add(const Vocabulary& words, KeyIx key, const Requirement& requirement) {
    const Requirement* existing = find(key);
    set(key, existing == nullptr ? requirement : intersection(requirement, *existing, words.numbers(key)));
}

void Requirements::set(KeyIx key, Requirement requirement) {
    const auto place = std::ranges::lower_bound(entries_, key, {}, [](const auto& entry) { return entry.first; });
    if (place != entries_.end() && place->first == key)
        place->second = std::move(requirement);
    else
        entries_.emplace(place, key, std::move(requirement));
}

bool Requirements::has_min_values() const {
    return std::ranges::any_of(entries_, [](const auto& entry) { return entry.second.min_values.has_value(); });
}

void add_expression(Vocabulary& words, Requirements& to, const SelectorRequirement& expression,
                    std::optional<std::int64_t> min_values) {
    const KeyIx key = words.add(current_name(expression.key));
    Requirement r;
    r.min_values = min_values;
    r.is_complement = expression.op != SelectorOperator::in && expression.op != SelectorOperator::does_not_exist;
    std::vector<ValueIx> values;
    for (const std::string& value : expression.values) values.push_back(words.add(key, value));
    if (expression.op == SelectorOperator::in || expression.op == SelectorOperator::not_in) {
        for (const ValueIx value : values) r.values.insert(value);
    }
    if (expression.op == SelectorOperator::greater && !values.empty()) r.least = bound_of(words, key, values[0]) + 1;
    if (expression.op == SelectorOperator::less && !values.empty()) r.most = bound_of(words, key, values[0]) - 1;
    to.add(words, key, r);
}

void add_label(Vocabulary& words, Requirements& to, std::string_view name, std::string_view value) {
    const KeyIx key = words.add(current_name(name));
    to.add(words, key, Requirement::one_of(Bits(words.add(key, value))));
}

}  // namespace eks::karpenter
