// keys new, add, drop: the file with the key that the nodes of a cluster share; they need no server. keys reload: the
// agent that is asked reads its file anew (DESIGN section 6).
#include "ctl/commands/command.hpp"
#include "ctl/commands/key_file.hpp"
#include "ctl/commands/verb_arguments.hpp"

namespace holdfast::ctl {
namespace {

void tell_of_file(Session& session, const std::string& file, const Status& done, const std::string& what) {
  if (!done) {
    session.console().complain(done.error().message);
    return session.set_status(exit_status::generic);
  }
  session.console().say(file + ": " + what);
  session.console().result(wire::Struct{{"file", file}});
}

void reload_keys(Session& session) {
  const Reply reply = session.call("holdfast.reloadKeys", {}, Patience::action);
  if (!reply) {
    return session.refused(reply.failure());
  }
  const auto* count = reply.value().as_int();
  session.console().say(count != nullptr && *count == 2
                            ? "cluster key: read anew; the first is used, the former still accepted"
                            : "cluster key: read anew; one key is valid");
  session.console().result(reply.value());
}

}  // namespace

void run_keys(Session& session, const Arguments& arguments) {
  const auto parsed = parse_keys(arguments.words);
  if (!parsed) {
    session.console().complain(parsed.error().message);
    session.set_status(exit_status::invalid_arguments);
    return;
  }
  const KeysArguments& asked = parsed.value();
  session.console().set_format(asked.format.value_or(session.console().format()));
  switch (asked.verb) {
    case KeysArguments::Verb::make:
      return tell_of_file(session, asked.file, make_key_file(asked.file),
                          "new cluster key; copy it to every node and name it in [cluster] key_file=");
    case KeysArguments::Verb::add:
      return tell_of_file(session, asked.file, add_key(asked.file, asked.new_file),
                          "the new key stands first, the former stays valid; now: keys reload");
    case KeysArguments::Verb::drop:
      return tell_of_file(session, asked.file, drop_former_key(asked.file),
                          "the former key is gone; now: keys reload");
    case KeysArguments::Verb::reload:
      return reload_keys(session);
  }
}

}  // namespace holdfast::ctl
