// Reads the formula of a ScaledObject's scalingModifiers. Of expr-lang it takes what KEDA's documentation shows and
// what works on numbers: + - * / and powers, comparisons, && || !, the choice `a ? b : c`, float() int() abs() ceil()
// floor() round(), and over lists like [a, b] max() min() sum() mean() count() all() any() none(). Anything else is
// named.
#pragma once

#include "models/spec/keda_formula.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace eks {

struct FormulaTrigger {
    std::string name;
    std::uint32_t place = 0;
    bool is_of_resource = false;  // cpu or memory: KEDA does not know its value
};

struct ParsedFormula {
    keda::Formula formula;
    std::string fault;  // empty: none
    std::string advice;
};

ParsedFormula parse_formula(std::string_view text, std::span<const FormulaTrigger> triggers);

}  // namespace eks
