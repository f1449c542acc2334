#include "models/scenario/kubernetes/objects.hpp"

#include "tests/unit/models/scenario/kubernetes/object_fixture.hpp"

#include <gtest/gtest.h>

namespace {

using eks::Rule;
using object_fixture::listed;
using object_fixture::ReadObjects;

constexpr std::int32_t year_2018 = 10;

std::string manifests(const std::string& objects) { return R"({"manifests":[)" + objects + "]}"; }

// A Deployment "web" in "shop" with the members of its pod spec given.
std::string deployment(const std::string& pod_spec, const std::string& spec = {}) {
    return manifests(
        R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},"spec":{)" + spec +
        R"("selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{)" +
        pod_spec + "}}}}");
}

std::string with_container(const std::string& members) {
    return deployment(R"("containers":[{"name":"c","image":"c:1")" + members + "}]");
}

const std::string one_container = R"("containers":[{"name":"c","image":"c:1"}])";

const eks::PodTemplate& web(const ReadObjects& objects) { return objects.pod("Deployment/shop/web"); }

eks::Complaints errors_of(const std::string& document, std::int32_t minor = 34) {
    return ReadObjects(document, minor).errors();
}

testing::AssertionResult complains(const std::string& document, Rule rule, const std::string& pointer) {
    const eks::Complaints errors = errors_of(document);
    for (const eks::Complaint& error : errors) {
        if (error.rule == rule && error.pointer == pointer) return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "there is no " << code_of(rule) << " at " << pointer << " among\n"
                                       << listed(errors);
}

// --- what the API server fills in

TEST(KubernetesObjects, ADeploymentHasOneReplicaByDefault) {
    const ReadObjects objects(deployment(one_container));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(objects.workload("Deployment/shop/web").replicas, 1);
    EXPECT_EQ(web(objects).termination_grace, sim::Duration::seconds(30));  // KUBELET-50
    EXPECT_EQ(web(objects).restart_policy, eks::RestartPolicy::always);
    EXPECT_FALSE(web(objects).containers.front().has_readiness_probe);
}

TEST(KubernetesObjects, ALimitStandsInForAMissingRequest) {
    const ReadObjects objects(
        with_container(R"(,"resources":{"limits":{"cpu":"500m","memory":"1Gi"},"requests":{"memory":"512Mi"}})"));
    EXPECT_EQ(web(objects).requests, (eks::Resources{.cpu_milli = 500, .memory_bytes = eks::gibibyte / 2}));
    EXPECT_TRUE(web(objects).containers.front().states_cpu_request);
}

TEST(KubernetesObjects, ThePullPolicyFollowsTheTag) {  // KUBELET-33
    const auto policy = [](const std::string& image) {
        const ReadObjects objects(deployment(R"("containers":[{"name":"c","image":")" + image + R"("}])"));
        return web(objects).containers.front().pull_policy;
    };
    EXPECT_EQ(policy("nginx"), eks::PullPolicy::always);
    EXPECT_EQ(policy("nginx:latest"), eks::PullPolicy::always);
    EXPECT_EQ(policy("registry:5000/nginx"), eks::PullPolicy::always);
    EXPECT_EQ(policy("nginx:1.25"), eks::PullPolicy::if_not_present);
    EXPECT_EQ(policy("nginx@sha256:00"), eks::PullPolicy::if_not_present);
}

TEST(KubernetesObjects, ReadinessHasTheKubeletsDefaults) {  // KUBELET-39
    const ReadObjects objects(with_container(R"(,"readinessProbe":{"httpGet":{"port":80},"initialDelaySeconds":4})"));
    const eks::ContainerSpec& container = web(objects).containers.front();
    EXPECT_TRUE(container.has_readiness_probe);
    EXPECT_EQ(container.readiness_initial_delay, sim::Duration::seconds(4));
    EXPECT_EQ(container.readiness_period, sim::Duration::seconds(10));
    EXPECT_EQ(container.readiness_success_threshold, 1);
}

TEST(KubernetesObjects, EveryPodToleratesALostNodeForFiveMinutes) {  // NODE-5
    const ReadObjects objects(deployment(one_container));
    ASSERT_EQ(web(objects).tolerations.size(), 2U);
    EXPECT_EQ(web(objects).tolerations[0].key, "node.kubernetes.io/not-ready");
    EXPECT_EQ(web(objects).tolerations[1].key, "node.kubernetes.io/unreachable");
    for (const eks::Toleration& toleration : web(objects).tolerations) {
        EXPECT_FALSE(toleration.forever);
        EXPECT_EQ(toleration.seconds, 300);
        EXPECT_EQ(toleration.effect, eks::TaintEffect::no_execute);
    }
}

TEST(KubernetesObjects, DaemonPodsTolerateWhatTheRuleLists) {  // DS-2
    const ReadObjects objects(manifests(
        R"({"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"agent"},"spec":{"selector":{"matchLabels":{"a":"b"}},
        "template":{"metadata":{"labels":{"a":"b"}},"spec":{"hostNetwork":true,"containers":[{"name":"c","image":"c:1"}]}}}})"));
    std::vector<std::string> keys;
    for (const eks::Toleration& toleration : objects.pod("DaemonSet/default/agent").tolerations) {
        keys.push_back(toleration.key);
        EXPECT_TRUE(toleration.forever) << toleration.key;
        EXPECT_TRUE(toleration.exists) << toleration.key;
    }
    EXPECT_EQ(keys, (std::vector<std::string>{"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable",
                                              "node.kubernetes.io/disk-pressure", "node.kubernetes.io/memory-pressure",
                                              "node.kubernetes.io/pid-pressure", "node.kubernetes.io/unschedulable",
                                              "node.kubernetes.io/network-unavailable"}));
}

