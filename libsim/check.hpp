// CHECK says what must hold if our own code is right; it is never for wrong input.
//
//   CHECK(count <= capacity, "a node took more pods than it has room for");
//
// It is on in every build, costs one predictable branch, and throws sim::Defect, whose text names the place, the
// condition and, while an event is being handled, the simulated time, the kind of event and the seed: all that is
// needed to get there again. DCHECK is for conditions that would cost too much on the path of an event and is on in
// builds without NDEBUG only.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace sim {

// A mistake of ours. Whoever catches it must not go on with the run it came from.
class Defect : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

// What the engine is doing on this thread. The engine points handling_now at one of these while it handles events, so
// that a failing CHECK deep inside a model can say when it happened without having been told.
struct Handling {
    std::int64_t time_us = 0;
    const void* event = nullptr;                    // valid while an event is being handled, else null
    const char* (*kind_of)(const void*) = nullptr;  // names the event's kind; null where the model gives no names
    std::uint64_t seed = 0;
    std::uint32_t replication = 0;
};

extern constinit thread_local const Handling* handling_now;

[[noreturn]] void fail_check(const char* condition, const char* message, const char* file, int line);
[[noreturn]] void fail_check(const char* condition, const std::string& message, const char* file, int line);

}  // namespace sim

#define CHECK(condition, message)                                       \
    do {                                                                \
        if (!(condition)) [[unlikely]]                                  \
            ::sim::fail_check(#condition, message, __FILE__, __LINE__); \
    } while (false)

#ifdef NDEBUG
#define DCHECK(condition, message)     \
    do {                               \
        if (false) {                   \
            CHECK(condition, message); \
        }                              \
    } while (false)
#else
#define DCHECK(condition, message) CHECK(condition, message)
#endif
