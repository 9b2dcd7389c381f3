#include "ctl/shell/shell.hpp"

#include <signal.h>
#include <unistd.h>

namespace holdfast::ctl {
namespace {

/// Ctrl-C while a command waits for the server ends the shell, as it does at the prompt. Nothing is lost: output is
/// flushed before each command, and the history is written line by line.
extern "C" void end_shell(int) {
  (void)!::write(STDOUT_FILENO, "\n", 1);
  ::_exit(exit_status::ok);
}

}  // namespace

void run_shell(Session& session, const std::string& prompt,
               const std::function<void(const std::string& line)>& run_line) {
  struct sigaction action {};
  action.sa_handler = end_shell;
  ::sigaction(SIGINT, &action, nullptr);
  const auto run = [&](const std::string& line) {
    const Format before = session.console().format();
    run_line(line);
    session.console().set_format(before);  // -o holds for its own line
    session.console().write("");           // flushed before the next prompt
  };
  run("status");
  while (!session.end_requested()) {
    const LineReader::Answer answer = session.read_line(prompt);
    if (answer.outcome == LineReader::Outcome::interrupted) {
      return session.console().print_message("");
    }
    run(answer.outcome == LineReader::Outcome::end ? "EOF" : answer.text);
  }
}

}  // namespace holdfast::ctl
