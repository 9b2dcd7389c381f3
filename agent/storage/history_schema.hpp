// history_schema.hpp: the text of schemas/history.sql, embedded at build. It is a list of migrations, each
// begun by a line
// `-- migration N`: a database of user_version V gets those above V, in order. Constant data; used by
// HistoryDatabase.
#pragma once

#include <string_view>

namespace holdfast::storage {

std::string_view history_schema();

}  // namespace holdfast::storage
