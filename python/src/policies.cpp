#include "python/src/policies.hpp"

#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <utility>

namespace py = pybind11;

namespace ekssim {

namespace {

py::tuple tuple_of(const eks::PolicyView& view) {
    py::list metrics;
    for (const eks::PolicyMetric& m : view.metrics)
        metrics.append(py::make_tuple(m.name, m.kind, m.value, m.target, m.wants));
    return py::make_tuple(view.now_seconds, view.replicas, view.existing, view.ready, view.least, view.most, metrics);
}

// The last copy of a run may go on a thread that has no lock.
std::shared_ptr<const py::object> shared(py::object callable) {
    return {new py::object(std::move(callable)), [](const py::object* held) {
                const py::gil_scoped_acquire lock;
                delete held;
            }};
}

eks::PolicyFunction function_of(py::object callable) {
    return [held = shared(std::move(callable))](const eks::PolicyView& view, std::string_view state) {
        const py::gil_scoped_acquire lock;
        try {
            const py::tuple answer = (*held)(py::bytes(state.data(), state.size()), tuple_of(view));
            return eks::PolicyAnswer{answer[0].cast<std::int64_t>(), answer[1].cast<std::string>()};
        } catch (const py::error_already_set& error) {
            // Of the error only its text leaves the lock.
            throw eks::PolicyFailed(error.what());
        }
    };
}

}  // namespace

std::vector<eks::NamedPolicy> policies_from(const py::list& list) {
    std::vector<eks::NamedPolicy> policies;
    for (const py::handle one : list) {
        const auto parts = py::reinterpret_borrow<py::tuple>(one);
        eks::NamedPolicy named{parts[0].cast<std::string>(), {}};
        named.policy.state = parts[1].cast<std::string>();
        named.policy.decide =
            std::make_shared<const eks::PolicyFunction>(function_of(py::reinterpret_borrow<py::object>(parts[2])));
        policies.push_back(std::move(named));
    }
    return policies;
}

}  // namespace ekssim
