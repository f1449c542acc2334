// What objects say of who pods are to AWS and what they need of it before they start: roles of service accounts,
// Secrets that operators make, readiness gates of load balancers, ExternalDNS (AWS-110, AWS-113, FR-30, FR-31, FR-36).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

#include <string>

namespace eks {

// Before pods are read.
void read_role_of_account(const Reader& object, const std::string& namespace_name, const std::string& name,
                          ScenarioBuilder& builder);
void note_secret(const std::string& namespace_name, const std::string& name, ScenarioBuilder& builder);
void read_operated_secret(const Reader& object, const std::string& namespace_name, const std::string& name,
                          ScenarioBuilder& builder);
void read_secret_store(const Reader& object, const std::string& namespace_name, const std::string& name,
                       ScenarioBuilder& builder);

// Of one pod; its containers have been read.
void read_pod_identity(const Reader& pod_spec, const std::string& namespace_name, ScenarioBuilder& builder,
                       PodTemplate& pod);

// Once all workloads have been read, and all load balancers: who of them are agents and operators.
void finish_pod_identity(ScenarioBuilder& builder);

// Which readiness gates there are, and which pods have them. Once more when the timeline has been read: the target
// groups of what it creates later have none.
void find_gates(ScenarioBuilder& builder);

// The DaemonSet of the add-on eks-pod-identity-agent.
JsonValue pod_identity_agent_of_addon(Origins& origins, Diagnostics& diagnostics);

}  // namespace eks
