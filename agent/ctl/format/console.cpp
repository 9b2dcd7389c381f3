#include "ctl/format/console.hpp"

#include "wire/json_value.hpp"

namespace holdfast::ctl {

void Console::print(std::string_view line) {
  if (!json()) {
    out_ << line << '\n';
  }
}

void Console::print_message(std::string_view line) {
  (json() ? err_ : out_) << line << '\n';
}

void Console::print_error(std::string_view line) {
  err_ << line << '\n';
}

void Console::print_document(const wire::Value& value) {
  if (json()) {
    out_ << wire::indented_json(value) << '\n';
  }
}

void Console::write(std::string_view bytes) {
  out_ << bytes << std::flush;
}

}  // namespace holdfast::ctl
