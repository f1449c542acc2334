// The kinds of Kubernetes objects that we know, and what the model makes of each: the one list that decides whether an
// object is read, listed as ignored, warned about, or refused as a slip of the pen.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eks {

enum class ObjectRole : std::uint8_t {
    workload,    // makes pods
    service,     // its selector decides which pods are spread together
    ingress,     // may have a load balancer made for it
    namespaces,  // names a namespace
    priority_class,
    limit_range,
    scheduler_configuration,
    volume,
    volume_claim,
    storage_class,
    disruption_budget,
    resource_quota,
    service_account,        // its labels may select pods
    security_group_policy,  // gives pods a branch ENI
    eni_config,             // where the VPC CNI makes interfaces under custom networking
    horizontal_autoscaler,
    vertical_autoscaler,
    scaled_object,      // of KEDA
    node_pool,          // what Karpenter may launch for whom
    node_class,         // and how its instances are set up
    secret,             // there from the start
    operated_secret,    // an operator makes a Secret of it
    secret_store,       // where it gets that from
    monitor,            // tells agents of telemetry whom to scrape
    operated_workload,  // the Prometheus operator makes StatefulSets of it
    http_policy,        // sends requests to the pods that it selects through a proxy
    list,               // holds other objects
    not_modelled,       // ignored, and the outcome would be another one with it: worth a warning
    inert,              // ignored, and nothing that is simulated depends on it
};

struct ObjectKind {
    std::string_view kind;
    std::string_view group;  // of apiVersion; empty for the core group
    ObjectRole role = ObjectRole::inert;
    bool is_namespaced = true;
};

std::span<const ObjectKind> known_object_kinds();

// The group of an apiVersion: "apps" of "apps/v1", "" of "v1".
std::string_view group_of(std::string_view api_version);
// Whether what stands behind the group reads like a version: v1, v1beta1, v2alpha1.
bool is_version_name(std::string_view api_version);

const ObjectKind* find_object_kind(std::string_view kind, std::string_view group);

// Groups of Kubernetes itself, whose kinds we know all: an unknown one there is a mistake, not a custom resource.
bool is_built_in_group(std::string_view group);

}  // namespace eks
