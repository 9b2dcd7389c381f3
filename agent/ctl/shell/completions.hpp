// completions.hpp: what completing a line gives: how much of the line is to be replaced, and by what. Data only; made
// by ctl/commands/completion.hpp, shown by edited_line_reader.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace holdfast::ctl {

/// What may stand instead of the word before the cursor.
struct Completions {
  std::size_t word_bytes = 0;      // of that word
  std::vector<std::string> words;  // whole ones, sorted; a blank ends one after which nothing of it may follow
};

}  // namespace holdfast::ctl
