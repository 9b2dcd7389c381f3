#include "storage/sqlite.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace holdfast::storage {

Error sqlite_error(sqlite3* database, std::string_view doing) {
  return Error{std::string(doing) + ": " + sqlite3_errmsg(database), sqlite3_extended_errcode(database)};
}

Result<Statement> Statement::prepare(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) {
    return sqlite_error(database, "cannot prepare a statement");
  }
  return Statement(statement);
}

Statement& Statement::bind(int index, std::int64_t value) {
  CHECK(sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int index, std::string_view value) {
  const std::size_t size = std::min(value.size(), limits::history_text_bytes);
  // An empty view may have no data, which sqlite would take for NULL.
  const char* data = size == 0 ? "" : value.data();
  CHECK(sqlite3_bind_text64(statement_.get(), index, data, size, SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

int Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW || code == SQLITE_DONE) {
    return code;
  }
  return sqlite3_extended_errcode(sqlite3_db_handle(statement_.get()));
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

Status execute(sqlite3* database, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return sqlite_error(database, "cannot execute a statement");
  }
  return {};
}

Result<std::int64_t> query_integer(sqlite3* database, std::string_view sql) {
  Result<Statement> statement = Statement::prepare(database, sql);
  if (!statement) {
    return statement.error();
  }
  if (statement.value().step() != SQLITE_ROW) {
    return sqlite_error(database, "cannot read a number");
  }
  return statement.value().integer(0);
}

}  // namespace holdfast::storage
