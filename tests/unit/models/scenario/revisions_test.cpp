// `timeline: {apply: …}` as it is loaded: what becomes a revision of the Spec, what a number of replicas, and what is
// refused because a run could not follow it.
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace revisions {

using namespace sim::literals;
using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;

// One workload of each kind, beside those that EKS installs.
constexpr const char* every_kind = R"([
  {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
   "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "a:1"}]}}}},
  {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "set", "namespace": "shop"},
   "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "set"}},
            "template": {"metadata": {"labels": {"app": "set"}}, "spec": {"containers": [{"name": "c", "image": "a:1"}]}}}},
  {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop"},
   "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "db"}},
            "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "c", "image": "a:1"}]}}}},
  {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": "shop"},
   "spec": {"selector": {"matchLabels": {"app": "agent"}},
            "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "c", "image": "a:1"}]}}}},
  {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once", "namespace": "shop"},
   "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "a:1"}]}}}},
  {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly", "namespace": "shop"},
   "spec": {"schedule": "0 2 * * *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "c", "image": "a:1"}]}}}}}},
  {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lone", "namespace": "shop"},
   "spec": {"containers": [{"name": "c", "image": "a:1"}]}}])";

sim::Result<Scenario, Complaints> with_timeline(const std::string& timeline, const Changes& more = {}) {
    Changes changes{{"manifests", every_kind}, {"behaviour", "[]"}, {"expect", "[]"}, {"timeline", timeline}};
    changes.insert(changes.end(), more.begin(), more.end());
    return scenario_test::load(changes);
}

const Workload& row(const Spec& spec, std::string_view name) {
    for (const Workload& workload : spec.workloads) {
        if (workload.name == name) return workload;
    }
    ADD_FAILURE() << name;
    return spec.workloads.front();
}

TEST(Revisions, AreWholeSpecsThatDifferInWhatWasChanged) {
    const auto scenario = with_timeline(
        R"([{"at": "1h", "apply": "DaemonSet/kube-system/aws-node", "env": {"WARM_IP_TARGET": "3"}},
            {"at": "90m", "apply": "CronJob/shop/*", "merge": {"spec": {"schedule": "*/5 * * * *", "suspend": true}}}])");
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    ASSERT_EQ(spec.timeline.size(), 2U);
    EXPECT_EQ(spec.timeline[0].kind, TimelineKind::change);
    EXPECT_EQ(spec.timeline[0].at, 1_h);
    EXPECT_EQ(spec.timeline[0].revision, 1U);
    EXPECT_EQ(spec.timeline[1].revision, 2U);
    ASSERT_EQ(spec.revisions.size(), 2U);

    Spec expected = spec;
    expected.revisions.clear();
    expected.cni.warm_ip_target = 3;
    EXPECT_EQ(spec.revision(1), expected);
    for (Workload& workload : expected.workloads) {
        if (workload.name != "nightly") continue;
        workload.cron.schedule = parse_cron("*/5 * * * *").schedule;
        workload.cron.suspended = true;
    }
    EXPECT_EQ(spec.revision(2), expected);
    EXPECT_EQ(&spec.revision(0), &spec);
}

TEST(Revisions, SayTheSameAsAPatchFromTheStart) {
    const char* const changes[] = {
        R"("DaemonSet/kube-system/aws-node", "env": {"MINIMUM_IP_TARGET": "9"})",
        R"("CronJob/shop/nightly", "json6902": [{"op": "replace", "path": "/spec/schedule", "value": "1 1 * * *"}])",
        R"("CronJob/shop/nightly", "image": "b:2", "resources": {"requests": {"cpu": "1"}})",
        R"("ReplicaSet/shop/set", "merge": {"spec": {"template": {"spec": {"priorityClassName": "system-node-critical"}}}})",
        R"("Job/shop/once", "merge": {"spec": {"activeDeadlineSeconds": 60, "ttlSecondsAfterFinished": 5}})",
    };
    for (const std::string change : changes) {
        const auto later = with_timeline(R"([{"at": "1h", "apply": )" + change + "}]");
        const auto patched = with_timeline("[]", {{"patches", R"([{"target": )" + change + "}]"}});
        ASSERT_TRUE(later.ok()) << listed(later.error());
        ASSERT_TRUE(patched.ok()) << listed(patched.error());
        ASSERT_EQ(later->spec->revisions.size(), 1U) << change;
        const Spec& revision = later->spec->revision(1);
        EXPECT_EQ(revision.cni, patched->spec->cni);
        for (std::size_t i = 0; i < revision.workloads.size(); ++i) {
            const WorkloadIx ix = WorkloadIx::of(i);
            Workload was = revision[ix];
            was.pod_template = patched->spec->workloads[i].pod_template;
            EXPECT_EQ(was, (*patched->spec)[ix]) << change;
            // Images are numbered in their own order here and there.
            PodTemplate pod = revision.template_of(ix);
            for (std::size_t c = 0; c < pod.containers.size(); ++c) {
                const Image& image = revision.images[pod.containers[c].image.value];
                const ContainerSpec& wanted = patched->spec->template_of(ix).containers[c];
                EXPECT_EQ(image, patched->spec->images[wanted.image.value]) << change;
                pod.containers[c].image = wanted.image;
            }
            for (std::size_t c = 0; c < pod.init_containers.size(); ++c)
                pod.init_containers[c].image = patched->spec->template_of(ix).init_containers[c].image;
            EXPECT_EQ(pod, patched->spec->template_of(ix)) << change;
        }
    }
}

TEST(Revisions, EndWithTheLengthOfTheirEntryAndAreSharedByEqualContents) {
    const auto scenario = with_timeline(
        R"([{"every": "30m", "for": "10m", "apply": "CronJob/shop/nightly", "merge": {"spec": {"suspend": true}}},
            {"at": "35m", "apply": "DaemonSet/kube-system/aws-node", "env": {"WARM_IP_TARGET": "3"}}])");
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    std::vector<std::pair<std::int64_t, std::uint32_t>> seen;
    for (const TimelineAction& action : scenario->spec->timeline)
        seen.emplace_back(action.at.us() / 60'000'000, action.revision);
    // 1: suspended; 2: suspended, three warm addresses; 3: the addresses alone.
    EXPECT_EQ(seen, (std::vector<std::pair<std::int64_t, std::uint32_t>>{
                        {30, 1}, {35, 2}, {40, 3}, {60, 2}, {70, 3}, {90, 2}, {100, 3}}));
    EXPECT_EQ(scenario->spec->revisions.size(), 3U);
}

TEST(Revisions, RepeatingAChangeDoesNoMoreThanMakingItOnce) {
    const auto scenario = with_timeline(
        R"([{"every": "1s", "apply": "DaemonSet/kube-system/aws-node", "env": {"WARM_IP_TARGET": "3"}}])");
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->revisions.size(), 1U);
    EXPECT_EQ(scenario->spec->timeline.size(), 7199U);
}

TEST(Revisions, ReplicasAreSetAsByAScale) {
    const auto scenario = with_timeline(
        R"([{"at": "20m", "apply": "Deployment/shop/web", "replicas": 4},
            {"at": "30m", "for": "10m", "scale": "Deployment/shop/web", "replicas": 9},
            {"at": "50m", "for": "5m", "apply": "Deployment/shop/web", "merge": {"spec": {"replicas": 2}}}])");
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    std::vector<std::pair<std::int64_t, std::int32_t>> scaled;
    for (const TimelineAction& action : scenario->spec->timeline) {
        if (action.kind == TimelineKind::scale) scaled.emplace_back(action.at.us() / 60'000'000, action.replicas);
    }
    // Each length goes back to what held before it; the number of the manifest is set although it is that of the start.
    EXPECT_EQ(scaled,
              (std::vector<std::pair<std::int64_t, std::int32_t>>{{20, 4}, {30, 9}, {40, 4}, {50, 2}, {55, 4}}));
    EXPECT_EQ(find(scenario->warnings, Rule::unused_setting), nullptr);
}

