#include "storage/log_level.hpp"

namespace holdfast::storage {

std::string_view letters_of(Level level) {
  switch (level) {
    case Level::critical:
      return "CRIT";
    case Level::error:
      return "ERRO";
    case Level::warn:
      return "WARN";
    case Level::info:
      return "INFO";
    case Level::debug:
      return "DEBG";
    case Level::trace:
      return "TRAC";
    case Level::blather:
      return "BLAT";
  }
  return "INFO";
}

}  // namespace holdfast::storage
