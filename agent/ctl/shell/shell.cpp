#include "ctl/shell/shell.hpp"

#include <signal.h>
#include <unistd.h>

#include "ctl/commands/command.hpp"

namespace holdfast::ctl {
namespace {

/// Ctrl-C while a command waits for the server: as at the prompt. All that was said is flushed before each
/// command, and the history is written line by line.
extern "C" void end_shell(int) {
  (void)!::write(STDOUT_FILENO, "\n", 1);
  ::_exit(exit_status::ok);
}

void run_line(Session& session, const std::string& line) {
  const Format before = session.console().format();
  run_command_line(session, {line});
  session.console().set_format(before);  // -o holds for its own line
  session.console().stream("");
}

}  // namespace

void run_shell(Session& session, const std::string& prompt, const std::function<void()>& after_command) {
  struct sigaction action {};
  action.sa_handler = end_shell;
  ::sigaction(SIGINT, &action, nullptr);
  run_line(session, "status");
  while (!session.left()) {
    const LineReader::Answer answer = session.read_line(prompt);
    if (answer.outcome == LineReader::Outcome::interrupted) {
      session.console().problem("");
      return;
    }
    run_line(session, answer.outcome == LineReader::Outcome::end ? "EOF" : answer.text);
    after_command();
  }
}

}  // namespace holdfast::ctl
