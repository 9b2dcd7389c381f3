#include "drivers/frontend/history_access.hpp"

#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/text.hpp"

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

void HistoryAccess::query(const std::string& name, WallTime since, std::size_t limit, bool causes_only, Answer answer) {
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
  const Namespec spec = split_namespec(namespec);
  history_.record(storage::Action{wall_now(), caller.operation, caller.user, caller.origin, node_, spec.group,
                                  spec.process.value_or(""), action, outcome});
}

}  // namespace holdfast