TEST(Revisions, PodTemplatesOfControllersMayChange) {  // DEPLOY-2, STS-2, DS-4: their pods are replaced
    for (const char* target : {"Deployment/shop/web", "StatefulSet/shop/db", "DaemonSet/shop/agent"}) {
        const auto scenario =
            with_timeline(std::string(R"([{"at": "1h", "apply": ")") + target + R"(", "image": "b:2"}])");
        ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
        EXPECT_EQ(scenario->spec->revisions.size(), 1U) << target;
    }
    const auto job = with_timeline(R"([{"at": "1h", "apply": "Job/shop/once", "merge": {"spec": {"parallelism": 3,
                                        "completions": 1}}}])");
    ASSERT_TRUE(job.ok()) << listed(job.error());
    EXPECT_EQ(row(job->spec->revision(1), "once").job.parallelism, 3);
}

// A Deployment's pods are replaced for every change of its template, and what is set back is the old one again.
TEST(Revisions, AVariableMakesANewTemplateAsAnythingElseDoes) {
    for (const std::string target : {"Deployment/shop/web", "StatefulSet/shop/db", "DaemonSet/shop/agent"}) {
        const std::string name = target.substr(target.rfind('/') + 1);
        const auto scenario = with_timeline(R"([
            {"at": "1h", "apply": ")" + target +
                                            R"(", "env": {"LEVEL": "debug"}},
            {"at": "2h", "apply": ")" + target +
                                            R"(", "env": {"LEVEL": "info"}},
            {"at": "3h", "apply": ")" + target +
                                            R"(", "env": {"LEVEL": "debug"}}])");
        ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
        const Spec& spec = *scenario->spec;
        ASSERT_EQ(spec.revisions.size(), 2U) << target;
        EXPECT_EQ(spec.timeline[2].revision, 1U);
        const TemplateIx first = row(spec, name).pod_template;
        const TemplateIx debug = row(spec.revision(1), name).pod_template;
        const TemplateIx info = row(spec.revision(2), name).pod_template;
        EXPECT_NE(debug, first);
        EXPECT_NE(info, first);
        EXPECT_NE(info, debug);
        PodTemplate same = spec.revision(1)[debug];
        same.edition = 0;
        EXPECT_EQ(same, spec.revision(1)[first]);
    }
    // Pods of a CronJob come anew anyway.
    const auto job = with_timeline(R"([{"at": "1h", "apply": "CronJob/shop/nightly", "env": {"LEVEL": "debug"}}])");
    ASSERT_TRUE(job.ok()) << listed(job.error());
    EXPECT_TRUE(job->spec->revisions.empty());
}

