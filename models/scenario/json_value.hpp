// A scenario's document in memory: JSON in which every value remembers where it was written.
//
// Patches, `--set` and an eksctl file laid under inline keys all build new documents out of parts of others. Because
// the origin travels with each value, a complaint raised after all that still points at the line that is at fault; and
// because each value remembers whether anybody read it, what the model ignores can be listed. Members keep the order of
// the text. This is the form between the text and the Reader (reader.hpp); it never reaches a Spec. Standard library
// only.
#pragma once

#include "models/scenario/diagnostics.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// Where a value comes from, as a position in Origins; zero is "nowhere".
using OriginIx = std::uint32_t;

enum class JsonKind : std::uint8_t { null, boolean, integer, number, text, list, map };

// "a map", "a list", "a text", … for messages.
std::string_view name_of(JsonKind kind);

struct JsonMember;

struct JsonValue {
    JsonKind kind = JsonKind::null;
    bool boolean = false;
    mutable bool used = false;  // somebody read it: see Reader
    OriginIx origin = 0;
    std::int64_t integer = 0;
    std::string text;                 // a text, or the digits of a number as they were written
    std::vector<JsonValue> items;     // of a list
    std::vector<JsonMember> members;  // of a map; keys are unique

    const JsonValue* find(std::string_view key) const;
    JsonValue* find(std::string_view key);
    // The member, added as null at the end if there is none. References to other members may then be gone.
    JsonValue& member(std::string_view key);
    bool erase(std::string_view key);

    bool is_scalar() const { return kind != JsonKind::list && kind != JsonKind::map; }
    // Scalars and empty containers: what counts as modelled or ignored.
    bool is_leaf() const { return is_scalar() || (items.empty() && members.empty()); }

    static JsonValue of_text(std::string text, OriginIx origin);
    static JsonValue of_integer(std::int64_t value, OriginIx origin);
    static JsonValue of_boolean(bool value, OriginIx origin);
    static JsonValue of_map(OriginIx origin);
    static JsonValue of_list(OriginIx origin);
};

struct JsonMember {
    std::string key;
    JsonValue value;  // its origin knows the place of the key as well
};

// Equal content; origins and marks do not count, the order of members does not either.
bool same_content(const JsonValue& a, const JsonValue& b);

// The content as JSON text, without blanks.
std::string to_json_text(const JsonValue& value);

// All places that values can come from. A value's pointer is kept as a chain of steps, so that a large document costs a
// few words a value.
class Origins {
  public:
    Origins();

    OriginIx add_key(OriginIx parent, std::string_view key);
    OriginIx add_index(OriginIx parent, std::size_t index);
    // A root that is not part of the document: EKS's own objects, a `--set`. `source` is shown as the file.
    OriginIx add_source(std::string source);
    // The root of the document itself.
    OriginIx add_document();

    void set_place(OriginIx origin, const Place& place);
    void set_key_place(OriginIx origin, const Place& place);

    // The JSON pointer within the document, "" for its root; for other sources the pointer within them.
    std::string pointer(OriginIx origin) const;
    // The place of the value, or of the nearest container that has one, or nothing.
    std::optional<Place> place(OriginIx origin) const;
    // The place of the key that the value stands under, else the value's own.
    std::optional<Place> key_place(OriginIx origin) const;

    std::size_t size() const { return steps_.size(); }

  private:
    struct Position {
        std::int32_t file = -1;  // into files_; -1 is not known
        std::int32_t line = 0;
        std::int32_t column = 0;
    };
    struct Step {
        OriginIx parent = 0;
        bool is_root = false;
        bool is_index = false;
        std::uint32_t index = 0;
        std::string key;
        Position value_position;
        Position key_position;
    };
    OriginIx add(Step step);
    Position position_of(const Place& place);
    std::optional<Place> place_at(const Position& position) const;

    std::vector<Step> steps_;
    std::vector<std::string> files_;
};

// Places for the values of a document, as they come beside it: JSON pointer to file, line, column; a pointer that ends
// in
// "#key" is the place of the key.
struct ListedPlace {
    std::string pointer;
    std::int32_t file = 0;  // into the document's `files`
    std::int32_t line = 0;
    std::int32_t column = 0;
};

// Gives the values below `root` the places of the list; pointers that lead nowhere are passed over.
void spread_places(JsonValue& root, Origins& origins, const std::vector<ListedPlace>& places,
                   const std::vector<std::string>& files);

// Reads a text into values below `root`. Faults of the text itself (not JSON, too deep, too large, duplicate keys)
// become complaints at `root`; then the answer is false and `into` is null. If `places` is given, the root's member of
// that name is collected there instead of becoming a value, since it is often larger than all the rest.
bool parse_json(std::string_view text, OriginIx root, Origins& origins, Diagnostics& diagnostics, JsonValue& into,
                std::vector<ListedPlace>* places = nullptr);

}  // namespace eks
