// Clusters of eksctl: the input is the `cluster` of a scenario that is in order otherwise, beside the key `from` or as
// an unchanged file in its place.
#include "tests/fuzz/json_mutator.hpp"
#include "tests/fuzz/load_and_run.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string cluster(eks::fuzz::text_of(data, size));
    const std::string before =
        R"({"apiVersion":"ekssim.dev/v1alpha1","kind":"Scenario","run":{"for":"10m"},"manifests":[
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},
         "spec":{"replicas":4,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
         "spec":{"containers":[{"name":"app","image":"example.com/web:1",
         "resources":{"requests":{"cpu":"100m","memory":"64Mi"}}}]}}}}],"cluster":)";
    eks::fuzz::check_scenario(before + cluster + "}");
    eks::fuzz::check_scenario(before + R"({"from":)" + cluster + "}}");
    return 0;
}
