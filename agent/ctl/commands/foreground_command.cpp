// fg: a program's output here, and what is typed here to its standard input, until Ctrl-C or the input's end
// (contract supervisor.md 6.2). Both logs are followed by a thread each, on a connection of its own; only
// they write while the person's line is awaited.
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/unique_fd.hpp"
#include "ctl/client/process_state.hpp"
#include "ctl/commands/run_command.hpp"
#include "ctl/commands/supervisor_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/shell/interrupt_watch.hpp"
#include "http/uri.hpp"

namespace holdfast::ctl {
namespace {

/// Both logs of a program as they grow, on the console, until end().
class Followers {
 public:
  Followers(Session& session, const Target& target)
      : session_(session), end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    threads_ = {start(target, "stdout"), start(target, "stderr")};
  }
  ~Followers() { end(); }
  Followers(const Followers&) = delete;
  Followers& operator=(const Followers&) = delete;

  /// Afterwards nothing more is written.
  void end() {
    const std::uint64_t one = 1;
    (void)!::write(end_.get(), &one, sizeof one);
    for (std::thread& thread : threads_) {
      if (thread.joinable()) {
        thread.join();
      }
    }
  }

 private:
  std::thread start(const Target& target, const std::string& channel) {
    const std::string path = "/logtail/" + http::percent_encode(target.name, http::Slash::keep) + "/" + channel;
    const std::string url = session_.url_of(target) + "/logtail/" + target.name + "/" + channel;
    return std::thread([this, path, url, server = std::shared_ptr<Server>(session_.connect(target))] {
      const auto sink = [this](std::string_view piece) {
        const std::lock_guard lock(console_);
        session_.console().write(piece);
      };
      const auto failure = server->follow(path, sink, end_.get());
      if (failure && !is_end(*failure)) {
        const std::lock_guard lock(console_);
        session_.console().print_error(follow_failure_text(url, *failure));
      }
    });
  }

  Session& session_;
  UniqueFd end_;
  std::mutex console_;
  std::array<std::thread, 2> threads_;
};

/// Hands one line over; the words for the person when that, or the program, is at its end.
std::optional<std::string> hand_over(Session& session, const Target& target, const std::string& line) {
  const Reply sent =
      session.call_at(target, "supervisor.sendProcessStdin", {target.name, line + "\n"}, Patience::question);
  if (!sent) {
    return is_fault(sent.failure(), Fault::not_running)  ? "Process got killed"
           : sent.failure().kind == Failure::Kind::fault ? "ERROR: " + fault_text(sent.failure())
                                                         : "ERROR: " + plain_text(sent.failure(), session.url());
  }
  const Reply info = session.call_at(target, "supervisor.getProcessInfo", {target.name}, Patience::question);
  if (!info || int_member(info.value(), "state") != process_state::running) {
    return "Process got killed";
  }
  return std::nullopt;
}

void stay_in_foreground(Session& session, const Target& target) {
  session.console().print_message("==> Press Ctrl-C to exit <==");
  session.console().write("");
  const InterruptWatch interrupt;  // also while a line is handed over
  Followers followers(session, target);
  std::optional<std::string> last_words;
  while (!interrupt.happened()) {
    const LineReader::Answer line = session.read_unedited();
    if (line.outcome != LineReader::Outcome::line) {
      break;
    }
    last_words = hand_over(session, target, line.text);
    if (last_words) {
      break;
    }
  }
  followers.end();
  if (last_words) {
    session.console().print_message(*last_words);
  }
  session.console().print_message("Exiting foreground");
}

}  // namespace

void run_fg(Session& session, const Arguments& arguments) {
  const auto wrong = [&session](const std::string& text) {
    session.console().print_message("ERROR: " + text);
    session.set_status(exit_status::generic);
  };
  const std::vector<std::string>& names = arguments.words;
  if (names.empty()) {
    wrong("no process name supplied");
    return show_help(session, "fg");
  }
  if (names.size() > 1) {
    return wrong("too many process names supplied");
  }
  const auto target = session.target_of(names.front());
  if (!target) {
    return;
  }
  const Reply info = session.call_at(*target, "supervisor.getProcessInfo", {target->name}, Patience::question);
  if (!info && info.failure().kind != Failure::Kind::fault) {
    return session.show_unexpected(info.failure());
  }
  if (!info && info.failure().code != code_of(Fault::bad_name)) {
    return session.console().print_message("ERROR: " + fault_text(info.failure()));  // with status 0
  }
  if (!info) {
    return wrong("bad process name supplied");
  }
  if (int_member(info.value(), "state") != process_state::running) {
    return wrong("process not running");
  }
  stay_in_foreground(session, *target);
}

}  // namespace holdfast::ctl
