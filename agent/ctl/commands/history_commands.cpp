// history, why: what happened and why, newest first, from the asked node's history.
#include "base/clock.hpp"
#include "ctl/commands/command.hpp"
#include "ctl/format/history_text.hpp"
#include "ctl/format/names.hpp"
#include "ctl/format/time_text.hpp"
#include "ctl/commands/verb_arguments.hpp"

namespace holdfast::ctl {
namespace {

void wrong_call(Session& session, const Error& error) {
  session.console().complain(error.message);
  session.set_status(exit_status::invalid_arguments);
}

void show(Session& session, const Reply& reply) {
  if (!reply) {
    return session.refused(reply.failure());
  }
  if (items_of(reply.value()).empty()) {
    session.console().complain("nothing is known about that");  // not on standard output: the answer is empty
  }
  for (const wire::Value& line : items_of(reply.value())) {
    session.console().say(history_line(line));
  }
  session.console().result(reply.value());
}

}  // namespace

void run_history(Session& session, const Arguments& arguments) {
  const auto parsed = parse_history(arguments.words);
  if (!parsed) {
    return wrong_call(session, parsed.error());
  }
  const HistoryArguments& wanted = parsed.value();
  session.console().set_format(wanted.format.value_or(session.console().format()));
  WallTime since{};
  if (!wanted.since.empty()) {
    const auto time = parse_since(wanted.since, wall_now());
    if (!time) {
      return wrong_call(session, Error{"history: --since: " + time.error().message});
    }
    since = time.value();
  }
  show(session, session.call("holdfast.getHistory", {wanted.name, since.seconds(), wanted.limit}));
}

void run_why(Session& session, const Arguments& arguments) {
  const auto parsed = parse_why(arguments.words);
  if (!parsed) {
    return wrong_call(session, parsed.error());
  }
  session.console().set_format(parsed.value().format.value_or(session.console().format()));
  show(session, session.call("holdfast.why", {parsed.value().name, parsed.value().limit}));
}

}  // namespace holdfast::ctl
