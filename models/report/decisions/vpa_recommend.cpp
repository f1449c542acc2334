#include "models/report/decisions/vpa_recommend.hpp"

#include "models/report/decisions/arguments.hpp"
#include "models/systems/autoscaling/vpa/recommendation.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace eks {

namespace {

using decisions::Json;
using decisions::required;
using decisions::WrongArguments;

constexpr double second_in_us = 1e6;

std::int64_t sample_time_us(const Json& seconds) { return std::llround(seconds.get<double>() * second_in_us); }

void add_vpa_sample(const Json& sample, vpa::Aggregate& aggregate, std::vector<vpa::Instance>& instances) {
    if (!sample.is_array() || sample.size() < 3)
        throw WrongArguments{Rule::wrong_type, fmt::format("the sample {} is no list", sample.dump()),
                             "write [time, instance, kind, value]"};
    const std::int64_t at_us = sample_time_us(sample[0]);
    const auto which = sample[1].get<std::int64_t>();
    if (which < 0 || which >= static_cast<std::int64_t>(instances.size()))
        throw WrongArguments{Rule::out_of_range, fmt::format("a sample is of instance {}", which),
                             fmt::format("memory_requests_bytes names {}", instances.size())};
    vpa::Instance& instance = instances[static_cast<std::size_t>(which)];
    const auto kind = sample[2].get<std::string>();
    if (kind == "oom") {
        add_oom(aggregate, instance, at_us);
        return;
    }
    if (kind != "cpu" && kind != "mem")
        throw WrongArguments{Rule::not_one_of, fmt::format("the kind of a sample is \"{}\"", kind), "cpu, mem or oom"};
    const auto value = sample.at(3).get<std::int64_t>();
    if (kind == "cpu")
        add_cpu(aggregate, instance, at_us, value);
    else
        add_memory(aggregate, instance, at_us, value);
}

vpa::Aggregate learnt_of(const Json& container) {
    std::vector<vpa::Instance> instances;
    if (container.contains("memory_requests_bytes"))
        for (const Json& request : container["memory_requests_bytes"])
            instances.push_back({.memory_request_bytes = request.get<std::int64_t>()});
    vpa::Aggregate aggregate;
    if (container.contains("samples"))
        for (const Json& sample : container["samples"]) add_vpa_sample(sample, aggregate, instances);
    return aggregate;
}

Json amounts_json(const vpa::Amounts& amounts) {
    return {{"cpu_milli", amounts.cpu_milli}, {"memory_bytes", amounts.memory_bytes}};
}

}  // namespace

Json vpa_recommend_call(const Json& arguments) {
    decisions::refuse_others(arguments, {"containers"});
    const auto containers = required<Json>(arguments, "containers");
    Json answer = Json::object();
    for (const Json& container : containers) {
        const auto name = required<std::string>(container, "name");
        if (answer.contains(name))
            throw WrongArguments{Rule::duplicate_name, fmt::format("there are two containers {}", name),
                                 "instances of one name are instances of one container"};
        const auto recommendation =
            vpa::recommendation_of(learnt_of(container), static_cast<std::int64_t>(containers.size()));
        answer[name] = {{"target", amounts_json(recommendation.target)},
                        {"lower_bound", amounts_json(recommendation.lower_bound)},
                        {"upper_bound", amounts_json(recommendation.upper_bound)}};
    }
    return answer;
}

}  // namespace eks
