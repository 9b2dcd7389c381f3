// history_migrations.hpp: brings a database to the schema of this product (schemas/history.sql), one migration after
// the other, and refuses what is not ours or was written by a newer Holdfast. It opens no file and moves none aside:
// that is HistoryDatabase's, which is its only caller. Disk thread only.
#pragma once

#include <sqlite3.h>

#include "base/result.hpp"

namespace holdfast::storage {

/// Error.code of a healthy database that is not a history, or too new; any other code is sqlite's.
inline constexpr int kForeignDatabase = -1;

/// An error leaves the database as it was, or as the last migration that was whole has made it.
Status migrate_history(sqlite3* database);

}  // namespace holdfast::storage
