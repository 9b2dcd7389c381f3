// cluster_files.hpp: names of files in the values of [cluster] and of Supvisors' section: patterns to paths, what is
// said of those that match nothing or too much. Looks at the machine through the Host only. Inside config only: called
// by both readers.
#pragma once

#include <string>
#include <vector>

#include "config/read_context.hpp"

namespace holdfast::config {

/// The files that the blank-separated patterns match: sorted, absolute, each once (contract CFG-P6). `base`: the folder
/// of relative ones; `what`: the option, for messages.
std::vector<std::string> find_files(ReadContext& context, const std::string& text, const std::string& base,
                                    const std::string& what);

/// The first of them, or ""; several are one too many (CFG-02).
std::string first_file(ReadContext& context, const std::string& text, const std::string& base, const std::string& what);

/// Absolute; the file need not be there yet (contract CFG-20).
std::string disabilities_path(ReadContext& context, const std::string& text, const std::string& base);

}  // namespace holdfast::config
