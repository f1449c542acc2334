#include "models/scenario/json_patch.hpp"

#include "models/scenario/limits.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eks {
namespace {

// That one patch may add to an object. The API server takes objects of up to 1.5 MiB, which hold no more.
constexpr std::size_t added_values_max = 200'000;

using PointerSteps = std::vector<std::string>;

std::optional<PointerSteps> steps_of_pointer(std::string_view pointer) {
    PointerSteps steps;
    if (pointer.empty()) return steps;
    if (pointer.front() != '/') return std::nullopt;
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        if (pointer[i] == '/') {
            steps.emplace_back();
        } else if (pointer[i] != '~') {
            steps.back() += pointer[i];
        } else if (i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
            steps.back() += pointer[++i] == '0' ? '~' : '/';
        } else {
            return std::nullopt;
        }
    }
    return steps;
}

// A position in a list; "-" is the one behind its end.
std::optional<std::size_t> list_position(std::string_view step, std::size_t size) {
    if (step == "-") return size;
    constexpr std::size_t digits_max = 9;
    const bool is_number = !step.empty() && step.size() <= digits_max && (step == "0" || step.front() != '0') &&
                           std::ranges::all_of(step, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) return std::nullopt;
    std::size_t position = 0;
    for (const char c : step) position = position * 10 + static_cast<std::size_t>(c - '0');
    return position;
}

class JsonPatch {
  public:
    JsonPatch(JsonValue& object, const std::string& title) : object_(object), title_(title) {}

    // False ends the patch.
    bool apply(const Reader& operation) {
        constexpr std::array<std::string_view, 6> names{"add", "remove", "replace", "move", "copy", "test"};
        if (!operation.expect_map()) return false;
        const auto op = operation.required("op");
        const auto path = operation.required("path");
        const auto choice = op ? op->one_of(names) : std::nullopt;
        const auto steps = path ? read_pointer(*path) : std::nullopt;
        if (!choice || !steps) return false;
        const std::size_t action = choice.value_or(0);
        switch (action) {
            case 0: return with_value(operation, [&](const JsonValue& value) { return add(*path, *steps, value); });
            case 1: return remove(*path, *steps);
            case 2: return with_value(operation, [&](const JsonValue& value) { return replace(*path, *steps, value); });
            case 5: return test(operation, *path, *steps);
            default: break;
        }
        const auto from = operation.required("from");
        const auto from_steps = from ? read_pointer(*from) : std::nullopt;
        if (!from_steps) return false;
        const JsonValue* source = require(*from, *from_steps);
        if (source == nullptr) return false;
        const JsonValue value = *source;
        const bool moves = action == 3;
        if (moves && starts_with(*steps, *from_steps)) {
            if (steps->size() == from_steps->size()) return true;
            path->complain(Rule::bad_patch, fmt::format("{}: a value cannot be moved into itself", path->title()));
            return false;
        }
        if (moves && !remove(*from, *from_steps)) return false;
        return add(*path, *steps, value);
    }

  private:
    static bool starts_with(const PointerSteps& longer, const PointerSteps& shorter) {
        return shorter.size() <= longer.size() && std::equal(shorter.begin(), shorter.end(), longer.begin());
    }

    static std::optional<PointerSteps> read_pointer(const Reader& path) {
        const auto text = path.text();
        if (!text) return std::nullopt;
        auto steps = steps_of_pointer(*text);
        if (!steps) {
            path.complain(Rule::bad_patch,
                          fmt::format("{} is {}, which is not a JSON pointer", path.title(), shown(path.value())),
                          "a pointer starts with a slash, such as /spec/replicas; write ~1 for a slash within a name");
        }
        return steps;
    }

    // The value may be null, so the member is looked up past the reader.
    template <class Do>
    bool with_value(const Reader& operation, Do&& act) {
        const JsonValue* value = operation.value().find("value");
        if (value == nullptr) {
            operation.complain(Rule::missing_field, fmt::format("{} has no \"value\"", operation.title()),
                               "add and replace need one");
            return false;
        }
        JsonValue copy = *value;
        forget(copy);
        return act(copy);
    }

    static void forget(const JsonValue& value) {
        value.used = false;
        for (const JsonValue& item : value.items) forget(item);
        for (const JsonMember& member : value.members) forget(member.value);
    }

    bool missing(const Reader& path, const std::string& reached, const JsonValue& in, const std::string& step) const {
        std::string hint;
        if (in.kind == JsonKind::map) {
            std::vector<std::string_view> known;
            for (const JsonMember& member : in.members) known.push_back(member.key);
            hint = did_you_mean(step, known);
        } else if (in.kind == JsonKind::list) {
            hint = fmt::format("the list has {} items, counted from 0", in.items.size());
        } else {
            hint = fmt::format("there is {} at that place", name_of(in.kind));
        }
        path.complain(Rule::patch_path_missing,
                      fmt::format("{}: {} has no \"{}\" at \"{}\"", path.title(), title_, step, reached), hint);
        return false;
    }

