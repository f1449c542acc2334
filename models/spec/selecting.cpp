#include "models/spec/selecting.hpp"

#include <algorithm>

namespace eks {

bool meets(const SelectorRequirement& requirement, const std::vector<Label>& labels) {
    const auto label = std::ranges::find(labels, requirement.key, &Label::key);
    const bool is_there = label != labels.end();
    const auto is_listed = [&] {
        return std::ranges::find(requirement.values, label->value) != requirement.values.end();
    };
    switch (requirement.op) {
        case SelectorOperator::in: return is_there && is_listed();
        case SelectorOperator::not_in: return !is_there || !is_listed();
        case SelectorOperator::exists: return is_there;
        case SelectorOperator::does_not_exist: return !is_there;
        case SelectorOperator::greater:
        case SelectorOperator::less: break;  // of node selectors alone
    }
    return false;
}

bool selects(const Selector& selector, const std::vector<Label>& labels) {
    return selector.is_given && std::ranges::all_of(selector.all, [&](const SelectorRequirement& requirement) {
               return meets(requirement, labels);
           });
}

}  // namespace eks
