#include "models/scenario/kubernetes/label_selector.hpp"

#include "models/spec/selecting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace eks {
namespace {

void add_equality(LabelSelector& selector, const Label& label) {
    selector.all.push_back({label.key, SelectorOperator::in, {label.value}, false});
}

void read_expression(const Reader& expression, LabelSelector& selector) {
    constexpr std::array<std::string_view, 4> operators{"In", "NotIn", "Exists", "DoesNotExist"};
    constexpr std::array<SelectorOperator, 4> meanings{SelectorOperator::in, SelectorOperator::not_in,
                                                       SelectorOperator::exists, SelectorOperator::does_not_exist};
    SelectorRequirement requirement;
    const std::optional<Reader> key = expression.required("key");
    const std::optional<Reader> op = expression.required("operator");
    const std::optional<std::string> key_text = key ? key->text() : std::nullopt;
    const std::optional<std::size_t> choice = op ? op->one_of(operators) : std::nullopt;
    if (!key_text || !choice) return;
    requirement.key = *key_text;
    requirement.op = meanings[*choice];
    for (const Reader& value : expression.items("values")) {
        if (const auto text = value.text()) requirement.values.push_back(*text);
    }
    const bool needs_values = requirement.op == SelectorOperator::in || requirement.op == SelectorOperator::not_in;
    if (needs_values == requirement.values.empty()) {
        expression.complain(Rule::bad_selector,
                            fmt::format("{}: the operator {} {}", expression.title(), operators[*choice],
                                        needs_values ? "needs values" : "takes no values"));
        return;
    }
    selector.all.push_back(std::move(requirement));
}

}  // namespace

std::vector<Label> read_labels(const Reader& labels) {
    std::vector<Label> read;
    for (const auto& [key, value] : labels.members()) {
        if (value.is_null()) {
            value.mark_used();
            read.push_back({key, ""});
        } else if (const auto text = value.text()) {
            read.push_back({key, *text});
        }
    }
    std::ranges::sort(read);
    return read;
}

LabelSelector read_label_selector(const Reader& selector) {
    LabelSelector read;
    if (const auto labels = selector.member("matchLabels")) {
        for (const Label& label : read_labels(*labels)) add_equality(read, label);
    }
    for (const Reader& expression : selector.items("matchExpressions")) read_expression(expression, read);
    return read;
}

LabelSelector read_label_map_selector(const Reader& selector) {
    LabelSelector read;
    for (const Label& label : read_labels(selector)) add_equality(read, label);
    return read;
}

bool selects(const LabelSelector& selector, const std::vector<Label>& labels) {
    return std::ranges::all_of(selector.all,
                               [&](const SelectorRequirement& requirement) { return meets(requirement, labels); });
}

}  // namespace eks
