#include "models/scenario/json_value.hpp"

#include "libsim/check.hpp"
#include "models/scenario/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

namespace eks {

std::string_view name_of(JsonKind kind) {
    switch (kind) {
        case JsonKind::null: return "nothing";
        case JsonKind::boolean: return "true or false";
        case JsonKind::integer: return "a whole number";
        case JsonKind::number: return "a number";
        case JsonKind::text: return "a text";
        case JsonKind::list: return "a list";
        case JsonKind::map: return "a map";
    }
    return "";
}

// --- values
// -------------------------------------------------------------------------------------------------------------

const JsonValue* JsonValue::find(std::string_view key) const {
    for (const JsonMember& member : members) {
        if (member.key == key) return &member.value;
    }
    return nullptr;
}

JsonValue* JsonValue::find(std::string_view key) { return const_cast<JsonValue*>(std::as_const(*this).find(key)); }

JsonValue& JsonValue::member(std::string_view key) {
    if (JsonValue* there = find(key)) return *there;
    members.push_back({std::string(key), {}});
    return members.back().value;
}

bool JsonValue::erase(std::string_view key) {
    const auto at = std::find_if(members.begin(), members.end(), [&](const JsonMember& m) { return m.key == key; });
    if (at == members.end()) return false;
    members.erase(at);
    return true;
}

JsonValue JsonValue::of_text(std::string content, OriginIx origin) {
    JsonValue value;
    value.kind = JsonKind::text;
    value.origin = origin;
    value.text = std::move(content);
    return value;
}

JsonValue JsonValue::of_integer(std::int64_t content, OriginIx origin) {
    JsonValue value;
    value.kind = JsonKind::integer;
    value.origin = origin;
    value.integer = content;
    value.text = std::to_string(content);
    return value;
}

JsonValue JsonValue::of_boolean(bool content, OriginIx origin) {
    JsonValue value;
    value.kind = JsonKind::boolean;
    value.origin = origin;
    value.boolean = content;
    return value;
}

JsonValue JsonValue::of_map(OriginIx origin) {
    JsonValue value;
    value.kind = JsonKind::map;
    value.origin = origin;
    return value;
}

JsonValue JsonValue::of_list(OriginIx origin) {
    JsonValue value;
    value.kind = JsonKind::list;
    value.origin = origin;
    return value;
}

bool same_content(const JsonValue& a, const JsonValue& b) {
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case JsonKind::null: return true;
        case JsonKind::boolean: return a.boolean == b.boolean;
        case JsonKind::integer: return a.integer == b.integer;
        case JsonKind::number:
        case JsonKind::text: return a.text == b.text;
        case JsonKind::list:
            return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same_content);
        case JsonKind::map: break;
    }
    if (a.members.size() != b.members.size()) return false;
    return std::all_of(a.members.begin(), a.members.end(), [&](const JsonMember& member) {
        const JsonValue* other = b.find(member.key);
        return other != nullptr && same_content(member.value, *other);
    });
}

