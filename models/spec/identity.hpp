// Who a cluster's pods and callers are to AWS, and what they are given by it: credentials (AWS-110 to AWS-114), Secrets
// that an operator fetches (FR-36), load balancers and places among their targets (FR-30), records in DNS (FR-31).
#pragma once

#include "models/spec/aws_api.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

// Where the processes of a pod get credentials from: none; STS, each for itself (AWS-110); the agent of their node,
// which asks EKS once for a pod (AWS-113).
enum class CredentialSource : std::uint8_t { none, web_identity, pod_identity };

// A Secret that a pod cannot start without: its container (init containers first), or the pod, if it mounts it.
struct SecretNeed {
    static constexpr std::int32_t the_pod = -1;
    std::uint32_t secret = 0;  // into Identity::secrets
    std::int32_t container = the_pod;
    friend bool operator==(const SecretNeed&, const SecretNeed&) = default;
};

// What a pod needs of all this before it is ready.
struct PodIdentity {
    CredentialSource credentials = CredentialSource::none;
    std::uint8_t processes = 0;  // that ask for them
    std::vector<SecretNeed> secrets;
    std::int32_t gate = -1;  // a place in Identity::gates: the pod is ready once it is a healthy target; -1: none
    bool is_plain() const { return credentials == CredentialSource::none && secrets.empty() && gate < 0; }
    friend bool operator==(const PodIdentity&, const PodIdentity&) = default;
};

// An object from which an operator makes a Secret: ExternalSecret, VaultStaticSecret.
struct OperatedSecret {
    std::string namespace_name;
    std::string name;          // of the Secret
    std::uint32_t by = 0;      // into Identity::secret_operators
    bool is_paid_call = true;  // at an API of AWS, and not at Vault
    AwsAction action = AwsAction::get_secret_value;
    std::int32_t calls = 1;      // of one sync
    sim::Duration refresh;       // zero: never again
    bool is_there_early = true;  // applied before the run begins; else with the first pod that needs it
    friend bool operator==(const OperatedSecret&, const OperatedSecret&) = default;
};

// Its pods take one object after the other (external-secrets --concurrent, 1 by default).
struct SecretsOperator {
    WorkloadIx pods;
    friend bool operator==(const SecretsOperator&, const SecretsOperator&) = default;
};

// A target group whose pods have a readiness gate, kept by the AWS Load Balancer Controller.
struct TargetGate {
    std::string name;       // of the load balancer
    sim::Duration healthy;  // from its registration until a target passes for healthy
    friend bool operator==(const TargetGate&, const TargetGate&) = default;
};

// An Ingress of class alb, or a Service of type LoadBalancer, that the timeline creates: what the AWS Load Balancer
// Controller makes for it, and how long that takes to be of use.
struct BalancerObject {
    std::string name;                     // "Ingress/shop/web"
    std::uint32_t balancer = 0;           // into Spec::load_balancers
    bool is_of_ingress = true;            // else of a Service
    std::vector<std::uint32_t> services;  // into Spec::services, with a target group each
    std::int32_t listeners = 1;           // that come with the load balancer
    std::int32_t rules = 0;
    sim::Duration healthy;        // from its registration until a target gets its first request
    bool comes_alone = true;      // no object that is there from the start has its load balancer
    bool faces_internet = false;  // as the first that does
    bool has_name = false;        // that ExternalDNS makes a record of
    friend bool operator==(const BalancerObject&, const BalancerObject&) = default;
};
enum class BalancerStage : std::uint8_t {
    absent,    // not created yet
    waiting,   // for the controller, or for its calls to be answered
    starting,  // AWS has it: it is made ready, or no target is healthy yet
    serving
};
inline constexpr std::size_t balancer_stage_count = 4;

// An ExternalDNS: each interval it compares what its sources name with the records of its zones.
struct ExternalDns {
    WorkloadIx pods;
    sim::Duration interval;
    std::int32_t calls = 2;     // of one look, without changes
    bool hears_events = false;  // looks soon after a change, too (--events)
    bool reads_ingresses = false;
    bool reads_services = false;
    friend bool operator==(const ExternalDns&, const ExternalDns&) = default;
};

// Calls at a constant rate: those that logins to the cluster make (AWS-114), those of ExternalDNS (FR-31).
struct SteadyCaller {
    std::string name;
    AwsAction action = AwsAction::get_caller_identity;
    std::int64_t micro_per_second = 0;
    WorkloadIx pods;  // calls while one of its pods is ready; none: always
    friend bool operator==(const SteadyCaller&, const SteadyCaller&) = default;
};

// What of the cluster the internet reaches (AWS-6): the API server, behind IAM alone, and load balancers.
struct Exposure {
    bool is_said = false;  // by the scenario, and not a default of EKS
    bool is_public = true;
    bool is_private = false;
    std::vector<std::string> ranges;     // that reach the public endpoint; empty: all
    std::vector<std::string> balancers;  // whose scheme is internet-facing
    bool is_open_to_all() const {
        for (const std::string& range : ranges) {
            if (range == "0.0.0.0/0" || range == "::/0") return is_public;
        }
        return is_public && ranges.empty();
    }
    friend bool operator==(const Exposure&, const Exposure&) = default;
};

struct Identity {
    AwsLimits limits = default_aws_limits();
    // AWS-110, AWS-113: sessions of an hour and, by the agent, of six; renewed so long before their end (a guess: AWS
    // SDKs differ, and all do so "some minutes early").
    sim::Duration web_identity_session = sim::Duration::seconds(3600);
    sim::Duration pod_identity_session = sim::Duration::seconds(6 * 3600);
    sim::Duration renewed_early = sim::Duration::seconds(300);
    WorkloadIx agent;  // the DaemonSet eks-pod-identity-agent; none: nobody answers those who ask it
    sim::Duration secret_read = sim::Duration::milliseconds(100);  // a call of an operator to its provider; a guess
    std::vector<SecretsOperator> secret_operators;
    std::vector<OperatedSecret> secrets;
    WorkloadIx balancer_controller;
    std::vector<TargetGate> gates;
    std::vector<SteadyCaller> callers;
    std::vector<BalancerObject> balancer_objects;
    std::vector<ExternalDns> external_dns;
    // From CreateLoadBalancer until its state is active. A guess: AWS says "a few minutes", and so do those who wait.
    sim::Distribution balancer_provisioning = sim::Distribution::constant(sim::Duration::minutes(3));
    // Route 53 FAQ: "within 60 seconds under normal conditions".
    sim::Duration record_propagation = sim::Duration::seconds(60);
    Exposure exposure;
    const AwsLimit& limit(AwsService service) const { return limits[static_cast<std::size_t>(service)]; }
    bool is_empty() const {
        return !is_asked_for && secrets.empty() && gates.empty() && callers.empty() && balancer_objects.empty();
    }
    bool is_asked_for = false;  // some pods have credentials of their own
    friend bool operator==(const Identity&, const Identity&) = default;
};

}  // namespace eks
