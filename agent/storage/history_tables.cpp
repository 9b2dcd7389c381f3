#include "storage/history_tables.hpp"

#include <vector>

#include "base/text.hpp"

namespace holdfast::storage {

namespace {

// All kinds are selected as ten columns: id, kind, at, node, application, process, then four texts and one
// number whose meaning is the kind's own. Each SELECT is in order of its primary key, so sqlite merges them
// without sorting.
struct Shape {
  std::string_view insert;
  std::string_view columns;  // of the joined SELECT, after id and kind
  bool has_process;          // has application and process columns
  bool has_node;
};

constexpr std::array<Shape, 6> kShapes = {{
    {"INSERT INTO state VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
     "at_us, node, application, process, from_state, to_state, exit, '', '', pid", true, true},
    {"INSERT INTO action VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
     "at_us, node, application, process, operation, user, origin, action, outcome, 0", true, true},
    {"INSERT INTO decision VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
     "at_us, node, application, process, operation, master, what, reason, '', epoch", true, true},
    {"INSERT INTO node VALUES (?1,?2,?3,?4,?5,?6,?7)",
     "at_us, node, '', '', aspect, from_value, to_value, reason, '', 0", false, true},
    {"INSERT INTO restart VALUES (?1,?2,?3,?4,?5,?6)", "at_us, node, '', '', part, reason, '', '', '', incarnation",
     false, true},
    {"INSERT INTO gap VALUES (?1,?2,?3,?4)", "at_us, '', '', '', reason, '', '', '', '', lost", false, false},
}};

constexpr std::size_t kStateTable = 0;

std::int64_t stored(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::uint64_t loaded(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

struct Binder {
  Statement& to;
  int next = 2;

  Binder& number(std::int64_t value) {
    to.bind(next++, value);
    return *this;
  }
  Binder& words(const std::string& value) {
    to.bind(next++, text::printable_utf8(value));
    return *this;
  }

  void operator()(const StateChange& e) {
    number(e.at.us).words(e.node).words(e.application).words(e.process);
    words(e.from).words(e.to).number(e.pid).words(e.exit);
  }
  void operator()(const Action& e) {
    number(e.at.us).words(e.operation).words(e.user).words(e.origin).words(e.node);
    words(e.application).words(e.process).words(e.action).words(e.outcome);
  }
  void operator()(const Decision& e) {
    number(e.at.us).words(e.operation).number(stored(e.epoch)).words(e.master).words(e.node);
    words(e.application).words(e.process).words(e.what).words(e.reason);
  }
  void operator()(const NodeEvent& e) {
    number(e.at.us).words(e.node).words(e.aspect).words(e.from).words(e.to).words(e.reason);
  }
  void operator()(const RestartEvent& e) {
    number(e.at.us).words(e.node).words(e.part).number(stored(e.incarnation)).words(e.reason);
  }
  void operator()(const Gap& e) { number(e.at.us).number(stored(e.lost)).words(e.reason); }
};

/// The conditions by which a table's rows can match, each served by one index in order of id, so that the
/// newest rows come without sorting or scanning; no row matches two of them.
std::vector<std::string> conditions(std::size_t table, NameFilter filter) {
  const Shape& shape = kShapes[table];
  switch (filter) {
    case NameFilter::all:
      return {"id < ?1"};
    case NameFilter::pair:
      return shape.has_process ? std::vector<std::string>{"id < ?1 AND process = ?3 AND +application = ?2"}
                               : std::vector<std::string>{};
    case NameFilter::word:
      if (!shape.has_node) {
        return {};
      }
      if (!shape.has_process) {
        return {"id < ?1 AND node = ?2"};
      }
      // A unary plus keeps a column from choosing the index.
      return {"id < ?1 AND process = ?2", "id < ?1 AND application = ?2 AND +process <> ?2",
              "id < ?1 AND node = ?2 AND +process <> ?2 AND +application <> ?2"};
  }
  return {};
}

// A state that is itself the cause of what followed; the ordinary ones are told by the decisions.
constexpr std::string_view kFailuresOnly =
    " AND (to_state IN ('FATAL', 'BACKOFF', 'UNKNOWN') OR (to_state = 'EXITED' AND exit <> ''))";

}  // namespace

std::string_view insert_sql(std::size_t index) {
  return kShapes.at(index).insert;
}

void bind_entry(Statement& statement, const HistoryEntry& entry) {
  std::visit(Binder{statement}, entry);
}

std::string select_sql(NameFilter filter, bool causes_only) {
  std::string sql;
  for (std::size_t table = 0; table < kShapes.size(); ++table) {
    for (const std::string& where : conditions(table, filter)) {
      sql += sql.empty() ? "" : " UNION ALL ";
      sql += "SELECT id, " + std::to_string(table) + ", " + std::string(kShapes[table].columns) + " FROM " +
             std::string(kHistoryTables[table]) + " WHERE " + where;
      if (causes_only && table == kStateTable) {
        sql += kFailuresOnly;
      }
    }
  }
  return sql + " ORDER BY 1 DESC";
}

HistoryRow read_row(const Statement& s) {
  constexpr int kFirstText = 6;
  constexpr int kNumber = 11;
  const WallTime at{s.integer(2)};
  const auto word = [&](int i) { return s.text(kFirstText + i); };
  HistoryRow row{s.integer(0), Gap{}};
  switch (s.integer(1)) {
    case 0:
      row.entry = StateChange{at, s.text(3), s.text(4), s.text(5), word(0), word(1), s.integer(kNumber), word(2)};
      break;
    case 1:
      row.entry = Action{at, word(0), word(1), word(2), s.text(3), s.text(4), s.text(5), word(3), word(4)};
      break;
    case 2:
      row.entry =
          Decision{at, word(0), loaded(s.integer(kNumber)), word(1), s.text(3), s.text(4), s.text(5), word(2), word(3)};
      break;
    case 3:
      row.entry = NodeEvent{at, s.text(3), word(0), word(1), word(2), word(3)};
      break;
    case 4:
      row.entry = RestartEvent{at, s.text(3), word(0), loaded(s.integer(kNumber)), word(1)};
      break;
    default:
      row.entry = Gap{at, loaded(s.integer(kNumber)), word(0)};
      break;
  }
  return row;
}

}  // namespace holdfast::storage
