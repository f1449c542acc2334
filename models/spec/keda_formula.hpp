// The formula of a ScaledObject's scalingModifiers, which makes one value of those of its triggers (KEDA-2). KEDA
// evaluates it as a program of expr-lang; what of that language is read stands in scenario/kubernetes/keda_formula.hpp.
#pragma once

#include <cstdint>
#include <vector>

namespace eks::keda {

enum class FormulaOp : std::uint8_t {
    number,
    trigger,
    element,  // `#`: of the list that the predicate around it looks through
    // of two numbers
    add,
    subtract,
    multiply,
    divide,
    // of one
    negate,
    power,  // to `number`
    absolute,
    ceiling,
    floor,
    rounded,
    whole,
    // of many
    least,
    most,
    sum,
    mean,
    // truths are one and zero
    less,
    less_or_equal,
    equal,
    both,
    either,
    negated,
    choice,  // condition, then, else
    // of a list, of which the last operand is the predicate
    count,
    all_of,
    any_of,
    none_of,
};

struct FormulaNode {
    FormulaOp op = FormulaOp::number;
    double number = 0;
    std::uint32_t trigger = 0;            // place among the triggers
    std::vector<std::uint32_t> operands;  // into Formula::nodes
    friend bool operator==(const FormulaNode&, const FormulaNode&) = default;
};

struct Formula {
    std::vector<FormulaNode> nodes;  // operands before what is made of them; the last one is the whole
    friend bool operator==(const Formula&, const Formula&) = default;
};

}  // namespace eks::keda
