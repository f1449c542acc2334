#include "models/scenario/patches.hpp"

#include "models/scenario/builder.hpp"
#include "models/scenario/json_patch.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/kubernetes/cilium.hpp"
#include "models/scenario/kubernetes/environment_patch.hpp"
#include "models/scenario/kubernetes/pod_spec_of.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/strategic_merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace eks {
namespace {

JsonValue unread_copy(const Reader& reader) {
    JsonValue copy = reader.value();
    Reader(copy, reader.reading()).mark_ignored();
    return copy;
}

bool has_replicas(std::string_view kind) {
    return kind == "Deployment" || kind == "ReplicaSet" || kind == "StatefulSet" || kind == "ReplicationController";
}

// The containers that the short forms reach, as kubectl's `set` commands do: all but the init containers.
JsonValue* containers_of(JsonValue& object, const KubernetesObject& identity, const Reader& form) {
    JsonValue* pod_spec = pod_spec_of(object, identity.kind);
    JsonValue* containers = pod_spec != nullptr ? pod_spec->find("containers") : nullptr;
    if (containers != nullptr && containers->kind == JsonKind::list && !containers->items.empty()) return containers;
    form.complain(Rule::bad_patch, fmt::format("{}: {} has no containers", form.title(), identity.title),
                  "env, image and resources are for objects that make pods");
    return nullptr;
}

std::vector<std::string_view> container_names(const JsonValue& containers) {
    std::vector<std::string_view> names;
    for (const JsonValue& container : containers.items) {
        const JsonValue* name = container.find("name");
        if (name != nullptr && name->kind == JsonKind::text) names.push_back(name->text);
    }
    return names;
}

// Null after a complaint at `entry`.
JsonValue* container_named(const std::string& name, const Reader& entry, const KubernetesObject& identity,
                           JsonValue& containers) {
    const auto found = std::ranges::find_if(containers.items, [&](const JsonValue& each) {
        const JsonValue* its_name = each.find("name");
        return its_name != nullptr && its_name->text == name;
    });
    if (found != containers.items.end()) return &*found;
    entry.complain(Rule::matches_nothing,
                   fmt::format("{}: {} has no container \"{}\"", entry.title(), identity.title, name),
                   did_you_mean(name, container_names(containers)));
    return nullptr;
}

void set_image(const Reader& form, const KubernetesObject& identity, JsonValue& containers) {
    const std::vector<std::string_view> names = container_names(containers);
    if (form.is_text()) {
        if (containers.items.size() == 1) {
            containers.items.front().member("image") = unread_copy(form);
            return;
        }
        form.complain(
            Rule::bad_patch,
            fmt::format("{}: {} has {} containers", form.title(), identity.title, containers.items.size()),
            fmt::format("say which one: image: {{{}: {}}}", names.empty() ? "name" : names.front(), form.value().text));
        return;
    }
    for (const auto& [name, image] : form.members()) {
        if (JsonValue* container = container_named(name, image, identity, containers))
            container->member("image") = unread_copy(image);
    }
}

void merge_resources(const Reader& form, const KubernetesObject& identity, JsonValue& container) {
    JsonValue& resources = container.member("resources");
    if (resources.kind != JsonKind::map) resources = JsonValue::of_map(form.value().origin);
    apply_strategic_merge(resources, form, identity.kind, ListMerge::by_key);
}

// Of all containers, or of those that are named: {app: {requests: ...}}.
void set_resources(const Reader& form, const KubernetesObject& identity, JsonValue& containers) {
    const bool is_for_all = form.has("requests") || form.has("limits") || form.has("claims");
    if (is_for_all) {
        for (JsonValue& container : containers.items) merge_resources(form, identity, container);
        return;
    }
    for (const auto& [name, resources] : form.members()) {
        JsonValue* container = container_named(name, resources, identity, containers);
        if (container != nullptr && resources.expect_map()) merge_resources(resources, identity, *container);
    }
}

void set_replicas(const Reader& form, const KubernetesObject& identity, JsonValue& object) {
    if (!has_replicas(identity.kind)) {
        form.complain(Rule::bad_patch, fmt::format("{}: a {} has no replicas", form.title(), identity.kind),
                      "replicas are for Deployments, ReplicaSets and StatefulSets");
        return;
    }
    JsonValue& spec = object.member("spec");
    if (spec.kind != JsonKind::map) spec = JsonValue::of_map(form.value().origin);
    spec.member("replicas") = unread_copy(form);
}

std::size_t count_values(const JsonValue& value) {
    std::size_t count = 1;
    for (const JsonValue& item : value.items) count += count_values(item);
    for (const JsonMember& member : value.members) count += count_values(member.value);
    return count;
}

std::vector<std::size_t> positions_matching(const std::string& target, const KubernetesObjects& objects) {
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < objects.all().size(); ++i) {
        if (matches_wildcard(target, objects.all()[i].title)) positions.push_back(i);
    }
    return positions;
}

void complain_about_target(const Reader& target, const KubernetesObjects& objects) {
    std::vector<std::string_view> titles;
    for (const KubernetesObject& object : objects.all()) titles.push_back(object.title);
    target.complain(Rule::matches_nothing,
                    fmt::format("{} is {}, which matches no object", target.title(), shown(target.value())),
                    did_you_mean(target.value().text, titles));
}

