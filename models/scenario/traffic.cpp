#include "models/scenario/traffic.hpp"

#include "models/scenario/connections.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/rate.hpp"

#include <Eigen/LU>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/graph/topological_sort.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

namespace {

constexpr std::string_view service_prefix = "Service/";
constexpr std::string_view queue_prefix = "Queue/";
constexpr std::string_view from_outside = "outside";
constexpr std::int64_t retries_max = 10;
constexpr std::int64_t messages_at_once_max = 10'000;

class TrafficReader {
  public:
    explicit TrafficReader(ScenarioBuilder& builder) : builder_(builder), traffic_(builder.spec.traffic) {}

    void read(const Reader& entry) {
        if (!entry.expect_map()) return;
        entry.refuse_unknown_members(keys::traffic);
        const auto to_at = entry.required("to");
        const auto to = to_at ? to_at->text() : std::nullopt;
        if (!to) return;
        if (to->starts_with(queue_prefix)) return read_queue(entry, to->substr(queue_prefix.size()));
        TrafficClass traffic;
        traffic.to = targets(*to_at, *to, traffic.service);
        if (traffic.to.empty()) return;
        const std::string from = entry.text("from").value_or(std::string(from_outside));
        traffic.name = fmt::format("{} -> {}", from, *to);
        for (const std::string_view key : {"work", "workers", "atOnce"}) refuse(entry, key, "a queue");
        if (from == from_outside) {
            for (const std::string_view key : {"perRequest", "through"})
                refuse(entry, key, "requests of another workload");
            const auto rate_at = entry.required("rate");
            auto law = rate_at ? read_rate_law(*rate_at) : std::nullopt;
            if (!law) return;
            traffic.rate = std::move(*law);
            traffic.balancer = balancer_before(*to);
        } else {
            refuse(entry, "rate", "requests from outside");
            const auto callers = builder_.workloads_named_by(*entry.member("from"));
            const auto factor_at = entry.required("perRequest");
            const auto factor = factor_at ? factor_at->number(0.0, 1e6) : std::nullopt;
            if (callers.empty() || !factor) return;
            traffic.per_request = *factor;
            read_cost(entry.member("request"), traffic.request);
            read_idle(entry, traffic.to);
            traffic.connections = read_connections(entry, builder_);
            read_way(entry, *to, traffic);
            for (const WorkloadIx caller : callers) {
                traffic.from = caller;
                find_proxies(entry, traffic, builder_);
                traffic_.classes.push_back(traffic);
                places_.push_back(entry);
            }
            return;
        }
        read_cost(entry.member("request"), traffic.request);
        read_idle(entry, traffic.to);
        traffic.connections = read_connections(entry, builder_);
        find_proxies(entry, traffic, builder_);
        traffic_.classes.push_back(std::move(traffic));
        places_.push_back(entry);
    }

    void finish() {
        for (const TrafficClass& traffic : traffic_.classes) {
            for (const WorkloadIx to : traffic.to) serve(to);
            if (traffic.from.valid()) serve(traffic.from);
        }
        for (const MessageQueue& queue : traffic_.queues)
            if (queue.workers.valid()) serve(queue.workers);
        order_servers();
        if (traffic_.has_circles) refuse_growing_circles();
        for (std::uint32_t i = 0; i < traffic_.servers.size(); ++i) use_follows(traffic_.servers[i], i);
        list_cores();
    }

  private:
    static void refuse(const Reader& entry, std::string_view key, std::string_view what) {
        if (entry.has(key))
            entry.complain_at_key(key, Rule::contradictory_fields,
                                  fmt::format("{} has {}, which only {} have", entry.title(), key, what));
    }

