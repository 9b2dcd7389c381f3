// keys new, add, drop: the file with the key that the nodes of a cluster share; they need no server. keys reload: the
// agent that is asked reads its file anew.
#include "ctl/commands/key_file.hpp"
#include "ctl/commands/own_commands.hpp"

namespace holdfast::ctl {
namespace {

void print_file_result(Session& session, const std::string& file, const Status& done, const std::string& what) {
  if (!done) {
    session.console().print_error(done.error().message);
    return session.set_status(exit_status::generic);
  }
  session.console().print(file + ": " + what);
  session.console().print_document(wire::Struct{{"file", file}});
}

void reload_keys(Session& session) {
  const Reply reply = session.call("holdfast.reloadKeys", {}, Patience::action);
  if (!reply) {
    return session.show_failure(reply.failure());
  }
  const auto* count = reply.value().as_int();
  session.console().print(count != nullptr && *count == 2
                              ? "cluster key: read anew; the first is used, the former still accepted"
                              : "cluster key: read anew; one key is valid");
  session.console().print_document(reply.value());
}

}  // namespace

void run_keys(Session& session, const KeysArguments& arguments) {
  switch (arguments.verb) {
    case KeysArguments::Verb::make:
      return print_file_result(session, arguments.file, make_key_file(arguments.file),
                               "new cluster key; copy it to every node and name it in [cluster] key_file=");
    case KeysArguments::Verb::add:
      return print_file_result(session, arguments.file, add_key(arguments.file, arguments.new_file),
                               "the new key stands first, the former stays valid; now: keys reload");
    case KeysArguments::Verb::drop:
      return print_file_result(session, arguments.file, drop_former_key(arguments.file),
                               "the former key is gone; now: keys reload");
    case KeysArguments::Verb::reload:
      return reload_keys(session);
  }
}

}  // namespace holdfast::ctl
