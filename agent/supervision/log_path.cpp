#include "supervision/log_path.hpp"

namespace holdfast::supervision {

std::string log_path_of(const config::ProcessSettings& settings, const ProcessRecord* record, Channel channel) {
  const bool is_out = channel == Channel::out;
  if (!is_out && settings.redirect_stderr) {
    return {};
  }
  const config::LogTarget& log = is_out ? settings.stdout_channel.log : settings.stderr_channel.log;
  switch (log.kind) {
    case config::LogTarget::Kind::none:
      return {};
    case config::LogTarget::Kind::automatic:
      return record == nullptr ? std::string() : (is_out ? record->stdout_path : record->stderr_path);
    case config::LogTarget::Kind::file:
      return log.path;
  }
  return {};
}

std::string log_path_of(const Process& process, Channel channel) {
  return log_path_of(process.settings(), &process.record(), channel);
}

}  // namespace holdfast::supervision
