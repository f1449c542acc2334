// Security groups for pods, network cards and IPv6 as manifests state them.
#include "tests/unit/models/scenario/kubernetes/object_fixture.hpp"

#include <gtest/gtest.h>

namespace {

using eks::Rule;
using object_fixture::listed;
using object_fixture::ReadObjects;

std::string pods_on(const std::string& name, const std::string& labels, const std::string& pod_spec = {},
                    const std::string& annotations = {}) {
    return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":")" + name +
           R"(","namespace":"shop"},"spec":{"selector":{"matchLabels":{"app":")" + name +
           R"("}},"template":{"metadata":{"labels":{"app":")" + name + "\"" + labels + "}" + annotations +
           R"(},"spec":{)" + pod_spec + R"("containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}]}}}})";
}

std::string policy(const std::string& spec, const std::string& namespace_name = "shop") {
    return R"({"apiVersion":"vpcresources.k8s.aws/v1beta1","kind":"SecurityGroupPolicy","metadata":{"name":"p","namespace":")" +
           namespace_name + R"("},"spec":{)" + spec + "}}";
}

const std::string groups = R"("securityGroups":{"groupIds":["sg-1"]})";
const std::string for_db = R"("podSelector":{"matchLabels":{"role":"db"}},)" + groups;

std::string document(const std::string& manifests, const std::string& env = R"("ENABLE_POD_ENI":"true")") {
    return R"({"manifests":[)" + manifests + R"(],"patches":[{"target":"DaemonSet/kube-system/aws-node","env":{)" +
           env + "}}]}";
}

bool has(const eks::Complaints& complaints, Rule rule) {
    return std::ranges::any_of(complaints, [&](const eks::Complaint& c) { return c.rule == rule; });
}

TEST(SecurityGroupPolicies, ASelectedPodAsksForOneBranchEni) {  // IPAM-155, IPAM-156
    const ReadObjects objects(
        document(policy(for_db) + "," + pods_on("one", R"(,"role":"db")") + "," + pods_on("other", "")));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_TRUE(objects.spec().cni.pod_enis);
    const eks::PodTemplate& one = objects.pod("Deployment/shop/one");
    EXPECT_EQ(one.containers[0].requests.pod_enis, 1);
    EXPECT_EQ(one.containers[1].requests.pod_enis, 0);
    EXPECT_EQ(objects.pod("Deployment/shop/other").containers[0].requests.pod_enis, 0);
}

TEST(SecurityGroupPolicies, APodOnTheHostsNetworkOrInAnotherNamespaceGetsNone) {
    const ReadObjects host(
        document(policy(for_db) + "," + pods_on("one", R"(,"role":"db")", R"("hostNetwork":true,)")));
    EXPECT_EQ(host.pod("Deployment/shop/one").containers[0].requests.pod_enis, 0);
    const ReadObjects other(document(policy(for_db, "bank") + "," + pods_on("one", R"(,"role":"db")")));
    EXPECT_EQ(other.pod("Deployment/shop/one").containers[0].requests.pod_enis, 0);
    EXPECT_TRUE(has(other.warnings(), Rule::matches_nothing)) << listed(other.warnings());
}

TEST(SecurityGroupPolicies, SelectByLabelsOfTheServiceAccount) {
    const std::string account =
        R"({"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"reader","namespace":"shop","labels":{"db":"yes"}}},)";
    const std::string by_account = R"("serviceAccountSelector":{"matchLabels":{"db":"yes"}},)" + groups;
    const std::string named = R"("serviceAccountName":"reader",)";
    const ReadObjects objects(
        document(account + policy(by_account) + "," + pods_on("one", "", named) + "," + pods_on("other", "")));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(objects.pod("Deployment/shop/one").containers[0].requests.pod_enis, 1);
    EXPECT_EQ(objects.pod("Deployment/shop/other").containers[0].requests.pod_enis, 0);
    // Both selectors must match where both are given.
    const ReadObjects both(document(account + policy(R"("podSelector":{"matchLabels":{"role":"db"}},)" + by_account) +
                                    "," + pods_on("one", "", named)));
    EXPECT_EQ(both.pod("Deployment/shop/one").containers[0].requests.pod_enis, 0);
}