TEST(KubernetesObjects, PrioritiesComeFromClasses) {  // PRIO-1
    const std::string classes =
        R"({"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"high"},"value":1000,"preemptionPolicy":"Never"},
        {"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"usual"},"value":7,"globalDefault":true},)";
    const auto pod = [&](const std::string& name, const std::string& class_name) {
        return R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name + R"("},"spec":{)" + class_name +
               one_container + "}}";
    };
    const std::string document = manifests(classes + pod("a", R"("priorityClassName":"high",)") + "," + pod("b", "") +
                                           "," + pod("c", R"("priorityClassName":"system-node-critical",)"));
    const ReadObjects objects(document);
    EXPECT_EQ(objects.pod("Pod/default/a").priority, 1000);
    EXPECT_FALSE(objects.pod("Pod/default/a").may_preempt);
    EXPECT_EQ(objects.pod("Pod/default/b").priority, 7);
    EXPECT_EQ(objects.pod("Pod/default/c").priority, 2'000'001'000);
    const ReadObjects then(document, year_2018);  // X-1: no priority
    EXPECT_EQ(then.pod("Pod/default/c").priority, 0);
    EXPECT_TRUE(then.is_ignored("Pod/default/c spec.priorityClassName"));
}

TEST(KubernetesObjects, LimitRangesFillGapsOfTheirNamespace) {
    const std::string range =
        R"({"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"l","namespace":"shop"},"spec":{"limits":[
        {"type":"Container","default":{"memory":"256Mi"},"defaultRequest":{"cpu":"100m"}}]}},)";
    const ReadObjects objects(R"({"manifests":[)" + range +
                              with_container("").substr(std::string(R"({"manifests":[)").size()));
    EXPECT_EQ(web(objects).requests, (eks::Resources{.cpu_milli = 100, .memory_bytes = 256 * eks::mebibyte}));
    EXPECT_EQ(web(objects).containers.front().limits.memory_bytes, 256 * eks::mebibyte);
}

TEST(KubernetesObjects, RolloutsKeepTheirBoundsAsTheyAreWritten) {  // DEPLOY-1: a share is one of the replicas then
    const auto rollout = [](const std::string& spec) {
        return ReadObjects(deployment(one_container, spec)).workload("Deployment/shop/web").rollout;
    };
    EXPECT_EQ(rollout(R"("replicas":10,)").max_surge, (eks::PodsOrPercent{25, true}));
    EXPECT_EQ(rollout(R"("replicas":10,)").max_unavailable, (eks::PodsOrPercent{25, true}));
    const eks::RolloutSpec said = rollout(R"("strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":"10%"}},)"
                                          R"("revisionHistoryLimit":3,"progressDeadlineSeconds":90,)");
    EXPECT_EQ(said.max_surge, (eks::PodsOrPercent{0, false}));
    EXPECT_EQ(said.max_unavailable, (eks::PodsOrPercent{10, true}));
    EXPECT_EQ(said.history, 3);
    EXPECT_EQ(said.progress_deadline, sim::Duration::seconds(90));
    EXPECT_FALSE(said.recreates);
    EXPECT_TRUE(rollout(R"("replicas":5,"strategy":{"type":"Recreate"},)").recreates);
}

