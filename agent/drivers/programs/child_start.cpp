#include "drivers/programs/child_start.hpp"

#include <utility>

#include "drivers/programs/program_texts.hpp"
#include "supervision/command_line.hpp"
#include "supervision/environment.hpp"
#include "system/command_search.hpp"

namespace holdfast {
namespace {

/// Of both output pipes of a program with capture mode: an open capture stays in its pipe up to a quarter.
constexpr std::uint32_t kCapturePipeBytes = 512 * 1024;

std::optional<std::string> path_of(const config::ProcessSettings& settings) {
  const auto found = settings.environment.find("PATH");
  return found == settings.environment.end() ? std::nullopt : std::optional(found->second);
}

/// Whether that output has a log file: 1 or 0.
std::size_t logs_of(const config::ProcessSettings& settings, bool out) {
  const config::LogTarget& log = out ? settings.stdout_channel.log : settings.stderr_channel.log;
  return log.kind == config::LogTarget::Kind::none || (!out && settings.redirect_stderr) ? 0 : 1;
}

}  // namespace

ChildStart::ChildStart(const config::Settings& settings, config::Environment daemon_environment)
    : daemon_environment_(std::move(daemon_environment)), server_url_(supervision::server_url_of(settings.servers)) {}

Result<keeper::SpawnRequest> ChildStart::request(const supervision::SpawnChild& effect) const {
  const config::ProcessSettings& settings = *effect.settings;
  auto command =
      system::find_command(supervision::command_line(settings.command, effect.extra_args), path_of(settings));
  if (!command) {
    return command.error();
  }
  keeper::SpawnRequest request;
  request.filename = std::move(command.value().filename);
  request.argv = std::move(command.value().argv);
  for (const auto& [key, value] :
       supervision::child_environment(daemon_environment_, settings, effect.key.group, server_url_)) {
    request.environment.push_back(key + "=" + value);
  }
  request.directory = settings.directory;
  request.umask = settings.umask;
  if (settings.user) {
    request.ids = keeper::Ids{settings.user->uid, settings.user->gid, settings.user->groups};
  }
  request.redirect_stderr = settings.redirect_stderr;
  if (settings.stdout_channel.capture_max_bytes > 0 || settings.stderr_channel.capture_max_bytes > 0) {
    request.pipe_size = kCapturePipeBytes;
  }
  request.blob = effect.blob;
  return request;
}

std::optional<supervision::SpawnProblem> ChildStart::probe(const config::ProcessSettings& settings) {
  const auto command = system::find_command(settings.command, path_of(settings));
  return command ? std::nullopt : std::optional(problem_of(command.error().message));
}

std::size_t descriptors_of(const config::ProcessSettings& settings) {
  return (settings.redirect_stderr ? 2U : 3U) + logs_of(settings, true) + logs_of(settings, false);
}

std::size_t descriptors_of(const system::SpawnedChild& child, const config::ProcessSettings& settings) {
  const system::ChildDescriptors& fds = child.descriptors;
  std::size_t count = 0;
  for (const UniqueFd* fd :
       {&fds.stdin_write, &fds.stdout_read, &fds.stderr_read, &fds.stdout_spool, &fds.stderr_spool}) {
    count += fd->valid() ? 1U : 0U;
  }
  return count + (fds.stdout_read.valid() ? logs_of(settings, true) : 0) +
         (fds.stderr_read.valid() ? logs_of(settings, false) : 0);
}

}  // namespace holdfast
