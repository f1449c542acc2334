// What LimitRanges, policies and limits make of a recommendation (VPA-13).
#include "models/systems/autoscaling/vpa/admission.hpp"

#include "models/quantities.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace eks::vpa {
namespace {

const ContainerAmounts twice{{100, 100 * mebibyte}, {200, 200 * mebibyte}};  // limits of twice the requests

TEST(VpaPolicy, HoldsBetweenWhatIsAllowed) {
    const ContainerPolicy policy{{50, 0}, {500, 0}};
    EXPECT_EQ(capped(Amounts{20, 1}, {}, policy, {}), (Amounts{50, 1}));
    EXPECT_EQ(capped(Amounts{900, 1}, {}, policy, {}), (Amounts{500, 1}));
    EXPECT_EQ(capped(Amounts{900, 1}, {}, {}, {}), (Amounts{900, 1}));  // zero is no bound
    // Where both contradict each other the maximum is the last word.
    EXPECT_EQ(capped(Amounts{20, 1}, {}, {{600, 0}, {500, 0}}, {}).cpu_milli, 500);
}

TEST(VpaPolicy, RequestsAloneStayBelowTheLimit) {
    ContainerPolicy policy;
    EXPECT_EQ(capped(Amounts{900, 1}, twice, policy, {}).cpu_milli, 900);
    policy.controls_limits = false;
    EXPECT_EQ(capped(Amounts{900, 1}, twice, policy, {}).cpu_milli, 200);
    EXPECT_EQ(capped(Amounts{900, 1}, {}, policy, {}).cpu_milli, 900);
}

TEST(VpaLimitRange, BoundsTheLimitThatFollowsTheRequest) {
    const LimitRange range{{0, 0}, {1000, 0}, {}};
    EXPECT_EQ(capped(Amounts{900, 1}, twice, {}, range).cpu_milli, 500);
    EXPECT_EQ(capped(Amounts{900, 1}, {}, {}, range).cpu_milli, 900);  // without a limit there is none to bound
    EXPECT_EQ(capped(Amounts{900, 1}, {{100, 0}, {}}, {}, {{}, {1000, 0}, {400, 0}}).cpu_milli, 250);
    EXPECT_EQ(capped(Amounts{2000, 1}, {{}, {200, 0}}, {}, range).cpu_milli, 1000);  // as large as its limit
}

TEST(VpaLimitRange, TheMinimumIsForTheRequestToo) {
    const LimitRange range{{80, 0}, {}, {}};
    EXPECT_EQ(capped(Amounts{10, 1}, twice, {}, range).cpu_milli, 80);
    EXPECT_EQ(capped(Amounts{10, 1}, {}, {}, range).cpu_milli, 80);
}

TEST(VpaLimitRange, ComesBeforeThePolicy) {
    const LimitRange range{{}, {1000, 0}, {}};
    EXPECT_EQ(capped(Amounts{900, 1}, twice, {{700, 0}, {}}, range).cpu_milli, 700);
}

TEST(VpaCapping, IsForAllThreeValues) {
    const Recommendation given{{900, 1}, {20, 1}, {2000, 1}};
    const Recommendation expected{{500, 1}, {50, 1}, {500, 1}};
    EXPECT_EQ(capped(given, {}, ContainerPolicy{{50, 0}, {500, 0}}, {}), expected);
}

TEST(VpaLimits, KeepTheirProportionAndAreCut) {
    EXPECT_EQ(proportional_limits({{300, 3}, {1000, 10}}, {100, 100}, {}), (Amounts{333, 333}));
    EXPECT_EQ(proportional_limits({{100, 100}, {100, 0}}, {7, 7}, {}), (Amounts{7, 0}));
    EXPECT_EQ(proportional_limits({{}, {100, 100}}, {7, 7}, {}), (Amounts{7, 7}));         // no request: as the limit
    EXPECT_EQ(proportional_limits({{100, 100}, {}}, {7, 7}, {200, 0}), (Amounts{14, 0}));  // the namespace's default
    EXPECT_EQ(proportional_limits(twice, {0, 0}, {}), Amounts{});
    // What does not fit into 64 bits stays at the largest number.
    EXPECT_EQ(proportional_limits({{0, 1}, {0, std::int64_t{1} << 40}}, {0, std::int64_t{1} << 40}, {}).memory_bytes,
              std::numeric_limits<std::int64_t>::max());
}

}  // namespace
}  // namespace eks::vpa
