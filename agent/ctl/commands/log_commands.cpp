// tail, maintail: the end of a log, or the log as it grows (contract supervisor.md 6.2, 3.7, 4.10).
#include "ctl/commands/command.hpp"
#include "ctl/shell/interrupt_watch.hpp"
#include "ctl/commands/log_request.hpp"
#include "ctl/format/names.hpp"
#include "http/uri.hpp"

namespace holdfast::ctl {
namespace {

void follow(Session& session, const Target& target, const std::string& path,
            const std::string& path_for_people) {
  session.console().say("==> Press Ctrl-C to exit <==");
  session.console().stream("");
  const InterruptWatch interrupt;
  const auto sink = [&session](std::string_view piece) { session.console().stream(piece); };
  const auto failure = session.connect(target)->follow(path, sink, interrupt.fd());
  if (interrupt.happened()) {
    session.console().stream("\n");  // Ctrl-C is the way out, not an error
  } else if (failure && !is_end(*failure)) {  // at its end: the daemon has ended, and its log
    session.console().complain(follow_failure_text(session.url_of(target) + path_for_people, *failure));
  }  // with status 0, as supervisorctl
}

/// Prints what a log method gave. `name` is the log's in error lines.
void show_log(Session& session, const Reply& reply, const std::string& name) {
  if (reply) {
    const std::string* text = reply.value().as_string();
    session.console().say(text == nullptr ? std::string_view() : std::string_view(*text));
    session.console().result(reply.value());
    return;
  }
  const Failure& failure = reply.failure();
  session.set_status(exit_status::generic);
  if (is_fault(failure, fault::no_file)) {
    session.console().problem(name + ": ERROR (no log file)");
  } else if (is_fault(failure, fault::failed)) {
    session.console().problem(name + ": ERROR (unknown error reading log)");
  } else if (is_fault(failure, fault::bad_name) && name != kMainLogName) {
    session.console().problem(name + ": ERROR (no such process name)");
  } else {
    session.unexpected(failure);
  }
}

void wrong_call(Session& session, const LogRequestError& error, std::string_view command) {
  session.console().problem(error.text);
  session.set_status(exit_status::generic);
  if (error.with_help) {
    show_help(session, command);
  }
}

}  // namespace

void run_tail(Session& session, const Arguments& arguments) {
  if (session.up_check() != Session::Up::up) {
    return;
  }
  const auto parsed = parse_tail(split_words(arguments.text));
  if (const auto* error = std::get_if<LogRequestError>(&parsed)) {
    return wrong_call(session, *error, "tail");
  }
  const auto& request = std::get<LogRequest>(parsed);
  const auto target = session.target_of(request.name);
  if (!target) {
    return;
  }
  if (request.follow) {
    const std::string encoded = http::percent_encode(target->name, http::Slash::keep);
    return follow(session, *target, "/logtail/" + encoded + "/" + request.channel,
                  "/logtail/" + target->name + "/" + request.channel);
  }
  const std::string method =
      request.channel == "stdout" ? "supervisor.readProcessStdoutLog" : "supervisor.readProcessStderrLog";
  const Reply reply =
      session.call_at(*target, method, {target->name, -request.bytes, 0}, Patience::question);
  show_log(session, reply, request.name);
}

void run_maintail(Session& session, const Arguments& arguments) {
  if (session.up_check() != Session::Up::up) {
    return;
  }
  const auto parsed = parse_maintail(split_words(arguments.text));
  if (const auto* error = std::get_if<LogRequestError>(&parsed)) {
    return wrong_call(session, *error, "maintail");
  }
  const auto& request = std::get<LogRequest>(parsed);
  if (request.follow) {
    return follow(session, {}, "/mainlogtail", "/mainlogtail");
  }
  show_log(session, session.call("supervisor.readLog", {-request.bytes, 0}), kMainLogName);
}

}  // namespace holdfast::ctl
