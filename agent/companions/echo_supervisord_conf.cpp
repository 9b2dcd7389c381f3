// echo_supervisord_conf: prints an example of a configuration file, with every key (contract supervisor.md 7, companion
// programs).
#include <cstdio>

#include "companions/example_config.hpp"

int main() {
  const std::string_view text = holdfast::companions::kExampleConfig;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return written ? 0 : 1;
}
