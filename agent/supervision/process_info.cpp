#include "supervision/process_info.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "supervision/log_path.hpp"

namespace holdfast::supervision {
namespace {

constexpr std::int64_t kDay = 86'400;

std::string two_digits(std::int64_t value) {
  const std::string text = std::to_string(value);
  return text.size() < 2 ? "0" + text : text;
}

struct CalendarDay {
  int month = 1;  // 1 to 12
  int day = 1;
};

/// The civil month and day of a day number since 1970-01-01 (proleptic Gregorian), by 400-year eras that
/// begin in March.
CalendarDay calendar_day(std::int64_t days) {
  constexpr std::int64_t kDaysPerEra = 146'097;
  const std::int64_t shifted = days + 719'468;  // from 0000-03-01
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - (kDaysPerEra - 1)) / kDaysPerEra;
  const std::int64_t day_of_era = shifted - era * kDaysPerEra;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  CalendarDay result;
  result.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  result.month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return result;
}

/// `Nov 21 02:03 AM`, in the local time that `offset` gives.
std::string stop_text(std::int64_t stop, const UtcOffset& offset) {
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::int64_t local = stop + offset(stop);
  const std::int64_t days = local >= 0 ? local / kDay : (local - (kDay - 1)) / kDay;
  const std::int64_t second = local - days * kDay;
  const CalendarDay day = calendar_day(days);
  const std::int64_t hour = second / 3600;
  const std::int64_t twelve = hour % 12 == 0 ? 12 : hour % 12;
  return std::string(kMonths[static_cast<std::size_t>(day.month - 1)]) + " " + two_digits(day.day) + " " +
         two_digits(twelve) + ":" + two_digits(second / 60 % 60) + (hour < 12 ? " AM" : " PM");
}

/// Times travel as 32-bit integers in XML-RPC.
std::int64_t capped(std::int64_t seconds) {
  return std::clamp<std::int64_t>(seconds, std::numeric_limits<std::int32_t>::min(),
                                  std::numeric_limits<std::int32_t>::max());
}

}  // namespace

std::string uptime_text(std::int64_t seconds) {
  seconds = std::max<std::int64_t>(seconds, 0);
  std::string text;
  if (const std::int64_t days = seconds / kDay; days > 0) {
    text = std::to_string(days) + (days == 1 ? " day, " : " days, ");
  }
  return text + std::to_string(seconds % kDay / 3600) + ":" + two_digits(seconds / 60 % 60) + ":" +
         two_digits(seconds % 60);
}

std::string describe(const DescribedProcess& process, const UtcOffset& offset) {
  switch (process.state) {
    case ProcessState::running:
      return "pid " + std::to_string(process.pid) + ", uptime " + uptime_text(process.now - process.start);
    case ProcessState::fatal:
    case ProcessState::backoff:
      return process.spawnerr.empty() ? "unknown error (try \"tail " + process.name + "\")" : process.spawnerr;
    case ProcessState::stopped:
    case ProcessState::exited:
      return process.start == 0 ? "Not started"
                                : stop_text(process.stop, offset) +
                                      (process.spawnerr == kExitStatusUnknown ? ", exit status unknown" : "");
    case ProcessState::starting:
    case ProcessState::stopping:
    case ProcessState::unknown:
      return {};
  }
  return {};
}

ProcessInfo info_of(const Process& process, WallTime now, const UtcOffset& offset) {
  const ProcessRecord& record = process.record();
  ProcessInfo info;
  info.name = record.key.name;
  info.group = record.key.group;
  info.start = capped(record.last_run.start_wall.seconds());
  info.stop = capped(record.last_run.stop_wall.seconds());
  info.now = capped(now.seconds());
  info.state = code_of(record.state);
  info.statename = std::string(name_of(record.state));
  info.spawnerr = record.last_run.spawnerr;
  info.exitstatus = record.last_run.exit_status.value_or(0);
  info.stdout_logfile = log_path_of(process, Channel::out);
  info.stderr_logfile = log_path_of(process, Channel::err);
  info.logfile = info.stdout_logfile;
  info.pid = process.pid();
  info.description =
      describe({info.name, record.state, info.start, info.stop, info.now, info.pid, info.spawnerr}, offset);
  return info;
}

}  // namespace holdfast::supervision
