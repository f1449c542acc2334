#include "models/scenario/kubernetes/node_constraints.hpp"

#include "models/scenario/kubernetes/label_selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace eks {
namespace {

constexpr std::array<std::string_view, 6> node_operators{"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"};
constexpr std::array<SelectorOperator, 6> node_operator_meanings{
    SelectorOperator::in,      SelectorOperator::not_in, SelectorOperator::exists, SelectorOperator::does_not_exist,
    SelectorOperator::greater, SelectorOperator::less};

constexpr std::string_view not_ready_taint = "node.kubernetes.io/not-ready";
constexpr std::string_view unreachable_taint = "node.kubernetes.io/unreachable";

bool is_whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && stopped == text.data() + text.size();
}

// What is wrong with the number of values for this operator, or nothing.
std::string_view fault_of_values(SelectorOperator op, const std::vector<std::string>& values) {
    switch (op) {
        case SelectorOperator::in:
        case SelectorOperator::not_in: return values.empty() ? "needs values" : "";
        case SelectorOperator::exists:
        case SelectorOperator::does_not_exist: return values.empty() ? "" : "takes no values";
        case SelectorOperator::greater:
        case SelectorOperator::less: break;
    }
    return values.size() == 1 && is_whole_number(values.front()) ? "" : "takes one whole number, as text";
}

void read_requirement(const Reader& expression, bool is_field, NodeSelectorTerm& term) {
    SelectorRequirement requirement;
    requirement.is_field = is_field;
    const auto key = expression.required("key");
    const auto op = expression.required("operator");
    const auto key_text = key ? key->text() : std::nullopt;
    const auto choice = op ? op->one_of(node_operators) : std::nullopt;
    for (const Reader& value : expression.items("values")) {
        if (const auto text = value.text()) requirement.values.push_back(*text);
    }
    if (!key_text || !choice) return;
    const std::size_t operator_position = choice.value_or(0);
    requirement.key = *key_text;
    requirement.op = node_operator_meanings[operator_position];
    if (const std::string_view fault = fault_of_values(requirement.op, requirement.values); !fault.empty()) {
        expression.complain(Rule::bad_selector, fmt::format("{}: the operator {} {}", expression.title(),
                                                            node_operators[operator_position], fault));
        return;
    }
    if (is_field && requirement.key != "metadata.name") {
        key->complain(Rule::bad_selector,
                      fmt::format("{} is {}; the only field of a node that can be matched is metadata.name",
                                  key->title(), shown(key->value())));
        return;
    }
    term.all.push_back(std::move(requirement));
}

NodeSelectorTerm read_term(const Reader& reader) {
    NodeSelectorTerm term;
    if (!reader.expect_map()) return term;
    for (const Reader& expression : reader.items("matchExpressions")) read_requirement(expression, false, term);
    for (const Reader& expression : reader.items("matchFields")) read_requirement(expression, true, term);
    return term;
}

void read_required(const Reader& required, PodTemplate& pod) {
    const auto terms = required.required("nodeSelectorTerms");
    if (!terms || !terms->expect_list()) return;
    if (terms->value().items.empty()) {
        terms->complain(Rule::bad_selector, fmt::format("{} is empty", terms->title()),
                        "give at least one term, or leave the section out");
    }
    for (const Reader& term : terms->items()) pod.required_node_terms.push_back(read_term(term));
}

void read_preferred(const Reader& preferred, PodTemplate& pod) {
    constexpr std::int64_t weight_max = 100;
    PreferredNodeTerm read;
    const auto weight = preferred.required("weight");
    const auto term = preferred.required("preference");
    if (weight) read.weight = weight->integer(1, weight_max).value_or(0);
    if (term) read.term = read_term(*term);
    pod.preferred_node_terms.push_back(std::move(read));
}

