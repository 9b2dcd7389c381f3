// renewal.hpp: before an agent ends because a person asked for it, the installed programs are tried: the
// agent must read what this one leaves (handover_check.hpp), the keeper's program must run. What does not is
// a refusal, and nothing ends. The keeper has the last word: it falls back to what ran
// (keeper/agent_program.hpp). A file that runs already is not tried. Loop thread only; made by the
// composition root.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "startup/launch.hpp"
#include "storage/main_log.hpp"
#include "system/event_loop.hpp"
#include "system/program_trial.hpp"

namespace holdfast {

class Renewal {
 public:
  using Answer = std::function<void(const Status&)>;
  using State = std::function<std::string()>;

  Renewal(system::EventLoop& loop, storage::MainLog& log, Invocation invocation, std::int64_t keeper_pid)
      : log_(log), invocation_(std::move(invocation)), keeper_pid_(keeper_pid), trial_(loop) {}

  /// Whether the installed agent, and the keeper if it is to be replaced too, can take over. `state`: what
  /// the agent is to read, as encode(HandoverState) has it; asked for only when it is needed. Answers at once
  /// when there is nothing to try, else later; an error is a sentence for people, and in the log.
  void ask(bool keeper_too, const State& state, Answer answer);

 private:
  void try_agent(const std::string& state, const Answer& answer);
  void try_keeper(const Answer& answer);
  void refuse(const std::string& why, const Answer& answer);

  storage::MainLog& log_;
  Invocation invocation_;
  std::int64_t keeper_pid_;
  system::ProgramTrial trial_;
};

}  // namespace holdfast
