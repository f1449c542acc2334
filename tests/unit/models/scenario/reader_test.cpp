// The cursor that all loaders read with, the values under it, and the changes made to them before they are read.
#include "models/scenario/reader.hpp"

#include "models/scenario/set_path.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace reading_values {

using namespace sim::literals;

// A document of its own for each test.
struct Parsed {
    explicit Parsed(std::string_view text) {
        is_json = parse_json(text, origins.add_document(), origins, diagnostics, root);
    }
    Reader reader() { return Reader(root, reading); }

    Origins origins;
    Diagnostics diagnostics;
    Reading reading{origins, diagnostics};
    JsonValue root;
    bool is_json = false;
};

TEST(JsonValueTest, ValuesKnowTheirPointers) {
    Parsed parsed(R"({"a": {"b/c": [1, {"d~e": true}]}})");
    ASSERT_TRUE(parsed.is_json);
    const JsonValue& leaf = parsed.root.members[0].value.members[0].value.items[1].members[0].value;
    EXPECT_EQ(parsed.origins.pointer(leaf.origin), "/a/b~1c/1/d~0e");
}

TEST(JsonValueTest, NumbersKeepTheirDigits) {
    Parsed parsed(R"([1.30, 18446744073709551615, -7, 1e3, 9007199254740993])");
    ASSERT_TRUE(parsed.is_json);
    EXPECT_EQ(to_json_text(parsed.root), "[1.30,18446744073709551615,-7,1e3,9007199254740993]");
    EXPECT_EQ(parsed.root.items[0].kind, JsonKind::number);
    EXPECT_EQ(parsed.root.items[1].kind, JsonKind::number);  // more than 63 bits
    EXPECT_EQ(parsed.root.items[4].integer, 9'007'199'254'740'993);
}

TEST(JsonValueTest, WhatIsWrittenIsReadBack) {
    const std::string text = R"({"a":[null,true,"x\"\\\u0001é",{}],"b":{"c":[]},"d":-1.5})";
    Parsed parsed(text);
    ASSERT_TRUE(parsed.is_json);
    Parsed again(to_json_text(parsed.root));
    ASSERT_TRUE(again.is_json);
    EXPECT_TRUE(same_content(parsed.root, again.root));
    again.root.member("d").text = "-2.5";
    EXPECT_FALSE(same_content(parsed.root, again.root));
}

TEST(JsonValueTest, PlacesComeBesideTheDocument) {
    Origins origins;
    Diagnostics diagnostics;
    JsonValue root;
    std::vector<ListedPlace> places;
    ASSERT_TRUE(parse_json(
        R"({"places": {"/a": [0, 2, 4], "/a/0": [1, 7, 9], "/a#key": [0, 2, 1], "/b": [9, 1, 1]}, "a": [5], "b": 1})",
        origins.add_document(), origins, diagnostics, root, &places));
    EXPECT_EQ(root.find("places"), nullptr);
    spread_places(root, origins, places, {"x.yaml", "y.yaml"});
    const JsonValue& list = *root.find("a");
    EXPECT_EQ(origins.place(list.origin), (Place{"x.yaml", 2, 4}));
    EXPECT_EQ(origins.key_place(list.origin), (Place{"x.yaml", 2, 1}));
    EXPECT_EQ(origins.place(list.items[0].origin), (Place{"y.yaml", 7, 9}));
    EXPECT_FALSE(origins.place(root.find("b")->origin).has_value());  // a file that is not listed
}

