// standard_output_as.hpp: another descriptor as this process's standard output for a while. Only for tests.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "base/unique_fd.hpp"

namespace holdfast::storage {

class StandardOutputAs {
 public:
  explicit StandardOutputAs(UniqueFd other) : kept_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) {
    std::fflush(stdout);
    ::dup2(other.get(), STDOUT_FILENO);
  }
  StandardOutputAs(const StandardOutputAs&) = delete;
  StandardOutputAs& operator=(const StandardOutputAs&) = delete;
  ~StandardOutputAs() { ::dup2(kept_.get(), STDOUT_FILENO); }

 private:
  UniqueFd kept_;
};

}  // namespace holdfast::storage
