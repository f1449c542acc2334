// Result<T, E> is the answer of a function that can be given wrong input: a value, or what is wrong with the input.
//
//   Result<Port> parse_port(std::string_view text) {
//     if (text.empty()) return failure("a port is needed, such as 8080");
//     ...
//     return Port{number};
//   }
//   const auto port = parse_port(text);
//   if (!port) return failure(port.error());
//   use(*port);
//
// It owns what it holds. Asking a failure for its value, or a success for its error, is a defect (CHECK), never
// undefined.
#pragma once

#include "libsim/check.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace sim {

// An error on its way into a Result; it has a type of its own so that Result<std::string> stays unambiguous.
template <class E>
struct Failure {
    E error;
};

template <class E>
[[nodiscard]] Failure<std::decay_t<E>> failure(E&& error) {
    return {std::forward<E>(error)};
}
[[nodiscard]] inline Failure<std::string> failure(const char* error) { return {error}; }

template <class T, class E = std::string>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
    template <class F>
        requires std::is_convertible_v<F, E>
    Result(Failure<F> failed)
        : state_(std::in_place_index<1>, std::move(failed.error)) {}  // NOLINT(google-explicit-constructor)

    static Result success(T value) { return Result(std::move(value)); }
    static Result failure(E error) { return Result(Failure<E>{std::move(error)}); }

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::move(value()); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

    [[nodiscard]] T& value() & {
        CHECK(ok(), "the value of a failed Result was asked for");
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const& {
        CHECK(ok(), "the value of a failed Result was asked for");
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() && { return std::move(value()); }
    [[nodiscard]] T value_or(T otherwise) const& { return ok() ? value() : std::move(otherwise); }

    [[nodiscard]] E& error() & {
        CHECK(!ok(), "the error of a successful Result was asked for");
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] const E& error() const& {
        CHECK(!ok(), "the error of a successful Result was asked for");
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] E&& error() && { return std::move(error()); }

    bool operator==(const Result&) const = default;

  private:
    std::variant<T, E> state_;
};

}  // namespace sim
