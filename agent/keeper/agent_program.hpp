// agent_program.hpp: which program the keeper starts as its agent: the installed one, or, when that does not
// come up, the one that was READY before. That one is held by a descriptor of its file, so that it is there
// when the file was replaced or removed. It decides by what it is told (ready(), failed()) and by the
// identity of two files; forking, waiting and the log are the keeper's. Used by Keeper only.
#pragma once

#include <string>

#include "keeper/socket.hpp"

namespace holdfast::keeper {

class AgentProgram {
 public:
  /// `path`: of the installed one. `before`: the one that ran under the keeper before this one, or invalid.
  AgentProgram(std::string path, Fd before) : path_(std::move(path)), ran_(std::move(before)) {}

  /// Chooses for the next start. Before the fork.
  void choose();
  /// Becomes what was chosen. Returns an errno, when it could not.
  [[nodiscard]] int exec(char* const* argv) const;

  /// What was chosen is READY.
  void ready();
  /// What was chosen ended before it was READY; `may_pass`: worth another try. True: there is another to
  /// start, at once.
  bool failed(bool may_pass);

  /// The chosen one is not installed any more, but ran before.
  [[nodiscard]] bool is_former() const { return former_; }
  /// The chosen one has never been READY, and there is one that was: it has a limited time.
  [[nodiscard]] bool is_on_trial() const;
  /// The chosen one, for people.
  [[nodiscard]] std::string name() const;

  [[nodiscard]] Fd& ran() { return ran_; }

 private:
  std::string path_;
  Fd installed_;  // chosen for this start; the file itself (O_PATH)
  Fd ran_;
  bool former_ = false;
  bool former_next_ = false;
  int failures_ = 0;  // of the installed one, in a row
};

}  // namespace holdfast::keeper
