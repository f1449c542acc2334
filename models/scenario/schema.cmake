# Compiles the scenario's JSON Schema into the library, so that `eks::scenario_schema()` returns what the repository holds.
# Adds to EKSSIM_GENERATED_SOURCES for whoever builds the library.
set(EKSSIM_SCHEMA_FILE "${CMAKE_CURRENT_LIST_DIR}/schema/scenario.schema.json")
set(EKSSIM_SCHEMA_SOURCE "${CMAKE_CURRENT_BINARY_DIR}/generated/scenario_schema.cpp")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${EKSSIM_SCHEMA_FILE}")
file(READ "${EKSSIM_SCHEMA_FILE}" EKSSIM_SCHEMA_TEXT)
file(CONFIGURE OUTPUT "${EKSSIM_SCHEMA_SOURCE}" @ONLY CONTENT [=[
// Made from models/scenario/schema/scenario.schema.json; change that file.
#include "models/scenario/scenario.hpp"

namespace eks {
std::string_view scenario_schema() {
    return R"schema(@EKSSIM_SCHEMA_TEXT@)schema";
}
}  // namespace eks
]=])
list(APPEND EKSSIM_GENERATED_SOURCES "${EKSSIM_SCHEMA_SOURCE}")
