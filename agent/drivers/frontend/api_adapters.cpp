#include "drivers/frontend/api_adapters.hpp"

#include <unistd.h>

#include <ctime>
#include <utility>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "supervision/fault.hpp"
#include "storage/log_reader.hpp"
#include "system/network_interfaces.hpp"

namespace holdfast {
namespace {

/// Pieces of a detail: "done · asked by admin".
void add_piece(std::string& detail, std::string_view before, std::string_view piece) {
  if (!piece.empty()) {
    detail += detail.empty() ? "" : " · ";
    detail += before;
    detail += piece;
  }
}

/// The columns of a history row that are shown on their own; the rest is in its text.
struct LineFiller {
  api::HistoryLine& line;

  void operator()(const storage::StateChange& row) const {
    name(row.node, row.application, row.process);
    line.word = row.to;
    add_piece(line.detail, "was ", row.from);
    add_piece(line.detail, "", row.exit);
    if (row.pid > 0 && row.exit.empty()) {
      add_piece(line.detail, "pid ", std::to_string(row.pid));
    }
  }
  void operator()(const storage::Action& row) const {
    name(row.node, row.application, row.process);
    line.operation = row.operation;
    line.user = row.user;
    line.reason = row.outcome;
    line.word = row.action;
    add_piece(line.detail, "", row.outcome);
    if (row.user != "Master") {  // its reason says for whom
      add_piece(line.detail, "by ", row.user.empty() ? row.origin : row.user);
    }
  }
  void operator()(const storage::Decision& row) const {
    name(row.node, row.application, row.process);
    line.operation = row.operation;
    line.reason = row.reason;
    // "start shop:web on n3": the subject is shown on its own.
    const std::string subject = row.process.empty() ? row.application : row.application + ":" + row.process;
    const auto at = subject.empty() ? std::string::npos : row.what.find(" " + subject);
    line.word = row.what.substr(0, at);
    if (at != std::string::npos) {
      add_piece(line.detail, "", text::trim(row.what.substr(at + 1 + subject.size())));
    }
    add_piece(line.detail, "", row.reason);
  }
  void operator()(const storage::NodeEvent& row) const {
    line.node = row.node;
    line.reason = row.reason;
    const bool of_node = row.aspect == "state";
    line.word = of_node ? row.to : row.aspect;
    add_piece(line.detail, "was ", row.from);
    add_piece(line.detail, "", of_node ? std::string() : row.to);
    add_piece(line.detail, "", row.reason);
  }
  void operator()(const storage::RestartEvent& row) const {
    line.node = row.node;
    line.reason = row.reason;
    line.word = row.part + " started";
    line.detail = row.reason;
  }
  void operator()(const storage::Gap& row) const {
    line.reason = row.reason;
    line.word = "gap";
    line.detail = std::to_string(row.lost) + " lines of the history are lost: " + row.reason;
  }

  void name(const std::string& node, const std::string& application, const std::string& process) const {
    line.node = node;
    line.application = application;
    line.process = process;
  }
};

api::HistoryLine line_of(const storage::HistoryRow& row) {
  api::HistoryLine line;
  line.id = row.id;
  line.at = storage::time_of(row.entry);
  line.kind = storage::kind_of(row.entry);
  line.text = storage::describe(row.entry);
  std::visit(LineFiller{line}, row.entry);
  return line;
}

}  // namespace

void LogAccess::read(const std::string& path, std::int64_t offset, std::int64_t length,
                     std::function<void(Result<std::string>)> answer) {
  const bool asked = disk_.ask(
      [path, offset, length, answer]() -> storage::DiskThread::Job {
        return [answer, bytes = storage::read_log(path, offset, length)] { answer(bytes); };
      },
      path.size());
  if (!asked) {
    answer(Error{"the disk does not keep up", static_cast<int>(supervision::Fault::failed)});
  }
}

void LogAccess::tail(const std::string& path, std::int64_t offset, std::int64_t length,
                     std::function<void(api::LogTail)> answer) {
  const bool asked = disk_.ask(
      [path, offset, length, answer]() -> storage::DiskThread::Job {
        storage::LogTail tail = storage::tail_log(path, offset, length);
        return
            [answer, tail = api::LogTail{std::move(tail.data), tail.offset, tail.overflow}] { answer(tail); };
      },
      path.size());
  if (!asked) {
    answer(api::LogTail{"", offset, false});
  }
}

void LogAccess::set_level(LogLevel level) {
  clusters_.set_level(level);
}

void HistoryAccess::query(const std::string& name, WallTime since, std::size_t limit, bool causes_only,
                          Answer answer) {
  storage::HistoryQuery query;
  query.name = name;
  query.since = since;
  query.limit = limit;
  query.causes_only = causes_only;
  history_.query(std::move(query), [answer = std::move(answer)](Result<storage::HistoryPage> page) {
    if (!page) {
      return answer(page.error());
    }
    std::vector<api::HistoryLine> lines;
    for (const storage::HistoryRow& row : page.value().rows) {
      lines.push_back(line_of(row));
    }
    answer(std::move(lines));
  });
}

void HistoryAccess::record(const api::Caller& caller, const std::string& namespec, const std::string& action,
                           const std::string& outcome) {
  const supervision::Namespec spec = supervision::split_namespec(namespec);
  history_.record(storage::Action{wall_now(), caller.operation, caller.user, caller.origin, node_, spec.group,
                                  spec.process.value_or(""), action, outcome});
}

std::int64_t AgentFacts::agent_pid() const {
  return ::getpid();
}

Instant AgentFacts::now() const {
  return monotonic_now();
}

WallTime AgentFacts::wall() const {
  return wall_now();
}

std::int64_t AgentFacts::utc_offset_s(std::int64_t unix_seconds) const {
  const std::time_t at = unix_seconds;
  std::tm local{};
  return ::localtime_r(&at, &local) == nullptr ? 0 : local.tm_gmtoff;
}

std::vector<std::string> AgentFacts::warnings() const {
  std::vector<std::string> texts;
  for (const auto& [about, text] : warnings_) {
    texts.push_back(text);
  }
  return texts;
}

std::string AgentFacts::host_name() const {
  return system::host_name();
}

std::vector<api::NetworkAddress> AgentFacts::addresses() const {
  std::vector<api::NetworkAddress> addresses;
  for (system::NetworkInterface& one : system::network_interfaces()) {
    addresses.push_back({std::move(one.name), std::move(one.address), std::move(one.netmask)});
  }
  return addresses;
}

}  // namespace holdfast
