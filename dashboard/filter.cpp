#include "dashboard/filter.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace holdfast::dashboard {

namespace {

/// Is `pattern`, with * for any text, found somewhere in `value`? Both in lower case. Linear: each piece is
/// looked for once, from where the last one ended.
bool contains_pattern(std::string_view value, std::string_view pattern) {
  std::size_t from = 0;
  for (const std::string_view piece : text::split(pattern, '*')) {
    const std::size_t found = value.find(piece, from);
    if (found == std::string_view::npos) {
      return false;
    }
    from = found + piece.size();
  }
  return true;
}

bool matches_word(std::string_view word, const ProcessRowView& row) {
  const std::size_t colon = word.find(':');
  const std::string_view field = colon == std::string_view::npos ? "" : word.substr(0, colon);
  const std::string_view value = colon == std::string_view::npos ? word : word.substr(colon + 1);
  if (field == "state") {
    return contains_pattern(text::lower(name_of(row.state)), value);
  }
  if (field == "app") {
    return contains_pattern(text::lower(row.application), value);
  }
  if (field == "node") {
    return std::any_of(row.nodes.begin(), row.nodes.end(),
                       [&](const std::string& node) { return contains_pattern(text::lower(node), value); });
  }
  return contains_pattern(text::lower(row.application + ":" + row.process), word);
}

}  // namespace

bool matches_filter(std::string_view query, const ProcessRowView& row) {
  const std::vector<std::string> words = text::split_list(text::lower(query), ' ');
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) { return matches_word(word, row); });
}

}  // namespace holdfast::dashboard