namespace {

void append_quoted(std::string& out, std::string_view text) {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_json(std::string& out, const JsonValue& value) {
    switch (value.kind) {
        case JsonKind::null: out += "null"; return;
        case JsonKind::boolean: out += value.boolean ? "true" : "false"; return;
        case JsonKind::integer:
        case JsonKind::number: out += value.text; return;
        case JsonKind::text: append_quoted(out, value.text); return;
        case JsonKind::list: {
            out += '[';
            for (const JsonValue& item : value.items) {
                if (&item != &value.items.front()) out += ',';
                append_json(out, item);
            }
            out += ']';
            return;
        }
        case JsonKind::map: break;
    }
    out += '{';
    for (const JsonMember& member : value.members) {
        if (&member != &value.members.front()) out += ',';
        append_quoted(out, member.key);
        out += ':';
        append_json(out, member.value);
    }
    out += '}';
}

}  // namespace

std::string to_json_text(const JsonValue& value) {
    std::string out;
    append_json(out, value);
    return out;
}

// --- origins
// ------------------------------------------------------------------------------------------------------------

Origins::Origins() { steps_.emplace_back().is_root = true; }

OriginIx Origins::add(Step step) {
    CHECK(steps_.size() < std::numeric_limits<OriginIx>::max(), "more values than origins can be numbered");
    steps_.push_back(std::move(step));
    return static_cast<OriginIx>(steps_.size() - 1);
}

OriginIx Origins::add_key(OriginIx parent, std::string_view key) {
    Step step;
    step.parent = parent;
    step.key = key;
    return add(std::move(step));
}

OriginIx Origins::add_index(OriginIx parent, std::size_t index) {
    Step step;
    step.parent = parent;
    step.is_index = true;
    step.index = static_cast<std::uint32_t>(index);
    return add(std::move(step));
}

OriginIx Origins::add_source(std::string source) {
    Step step;
    step.is_root = true;
    step.value_position = position_of({std::move(source), 0, 0});
    return add(std::move(step));
}

OriginIx Origins::add_document() {
    Step step;
    step.is_root = true;
    return add(std::move(step));
}

Origins::Position Origins::position_of(const Place& place) {
    const auto at = std::find(files_.begin(), files_.end(), place.file);
    const auto file = static_cast<std::int32_t>(at - files_.begin());
    if (at == files_.end()) files_.push_back(place.file);
    return {file, place.line, place.column};
}

std::optional<Place> Origins::place_at(const Position& position) const {
    if (position.file < 0) return std::nullopt;
    return Place{files_[static_cast<std::size_t>(position.file)], position.line, position.column};
}

void Origins::set_place(OriginIx origin, const Place& place) { steps_[origin].value_position = position_of(place); }
void Origins::set_key_place(OriginIx origin, const Place& place) { steps_[origin].key_position = position_of(place); }

std::string Origins::pointer(OriginIx origin) const {
    std::vector<const Step*> chain;
    for (const Step* step = &steps_[origin]; !step->is_root; step = &steps_[step->parent]) chain.push_back(step);
    std::string text;
    for (auto step = chain.rbegin(); step != chain.rend(); ++step) {
        text += '/';
        if ((*step)->is_index) {
            text += std::to_string((*step)->index);
            continue;
        }
        for (const char c : (*step)->key) {
            if (c == '~')
                text += "~0";
            else if (c == '/')
                text += "~1";
            else
                text += c;
        }
    }
    return text;
}

std::optional<Place> Origins::place(OriginIx origin) const {
    for (const Step* step = &steps_[origin];; step = &steps_[step->parent]) {
        if (auto found = place_at(step->value_position)) return found;
        if (step->is_root) return std::nullopt;
    }
}

std::optional<Place> Origins::key_place(OriginIx origin) const {
    if (auto found = place_at(steps_[origin].key_position)) return found;
    return place(origin);
}

namespace {

// Looked up by pointer, never iterated: its order shows nowhere.
using PlacesByPointer = std::unordered_map<std::string_view, const ListedPlace*>;

void spread_below(JsonValue& value, const std::string& pointer, Origins& origins, const PlacesByPointer& places,
                  const std::vector<std::string>& files) {
    const auto place_of = [&](const std::string& at) -> std::optional<Place> {
        const auto found = places.find(at);
        if (found == places.end()) return std::nullopt;
        const ListedPlace& listed = *found->second;
        return Place{files[static_cast<std::size_t>(listed.file)], listed.line, listed.column};
    };
    if (const auto place = place_of(pointer)) origins.set_place(value.origin, *place);
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        spread_below(value.items[i], fmt::format("{}/{}", pointer, i), origins, places, files);
    }
    for (JsonMember& member : value.members) {
        const std::string below = origins.pointer(member.value.origin);
        if (const auto place = place_of(below + "#key")) origins.set_key_place(member.value.origin, *place);
        spread_below(member.value, below, origins, places, files);
    }
}

}  // namespace

