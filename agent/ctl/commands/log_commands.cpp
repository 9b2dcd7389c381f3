// tail, maintail: the end of a log, or the log as it grows (contract supervisor.md 6.2, 3.7, 4.10).
#include "ctl/commands/log_request.hpp"
#include "ctl/commands/run_command.hpp"
#include "ctl/commands/supervisor_commands.hpp"
#include "ctl/shell/interrupt_watch.hpp"
#include "http/uri.hpp"

namespace holdfast::ctl {
namespace {

void follow(Session& session, const Target& target, const std::string& path, const std::string& path_for_people) {
  session.console().print("==> Press Ctrl-C to exit <==");
  session.console().write("");
  const InterruptWatch interrupt;
  const auto sink = [&session](std::string_view piece) { session.console().write(piece); };
  const auto failure = session.connect(target)->follow(path, sink, interrupt.fd());
  if (interrupt.happened()) {
    session.console().write("\n");            // Ctrl-C is the way out, not an error
  } else if (failure && !is_end(*failure)) {  // at its end: the daemon has ended, and its log
    session.console().print_error(follow_failure_text(session.url_of(target) + path_for_people, *failure));
  }  // with status 0, as supervisorctl
}

/// Prints what a log method gave. `name` is the log's in error lines.
void show_log(Session& session, const Reply& reply, const std::string& name) {
  if (reply) {
    const std::string* text = reply.value().as_string();
    session.console().print(text == nullptr ? std::string_view() : std::string_view(*text));
    session.console().print_document(reply.value());
    return;
  }
  const Failure& failure = reply.failure();
  session.set_status(exit_status::generic);
  if (is_fault(failure, Fault::no_file)) {
    session.console().print_message(name + ": ERROR (no log file)");
  } else if (is_fault(failure, Fault::failed)) {
    session.console().print_message(name + ": ERROR (unknown error reading log)");
  } else if (is_fault(failure, Fault::bad_name) && name != kMainLogName) {
    session.console().print_message(name + ": ERROR (no such process name)");
  } else {
    session.show_unexpected(failure);
  }
}

void show_wrong_request(Session& session, const LogRequestError& error, std::string_view command) {
  session.console().print_message(error.text);
  session.set_status(exit_status::generic);
  if (error.with_help) {
    show_help(session, command);
  }
}

}  // namespace

void run_tail(Session& session, const Arguments& arguments) {
  const auto parsed = parse_tail(arguments.words);
  if (const auto* error = std::get_if<LogRequestError>(&parsed)) {
    return show_wrong_request(session, *error, "tail");
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
  const Reply reply = session.call_at(*target, method, {target->name, -request.bytes, 0}, Patience::question);
  show_log(session, reply, request.name);
}

void run_maintail(Session& session, const Arguments& arguments) {
  const auto parsed = parse_maintail(arguments.words);
  if (const auto* error = std::get_if<LogRequestError>(&parsed)) {
    return show_wrong_request(session, *error, "maintail");
  }
  const auto& request = std::get<LogRequest>(parsed);
  if (request.follow) {
    return follow(session, {}, "/mainlogtail", "/mainlogtail");
  }
  show_log(session, session.call("supervisor.readLog", {-request.bytes, 0}), kMainLogName);
}

}  // namespace holdfast::ctl
