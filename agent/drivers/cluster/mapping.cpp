#include "drivers/cluster/mapping.hpp"

namespace holdfast {

cluster::ProcessFact fact_of(const supervision::Process& process, const supervision::StateChanged& change,
                             bool disabled) {
  const config::ProcessSettings& settings = process.settings();
  const supervision::LastRun& run = change.last_run;
  cluster::ProcessFact fact;
  fact.id.group = process.key().group;
  fact.id.name = process.key().name;
  fact.program_name = settings.program_name;
  fact.process_index = settings.process_index;
  fact.disabled = disabled;
  fact.state = change.to;
  fact.awaits_restart = change.awaits_restart;
  fact.exit_status = run.exit_status.value_or(0);
  fact.expected_exit = change.to != ProcessState::exited || run.spawnerr.empty();
  fact.has_stdout = settings.stdout_channel.log.kind != config::LogTarget::Kind::none;
  fact.has_stderr = !settings.redirect_stderr && settings.stderr_channel.log.kind != config::LogTarget::Kind::none;
  fact.pid = static_cast<std::int32_t>(change.pid);
  fact.startsecs = settings.lifecycle.startsecs;
  fact.stopwaitsecs = settings.lifecycle.stopwaitsecs;
  fact.start_us = run.start_wall.us;
  fact.stop_us = run.stop_wall.us;
  fact.since_mono_ms = static_cast<std::uint64_t>(run.started_at.ms());
  fact.event_us = run.changed_wall.us;
  fact.event_mono_ms = static_cast<std::uint64_t>(run.changed_at.ms());
  fact.spawn_error = run.spawnerr;
  fact.ending = run.ending;
  fact.last_words = run.last_words;
  fact.extra_args = run.extra_args;
  return fact;
}

cluster::ProcessFact fact_of(const supervision::Process& process, bool disabled) {
  supervision::StateChanged now;
  now.from = now.to = process.state();
  now.pid = process.pid();
  now.last_run = process.record().last_run;
  now.awaits_restart = process.awaits_restart();
  return fact_of(process, now, disabled);
}

}  // namespace holdfast