    // The workloads behind what is asked, and the Service whose address it is, if it has one. Consul, by which Nomad's
    // tasks find each other, tells the addresses of the tasks themselves.
    std::vector<WorkloadIx> targets(const Reader& at, const std::string& to, std::int32_t& asked) {
        if (!to.starts_with(service_prefix)) return builder_.workloads_named_by(at);
        const std::string_view name = std::string_view(to).substr(service_prefix.size());
        const std::vector<Service>& services = builder_.spec.services;
        const auto full_name = [](const Service& service) { return service.namespace_name + "/" + service.name; };
        const auto found = std::ranges::find(services, name, full_name);
        if (found == services.end()) {
            std::vector<std::string> names;
            for (const Service& service : services) names.push_back(std::string(service_prefix) + full_name(service));
            const std::vector<std::string_view> known(names.begin(), names.end());
            at.complain(
                Rule::matches_nothing, fmt::format("{} is {}, which is not among the manifests", at.title(), to),
                known.empty() ? "name the workload itself, as in Deployment/shop/web" : did_you_mean(to, known));
            return {};
        }
        if (found->to.empty())
            at.complain(Rule::matches_nothing,
                        fmt::format("{}: the selector of {} selects no workload", at.title(), to));
        if (!builder_.spec.nomad.runs && !builder_.headless_services.contains(name))
            asked = static_cast<std::int32_t>(found - services.begin());
        return found->to;
    }

    // Pods that ask a Service by its load balancer, as they do by a name that is meant for everybody.
    void read_way(const Reader& entry, const std::string& to, TrafficClass& traffic) const {
        const auto at = entry.member("through");
        if (!at || !at->one_of({"load-balancer"})) return;
        traffic.balancer = traffic.service >= 0 ? balancer_before(to) : -1;
        if (traffic.balancer < 0)
            at->complain(Rule::matches_nothing, fmt::format("{}: no load balancer leads to {}", at->title(), to),
                         "ask a Service of type LoadBalancer, or one behind an Ingress");
    }

    // The load balancer by which requests from outside come to a Service; -1: none is known.
    std::int32_t balancer_before(const std::string& to) const {
        const std::vector<LoadBalancer>& balancers = builder_.spec.load_balancers;
        for (std::size_t i = 0; i < balancers.size(); ++i) {
            for (const std::uint32_t s : balancers[i].services) {
                const Service& service = builder_.spec.services[s];
                if (to == std::string(service_prefix) + service.namespace_name + "/" + service.name)
                    return static_cast<std::int32_t>(i);
            }
        }
        return -1;
    }

    static void read_cost(const std::optional<Reader>& at, RequestCost& cost) {
        if (!at || !at->expect_map()) return;
        at->refuse_unknown_members(keys::request);
        if (const auto cpu = at->duration("cpu")) cost.cpu = *cpu;
        if (const auto memory = at->member("memory"))
            cost.memory =
                std::min<std::int64_t>(memory->quantity(QuantityUnit::whole).value_or(0), limits::usage_memory_bytes);
        for (const auto& [key, bytes] :
             {std::pair("bytesIn", &cost.bytes_in), std::pair("bytesOut", &cost.bytes_out)}) {
            const auto amount = at->member(key);
            if (amount)
                *bytes = std::min<std::int64_t>(amount->quantity(QuantityUnit::whole).value_or(0),
                                                limits::usage_memory_bytes);
        }
        cost.retries = static_cast<std::int32_t>(at->integer("retries", 0, retries_max).value_or(0));
    }

    void read_idle(const Reader& entry, const std::vector<WorkloadIx>& to) {
        const auto at = entry.member("idle");
        if (!at || !at->expect_map()) return;
        at->refuse_unknown_members(keys::idle);
        for (const WorkloadIx workload : to) {
            const auto [known, is_first] = idle_.try_emplace(workload.value);
            TrafficServer& idle = known->second;
            const TrafficServer before = idle;
            if (const auto cpu = at->member("cpu")) {
                idle.idle_cpu =
                    std::min<std::int64_t>(cpu->quantity(QuantityUnit::milli).value_or(0), limits::usage_cpu_milli);
            }
            if (const auto memory = at->member("memory")) {
                idle.idle_memory = std::min<std::int64_t>(memory->quantity(QuantityUnit::whole).value_or(0),
                                                          limits::usage_memory_bytes);
            }
            if (is_first || idle == before) continue;
            at->complain(
                Rule::contradictory_fields,
                fmt::format("two entries say different things of an idle pod of {}", builder_.title_of(workload)),
                "say it once");
        }
    }

