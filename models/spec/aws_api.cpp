#include "models/spec/aws_api.hpp"

#include <algorithm>

namespace eks {

namespace {

struct ActionText {
    std::string_view name;
    AwsService service;
};
constexpr std::array<ActionText, aws_action_count> actions{{
    {"AssumeRoleWithWebIdentity", AwsService::sts},
    {"AssumeRole", AwsService::sts},
    {"GetCallerIdentity", AwsService::sts},
    {"AssumeRoleForPodIdentity", AwsService::eks_auth},
    {"GetSecretValue", AwsService::secrets_manager},
    {"GetParameter", AwsService::parameter_store},
    {"ListHostedZones", AwsService::route53},
    {"ListResourceRecordSets", AwsService::route53},
    {"RegisterTargets", AwsService::load_balancing},
}};

constexpr std::array<std::string_view, aws_service_count> services{"sts", "eks-auth", "secretsmanager",
                                                                   "ssm", "route53",  "elasticloadbalancing"};

constexpr AwsLimit limit_of(std::int32_t bucket, std::int32_t per_second) {
    AwsLimit limit;
    limit.bucket = bucket;
    limit.refill_milli_per_second = per_second * 1000;
    return limit;
}

}  // namespace

AwsService service_of(AwsAction action) { return actions[static_cast<std::size_t>(action)].service; }
std::string_view text_of(AwsAction action) { return actions[static_cast<std::size_t>(action)].name; }
std::string_view text_of(AwsService service) { return services[static_cast<std::size_t>(service)]; }

std::optional<AwsService> aws_service_named(std::string_view text) {
    const auto found = std::ranges::find(services, text);
    if (found == services.end()) return std::nullopt;
    return static_cast<AwsService>(found - services.begin());
}

AwsLimits default_aws_limits() {
    AwsLimits limits;
    const auto of = [&](AwsService service) -> AwsLimit& { return limits[static_cast<std::size_t>(service)]; };
    of(AwsService::sts) = limit_of(600, 600);                    // AWS-111
    of(AwsService::eks_auth) = limit_of(100, 100);               // not published: a guess
    of(AwsService::secrets_manager) = limit_of(10'000, 10'000);  // Secrets Manager quotas: GetSecretValue
    of(AwsService::parameter_store) = limit_of(40, 40);  // Systems Manager quotas: GetParameter, default throughput
    of(AwsService::route53) = limit_of(5, 5);            // Route 53 quotas: five requests a second and account
    of(AwsService::load_balancing) = limit_of(20, 4);    // ELB has a bucket for registrations; its size is a guess
    return limits;
}

}  // namespace eks
