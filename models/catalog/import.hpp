// Makes a piece of catalogue out of what the user's own AWS account says:
//
//     aws ec2 describe-instance-types > types.json
//     auto imported = eks::import_describe_instance_types(text_of("types.json"));
//     if (!imported) report(imported.error());                       // all complaints at once
//     save(eks::to_json(imported->fragment));                        // read back with catalog_fragment_from_json
//     eks::Catalog catalog = eks::Catalog::builtin().merge(imported->fragment);
//
// This is how types younger than the library, or limits that AWS has raised, come in. AWS's answer has no prices and no
// branch interfaces; Catalog::merge takes those from the built-in type of the same name, where there is one.
#pragma once

#include "libsim/result.hpp"
#include "models/catalog/catalog.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eks {

// What is wrong with an imported text, and where: a line and column where the text is no JSON, else the path of the
// value.
struct CatalogComplaint {
    int line = 0;      // from 1; 0 where only the path is known
    int column = 0;    // from 1
    std::string path;  // "InstanceTypes[3].MemoryInfo.SizeInMiB (m5.large)"
    std::string message;
    friend bool operator==(const CatalogComplaint&, const CatalogComplaint&) = default;
};

// "line 3, column 7: ..." or "InstanceTypes[3].MemoryInfo (m5.large): ...".
std::string to_text(const CatalogComplaint& complaint);

struct ImportedTypes {
    CatalogFragment fragment;                // sorted by name
    std::vector<CatalogComplaint> warnings;  // what was read but may surprise: a type that occurs twice
};

using CatalogComplaints = std::vector<CatalogComplaint>;

// Reads the output of `aws ec2 describe-instance-types` in JSON: one document {"InstanceTypes": [...]}, several of them
// one after the other (pages), a bare list of types, or single types. Members that the models do not use are passed
// over. Empty input, text that is no JSON and types without the members the models cannot do without are complained
// about.
sim::Result<ImportedTypes, CatalogComplaints> import_describe_instance_types(std::string_view text);

// The fragment as a JSON document of our own form, one type a line.
std::string to_json(const CatalogFragment& fragment);

// Reads what to_json has written, or somebody by hand in the same form: members that are not known are complained
// about.
sim::Result<CatalogFragment, CatalogComplaints> catalog_fragment_from_json(std::string_view text);

}  // namespace eks
