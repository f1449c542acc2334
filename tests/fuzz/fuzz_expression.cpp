// Expressions of expectations, the patterns in their labels, and the formulas of KEDA: a text is a tree or a fault that
// points into it.
#include "models/metrics/expression.hpp"
#include "models/metrics/label_pattern.hpp"
#include "models/scenario/kubernetes/keda_formula.hpp"
#include "models/systems/autoscaling/keda/formula.hpp"
#include "tests/fuzz/require.hpp"

#include <array>

namespace {

using eks::fuzz::is_utf8;
using eks::fuzz::require;

void check_tree(const eks::Expression& tree, std::string_view text) {
    require(tree.root < tree.nodes.size(), "the root is a node");
    for (const eks::ExpressionNode& node : tree.nodes) {
        if (node.kind == eks::NodeKind::comparison)
            require(node.children.empty() && node.comparison < tree.comparisons.size(), "a leaf compares something");
        else
            require(!node.children.empty(), "what is no comparison has something below it");
        for (const std::uint32_t child : node.children) require(child < tree.nodes.size(), "children are nodes");
    }
    for (const eks::ComparisonText& one : tree.comparisons) {
        require(one.offset <= text.size() && one.value_offset <= text.size() && one.selector.offset <= text.size(),
                "offsets lie within the text");
        const bool has_inner =
            one.aggregate == eks::Aggregate::share_of_time || one.aggregate == eks::Aggregate::share_of_runs;
        require(has_inner ? one.inner < tree.nodes.size() : !one.selector.metric.empty(), "something is compared");
        require(!one.value.empty(), "it is compared with something");
    }
}

void check_pattern(std::string_view text) {
    std::string error;
    const auto pattern = eks::LabelPattern::parse(text, error);
    if (!pattern) {
        require(!error.empty(), "a pattern that is refused says why");
        require(is_utf8(error) || !is_utf8(text), "what is said cuts no character in two");
        return;
    }
    const std::string many(300, 'a');
    for (const std::string_view value :
         {std::string_view{}, text, std::string_view{"shop-web.eu-central-1a"}, std::string_view{many}}) {
        const bool whole = pattern->matches(value);
        const bool part = pattern->is_found_in(value);
        require(!whole || part, "what matches whole is found in it");
    }
}

void check_formula(std::string_view text) {
    const std::array triggers{eks::FormulaTrigger{"a", 0, false}, eks::FormulaTrigger{"b", 1, true}};
    const eks::ParsedFormula parsed = eks::parse_formula(text, triggers);
    require(is_utf8(parsed.fault) || !is_utf8(text), "the fault cuts no character in two");
    if (!parsed.fault.empty()) return;
    const std::array values{2.0, 3.0};
    static_cast<void>(eks::keda::value_of(parsed.formula, values));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = eks::fuzz::text_of(data, size);
    const auto parsed = eks::parse_expression(text);
    if (parsed.ok()) {
        check_tree(*parsed, text);
        for (const eks::ComparisonText& one : parsed->comparisons) {
            for (const eks::MatcherText& matcher : one.selector.matchers) check_pattern(matcher.value);
        }
    } else {
        require(!parsed.error().message.empty(), "an expression that is refused says why");
        require(parsed.error().offset <= text.size(), "the fault lies within the text");
        require(is_utf8(parsed.error().message) || !is_utf8(text), "the fault cuts no character in two");
    }
    check_pattern(text);
    check_formula(text);
    return 0;
}
