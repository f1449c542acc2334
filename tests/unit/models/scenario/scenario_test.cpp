// What a scenario that is right becomes: run settings, behaviour, timeline, expectations, defaults and what is said
// about them.
#include "models/scenario/builder.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/run_settings.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace scenario_loading {

using namespace sim::literals;
using scenario_test::assumed;
using scenario_test::find;
using scenario_test::listed;
using scenario_test::load;
using scenario_test::workload;

const PodTemplate& template_of(const Scenario& scenario, std::string_view name) {
    return scenario.spec->templates[workload(scenario, name)->pod_template.value];
}

TEST(ScenarioTest, TheSmallScenarioLoads) {
    const auto scenario = load();
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->name, "small");
    EXPECT_EQ(scenario->run.duration, 2_h);
    EXPECT_EQ(scenario->run.warm_up, 10_min);
    EXPECT_EQ(scenario->run.seed, 7U);
    EXPECT_FALSE(scenario->run.replications.has_value());
    EXPECT_FALSE(scenario->expects_failure);
    EXPECT_EQ(scenario->spec->opening, Opening::settled);
    ASSERT_EQ(scenario->expectations.size(), 1U);
    EXPECT_EQ(scenario->expectations[0].when, "always");
}

TEST(ScenarioTest, RunSettingsAreTakenAsTheyStand) {
    const auto scenario = load({{"run.start", "2026-11-02T09:00:00+01:00"},
                                {"run.opening", "empty"},
                                {"run.replications", "{\"min\": 30}"},
                                {"expectVerdict", "fail"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->start_unix_seconds, 1'793'606'400);  // date -u -d 2026-11-02T08:00:00Z +%s
    EXPECT_EQ(scenario->spec->opening, Opening::empty);
    EXPECT_EQ(scenario->run.replications, (ReplicationBounds{30, 500}));
    EXPECT_TRUE(scenario->expects_failure);
}

TEST(ScenarioTest, InstantsAreReadAsInRfc3339) {
    EXPECT_EQ(parse_instant("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_instant("2000-02-29T12:00:00Z"), 951'825'600);
    EXPECT_EQ(parse_instant("2018-07-01T00:00:00-04:00"), 1'530'417'600);
    for (const std::string_view text :
         {"", "2026", "2026-13-01T00:00:00Z", "2100-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
          "2026-01-01T00:00:00+1", "2026-01-01T00:00:00ZZ"}) {
        EXPECT_FALSE(parse_instant(text).has_value()) << text;
    }
}

TEST(ScenarioTest, BehaviourReachesEveryWorkloadItNames) {
    const auto scenario = load({{"behaviour", R"([{"for": "*/*/*", "imageSize": "50Mi"},
        {"for": "Deployment/shop/w?b", "ready": {"uniform": {"min": "1s", "max": "3s"}}, "usage": {"cpu": "350m", "memory": "600Mi"}, "stopTime": "4s"},
        {"for": "CronJob/[pr]eports/*", "runTime": "40s", "failureRate": "1.5%"}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const PodTemplate& web = template_of(*scenario, "web");
    EXPECT_EQ(web.ready_after, *sim::Distribution::uniform(1_s, 3_s));
    EXPECT_EQ(web.stop_time, sim::Distribution::constant(4_s));
    ASSERT_TRUE(web.usage.valid());
    const Usage& usage = scenario->spec->usages[web.usage.value];
    EXPECT_EQ(
        usage,
        (Usage{.states_cpu = true, .states_memory = true, .points = {{sim::Duration::zero(), 350, 600 * mebibyte}}}));
    const PodTemplate& nightly = template_of(*scenario, "nightly");
    EXPECT_EQ(nightly.run_time, sim::Distribution::constant(40_s));
    EXPECT_TRUE(nightly.runs_to_completion);
    EXPECT_EQ(nightly.failure_rate_ppm, 15'000);
    for (const Image& image : scenario->spec->images) EXPECT_EQ(image.compressed_bytes, 50 * mebibyte) << image.name;
}

TEST(ScenarioTest, LaterEntriesOfBehaviourWin) {
    const auto scenario = load(
        {{"behaviour",
          R"([{"for": "Deployment/shop/*", "ready": "1s", "stopTime": "9s"}, {"for": "Deployment/shop/web", "ready": "2s"}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(template_of(*scenario, "web").ready_after, sim::Distribution::constant(2_s));
    EXPECT_EQ(template_of(*scenario, "web").stop_time, sim::Distribution::constant(9_s));
}

TEST(ScenarioTest, WhatNobodySaysIsAssumedAndListed) {
    const auto scenario =
        load({{"behaviour", "null"},
              {"patches", R"([{"target": "Deployment/shop/web", "merge": {"spec": {"template": {"spec": {"containers": [
        {"name": "web", "readinessProbe": {"httpGet": {"path": "/", "port": 80}}}]}}}}}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(template_of(*scenario, "web").ready_after, sim::Distribution::constant(2_s));
    EXPECT_EQ(template_of(*scenario, "nightly").run_time, sim::Distribution::constant(30_s));
    const Assumption* ready = assumed(*scenario, "ready of Deployment/shop/web");
    ASSERT_NE(ready, nullptr);
    EXPECT_EQ(ready->value, "2s");
    EXPECT_EQ(ready->rule, "a guess");
    EXPECT_NE(assumed(*scenario, "runTime of CronJob/reports/nightly"), nullptr);
    EXPECT_NE(assumed(*scenario, "run.start"), nullptr);
}

TEST(ScenarioTest, AContainerWithoutAProbeIsReadyWhenItRuns) {
    // KUBELET-39
    const auto scenario = load({{"behaviour", "null"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(template_of(*scenario, "web").ready_after, sim::Distribution::constant(0_s));
    EXPECT_EQ(assumed(*scenario, "ready of Deployment/shop/web"), nullptr);
}

TEST(ScenarioTest, WhatTheUserAssumesIsNoAssumptionOfOurs) {
    const auto scenario =
        load({{"behaviour", "null"},
              {"assume", R"({"ready": "7s", "runTime": "8s", "imageSize": "1Gi", "scheduler": {"qps": 5},
        "apiWrite": "20ms", "eniVisible": {"exponential": {"mean": "4s"}}, "tieBreak": "first", "pullBytesPerSecond": "10M"})"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(template_of(*scenario, "web").ready_after, sim::Distribution::constant(7_s));
    EXPECT_EQ(assumed(*scenario, "ready of Deployment/shop/web"), nullptr);
    const Spec& spec = *scenario->spec;
    EXPECT_EQ(spec.latencies.scheduler, (ClientLimit{5, 100}));
    EXPECT_EQ(spec.latencies.api_write, 20_ms);
    EXPECT_EQ(spec.latencies.eni_visible, *sim::Distribution::exponential(4_s));
    EXPECT_EQ(spec.latencies.pull_bytes_per_second, 10'000'000);
    EXPECT_TRUE(spec.scheduler.breaks_ties_first);
    EXPECT_EQ(spec.images.front().compressed_bytes, gibibyte);
}

TEST(ScenarioTest, AScaleWithALengthGoesBackToWhatWasBefore) {
    const auto scenario = load({{"timeline", R"([
        {"at": "30m", "for": "10m", "scale": "Deployment/shop/web", "replicas": 9, "name": "rush"},
        {"at": "20m", "scale": "Deployment/shop/web", "replicas": 4},
        {"at": "1h", "delete": "CronJob/reports/nightly"}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const auto& timeline = scenario->spec->timeline;
    ASSERT_EQ(timeline.size(), 4U);
    EXPECT_EQ(timeline[0].at, 20_min);
    EXPECT_EQ(timeline[0].replicas, 4);
    EXPECT_EQ(timeline[1].at, 30_min);
    EXPECT_EQ(timeline[1].replicas, 9);
    EXPECT_EQ(timeline[2].at, 40_min);
    EXPECT_EQ(timeline[2].replicas, 4);
    EXPECT_EQ(timeline[3].kind, TimelineKind::remove);
    ASSERT_EQ(scenario->windows.size(), 1U);
    EXPECT_EQ(scenario->windows[0], (NamedWindow{"rush", 30_min, 40_min}));
}

TEST(ScenarioTest, EveryRepeatsUntilTheEndOfTheRun) {
    const auto scenario =
        load({{"timeline", R"([{"every": "30m", "for": "5m", "scale": "Deployment/shop/web", "replicas": 9}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const auto& timeline =
        scenario->spec->timeline;  // at 30, 60 and 90 minutes and back: the run of 2 h is over at 120
    ASSERT_EQ(timeline.size(), 6U);
    EXPECT_EQ(timeline[4].at, 90_min);
    EXPECT_EQ(timeline[5].at, 95_min);
    EXPECT_EQ(timeline[5].replicas, 2);
}

TEST(ScenarioTest, AStretchOfTimeCanBeNamedAlone) {
    const auto scenario = load(
        {{"timeline", R"([{"between": "1h and 90m", "name": "noon"}, {"at": "5m", "for": "10m", "name": "early"}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_TRUE(scenario->spec->timeline.empty());
    ASSERT_EQ(scenario->windows.size(), 2U);
    EXPECT_EQ(scenario->windows[0], (NamedWindow{"noon", 1_h, 90_min}));
}

TEST(ScenarioTest, ExpectationsKeepTheirTextsAndPlaces) {
    const auto scenario = load({{"expect", R"([{"that": "min(ekssim_nodes) >= 3", "when": "at end",
                                                "severity": "warn", "allowEmpty": true}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const ExpectationText& expectation = scenario->expectations.at(0);
    EXPECT_EQ(expectation.name, "min(ekssim_nodes) >= 3");
    EXPECT_EQ(expectation.when, "at end");
    EXPECT_EQ(expectation.severity, ExpectationSeverity::warn);
    EXPECT_TRUE(expectation.allow_empty);
    ASSERT_TRUE(expectation.that_place.has_value());
    EXPECT_TRUE(expectation.that_place->file.starts_with("--set expect="));
}

TEST(ScenarioTest, AMatrixExpandsToEveryCombination) {
    LoadOptions options;
    options.set = {
        {"matrix",
         R"({"cluster.managedNodeGroups[workers].instanceType": ["m5.xlarge", "m7g.2xlarge"], "run.seed": [1, 2, 3]})"}};
    const auto variants = expand_variants(scenario_test::small_scenario, options);
    ASSERT_TRUE(variants.ok()) << listed(variants.error());
    ASSERT_EQ(variants->size(), 6U);
    EXPECT_EQ((*variants)[1].set[0].second, "\"m5.xlarge\"");
    EXPECT_EQ((*variants)[1].set[1], (std::pair<std::string, std::string>{"run.seed", "2"}));
    options.set.clear();
    for (const auto& change : (*variants)[5].set) options.set.push_back(change);
    const auto scenario = load_scenario_json(scenario_test::small_scenario, options);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->run.seed, 3U);
    EXPECT_EQ(scenario->spec->shapes.front().instance_type, "m7g.2xlarge");
}

TEST(ScenarioTest, WithoutAMatrixThereIsOneVariant) {
    const auto variants = expand_variants(scenario_test::small_scenario);
    ASSERT_TRUE(variants.ok());
    ASSERT_EQ(variants->size(), 1U);
    EXPECT_TRUE(variants->front().name.empty());
    EXPECT_TRUE(variants->front().set.empty());
}

TEST(ScenarioTest, NamedVariantsStandBesideTheScenarioAsWritten) {
    LoadOptions options;
    options.set = {{"variants", R"([{"name": "longer", "set": {"run.for": "2h", "run.seed": 9}}])"}};
    const auto variants = expand_variants(scenario_test::small_scenario, options);
    ASSERT_TRUE(variants.ok()) << listed(variants.error());
    ASSERT_EQ(variants->size(), 2U);
    EXPECT_EQ((*variants)[0].name, "as written");
    EXPECT_TRUE((*variants)[0].set.empty());
    EXPECT_EQ((*variants)[1].name, "longer");
    for (const auto& change : (*variants)[1].set) options.set.push_back(change);
    const auto scenario = load_scenario_json(scenario_test::small_scenario, options);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->run.seed, 9U);
}

TEST(ScenarioTest, AVariantThatSetsWhatIsNotThereIsRefused) {
    const auto scenario = load(
        {{"variants",
          R"([{"name": "x", "set": {"cluster.managedNodeGroups[nobody].desiredCapacity": 2}}, {"name": "x", "sets": {}}])"}});
    ASSERT_FALSE(scenario.ok());
    EXPECT_NE(find(scenario.error(), Rule::bad_set_path), nullptr) << listed(scenario.error());
    EXPECT_NE(find(scenario.error(), Rule::duplicate_name), nullptr) << listed(scenario.error());
    EXPECT_NE(find(scenario.error(), Rule::unknown_field), nullptr) << listed(scenario.error());
}

TEST(ScenarioTest, AScenarioWithoutWorkloadsIsWarnedAbout) {
    const auto scenario = load({{"manifests", "[]"}, {"behaviour", "[]"}, {"timeline", "[]"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_NE(find(scenario->warnings, Rule::no_pods), nullptr) << listed(scenario->warnings);
}

TEST(ScenarioTest, ASizeThatNobodyTestedIsWarnedAbout) {  // SCALE-1, SCALE-4
    const auto warned = [](const char* nodes) -> std::string {
        const auto scenario = load({{"cluster.managedNodeGroups[workers].maxSize", "9000"},
                                    {"cluster.managedNodeGroups[workers].desiredCapacity", nodes}});
        if (!scenario.ok()) return listed(scenario.error());
        const Complaint* found = find(scenario->warnings, Rule::beyond_tested_size);
        return found == nullptr ? "" : found->message;
    };
    EXPECT_EQ(warned("1000"), "");
    EXPECT_NE(warned("1001").find("AWS asks"), std::string::npos) << warned("1001");
    EXPECT_NE(warned("5000").find("AWS asks"), std::string::npos) << warned("5000");
    EXPECT_NE(warned("5001").find("tested with up to 5000 nodes"), std::string::npos) << warned("5001");
}

TEST(ScenarioTest, ATierOfTheControlPlaneSetsItsSeatsAndItsPace) {  // SCALE-5, CLIENT-4
    const auto standard = load();
    ASSERT_TRUE(standard.ok());
    EXPECT_EQ(standard->spec->latencies.api_seats, 600);                     // APF-1
    EXPECT_EQ(standard->spec->latencies.scheduler.queries_per_second, 50);   // CLIENT-1
    EXPECT_EQ(standard->spec->latencies.controller.queries_per_second, 20);  // CLIENT-2
    const auto large = load({{"assume", R"({"controlPlaneTier": "4XL"})"}});
    ASSERT_TRUE(large.ok()) << listed(large.error());
    EXPECT_EQ(large->spec->latencies.api_seats, 6'800);
    EXPECT_EQ(large->spec->latencies.scheduler.queries_per_second, 400);
    EXPECT_EQ(large->spec->control_plane_per_hour_micro_usd, 100'000 + 6'900'000);  // AWS-1, AWS-2
    const auto own = load({{"assume", R"({"controlPlaneTier": "4XL", "apiSeats": 2000})"}});
    ASSERT_TRUE(own.ok()) << listed(own.error());
    EXPECT_EQ(own->spec->latencies.api_seats, 2'000);
}

TEST(ScenarioTest, APodLargerThanEveryNodeIsAWarning) {
    const auto scenario =
        load({{"manifests[web].spec.template.spec.containers[web].resources.requests.memory", "1Ti"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Complaint* warning = find(scenario->warnings, Rule::pod_fits_no_node);
    ASSERT_NE(warning, nullptr) << listed(scenario->warnings);
    EXPECT_NE(warning->message.find("Deployment/shop/web"), std::string::npos);
}

TEST(ScenarioTest, TimeZonesComeWithTheDocument) {
    const auto scenario =
        load({{"timeZones",
               R"({"Europe/London": {"first_offset": 0, "transitions": [[1774746000, 3600], [1792890000, 0]]}})"},
              {"manifests[nightly].spec.timeZone", "Europe/London"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    ASSERT_EQ(scenario->spec->time_zones.size(), 1U);
    EXPECT_EQ(scenario->spec->time_zones[0].offset_at(1'774'746'000), 3600);
}

TEST(WildcardTest, StarsStayWithinAPart) {
    EXPECT_TRUE(matches_wildcard("CronJob/reports/*", "CronJob/reports/nightly"));
    EXPECT_TRUE(matches_wildcard("*/*/*", "CronJob/reports/nightly"));
    EXPECT_TRUE(matches_wildcard("*/rep*s/n?ght[!0-9]*", "CronJob/reports/nightly"));
    EXPECT_TRUE(matches_wildcard("Job/a/b[", "Job/a/b["));
    EXPECT_TRUE(matches_wildcard("Job/a/*", "Job/a/"));
    EXPECT_FALSE(matches_wildcard("CronJob/*", "CronJob/reports/nightly"));
    EXPECT_FALSE(matches_wildcard("*", "CronJob/reports/nightly"));
    EXPECT_FALSE(matches_wildcard("CronJob/reports/?", "CronJob/reports/nightly"));
    EXPECT_FALSE(matches_wildcard("CronJob?reports?nightly", "CronJob/reports/nightly"));
    EXPECT_FALSE(matches_wildcard("", "x"));
}

TEST(NearMissTest, FindsTheWordThatWasMeant) {
    constexpr std::array<std::string_view, 3> known{"instanceType", "maxSize", "minSize"};
    EXPECT_EQ(nearest_word("instancetype", known), "instanceType");
    EXPECT_EQ(nearest_word("intsanceType", known), "instanceType");
    EXPECT_EQ(nearest_word("mxSize", known), "maxSize");
    EXPECT_FALSE(nearest_word("labels", known).has_value());
    EXPECT_EQ(spelling_distance("ab", "ba"), 1U);  // swapped neighbours are one slip
    EXPECT_EQ(spelling_distance("kitten", "sitting"), 3U);
}

TEST(RuleTest, NumbersAreUniqueAndEveryRuleIsExplained) {
    std::uint16_t last = 0;
    for (const RuleText& text : all_rules()) {
        EXPECT_GT(static_cast<std::uint16_t>(text.rule), last) << code_of(text.rule) << " is out of order or doubled";
        last = static_cast<std::uint16_t>(text.rule);
        EXPECT_FALSE(text.title.empty());
        EXPECT_FALSE(text.explanation.empty());
    }
    ASSERT_NE(find_rule("eks203"), nullptr);
    EXPECT_EQ(find_rule("EKS203")->rule, Rule::bad_quantity);
    EXPECT_EQ(find_rule("EKS999"), nullptr);
}

TEST(DiagnosticsTest, AComplaintReadsLikeACompilers) {
    Complaint complaint;
    complaint.rule = Rule::bad_quantity;
    complaint.message = "memory is \"10Gb\"";
    complaint.hint = "write 10Gi";
    complaint.place = Place{"orders.yaml", 14, 15};
    EXPECT_EQ(to_text(complaint), "orders.yaml:14:15: error[EKS203]: memory is \"10Gb\"\n  hint: write 10Gi");
}

}  // namespace scenario_loading
}  // namespace eks
