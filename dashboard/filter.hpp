// filter.hpp: the language of the process table's filter: words separated by blanks, all of which must match.
// A plain word is looked for in `application:process`; `state:fatal`, `node:n2`, `app:radar` look at one
// field; `*` stands for any text; case does not count. Pure; used by agent/api to choose the rows (live.js
// repeats it for rows on the page).
#pragma once

#include <string_view>

#include "dashboard/views.hpp"

namespace holdfast::dashboard {

bool matches_filter(std::string_view query, const ProcessRowView& row);

}  // namespace holdfast::dashboard