    static JsonValue* below(JsonValue& value, const std::string& step) {
        if (value.kind == JsonKind::map) return value.find(step);
        if (value.kind != JsonKind::list) return nullptr;
        const auto position = list_position(step, value.items.size());
        return position && *position < value.items.size() ? &value.items[*position] : nullptr;
    }

    // The value after all but the last `without` steps, or a complaint.
    JsonValue* require(const Reader& path, const PointerSteps& steps, std::size_t without = 0) const {
        JsonValue* at = &object_;
        std::string reached;
        for (std::size_t i = 0; i + without < steps.size(); ++i) {
            JsonValue* next = below(*at, steps[i]);
            if (next == nullptr) {
                missing(path, reached, *at, steps[i]);
                return nullptr;
            }
            at = next;
            reached += "/" + steps[i];
        }
        return at;
    }

    // Copies can double an object with every operation, so what comes in is counted.
    bool is_within_bounds(const Reader& path, const PointerSteps& steps, const JsonValue& value) {
        added_ += count_of_values(value);
        const std::size_t depth = steps.size() + depth_of(value);
        if (added_ <= added_values_max && depth <= static_cast<std::size_t>(limits::document_depth)) return true;
        path.complain(
            added_ > added_values_max ? Rule::too_large : Rule::too_deep,
            fmt::format("{}: with this {} would become too large", path.title(), title_),
            fmt::format("the limits are {} values and a depth of {}", added_values_max, limits::document_depth));
        return false;
    }

    static std::size_t count_of_values(const JsonValue& value) {
        std::size_t count = 1;
        for (const JsonValue& item : value.items) count += count_of_values(item);
        for (const JsonMember& member : value.members) count += count_of_values(member.value);
        return count;
    }

    static std::size_t depth_of(const JsonValue& value) {
        std::size_t deepest = 0;
        for (const JsonValue& item : value.items) deepest = std::max(deepest, depth_of(item));
        for (const JsonMember& member : value.members) deepest = std::max(deepest, depth_of(member.value));
        return deepest + 1;
    }

    bool add(const Reader& path, const PointerSteps& steps, const JsonValue& value) {
        if (!is_within_bounds(path, steps, value)) return false;
        if (steps.empty()) {
            object_ = value;
            return true;
        }
        JsonValue* parent = require(path, steps, 1);
        if (parent == nullptr) return false;
        if (parent->kind == JsonKind::map) {
            parent->member(steps.back()) = value;
            return true;
        }
        const auto position =
            parent->kind == JsonKind::list ? list_position(steps.back(), parent->items.size()) : std::nullopt;
        if (!position || *position > parent->items.size())
            return missing(path, parent_path(steps), *parent, steps.back());
        parent->items.insert(parent->items.begin() + static_cast<std::ptrdiff_t>(*position), value);
        return true;
    }

    bool remove(const Reader& path, const PointerSteps& steps) {
        if (steps.empty()) {
            path.complain(Rule::bad_patch, fmt::format("{}: the whole object cannot be removed this way", path.title()),
                          "use merge: {$patch: delete}");
            return false;
        }
        if (require(path, steps) == nullptr) return false;
        JsonValue* parent = require(path, steps, 1);
        if (parent->kind == JsonKind::map) {
            parent->erase(steps.back());
        } else {
            parent->items.erase(parent->items.begin() +
                                static_cast<std::ptrdiff_t>(*list_position(steps.back(), parent->items.size())));
        }
        return true;
    }

    bool replace(const Reader& path, const PointerSteps& steps, const JsonValue& value) {
        JsonValue* target = require(path, steps);
        if (target == nullptr || !is_within_bounds(path, steps, value)) return false;
        *target = value;
        return true;
    }

    bool test(const Reader& operation, const Reader& path, const PointerSteps& steps) {
        return with_value(operation, [&](const JsonValue& wanted) {
            const JsonValue* found = require(path, steps);
            if (found == nullptr) return false;
            if (same_content(*found, wanted)) return true;
            operation.complain(Rule::patch_test_failed,
                               fmt::format("{}: {} has {} at \"{}\", not {}", operation.title(), title_, shown(*found),
                                           path.value().text, shown(wanted)),
                               "the operations after a failed test are not done");
            return false;
        });
    }

    static std::string parent_path(const PointerSteps& steps) {
        std::string path;
        for (std::size_t i = 0; i + 1 < steps.size(); ++i) path += "/" + steps[i];
        return path;
    }

    JsonValue& object_;
    const std::string& title_;
    std::size_t added_ = 0;
};

}  // namespace

void apply_json_patch(JsonValue& object, const Reader& operations, const std::string& title) {
    JsonPatch patch(object, title);
    for (const Reader& operation : operations.items()) {
        if (!patch.apply(operation)) return;
    }
}

}  // namespace eks