TEST(Revisions, ANewImageHasTheSizeThatItsWorkloadSays) {
    const auto scenario = with_timeline(R"([{"at": "1h", "apply": "ReplicaSet/shop/set", "image": "b:2"}])",
                                        {{"behaviour", R"([{"for": "ReplicaSet/shop/set", "imageSize": "30Mi"}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& now = scenario->spec->revision(1);
    const PodTemplate& pod = now[row(now, "set").pod_template];
    const Image& image = now.images[pod.containers.front().image.value];
    EXPECT_EQ(image.name, "b:2");
    EXPECT_EQ(image.compressed_bytes, 30 * mebibyte);
}

TEST(Revisions, WhatNoModelUsesIsListedAndWarnedAbout) {
    const auto scenario = with_timeline(
        R"([{"at": "1h", "apply": "CronJob/shop/nightly", "merge": {"metadata": {"annotations": {"a": "b"}}}}])");
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const IgnoredPath wanted{"CronJob/shop/nightly metadata.annotations.a", 1};
    EXPECT_NE(std::find(scenario->ignored.begin(), scenario->ignored.end(), wanted), scenario->ignored.end());
    const Complaint* warning = find(scenario->warnings, Rule::unused_setting);
    ASSERT_NE(warning, nullptr);
    EXPECT_NE(warning->message.find("timeline[0] changes nothing"), std::string::npos) << warning->message;
}

struct Refused {
    const char* apply;
    Rule rule;
    const char* field;
};
void PrintTo(const Refused& c, std::ostream* out) { *out << c.apply; }

class WhatARunCannotFollow : public testing::TestWithParam<Refused> {};

TEST_P(WhatARunCannotFollow, IsRefusedByFieldAndPlace) {
    const auto result =
        with_timeline(R"([{"at": "1h", "name": "x", "for": "1m", "apply": )" + std::string(GetParam().apply) + "}]");
    ASSERT_FALSE(result.ok());
    ASSERT_EQ(result.error().size(), 1U) << listed(result.error());
    const Complaint& complaint = result.error().front();
    EXPECT_EQ(complaint.rule, GetParam().rule) << to_text(complaint);
    EXPECT_NE(complaint.message.find(std::string(" ") + GetParam().field + " cannot change"), std::string::npos)
        << complaint.message;
    ASSERT_TRUE(complaint.place.has_value());
    EXPECT_TRUE(complaint.place->file.starts_with("--set timeline=")) << to_text(complaint);
    EXPECT_FALSE(complaint.hint.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, WhatARunCannotFollow,
    testing::Values(
        Refused{R"("StatefulSet/shop/db", "merge": {"spec": {"podManagementPolicy": "Parallel"}})", Rule::not_supported,
                "spec.podManagementPolicy"},
        Refused{R"("DaemonSet/kube-system/aws-node", "env": {"WARM_IP_TARGET": "3"},
                  "resources": {"requests": {"cpu": "50m"}})",
                Rule::not_yet_modelled, "spec.template.spec.containers[aws-node].resources.requests.cpu"},
        Refused{R"("Job/shop/once", "merge": {"spec": {"completions": 3}})", Rule::not_supported, "spec.completions"},
        Refused{R"("Job/shop/once", "image": "b:2")", Rule::not_supported, "spec.template.spec.containers[c].image"},
        Refused{R"("CronJob/shop/nightly", "merge": {"spec": {"jobTemplate": {"spec": {"parallelism": 2}}}})",
                Rule::not_yet_modelled, "spec.jobTemplate.spec.parallelism"},
        Refused{R"("Pod/shop/lone", "image": "b:2")", Rule::not_yet_modelled, "spec.containers[c].image"}));

TEST(Revisions, AChangeThatTakesAFieldAwayIsRefusedAtItsEntry) {
    const auto result = with_timeline(
        R"([{"at": "1h", "apply": "StatefulSet/shop/db",
             "json6902": [{"op": "remove", "path": "/spec/podManagementPolicy"}]}])",
        {{"manifests[2].spec.podManagementPolicy", "Parallel"}});
    ASSERT_FALSE(result.ok());
    ASSERT_EQ(result.error().size(), 1U) << listed(result.error());
    EXPECT_NE(result.error().front().message.find("spec.podManagementPolicy cannot change"), std::string::npos)
        << listed(result.error());
}