TEST(ReaderTest, GettersAnswerAndMarkWhatTheyRead) {
    Parsed parsed(
        R"({"replicas": 3, "name": "web", "on": true, "delay": "1m30s", "share": "2.5%", "cpu": 0.5, "memory": "1Gi", "left": 1, "deep": {"left": [1, 2], "empty": {}}})");
    const Reader reader = parsed.reader();
    EXPECT_EQ(reader.integer("replicas", 0, 10), 3);
    EXPECT_EQ(reader.text("name"), "web");
    EXPECT_EQ(reader.boolean("on"), true);
    EXPECT_EQ(reader.duration("delay"), 90_s);
    EXPECT_EQ(reader.member("share")->share_ppm(), 25'000);
    EXPECT_EQ(reader.member("cpu")->quantity(QuantityUnit::milli), 500);
    EXPECT_EQ(reader.member("memory")->quantity(QuantityUnit::whole), gibibyte);
    EXPECT_FALSE(parsed.diagnostics.has_errors());
    const auto left = unread_leaves(parsed.root);
    EXPECT_EQ(left, (std::vector<IgnoredLeaves>{{"left", 1}, {"deep.left", 2}, {"deep.empty", 1}}));
}

TEST(ReaderTest, NullIsAbsent) {
    Parsed parsed(R"({"a": null})");
    EXPECT_FALSE(parsed.reader().has("a"));
    EXPECT_FALSE(parsed.reader().member("a").has_value());
    EXPECT_FALSE(parsed.reader().required("a").has_value());
    EXPECT_EQ(parsed.diagnostics.errors().at(0).rule, Rule::missing_field);
}

TEST(ReaderTest, LongValuesAreCutShortWithoutBreakingALetter) {
    std::string long_text = "\"";
    for (int i = 0; i < 100; ++i) long_text += "é";
    long_text += "\"";
    Parsed parsed(long_text);
    ASSERT_TRUE(parsed.is_json);
    const std::string text = shown(parsed.root);
    EXPECT_LT(text.size(), 70U);
    Parsed again("\"" + text.substr(1) + "\"");
    EXPECT_TRUE(again.is_json);  // still UTF-8
}

TEST(ReaderTest, LawsAreReadInEveryForm) {
    const auto law = [](const char* text) {
        Parsed parsed(text);
        const auto read = parsed.reader().distribution();
        EXPECT_TRUE(read.has_value()) << text;
        return read.value_or(sim::Distribution{});
    };
    EXPECT_EQ(law("\"30s\""), sim::Distribution::constant(30_s));
    EXPECT_EQ(law("{\"constant\": \"30s\"}"), sim::Distribution::constant(30_s));
    EXPECT_EQ(law("{\"uniform\": {\"min\": \"1s\", \"max\": \"3s\"}}"), *sim::Distribution::uniform(1_s, 3_s));
    EXPECT_EQ(law("{\"exponential\": {\"mean\": \"5s\"}}"), *sim::Distribution::exponential(5_s));
    EXPECT_EQ(law("{\"lognormal\": {\"p50\": \"18s\", \"p95\": \"45s\"}}"),
              *sim::Distribution::lognormal_p50_p95(18_s, 45_s));
    EXPECT_EQ(law("{\"lognormal\": {\"p50\": \"3s\", \"p99\": \"20s\"}}"),
              *sim::Distribution::lognormal_p50_p99(3_s, 20_s));
    EXPECT_EQ(law("{\"weibull\": {\"scale\": \"9s\", \"shape\": 1.5}}"), *sim::Distribution::weibull(9_s, 1.5));
    EXPECT_EQ(law("{\"pareto\": {\"min\": \"9s\", \"alpha\": 2}}"), *sim::Distribution::pareto(9_s, 2.0));
    const std::array points{sim::QuantilePoint{0.0, 1_s}, sim::QuantilePoint{0.5, 2_s}, sim::QuantilePoint{1.0, 9_s}};
    EXPECT_EQ(law("{\"empirical\": {\"p50\": \"2s\", \"p0\": \"1s\", \"p100\": \"9s\"}}"),
              *sim::Distribution::empirical(points));
    const std::array samples{2_s, 3_s};
    EXPECT_EQ(law("{\"empirical\": [\"3s\", \"2s\"]}"), *sim::Distribution::from_samples(samples));
}

TEST(SetPathTest, PathsNameFieldsAndEntries) {
    std::vector<PathStep> steps;
    ASSERT_TRUE(parse_path("cluster.managedNodeGroups[workers].labels['a.b/c']", steps));
    EXPECT_EQ(
        steps,
        (std::vector<PathStep>{
            {"cluster", false}, {"managedNodeGroups", false}, {"workers", true}, {"labels", false}, {"a.b/c", true}}));
    for (const std::string_view path : {"", ".", "a.", ".a", "a..b", "a[", "a[]", "a]b[", "a[1]b", "a[1]."}) {
        if (path == "a]b[") continue;
        EXPECT_FALSE(parse_path(path, steps)) << path;
    }
}

TEST(SetPathTest, ValuesAreJsonOrElseText) {
    Parsed parsed(R"({"run": {"for": "1h"}, "list": [{"name": "a", "n": 1}, {"for": "b"}]})");
    EXPECT_TRUE(set_text(parsed.root, "run.for", "24h", parsed.reading));
    EXPECT_TRUE(set_text(parsed.root, "run.seed", "9", parsed.reading));
    EXPECT_TRUE(set_text(parsed.root, "list[a].n", "[2]", parsed.reading));
    EXPECT_TRUE(set_text(parsed.root, "list[b].n", "true", parsed.reading));
    EXPECT_TRUE(set_text(parsed.root, "list[0].m", "null", parsed.reading));
    EXPECT_TRUE(set_text(parsed.root, "new.deep", "\"9\"", parsed.reading));
    EXPECT_EQ(
        to_json_text(parsed.root),
        R"({"run":{"for":"24h","seed":9},"list":[{"name":"a","n":[2],"m":null},{"for":"b","n":true}],"new":{"deep":"9"}})");
    EXPECT_FALSE(parsed.diagnostics.has_errors());
}

TEST(SetPathTest, WhatIsLaidOverMergesMapsAndNamedLists) {
    Parsed under(
        R"({"a": 1, "m": {"x": 1, "y": 2}, "plain": [1, 2], "named": [{"name": "p", "v": 1}, {"name": "q"}], "gone": 1})");
    Parsed over(R"({"m": {"y": 3}, "plain": [9], "named": [{"name": "q", "v": 2}, {"name": "r"}], "gone": null})");
    const JsonValue result = laid_over(under.root, over.root);
    EXPECT_EQ(to_json_text(result),
              R"({"a":1,"m":{"x":1,"y":3},"plain":[9],"named":[{"name":"p","v":1},{"name":"q","v":2},{"name":"r"}]})");
}

}  // namespace reading_values
}  // namespace eks
