#include "models/scenario/cidr.hpp"

#include <fmt/format.h>

#include <charconv>

namespace eks {

namespace {

struct Written {
    std::uint32_t address = 0;
    std::int32_t prefix_length = 0;
};

// A number of up to three digits at the start of the text, taken off it.
std::optional<std::uint32_t> take_number(std::string_view& text, std::uint32_t highest) {
    std::uint32_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto length = static_cast<std::size_t>(read.ptr - text.data());
    if (read.ec != std::errc{} || length > 3 || number > highest) return std::nullopt;
    text.remove_prefix(length);
    return number;
}

std::optional<Written> as_written(std::string_view text) {
    Written written;
    for (int part = 0; part < 4; ++part) {
        const auto number = take_number(text, 255);
        const char separator = part < 3 ? '.' : '/';
        if (!number || text.empty() || text.front() != separator) return std::nullopt;
        text.remove_prefix(1);
        written.address = written.address << 8U | *number;
    }
    const auto length = take_number(text, 32);
    if (!length || !text.empty()) return std::nullopt;
    written.prefix_length = static_cast<std::int32_t>(*length);
    return written;
}

std::uint32_t mask_of(std::int32_t prefix_length) {
    return prefix_length == 0 ? 0U : ~std::uint32_t{0} << static_cast<std::uint32_t>(32 - prefix_length);
}

}  // namespace

std::optional<Cidr> parse_cidr(std::string_view text) {
    const auto written = as_written(text);
    if (!written || (written->address & ~mask_of(written->prefix_length)) != 0) return std::nullopt;
    return Cidr{written->address, written->prefix_length};
}

std::optional<Cidr> parse_cidr_loosely(std::string_view text) {
    const auto written = as_written(text);
    if (!written) return std::nullopt;
    return Cidr{written->address & mask_of(written->prefix_length), written->prefix_length};
}

std::string to_text(const Cidr& cidr) {
    const std::uint32_t a = cidr.first;
    return fmt::format("{}.{}.{}.{}/{}", a >> 24U, a >> 16U & 255U, a >> 8U & 255U, a & 255U, cidr.prefix_length);
}

}  // namespace eks
