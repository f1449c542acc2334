// The extension module ekssim._core: a table of contents over the JSON interface of the library, and nothing else.
// Texts in and out are JSON; the interpreter lock is released while the library works.
#include "libsim/check.hpp"
#include "models/catalog/catalog.hpp"
#include "models/report/coefficients_json.hpp"
#include "models/report/decide.hpp"
#include "models/report/json_api.hpp"
#include "models/report/least_squares.hpp"
#include "models/report/openmetrics.hpp"
#include "models/report/size_json.hpp"
#include "models/scenario/scenario.hpp"
#include "models/version.hpp"
#include "python/src/arrow_stream.hpp"
#include "python/src/policies.hpp"

#include <pybind11/pybind11.h>

#include <memory>
#include <optional>
#include <string>

namespace py = pybind11;
using py::arg;
using Released = py::call_guard<py::gil_scoped_release>;

namespace {

// A Python callable as the library's progress hook: it takes the lock for as long as it is called. Any answer but False
// goes on.
eks::OnJsonProgress hook(const py::object& progress) {
    if (progress.is_none()) return {};
    return [progress](const std::string& state) {
        const py::gil_scoped_acquire lock;
        return !progress(state).is(py::bool_(false));
    };
}

std::string run(const std::string& document, const std::string& options, const py::object& progress,
                const py::list& policies) {
    const eks::OnJsonProgress on_progress = hook(progress);
    const std::vector<eks::NamedPolicy> followed = ekssim::policies_from(policies);
    const py::gil_scoped_release released;
    return eks::run_as_json(document, options, on_progress, followed);
}

std::string run_part(const std::string& document, const std::string& options, const py::object& progress,
                     const py::list& policies) {
    const eks::OnJsonProgress on_progress = hook(progress);
    const std::vector<eks::NamedPolicy> followed = ekssim::policies_from(policies);
    const py::gil_scoped_release released;
    return eks::run_part_as_json(document, options, on_progress, followed);
}

std::string explain(const std::string& document, const std::string& options, const std::string& what,
                    const py::list& policies) {
    const std::vector<eks::NamedPolicy> followed = ekssim::policies_from(policies);
    const py::gil_scoped_release released;
    return eks::explain_as_json(document, options, what, followed);
}

std::string compare(const std::string& documents, const std::string& options, const py::object& progress) {
    const eks::OnJsonProgress on_progress = hook(progress);
    const py::gil_scoped_release released;
    return eks::compare_as_json(documents, options, on_progress);
}

std::string size(const std::string& document, const std::string& options, const py::object& progress) {
    const eks::OnJsonProgress on_progress = hook(progress);
    const py::gil_scoped_release released;
    return eks::size_as_json(document, options, on_progress);
}

using Table = std::shared_ptr<const eks::ColumnTable>;

// Of plain lists, for tables that the package makes itself: each column with its kind ("text", "integer", "number",
// "truth") and its values, None where there is none.
Table table_of(const py::list& columns) {
    auto table = std::make_shared<eks::ColumnTable>();
    for (const py::handle one : columns) {
        const auto parts = py::reinterpret_borrow<py::tuple>(one);
        const auto kind = parts[1].cast<std::string>();
        using enum eks::Column::Kind;
        eks::Column column(kind == "text"      ? text
                           : kind == "integer" ? integer
                           : kind == "number"  ? number
                                               : truth,
                           parts[0].cast<std::string>());
        for (const py::handle value : py::reinterpret_borrow<py::list>(parts[2])) {
            if (value.is_none())
                column.add_null();
            else if (column.kind() == text)
                column.add(value.cast<std::string_view>());
            else if (column.kind() == integer)
                column.add(value.cast<std::int64_t>());
            else if (column.kind() == number)
                column.add(value.cast<double>());
            else
                column.add_truth(value.cast<bool>());
        }
        table->columns.push_back(std::move(column));
    }
    return table;
}

py::list names_of(const Table& table) {
    py::list names;
    for (const eks::Column& column : table->columns) names.append(column.name());
    return names;
}

// pybind11 holds tables by this, as it takes no pointer to const.
struct TableHandle {
    Table table;
};

// A run that could not be opened answers every call with the complaints; the package looks for them at once.
class Simulation {
  public:
    Simulation(const std::string& document, const std::string& options, const std::vector<eks::NamedPolicy>& policies)
        : run_(eks::JsonRun::open(document, options, complaints_, policies)) {}

    std::string until(std::int64_t us) {
        if (run_) run_->until(us);
        return complaints_;
    }
    std::string apply(const std::string& change) { return run_ ? run_->apply(change) : complaints_; }
    Simulation fork() const { return *this; }
    std::string step() { return run_ ? run_->step() : complaints_; }
    TableHandle table(const std::string& name) const {
        return {std::make_shared<const eks::ColumnTable>(run_ ? run_->table(name) : eks::ColumnTable{})};
    }
    std::string explain(const std::string& what) const { return run_ ? run_->explain(what) : complaints_; }
    std::string draw_requests(const std::string& class_name, std::int32_t count) const {
        return run_ ? run_->draw_requests(class_name, count) : complaints_;
    }
    std::string result() const { return run_ ? run_->result() : complaints_; }
    std::string fingerprint() const { return run_ ? run_->fingerprint() : std::string(); }
    std::int64_t now_us() const { return run_ ? run_->now_us() : 0; }
    const std::string& complaints() const { return complaints_; }