TEST(Revisions, WhatIsWrongWithTheScenarioIsSaidOnce) {
    const auto result = with_timeline(
        R"([{"at": "1h", "apply": "Pod/shop/lone", "image": "b:2"},
            {"at": "70m", "apply": "CronJob/shop/nightly", "merge": {"spec": {"schedule": "nonsense"}}},
            {"at": "80m", "apply": "DaemonSet/kube-system/aws-node", "env": {"WARM_IP_TARGET": "3"}}])",
        {{"manifests[1].spec.replicas", "-1"}, {"cluster.managedNodeGroups[workers].instanceType", "m5.huge"}});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().size(), 4U) << listed(result.error());
    for (const Rule rule : {Rule::out_of_range, Rule::unknown_instance_type, Rule::not_yet_modelled, Rule::bad_cron})
        EXPECT_NE(find(result.error(), rule), nullptr) << code_of(rule) << "\n" << listed(result.error());
}

TEST(Revisions, AnEntryWithoutATimeIsCheckedAllTheSame) {
    const auto result = with_timeline(R"([{"at": "soon", "apply": "Deployment/shop/wep", "image": "b:2"},
                                          {"every": "9h", "apply": "Pod/shop/lone", "image": "b:2"}])");
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().size(), 3U) << listed(result.error());
    for (const Rule rule : {Rule::bad_duration, Rule::matches_nothing, Rule::not_yet_modelled})
        EXPECT_NE(find(result.error(), rule), nullptr) << code_of(rule) << "\n" << listed(result.error());
}

