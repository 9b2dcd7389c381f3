// session.hpp: what a command works with: the server, the console, the person's lines, the exit status it
// leaves, and what all commands do alike: asking whether the server is up, showing a failure that the command
// does not expect, asking a person yes or no, or for name and password. One session per run, in which a shell
// runs many commands. The exit statuses are those of contract supervisor.md 6.1.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/ctl_settings.hpp"
#include "ctl/format/console.hpp"
#include "ctl/shell/line_reader.hpp"
#include "ctl/client/server.hpp"

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

/// A name and the node whose it is.
struct Target {
  std::string node;  // empty: the server that is asked anyway
  std::string name;
  /// As a person writes it: NODE/name.
  [[nodiscard]] std::string shown(const std::string& text) const {
    return node.empty() ? text : node + "/" + text;
  }
};

class Session {
 public:
  using MakeServer = std::function<std::unique_ptr<Server>(const Access& access)>;

  /// `interactive`: shutdown and reload ask before they act (-i), and who is refused is asked for a name and
  /// a password. `input` outlives this.
  Session(Access access, MakeServer make_server, Console& console, LineReader& input, bool interactive);

  [[nodiscard]] Console& console() { return console_; }
  [[nodiscard]] const std::string& url() const { return access_.url; }
  [[nodiscard]] bool interactive() const { return interactive_; }
  [[nodiscard]] int status() const { return status_; }
  void set_status(int status) { status_ = status; }
  /// Plugins of supervisorctl whose commands are not here: named when a command is unknown.
  [[nodiscard]] const std::vector<config::ForeignPlugin>& foreign_plugins() const { return foreign_plugins_; }
  void set_foreign_plugins(std::vector<config::ForeignPlugin> plugins) {
    foreign_plugins_ = std::move(plugins);
  }
  /// The shell is to end after this command.
  [[nodiscard]] bool left() const { return left_; }
  void leave() { left_ = true; }
  /// Another server from now on (`open`).
  void open(const std::string& url);
  /// Whose `name` is: NODE/name is asked of that node itself, found through the cluster, under the same name
  /// and password (a program's name holds no slash). nullopt: it cannot be asked, which was said of `name`,
  /// with status 1. Where there is no cluster everything is the server's.
  std::optional<Target> target_of(const std::string& name);
  /// Of a target that target_of() gave.
  Reply call_at(const Target& target, const std::string& method, const Server::Params& params,
                Patience patience);
  /// A further connection to a target's server, for a thread of its own, or for a log that is followed.
  [[nodiscard]] std::unique_ptr<Server> connect(const Target& target) const;
  [[nodiscard]] const std::string& url_of(const Target& target) const;

  Reply call(const std::string& method, const Server::Params& params = {},
             Patience patience = Patience::question);
  /// As call(), but a person is never asked for a password: for what is only a help.
  Reply ask_quietly(const std::string& method) { return server_->call(method, {}, Patience::glance); }

  /// Whether a server of the right version answers. down: it does not, and that is said with its status;
  /// broken: something else is wrong, and that is said as an unexpected failure.
  enum class Up { up, down, broken };
  Up up_check();

  /// An error line as supervisorctl shows an exception that nothing caught; status 1.
  void unexpected(const Failure& failure);
  void unexpected(const std::string& python_text);

  /// For our own commands: the failure in words on standard error, with a fitting status.
  void refused(const Failure& failure);

  /// The status that a process's fault leaves: none for `ignored` and success.
  void set_status_of_fault(int code, int ignored);

  /// true: go on. false: the person said no, or there was nobody to ask (which is said).
  bool confirm(const std::string& question);
  /// A line of the person (or pipe) that uses this session.
  LineReader::Answer read_line(const std::string& prompt) { return input_.read(prompt); }
  LineReader::Answer read_plainly() { return input_.read_plainly(); }

 private:
  struct Node {
    Access access;
    std::unique_ptr<Server> server;
  };

  /// The failure if `name` is no node that answers; else it is in nodes_.
  std::optional<Failure> find_node(const std::string& name);
  /// Asks for a name and a password and uses them from now on; the failure when nobody gives them.
  std::optional<Failure> log_in();

  Access access_;
  MakeServer make_server_;
  Console& console_;
  LineReader& input_;
  bool interactive_;
  bool left_ = false;
  std::vector<config::ForeignPlugin> foreign_plugins_;
  std::unique_ptr<Server> server_;
  std::map<std::string, Node> nodes_;  // by the name that was used
  int status_ = exit_status::ok;
};

}  // namespace holdfast::ctl
