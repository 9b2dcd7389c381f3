// source_location.hpp: where in a file something was declared, for messages to people. Made by who reads a file; part
// of what was read. Plain values.
#pragma once

#include <string>

namespace holdfast {

/// `line` counts from 1; 0 = made, not read.
struct SourceLocation {
  std::string file;
  int line = 0;
};

/// `file:line`.
inline std::string text_of(const SourceLocation& location) {
  return location.file + ":" + std::to_string(location.line);
}

}  // namespace holdfast