    void read_queue(const Reader& entry, std::string name) {
        MessageQueue queue;
        queue.name = std::move(name);
        for (const std::string_view key : {"connections", "layer7", "proxy"}) refuse(entry, key, "requests");
        if (std::ranges::find(traffic_.queues, queue.name, &MessageQueue::name) != traffic_.queues.end()) {
            entry.complain(Rule::duplicate_name, fmt::format("there are two entries for the queue {}", queue.name));
            return;
        }
        if (entry.text("from").value_or(std::string(from_outside)) != from_outside) {
            entry.complain_at_key("from", Rule::not_yet_modelled,
                                  fmt::format("{}: messages come from outside", entry.title()), "leave `from` out");
            return;
        }
        refuse(entry, "perRequest", "requests of another workload");
        const auto rate_at = entry.required("rate");
        auto law = rate_at ? read_rate_law(*rate_at) : std::nullopt;
        const auto work_at = entry.required("work");
        const auto work = work_at ? work_at->distribution() : std::nullopt;
        if (!law || !work) return;
        queue.rate = std::move(*law);
        queue.work = work->mean();
        read_cost(entry.member("request"), queue.message);
        if (const auto workers_at = entry.member("workers")) {
            const auto workers = builder_.workloads_named_by(*workers_at);
            if (workers.size() > 1)
                workers_at->complain(Rule::contradictory_fields,
                                     fmt::format("{} names several workloads; a queue has one", workers_at->title()));
            if (workers.size() != 1) return;
            queue.workers = workers.front();
            read_idle(entry, workers);
        }
        queue.at_once = static_cast<std::int32_t>(entry.integer("atOnce", 1, messages_at_once_max).value_or(1));
        traffic_.queues.push_back(std::move(queue));
    }

    void serve(WorkloadIx workload) {
        if (std::ranges::find(traffic_.servers, workload, &TrafficServer::workload) != traffic_.servers.end()) return;
        TrafficServer server;
        if (const auto idle = idle_.find(workload.value); idle != idle_.end()) server = idle->second;
        server.workload = workload;
        std::int32_t cores = 0;
        for (const NodeShape& shape : builder_.spec.shapes)
            cores = cores == 0 ? shape.vcpus : std::min(cores, shape.vcpus);
        server.node_cores = std::max(cores, 1);
        if (std::ranges::any_of(builder_.spec.template_of(workload).containers,
                                [](const ContainerSpec& container) { return container.limits.cpu_milli == 0; }))
            ++without_limit_;
        traffic_.servers.push_back(server);
    }

    // Callers first. Where calls go in circles there is no such order, and the run goes round them until they settle.
    void order_servers() {
        using CallGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
        std::map<std::uint32_t, std::size_t> place;
        for (std::size_t i = 0; i < traffic_.servers.size(); ++i) place[traffic_.servers[i].workload.value] = i;
        CallGraph calls(traffic_.servers.size());
        for (const TrafficClass& traffic : traffic_.classes) {
            if (!traffic.from.valid()) continue;
            for (const WorkloadIx to : traffic.to) boost::add_edge(place[traffic.from.value], place[to.value], calls);
        }
        std::vector<std::size_t> order;  // those who are called first
        try {
            boost::topological_sort(calls, std::back_inserter(order));
        } catch (const boost::not_a_dag&) {
            traffic_.has_circles = true;
            return;
        }
        std::vector<TrafficServer> sorted;
        for (auto at = order.rbegin(); at != order.rend(); ++at) sorted.push_back(traffic_.servers[*at]);
        traffic_.servers = std::move(sorted);
    }

