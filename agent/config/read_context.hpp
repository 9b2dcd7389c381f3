// read_context.hpp: what the readers of the single sections share: the document, the names for expansion, the
// machine, the messages, and SectionReader, by which each takes its keys. Inside config only: made by
// settings_reader, lives as long as one reading.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/result.hpp"
#include "config/error_text.hpp"
#include "config/expansion.hpp"
#include "config/host.hpp"
#include "config/ini_document.hpp"
#include "config/settings.hpp"

namespace holdfast::config {

/// The keys that some reader looks for in sections of one kind: those of the first such section stand for
/// all.
struct AskedKeys {
  std::string section;
  std::set<std::string, std::less<>> keys;
};

/// One reading of a configuration.
struct ReadContext {
  explicit ReadContext(const Host& machine) : host(machine) {}

  const Host& host;
  IniDocument document;
  Expansions environment;  // ENV_X of the daemon, later also of [supervisord] environment
  std::string file;        // the main file as it was given
  std::string here;        // its absolute directory
  std::string node_name;
  Settings settings;  // what has been read so far
  std::size_t processes = 0;
  std::string supvisors_section;                        // [rpcinterface:x] with Supvisors' factory; empty: none
  std::unordered_set<const Tree*> used;                 // the values that some reader asked for
  std::map<std::string, AskedKeys, std::less<>> asked;  // by kind_of(section)
  std::set<std::string> said;                           // the texts of settings.messages
  std::map<std::string, Result<Account>> accounts;      // looked up once each: name services may be slow

  /// Adds a message unless the very same was added before (a section with numprocs warns once).
  void say(LogLevel level, std::string text);
  Result<Account> find_account(const std::string& text);
  /// Where to note the keys that are looked for in `section`; nullptr: another section stands for its kind.
  AskedKeys* note_keys_of(const std::string& section);
};

/// `program:` of `program:x`; a section without a colon, and each [rpcinterface:x], is of its own kind.
std::string_view kind_of(std::string_view section);

/// Takes the keys of one section: expanded, converted, with the place in errors. The first error is kept and
/// makes all later calls do nothing, so that a reader asks for status() once, at its end.
class SectionReader {
 public:
  /// `names` must live as long as this reader; it may grow between calls.
  SectionReader(ReadContext& context, std::string section, const Expansions& names)
      : context_(context),
        section_(std::move(section)),
        own_(context.document.find_section(section_)),
        names_(names),
        asked_(context.note_keys_of(section_)) {}

  [[nodiscard]] const std::string& section() const { return section_; }
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] bool has(std::string_view key) const { return value(key) != nullptr; }
  /// `file:line` of a key, else of the section.
  [[nodiscard]] std::string place(std::string_view key) const;

  /// The same with section and key, for an error that is found after the reading (error_at).
  [[nodiscard]] std::string full_place(std::string_view key) const { return place_text(error(key, {})); }

  /// The value as it stands in the file.
  [[nodiscard]] std::optional<std::string> raw(std::string_view key) const;
  /// The value with its names expanded; nullopt if there is none, or after an error.
  std::optional<std::string> text(std::string_view key);

  /// Converts the value into `target`, which keeps its default if there is no value.
  template <typename Target, typename Parse>
  void read(std::string_view key, Target& target, Parse parse) {
    const auto found = text(key);
    if (!found) {
      return;
    }
    auto parsed = parse(*found);
    if (parsed) {
      target = std::move(parsed).value();
    } else {
      fail(key, parsed.error());
    }
  }

  /// Remembers an error, with the place of `key` if it has one yet; empty: of the section.
  void fail(std::string_view key, const Error& error);
  /// The place of `key` for an error that the caller returns itself.
  [[nodiscard]] Error error(std::string_view key, std::string text) const;

 private:
  [[nodiscard]] const Tree* value(std::string_view key) const {
    const Tree* found = context_.document.find_value(own_, key);
    if (found != nullptr) {
      context_.used.insert(found);
    }
    if (asked_ != nullptr) {
      asked_->keys.emplace(key);
    }
    return found;
  }

  ReadContext& context_;
  std::string section_;
  const Tree* own_;  // nullptr: the file has no such section
  const Expansions& names_;
  AskedKeys* asked_;  // nullptr: nothing is to be noted
  Status status_;
};

}  // namespace holdfast::config
