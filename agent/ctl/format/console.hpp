// console.hpp: where a command's words go. In text mode supervisorctl's commands write everything, errors
// too, to standard output (contract supervisor.md 6.1). In JSON mode standard output holds one document, the
// command's result, and errors go to standard error. Our own commands always put errors on standard error.
// Knows no command and no server.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

enum class Format { text, json };

class Console {
 public:
  Console(std::ostream& out, std::ostream& err, Format format) : out_(out), err_(err), format_(format) {}

  [[nodiscard]] bool json() const { return format_ == Format::json; }
  [[nodiscard]] Format format() const { return format_; }
  void set_format(Format format) { format_ = format; }

  /// A line of the result: text mode only.
  void say(std::string_view line);
  /// A line that supervisorctl writes to standard output although it is an error.
  void problem(std::string_view line);
  /// An error of ours.
  void complain(std::string_view line);
  /// The result as a document: JSON mode only.
  void result(const wire::Value& value);
  /// Bytes at once, for a log that is followed.
  void stream(std::string_view bytes);

 private:
  std::ostream& out_;
  std::ostream& err_;
  Format format_;
};

}  // namespace holdfast::ctl
