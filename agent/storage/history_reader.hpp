// history_reader.hpp: one page of the history, newest first, out of an open database: what a name may mean, rows of a
// time or later, and whether there is a next page. Only reads. Called by HistoryDatabase; disk thread only.
#pragma once

#include <sqlite3.h>

#include "base/result.hpp"
#include "storage/history_database.hpp"

namespace holdfast::storage {

Result<HistoryPage> read_history(sqlite3* database, const HistoryQuery& query);

}  // namespace holdfast::storage
