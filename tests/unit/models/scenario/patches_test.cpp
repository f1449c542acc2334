#include "models/scenario/patches.hpp"

#include "models/scenario/json_patch.hpp"
#include "models/scenario/strategic_merge.hpp"
#include "tests/unit/models/scenario/kubernetes/object_fixture.hpp"

#include <gtest/gtest.h>

namespace {

using eks::Rule;
using object_fixture::listed;
using object_fixture::ReadObjects;

// A document with one Deployment of two containers, and these patches.
std::string patched(const std::string& patches) {
    return R"json({"manifests":[{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},"spec":{"replicas":2,
        "selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{
        "tolerations":[{"key":"a","operator":"Exists"}],
        "containers":[{"name":"web","image":"web:1","resources":{"requests":{"cpu":"100m"}}},{"name":"log","image":"log:1"}]}}}}],"patches":[)json" +
           patches + "]}";
}

const std::string target = R"("target":"Deployment/shop/web",)";

const eks::PodTemplate& web(const ReadObjects& objects) { return objects.pod("Deployment/shop/web"); }

testing::AssertionResult complains(const std::string& patches, Rule rule, const std::string& pointer) {
    const ReadObjects objects(patched(patches));
    if (objects.has_complaint(objects.errors(), rule, pointer)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "there is no " << code_of(rule) << " at " << pointer << " among\n"
                                       << listed(objects.errors());
}

// --- the section

TEST(Patches, ShortFormsReachTheirFields) {
    const ReadObjects objects(
        patched("{" + target + R"("replicas":7,"image":{"web":"web:2"},"resources":{"requests":{"memory":"64Mi"}}})"));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(objects.workload("Deployment/shop/web").replicas, 7);
    EXPECT_EQ(objects.spec().images[web(objects).containers[0].image.value].name, "web:2");
    EXPECT_EQ(objects.spec().images[web(objects).containers[1].image.value].name, "log:1");
    EXPECT_EQ(web(objects).requests, (eks::Resources{.cpu_milli = 100, .memory_bytes = 128 * eks::mebibyte}));
}

// As `image` does; what names no container is a slip of the pen.
TEST(Patches, ResourcesMayBeOfSingleContainers) {
    const ReadObjects objects(patched("{" + target + R"("resources":{"log":{"requests":{"cpu":"5m"}}}})"));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(web(objects).containers[0].requests.cpu_milli, 100);
    EXPECT_EQ(web(objects).containers[1].requests.cpu_milli, 5);
    EXPECT_TRUE(complains("{" + target + R"("resources":{"lag":{"requests":{"cpu":"5m"}}}})", Rule::matches_nothing,
                          "/patches/0/resources/lag"));
}

TEST(Patches, ContainersAreMergedByName) {
    const ReadObjects objects(patched("{" + target + R"("merge":{"spec":{"template":{"spec":{"containers":[
        {"name":"log","resources":{"limits":{"cpu":"50m"}}},{"name":"new","image":"new:1"}]}}}}})"));
    ASSERT_EQ(web(objects).containers.size(), 3U) << listed(objects.errors());
    EXPECT_EQ(web(objects).containers[1].requests.cpu_milli, 50);
    EXPECT_EQ(objects.spec().images[web(objects).containers[1].image.value].name, "log:1");
    EXPECT_EQ(web(objects).containers[2].name, "new");
}

TEST(Patches, TolerationsAreReplacedAsAWhole) {
    const ReadObjects objects(patched(
        "{" + target + R"("merge":{"spec":{"template":{"spec":{"tolerations":[{"key":"b","operator":"Exists"}]}}}}})"));
    EXPECT_EQ(web(objects).tolerations.front().key, "b");
    EXPECT_EQ(web(objects).tolerations.size(), 3U);  // with the two that admission adds, NODE-5
}

TEST(Patches, NullAndDirectivesTakeAway) {
    const ReadObjects objects(patched(
        "{" + target +
        R"("merge":{"spec":{"replicas":null,"template":{"spec":{"containers":[{"name":"log","$patch":"delete"}]}}}}})"));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(objects.workload("Deployment/shop/web").replicas, 1);
    EXPECT_EQ(web(objects).containers.size(), 1U);
}

TEST(Patches, AWholeObjectCanBeTakenAway) {
    const ReadObjects objects(patched("{" + target + R"("merge":{"$patch":"delete"}})"));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(objects.find("Deployment/shop/web"), nullptr);
    EXPECT_TRUE(objects.is_ignored("Deployment/shop/web (replaced) spec.replicas"));
}

