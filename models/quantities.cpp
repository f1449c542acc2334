#include "models/quantities.hpp"

#include <cstddef>
#include <optional>

namespace eks {

namespace quantity_text {
namespace {

// An unsigned integer of 512 bits, just large enough for the digits of one text times the largest factor. Quantities
// are read exactly this way because the rounding goes up: one lost digit would turn 1 into 2.
class WideInteger {
  public:
    void multiply_and_add(std::uint32_t factor, std::uint32_t summand) {
        std::uint64_t carry = summand;
        for (std::uint32_t& limb : limbs_) {
            carry += std::uint64_t{limb} * factor;
            limb = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
    }

    std::uint32_t divide(std::uint32_t divisor) {  // returns the remainder
        std::uint64_t rest = 0;
        for (std::size_t i = limbs_.size(); i-- > 0;) {
            rest = (rest << 32) | limbs_[i];
            limbs_[i] = static_cast<std::uint32_t>(rest / divisor);
            rest %= divisor;
        }
        return static_cast<std::uint32_t>(rest);
    }

    bool is_zero() const {
        return std::all_of(limbs_.begin(), limbs_.end(), [](std::uint32_t limb) { return limb == 0; });
    }

    std::optional<std::uint64_t> as_u64() const {
        if (std::any_of(limbs_.begin() + 2, limbs_.end(), [](std::uint32_t limb) { return limb != 0; })) return {};
        return (std::uint64_t{limbs_[1]} << 32) | limbs_[0];
    }

  private:
    std::array<std::uint32_t, 16> limbs_{};
};

constexpr std::size_t text_length_max = 64;  // 64 digits times 10^30 times 2^60 times 1000 stay below 2^512
constexpr int exponent_max = 30;             // any digit at all times 10^31 is beyond the limit

struct Factor {
    int power_of_ten = 0;
    int power_of_two = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The decimal exponent after its letter: an optional sign and at least one digit. Exponents of any length are read;
// they are held at a value that is already far beyond every limit.
std::optional<int> read_exponent(std::string_view text) {
    const bool negative = !text.empty() && text.front() == '-';
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    if (text.empty()) return {};
    int exponent = 0;
    for (const char c : text) {
        if (!is_digit(c)) return {};
        exponent = std::min(exponent * 10 + (c - '0'), 1000);
    }
    return negative ? -exponent : exponent;
}

std::optional<Factor> read_suffix(std::string_view suffix) {
    if (suffix.empty()) return Factor{};
    constexpr std::string_view binary_letters = "KMGTPE";
    if (suffix.size() == 2 && suffix[1] == 'i') {
        const std::size_t place = binary_letters.find(suffix[0]);
        if (place == std::string_view::npos) return {};
        return Factor{0, 10 * (static_cast<int>(place) + 1)};
    }
    constexpr std::string_view decimal_letters = "num kMGTPE";  // from 10^-9 upwards; the blank is 10^0 itself
    if (suffix.size() == 1 && suffix[0] != ' ') {
        const std::size_t place = decimal_letters.find(suffix[0]);
        if (place == std::string_view::npos) return {};
        return Factor{3 * (static_cast<int>(place) - 3), 0};
    }
    if (suffix[0] == 'e' || suffix[0] == 'E') {
        if (const auto exponent = read_exponent(suffix.substr(1))) return Factor{*exponent, 0};
    }
    return {};
}

ParsedQuantity refused(QuantityFault fault) { return {0, fault}; }

}  // namespace
}  // namespace quantity_text

ParsedQuantity parse_quantity(std::string_view text, QuantityUnit unit) {
    using namespace quantity_text;
    if (text.empty()) return refused(QuantityFault::empty);
    if (text.size() > text_length_max) return refused(QuantityFault::not_a_number);
    const bool negative = text.front() == '-';
    if (negative || text.front() == '+') text.remove_prefix(1);

    WideInteger amount;
    int fraction_digits = 0;
    bool any_digit = false;
    bool after_point = false;
    std::size_t read = 0;
    for (; read < text.size(); ++read) {
        const char c = text[read];
        if (c == '.' && !after_point) {
            after_point = true;
        } else if (is_digit(c)) {
            amount.multiply_and_add(10, static_cast<std::uint32_t>(c - '0'));
            any_digit = true;
            if (after_point) ++fraction_digits;
        } else {
            break;
        }
    }
    if (!any_digit) return refused(QuantityFault::not_a_number);
    const auto factor = read_suffix(text.substr(read));
    if (!factor) return refused(QuantityFault::unknown_suffix);
    if (amount.is_zero()) return {};
    if (negative) return refused(QuantityFault::negative);

    const int unit_digits = unit == QuantityUnit::milli ? 3 : unit == QuantityUnit::nano ? 9 : 0;
    const int power_of_ten = factor->power_of_ten - fraction_digits + unit_digits;
    if (power_of_ten > exponent_max) return refused(QuantityFault::too_large);
    for (int i = 0; i < power_of_ten; ++i) amount.multiply_and_add(10, 0);
    for (int i = 0; i < factor->power_of_two; ++i) amount.multiply_and_add(2, 0);
    bool inexact = false;
    for (int i = power_of_ten; i < 0 && !amount.is_zero(); ++i) inexact |= amount.divide(10) != 0;
    if (inexact) amount.multiply_and_add(1, 1);

    const auto value = amount.as_u64();
    if (!value || *value > static_cast<std::uint64_t>(quantity_limit)) return refused(QuantityFault::too_large);
    return {static_cast<std::int64_t>(*value), QuantityFault::none};
}

std::string_view advice(QuantityFault fault) {
    switch (fault) {
        case QuantityFault::none: return "";
        case QuantityFault::empty: return "a quantity is needed here, such as 250m, 1.5 or 600Mi";
        case QuantityFault::not_a_number: return "a quantity starts with a number, such as 250m, 1.5 or 600Mi";
        case QuantityFault::unknown_suffix:
            return "the suffix must be one of n, u, m, k, M, G, T, P, E, or Ki, Mi, Gi, Ti, Pi, Ei, or an exponent "
                   "such as e3";
        case QuantityFault::negative: return "a quantity must not be negative here";
        case QuantityFault::too_large:
            return "the quantity is larger than any machine could offer (the limit is 2^53 units)";
    }
    return "";
}

std::string_view resource_name(ResourceKind kind) {
    switch (kind) {
        case ResourceKind::cpu: return "cpu";
        case ResourceKind::memory: return "memory";
        case ResourceKind::ephemeral_storage: return "ephemeral-storage";
        case ResourceKind::gpu: return "nvidia.com/gpu";
        case ResourceKind::neuron: return "aws.amazon.com/neuron";
        case ResourceKind::pod_eni: return "vpc.amazonaws.com/pod-eni";
        case ResourceKind::extended_0:
        case ResourceKind::extended_1:
        case ResourceKind::extended_2:
        case ResourceKind::extended_3: break;
    }
    return "";
}

}  // namespace eks