TEST(KubernetesObjects, IndexedJobsHaveLimitsAndPoliciesOfTheirOwn) {  // JOB-1, JOB-8, JOB-9
    const auto read = [](const std::string& spec, const char* restart = "Never") {
        return ReadObjects(manifests(R"({"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{)" +
                                     spec + R"("template":{"spec":{"restartPolicy":")" + restart + R"(",)" +
                                     one_container + "}}}}"));
    };
    const ReadObjects objects = read(
        R"("completionMode":"Indexed","completions":4,"backoffLimitPerIndex":2,"maxFailedIndexes":1,
           "podFailurePolicy":{"rules":[{"action":"FailIndex","onExitCodes":{"operator":"NotIn","values":[42]}},
             {"action":"Ignore","onPodConditions":[{"type":"DisruptionTarget"}]}]},)");
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    const eks::JobSpec job = objects.workload("Job/default/j").job;
    EXPECT_TRUE(job.is_indexed && job.has_limit_per_index && job.has_most_failed_indexes && job.replaces_failed_only);
    EXPECT_EQ(job.limit_per_index, 2);
    EXPECT_EQ(job.most_failed_indexes, 1);
    ASSERT_EQ(job.failure_rules.size(), 2U);
    EXPECT_EQ(job.failure_rules[0].action, eks::FailureAction::fail_index);
    EXPECT_FALSE(job.failure_rules[0].exit_codes->is_in);
    EXPECT_EQ(job.failure_rules[1].conditions[0], (eks::ConditionRule{"DisruptionTarget", "True"}));
    // What the API server refuses.
    EXPECT_FALSE(read(R"("backoffLimitPerIndex":2,)").errors().empty());
    EXPECT_FALSE(read(R"("completionMode":"Indexed","completions":4,"maxFailedIndexes":2,)").errors().empty());
    EXPECT_FALSE(read(R"("podFailurePolicy":{"rules":[{"action":"FailIndex"}]},)").errors().empty());
    EXPECT_FALSE(read(R"("podFailurePolicy":{"rules":[]},)", "OnFailure").errors().empty());
}

TEST(KubernetesObjects, JobsCompleteOnceUnlessTheyAreWorkQueues) {  // JOB-1
    const auto job = [](const std::string& spec) {
        return ReadObjects(manifests(R"({"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{)" +
                                     spec + R"("template":{"spec":{"restartPolicy":"Never",)" + one_container + "}}}}"))
            .workload("Job/default/j")
            .job;
    };
    EXPECT_EQ(job(""), (eks::JobSpec{}));
    EXPECT_FALSE(job(R"("completions":5,)").is_work_queue);
    EXPECT_EQ(job(R"("completions":5,)").parallelism, 1);
    EXPECT_TRUE(job(R"("parallelism":3,)").is_work_queue);
}

TEST(KubernetesObjects, CronJobsOfAllVersionsAreRead) {
    for (const std::string version : {"v1", "v1beta1", "v2alpha1"}) {
        const ReadObjects objects(
            manifests(R"({"apiVersion":"batch/)" + version +
                      R"(","kind":"CronJob","metadata":{"name":"c"},"spec":{"schedule":"*/5 * * * *",
            "jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"OnFailure",)" +
                      one_container + "}}}}}}"),
            year_2018);
        EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
        const eks::Workload& cron = objects.workload("CronJob/default/c");
        EXPECT_EQ(cron.cron.schedule, eks::parse_cron("*/5 * * * *").schedule);
        EXPECT_EQ(cron.cron.concurrency, eks::ConcurrencyPolicy::allow);  // CRON-9
        EXPECT_EQ(cron.cron.successful_history, 3);                       // CRON-8
        EXPECT_EQ(cron.cron.failed_history, 1);
        EXPECT_TRUE(objects.pod("CronJob/default/c").runs_to_completion);
    }
}

TEST(KubernetesObjects, SidecarsAreNewerThan2018) {
    const std::string document =
        deployment(R"("initContainers":[{"name":"proxy","image":"p:1","restartPolicy":"Always"}],)" + one_container);
    EXPECT_TRUE(web(ReadObjects(document)).init_containers.front().is_sidecar);
    EXPECT_FALSE(web(ReadObjects(document, year_2018)).init_containers.front().is_sidecar);
}

