// ini_document.hpp: Supervisor's INI dialect (contract supervisor.md 1.1): what Python's RawConfigParser
// makes of a text with inline comments by ';' and '#' and without strictness. Keeps the place (file, line) of
// every section and value for later messages. Parses text only: it opens no file and expands nothing. Built
// by settings_reader and ctl_settings; a value type, used by one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/tree.hpp"

namespace holdfast::config {

class IniDocument {
 public:
  /// Parses `text` and merges it into what is here: sections of the same name become one, a key given again
  /// wins. `file` stands in the places and in the error, whose text is Python's own (ParsingError and
  /// MissingSectionHeaderError). After an error the document must be thrown away.
  Status merge(std::string_view text, const std::string& file);

  /// The sections in order of first appearance, without [DEFAULT]; each child of a section is a key with its
  /// value.
  [[nodiscard]] const Tree& sections() const { return sections_; }
  /// The keys of [DEFAULT].
  [[nodiscard]] const Tree& defaults() const { return defaults_; }

  [[nodiscard]] bool has_section(std::string_view section) const;
  /// The section's node (its place is the first header); nullptr if there is none.
  [[nodiscard]] const Tree* find_section(std::string_view section) const;
  /// The value of `key` (lower case) in `section`, else in [DEFAULT]; nullptr if neither has it.
  [[nodiscard]] const Tree* find_value(std::string_view section, std::string_view key) const {
    return find_value(find_section(section), key);
  }
  /// The same for a node of find_section(), for who reads many keys of one section.
  [[nodiscard]] const Tree* find_value(const Tree* section, std::string_view key) const;
  /// The keys of `section` including those it inherits from [DEFAULT].
  [[nodiscard]] std::vector<std::string> keys(std::string_view section) const;

  /// Replaces `%(here)s` by `directory` in every value, inherited ones too (which thereby become the
  /// section's own): what Supervisor does after the main file and after each included file (contract 1.4).
  void replace_here(std::string_view directory);

 private:
  Tree sections_;
  Tree defaults_;
};

}  // namespace holdfast::config
