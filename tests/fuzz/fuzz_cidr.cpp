// Address ranges: a text is a range or nothing, and a range that is printed is read again.
#include "models/scenario/cidr.hpp"
#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using eks::fuzz::require;
    const std::string_view text = eks::fuzz::text_of(data, size);
    const auto strict = eks::parse_cidr(text);
    const auto loose = eks::parse_cidr_loosely(text);
    if (strict) require(loose == strict, "what is a range is one loosely too");
    if (!loose) return 0;
    require(loose->prefix_length >= 0 && loose->prefix_length <= 32, "a prefix has 0 to 32 bits");
    require(loose->first % loose->size() == 0, "no bits behind the prefix");
    require(loose->end() <= std::int64_t{1} << 32, "a range ends within the addresses");
    require(loose->contains(*loose) && loose->overlaps(*loose), "a range contains itself");
    require(eks::parse_cidr(eks::to_text(*loose)) == loose, "a range that is printed is read again");
    return 0;
}
