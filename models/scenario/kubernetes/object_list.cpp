#include "models/scenario/kubernetes/object_list.hpp"

#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace eks {
namespace {

constexpr std::string_view default_namespace = "default";

// The member's text without counting it as read, or nothing.
std::optional<std::string> peek_text(const Reader& map, std::string_view key) {
    const JsonValue* value = map.is_map() ? map.value().find(key) : nullptr;
    if (value == nullptr || value->kind != JsonKind::text || value->text.empty()) return std::nullopt;
    return value->text;
}

// What the API server calls a DNS subdomain: lower-case letters, digits, hyphens and dots.
bool is_object_name(std::string_view name) {
    constexpr std::size_t longest = 253;
    if (name.empty() || name.size() > longest) return false;
    const auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    const auto is_allowed = [&](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; };
    return std::ranges::all_of(name, is_allowed) && is_alphanumeric(name.front()) && is_alphanumeric(name.back());
}

// Names of roles and some cluster objects may hold colons and capitals; only those that we use are held to the rule.
bool has_strict_name(const ObjectKind* known) {
    return known != nullptr && (known->role == ObjectRole::workload || known->role == ObjectRole::operated_workload ||
                                known->role == ObjectRole::namespaces || known->role == ObjectRole::priority_class);
}

std::string lookup_key(const KubernetesObject& object) {
    // A custom resource may bear the kind of another group's.
    return object.known != nullptr && is_built_in_group(object.group) ? object.title
                                                                      : object.title + "@" + object.group;
}

std::vector<std::string_view> kinds_of_group(std::string_view group) {
    std::vector<std::string_view> kinds;
    for (const ObjectKind& known : known_object_kinds()) {
        if (known.group == group) kinds.push_back(known.kind);
    }
    return kinds;
}

// The kind that was probably meant: one of the group's own, or for a group of Kubernetes any that is known. Custom
// resources have names of all sorts, so a slip is no more than two letters.
std::optional<std::string_view> slip_of(std::string_view kind, std::string_view group) {
    constexpr std::size_t letters_max = 2;
    std::vector<std::string_view> kinds = kinds_of_group(group);
    if (is_built_in_group(group)) {
        for (const ObjectKind& known : known_object_kinds()) kinds.push_back(known.kind);
    }
    for (const std::string_view known : kinds) {
        if (spelling_distance(kind, known) <= letters_max) return known;
    }
    return std::nullopt;
}

std::string groups_of_kind(std::string_view kind) {
    std::string groups;
    for (const ObjectKind& known : known_object_kinds()) {
        if (known.kind != kind || known.group == "extensions") continue;
        if (!groups.empty()) groups += " or ";
        groups += known.group.empty() ? std::string("v1") : fmt::format("{}/v1", known.group);
    }
    return groups;
}

}  // namespace

void KubernetesObjects::check_kind(const Reader& object, const KubernetesObject& identity) const {
    if (identity.known != nullptr) {
        const std::string api_version = peek_text(object, "apiVersion").value_or("");
        if (is_version_name(api_version)) return;
        object.member("apiVersion")
            ->complain(Rule::wrong_api_version,
                       fmt::format("{}: the apiVersion \"{}\" does not end in a version", identity.title, api_version),
                       fmt::format("write {}", groups_of_kind(identity.kind)));
        return;
    }
    const bool is_known_group =
        identity.group.find('.') == std::string::npos || !kinds_of_group(identity.group).empty();
    if (const std::string groups = groups_of_kind(identity.kind); !groups.empty() && is_known_group) {
        object.member("apiVersion")
            ->complain(
                Rule::wrong_api_version,
                fmt::format("{}: the API group \"{}\" has no kind {}", identity.title, identity.group, identity.kind),
                fmt::format("write apiVersion: {}", groups));
        return;
    }
    if (const auto near = slip_of(identity.kind, identity.group)) {
        object.member("kind")->complain(Rule::unknown_kind,
                                        fmt::format("there is no kind \"{}\" of objects", identity.kind),
                                        fmt::format("did you mean \"{}\"?", *near));
    } else if (is_built_in_group(identity.group) && identity.group.find('.') == std::string::npos) {
        object.member("kind")->complain(
            Rule::unknown_kind,
            fmt::format("Kubernetes has no kind \"{}\" in its group \"{}\"", identity.kind, identity.group),
            "a custom resource has a group with a dot in its apiVersion");
    }
}

