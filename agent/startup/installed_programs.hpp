// installed_programs.hpp: before an agent ends because a person asked for it, the configuration is read as the next one
// would, and the installed programs are tried: the agent must read what this one leaves (handover_check.hpp), the
// keeper's program must run. What does not is a refusal, and nothing ends. The keeper has the last word: it falls back
// to what ran (keeper/agent_program.hpp). A file that runs already is not tried. Implements RestartCheck. Loop thread
// only; made by the composition root.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "config/host.hpp"
#include "drivers/ports/restart_check.hpp"
#include "startup/launch.hpp"
#include "storage/main_log.hpp"
#include "system/event_loop.hpp"
#include "system/program_trial.hpp"

namespace holdfast {

class InstalledPrograms final : public RestartCheck {
 public:
  struct Facts {
    Invocation invocation;
    config::CommandLine command_line;
    std::string configuration_file;
    const config::Host& host;
    std::int64_t keeper_pid = 0;
    /// What the installed agent is to read, as encode(HandoverState) has it; asked for only when it is needed.
    std::function<std::string()> handover_state;
  };
  InstalledPrograms(system::EventLoop& loop, storage::MainLog& log, Facts facts)
      : log_(log), facts_(std::move(facts)), trial_(loop) {}

  // RestartCheck
  Result<std::vector<config::GroupSettings>> read_groups() override;
  Status configuration_starts() override;
  void try_installed(bool keeper_too, Answer answer) override;

 private:
  void try_agent(const std::string& state, const Answer& answer);
  void try_keeper(const Answer& answer);
  void refuse(const std::string& why, const Answer& answer);

  storage::MainLog& log_;
  Facts facts_;
  system::ProgramTrial trial_;
};

}  // namespace holdfast
