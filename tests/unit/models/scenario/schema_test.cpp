// The JSON Schema and the loader know the same words: whoever edits with the schema's help never meets an unknown
// field, and whoever adds a field to the loader must add it to the schema.
#include "models/scenario/keys.hpp"
#include "models/scenario/scenario.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <set>
#include <string>

namespace eks {
namespace schema_and_loader {

using Json = nlohmann::json;

Json schema() { return Json::parse(scenario_schema()); }

std::set<std::string> words(std::span<const std::string_view> list) { return {list.begin(), list.end()}; }

std::set<std::string> properties_of(const Json& object) {
    std::set<std::string> names;
    for (const auto& [name, value] : object.at("properties").items()) names.insert(name);
    return names;
}

TEST(SchemaTest, EverySectionKnowsTheWordsOfTheLoader) {
    const Json whole = schema();
    for (const keys::Section& section : keys::sections) {
        const Json::json_pointer pointer{std::string(section.schema_pointer)};
        ASSERT_TRUE(whole.contains(pointer)) << section.schema_pointer;
        EXPECT_EQ(properties_of(whole.at(pointer)), words(section.known))
            << "section \"" << section.schema_pointer << "\"";
        EXPECT_EQ(whole.at(pointer).value("additionalProperties", true), false) << section.schema_pointer;
    }
}

TEST(SchemaTest, TheWordsOfEksctlThatAreReadAreInTheSchema) {
    const Json whole = schema();
    const auto at = [&](const char* pointer) { return properties_of(whole.at(Json::json_pointer(pointer))); };
    EXPECT_EQ(at("/properties/cluster"), words(keys::cluster));
    EXPECT_EQ(at("/properties/cluster/properties/metadata"), words(keys::cluster_metadata));
    EXPECT_EQ(at("/properties/cluster/properties/vpc"), words(keys::vpc));
    EXPECT_EQ(at("/properties/cluster/properties/addons/items"), words(keys::addon));
    EXPECT_EQ(at("/$defs/subnet"), words(keys::subnet));
    EXPECT_EQ(at("/$defs/nodeGroup"), words(keys::node_group));
}

// Objects of ours are closed in the schema; each of them must be in the table, or the comparison above would miss it.
void collect_closed(const Json& value, const std::string& pointer, std::set<std::string>& found) {
    if (!value.is_object() && !value.is_array()) return;
    if (value.is_object() && value.contains("properties") &&
        value.value("additionalProperties", Json(true)) == Json(false))
        found.insert(pointer);
    for (const auto& [key, below] : value.items()) collect_closed(below, pointer + "/" + key, found);
}

TEST(SchemaTest, EveryClosedObjectOfTheSchemaIsInTheTable) {
    std::set<std::string> closed;
    collect_closed(schema(), "", closed);
    std::set<std::string> listed;
    for (const keys::Section& section : keys::sections) listed.emplace(section.schema_pointer);
    EXPECT_EQ(closed, listed);
}

TEST(SchemaTest, ReferencesLeadSomewhere) {
    const Json whole = schema();
    const std::function<void(const Json&)> walk = [&](const Json& value) {
        if (value.is_object() && value.contains("$ref")) {
            const std::string reference = value.at("$ref");
            ASSERT_TRUE(reference.starts_with("#/")) << reference;
            EXPECT_TRUE(whole.contains(Json::json_pointer(reference.substr(1)))) << reference;
        }
        if (value.is_structured()) {
            for (const auto& below : value) walk(below);
        }
    };
    walk(whole);
}

}  // namespace schema_and_loader
}  // namespace eks