std::optional<std::string> KubernetesObjects::read_name(const Reader& object, const std::string& kind) const {
    const auto metadata = object.member("metadata");
    const bool is_map = metadata && metadata->is_map();
    if (is_map) {
        if (const auto name = peek_text(*metadata, "name")) return name;
        if (const auto prefix = peek_text(*metadata, "generateName")) return prefix;
    }
    const Reader& at = metadata ? *metadata : object;
    at.complain(Rule::missing_field, fmt::format("this {} has no metadata.name", kind), "every object needs a name");
    return std::nullopt;
}

std::optional<KubernetesObject> KubernetesObjects::identify(const Reader& object) const {
    if (!object.expect_map()) return std::nullopt;
    const auto kind = object.required("kind");
    const auto api_version = object.required("apiVersion");
    if (!kind || !api_version || !kind->text() || !api_version->text()) return std::nullopt;

    KubernetesObject identity;
    identity.kind = kind->value().text;
    identity.group = group_of(api_version->value().text);
    identity.known = find_object_kind(identity.kind, identity.group);
    identity.title = identity.kind;
    identity.value = &object.value();
    if (identity.known != nullptr && identity.known->role == ObjectRole::list) return identity;

    // A configuration file is an object without a name of its own.
    const bool is_file = identity.known != nullptr && identity.known->role == ObjectRole::scheduler_configuration;
    const auto name = is_file ? std::optional<std::string>("kube-scheduler") : read_name(object, identity.kind);
    if (!name) {
        check_kind(object, identity);
        return std::nullopt;
    }
    identity.name = *name;
    const auto metadata = object.member("metadata");
    if (identity.known == nullptr || identity.known->is_namespaced) {
        identity.namespace_name = peek_text(*metadata, "namespace").value_or(std::string(default_namespace));
        identity.title += "/" + identity.namespace_name;
    }
    identity.title += "/" + identity.name;
    check_kind(object, identity);

    if (has_strict_name(identity.known) && peek_text(*metadata, "name") && !is_object_name(identity.name)) {
        metadata->member("name")->complain(
            Rule::bad_name, fmt::format("{}: this is not a name that the API server takes", identity.title),
            "use lower-case letters, digits, hyphens and dots");
        return std::nullopt;
    }
    return identity;
}

void KubernetesObjects::add(const Reader& object, bool is_addon) {
    std::optional<KubernetesObject> identity = identify(object);
    if (!identity) return;
    if (identity->known != nullptr && identity->known->role == ObjectRole::list) {
        for (const Reader& item : object.items("items")) add(item, is_addon);
        return;
    }
    identity->is_addon = is_addon;

    const auto metadata = object.member("metadata");
    const bool is_generated = metadata && !peek_text(*metadata, "name");
    if (is_generated) {
        // The API server adds five random letters; a count does the same and stays the same.
        const std::int64_t number = ++generated_names_[identity->title];
        const std::string suffix = std::to_string(number);
        identity->name += suffix;
        identity->title += suffix;
    }

    const auto [position, is_new] = positions_.try_emplace(lookup_key(*identity), objects_.size());
    if (is_new) {
        objects_.push_back(std::move(*identity));
        return;
    }
    KubernetesObject& earlier = objects_[position->second];
    if (!earlier.is_addon) {
        const auto place = reading_.origins.place(earlier.value->origin);
        object.warn(Rule::object_replaced, fmt::format("{} is there twice; this one counts", identity->title),
                    place ? "the other one is at " + to_text(*place) : std::string{});
        gone_.push_back(earlier);
    }
    earlier = std::move(*identity);
}

void KubernetesObjects::add_made(const Reader& object, const JsonValue& of) {
    std::optional<KubernetesObject> identity = identify(object);
    if (!identity || positions_.contains(lookup_key(*identity))) return;
    identity->made_of = &of;
    positions_.emplace(lookup_key(*identity), objects_.size());
    objects_.push_back(std::move(*identity));
}

std::optional<std::size_t> KubernetesObjects::find(std::string_view title) const {
    const auto found = positions_.find(title);
    if (found == positions_.end()) return std::nullopt;
    return found->second;
}

JsonValue& KubernetesObjects::changeable(std::size_t position) {
    KubernetesObject& object = objects_[position];
    if (object.own == nullptr) {
        kept_.push_back(*object.value);
        object.own = &kept_.back();
        object.value = object.own;
    }
    return *object.own;
}

void KubernetesObjects::remove(std::size_t position) {
    if (!objects_[position].is_addon) gone_.push_back(objects_[position]);
    objects_.erase(objects_.begin() + static_cast<std::ptrdiff_t>(position));
    positions_.clear();
    for (std::size_t i = 0; i < objects_.size(); ++i) positions_.emplace(lookup_key(objects_[i]), i);
}

}  // namespace eks
