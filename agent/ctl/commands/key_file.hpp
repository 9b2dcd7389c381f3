// key_file.hpp: makes and changes cluster key files: 32 random bytes of the kernel as one line of hexadecimal digits
// below two lines of comment; two such lines while the key is being changed, the one to be used first. The file has
// mode 0600 and is on disk before a call returns; a change keeps the owner and replaces the file as a whole, or leaves
// it as it is. Never overwrites a file that it did not read. Called by keys_command.cpp; the agent reads the file
// (transport/cluster_key.hpp has the format). Blocking.
#pragma once

#include <string>

#include "base/result.hpp"

namespace holdfast::ctl {

/// Makes a file with a new key; fails where the path exists.
Status make_key_file(const std::string& path);
/// Puts the key of `new_path` before the one of `path`, which stays valid. Both must hold one key, and not the same.
Status add_key(const std::string& path, const std::string& new_path);
/// Removes the second key of `path`.
Status drop_former_key(const std::string& path);

}  // namespace holdfast::ctl
