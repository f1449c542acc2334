// What a formula of scalingModifiers makes of the triggers' values.
// Source: kedacore/keda 2.20, pkg/scaling/modifiers/modifiers.go, and expr-lang/expr 1.17.
#pragma once

#include "models/spec/keda_formula.hpp"

#include <cstdint>
#include <span>

namespace eks::keda {

double value_of(const Formula& formula, std::span<const double> triggers);

// In thousandths, cut off. Of what is no finite number, such as a division by zero, the processor makes the least
// integer there is; here it is zero, which is as little to those who scale by it.
std::int64_t composite_milli(const Formula& formula, std::span<const std::int64_t> triggers_milli);

}  // namespace eks::keda
