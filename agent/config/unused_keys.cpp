// What stands in a configuration and has no effect.
#include <algorithm>
#include <array>

#include "config/section_readers.hpp"

namespace holdfast::config {
namespace {

/// A section whose name begins so, or is it; `checked`: all its keys are Supervisor's, so that another one is
/// a mistake. [holdfast] and [cluster] name theirs when they are read.
struct KnownSection {
  std::string_view name;
  bool prefix;
  bool checked;
};

constexpr std::array<KnownSection, 13> kKnown{{
    {"supervisord", false, true},
    {"program:", true, true},
    {"group:", true, true},
    {"eventlistener:", true, true},
    {"fcgi-program:", true, true},
    {"inet_http_server", true, true},
    {"unix_http_server", true, true},
    {"include", false, false},
    {"supervisorctl", false, false},
    {"rpcinterface:", true, false},
    {"ctlplugin:", true, false},
    {"holdfast", false, false},
    {"cluster", false, false},
}};

const KnownSection* find_kind(std::string_view section) {
  const auto found = std::find_if(kKnown.begin(), kKnown.end(), [section](const KnownSection& known) {
    return known.prefix ? section.starts_with(known.name) : section == known.name;
  });
  return found == kKnown.end() ? nullptr : &*found;
}

}  // namespace

void find_unused(ReadContext& context) {
  for (const auto& [name, section] : context.document.sections()) {
    const KnownSection* kind = find_kind(name);
    if (kind == nullptr) {
      context.settings.unused.push_back(place_of(section) + ": [" + name +
                                        "] is no section that is known here; it is ignored");
      continue;
    }
    for (const auto& [key, value] : section) {
      if (kind->checked && !context.used.contains(&value)) {
        context.settings.unused.push_back(place_of(value) + ": [" + name + "] has no key " + key +
                                          " here; it is ignored");
      }
    }
  }
}

}  // namespace holdfast::config
