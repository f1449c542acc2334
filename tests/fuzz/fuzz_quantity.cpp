// Quantities and durations: any text is a value or a named fault, and values that are read agree with each other.
#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/spec/calendar.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using eks::QuantityUnit;
using eks::fuzz::require;

std::int64_t rounded_up(std::int64_t value, std::int64_t divisor) { return value / divisor + (value % divisor != 0); }

void check_quantity(std::string_view text) {
    const eks::ParsedQuantity whole = eks::parse_quantity(text, QuantityUnit::whole);
    const eks::ParsedQuantity milli = eks::parse_quantity(text, QuantityUnit::milli);
    const eks::ParsedQuantity nano = eks::parse_quantity(text, QuantityUnit::nano);
    for (const eks::ParsedQuantity& one : {whole, milli, nano}) {
        if (one.ok())
            require(one.value >= 0 && one.value <= eks::quantity_limit, "a quantity lies within its bounds");
        else
            require(!eks::advice(one.fault).empty(), "a quantity that is refused comes with advice");
    }
    // Each finer unit holds the coarser one, rounded up; what fits into it fits into the coarser one.
    if (milli.ok()) require(whole.ok() && whole.value == rounded_up(milli.value, 1000), "whole is milli, rounded up");
    if (nano.ok()) require(milli.ok() && milli.value == rounded_up(nano.value, 1'000'000), "milli is nano, rounded up");
    if (!whole.ok()) return;
    const eks::ParsedQuantity again = eks::parse_quantity(std::to_string(whole.value), QuantityUnit::whole);
    require(again.ok() && again.value == whole.value, "a whole number is read as itself");
}

void check_duration(std::string_view text) {
    const auto duration = sim::parse_duration(text);
    if (!duration) return;
    const auto again = sim::parse_duration(sim::to_text(*duration));
    require(again && *again == *duration, "a duration that is printed is read again");
}

void check_instant(std::string_view text) {
    const auto instant = eks::parse_instant_us(text);
    if (!instant) return;
    require(*instant >= 0, "instants begin in 1970");
    require(eks::parse_instant_us(eks::instant_text(*instant)) == instant, "an instant that is printed is read again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = eks::fuzz::text_of(data, size);
    check_quantity(text);
    check_duration(text);
    check_instant(text);
    return 0;
}