void read_toleration(const Reader& reader, PodTemplate& pod) {
    if (!reader.expect_map()) return;
    Toleration toleration;
    toleration.key = reader.text("key").value_or("");
    if (const auto op = reader.member("operator"); op && !(op->is_text() && op->value().text.empty())) {
        if (const auto choice = op->one_of({"Equal", "Exists"})) toleration.exists = *choice == 1;
    }
    // A value beside Exists is never compared; API servers refuse one that is not empty.
    if (const auto value = reader.member("value")) {
        toleration.value = value->text().value_or("");
        if (toleration.exists && !toleration.value.empty()) {
            value->complain(Rule::contradictory_fields,
                            fmt::format("{}: the operator Exists takes no value", value->title()),
                            "leave the value out, or use the operator Equal");
        }
    }
    if (toleration.key.empty() && !toleration.exists) {
        reader.complain(Rule::contradictory_fields,
                        fmt::format("{}: a toleration without a key needs the operator Exists", reader.title()),
                        "give a key, or write operator: Exists");
    }
    if (const auto effect = reader.member("effect"); effect && !(effect->is_text() && effect->value().text.empty())) {
        if (const auto choice = effect->one_of({"NoSchedule", "PreferNoSchedule", "NoExecute"})) {
            toleration.any_effect = false;
            toleration.effect = static_cast<TaintEffect>(*choice);
        }
    }
    if (const auto seconds = reader.member("tolerationSeconds")) {
        toleration.forever = false;
        toleration.seconds = seconds->integer(std::numeric_limits<std::int32_t>::min(), quantity_limit).value_or(0);
    }
    pod.tolerations.push_back(std::move(toleration));
}

Toleration toleration_of(std::string_view key, TaintEffect effect) {
    Toleration toleration;
    toleration.key = key;
    toleration.exists = true;
    toleration.any_effect = false;
    toleration.effect = effect;
    return toleration;
}

void add_if_new(PodTemplate& pod, Toleration toleration) {
    const auto is_same = [&](const Toleration& there) {
        return there.key == toleration.key && there.exists && there.any_effect == toleration.any_effect &&
               there.effect == toleration.effect;
    };
    const auto found = std::ranges::find_if(pod.tolerations, is_same);
    if (found == pod.tolerations.end()) {
        pod.tolerations.push_back(std::move(toleration));
    } else {
        *found = std::move(toleration);
    }
}

}  // namespace

void read_node_affinity(const Reader& node_affinity, PodTemplate& pod) {
    if (const auto required = node_affinity.member("requiredDuringSchedulingIgnoredDuringExecution"))
        read_required(*required, pod);
    for (const Reader& preferred : node_affinity.items("preferredDuringSchedulingIgnoredDuringExecution")) {
        if (preferred.expect_map()) read_preferred(preferred, pod);
    }
}

void read_node_constraints(const Reader& pod_spec, PodTemplate& pod) {
    if (const auto selector = pod_spec.member("nodeSelector")) pod.node_selector = read_labels(*selector);
    if (const auto affinity = pod_spec.member("affinity"); affinity && affinity->expect_map()) {
        if (const auto of_nodes = affinity->member("nodeAffinity")) read_node_affinity(*of_nodes, pod);
    }
    for (const Reader& toleration : pod_spec.items("tolerations")) read_toleration(toleration, pod);
}

void add_daemon_tolerations(PodTemplate& pod) {
    for (const std::string_view key : {not_ready_taint, unreachable_taint}) {
        add_if_new(pod, toleration_of(key, TaintEffect::no_execute));
    }
    for (const std::string_view pressure : {"disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"}) {
        add_if_new(pod, toleration_of("node.kubernetes.io/" + std::string(pressure), TaintEffect::no_schedule));
    }
    if (pod.host_network)
        add_if_new(pod, toleration_of("node.kubernetes.io/network-unavailable", TaintEffect::no_schedule));
}

void add_default_tolerations(PodTemplate& pod) {
    constexpr std::int64_t seconds_before_eviction = 300;
    for (const std::string_view key : {not_ready_taint, unreachable_taint}) {
        const bool says_otherwise = std::ranges::any_of(pod.tolerations, [&](const Toleration& there) {
            return (there.key.empty() || there.key == key) &&
                   (there.any_effect || there.effect == TaintEffect::no_execute);
        });
        if (says_otherwise) continue;
        Toleration toleration = toleration_of(key, TaintEffect::no_execute);
        toleration.forever = false;
        toleration.seconds = seconds_before_eviction;
        pod.tolerations.push_back(std::move(toleration));
    }
}

}  // namespace eks
