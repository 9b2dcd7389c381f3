// exit_text.hpp: how the end of a child is worded (contract supervisor.md 2.8). Pure; used by Process and by whoever
// tells of ends.
#pragma once

#include <string>

namespace holdfast::supervision {

/// `exit status 3`, `terminated by SIGSEGV (core dumped)`, and the status: -1 for a signal (contract 2.8).
struct ExitText {
  int status = 0;
  std::string text;
  bool known = true;
};
ExitText decode_wait_status(int wait_status);

}  // namespace holdfast::supervision
