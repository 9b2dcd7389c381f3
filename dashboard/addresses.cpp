#include "dashboard/addresses.hpp"

namespace holdfast::dashboard {

std::optional<Page> page_at(std::string_view path) {
  if (path == "/" || is_at(path, kIndexAddress)) {
    return Page::overview;
  }
  for (const Page page : all_values<Page>()) {
    if (page != Page::overview && is_at(path, address_of(page))) {
      return page;
    }
  }
  return std::nullopt;
}

bool is_local_page(std::string_view back) {
  // Printable ASCII only: no line end for a header, no backslash that a browser takes for a slash.
  for (const char c : back) {
    if (c <= ' ' || c >= 0x7f || c == '\\') {
      return false;
    }
  }
  const std::string_view address = back.substr(0, back.find_first_of("?#"));
  for (const Page page : all_values<Page>()) {
    if (address == address_of(page).value()) {
      return true;
    }
  }
  return false;
}

}  // namespace holdfast::dashboard
