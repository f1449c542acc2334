#include "libsim/check.hpp"

#include "libsim/result.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

std::string defect_text(int count, int capacity) {
    try {
        CHECK(count <= capacity, "too many for the room");
    } catch (const sim::Defect& defect) {
        return defect.what();
    }
    return "";
}

TEST(Check, NothingHappensWhileTheConditionHolds) { EXPECT_EQ(defect_text(1, 2), ""); }

TEST(Check, ADefectNamesPlaceConditionAndReason) {
    const std::string text = defect_text(3, 2);
    EXPECT_NE(text.find("check_test.cpp:"), std::string::npos) << text;
    EXPECT_NE(text.find("count <= capacity"), std::string::npos) << text;
    EXPECT_NE(text.find("too many for the room"), std::string::npos) << text;
    EXPECT_EQ(text.find("simulated time"), std::string::npos) << "no event is being handled: " << text;
    EXPECT_NE(text.front(), '/') << "a message does not depend on where the code was built: " << text;
}

TEST(Check, WhileAnEventIsHandledADefectNamesTimeKindAndSeed) {
    const int event = 0;
    const sim::Handling handling{90'000'000, &event, [](const void*) { return "CronTick"; }, 7, 3};
    sim::handling_now = &handling;
    const std::string text = defect_text(3, 2);
    sim::handling_now = nullptr;
    EXPECT_NE(text.find("90s"), std::string::npos) << text;
    EXPECT_NE(text.find("CronTick"), std::string::npos) << text;
    EXPECT_NE(text.find("seed 7"), std::string::npos) << text;
    EXPECT_NE(text.find("replication 3"), std::string::npos) << text;
}

sim::Result<int> half(int n) {
    if (n % 2 != 0) return sim::failure("an even number is needed");
    return n / 2;
}

TEST(Result, HoldsAValueOrAnError) {
    ASSERT_TRUE(half(4).ok());
    EXPECT_EQ(*half(4), 2);
    ASSERT_FALSE(half(3));
    EXPECT_EQ(half(3).error(), "an even number is needed");
    EXPECT_EQ(half(3).value_or(9), 9);
    EXPECT_EQ(half(4), half(4));
    EXPECT_NE(half(4), half(3));
}

TEST(Result, AskingForWhatIsNotThereIsADefect) {
    EXPECT_THROW((void)*half(3), sim::Defect);
    EXPECT_THROW((void)half(4).error(), sim::Defect);
}

TEST(Result, AStringMayBeBothValueAndError) {
    const sim::Result<std::string> good = std::string("text");
    const sim::Result<std::string> bad = sim::failure("wrong");
    EXPECT_TRUE(good.ok());
    EXPECT_FALSE(bad.ok());
    EXPECT_EQ(good->size(), 4U);
    using R = sim::Result<std::string>;
    EXPECT_EQ(R::success("text"), good);
    EXPECT_EQ(R::failure("wrong"), bad);
}

}  // namespace
