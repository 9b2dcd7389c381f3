// console.hpp: where the output of a command goes. In text mode supervisorctl's commands print everything, error lines
// too, to standard output (contract supervisor.md 6.1). In JSON mode standard output holds one document, the command's
// result, and every line goes to standard error. Error lines of our own commands always go to standard error. Knows no
// command and no server; every command prints by it.
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

  /// A line of the result: in text mode only.
  void print(std::string_view line);
  /// A line that is no result but goes where supervisorctl prints it: its error lines, questions and help.
  void print_message(std::string_view line);
  /// An error line of our own.
  void print_error(std::string_view line);
  /// The result as a document: in JSON mode only.
  void print_document(const wire::Value& value);
  /// Bytes of a log that is followed, without delay.
  void write(std::string_view bytes);

 private:
  std::ostream& out_;
  std::ostream& err_;
  Format format_;
};

}  // namespace holdfast::ctl
