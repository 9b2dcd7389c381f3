// holdfastctl: one command, then the end, with the command's exit status; without a command the shell, with 0.
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "config/command_line.hpp"
#include "config/posix_host.hpp"
#include "ctl/command_line.hpp"
#include "ctl/commands/completion.hpp"
#include "ctl/commands/run_command.hpp"
#include "ctl/shell/edited_line_reader.hpp"
#include "ctl/shell/shell.hpp"

namespace {

using namespace holdfast;  // NOLINT: this file is the composition root

std::unique_ptr<ctl::Server> make_server(const ctl::Access& access) {
  return std::make_unique<ctl::HttpServer>(access);
}

int finish(int status) {
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "holdfastctl: standard output cannot be written\n";
    return ctl::exit_status::generic;
  }
  return status;
}

ctl::Access access_of(const ctl::CtlOptions& options) {
  return {options.server_url, options.username, options.password};
}

int run_one(const ctl::CtlOptions& options) {
  ctl::Console console(std::cout, std::cerr, options.format);
  ctl::PlainLineReader input(STDIN_FILENO, console.json() ? std::cerr : std::cout);
  ctl::Session session(access_of(options), make_server, console, input, options.interactive);
  session.set_foreign_plugins(options.foreign_plugins);
  ctl::run_command_line(session, options.words);
  return finish(session.status());
}

/// With editing at a terminal; without where lines come from a pipe or go to one.
int run_shell(const ctl::CtlOptions& options) {
  ctl::Console console(std::cout, std::cerr, options.format);
  ctl::Completer* names = nullptr;
  std::unique_ptr<ctl::LineReader> input;
  if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) {
    const auto complete = [&names](std::string_view line) { return names->complete(line); };
    input = std::make_unique<ctl::EditedLineReader>(stdout, ctl::LineHistory(options.history_file), complete);
  } else {
    input = std::make_unique<ctl::PlainLineReader>(STDIN_FILENO, console.json() ? std::cerr : std::cout);
  }
  ctl::Session session(access_of(options), make_server, console, *input, options.interactive);
  session.set_foreign_plugins(options.foreign_plugins);
  ctl::Completer completer(session);
  names = &completer;
  ctl::run_shell(session, options.prompt + "> ", [&](const std::string& line) {
    ctl::run_command_line(session, {line});
    completer.forget();
  });
  return finish(ctl::exit_status::ok);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string argv0 = argc > 0 ? argv[0] : "holdfastctl";
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  std::ios::sync_with_stdio(false);
  const config::PosixHost host;
  const auto options = ctl::read_options(arguments, argv0, host);
  if (!options) {
    std::cerr << config::usage_error(options.error(), argv0);
    return ctl::exit_status::invalid_arguments;
  }
  if (options.value().help) {
    std::cout << ctl::usage_text(argv0);
    return ctl::exit_status::ok;
  }
  return options.value().words.empty() ? run_shell(options.value()) : run_one(options.value());
}