TEST(KubernetesObjects, ListsAreUnpackedAndGeneratedNamesNumbered) {
    const std::string pod =
        R"({"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"run-"},"spec":{)" + one_container + "}}";
    const ReadObjects objects(manifests(R"({"apiVersion":"v1","kind":"List","items":[)" + pod + "," + pod + "]}"));
    EXPECT_EQ(objects.titles(), (std::vector<std::string>{"Pod/default/run-1", "Pod/default/run-2"}));
}

// --- spreading

TEST(KubernetesObjects, TodayADeploymentIsSpreadByItselfAndADaemonSetByItsServices) {  // SCHED-60
    const auto object = [](const std::string& kind, const std::string& name) {
        return R"({"apiVersion":"apps/v1","kind":")" + kind + R"(","metadata":{"name":")" + name +
               R"("},"spec":{"selector":{"matchLabels":{"app":"x"}},
            "template":{"metadata":{"labels":{"app":"x"}},"spec":{)" +
               one_container + "}}}}";
    };
    const std::string service =
        R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"x"},"spec":{"selector":{"app":"x"}}})";
    const std::string document = manifests(object("Deployment", "a") + "," + object("Deployment", "b") + "," +
                                           object("DaemonSet", "c") + "," + service);
    const ReadObjects objects(document);
    EXPECT_EQ(objects.workload("Deployment/default/a").spread_with.size(), 1U);
    EXPECT_EQ(objects.workload("DaemonSet/default/c").spread_with.size(), 3U);
    const ReadObjects then(document, year_2018);  // X-4: any selector that matches
    EXPECT_EQ(then.workload("Deployment/default/a").spread_with.size(), 3U);
    const ReadObjects alone(manifests(object("DaemonSet", "c")));
    EXPECT_TRUE(alone.workload("DaemonSet/default/c").spread_with.empty());
}

// --- what EKS installs

TEST(EksDefaults, ANewClusterHasTheThreeAddons) {
    const ReadObjects objects(R"({"manifests":[]})");
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_TRUE(objects.titles().empty());
    const eks::PodTemplate& cni = objects.pod("DaemonSet/kube-system/aws-node");  // IPAM-116
    EXPECT_TRUE(cni.host_network);
    EXPECT_EQ(cni.requests.cpu_milli, 25);
    EXPECT_EQ(cni.priority, 2'000'001'000);
    EXPECT_EQ(cni.termination_grace, sim::Duration::seconds(10));
    EXPECT_EQ(cni.containers.front().readiness_initial_delay, sim::Duration::seconds(1));
    EXPECT_TRUE(objects.workload("DaemonSet/kube-system/aws-node").is_addon);
    EXPECT_TRUE(objects.pod("DaemonSet/kube-system/kube-proxy").host_network);    // BOOT-4
    const eks::PodTemplate& dns = objects.pod("Deployment/kube-system/coredns");  // DNS-1
    EXPECT_EQ(objects.workload("Deployment/kube-system/coredns").replicas, 2);
    EXPECT_EQ(dns.requests, (eks::Resources{.cpu_milli = 100, .memory_bytes = 70 * eks::mebibyte}));
    EXPECT_EQ(dns.containers.front().limits.memory_bytes, 170 * eks::mebibyte);
    EXPECT_TRUE(objects.builder().ignored.empty());
    eks::CniSettings expected;
    // IPAM-1: what the manifest says, beside the code's own defaults
    expected.warm_prefix_target = 1;
    expected.asks_policy_agent = true;
    EXPECT_EQ(objects.spec().cni, expected);
}

TEST(EksDefaults, In2018ThereIsOneDnsPodOfThreeContainers) {  // DNS-1
    const ReadObjects objects(R"({"manifests":[]})", year_2018);
    EXPECT_EQ(objects.find("Deployment/kube-system/coredns"), nullptr);
    EXPECT_EQ(objects.workload("Deployment/kube-system/kube-dns").replicas, 1);
    EXPECT_EQ(objects.pod("Deployment/kube-system/kube-dns").containers.size(), 3U);
    EXPECT_EQ(objects.spec().workloads.size(), 3U);
}

TEST(EksDefaults, AManifestOfTheSameNameTakesTheirPlace) {
    const ReadObjects objects(manifests(
        R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"coredns","namespace":"kube-system"},"spec":{"replicas":3,
        "selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{)" +
        one_container + "}}}}"));
    EXPECT_EQ(objects.workload("Deployment/kube-system/coredns").replicas, 3);
    EXPECT_FALSE(objects.workload("Deployment/kube-system/coredns").is_addon);
    EXPECT_TRUE(objects.warnings().empty()) << listed(objects.warnings());
}

TEST(EksDefaults, PatchesReachTheAddressSettings) {  // IPAM-1
    const ReadObjects objects(R"({"manifests":[],"patches":[{"target":"DaemonSet/kube-system/aws-node",
        "env":{"WARM_IP_TARGET":"2","MINIMUM_IP_TARGET":20,"IP_COOLDOWN_PERIOD":"10","WARM_ENI_TARGET":null}}]})");
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(objects.spec().cni.warm_ip_target, 2);
    EXPECT_EQ(objects.spec().cni.minimum_ip_target, 20);
    EXPECT_EQ(objects.spec().cni.warm_eni_target, 1);
    EXPECT_EQ(objects.spec().cni.cooldown, sim::Duration::seconds(10));
}

