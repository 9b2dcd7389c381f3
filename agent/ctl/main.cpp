// holdfastctl: one command, then the end. The exit status is the command's.
#include <iostream>

#include "config/command_line.hpp"
#include "config/posix_host.hpp"
#include "ctl/command.hpp"
#include "ctl/command_line.hpp"

namespace {

using namespace holdfast;  // NOLINT: this file is the composition root

int run(const ctl::CtlOptions& options) {
  ctl::Console console(std::cout, std::cerr, options.format);
  const auto make_server = [&options](const std::string& url) {
    return std::make_unique<ctl::HttpServer>(url, options.username, options.password);
  };
  ctl::Session session(options.server_url, make_server, console, std::cin, options.interactive);
  ctl::run_command_line(session, options.words);
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "holdfastctl: standard output cannot be written\n";
    return ctl::exit_status::generic;
  }
  return session.status();
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
  if (options.value().words.empty()) {
    std::cerr << "Error: no command given, and this version has no interactive shell\n\n"
              << ctl::usage_text(argv0);
    return ctl::exit_status::invalid_arguments;
  }
  return run(options.value());
}
