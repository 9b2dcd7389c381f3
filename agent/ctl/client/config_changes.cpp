#include "ctl/client/config_changes.hpp"

#include "ctl/format/members.hpp"

namespace holdfast::ctl {
namespace {

std::vector<std::string> texts_of(const wire::Value& array) {
  std::vector<std::string> texts;
  for (const wire::Value& item : items_of(array)) {
    if (const std::string* text = item.as_string()) {
      texts.push_back(*text);
    }
  }
  return texts;
}

}  // namespace

ConfigChanges changes_of(const wire::Value& answer) {
  const wire::Array& outer = items_of(answer);
  static const wire::Array none;
  const wire::Array& lists = outer.empty() ? none : items_of(outer.front());
  const auto list = [&lists](std::size_t at) {
    return at < lists.size() ? texts_of(lists[at]) : std::vector<std::string>();
  };
  return {list(0), list(1), list(2)};
}

}  // namespace holdfast::ctl
