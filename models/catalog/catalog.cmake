# Compiles the data files of the catalogue into the library: a generated source that holds their text, made again only
# when one of them changes. Sets EKSSIM_GENERATED_SOURCES for whoever builds the library.
set(EKSSIM_CATALOG_SOURCE "${CMAKE_CURRENT_BINARY_DIR}/generated/catalog_data.cpp")
set(EKSSIM_CATALOG_FOLDER "${CMAKE_CURRENT_LIST_DIR}")
add_custom_command(
    OUTPUT "${EKSSIM_CATALOG_SOURCE}"
    COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${EKSSIM_CATALOG_FOLDER}/data" "-DOUTPUT=${EKSSIM_CATALOG_SOURCE}"
            -P "${EKSSIM_CATALOG_FOLDER}/embed.cmake"
    DEPENDS "${EKSSIM_CATALOG_FOLDER}/data/instance_types.tsv" "${EKSSIM_CATALOG_FOLDER}/data/prices.tsv"
            "${EKSSIM_CATALOG_FOLDER}/embed.cmake"
    COMMENT "Embedding the instance-type catalogue"
    VERBATIM)
list(APPEND EKSSIM_GENERATED_SOURCES "${EKSSIM_CATALOG_SOURCE}")
