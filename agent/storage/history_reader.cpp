#include "storage/history_reader.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "storage/history_tables.hpp"
#include "storage/sqlite.hpp"

namespace holdfast::storage {

namespace {

/// Appends the newest rows that match one reading of the name, at most `most`.
Status read_pass(sqlite3* database, const HistoryQuery& query, NameFilter filter, std::size_t most,
                 std::vector<HistoryRow>& rows) {
  Result<Statement> prepared = Statement::prepare(database, select_sql(filter, query.causes_only));
  if (!prepared) {
    return prepared.error();
  }
  Statement& statement = prepared.value();
  const std::string_view name = query.name;
  statement.bind(1, query.before > 0 ? query.before : std::numeric_limits<std::int64_t>::max());
  if (filter == NameFilter::pair) {
    statement.bind(2, name.substr(0, name.find(':'))).bind(3, name.substr(name.find(':') + 1));
  } else if (filter == NameFilter::word) {
    statement.bind(2, name);
  }
  std::size_t found = 0;
  std::size_t too_old = 0;
  int code = SQLITE_DONE;
  while (found < most && (code = statement.step()) == SQLITE_ROW) {
    HistoryRow row = read_row(statement);
    if (time_of(row.entry) >= query.since) {
      rows.push_back(std::move(row));
      ++found;
      too_old = 0;
    } else if (++too_old >= limits::history_page_rows) {
      break;  // rows are in order of time but for steps of the clock: so many older ones in a row are no step
    }
  }
  if (code != SQLITE_DONE && code != SQLITE_ROW) {
    return sqlite_error(database, "cannot read");
  }
  return {};
}

}  // namespace

Result<HistoryPage> read_history(sqlite3* database, const HistoryQuery& query) {
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, limits::history_page_rows);
  const bool pair = query.name.find(':') != std::string::npos;
  std::vector<NameFilter> passes{query.name.empty() ? NameFilter::all : NameFilter::word};
  if (pair) {  // application:process; but a node's identifier is host:port, so the whole is looked for as well
    passes.push_back(NameFilter::pair);
  }
  HistoryPage page;
  for (const NameFilter pass : passes) {
    // One row more than asked tells whether there is a next page.
    const Status done = read_pass(database, query, pass, limit + 1, page.rows);
    if (!done) {
      return done.error();
    }
  }
  if (pair) {
    std::sort(page.rows.begin(), page.rows.end(), [](const auto& a, const auto& b) { return a.id > b.id; });
    const auto same = [](const auto& a, const auto& b) { return a.id == b.id; };
    page.rows.erase(std::unique(page.rows.begin(), page.rows.end(), same), page.rows.end());
  }
  if (page.rows.size() > limit) {
    page.rows.resize(limit);
    page.next_before = page.rows.back().id;
  }
  return page;
}

}  // namespace holdfast::storage
