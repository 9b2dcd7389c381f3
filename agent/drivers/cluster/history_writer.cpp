#include "drivers/cluster/history_writer.hpp"

#include <utility>

#include "base/clock.hpp"

namespace holdfast {
namespace {

/// "application" and "process" of a history subject: an application, group:name, or a node.
std::pair<std::string, std::string> split_subject(const std::string& subject) {
  const auto colon = subject.find(':');
  return colon == std::string::npos ? std::pair{subject, std::string()}
                                    : std::pair{subject.substr(0, colon), subject.substr(colon + 1)};
}

}  // namespace

void HistoryWriter::record(const cluster::HistoryRow& row, const cluster::View& view) {
  const auto [application, process] = split_subject(row.subject);
  const std::string subject = row.subject.empty() ? "" : row.subject + " ";
  switch (row.kind) {
    case cluster::HistoryRow::Kind::decision:
      log_.info("decided: " + row.what + (row.subject.empty() ? "" : " (" + row.subject + ")") + ": " + row.why);
      return history_.record(storage::Decision{wall_now(), row.operation, view.term().epoch, view.master.value_or(""),
                                               "", application, process, row.what, row.why});
    case cluster::HistoryRow::Kind::member:
    case cluster::HistoryRow::Kind::state:
      if (row.is_trouble || row.what == "FENCED" || row.what == "ISOLATED" ||
          row.what == "differs") {  // these ask for a person
        log_.warn("cluster: " + subject + row.what + ": " + row.why);
      } else {
        log_.info("cluster: " + subject + row.what + (row.why.empty() ? "" : ": " + row.why));
      }
      return history_.record(storage::NodeEvent{wall_now(), row.subject.empty() ? node_ : row.subject,
                                                row.kind == cluster::HistoryRow::Kind::member ? "state" : "cluster", "",
                                                row.what, row.why});
    case cluster::HistoryRow::Kind::operation:
    case cluster::HistoryRow::Kind::process:
      return history_.record(storage::Action{wall_now(), row.operation, row.user, "cluster", node_, application,
                                             process, row.what, row.why});
  }
}

}  // namespace holdfast
