// session.hpp: what every command works with: the connection to the server and to other nodes of its cluster, the
// console, the lines that a person types, the exit status that the command leaves; and what all commands do alike: show
// a failure that they do not expect, ask a person yes or no, or for a name and a password. One session per process, in
// which the shell runs many commands. Knows no command. Single-threaded; blocks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fault.hpp"
#include "config/ctl_settings.hpp"
#include "ctl/client/server.hpp"
#include "ctl/exit_status.hpp"
#include "ctl/format/console.hpp"
#include "ctl/shell/line_reader.hpp"

namespace holdfast::ctl {

/// A name and the node that it belongs to.
struct Target {
  std::string node;  // empty: the session's own server
  std::string name;
  /// `text` as a person writes it of this node: NODE/text.
  [[nodiscard]] std::string with_node(const std::string& text) const { return node.empty() ? text : node + "/" + text; }
};

class Session {
 public:
  using MakeServer = std::function<std::unique_ptr<Server>(const Access& access)>;

  /// `interactive`: shutdown and reload ask before they act (-i), and a person whom the server refuses is asked for a
  /// name and a password. `console` and `input` outlive this.
  Session(Access access, MakeServer make_server, Console& console, LineReader& input, bool interactive);

  [[nodiscard]] Console& console() { return console_; }
  [[nodiscard]] const std::string& url() const { return access_.url; }
  [[nodiscard]] bool interactive() const { return interactive_; }
  [[nodiscard]] int status() const { return status_; }
  void set_status(int status) { status_ = status; }
  /// Plugins of supervisorctl whose commands holdfastctl does not have: named when a command is unknown.
  [[nodiscard]] const std::vector<config::ForeignPlugin>& foreign_plugins() const { return foreign_plugins_; }
  void set_foreign_plugins(std::vector<config::ForeignPlugin> plugins) { foreign_plugins_ = std::move(plugins); }
  /// Whether the shell is to end after this command.
  [[nodiscard]] bool end_requested() const { return end_requested_; }
  void request_end() { end_requested_ = true; }
  /// Uses another server from now on.
  void open(const std::string& url);
  /// The node that `name` belongs to. NODE/name belongs to that node, which is found through the cluster and asked
  /// itself, under the same user name and password (a program's name holds no slash); everything else belongs to the
  /// server, and so does NODE/name where there is no cluster. nullopt: the node cannot be asked, which was printed,
  /// with status 1.
  std::optional<Target> target_of(const std::string& name);
  /// Calls a method of the target's server; `target` is from target_of().
  Reply call_at(const Target& target, const std::string& method, const Server::Params& params, Patience patience);
  /// A further connection to a target's server, for a thread of its own, or for a log that is followed.
  [[nodiscard]] std::unique_ptr<Server> connect(const Target& target) const;
  [[nodiscard]] const std::string& url_of(const Target& target) const;

  Reply call(const std::string& method, const Server::Params& params = {}, Patience patience = Patience::question);
  /// As call(), but nobody is ever asked for a password: for help and completion, which do without an answer.
  Reply call_without_login(const std::string& method) { return server_->call(method, {}, Patience::glance); }

  /// An error line as supervisorctl shows an exception that nothing caught; status 1.
  void show_unexpected(const Failure& failure);
  void show_unexpected(const std::string& python_text);

  /// Prints, behind `prefix`, that nobody listens at the server's address, with supervisorctl's status for that. false:
  /// the failure is another one, and nothing was printed.
  bool show_unreachable(const std::string& prefix, const Failure& failure);

  /// For our own commands: the failure in plain words on standard error, with a fitting status.
  void show_failure(const Failure& failure);

  /// Sets the status that supervisorctl has for a process's fault; `ignored` and success change nothing.
  void set_status_of_fault(int code, std::optional<Fault> ignored);

  /// Asks a person. false: the answer is no, or there is nobody to ask (which is printed).
  bool confirm(const std::string& question);
  /// A line of the person, or the pipe, that uses this session.
  LineReader::Answer read_line(const std::string& prompt) { return input_.read(prompt); }
  LineReader::Answer read_unedited() { return input_.read_unedited(); }

 private:
  struct Node {
    Access access;
    std::unique_ptr<Server> server;
  };

  /// Puts the node into nodes_; the failure when there is no such node, or it does not answer.
  std::optional<Failure> find_node(const std::string& name);
  /// Asks for a user name and a password, to be used from now on; the failure when nobody gives them.
  std::optional<Failure> log_in();

  Access access_;
  MakeServer make_server_;
  Console& console_;
  LineReader& input_;
  bool interactive_;
  bool end_requested_ = false;
  std::vector<config::ForeignPlugin> foreign_plugins_;
  std::unique_ptr<Server> server_;
  std::map<std::string, Node> nodes_;  // by the name that a person used for it
  int status_ = exit_status::ok;
};

}  // namespace holdfast::ctl
