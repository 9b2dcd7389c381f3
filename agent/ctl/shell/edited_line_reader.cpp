#include "ctl/shell/edited_line_reader.hpp"

#include <histedit.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>

#include <algorithm>
#include <cstring>
#include <iostream>

#include "base/limits.hpp"
#include "ctl/format/columns.hpp"
#include "ctl/shell/interrupt_watch.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kUsualWidth = 80;

std::size_t terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualWidth;
}

struct EditLineEnd {
  void operator()(EditLine* line) const { ::el_end(line); }
};
struct HistoryEnd {
  void operator()(History* history) const { ::history_end(history); }
};

}  // namespace

class EditedLineReader::Impl {
 public:
  Impl(std::FILE* out, LineHistory kept, Complete complete)
      : out_(out), kept_(std::move(kept)), complete_(std::move(complete)), history_(::history_init()) {
    std::setlocale(LC_CTYPE, "C.UTF-8");  // names are UTF-8 whatever the locale is
    HistEvent event{};
    ::history(history_.get(), &event, H_SETSIZE, static_cast<int>(limits::ctl_kept_lines_max));
    ::history(history_.get(), &event, H_SETUNIQUE, 1);
    for (const std::string& line : kept_.load()) {
      ::history(history_.get(), &event, H_ENTER, line.c_str());
      last_ = line;
    }
    line_.reset(::el_init("holdfastctl", stdin, out_, stderr));
    ::el_set(line_.get(), EL_CLIENTDATA, this);
    ::el_set(line_.get(), EL_PROMPT, &Impl::prompt_of);
    ::el_set(line_.get(), EL_EDITOR, "emacs");
    ::el_set(line_.get(), EL_HIST, ::history, history_.get());
    ::el_set(line_.get(), EL_GETCFN, &Impl::read_character);
    ::el_set(line_.get(), EL_ADDFN, "holdfast-complete", "completes the word before the cursor", &Impl::complete_word);
    ::el_set(line_.get(), EL_BIND, "^I", "holdfast-complete", nullptr);
    ::el_source(line_.get(), nullptr);
  }

  Answer read(const std::string& prompt) {
    prompt_ = prompt;
    std::cout.flush();  // what a command printed stands above the prompt
    std::fflush(out_);
    const InterruptWatch interrupt;
    interrupt_ = &interrupt;
    interrupted_ = false;
    tabbed_ = false;
    ::el_set(line_.get(), EL_PREP_TERM, 1);  // before the prompt, so that what is typed then is not echoed twice
    int count = 0;
    const char* text = ::el_gets(line_.get(), &count);
    interrupt_ = nullptr;
    if (text == nullptr || count <= 0) {
      return {interrupted_ ? Outcome::interrupted : Outcome::end, {}};
    }
    std::string line(text, static_cast<std::size_t>(count));
    if (line.ends_with('\n')) {
      line.pop_back();
    }
    remember(line);
    return {Outcome::line, std::move(line)};
  }

 private:
  static Impl& of(EditLine* line) {
    void* self = nullptr;
    ::el_get(line, EL_CLIENTDATA, &self);
    return *static_cast<Impl*>(self);
  }

  static char* prompt_of(EditLine* line) { return of(line).prompt_.data(); }

  /// One character of the terminal; Ctrl-C ends the line. 1: read, 0: end, -1: interrupted or broken.
  static int read_character(EditLine* line, wchar_t* character) {
    Impl& self = of(line);
    std::mbstate_t state{};
    for (;;) {
      if (self.interrupt_->wait_for(STDIN_FILENO)) {
        self.interrupted_ = true;
        return -1;
      }
      char byte = 0;
      const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
      if (got <= 0) {
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
          continue;
        }
        return got == 0 ? 0 : -1;
      }
      const std::size_t used = std::mbrtowc(character, &byte, 1, &state);
      if (used == static_cast<std::size_t>(-1)) {
        state = {};  // no UTF-8: left out
      } else if (used != static_cast<std::size_t>(-2)) {
        return 1;
      }
    }
  }

  static unsigned char complete_word(EditLine* line, int) { return of(line).complete(); }

  unsigned char complete() {
    const LineInfo* info = ::el_line(line_.get());
    const std::string_view before(info->buffer, static_cast<std::size_t>(info->cursor - info->buffer));
    const Completions found = complete_(before);
    if (found.words.empty()) {
      return CC_REFRESH_BEEP;
    }
    const std::string common = common_beginning(found.words);
    if (common.size() > found.word_bytes) {
      tabbed_ = false;
      return ::el_insertstr(line_.get(), common.c_str() + found.word_bytes) == 0 ? CC_REFRESH : CC_ERROR;
    }
    if (found.words.size() == 1 || !std::exchange(tabbed_, true)) {
      return CC_REFRESH_BEEP;
    }
    std::string list = "\n";
    for (const std::string& text : in_columns(found.words, terminal_width() - 1)) {
      list += text + '\n';
    }
    std::fputs(list.c_str(), out_);
    std::fflush(out_);
    return CC_REDISPLAY;
  }

  void remember(const std::string& line) {
    if (line.empty() || line == last_) {
      return;
    }
    HistEvent event{};
    ::history(history_.get(), &event, H_ENTER, line.c_str());
    kept_.add(line);
    last_ = line;
  }

  std::FILE* out_;
  LineHistory kept_;
  Complete complete_;
  std::unique_ptr<History, HistoryEnd> history_;
  std::unique_ptr<EditLine, EditLineEnd> line_;
  std::string prompt_;
  std::string last_;
  const InterruptWatch* interrupt_ = nullptr;
  bool interrupted_ = false;
  bool tabbed_ = false;  // the last Tab found several and could add nothing
};

EditedLineReader::EditedLineReader(std::FILE* out, LineHistory history, Complete complete)
    : impl_(std::make_unique<Impl>(out, std::move(history), std::move(complete))) {}

EditedLineReader::~EditedLineReader() = default;

LineReader::Answer EditedLineReader::read(const std::string& prompt) {
  return impl_->read(prompt);
}

LineReader::Answer EditedLineReader::read_unedited() {
  return PlainLineReader(STDIN_FILENO, std::cout).read_unedited();
}

LineReader::Answer EditedLineReader::read_secret(const std::string& prompt) {
  return read_secret_at_terminal(prompt).value_or(Answer{});
}

std::string common_beginning(const std::vector<std::string>& words) {
  std::string common = words.empty() ? "" : words.front();
  for (const std::string& word : words) {
    const auto differ = std::ranges::mismatch(common, word);
    common.erase(differ.in1, common.end());
  }
  return common;
}

}  // namespace holdfast::ctl
