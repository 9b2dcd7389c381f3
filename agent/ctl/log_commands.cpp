// tail, maintail: the end of a log, or the log as it grows (contract supervisor.md 6.2, 3.7, 4.10).
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "config/python_text.hpp"
#include "ctl/command.hpp"
#include "ctl/log_request.hpp"
#include "ctl/names.hpp"
#include "http/uri.hpp"

namespace holdfast::ctl {
namespace {

extern "C" void end_following(int) {
  // Ctrl-C is the way out, not an error: a line end for the shell's prompt, then the end.
  (void)!::write(STDOUT_FILENO, "\n", 1);
  ::_exit(exit_status::ok);
}

void follow(Session& session, const std::string& path, const std::string& path_for_people) {
  session.console().say("==> Press Ctrl-C to exit <==");
  session.console().stream("");
  struct sigaction action {};
  action.sa_handler = end_following;
  ::sigaction(SIGINT, &action, nullptr);
  const auto failure =
      session.follow(path, [&session](std::string_view piece) { session.console().stream(piece); });
  const std::string url = session.url() + path_for_people;
  if (!failure || failure->kind == Failure::Kind::closed) {
    return;  // the daemon has ended: so has its log
  }
  if (failure->kind == Failure::Kind::http_status) {
    session.console().complain(url + " Cannot read, status code " + std::to_string(failure->code));
    return;  // with status 0, as supervisorctl
  }
  const std::string text = python_text(*failure);
  const std::size_t comma = text.find(", ");
  session.console().complain(url + " Cannot connect, error: " + text.substr(0, comma) + " (" +
                             text.substr(comma + 2) + ")");
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
  if (request.follow) {
    return follow(session,
                  "/logtail/" + http::percent_encode(request.name, http::Slash::keep) + "/" + request.channel,
                  "/logtail/" + request.name + "/" + request.channel);
  }
  const std::string method =
      request.channel == "stdout" ? "supervisor.readProcessStdoutLog" : "supervisor.readProcessStderrLog";
  show_log(session, session.call(method, {request.name, -request.bytes, 0}), request.name);
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
    return follow(session, "/mainlogtail", "/mainlogtail");
  }
  show_log(session, session.call("supervisor.readLog", {-request.bytes, 0}), kMainLogName);
}

}  // namespace holdfast::ctl
