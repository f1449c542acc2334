// IPv4 ranges as AWS writes them. Pure functions of plain values, for the subnets of a scenario.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace eks {

struct Cidr {
    std::uint32_t first = 0;  // host byte order
    std::int32_t prefix_length = 32;
    friend bool operator==(const Cidr&, const Cidr&) = default;

    constexpr std::int64_t size() const { return std::int64_t{1} << (32 - prefix_length); }
    constexpr std::int64_t end() const { return std::int64_t{first} + size(); }  // one past the last
    constexpr bool contains(const Cidr& other) const { return other.first >= first && other.end() <= end(); }
    constexpr bool overlaps(const Cidr& other) const { return other.first < end() && first < other.end(); }
};

// "10.0.0.0/16". Nothing for anything else, bits behind the prefix included.
std::optional<Cidr> parse_cidr(std::string_view text);

// The range with the bits behind the prefix cleared, for advice; nothing if the text is no address and prefix at all.
std::optional<Cidr> parse_cidr_loosely(std::string_view text);

std::string to_text(const Cidr& cidr);

}  // namespace eks