TEST(EksDefaults, PrefixDelegationWithoutATargetStopsTheCni) {  // IPAM-115
    const std::string patch = R"({"manifests":[],"patches":[{"target":"DaemonSet/kube-system/aws-node","env":{)";
    const std::string on = R"("ENABLE_PREFIX_DELEGATION":"true")";
    EXPECT_FALSE(ReadObjects(patch + on + "}}]}").errors().size());  // the manifest sets WARM_PREFIX_TARGET=1
    EXPECT_EQ(ReadObjects(patch + on + R"(,"WARM_PREFIX_TARGET":"0"}}]})").errors().size(), 1U);
    EXPECT_EQ(ReadObjects(patch + on + R"(,"WARM_PREFIX_TARGET":null}}]})").errors().front().rule,
              Rule::bad_cni_setting);
    EXPECT_FALSE(ReadObjects(patch + on + R"(,"WARM_PREFIX_TARGET":"0","MINIMUM_IP_TARGET":"3"}}]})").errors().size());
}

TEST(EksDefaults, HelmValuesOfTheChartAreThoseOfTheAddon) {
    const ReadObjects objects(manifests(R"({"chart":"aws-vpc-cni","helmValues":{
        "env":{"WARM_IP_TARGET":"3","ENABLE_SUBNET_DISCOVERY":"false"},"image":{"tag":"v1.20"},
        "eniConfig":{"create":false}}})"));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(objects.spec().cni.warm_ip_target, 3);
    EXPECT_FALSE(objects.spec().cni.subnet_discovery);
    EXPECT_FALSE(objects.builder().ignored.empty());  // the image's tag
}

TEST(EksDefaults, ABadCooldownStopsTheCni) {  // IPAM-1
    EXPECT_TRUE(complains(
        R"({"manifests":[],"patches":[{"target":"DaemonSet/kube-system/aws-node","env":{"IP_COOLDOWN_PERIOD":"30s"}}]})",
        Rule::bad_cni_setting, "/patches/0/env/IP_COOLDOWN_PERIOD"));
}

TEST(EksDefaults, AnUnreadableTargetIsWarnedAbout) {
    const ReadObjects objects(
        R"({"manifests":[],"patches":[{"target":"DaemonSet/kube-system/aws-node","env":{"WARM_ENI_TARGET":"two"}}]})");
    EXPECT_TRUE(objects.has_complaint(objects.warnings(), Rule::bad_cni_setting, "/patches/0/env/WARM_ENI_TARGET"));
    EXPECT_EQ(objects.spec().cni.warm_eni_target, 1);
}

// --- what is passed over

TEST(KubernetesObjects, KindsThatWouldMatterAreWarnedAboutOnce) {
    const std::string runtime = R"({"apiVersion":"node.k8s.io/v1","kind":"RuntimeClass","metadata":{"name":"a)";
    const ReadObjects objects(manifests(runtime + R"("},"handler":"x"},)" + runtime + R"(b"},"handler":"x"})"));
    ASSERT_EQ(objects.warnings().size(), 1U);
    EXPECT_EQ(objects.warnings().front().rule, Rule::kind_not_modelled);
    EXPECT_EQ(objects.warnings().front().pointer, "/manifests/0");
    EXPECT_TRUE(objects.is_ignored("RuntimeClass/a handler"));
}

