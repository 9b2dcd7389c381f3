#include "supervision/exit_text.hpp"

#include <string_view>

#include "supervision/signal_names.hpp"

namespace holdfast::supervision {

ExitText decode_wait_status(int wait_status) {
  const auto status = static_cast<unsigned>(wait_status);
  const int signo = static_cast<int>(status & 0x7FU);
  if (signo == 0) {
    const int code = static_cast<int>((status >> 8U) & 0xFFU);
    return {code, "exit status " + std::to_string(code)};
  }
  if (signo != 0x7F) {
    const bool core_dumped = (status & 0x80U) != 0;
    return {-1, "terminated by " + signal_name(signo) + (core_dumped ? " (core dumped)" : "")};
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "unknown termination cause 0x";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) {
    text += kHex[(status >> shift) & 0xFU];
  }
  return {-1, text};
}

}  // namespace holdfast::supervision
