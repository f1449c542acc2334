#include "models/scenario/kubernetes/pod_spec_of.hpp"

#include <initializer_list>

namespace eks {
namespace {

JsonValue* follow(JsonValue& object, std::initializer_list<std::string_view> path) {
    JsonValue* at = &object;
    for (const std::string_view key : path) {
        at = at->find(key);
        if (at == nullptr || at->kind != JsonKind::map) return nullptr;
    }
    return at;
}

}  // namespace

JsonValue* pod_spec_of(JsonValue& object, std::string_view kind) {
    if (kind == "Pod") return follow(object, {"spec"});
    if (kind == "CronJob") return follow(object, {"spec", "jobTemplate", "spec", "template", "spec"});
    if (kind == "ScaledJob") return follow(object, {"spec", "jobTargetRef", "template", "spec"});
    for (const std::string_view each :
         {"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job"}) {
        if (each == kind) return follow(object, {"spec", "template", "spec"});
    }
    return nullptr;
}

}  // namespace eks
