#include "models/scenario/strategic_merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace eks {
namespace {

constexpr std::string_view directive_name = "$patch";
constexpr std::string_view retain_keys = "$retainKeys";
constexpr std::string_view delete_from_list_prefix = "$deleteFromPrimitiveList/";
constexpr std::string_view element_order_prefix = "$setElementOrder/";

// Lists that are merged by a key of their items, by the name of the member that holds them. The API's own list of merge
// keys, as far as it reaches objects that people write.
struct MergeKey {
    std::string_view list;
    std::string_view key;
};
constexpr std::array<MergeKey, 13> merge_keys{{
    {"containers", "name"},
    {"initContainers", "name"},
    {"ephemeralContainers", "name"},
    {"env", "name"},
    {"volumes", "name"},
    {"volumeMounts", "mountPath"},
    {"volumeDevices", "devicePath"},
    {"imagePullSecrets", "name"},
    {"hostAliases", "ip"},
    {"topologySpreadConstraints", "topologyKey"},
    {"resourceClaims", "name"},
    {"schedulingGates", "name"},
    {"ownerReferences", "uid"},
}};

std::optional<std::string_view> merge_key_of(std::string_view list, std::string_view kind) {
    if (list == "ports") return kind == "Service" ? "port" : "containerPort";
    const auto* const found = std::ranges::find(merge_keys, list, &MergeKey::list);
    if (found == merge_keys.end()) return std::nullopt;
    return found->key;
}

// Texts that are merged as a set.
bool is_merged_as_set(std::string_view list) { return list == "finalizers"; }

void forget_use(const JsonValue& value) {
    value.used = false;
    for (const JsonValue& item : value.items) forget_use(item);
    for (const JsonMember& member : value.members) forget_use(member.value);
}

enum class Directive : std::uint8_t { merge, replace, remove };

class StrategicMerge {
  public:
    StrategicMerge(const Reader& patch, std::string_view kind, ListMerge list_merge)
        : patch_(patch), kind_(kind), list_merge_(list_merge) {}

    bool apply(JsonValue& object) {
        const Directive directive = directive_of(patch_.value());
        if (directive == Directive::remove) return false;
        if (directive == Directive::replace) {
            object = without_directives(patch_.value());
        } else {
            merge_map(object, patch_.value());
        }
        return true;
    }

  private:
    static bool is_directive_key(std::string_view key) {
        return key == directive_name || key == retain_keys || key.starts_with(delete_from_list_prefix) ||
               key.starts_with(element_order_prefix);
    }

    void complain(const JsonValue& at, std::string message, std::string hint) {
        Reader(at, patch_.reading(), patch_.path(), patch_.subject())
            .complain(Rule::bad_patch, std::move(message), std::move(hint));
    }

    Directive directive_of(const JsonValue& map) {
        const JsonValue* directive = map.find(directive_name);
        if (directive == nullptr) return Directive::merge;
        if (directive->text == "replace") return Directive::replace;
        if (directive->text == "delete") return Directive::remove;
        if (directive->text != "merge") {
            complain(*directive, fmt::format("{} is no directive of a strategic merge patch", shown(*directive)),
                     "$patch is replace, delete or merge");
        }
        return Directive::merge;
    }

    // A copy of a value of the patch as it becomes part of the object: nulls and directives are gone, nothing counts as
    // read.
    JsonValue without_directives(const JsonValue& value) {
        JsonValue copy = value;
        strip(copy);
        forget_use(copy);
        return copy;
    }

    static void strip(JsonValue& value) {
        std::erase_if(value.members, [](const JsonMember& member) {
            return is_directive_key(member.key) || member.value.kind == JsonKind::null;
        });
        std::erase_if(value.items, [](const JsonValue& item) {
            const JsonValue* directive = item.find(directive_name);
            return directive != nullptr && directive->text == "delete";
        });
        for (JsonMember& member : value.members) strip(member.value);
        for (JsonValue& item : value.items) strip(item);
    }

    void merge_map(JsonValue& into, const JsonValue& patch) {
        for (const JsonMember& member : patch.members) {
            if (is_directive_key(member.key)) {
                follow_directive(into, member);
            } else {
                merge_member(into, member);
            }
        }
        if (const JsonValue* keys = patch.find(retain_keys)) retain_only(into, *keys);
    }