bool says_what_to_change(const Reader& entry) {
    return std::ranges::any_of(keys::patch, [&](std::string_view key) { return key != "target" && entry.has(key); });
}

}  // namespace

bool apply_patch_entry(const Reader& entry, const KubernetesObject& identity, JsonValue& object) {
    if (const auto merge = entry.member("merge")) {
        const ListMerge lists = is_built_in_group(identity.group) ? ListMerge::by_key : ListMerge::replaced;
        if (!apply_strategic_merge(object, *merge, identity.kind, lists)) return false;
    }
    if (const auto operations = entry.member("json6902")) apply_json_patch(object, *operations, identity.title);
    if (const auto form = entry.member("env"); form && form->expect_map()) {
        if (JsonValue* containers = containers_of(object, identity, *form)) {
            for (JsonValue& container : containers->items) set_environment(container, *form);
        }
    }
    if (const auto form = entry.member("image"); form && (form->is_text() || form->expect_map())) {
        if (JsonValue* containers = containers_of(object, identity, *form)) set_image(*form, identity, *containers);
    }
    if (const auto form = entry.member("replicas")) set_replicas(*form, identity, object);
    if (const auto form = entry.member("resources"); form && form->expect_map()) {
        if (JsonValue* containers = containers_of(object, identity, *form)) set_resources(*form, identity, *containers);
    }
    return true;
}

namespace {

// Puts entries into objects and watches over what they add: a wildcard and a large patch multiply.
class Patching {
  public:
    explicit Patching(KubernetesObjects& objects) : objects_(objects) {}

    // The objects that an entry names under this key, if it says what to do with them.
    std::vector<std::size_t> named_by(const Reader& entry, std::string_view key) const {
        const auto target = entry.required(key);
        const auto text = target ? target->text() : std::nullopt;
        if (!text) return {};
        if (!says_what_to_change(entry)) {
            entry.complain(Rule::bad_patch, fmt::format("{} says nothing to change", entry.title()),
                           "add merge, json6902, env, image, replicas or resources");
            return {};
        }
        std::vector<std::size_t> positions = positions_matching(*text, objects_);
        if (positions.empty()) complain_about_target(*target, objects_);
        return positions;
    }

    enum class Outcome : std::uint8_t { changed, taken_away, too_much };

    Outcome put(const Reader& entry, std::size_t position) {
        JsonValue& object = objects_.changeable(position);
        const std::size_t before = count_values(object);
        const bool stays = apply_patch_entry(entry, objects_.all()[position], object);
        const std::size_t after = count_values(object);
        added_ += after > before ? after - before : 0;
        if (added_ > limits::document_values) {
            entry.complain(
                Rule::too_large,
                fmt::format("{}: the patches together add more than {} values", entry.title(), limits::document_values),
                "narrow the target");
            return Outcome::too_much;
        }
        return stays ? Outcome::changed : Outcome::taken_away;
    }

  private:
    KubernetesObjects& objects_;
    std::size_t added_ = 0;
};

}  // namespace

void apply_patches(const Reader& patches, KubernetesObjects& objects) {
    Patching patching(objects);
    for (const Reader& entry : patches.items()) {
        if (!entry.expect_map()) continue;
        entry.refuse_unknown_members(keys::patch);
        std::vector<std::size_t> removed;
        for (const std::size_t position : patching.named_by(entry, "target")) {
            const Patching::Outcome outcome = patching.put(entry, position);
            if (outcome == Patching::Outcome::too_much) return;
            if (outcome == Patching::Outcome::taken_away) removed.push_back(position);
        }
        for (auto position = removed.rbegin(); position != removed.rend(); ++position) objects.remove(*position);
    }
}

namespace {

bool can_change_in_a_run(const KubernetesObject& object) {
    if (object.title == cilium_config_title) return true;
    if (object.known == nullptr) return false;
    const ObjectRole role = object.known->role;
    return role == ObjectRole::workload || role == ObjectRole::operated_workload ||
           role == ObjectRole::disruption_budget || role == ObjectRole::resource_quota ||
           role == ObjectRole::node_pool || role == ObjectRole::node_class || role == ObjectRole::monitor;
}

}  // namespace

void apply_changes(std::span<const Reader> entries, KubernetesObjects& objects) {
    Patching patching(objects);
    for (const Reader& entry : entries) {
        for (const std::size_t position : patching.named_by(entry, "apply")) {
            const KubernetesObject& object = objects.all()[position];
            if (!can_change_in_a_run(object)) {
                entry.member("apply")->complain(
                    Rule::not_yet_modelled,
                    fmt::format("{} names {}; a change to a {} in the middle of a run is not yet modelled",
                                entry.member("apply")->title(), object.title, object.kind),
                    "in a timeline, workloads, PodDisruptionBudgets, ResourceQuotas, NodePools, EC2NodeClasses, "
                    "ServiceMonitors, PodMonitors, Prometheus and Alertmanager objects and the ConfigMap cilium-config "
                    "can be changed; `patches` change any object from the start");
                continue;
            }
            const Patching::Outcome outcome = patching.put(entry, position);
            if (outcome == Patching::Outcome::too_much) return;
            if (outcome == Patching::Outcome::changed) continue;
            entry.complain(Rule::not_supported,
                           fmt::format("{} takes {} away", entry.title(), objects.all()[position].title),
                           "write delete: " + objects.all()[position].title);
        }
    }
}

}  // namespace eks
