// key_file.hpp: makes a new cluster key file: 32 random bytes of the kernel as one line of hexadecimal digits
// below two lines of comment, mode 0600, on disk before it is reported. What is at the path already stays as
// it is. The agent reads it (agent/transport/cluster_key.hpp has the format). Blocking.
#pragma once

#include <string>

#include "base/result.hpp"

namespace holdfast::ctl {

Status make_key_file(const std::string& path);

}  // namespace holdfast::ctl