void spread_places(JsonValue& root, Origins& origins, const std::vector<ListedPlace>& places,
                   const std::vector<std::string>& files) {
    PlacesByPointer by_pointer;
    by_pointer.reserve(places.size());
    for (const ListedPlace& place : places) {
        if (place.file >= 0 && static_cast<std::size_t>(place.file) < files.size())
            by_pointer.emplace(place.pointer, &place);
    }
    spread_below(root, "", origins, by_pointer, files);
}

// --- reading
// ------------------------------------------------------------------------------------------------------------

namespace {

// Builds values while the parser walks over the text, so that no second tree is ever in memory. Answering false stops
// it.
class ValueBuilder : public nlohmann::json_sax<nlohmann::json> {
  public:
    ValueBuilder(OriginIx root, Origins& origins, Diagnostics& diagnostics, JsonValue& into,
                 std::vector<ListedPlace>* places)
        : root_(root), origins_(origins), diagnostics_(diagnostics), into_(into), places_(places) {}

    bool null() override { return scalar({}); }
    bool boolean(bool content) override { return scalar(JsonValue::of_boolean(content, 0)); }
    bool number_integer(number_integer_t content) override {
        if (in_places()) return place_number(content);
        return scalar(JsonValue::of_integer(content, 0));
    }
    bool number_unsigned(number_unsigned_t content) override {
        if (content <= static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
            return number_integer(static_cast<number_integer_t>(content));
        }
        return number_as_written(std::to_string(content));
    }
    bool number_float(number_float_t, const string_t& written) override { return number_as_written(written); }
    bool string(string_t& content) override { return scalar(JsonValue::of_text(std::move(content), 0)); }
    bool binary(binary_t&) override { return refuse(Rule::not_json, "binary data where JSON was expected"); }

    bool start_object(std::size_t) override {
        if (in_places()) return enter_places();
        if (places_ != nullptr && open_.size() == 1 && key_ == "places") {
            key_.clear();
            return enter_places();
        }
        return open(JsonKind::map);
    }
    bool end_object() override {
        if (in_places()) {
            --places_depth_;
            return true;
        }
        if (!has_unique_keys(*open_.back())) return false;
        open_.pop_back();
        return true;
    }
    bool start_array(std::size_t) override {
        if (in_places()) return enter_places();
        return open(JsonKind::list);
    }
    bool end_array() override {
        if (in_places()) {
            --places_depth_;
            return true;
        }
        open_.pop_back();
        return true;
    }
    bool key(string_t& name) override {
        if (in_places()) {
            if (places_->size() >= places_max)
                return refuse(Rule::too_large, fmt::format("the document lists more than {} places", places_max));
            places_->push_back({std::move(name), 0, 0, 0});
            place_numbers_ = 0;
            return true;
        }
        key_ = std::move(name);
        return true;
    }
    bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception&) override {
        const std::string near = token.empty() ? "at the end" : fmt::format("near {}", shortened(token));
        return refuse(Rule::not_json, fmt::format("this is not JSON: the text breaks off or goes wrong at byte {}, {}",
                                                  position, near));
    }

  private:
    // A value and its key have a place each.
    static constexpr std::size_t places_max = 2 * limits::document_values;

    static std::string shortened(const std::string& token) {
        std::string text;
        for (const char c : token.substr(0, 40)) text += (c >= ' ' && c <= '~') ? c : '?';
        return "'" + text + "'";
    }

    bool refuse(Rule rule, std::string message, std::string hint = {}) {
        Complaint complaint;
        complaint.rule = rule;
        complaint.message = std::move(message);
        complaint.hint = std::move(hint);
        const OriginIx at = open_.empty() ? root_ : open_.back()->origin;
        complaint.pointer = origins_.pointer(at);
        complaint.place = origins_.place(at);
        diagnostics_.add(std::move(complaint));
        return false;
    }

    bool in_places() const { return places_depth_ > 0; }