TEST(KubernetesObjects, CustomResourcesAreNotedAndIgnored) {
    const ReadObjects objects(
        manifests(R"({"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t"},"spec":{"a":1}})"));
    EXPECT_TRUE(objects.errors().empty());
    EXPECT_TRUE(objects.has_complaint(objects.warnings(), Rule::unknown_custom_kind, "/manifests/0"));
    EXPECT_TRUE(objects.is_ignored("Thing/default/t spec.a"));
}

TEST(KubernetesObjects, ALaterObjectOfTheSameNameCounts) {
    const std::string first = deployment(one_container, R"("replicas":2,)");
    const std::string second = deployment(one_container, R"("replicas":5,)");
    const ReadObjects objects(first.substr(0, first.size() - 2) + "," +
                              second.substr(std::string(R"({"manifests":[)").size()));
    EXPECT_EQ(objects.workload("Deployment/shop/web").replicas, 5);
    EXPECT_TRUE(objects.has_complaint(objects.warnings(), Rule::object_replaced, "/manifests/1"));
}

// --- mistakes

TEST(KubernetesObjects, MistakesAreFoundWhereTheyStand) {
    const std::string at = "/manifests/0/spec/template/spec";
    const std::string container = at + "/containers/0";
    const struct {
        std::string document;
        Rule rule;
        std::string pointer;
    } cases[] = {
        {manifests("3"), Rule::wrong_type, "/manifests/0"},
        {manifests(R"({"kind":"Pod"})"), Rule::missing_field, "/manifests/0"},
        {manifests(R"({"apiVersion":"v1"})"), Rule::missing_field, "/manifests/0"},
        {manifests(R"({"apiVersion":"apps/v1","kind":"Deploymnet","metadata":{"name":"a"}})"), Rule::unknown_kind,
         "/manifests/0/kind"},
        {manifests(R"({"apiVersion":"v1","kind":"Thing","metadata":{"name":"a"}})"), Rule::unknown_kind,
         "/manifests/0/kind"},
        {manifests(R"({"apiVersion":"karpenter.sh/v1","kind":"NodePol","metadata":{"name":"a"}})"), Rule::unknown_kind,
         "/manifests/0/kind"},
        {manifests(R"({"apiVersion":"v1","kind":"Deployment","metadata":{"name":"a"}})"), Rule::wrong_api_version,
         "/manifests/0/apiVersion"},
        {manifests(R"({"apiVersion":"apps/1","kind":"Deployment","metadata":{"name":"a"}})"), Rule::wrong_api_version,
         "/manifests/0/apiVersion"},
        {manifests(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{}})"), Rule::missing_field,
         "/manifests/0/metadata"},
        {manifests(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"Big_Pod"}})"), Rule::bad_name,
         "/manifests/0/metadata/name"},
        {manifests(R"({"helmValues":{},"chart":"prometheus"})"), Rule::not_yet_modelled, "/manifests/0"},
        {deployment(one_container, R"("replicas":-1,)"), Rule::out_of_range, "/manifests/0/spec/replicas"},
        {deployment(one_container, R"("replicas":1000000000,)"), Rule::beyond_reason, "/manifests/0/spec/replicas"},
        {deployment(one_container, R"("replicas":"3",)"), Rule::wrong_type, "/manifests/0/spec/replicas"},
        {deployment(one_container, R"("strategy":{"type":"Rolling"},)"), Rule::not_one_of,
         "/manifests/0/spec/strategy/type"},
        {deployment(one_container, R"("strategy":{"rollingUpdate":{"maxSurge":"many"}},)"), Rule::bad_percent_or_number,
         "/manifests/0/spec/strategy/rollingUpdate/maxSurge"},
        {deployment(R"("containers":[])"), Rule::missing_field, at + "/containers"},
        {deployment(R"("restartPolicy":"Never",)" + one_container), Rule::not_one_of, at + "/restartPolicy"},
        {deployment(R"("restartPolicy":"Sometimes",)" + one_container), Rule::not_one_of, at + "/restartPolicy"},
        {deployment(R"("priorityClassName":"hihg",)" + one_container), Rule::unknown_priority_class,
         at + "/priorityClassName"},
        {deployment(R"("containers":[{"name":"c","image":"c"},{"name":"c","image":"d"}])"), Rule::duplicate_name,
         at + "/containers/1/name"},
        {deployment(R"("containers":[{"name":"C","image":"c"}])"), Rule::bad_name, container + "/name"},
        {deployment(R"("containers":[{"name":"c"}])"), Rule::missing_field, container},
        {deployment(R"("containers":[{"name":"c","image":"a b"}])"), Rule::bad_image, container + "/image"},
        {with_container(R"(,"imagePullPolicy":"IfNotPresnt")"), Rule::not_one_of, container + "/imagePullPolicy"},
        {with_container(R"(,"resources":{"requests":{"memory":"10Gb"}})"), Rule::bad_quantity,
         container + "/resources/requests/memory"},
        {with_container(R"(,"resources":{"requests":{"cpu":"-1"}})"), Rule::bad_quantity,
         container + "/resources/requests/cpu"},
        {with_container(R"(,"resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}})"), Rule::requests_over_limits,
         container + "/resources/requests/cpu"},
        {deployment(R"("tolerations":[{"key":"a","operator":"Equals"}],)" + one_container), Rule::not_one_of,
         at + "/tolerations/0/operator"},
        {deployment(R"("tolerations":[{"value":"a"}],)" + one_container), Rule::contradictory_fields,
         at + "/tolerations/0"},
        {deployment(R"("tolerations":[{"key":"a","operator":"Exists","value":"b"}],)" + one_container),
         Rule::contradictory_fields, at + "/tolerations/0/value"},
        {deployment(R"("tolerations":[{"key":"a","effect":"NoSchedul"}],)" + one_container), Rule::not_one_of,
         at + "/tolerations/0/effect"},
        {deployment(
             R"("affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[]}}},)" +
             one_container),
         Rule::bad_selector,
         at + "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms"},
        {manifests(
             R"({"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"r"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{)" +
             one_container + "}}}}"),
         Rule::selector_mismatch, "/manifests/0/spec/selector"},
        {manifests(R"({"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{"template":{"spec":{)" +
                   one_container + "}}}}"),
         Rule::not_one_of, "/manifests/0/spec/template/spec"},
    };
    for (const auto& each : cases) EXPECT_TRUE(complains(each.document, each.rule, each.pointer)) << each.document;
}

