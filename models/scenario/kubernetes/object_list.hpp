// The objects of a scenario as a list in which later ones replace earlier ones, and which patches change in place.
#pragma once

#include "models/scenario/json_value.hpp"
#include "models/scenario/kubernetes/object_kinds.hpp"
#include "models/scenario/reader.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

struct KubernetesObject {
    std::string kind;
    std::string group;
    std::string namespace_name;  // empty for what belongs to no namespace
    std::string name;
    std::string title;                  // "Deployment/shop/web", "PriorityClass/high"; targets of patches match it
    const ObjectKind* known = nullptr;  // null: a custom resource
    const JsonValue* value = nullptr;
    JsonValue* own = nullptr;            // the same, if it is a copy that may be changed
    bool is_addon = false;               // installed by EKS and not replaced
    const JsonValue* made_of = nullptr;  // the user's object of which an operator makes this one
};

class KubernetesObjects {
  public:
    // `kept` owns the objects that are changed; it must outlive all readers.
    KubernetesObjects(Reading& reading, std::deque<JsonValue>& kept) : reading_(reading), kept_(kept) {}

    // Adds one object, or all objects of a List; complains about what is none. One that is there already is replaced.
    void add(const Reader& object, bool is_addon);

    // One that an operator makes of another one, unless there is one of its name.
    void add_made(const Reader& object, const JsonValue& of);

    const std::vector<KubernetesObject>& all() const { return objects_; }
    // The user's objects that later ones replaced, or that a patch took away.
    const std::vector<KubernetesObject>& gone() const { return gone_; }
    Reader reader_of(const KubernetesObject& object) const { return Reader(*object.value, reading_, {}, object.title); }
    std::optional<std::size_t> find(std::string_view title) const;

    // The object as a value of its own that may be changed.
    JsonValue& changeable(std::size_t position);
    // Takes an object out; positions of later ones move.
    void remove(std::size_t position);

  private:
    std::optional<KubernetesObject> identify(const Reader& object) const;
    std::optional<std::string> read_name(const Reader& object, const std::string& kind) const;
    void check_kind(const Reader& object, const KubernetesObject& identity) const;

    Reading& reading_;
    std::deque<JsonValue>& kept_;
    std::vector<KubernetesObject> objects_;
    std::vector<KubernetesObject> gone_;
    std::map<std::string, std::size_t, std::less<>> positions_;  // by title and group
    std::map<std::string, std::int64_t, std::less<>> generated_names_;
};

}  // namespace eks
