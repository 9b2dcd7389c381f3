// assets.hpp: the files that the pages need (style.css, live.js, icon.svg), embedded at build from
// dashboard/assets. Constant data; served by agent/api under `assets/<name>`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::dashboard {

struct Asset {
  std::string_view name;          // "style.css"
  std::string_view content_type;  // "text/css; charset=utf-8"
  std::string_view bytes;
  std::string_view etag;     // quoted, changes with the bytes
  std::string_view version;  // the same without quotes; pages link `assets/style.css?v=VERSION`, cacheable for ever
};

/// nullptr: no such asset.
const Asset* find_asset(std::string_view name);
const std::vector<Asset>& all_assets();

}  // namespace holdfast::dashboard