    bool enter_places() {
        if (++places_depth_ > limits::document_depth) {
            return refuse(Rule::too_deep, fmt::format("values are nested more than {} deep", limits::document_depth));
        }
        return true;
    }

    bool number_as_written(std::string written) {
        if (in_places()) return place_number(-1);
        JsonValue value;
        value.kind = JsonKind::number;
        value.text = std::move(written);
        return scalar(std::move(value));
    }

    bool place_number(std::int64_t content) {
        if (places_->empty()) return true;
        const auto number =
            static_cast<std::int32_t>(std::clamp<std::int64_t>(content, -1, std::numeric_limits<std::int32_t>::max()));
        ListedPlace& place = places_->back();
        if (place_numbers_ == 0) place.file = number;
        if (place_numbers_ == 1) place.line = number;
        if (place_numbers_ == 2) place.column = number;
        ++place_numbers_;
        return true;
    }

    // Puts a value where the parser stands; null if there are too many.
    JsonValue* put(JsonValue value) {
        if (++count_ > limits::document_values) {
            refuse(Rule::too_large, fmt::format("the document has more than {} values", limits::document_values),
                   "split the scenario, or leave out manifests that make no pods");
            return nullptr;
        }
        if (open_.empty()) {
            value.origin = root_;
            into_ = std::move(value);
            return &into_;
        }
        JsonValue& parent = *open_.back();
        if (parent.kind == JsonKind::list) {
            value.origin = origins_.add_index(parent.origin, parent.items.size());
            parent.items.push_back(std::move(value));
            return &parent.items.back();
        }
        value.origin = origins_.add_key(parent.origin, key_);
        parent.members.push_back({std::move(key_), std::move(value)});
        key_.clear();
        return &parent.members.back().value;
    }

    bool scalar(JsonValue value) {
        if (in_places()) return true;
        return put(std::move(value)) != nullptr;
    }

    bool open(JsonKind kind) {
        if (open_.size() >= static_cast<std::size_t>(limits::document_depth)) {
            return refuse(Rule::too_deep, fmt::format("values are nested more than {} deep", limits::document_depth));
        }
        JsonValue value;
        value.kind = kind;
        JsonValue* there = put(std::move(value));
        if (there == nullptr) return false;
        open_.push_back(there);
        return true;
    }

    bool has_unique_keys(const JsonValue& map) {
        std::vector<std::string_view> keys;
        keys.reserve(map.members.size());
        for (const JsonMember& member : map.members) keys.emplace_back(member.key);
        std::sort(keys.begin(), keys.end());
        const auto twice = std::adjacent_find(keys.begin(), keys.end());
        if (twice == keys.end()) return true;
        return refuse(Rule::duplicate_key, fmt::format("the key \"{}\" appears twice in one map", *twice),
                      "keep one of the two");
    }

    OriginIx root_;
    Origins& origins_;
    Diagnostics& diagnostics_;
    JsonValue& into_;
    std::vector<ListedPlace>* places_;
    std::vector<JsonValue*> open_;  // containers around the parser's position; growing one moves none of the others
    std::string key_;
    std::size_t count_ = 0;
    int places_depth_ = 0;   // containers that are open within `places`; 0 is outside of it
    int place_numbers_ = 0;  // of the place that is being read
};

}  // namespace

bool parse_json(std::string_view text, OriginIx root, Origins& origins, Diagnostics& diagnostics, JsonValue& into,
                std::vector<ListedPlace>* places) {
    ValueBuilder builder(root, origins, diagnostics, into, places);
    const bool is_read =
        text.size() <= limits::document_bytes && nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
    if (text.size() > limits::document_bytes) {
        Complaint complaint;
        complaint.rule = Rule::too_large;
        complaint.message =
            fmt::format("the document has {} bytes; the limit is {}", text.size(), limits::document_bytes);
        complaint.place = origins.place(root);
        diagnostics.add(std::move(complaint));
    }
    if (!is_read) into = JsonValue{};
    return is_read;
}

}  // namespace eks