    // Where each request makes one or more of its own kind there is no end to them: the matrix of calls must have a
    // largest eigenvalue below 1, which is to say that (1 - P) has an inverse without negative entries.
    void refuse_growing_circles() {
        const auto n = static_cast<Eigen::Index>(traffic_.servers.size());
        const auto place = [&](WorkloadIx workload) {
            return std::ranges::find(traffic_.servers, workload, &TrafficServer::workload) - traffic_.servers.begin();
        };
        Eigen::MatrixXd rest = Eigen::MatrixXd::Identity(n, n);
        const Reader* first = nullptr;
        for (std::size_t k = 0; k < traffic_.classes.size(); ++k) {
            const TrafficClass& traffic = traffic_.classes[k];
            if (!traffic.from.valid()) continue;
            if (first == nullptr) first = &places_[k];
            for (const WorkloadIx to : traffic.to)
                rest(place(to), place(traffic.from)) -= traffic.per_request;  // at worst all of them go there
        }
        const Eigen::FullPivLU<Eigen::MatrixXd> solved(rest);
        constexpr double rounding = -1e-9;
        if (solved.isInvertible() && solved.inverse().minCoeff() > rounding) return;
        first->complain(Rule::contradictory_fields,
                        "the calls of `traffic` go in a circle in which each request makes one or more of its own kind",
                        "lower `perRequest` somewhere in the circle");
    }

    // What the pods use follows from what they are asked.
    void use_follows(const TrafficServer& server, std::uint32_t place) {
        PodTemplate& pod = builder_.spec.templates[builder_.spec[server.workload].pod_template.value];
        if (pod.usage.valid()) {
            builder_.object_of(server.workload)
                .complain(Rule::contradictory_fields,
                          fmt::format("{} has `usage` under `behaviour` and gets `traffic` as well",
                                      builder_.title_of(server.workload)),
                          "keep one of them; `idle` of a traffic entry says what a pod uses that nobody asks");
            return;
        }
        const auto is_its = [&](const TrafficClass& traffic) {
            return std::ranges::find(traffic.to, server.workload) != traffic.to.end() && traffic.request.memory > 0;
        };
        const auto works = [&](const MessageQueue& queue) {
            return queue.workers == server.workload && queue.message.memory > 0;
        };
        Usage usage;
        usage.follows_traffic = true;
        usage.server = place;
        usage.states_cpu = true;
        usage.states_memory = server.idle_memory > 0 || std::ranges::any_of(traffic_.classes, is_its) ||
                              std::ranges::any_of(traffic_.queues, works);
        usage.points.push_back({sim::Duration::zero(), server.idle_cpu, server.idle_memory});
        pod.usage = UsageIx::of(builder_.spec.usages.size());
        builder_.spec.usages.push_back(std::move(usage));
    }

    void list_cores() {
        if (without_limit_ == 0) return;
        builder_.assume(fmt::format("cores of a pod, of {} workloads with traffic and no CPU limit", without_limit_),
                        "those of the smallest node", "a guess: nothing else on the node wants them");
    }

    ScenarioBuilder& builder_;
    Traffic& traffic_;
    std::vector<Reader> places_;  // of the classes
    std::map<std::uint32_t, TrafficServer> idle_;
    std::int32_t without_limit_ = 0;
};

}  // namespace

void read_traffic(const std::optional<Reader>& traffic, ScenarioBuilder& builder) {
    if (!traffic) return;
    TrafficReader reader(builder);
    for (const Reader& entry : traffic->items()) reader.read(entry);
    if (!builder.reading.diagnostics.has_errors()) reader.finish();
    builder.list_ignored("traffic", traffic->value());
}

}  // namespace eks
