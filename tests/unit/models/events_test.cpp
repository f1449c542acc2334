// The names of the kinds of events, which traces and messages show.
#include "models/events.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cxxabi.h>
#include <string>
#include <typeinfo>
#include <utility>

namespace eks {
namespace {

template <class E>
std::string name_of_type() {
    int status = 0;
    char* const demangled = abi::__cxa_demangle(typeid(E).name(), nullptr, nullptr, &status);
    const std::string name = status == 0 ? demangled : "";
    std::free(demangled);
    return name.substr(name.rfind(':') + 1);
}

template <std::size_t I>
void check_name() {
    using Kind = std::variant_alternative_t<I, Event>;
    EXPECT_EQ(kind_of(Event(std::in_place_index<I>)), name_of_type<Kind>());
}

template <std::size_t... I>
void check_names(std::index_sequence<I...>) {
    (check_name<I>(), ...);
}

TEST(Events, EachKindIsCalledAsItsType) { check_names(std::make_index_sequence<std::variant_size_v<Event>>{}); }

}  // namespace
}  // namespace eks
