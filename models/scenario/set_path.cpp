#include "models/scenario/set_path.hpp"

#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace eks {

namespace {

// Goes past the dot after a step, if there is one; false if nothing follows it.
bool pass_dot(std::string_view path, std::size_t& at) {
    if (at == path.size() || path[at] != '.') return true;
    ++at;
    return at < path.size();
}

}  // namespace

bool parse_path(std::string_view path, std::vector<PathStep>& steps) {
    steps.clear();
    std::size_t i = 0;
    while (i < path.size()) {
        if (path[i] == '[') {
            const std::size_t end = path.find(']', i);
            if (end == std::string_view::npos || end == i + 1) return false;
            std::string_view name = path.substr(i + 1, end - i - 1);
            if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.back() == name.front()) {
                name = name.substr(1, name.size() - 2);
            }
            steps.push_back({std::string(name), true});
            i = end + 1;
            if (i < path.size() && path[i] != '.' && path[i] != '[') return false;
            if (!pass_dot(path, i)) return false;
            continue;
        }
        const std::size_t end = std::min(path.find_first_of(".[", i), path.size());
        if (end == i) return false;
        steps.push_back({std::string(path.substr(i, end - i)), false});
        i = end;
        if (!pass_dot(path, i)) return false;
    }
    return !steps.empty();
}

namespace {

// What an entry of a list can be called by, tried in this order.
constexpr std::array<std::string_view, 5> naming_fields{"name", "for", "target", "scale", "delete"};

const JsonValue* name_of_entry(const JsonValue& entry) {
    for (const std::string_view field : naming_fields) {
        const JsonValue* name = entry.find(field);
        if (name != nullptr && name->kind == JsonKind::text) return name;
    }
    const JsonValue* metadata = entry.find("metadata");
    const JsonValue* name = metadata == nullptr ? nullptr : metadata->find("name");
    return name != nullptr && name->kind == JsonKind::text ? name : nullptr;
}

bool complain_at(OriginIx at, Reading& reading, std::string message, std::string hint = {}) {
    Complaint complaint;
    complaint.rule = Rule::bad_set_path;
    complaint.message = std::move(message);
    complaint.hint = std::move(hint);
    complaint.pointer = reading.origins.pointer(at);
    complaint.place = reading.origins.key_place(at);
    reading.diagnostics.add(std::move(complaint));
    return false;
}

JsonValue* entry_of_list(JsonValue& list, const PathStep& step) {
    for (JsonValue& item : list.items) {
        const JsonValue* name = name_of_entry(item);
        if (name != nullptr && name->text == step.name) return &item;
    }
    std::size_t index = 0;
    const char* end = step.name.data() + step.name.size();
    const auto read = std::from_chars(step.name.data(), end, index);
    if (read.ec != std::errc{} || read.ptr != end || index >= list.items.size()) return nullptr;
    return &list.items[index];
}

std::string hint_for_entry(const JsonValue& list, const std::string& wanted) {
    std::vector<std::string_view> names;
    for (const JsonValue& item : list.items) {
        if (const JsonValue* name = name_of_entry(item)) names.push_back(name->text);
    }
    if (names.empty()) return fmt::format("the list has {} entries; they count from 0", list.items.size());
    return did_you_mean(wanted, names);
}

}  // namespace

bool set_value(JsonValue& document, std::string_view path, JsonValue value, OriginIx at, Reading& reading) {
    std::vector<PathStep> steps;
    if (!parse_path(path, steps)) {
        return complain_at(
            at, reading, fmt::format("\"{}\" is not a path", path),
            "write fields with dots and list entries in brackets: cluster.managedNodeGroups[workers].maxSize");
    }
    JsonValue* here = &document;
    std::string walked = "the scenario";
    for (const PathStep& step : steps) {
        if (here->kind == JsonKind::null) *here = JsonValue::of_map(at);
        if (here->kind == JsonKind::list) {
            if (!step.is_bracketed) {
                return complain_at(at, reading, fmt::format("{} is a list; \"{}\" must say which entry", walked, path),
                                   fmt::format("write {}[…].{}", walked, step.name));
            }
            JsonValue* entry = entry_of_list(*here, step);
            if (entry == nullptr) {
                return complain_at(at, reading, fmt::format("{} has no entry \"{}\"", walked, step.name),
                                   hint_for_entry(*here, step.name));
            }
            here = entry;
        } else if (here->kind == JsonKind::map) {
            here = &here->member(step.name);
            if (here->origin == 0) here->origin = at;
        } else {
            return complain_at(at, reading,
                               fmt::format("{} is {}, which has no \"{}\"", walked, shown(*here), step.name));
        }
        if (walked == "the scenario") walked.clear();
        if (step.is_bracketed)
            walked += "[" + step.name + "]";
        else
            walked += (walked.empty() ? "" : ".") + step.name;
    }
    *here = std::move(value);
    return true;
}

bool set_text(JsonValue& document, const std::string& path, const std::string& text, Reading& reading) {
    const OriginIx at = reading.origins.add_source(fmt::format("--set {}={}", path, text));
    JsonValue value;
    Diagnostics unheard;
    if (!parse_json(text, at, reading.origins, unheard, value)) value = JsonValue::of_text(text, at);
    return set_value(document, path, std::move(value), at, reading);
}

namespace {

// Lists whose entries all have names, such as node groups and add-ons.
bool is_named_list(const JsonValue& value) {
    return value.kind == JsonKind::list && !value.items.empty() &&
           std::all_of(value.items.begin(), value.items.end(), [](const JsonValue& item) {
               const JsonValue* name = item.find("name");
               return name != nullptr && name->kind == JsonKind::text;
           });
}

}  // namespace

JsonValue laid_over(JsonValue under, const JsonValue& over) {
    if (under.kind == JsonKind::map && over.kind == JsonKind::map) {
        for (const JsonMember& member : over.members) {
            if (member.value.kind == JsonKind::null) {
                under.erase(member.key);
                continue;
            }
            JsonValue& there = under.member(member.key);
            there = laid_over(std::move(there), member.value);
        }
        return under;
    }
    if (is_named_list(under) && is_named_list(over)) {
        for (const JsonValue& item : over.items) {
            const std::string& name = item.find("name")->text;
            const auto there = std::find_if(under.items.begin(), under.items.end(),
                                            [&](const JsonValue& known) { return known.find("name")->text == name; });
            if (there == under.items.end())
                under.items.push_back(item);
            else
                *there = laid_over(std::move(*there), item);
        }
        return under;
    }
    return over;
}

}  // namespace eks
