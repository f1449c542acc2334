// Whatever stands in a scenario's document, loading answers with a scenario or with complaints: it never throws, and
// what it refuses it explains. Every value of a small document is replaced by every odd one, and the text is cut off
// everywhere.
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eks {
namespace odd_values {

using Json = nlohmann::json;

const char* const richer_parts = R"({
  "patches": [{"target": "DaemonSet/kube-system/aws-node", "env": {"WARM_IP_TARGET": "2"}}, {"target": "Deployment/shop/web", "replicas": 3}],
  "assume": {"scheduler": {"qps": 40}, "eniVisible": {"lognormal": {"p50": "3s", "p99": "20s"}}, "vmMemoryOverhead": "5%"},
  "timeline": [{"every": "1h", "between": "10m and 90m", "for": "5m", "scale": "Deployment/shop/web", "replicas": 6, "name": "rush"}],
  "matrix": {"run.seed": [1, 2]},
  "timeZones": {"Europe/London": {"first_offset": 0, "transitions": [[1774746000, 3600]]}},
  "files": ["a.yaml"],
  "places": {"/run": [0, 3, 4], "/run/for": [0, 3, 9]}
})";

Json rich_document() {
    Json document = Json::parse(scenario_test::small_scenario);
    document.update(Json::parse(richer_parts));
    document["cluster"]["addons"] =
        Json::parse(R"([{"name": "vpc-cni", "configurationValues": {"env": {"WARM_ENI_TARGET": "1"}}}])");
    auto& group = document["cluster"]["managedNodeGroups"][0];
    group["labels"] = Json::parse(R"({"role": "worker"})");
    group["taints"] = Json::parse(R"([{"key": "a", "value": "b", "effect": "PreferNoSchedule"}])");
    group["kubeletExtraConfig"] = Json::parse(
        R"({"kubeReserved": {"cpu": "80m"}, "evictionHard": {"memory.available": "5%", "nodefs.available": "10%"}})");
    document["run"]["replications"] = Json::parse(R"({"min": 3, "max": 9})");
    document["behaviour"][0]["usage"] = Json::parse(R"({"cpu": "100m", "memory": "1Gi"})");
    document["behaviour"][0]["imageSize"] = Json::parse(R"({"compressed": "100Mi", "unpacked": "1Gi"})");
    return document;
}

void collect_pointers(const Json& value, const Json::json_pointer& pointer, std::vector<Json::json_pointer>& found) {
    found.push_back(pointer);
    if (value.is_object()) {
        for (const auto& [key, below] : value.items()) collect_pointers(below, pointer / key, found);
    }
    if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) collect_pointers(value[i], pointer / i, found);
    }
}

void expect_an_answer(const std::string& text, const std::string& what) {
    try {
        const auto result = load_scenario_json(text);
        if (result) return;
        EXPECT_FALSE(result.error().empty()) << what;
        for (const Complaint& complaint : result.error()) {
            EXPECT_EQ(complaint.severity, Severity::error) << what;
            EXPECT_FALSE(complaint.message.empty()) << what;
            EXPECT_NE(find_rule(code_of(complaint.rule)), nullptr) << what << ": " << to_text(complaint);
        }
    } catch (const std::exception& error) {
        ADD_FAILURE() << what << " threw: " << error.what();
    }
}

TEST(OddValuesTest, TheRichDocumentItselfLoads) {
    const auto result = load_scenario_json(rich_document().dump());
    EXPECT_TRUE(result.ok()) << scenario_test::listed(result.error());
}

TEST(OddValuesTest, EveryValueCanBeAnythingWithoutACrash) {
    const Json document = rich_document();
    std::vector<Json::json_pointer> pointers;
    collect_pointers(document, Json::json_pointer{}, pointers);
    const std::string odd[] = {"null",
                               "true",
                               "-1",
                               "0",
                               "1000000000000",
                               "1.5",
                               "1e300",
                               "\"\"",
                               "\"x\"",
                               "\"-5s\"",
                               "\"9999999999999999999\"",
                               "\"*/*/*\"",
                               "[]",
                               "[[]]",
                               "[null]",
                               "{}",
                               "{\"\": null}",
                               "{\"a\": {\"b\": 1}}"};
    for (const auto& pointer : pointers) {
        for (const std::string& value : odd) {
            Json changed = document;
            changed[pointer] = Json::parse(value);
            expect_an_answer(changed.dump(), pointer.to_string() + " = " + value);
        }
    }
}

TEST(OddValuesTest, EveryValueCanBeMissingWithoutACrash) {
    const Json document = rich_document();
    std::vector<Json::json_pointer> pointers;
    collect_pointers(document, Json::json_pointer{}, pointers);
    for (const auto& pointer : pointers) {
        if (pointer.empty()) continue;
        Json changed = document;
        Json& parent = changed[pointer.parent_pointer()];
        if (parent.is_object())
            parent.erase(pointer.back());
        else
            parent.erase(parent.begin() + std::stol(pointer.back()));
        expect_an_answer(changed.dump(), "without " + pointer.to_string());
    }
}

TEST(OddValuesTest, TheTextCanBreakOffAnywhere) {
    const std::string text = rich_document().dump();
    for (std::size_t length = 0; length < text.size(); ++length) {
        const auto result = load_scenario_json(text.substr(0, length));
        ASSERT_FALSE(result.ok()) << "accepted the first " << length << " bytes";
        EXPECT_EQ(result.error().front().rule, Rule::not_json);
    }
}

}  // namespace odd_values
}  // namespace eks
