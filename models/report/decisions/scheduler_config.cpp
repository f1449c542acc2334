#include "models/report/decisions/scheduler_config.hpp"

#include "models/scenario/kubernetes/scheduler_configuration.hpp"

namespace eks::decisions {

plain::Profile profile_of(const Json& config) {
    if (config.is_null()) return plain::default_profile();
    Origins origins;
    Diagnostics diagnostics;
    JsonValue value;
    parse_json(config.dump(), origins.add_document(), origins, diagnostics, value);
    Reading reading{origins, diagnostics};
    const std::vector<plain::Profile> profiles =
        read_scheduler_configuration(Reader(value, reading, "config")).profiles;
    if (diagnostics.error_count() > 0) {
        const Complaint first = diagnostics.errors().front();
        throw WrongArguments{first.rule, first.message, first.hint};
    }
    if (profiles.size() > 1)
        throw WrongArguments{Rule::not_one_of, "the configuration has several profiles", "give it one"};
    return profiles.empty() ? plain::default_profile() : profiles.front();
}

}  // namespace eks::decisions
