// How the decision calls about data paths read what they share: the data path, its Services, the model's numbers.
#pragma once

#include "models/report/decisions/arguments.hpp"
#include "models/spec/datapath.hpp"
#include "models/systems/datapath/path.hpp"
#include "models/systems/datapath/table_fill.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace eks::decisions {

inline constexpr double most_of_anything = 1e12;

// A number in its range, or `otherwise`.
double number_or(const Json& a, const char* name, double otherwise, double least = 0, double most = most_of_anything);
std::optional<double> number_given(const Json& a, const char* name, double least = 0, double most = most_of_anything);
double number_required(const Json& a, const char* name, double least = 0, double most = most_of_anything);

// The value that a word stands for; another word is refused with all there are.
template <class Value>
using Words = std::initializer_list<std::pair<std::string_view, Value>>;

template <class Value>
Value word_or(const Json& a, const char* name, Value otherwise, Words<Value> words) {
    if (!is_given(a, name)) return otherwise;
    const auto text = a[name].template get<std::string>();
    std::string known;
    for (const auto& [word, value] : words) {
        if (word == text) return value;
        known += (known.empty() ? "" : ", ") + std::string(word);
    }
    throw WrongArguments{Rule::not_one_of, fmt::format("{} is {}", name, text), "there are: " + known};
}

datapath::Mode mode_of(const Json& a);
// mode, socket_lb, chained, kube_proxy_rules, rules_kind, hubble, masquerade.
datapath::DataPath data_path_of(const Json& a);
// services, endpoints, comments.
datapath::RuleTable rule_table_of(const Json& a);
// coefficients by name and machine, on top of these.
datapath::Coefficients coefficients_of(const Json& a, const datapath::Coefficients& from);
// protocol, requests_per_connection, request_bytes, answer_bytes, life_seconds.
datapath::Flow flow_of(const Json& a);
datapath::Layer7 layer7_of(const Json& a);
datapath::Proxy proxy_of(const Json& a);
datapath::Ending ending_of(const Json& a, datapath::Protocol protocol);

// refuse_others with names of several kinds; those of the functions above are here.
extern const std::vector<std::string_view> data_path_names;
extern const std::vector<std::string_view> rule_table_names;
extern const std::vector<std::string_view> coefficient_names;
extern const std::vector<std::string_view> flow_names;
void refuse_others_of(const Json& a, std::initializer_list<std::vector<std::string_view>> known);

// To a millionth: what is left of sums of decimal fractions is not shown.
double to_millionth(double value);
Json number_or_null(const std::optional<double>& value);
// The parts that are not zero.
Json work_json(const datapath::Work& work);

}  // namespace eks::decisions
