#include "models/systems/autoscaling/keda/formula.hpp"

#include "models/systems/autoscaling/keda/scalers.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace eks::keda {

namespace {

// x to a whole number, or its root: the only powers that a formula is read with, and the same on every machine.
double power_of(double x, double exponent) {
    constexpr double half = 0.5;
    if (exponent == half) return std::sqrt(x);
    double product = 1;
    for (double left = exponent; left > 0; --left) product *= x;
    return product;
}

class FormulaEvaluation {
  public:
    FormulaEvaluation(const Formula& formula, std::span<const double> triggers)
        : formula_(formula), triggers_(triggers) {}

    double of(std::uint32_t ix, double element) const {
        const FormulaNode& node = formula_.nodes[ix];
        switch (node.op) {
            case FormulaOp::number: return node.number;
            case FormulaOp::trigger: return triggers_[node.trigger];
            case FormulaOp::element: return element;
            case FormulaOp::choice: return of(node.operands[of(node.operands[0], element) != 0 ? 1 : 2], element);
            case FormulaOp::count:
            case FormulaOp::all_of:
            case FormulaOp::any_of:
            case FormulaOp::none_of: return of_list(node, element);
            default: break;
        }
        std::vector<double> values;
        for (const std::uint32_t operand : node.operands) values.push_back(of(operand, element));
        return made_of(node, values);
    }

  private:
    static double made_of(const FormulaNode& node, const std::vector<double>& v) {
        double sum = 0;
        for (const double value : v) sum += value;
        switch (node.op) {
            case FormulaOp::add:
            case FormulaOp::sum: return sum;
            case FormulaOp::subtract: return v[0] - v[1];
            case FormulaOp::multiply: return v[0] * v[1];
            case FormulaOp::divide: return v[0] / v[1];
            case FormulaOp::negate: return -v[0];
            case FormulaOp::power: return power_of(v[0], node.number);
            case FormulaOp::absolute: return std::abs(v[0]);
            case FormulaOp::ceiling: return std::ceil(v[0]);
            case FormulaOp::floor: return std::floor(v[0]);
            case FormulaOp::rounded: return std::round(v[0]);
            case FormulaOp::whole: return std::trunc(v[0]);
            case FormulaOp::least: return *std::ranges::min_element(v);
            case FormulaOp::most: return *std::ranges::max_element(v);
            case FormulaOp::mean: return sum / static_cast<double>(v.size());
            case FormulaOp::less: return v[0] < v[1] ? 1 : 0;
            case FormulaOp::less_or_equal: return v[0] <= v[1] ? 1 : 0;
            case FormulaOp::equal: return v[0] == v[1] ? 1 : 0;
            case FormulaOp::both: return v[0] != 0 && v[1] != 0 ? 1 : 0;
            case FormulaOp::either: return v[0] != 0 || v[1] != 0 ? 1 : 0;
            case FormulaOp::negated: return v[0] != 0 ? 0 : 1;
            default: return 0;
        }
    }

    double of_list(const FormulaNode& node, double element) const {
        const std::size_t length = node.operands.size() - 1;
        std::size_t matching = 0;
        for (std::size_t i = 0; i < length; ++i)
            matching += of(node.operands[length], of(node.operands[i], element)) != 0 ? 1U : 0U;
        if (node.op == FormulaOp::count) return static_cast<double>(matching);
        if (node.op == FormulaOp::all_of) return matching == length ? 1 : 0;
        return (matching > 0) == (node.op == FormulaOp::any_of) ? 1 : 0;
    }

    const Formula& formula_;
    std::span<const double> triggers_;
};

}  // namespace

double value_of(const Formula& formula, std::span<const double> triggers) {
    return FormulaEvaluation(formula, triggers).of(static_cast<std::uint32_t>(formula.nodes.size() - 1), 0);
}

std::int64_t composite_milli(const Formula& formula, std::span<const std::int64_t> triggers_milli) {
    std::vector<double> triggers;
    for (const std::int64_t milli : triggers_milli) triggers.push_back(number_of(milli));
    constexpr double thousand = 1000;
    constexpr double most = 9e18;
    const double value = value_of(formula, triggers) * thousand;
    if (!std::isfinite(value)) return 0;
    return static_cast<std::int64_t>(std::clamp(value, -most, most));
}

}  // namespace eks::keda
