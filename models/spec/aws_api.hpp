// AWS's APIs beside EC2's, as what runs in a cluster meets them: which calls there are, and the account's limits on
// them (AWS-110 to AWS-114, FR-31, FR-35, FR-36). EC2's own are in ec2.hpp.
#pragma once

#include "libsim/distribution.hpp"
#include "libsim/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace eks {

// One bucket each, in an account and Region; Route 53's is the account's.
enum class AwsService : std::uint8_t { sts, eks_auth, secrets_manager, parameter_store, route53, load_balancing };
inline constexpr std::size_t aws_service_count = 6;

enum class AwsAction : std::uint8_t {
    assume_role_with_web_identity,
    assume_role,
    get_caller_identity,
    assume_role_for_pod_identity,
    get_secret_value,
    get_parameter,
    list_hosted_zones,
    list_resource_record_sets,
    register_targets,
    deregister_targets,
    create_target_group,
    create_load_balancer,
    create_listener,
    create_rule,
    change_resource_record_sets,
};
inline constexpr std::size_t aws_action_count = 15;
// Those of Elastic Load Balancing stand together.
inline constexpr AwsAction first_balancer_action = AwsAction::register_targets;
inline constexpr std::size_t balancer_action_count = 6;

enum class AwsResult : std::uint8_t { success, throttled };
inline constexpr std::size_t aws_result_count = 2;

// A bucket of requests, which starts full and is refilled continuously; what others in the account call is a constant
// load on it.
struct AwsLimit {
    std::int32_t bucket = 0;
    std::int32_t refill_milli_per_second = 0;
    std::int32_t other_load_milli_per_second = 0;
    sim::Distribution latency = sim::Distribution::constant(sim::Duration::milliseconds(100));  // a guess
    friend bool operator==(const AwsLimit&, const AwsLimit&) = default;
};

AwsService service_of(AwsAction action);
std::string_view text_of(AwsAction action);    // "AssumeRole"
std::string_view text_of(AwsService service);  // as IAM policies spell it: "sts"
std::optional<AwsService> aws_service_named(std::string_view text);

using AwsLimits = std::array<AwsLimit, aws_service_count>;
AwsLimits default_aws_limits();

// The longest pause of the SDKs' standard retry mode before the attempt after this many: it doubles from 1 s to 20 s,
// and the pause is drawn evenly below it (IPAM-4).
constexpr sim::Duration longest_retry_pause(std::uint32_t attempts) {
    constexpr std::int64_t most_us = 20'000'000;
    const std::uint32_t doublings = attempts < 1 ? 0 : attempts > 6 ? 5 : attempts - 1;
    const std::int64_t span = std::int64_t{1'000'000} << doublings;
    return sim::Duration::microseconds(span < most_us ? span : most_us);
}

}  // namespace eks
