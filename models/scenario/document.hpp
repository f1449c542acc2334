// The resolved document of a scenario, ready to be read: parsed, with its places, `--set` applied and the eksctl file
// laid under the cluster's own keys. Internal to models/scenario.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/scenario/scenario.hpp"
#include "models/scenario/timeline.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace eks {

class Document {
  public:
    Document() : reading_{origins_, diagnostics_} {}
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    // False if nothing can be read from the text at all; complaints are in the diagnostics either way.
    bool read(std::string_view text, const LoadOptions& options);

    JsonValue& root() { return root_; }
    const JsonValue& root() const { return root_; }
    Reading& reading() { return reading_; }
    // LoadOptions::changes, parsed.
    std::vector<OutsideChange> changes();

  private:
    Origins origins_;
    Diagnostics diagnostics_;
    Reading reading_;
    JsonValue root_;
    std::vector<std::pair<sim::Duration, JsonValue>> changes_;
};

// Complains about a `matrix` that is no map of lists, or whose paths lead nowhere.
void check_matrix(Document& document);
// The same for `variants`: names and paths.
void check_variants(Document& document);

}  // namespace eks
