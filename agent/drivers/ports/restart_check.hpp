// restart_check.hpp: what must be known before an agent ends because a person asked for it, and what the configuration
// says now: would the next agent start, and does the installed program run? Asks; ends and changes nothing. startup's
// InstalledPrograms answers. Loop thread only.
#pragma once

#include <functional>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace holdfast {

class RestartCheck {
 public:
  using Answer = std::function<void(const Status&)>;

  virtual ~RestartCheck() = default;
  /// The groups as the configuration file has them now, of a configuration that would start; an error is in the log,
  /// too.
  virtual Result<std::vector<config::GroupSettings>> read_groups() = 0;
  /// Whether an agent would start with the configuration file as it is now; an error is in the log, too.
  virtual Status configuration_starts() = 0;
  /// Whether the installed agent, and the keeper if it is to be replaced too, can take over. Answers at once when there
  /// is nothing to try, else later; an error is a sentence for people, and in the log.
  virtual void try_installed(bool keeper_too, Answer answer) = 0;
};

}  // namespace holdfast
