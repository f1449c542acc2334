// Resolved scenarios, as Python hands them to C++.
#include "tests/fuzz/json_mutator.hpp"
#include "tests/fuzz/load_and_run.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    eks::fuzz::check_scenario(eks::fuzz::text_of(data, size));
    return 0;
}
