#include "libsim/check.hpp"

#include "libsim/time.hpp"

#include <string_view>

namespace sim {

constinit thread_local const Handling* handling_now = nullptr;

namespace {

// The path as seen from the root of the sources, so that a message reads the same wherever the code was built.
std::string_view path_from_root(std::string_view path) {
    constexpr std::string_view here = __FILE__;
    constexpr std::string_view own_path = "libsim/check.cpp";
    if (here.size() < own_path.size()) return path;
    const std::string_view root = here.substr(0, here.size() - own_path.size());
    if (path.starts_with(root)) path.remove_prefix(root.size());
    return path;
}

}  // namespace

void fail_check(const char* condition, const char* message, const char* file, int line) {
    std::string text(path_from_root(file));
    text += ':';
    text += std::to_string(line);
    text += ": check failed: ";
    text += condition;
    text += ": ";
    text += message;
    if (const Handling* handling = handling_now) {
        text += " (at simulated time ";
        text += to_text(Duration::microseconds(handling->time_us));
        if (handling->event != nullptr && handling->kind_of != nullptr) {
            text += ", handling ";
            text += handling->kind_of(handling->event);
        }
        text += ", seed ";
        text += std::to_string(handling->seed);
        text += ", replication ";
        text += std::to_string(handling->replication);
        text += ')';
    }
    throw Defect(text);
}

void fail_check(const char* condition, const std::string& message, const char* file, int line) {
    fail_check(condition, message.c_str(), file, line);
}

}  // namespace sim