TEST(KubernetesObjects, ScheduleErrorsNameTheFieldAtFault) {
    const auto cron = [](const std::string& spec) {
        return manifests(R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"c"},"spec":{)" + spec +
                         R"("jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never",)" + one_container +
                         "}}}}}}");
    };
    const eks::Complaints errors = errors_of(cron(R"("schedule":"0 25 * * *",)"));
    ASSERT_EQ(errors.size(), 1U) << listed(errors);
    EXPECT_EQ(errors.front().rule, Rule::bad_cron);
    EXPECT_NE(errors.front().message.find("\"25\""), std::string::npos) << errors.front().message;
    EXPECT_TRUE(complains(cron(""), Rule::missing_field, "/manifests/0/spec"));
    EXPECT_TRUE(complains(cron(R"("schedule":"TZ=UTC 0 0 * * *",)"), Rule::bad_cron, "/manifests/0/spec/schedule"));
    EXPECT_TRUE(complains(cron(R"("schedule":"0 0 * * *","timeZone":"Europe/Lodnon",)"), Rule::unknown_time_zone,
                          "/manifests/0/spec/timeZone"));
    EXPECT_TRUE(complains(cron(R"("schedule":"0 0 * * *","concurrencyPolicy":"Forbids",)"), Rule::not_one_of,
                          "/manifests/0/spec/concurrencyPolicy"));
}

TEST(KubernetesObjects, MemoryInThousandthsOfAByteIsWarnedAbout) {
    const ReadObjects objects(with_container(R"(,"resources":{"requests":{"memory":"400m"}})"));
    EXPECT_TRUE(objects.errors().empty());
    ASSERT_EQ(objects.warnings().size(), 1U);
    EXPECT_EQ(objects.warnings().front().rule, Rule::bad_quantity);
    EXPECT_NE(objects.warnings().front().hint.find("400Mi"), std::string::npos);
}

TEST(KubernetesObjects, AllMistakesOfAFileComeAtOnce) {
    const eks::Complaints errors = errors_of(deployment(
        R"("restartPolicy":"x","containers":[{"name":"c","image":"c","resources":{"requests":{"cpu":"x"}}}])",
        R"("replicas":-1,)"));
    EXPECT_EQ(errors.size(), 3U) << listed(errors);
}

}  // namespace