  private:
    std::string complaints_;
    std::optional<eks::JsonRun> run_;
};

// A run of its own that is scraped as it goes; opened as a Simulation is.
class Scraper {
  public:
    Scraper(const std::string& document, const std::string& options)
        : run_(eks::JsonRun::open(document, options, complaints_)) {
        if (run_) recorder_.emplace(run_->run().spec());
    }

    void scrape_at(std::int64_t us) {
        if (!run_) return;
        run_->until(us);
        recorder_->scrape(run_->run().spec(), run_->run().metrics(), run_->run().now());
    }
    std::string next_text() { return recorder_ ? recorder_->next_text() : std::string(); }
    std::int64_t end_us() const { return run_ ? run_->end().us() : 0; }
    std::int64_t start_unix_seconds() const { return run_ ? run_->run().spec().start_unix_seconds : 0; }
    std::uint64_t events() const { return run_ ? run_->run().events() : 0; }
    std::size_t samples() const { return recorder_ ? recorder_->samples() : 0; }
    const std::string& complaints() const { return complaints_; }

  private:
    std::string complaints_;
    std::optional<eks::JsonRun> run_;
    std::optional<eks::OpenMetricsRecorder> recorder_;
};

}  // namespace

PYBIND11_MODULE(_core, module) {
    module.doc() = "The engine of ekssim. Private: use the package ekssim.";
    py::register_exception<sim::Defect>(module, "Defect");
    py::register_exception<eks::PolicyFailed>(module, "PolicyFailed");

    module.def("version", [] { return std::string(eks::version()); });
    module.def("compiler", [] { return std::string(eks::compiler()); });
    module.def("catalogue_date", [] { return std::string(eks::Catalog::builtin_date()); });
    module.def("schema", [] { return std::string(eks::scenario_schema()); });
    module.def("load", &eks::load_as_json, arg("document"), arg("options"), Released());
    module.def("run", &run, arg("document"), arg("options"), arg("progress") = py::none(),
               arg("policies") = py::list());
    module.def("run_part", &run_part, arg("document"), arg("options"), arg("progress") = py::none(),
               arg("policies") = py::list());
    module.def("joined_parts", &eks::joined_parts_as_json, arg("document"), arg("options"), arg("parts"), Released());
    module.def("compare", &compare, arg("documents"), arg("options"), arg("progress") = py::none());
    module.def("size", &size, arg("document"), arg("options"), arg("progress") = py::none());
    module.def("variants", &eks::variants_as_json, arg("document"), arg("options"), Released());
    module.def("explain", &explain, arg("document"), arg("options"), arg("what"), arg("policies") = py::list());
    module.def("metrics", &eks::metrics_as_json);
    module.def("rules", &eks::rules_as_json);
    module.def("causes", &eks::causes_as_json);
    module.def("decide", &eks::decide_as_json, arg("call"), arg("arguments"), Released());
    module.def("datapath_coefficients", &eks::datapath_coefficients_as_json);
    module.def("least_squares", &eks::least_squares_as_json, arg("problem"), Released());
    module.def("import_instance_types", &eks::import_as_json, arg("text"), Released());

    py::class_<TableHandle>(module, "Table")
        .def(py::init([](const py::list& columns) { return TableHandle{table_of(columns)}; }), arg("columns"))
        .def("stream", [](const TableHandle& self) { return ekssim::arrow_stream(self.table); })
        .def(
            "json", [](const TableHandle& self) { return eks::to_json(*self.table); }, Released())
        .def_property_readonly("names", [](const TableHandle& self) { return names_of(self.table); })
        .def_property_readonly("rows", [](const TableHandle& self) { return self.table->rows(); });

    py::class_<Simulation>(module, "Simulation")
        .def(py::init([](const std::string& document, const std::string& options, const py::list& policies) {
                 const std::vector<eks::NamedPolicy> followed = ekssim::policies_from(policies);
                 const py::gil_scoped_release released;
                 return std::make_unique<Simulation>(document, options, followed);
             }),
             arg("document"), arg("options"), arg("policies") = py::list())
        .def("step", &Simulation::step, Released())
        .def("explain", &Simulation::explain, arg("what"), Released())
        .def("until", &Simulation::until, arg("us"), Released())
        .def("apply", &Simulation::apply, arg("change"), Released())
        .def("fork", &Simulation::fork, Released())
        .def("table", &Simulation::table, arg("name"), Released())
        .def("draw_requests", &Simulation::draw_requests, arg("class_name"), arg("count"), Released())
        .def("result", &Simulation::result, Released())
        .def_property_readonly("fingerprint", &Simulation::fingerprint)
        .def_property_readonly("now_us", &Simulation::now_us)
        .def_property_readonly("complaints", &Simulation::complaints);

    py::class_<Scraper>(module, "Scraper")
        .def(py::init<const std::string&, const std::string&>(), arg("document"), arg("options"), Released())
        .def("scrape_at", &Scraper::scrape_at, arg("us"), Released())
        .def("next_text", &Scraper::next_text, Released())
        .def_property_readonly("end_us", &Scraper::end_us)
        .def_property_readonly("start_unix_seconds", &Scraper::start_unix_seconds)
        .def_property_readonly("events", &Scraper::events)
        .def_property_readonly("samples", &Scraper::samples)
        .def_property_readonly("complaints", &Scraper::complaints);
}
