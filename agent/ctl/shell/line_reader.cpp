#include "ctl/shell/line_reader.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/limits.hpp"
#include "base/unique_fd.hpp"
#include "ctl/shell/interrupt_watch.hpp"

namespace holdfast::ctl {
namespace {

/// The next line of `fd`; `rest` keeps the bytes that were read beyond it.
LineReader::Answer next_line(int fd, std::string& rest) {
  const InterruptWatch interrupt;
  for (;;) {
    if (const std::size_t end = rest.find('\n'); end != std::string::npos) {
      std::string line = rest.substr(0, end);
      rest.erase(0, end + 1);
      return {LineReader::Outcome::line, std::move(line)};
    }
    if (interrupt.wait_for(fd)) {
      return {LineReader::Outcome::interrupted, {}};
    }
    char buffer[4096];
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (got <= 0 || rest.size() > limits::ctl_input_line_bytes_max) {
      if (rest.empty()) {
        return {LineReader::Outcome::end, ::isatty(fd) == 1 ? "" : "EOF when reading a line"};
      }
      return {LineReader::Outcome::line, std::exchange(rest, {})};
    }
    rest.append(buffer, static_cast<std::size_t>(got));
  }
}

/// Nothing that is typed is shown while one of these lives.
class NoEcho {
 public:
  explicit NoEcho(int fd) : fd_(fd), known_(::tcgetattr(fd, &before_) == 0) {
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (known_) {
      ::tcsetattr(fd_, TCSAFLUSH, &silent);
    }
  }
  ~NoEcho() {
    if (known_) {
      ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  int fd_;
  termios before_{};
  bool known_;
};

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return;
    }
    text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
}

}  // namespace

LineReader::Answer PlainLineReader::read(const std::string& prompt) {
  prompts_ << prompt << std::flush;
  return next_line(fd_, rest_);
}

LineReader::Answer PlainLineReader::read_unedited() {
  return next_line(fd_, rest_);
}

LineReader::Answer PlainLineReader::read_secret(const std::string& prompt) {
  if (const auto answer = read_secret_at_terminal(prompt)) {
    return *answer;
  }
  write_all(STDERR_FILENO, "Warning: Password input may be echoed.\n" + prompt);
  return next_line(fd_, rest_);
}

std::optional<LineReader::Answer> read_secret_at_terminal(const std::string& prompt) {
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.valid()) {
    return std::nullopt;
  }
  LineReader::Answer answer;
  {
    const NoEcho silent(terminal.get());
    write_all(terminal.get(), prompt);
    std::string rest;
    answer = next_line(terminal.get(), rest);
  }
  write_all(terminal.get(), "\n");  // the one that was typed had no echo
  return answer;
}

}  // namespace holdfast::ctl
