// keys new FILE: makes the key that the nodes of a cluster share. Needs no server.
#include "ctl/command.hpp"
#include "ctl/key_file.hpp"
#include "ctl/verb_arguments.hpp"

namespace holdfast::ctl {

void run_keys(Session& session, const Arguments& arguments) {
  const auto parsed = parse_keys(arguments.words);
  if (!parsed) {
    session.console().complain(parsed.error().message);
    session.set_status(exit_status::invalid_arguments);
    return;
  }
  session.console().set_format(parsed.value().format.value_or(session.console().format()));
  const std::string& file = parsed.value().file;
  if (const Status made = make_key_file(file); !made) {
    session.console().complain(made.error().message);
    session.set_status(exit_status::generic);
    return;
  }
  session.console().say(file + ": new cluster key; copy it to every node and name it in [cluster] key_file=");
  session.console().result(wire::Struct{{"file", file}});
}

}  // namespace holdfast::ctl
