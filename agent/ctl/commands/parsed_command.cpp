#include "ctl/commands/parsed_command.hpp"

#include "ctl/format/text_layout.hpp"

namespace holdfast::ctl {

void show_unusable_words(Session& session, const Error& error) {
  session.console().print_error(error.message);
  session.set_status(exit_status::invalid_arguments);
}

void show_own_fault(Session& session, const Failure& failure) {
  if (failure.kind != Failure::Kind::fault || failure.code == code_of(Fault::unknown_method)) {
    return session.show_failure(failure);
  }
  session.console().print_message("ERROR (" + one_line(failure.text) + ")");
  session.set_status(exit_status::generic);
}

}  // namespace holdfast::ctl
