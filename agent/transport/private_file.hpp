// private_file.hpp: reads and writes small files that hold a secret. Reading refuses whatever others could
// have read or written; writing makes a whole, synced file of mode 0600 that did not exist before, or
// nothing. Blocking; called at start only, by cluster_key.cpp and curve_keys.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace holdfast::transport {

/// The content of `path` (at most `size_max` bytes). `what` names it in messages ("cluster key"). Error code:
/// errno of open, or 0. The caller wipes the content.
Result<std::string> read_private_file(const std::string& path, std::size_t size_max, std::string_view what);

/// Makes `path` with `content`. Error code EEXIST if there is such a file already; it stays as it is.
Status write_private_file(const std::string& path, std::string_view content, std::string_view what);

/// Overwrites the text's memory.
void wipe(std::string& secret);

}  // namespace holdfast::transport
