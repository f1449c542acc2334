#include "models/scenario/kubernetes/probes.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace eks {

namespace {

constexpr std::int64_t largest_int32 = std::numeric_limits<std::int32_t>::max();

// KUBELET-39. The API server takes 0 as "not set".
std::int64_t or_default(std::optional<std::int64_t> stated, std::int64_t fallback) {
    return stated.value_or(0) == 0 ? fallback : *stated;
}

Probe read_probe(const Reader& container, std::string_view key) {
    Probe probe;
    const auto at = container.member(key);
    if (!at || !at->expect_map()) return probe;
    probe.is_set = true;
    probe.initial_delay = sim::Duration::seconds(at->integer("initialDelaySeconds", 0, largest_int32).value_or(0));
    probe.period = sim::Duration::seconds(or_default(at->integer("periodSeconds", 0, largest_int32), 10));
    probe.timeout = sim::Duration::seconds(or_default(at->integer("timeoutSeconds", 0, largest_int32), 1));
    probe.failure_threshold =
        static_cast<std::int32_t>(or_default(at->integer("failureThreshold", 0, largest_int32), 3));
    return probe;
}

// The seconds of "sleep 15", whatever stands before it.
std::optional<std::int64_t> slept_by(std::string_view command) {
    const std::size_t at = command.rfind("sleep ");
    if (at == std::string_view::npos) return std::nullopt;
    std::int64_t seconds = 0;
    const char* const begin = command.data() + at + 6;
    const auto read = std::from_chars(begin, command.data() + command.size(), seconds);
    return read.ec == std::errc{} && seconds >= 0 && seconds <= largest_int32 ? std::optional(seconds) : std::nullopt;
}

}  // namespace

void read_probes(const Reader& container, ContainerSpec& spec) {
    spec.liveness = read_probe(container, "livenessProbe");
    spec.startup = read_probe(container, "startupProbe");
}

// Nearly every hook there is sleeps, so that endpoints are gone before the process is. What any other command takes is
// not known and counts as nothing.
void read_pre_stop(const Reader& container, ContainerSpec& spec) {
    const auto lifecycle = container.member("lifecycle");
    const auto hook = lifecycle && lifecycle->is_map() ? lifecycle->member("preStop") : std::nullopt;
    if (!hook || !hook->is_map()) return;
    if (const auto sleep = hook->member("sleep"); sleep && sleep->is_map()) {
        if (const auto seconds = sleep->integer("seconds", 0, largest_int32))
            spec.pre_stop = sim::Duration::seconds(*seconds);
        return;
    }
    const auto exec = hook->member("exec");
    const auto command = exec && exec->is_map() ? exec->member("command") : std::nullopt;
    if (!command || !command->is_list()) return;
    std::string line;
    for (const Reader& word : command->items()) {
        if (!word.is_text()) return;
        line += line.empty() ? "" : " ";
        line += word.value().text;
    }
    if (const auto seconds = slept_by(line)) {
        command->mark_used();
        spec.pre_stop = sim::Duration::seconds(*seconds);
    }
}

}  // namespace eks
