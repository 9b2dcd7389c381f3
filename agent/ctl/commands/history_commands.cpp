// history, why: what happened and why, newest first, from the asked node's history.
#include "base/clock.hpp"
#include "ctl/commands/own_commands.hpp"
#include "ctl/commands/parsed_command.hpp"
#include "ctl/format/history_text.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/time_text.hpp"

namespace holdfast::ctl {
namespace {

void show(Session& session, const Reply& reply) {
  if (!reply) {
    return session.show_failure(reply.failure());
  }
  if (items_of(reply.value()).empty()) {
    session.console().print_error("nothing is known about that");  // not on standard output: the answer is empty
  }
  for (const wire::Value& line : items_of(reply.value())) {
    session.console().print(history_line(line));
  }
  session.console().print_document(reply.value());
}

}  // namespace

void run_history(Session& session, const HistoryArguments& arguments) {
  WallTime since{};
  if (!arguments.since.empty()) {
    const auto time = parse_since(arguments.since, wall_now());
    if (!time) {
      return show_unusable_words(session, Error{"history: --since: " + time.error().message});
    }
    since = time.value();
  }
  show(session, session.call("holdfast.getHistory", {arguments.name, since.seconds(), arguments.limit}));
}

void run_why(Session& session, const HistoryArguments& arguments) {
  show(session, session.call("holdfast.why", {arguments.name, arguments.limit}));
}

}  // namespace holdfast::ctl