TEST(Patches, WildcardsReachAllThatMatch) {
    const ReadObjects objects(patched(R"({"target":"Deployment/*/*","replicas":4})"));
    EXPECT_EQ(objects.workload("Deployment/shop/web").replicas, 4);
    EXPECT_EQ(objects.workload("Deployment/kube-system/coredns").replicas, 4);
}

TEST(Patches, PatchesApplyInTheirOrder) {
    const ReadObjects objects(patched(
        "{" + target + R"("replicas":4},{)" + target +
        R"("json6902":[{"op":"test","path":"/spec/replicas","value":4},{"op":"replace","path":"/spec/replicas","value":5}]})"));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(objects.workload("Deployment/shop/web").replicas, 5);
}

TEST(Patches, AFaultOfAPatchedValueIsShownAtThePatch) {
    EXPECT_TRUE(complains("{" + target + R"("replicas":-3})", Rule::out_of_range, "/patches/0/replicas"));
    EXPECT_TRUE(complains(
        "{" + target +
            R"("merge":{"spec":{"template":{"spec":{"containers":[{"name":"web","resources":{"requests":{"memory":"1Gb"}}}]}}}}})",
        Rule::bad_quantity, "/patches/0/merge/spec/template/spec/containers/0/resources/requests/memory"));
    EXPECT_TRUE(complains("{" + target + R"("json6902":[{"op":"replace","path":"/spec/replicas","value":"many"}]})",
                          Rule::wrong_type, "/patches/0/json6902/0/value"));
}

TEST(Patches, PatchedFieldsThatNobodyReadsAreListed) {
    const ReadObjects objects(patched(
        R"({"target":"DaemonSet/kube-system/aws-node","merge":{"spec":{"template":{"spec":{"dnsPolicy":"None"}}}}})"));
    EXPECT_TRUE(objects.is_ignored("DaemonSet/kube-system/aws-node spec.template.spec.dnsPolicy"));
    EXPECT_EQ(objects.builder().ignored.size(), 1U);
}

TEST(Patches, MistakesAreFoundWhereTheyStand) {
    const std::string operations = "/patches/0/json6902/0";
    const struct {
        std::string patch;
        Rule rule;
        std::string pointer;
    } cases[] = {
        {R"({"target":"Deployment/shop/wbe","replicas":1})", Rule::matches_nothing, "/patches/0/target"},
        {R"({"replicas":1})", Rule::missing_field, "/patches/0"},
        {R"({"target":"Deployment/shop/web"})", Rule::bad_patch, "/patches/0"},
        {"{" + target + R"("replica":1})", Rule::unknown_field, "/patches/0/replica"},
        {"{" + target + R"("image":"web:2"})", Rule::bad_patch, "/patches/0/image"},
        {"{" + target + R"("image":{"wbe":"web:2"}})", Rule::matches_nothing, "/patches/0/image/wbe"},
        {R"({"target":"Service/kube-system/kube-dns","env":{"A":"b"}})", Rule::bad_patch, "/patches/0/env"},
        {R"({"target":"DaemonSet/kube-system/aws-node","replicas":3})", Rule::bad_patch, "/patches/0/replicas"},
        {"{" + target + R"("merge":{"spec":{"template":{"spec":{"containers":[{"image":"x"}]}}}}})", Rule::bad_patch,
         "/patches/0/merge/spec/template/spec/containers/0"},
        {"{" + target + R"("merge":{"spec":{"$patch":"drop"}}})", Rule::bad_patch, "/patches/0/merge/spec/$patch"},
        {"{" + target + R"("json6902":[{"op":"set","path":"/spec"}]})", Rule::not_one_of, operations + "/op"},
        {"{" + target + R"("json6902":[{"op":"add","path":"spec","value":1}]})", Rule::bad_patch, operations + "/path"},
        {"{" + target + R"("json6902":[{"op":"add","path":"/spec/x"}]})", Rule::missing_field, operations},
        {"{" + target + R"("json6902":[{"op":"replace","path":"/spec/replcas","value":1}]})", Rule::patch_path_missing,
         operations + "/path"},
        {"{" + target + R"("json6902":[{"op":"remove","path":"/spec/template/spec/containers/7"}]})",
         Rule::patch_path_missing, operations + "/path"},
        {"{" + target + R"("json6902":[{"op":"test","path":"/spec/replicas","value":3}]})", Rule::patch_test_failed,
         operations},
        {"{" + target + R"("json6902":[{"op":"move","from":"/spec","path":"/spec/inner"}]})", Rule::bad_patch,
         operations + "/path"},
    };
    for (const auto& each : cases) EXPECT_TRUE(complains(each.patch, each.rule, each.pointer)) << each.patch;
}

TEST(Patches, CopiesOfCopiesAreBounded) {
    std::string operations;  // each doubles the object
    for (int i = 0; i < 60; ++i) {
        operations += operations.empty() ? "" : ",";
        operations += R"({"op":"copy","from":"/spec","path":"/spec/again)" + std::to_string(i) + R"("})";
    }
    const eks::Complaints errors = ReadObjects(patched("{" + target + R"("json6902":[)" + operations + "]}")).errors();
    ASSERT_EQ(errors.size(), 1U) << listed(errors);
    EXPECT_EQ(errors.front().rule, Rule::too_large);
}

// --- JSON patch alone: examples of RFC 6902, appendix A

std::string after_json_patch(const std::string& document, const std::string& operations) {
    eks::Origins origins;
    eks::Diagnostics diagnostics;
    eks::Reading reading{origins, diagnostics};
    eks::JsonValue value;
    eks::JsonValue patch;
    EXPECT_TRUE(eks::parse_json(document, origins.add_document(), origins, diagnostics, value));
    EXPECT_TRUE(eks::parse_json(operations, origins.add_document(), origins, diagnostics, patch));
    eks::apply_json_patch(value, eks::Reader(patch, reading), "the document");
    return diagnostics.has_errors() ? "error" : to_json_text(value);
}

TEST(JsonPatch, DoesAsTheExamplesOfTheStandard) {
    const struct {
        const char* document;
        const char* operations;
        const char* result;
    } cases[] = {
        {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])", R"({"foo":"bar","baz":"qux"})"},
        {R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
         R"({"foo":["bar","qux","baz"]})"},
        {R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])", R"({"foo":"bar"})"},
        {R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])", R"({"foo":["bar","baz"]})"},
        {R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])",
         R"({"baz":"boo","foo":"bar"})"},
        {R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
         R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
         R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"},
        {R"({"foo":["all","grass","cows","eat"]})", R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
         R"({"foo":["all","cows","eat","grass"]})"},
        {R"({"baz":"qux","foo":["a",2,"c"]})",
         R"([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}])",
         R"({"baz":"qux","foo":["a",2,"c"]})"},
        {R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"bar"}])", "error"},
        {R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
         R"({"foo":"bar","child":{"grandchild":{}}})"},
        {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz/bat","value":"qux"}])", "error"},
        {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])", R"({"/":9,"~1":10})"},
        {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":"10"}])", "error"},
        {R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
         R"({"foo":["bar",["abc","def"]]})"},
        {R"({"foo":"bar"})", R"([{"op":"add","path":"/foo","value":null}])", R"({"foo":null})"},
    };
    for (const auto& each : cases)
        EXPECT_EQ(after_json_patch(each.document, each.operations), each.result) << each.operations;
}

// --- strategic merge alone

std::string after_merge(const std::string& document, const std::string& patch,
                        eks::ListMerge lists = eks::ListMerge::by_key) {
    eks::Origins origins;
    eks::Diagnostics diagnostics;
    eks::Reading reading{origins, diagnostics};
    eks::JsonValue value;
    eks::JsonValue changes;
    EXPECT_TRUE(eks::parse_json(document, origins.add_document(), origins, diagnostics, value));
    EXPECT_TRUE(eks::parse_json(patch, origins.add_document(), origins, diagnostics, changes));
    const bool stays = apply_strategic_merge(value, eks::Reader(changes, reading), "Deployment", lists);
    if (diagnostics.has_errors()) return "error";
    return stays ? to_json_text(value) : "gone";
}

TEST(StrategicMerge, FollowsTheDocumentedDirectives) {
    const struct {
        const char* document;
        const char* patch;
        const char* result;
    } cases[] = {
        {R"({"env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]})",
         R"({"env":[{"name":"B","value":"3"},{"name":"C","value":"4"}]})",
         R"({"env":[{"name":"A","value":"1"},{"name":"B","value":"3"},{"name":"C","value":"4"}]})"},
        {R"({"ports":[{"containerPort":80,"name":"a"}]})",
         R"({"ports":[{"containerPort":80,"name":"b"},{"containerPort":81}]})",
         R"({"ports":[{"containerPort":80,"name":"b"},{"containerPort":81}]})"},
        {R"({"env":[{"name":"A"},{"name":"B"}]})", R"({"env":[{"$patch":"replace"},{"name":"C"}]})",
         R"({"env":[{"name":"C"}]})"},
        {R"({"a":{"b":1,"c":2}})", R"({"a":{"$patch":"replace","d":3}})", R"({"a":{"d":3}})"},
        {R"({"a":{"b":1},"c":2})", R"({"a":{"$patch":"delete"}})", R"({"c":2})"},
        {R"({"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}})",
         R"({"strategy":{"$retainKeys":["type"],"type":"Recreate"}})", R"({"strategy":{"type":"Recreate"}})"},
        {R"({"finalizers":["a","b"]})", R"({"finalizers":["b","c"]})", R"({"finalizers":["a","b","c"]})"},
        {R"({"finalizers":["a","b"]})", R"({"$deleteFromPrimitiveList/finalizers":["a"]})", R"({"finalizers":["b"]})"},
        {R"({"args":["a","b"]})", R"({"args":["c"]})", R"({"args":["c"]})"},
        {R"({"a":1})", R"({"b":{"c":null,"d":2}})", R"({"a":1,"b":{"d":2}})"},
        {R"({"a":1})", R"({"$patch":"delete"})", "gone"},
        {R"({"env":[{"name":"A"}]})", R"({"env":[{"value":"x"}]})", "error"},
    };
    for (const auto& each : cases) EXPECT_EQ(after_merge(each.document, each.patch), each.result) << each.patch;
}

TEST(StrategicMerge, CustomResourcesHaveTheirListsReplaced) {
    EXPECT_EQ(after_merge(R"({"env":[{"name":"A"}]})", R"({"env":[{"name":"B"}]})", eks::ListMerge::replaced),
              R"({"env":[{"name":"B"}]})");
}

}  // namespace
