// The catalogue of what can be wrong with a scenario: each rule has a number that stays, a title, and an explanation
// for `ekssim explain rule EKS203`. EKS0xx are faults of the files themselves and belong to whoever reads them (the
// YAML reader). Hundreds: 1 shape, 2 values and units, 3 references, 4 cluster and subnets, 5 not modelled, 6
// expectations, 9 warnings.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace eks {

enum class Rule : std::uint16_t {
    none = 0,

    // --- shape
    not_json = 101,
    wrong_type = 102,
    missing_field = 103,
    unknown_field = 104,
    wrong_api_version = 105,
    wrong_kind = 106,
    too_large = 107,
    too_deep = 108,
    duplicate_key = 109,
    duplicate_name = 110,
    bad_set_path = 111,
    contradictory_fields = 112,
    unknown_kind = 113,
    more_complaints = 199,

    // --- values and units
    bad_duration = 201,
    missing_unit = 202,
    bad_quantity = 203,
    out_of_range = 204,
    not_one_of = 205,
    bad_share = 206,
    bad_distribution = 207,
    bad_cron = 208,
    bad_timestamp = 209,
    beyond_reason = 210,
    bad_name = 211,
    bad_cidr = 212,
    requests_over_limits = 213,
    bad_image = 214,
    bad_cni_setting = 215,
    bad_percent_or_number = 216,
    outside_limit_range = 217,
    bad_kube_proxy_setting = 218,

    // --- references
    unknown_instance_type = 301,
    unknown_region = 302,
    unknown_zone = 303,
    matches_nothing = 304,
    unknown_node_group = 305,
    unknown_subnet = 306,
    unknown_time_zone = 307,
    selector_mismatch = 308,
    unknown_priority_class = 309,
    bad_selector = 310,
    incomplete_instance_type = 311,
    unknown_addon = 312,
    unknown_scheduler = 313,

    // --- cluster and subnets
    unsupported_version = 401,
    subnet_outside_vpc = 402,
    subnets_overlap = 403,
    subnet_size = 404,
    in_use_too_high = 405,
    no_subnet_in_zone = 406,
    size_order = 407,
    mixed_architectures = 408,
    kubelet_leaves_nothing = 409,
    zone_refused = 410,
    subnet_in_other_zone = 411,
    bad_reservation = 412,
    bad_image_gc = 441,

    // --- not modelled, patches
    not_yet_modelled = 501,
    not_supported = 502,
    bad_patch = 510,
    patch_test_failed = 511,
    patch_path_missing = 512,

    // --- expectations
    expression_syntax = 601,
    unknown_metric = 602,
    unknown_label = 603,
    empty_selection = 604,
    wrong_aggregation = 605,
    unit_mismatch = 606,
    bad_window = 607,
    unknown_window = 608,
    no_expectation_text = 609,

    // --- warnings
    no_node_source = 901,
    version_behaves_as = 902,
    nodes_not_modelled = 903,
    pod_fits_no_node = 904,
    object_replaced = 905,
    kind_not_modelled = 906,
    defaulted_instance_type = 907,
    few_free_addresses = 908,
    pods_without_address = 909,
    no_price = 910,
    unused_setting = 911,
    unknown_custom_kind = 912,
    no_pods = 913,
    no_eni_config = 914,
    no_cni = 915,
    two_cnis = 920,
    two_service_proxies = 921,
    proxy_mode_ends = 922,
    no_metrics_server = 930,
    scaler_without_target = 931,
    scalers_of_same_pods = 932,
    usage_not_said = 933,
    scaling_needs_requests = 934,
    unknown_custom_metric = 935,
    vertical_autoscaler_incomplete = 936,
    no_prometheus_operator = 937,
    unused_registry = 940,
    budget_allows_nothing = 950,
    quota_needs_amounts = 951,
    start_deadlock = 960,
    bad_proportional_scaler = 961,
    bad_karpenter_setting = 962,
    no_offer_of_node_pool = 963,
    bad_cluster_autoscaler = 965,
    bad_descheduler_policy = 966,
    bad_vertical_autoscaler = 967,
    bad_scaling_formula = 968,
    beyond_tested_size = 970,
};

struct RuleText {
    Rule rule = Rule::none;
    std::string_view title;        // a few words
    std::string_view explanation;  // one or two sentences: what is checked and why, what to do
};

// "EKS203"
std::string code_of(Rule rule);

// All rules, by number.
std::span<const RuleText> all_rules();

// The rule with this code ("EKS203", letter case does not matter), or null.
const RuleText* find_rule(std::string_view code);

}  // namespace eks
