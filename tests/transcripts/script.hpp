// script.hpp: a transcript file as blocks: comment lines, command lines, "----", the expected lines up to the
// next blank line. Reads and writes the text; knows no command. Test code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::transcripts {

struct Block {
  int line = 0;  // of the first command, from 1
  std::vector<std::string> comments;
  std::vector<std::string> commands;
  std::vector<std::string> expected;
};

std::vector<Block> read_script(std::string_view text);
std::string write_script(const std::vector<Block>& blocks);

/// Lines of `wanted` and `got` that differ, as `-` and `+` lines around what they share.
std::string difference(const std::vector<std::string>& wanted, const std::vector<std::string>& got);

}  // namespace holdfast::transcripts
