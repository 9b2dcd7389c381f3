// sqlite.hpp: a thin owner of sqlite handles: open, execute, prepared statements with typed binds. No SQL of
// its own, no decisions. Private to this folder (HistoryDatabase); disk thread only. Text columns are bounded
// on the way in.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace holdfast::storage {

struct SqliteCloser {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct SqliteFinalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using SqliteHandle = std::unique_ptr<sqlite3, SqliteCloser>;

/// A prepared statement; binds count from 1, columns from 0.
class Statement {
 public:
  static Result<Statement> prepare(sqlite3* database, std::string_view sql);

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::string_view value);
  /// SQLITE_ROW, SQLITE_DONE or an error's extended code.
  int step();
  /// Ready for the next use; binds are kept.
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;

 private:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, SqliteFinalizer> statement_;
};

/// Error.code is sqlite's extended result code.
Error sqlite_error(sqlite3* database, std::string_view doing);
Status execute(sqlite3* database, const std::string& sql);
/// One integer of a one-row answer.
Result<std::int64_t> query_integer(sqlite3* database, std::string_view sql);

/// The primary code of an extended one.
constexpr int primary_code(int extended) {
  return extended & 0xff;
}

}  // namespace holdfast::storage
