// session.hpp: what a command works with: the server, the console, the exit status it leaves, and the three
// things that all commands do alike: asking whether the server is up, showing a failure that the command does
// not expect, and asking a person yes or no. One session per run. The exit statuses are those of contract
// supervisor.md 6.1.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include "ctl/console.hpp"
#include "ctl/server.hpp"

namespace holdfast::ctl {

namespace exit_status {
inline constexpr int ok = 0;
inline constexpr int generic = 1;
inline constexpr int invalid_arguments = 2;
inline constexpr int unimplemented = 3;
inline constexpr int insufficient_privileges = 4;
inline constexpr int not_installed = 5;
inline constexpr int not_running = 7;
// Of `status` alone:
inline constexpr int status_not_running = 3;
inline constexpr int status_unknown = 4;
}  // namespace exit_status

class Session {
 public:
  using MakeServer = std::function<std::unique_ptr<Server>(const std::string& url)>;

  /// `interactive`: shutdown and reload ask on `answers` before they act (-i).
  Session(std::string url, MakeServer make_server, Console& console, std::istream& answers, bool interactive);

  [[nodiscard]] Console& console() { return console_; }
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] bool interactive() const { return interactive_; }
  [[nodiscard]] int status() const { return status_; }
  void set_status(int status) { status_ = status; }
  /// Another server from now on (`open`).
  void open(const std::string& url);

  Reply call(const std::string& method, const Server::Params& params = {},
             Patience patience = Patience::question) {
    return server_->call(method, params, patience);
  }
  std::optional<Failure> follow(const std::string& path, const Server::Sink& sink) {
    return server_->follow(path, sink);
  }

  /// Whether a server of the right version answers. down: it does not, and that is said with its status;
  /// broken: something else is wrong, and that is said as an unexpected failure.
  enum class Up { up, down, broken };
  Up up_check();

  /// An error line as supervisorctl shows an exception that nothing caught; status 1.
  void unexpected(const Failure& failure, std::source_location place = std::source_location::current());
  void unexpected(const std::string& python_text,
                  std::source_location place = std::source_location::current());

  /// For our own commands: the failure in words on standard error, with a fitting status.
  void refused(const Failure& failure);

  /// The status that a process's fault leaves: none for `ignored` and success.
  void set_status_of_fault(int code, int ignored);

  /// true: go on. false: the person said no, or there was nobody to ask (which is said).
  bool confirm(const std::string& question);

 private:
  std::string url_;
  MakeServer make_server_;
  Console& console_;
  std::istream& answers_;
  bool interactive_;
  std::unique_ptr<Server> server_;
  int status_ = exit_status::ok;
};

}  // namespace holdfast::ctl