TEST(SecurityGroupPolicies, WrongOnesAreComplainedAbout) {
    EXPECT_TRUE(has(ReadObjects(document(policy(groups))).errors(), Rule::missing_field));
    EXPECT_TRUE(has(ReadObjects(document(policy(R"("podSelector":{})"))).errors(), Rule::missing_field));
    for (const std::string ids : {"", R"("a","b","c","d","e","f")"}) {
        const std::string spec = R"("podSelector":{},"securityGroups":{"groupIds":[)" + ids + "]}";
        EXPECT_TRUE(has(ReadObjects(document(policy(spec))).errors(), Rule::out_of_range)) << ids;
    }
}

TEST(SecurityGroupPolicies, WithoutTheSettingOfTheCniTheirPodsFitNoNode) {  // IPAM-155
    const ReadObjects objects(
        document(policy(for_db) + "," + pods_on("one", R"(,"role":"db")"), R"("ENABLE_POD_ENI":"false")"));
    EXPECT_EQ(objects.pod("Deployment/shop/one").containers[0].requests.pod_enis, 1);
    EXPECT_TRUE(has(objects.warnings(), Rule::bad_cni_setting)) << listed(objects.warnings());
}

TEST(SecurityGroupPolicies, TheSettingComesFromHelmValuesToo) {  // IPAM-1
    const ReadObjects objects(
        R"({"manifests":[{"chart":"aws-vpc-cni","helmValues":{"env":{"ENABLE_POD_ENI":"true"}}}]})");
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_TRUE(objects.spec().cni.pod_enis);
}

TEST(SecurityGroupPolicies, TheEnforcingModeIsStrictOrStandard) {
    const auto warnings = [](const std::string& mode) {
        return ReadObjects(document("", R"("POD_SECURITY_GROUP_ENFORCING_MODE":")" + mode + "\"")).warnings();
    };
    EXPECT_FALSE(has(warnings("strict"), Rule::bad_cni_setting));
    EXPECT_FALSE(has(warnings("standard"), Rule::bad_cni_setting));
    EXPECT_TRUE(has(warnings("lenient"), Rule::bad_cni_setting));
}

TEST(SecurityGroupPolicies, TheCooldownComesFromAConfigMap) {  // IPAM-157: 60 s unless said, at least 30 s
    const auto cooldown = [](const std::string& value) {
        const std::string map =
            R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"amazon-vpc-cni","namespace":"kube-system"},"data":{"branch-eni-cooldown":")" +
            value + R"("}})";
        return ReadObjects(document(map)).spec().cni.branch_eni_cooldown;
    };
    EXPECT_EQ(ReadObjects(document("")).spec().cni.branch_eni_cooldown, sim::Duration::seconds(60));
    EXPECT_EQ(cooldown("45"), sim::Duration::seconds(45));
    EXPECT_EQ(cooldown("10"), sim::Duration::seconds(30));
    EXPECT_EQ(cooldown("soon"), sim::Duration::seconds(60));
}

TEST(NetworkCards, ThePodsAnnotationAsksForAnAddressOfEach) {  // IPAM-158
    const ReadObjects objects(
        document(pods_on("one", "", "", R"(,"annotations":{"k8s.amazonaws.com/nicConfig":"multi-nic-attachment"})") +
                     "," + pods_on("other", ""),
                 R"("ENABLE_MULTI_NIC":"true")"));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_TRUE(objects.spec().cni.multi_nic);
    EXPECT_TRUE(objects.pod("Deployment/shop/one").wants_every_card);
    EXPECT_FALSE(objects.pod("Deployment/shop/other").wants_every_card);
}

TEST(Ipv6, ExcludesIpv4AndNeedsPrefixDelegation) {  // IPAM-135
    const auto errors = [](const std::string& env) { return ReadObjects(document("", env)).errors(); };
    const std::string six = R"("ENABLE_IPv6":"true")";
    const std::string not_four = R"(,"ENABLE_IPv4":"false")";
    const std::string prefixes = R"(,"ENABLE_PREFIX_DELEGATION":"true")";
    EXPECT_TRUE(errors(six + not_four + prefixes).empty()) << listed(errors(six + not_four + prefixes));
    EXPECT_TRUE(has(errors(six + prefixes), Rule::bad_cni_setting));
    EXPECT_TRUE(has(errors(six + not_four), Rule::bad_cni_setting));
    EXPECT_TRUE(has(errors(R"("ENABLE_IPv4":"false")"), Rule::bad_cni_setting));
    EXPECT_TRUE(has(errors(six + not_four + prefixes + R"(,"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true")"),
                    Rule::bad_cni_setting));
}

}  // namespace
