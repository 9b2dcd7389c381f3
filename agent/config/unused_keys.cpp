// What stands in a configuration and has no effect.
#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "config/section_readers.hpp"

namespace holdfast::config {
namespace {

enum class Told { never, in_a_test, at_the_start };

/// A section whose name begins so (with a colon or `http_server` at its end), or is it.
struct KnownSection {
  std::string_view name;
  Told unknown_keys = Told::in_a_test;
  std::string_view keys = {};  // of a section that the daemon itself does not read, between blanks
};

constexpr std::array<KnownSection, 13> kKnown{{
    {"supervisord"},
    {"program:"},
    {"group:"},
    {"eventlistener:"},
    {"fcgi-program:"},
    {"inet_http_server"},
    {"unix_http_server"},
    {"include", Told::in_a_test, "files"},
    {"supervisorctl", Told::in_a_test, "serverurl username password prompt history_file"},
    {"rpcinterface:", Told::never},  // what its factory takes; but Supvisors' is ours
    {"ctlplugin:", Told::never},     // likewise
    {"holdfast", Told::at_the_start},
    {"cluster", Told::at_the_start},
}};

const KnownSection* find_section(std::string_view section) {
  const auto* found = std::ranges::find_if(kKnown, [section](const KnownSection& known) {
    const bool prefix = known.name.ends_with(':') || known.name.ends_with("http_server");
    return prefix ? section.starts_with(known.name) : section == known.name;
  });
  return found == kKnown.end() ? nullptr : found;
}

/// How many letters must be put in, left out, or replaced to make one of the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i + 1);
    for (std::size_t k = 0; k < to.size(); ++k) {
      const std::size_t replaced = corner + (from[i] == to[k] ? 0 : 1);
      corner = row[k + 1];
      row[k + 1] = std::min({corner + 1, row[k] + 1, replaced});
    }
  }
  return row.back();
}

/// The name that is nearest, if one is near; else empty.
template <typename Names>
std::string nearest_of(std::string_view written, const Names& names) {
  constexpr std::size_t kLettersMax = 64;  // of a name that is compared
  std::size_t least = std::max<std::size_t>(1, written.size() / 3) + 1;
  std::string nearest;
  for (const std::string_view name : names) {
    const std::size_t far = written.size() > kLettersMax || name == written ? least : distance(written, name);
    if (far < least) {
      least = far;
      nearest = name;
    }
  }
  return nearest;
}

std::string suggestion(const std::string& nearest) {
  return nearest.empty() ? nearest : "; did you mean " + nearest + "?";
}

std::string section_suggestion(std::string_view section) {
  std::vector<std::string_view> names;
  for (const KnownSection& known : kKnown) {
    names.push_back(known.name);
  }
  const std::string_view kind = kind_of(section);
  const std::string nearest = nearest_of(kind, names);
  return suggestion(nearest.empty() ? nearest : "[" + nearest + std::string(section.substr(kind.size())) + "]");
}

/// The keys of one section that nobody has asked for.
class UnusedKeys {
 public:
  UnusedKeys(ReadContext& context, const std::string& section, const KnownSection& known)
      : context_(context), section_(section), told_(known.unknown_keys) {
    if (section == context.supvisors_section) {
      told_ = Told::at_the_start;
    }
    for (const std::string_view key : text::split(known.keys, ' ')) {
      if (!key.empty()) {
        listed_.emplace_back(key);
      }
    }
  }

  void tell(const Tree& keys) {
    if (told_ == Told::never) {
      return;
    }
    for (const auto& [key, value] : keys) {
      const bool inherited = find_child(context_.document.defaults(), key) != nullptr;
      if (!inherited && !is_known(key, value)) {
        tell(key, value);
      }
    }
  }

 private:
  [[nodiscard]] bool is_known(const std::string& key, const Tree& value) const {
    return listed_.empty() ? context_.used.contains(&value) : std::ranges::find(listed_, key) != listed_.end();
  }

  void tell(const std::string& key, const Tree& value) {
    const auto asked = context_.asked.find(kind_of(section_));
    const std::string text =
        place_of(value) + ": [" + section_ + "] has no key " + key + " here; it is ignored" +
        suggestion(asked == context_.asked.end() ? nearest_of(key, listed_) : nearest_of(key, asked->second.keys));
    if (told_ == Told::at_the_start) {
      context_.say(LogLevel::warn, text);
    } else {
      context_.settings.unused.push_back(text);
    }
  }

  ReadContext& context_;
  const std::string& section_;
  Told told_;
  std::vector<std::string> listed_;
};

}  // namespace

void find_unused(ReadContext& context) {
  for (const auto& [name, section] : context.document.sections()) {
    if (const KnownSection* known = find_section(name)) {
      UnusedKeys(context, name, *known).tell(section);
    } else {
      context.settings.unused.push_back(place_of(section) + ": [" + name +
                                        "] is no section that is known here; it is ignored" + section_suggestion(name));
    }
  }
}

}  // namespace holdfast::config