    void merge_member(JsonValue& into, const JsonMember& member) {
        if (member.value.kind == JsonKind::null) {
            into.erase(member.key);
            return;
        }
        JsonValue& target = into.member(member.key);
        if (member.value.kind == JsonKind::map && target.kind == JsonKind::map) {
            const Directive directive = directive_of(member.value);
            if (directive == Directive::remove) {
                into.erase(member.key);
            } else if (directive == Directive::replace) {
                target = without_directives(member.value);
            } else {
                merge_map(target, member.value);
            }
            return;
        }
        if (member.value.kind == JsonKind::list && target.kind == JsonKind::list && list_merge_ == ListMerge::by_key) {
            if (const auto key = merge_key_of(member.key, kind_)) {
                merge_list(target, member.value, *key);
                return;
            }
            if (is_merged_as_set(member.key)) {
                merge_set(target, member.value);
                return;
            }
        }
        if (member.value.kind == JsonKind::map && directive_of(member.value) == Directive::remove) {
            into.erase(member.key);
            return;
        }
        target = without_directives(member.value);
    }

    void merge_list(JsonValue& into, const JsonValue& patch, std::string_view key) {
        const bool replaces_all = std::ranges::any_of(patch.items, [](const JsonValue& item) {
            const JsonValue* directive = item.find(directive_name);
            return directive != nullptr && directive->text == "replace" && item.members.size() == 1;
        });
        if (replaces_all) {
            into.items.clear();
            for (const JsonValue& item : patch.items) {
                if (item.find(directive_name) == nullptr) into.items.push_back(without_directives(item));
            }
            return;
        }
        for (const JsonValue& item : patch.items) merge_item(into, item, key);
    }

    void merge_item(JsonValue& into, const JsonValue& item, std::string_view key) {
        const JsonValue* name = item.find(key);
        if (name == nullptr) {
            complain(item, fmt::format("this item has no \"{}\", by which such lists are merged", key),
                     fmt::format("give the \"{}\" of the item to change", key));
            return;
        }
        const auto target = std::ranges::find_if(into.items, [&](const JsonValue& there) {
            const JsonValue* its_name = there.find(key);
            return its_name != nullptr && same_content(*its_name, *name);
        });
        const Directive directive = directive_of(item);
        if (directive == Directive::remove) {
            if (target != into.items.end()) into.items.erase(target);
        } else if (target == into.items.end()) {
            into.items.push_back(without_directives(item));
        } else if (directive == Directive::replace) {
            *target = without_directives(item);
        } else {
            merge_map(*target, item);
        }
    }

    void merge_set(JsonValue& into, const JsonValue& patch) {
        for (const JsonValue& item : patch.items) {
            const bool is_there =
                std::ranges::any_of(into.items, [&](const JsonValue& there) { return same_content(there, item); });
            if (!is_there) into.items.push_back(without_directives(item));
        }
    }

    void follow_directive(JsonValue& into, const JsonMember& member) {
        if (!std::string_view(member.key).starts_with(delete_from_list_prefix)) return;
        JsonValue* list = into.find(std::string_view(member.key).substr(delete_from_list_prefix.size()));
        if (list == nullptr) return;
        std::erase_if(list->items, [&](const JsonValue& there) {
            return std::ranges::any_of(member.value.items,
                                       [&](const JsonValue& gone) { return same_content(gone, there); });
        });
    }

    static void retain_only(JsonValue& into, const JsonValue& keys) {
        std::erase_if(into.members, [&](const JsonMember& member) {
            return std::ranges::none_of(keys.items, [&](const JsonValue& key) { return key.text == member.key; });
        });
    }

    Reader patch_;
    std::string_view kind_;
    ListMerge list_merge_;
};

}  // namespace

bool apply_strategic_merge(JsonValue& object, const Reader& patch, std::string_view kind, ListMerge list_merge) {
    if (!patch.expect_map()) return true;
    return StrategicMerge(patch, kind, list_merge).apply(object);
}

}  // namespace eks
