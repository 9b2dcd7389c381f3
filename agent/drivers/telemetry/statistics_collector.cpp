#include "drivers/telemetry/statistics_collector.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/clock.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kDaemon = "supervisord";  // as Supvisors calls its own entry
constexpr std::size_t kPieceTargets = 32;

}  // namespace

StatisticsCollector::StatisticsCollector(Parts parts, const config::StatisticsSettings& settings)
    : parts_(parts),
      reader_(std::make_shared<system::UsageReader>()),
      status_{settings.host, settings.processes, settings.collecting_period},
      host_({settings.periods, settings.histo}),
      processes_({settings.periods, settings.histo}),
      cores_(static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)))),
      timer_(parts.loop) {}

void StatisticsCollector::begin(std::int64_t daemon_pid) {
  daemon_pid_ = daemon_pid;
  if (status_.processes && !reader_->tells_children()) {
    parts_.log.warn("this kernel does not tell the children of a process: statistics of programs are without them");
  }
  arm(monotonic_now());
}

void StatisticsCollector::enable_host(bool on) {
  status_.host = on;
  if (!on) {
    host_.clear();
  }
  arm(monotonic_now());
}

void StatisticsCollector::enable_processes(bool on) {
  status_.processes = on;
  if (!on) {
    processes_.clear();
  }
  arm(monotonic_now());
}

void StatisticsCollector::set_period(Duration period) {
  status_.period = period;
  arm(monotonic_now() + period);
}

void StatisticsCollector::looked_at() {
  watched_until_ = monotonic_now() + limits::statistics_looked_at;
}

void StatisticsCollector::arm(Instant at) {
  if (daemon_pid_ != 0 && (status_.host || status_.processes)) {
    timer_.set(at, [this] { turn(); });
  } else {
    timer_.cancel();
  }
}

void StatisticsCollector::turn() {
  const Instant now = monotonic_now();
  arm(now + status_.period);
  if (status_.host && !reading_host_) {
    read_host();
  }
  if (status_.processes && !reading_processes_) {
    begin_processes(now);
  }
}

/// A disk thread with too much to do leaves a reading out.
void StatisticsCollector::read_host() {
  reading_host_ = parts_.disk.ask(
      [this, reader = reader_]() -> storage::DiskThread::Job {
        return [this, usage = reader->host()] {
          reading_host_ = false;
          if (!status_.host) {
            return;  // switched off meanwhile
          }
          cores_ = std::max<std::size_t>(1, usage.cores.size());
          parts_.observer.on_points({host_.add(usage), {}});
        };
      },
      0);
}

void StatisticsCollector::groups_changed() {
  std::vector<std::string> known{std::string(kDaemon)};
  for (const supervision::ProcessGroup* group : parts_.programs.supervisor().groups()) {
    for (const auto& process : group->processes()) {
      known.push_back(make_namespec(process->key()));
    }
  }
  std::ranges::sort(known);
  processes_.keep_only(known);
}

/// With many programs of which few are due, a walk over all of them is most of the work: names are made for those only.
void StatisticsCollector::begin_processes(Instant now) {
  std::vector<std::uint64_t> ids{0};
  std::vector<const supervision::Process*> running{nullptr};
  for (const supervision::ProcessGroup* group : parts_.programs.supervisor().groups()) {
    for (const auto& process : group->processes()) {
      if (process->pid() > 0) {
        ids.push_back(process->ordinal());
        running.push_back(process.get());
      }
    }
  }
  const bool watched = now < watched_until_ || parts_.observer.somebody_listens();
  due_.clear();
  for (const std::size_t index : plan_.begin_turn(
           now, ids, status_.period, watched ? std::nullopt : std::optional(limits::statistics_unwatched_texts))) {
    const supervision::Process* const process = running[index];
    due_.push_back(process == nullptr
                       ? Target{0, std::string(kDaemon), static_cast<std::int32_t>(daemon_pid_)}
                       : Target{ids[index], make_namespec(process->key()), static_cast<std::int32_t>(process->pid())});
  }
  read_piece();
}

system::FamilyRead StatisticsCollector::family_of(const Target& target) const {
  return target.id == 0 ? system::FamilyRead(std::vector<std::int32_t>{::getpid(), target.pid})
                        : system::FamilyRead(target.pid);
}

/// What the last piece left over, and what is next; nothing of either: the turn is over.
void StatisticsCollector::read_piece() {
  auto piece = std::make_shared<Piece>();
  piece->readings = std::exchange(unfinished_, {});
  while (piece->readings.size() < kPieceTargets && !due_.empty() && plan_.may_go_on()) {
    Target target = std::move(due_.front());
    due_.pop_front();
    plan_.begun(target.id);
    system::FamilyRead family = family_of(target);
    piece->readings.push_back({std::move(target), std::move(family), std::nullopt});
  }
  reading_processes_ = !piece->readings.empty() &&
                       parts_.disk.ask(
                           [this, reader = reader_, piece]() -> storage::DiskThread::Job {
                             for (Reading& reading : piece->readings) {
                               if (piece->texts >= limits::statistics_piece_texts) {
                                 break;
                               }
                               piece->texts +=
                                   reader->go_on(reading.family, limits::statistics_piece_texts - piece->texts);
                               if (reading.family.done()) {
                                 reading.usage = reader->result_of(reading.family);
                               }
                             }
                             return [this, piece] { take_piece(*piece); };
                           },
                           0);
}

void StatisticsCollector::take_piece(Piece& piece) {
  plan_.spent(piece.texts);
  std::vector<supervision::ProcessPoint> points;
  for (Reading& reading : piece.readings) {
    if (!reading.family.done()) {
      unfinished_.push_back(std::move(reading));
      continue;
    }
    if (!reading.usage || !status_.processes) {
      continue;  // ended, or switched off meanwhile
    }
    const Target& target = reading.target;
    for (supervision::ProcessPoint& point : processes_.add(target.namespec, target.pid, *reading.usage)) {
      point.cores = target.id == 0 ? cores_ : 0;
      points.push_back(std::move(point));
    }
  }
  parts_.observer.on_points({{}, std::move(points)});
  read_piece();
}

}  // namespace holdfast
