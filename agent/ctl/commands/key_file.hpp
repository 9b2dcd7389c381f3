// key_file.hpp: makes and changes cluster key files: 32 random bytes of the kernel as one line of hexadecimal digits
// below two lines of comment; two such lines while the key is being changed, the one to be used first. Mode 0600, on disk
// before it is reported; a change keeps the owner and replaces the file as a whole. The agent reads it
// (agent/transport/cluster_key.hpp has the format). Blocking.
#pragma once

#include <string>

#include "base/result.hpp"

namespace holdfast::ctl {

/// What is at the path already stays as it is.
Status make_key_file(const std::string& path);
/// The key of `new_path` becomes the first in `path`, whose key stays valid. Both must hold one key, and not the same.
Status add_key(const std::string& path, const std::string& new_path);
/// The second key of `path` goes.
Status drop_former_key(const std::string& path);

}  // namespace holdfast::ctl
