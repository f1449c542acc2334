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
    {"DeregisterTargets", AwsService::load_balancing},
    {"CreateTargetGroup", AwsService::load_balancing},
    {"CreateLoadBalancer", AwsService::load_balancing},
    {"CreateListener", AwsService::load_balancing},
    {"CreateRule", AwsService::load_balancing},
    {"ChangeResourceRecordSets", AwsService::route53},
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
    // Where a quota says "so many a second", the bucket is taken to hold a second of them.
    of(AwsService::sts) = limit_of(600, 600);       // AWS-111
    of(AwsService::eks_auth) = limit_of(100, 100);  // not published: a guess
    // docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html: DescribeSecret and GetSecretValue.
    of(AwsService::secrets_manager) = limit_of(10'000, 10'000);
    // docs.aws.amazon.com/general/latest/gr/ssm.html: GetParameter at default throughput.
    of(AwsService::parameter_store) = limit_of(40, 40);
    // docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html: five requests a second and account.
    of(AwsService::route53) = limit_of(5, 5);
    // To what the AWS Load Balancer Controller holds itself for (De)RegisterTargets (pkg/aws/throttle/defaults.go).
    // MODEL: the controller waits for its own limit and asks no sooner; here what is above it is refused, tried again
    // and counted as throttled. What it creates comes out of the same bucket, for which it allows itself ten a second;
    // AWS says that there is a bucket for an account and Region (userguide/elb-api-throttling.html), and nobody what
    // changes may take of it.
    of(AwsService::load_balancing) = limit_of(20, 4);
    return limits;
}

}  // namespace eks
