// Pod templates that come about in a run, and go again.
#include "models/world/sizing.hpp"

#include "models/planning/experiment.hpp"
#include "models/world/invariants.hpp"
#include "models/world/verbs.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace eks {
namespace {

class SizingTest : public ::testing::Test {
  protected:
    SizingTest() : scenario_(*scenario_test::load()), run_(scenario_.spec, plan_metrics(*scenario_.spec), {7, 0}) {
        for (std::size_t i = 0; i < scenario_.spec->workloads.size(); ++i) {
            if (scenario_.spec->workloads[i].name == "web") web_ = WorkloadIx::of(i);
        }
        run_.until(sim::Duration::minutes(1));
        world_ = run_.world();
    }

    SizedTemplate web(std::int64_t cpu_milli) const {
        return {(*scenario_.spec)[web_].pod_template, {{0, {cpu_milli, 64 * mebibyte}, {}}}};
    }
    const Spec& spec() const { return in_force(*scenario_.spec, world_); }
    // It must outlive the call, since it may be the last holder of the Spec.
    TemplateIx add(const SizedTemplate& sized) {
        const std::shared_ptr<const Spec> kept = world_.sizing.spec;
        return find_or_add_templates(spec(), world_, {&sized, 1}).front();
    }

    Scenario scenario_;
    eks::Run run_;
    World world_;
    WorkloadIx web_;
};

TEST_F(SizingTest, OneOfASizeIsEnough) {
    const TemplateIx first = add(web(200));
    const TemplateIx second = add(web(300));
    EXPECT_NE(first, second);
    EXPECT_EQ(add(web(200)), first);
    EXPECT_EQ(world_.sizing.templates.size(), 2U);
    EXPECT_EQ(spec()[first].requests.cpu_milli, 200);
    EXPECT_EQ(spec()[second].requests.cpu_milli, 300);
    EXPECT_EQ(as_written(world_, second), (*scenario_.spec)[web_].pod_template);
    EXPECT_EQ(scenario_.spec->templates.size() + 2, spec().templates.size());
}

// What a quota, a budget, the scheduler and HorizontalPodAutoscalers make of it follows from what it asks for.
TEST_F(SizingTest, WhatIsGivenCountsAsStated) {
    SizedTemplate sized = web(200);
    const TemplateIx ix = add(sized);
    EXPECT_TRUE(spec()[ix].containers[0].states_cpu_request);
    EXPECT_TRUE(spec()[ix].containers[0].states_memory_request);
    sized.sizes[0].limits = sized.sizes[0].requests;
    EXPECT_EQ(spec()[ix].qos, QualityOfService::burstable);
    // Another Spec is in force once it is added: it is asked for afterwards.
    const TemplateIx guaranteed = add(sized);
    EXPECT_EQ(spec()[guaranteed].qos, QualityOfService::guaranteed);
}

// Those that a pod has, or new ones will have, stay what they are, wherever they lie.
TEST_F(SizingTest, TemplatesThatNobodyHasGoAgain) {
    std::vector<TemplateIx> added;
    for (int i = 0; i < 100; ++i) added.push_back(add(web(200 + i)));
    const PodId pod = world_[web_].first_pod;
    resize_pod(spec(), world_, pod, added[50]);
    admit_as(world_, (*scenario_.spec)[web_].pod_template, added[99]);
    {
        const std::shared_ptr<const Spec> kept = world_.sizing.spec;
        forget_idle_templates(spec(), world_);
    }
    EXPECT_EQ(world_.sizing.templates.size(), 2U);
    EXPECT_EQ(spec()[world_.pods[pod].pod_template].requests.cpu_milli, 250);
    const TemplateIx admitted = as_admitted(spec(), world_, (*scenario_.spec)[web_].pod_template);
    EXPECT_EQ(spec()[admitted].requests.cpu_milli, 299);
    EXPECT_EQ(spec().templates.size(), scenario_.spec->templates.size() + 2);
    EXPECT_EQ(spec().relations->of_template.size(), spec().templates.size());
    EXPECT_EQ(broken_invariants(spec(), world_), std::vector<std::string>{});
    // A few are kept.
    add(web(1000));
    forget_idle_templates(spec(), world_);
    EXPECT_EQ(world_.sizing.templates.size(), 3U);
}

// A change from outside may bring templates of its own, before those of the run.
TEST_F(SizingTest, TheScenarioMayGetMoreTemplates) {
    const TemplateIx sized = add(web(200));
    const PodId pod = world_[web_].first_pod;
    resize_pod(spec(), world_, pod, sized);
    Spec larger = *scenario_.spec;
    larger.templates.push_back(larger.templates.front());
    complete(larger);
    carry_sizes_over(*scenario_.spec, larger, world_);
    EXPECT_EQ(world_.pods[pod].pod_template.value, sized.value + 1);
    EXPECT_EQ((*world_.sizing.spec)[world_.pods[pod].pod_template].requests.cpu_milli, 200);
    EXPECT_EQ(broken_invariants(*world_.sizing.spec, world_), std::vector<std::string>{});
}

}  // namespace
}  // namespace eks