TEST(Revisions, WhatIsDoneFromOutsideLeavesThePositionsOfTheTimeline) {
    LoadOptions options;
    options.set = {{"manifests", every_kind},
                   {"behaviour", "[]"},
                   {"timeline", R"([{"at": "1h", "for": "10m", "scale": "Deployment/shop/web", "replicas": 9},
                                    {"at": "2m", "apply": "CronJob/shop/nightly", "merge": {"spec": {"suspend": true}}}])"}};
    const auto before = load_scenario_json(scenario_test::small_scenario, options);
    options.changes = {{sim::Duration::minutes(60), R"({"apply": "Deployment/shop/web", "replicas": 4})"},
                       {sim::Duration::minutes(90), R"({"scale": "Deployment/shop/web", "replicas": 5, "for": "3m"})"}};
    const auto after = load_scenario_json(scenario_test::small_scenario, options);
    ASSERT_TRUE(before.ok()) << listed(before.error());
    ASSERT_TRUE(after.ok()) << listed(after.error());
    const auto& own = before->spec->timeline;
    const auto& all = after->spec->timeline;
    ASSERT_EQ(own.size(), 3U);
    ASSERT_EQ(all.size(), 3U + 4U);
    EXPECT_EQ(all[0], own[0]);
    EXPECT_EQ(all[1], own[1]);
    // The scale of the timeline now ends at what was set a moment before it began.
    EXPECT_EQ(own[2].replicas, 2);
    EXPECT_EQ(all[2].replicas, 4);
    EXPECT_EQ(all[3].kind, TimelineKind::change);
    EXPECT_EQ(all[4].replicas, 4);
    EXPECT_EQ(all[5].replicas, 5);
    EXPECT_EQ(all[6].at, 93_min);
    EXPECT_EQ(all[6].replicas, 4);
}

TEST(Revisions, AChangeFromOutsideIsMadeNowOrNever) {
    for (const auto& [change, rule] :
         {std::pair{R"({"apply": "CronJob/shop/x", "merge": {}})", Rule::matches_nothing},
          std::pair{R"({"scale": "Deployment/shop/web", "replicas": 3, "at": "2h"})", Rule::contradictory_fields},
          std::pair{R"({"scael": "Deployment/shop/web"})", Rule::unknown_field}, std::pair{R"([1])", Rule::wrong_type},
          std::pair{"{", Rule::not_json}}) {
        LoadOptions options;
        options.changes = {{sim::Duration::minutes(60), change}};
        const auto result = load_scenario_json(scenario_test::small_scenario, options);
        ASSERT_FALSE(result.ok()) << change;
        const Complaint* complaint = find(result.error(), rule);
        ASSERT_NE(complaint, nullptr) << listed(result.error());
        ASSERT_TRUE(complaint->place.has_value());
        EXPECT_EQ(to_text(*complaint->place), "change at 1h");
    }
}

}  // namespace revisions
}  // namespace eks
