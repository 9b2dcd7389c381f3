// branding.hpp: the files that a configuration adds to the pages (contract supvisors.md CFG-02, CFG-09): a picture at
// the top, and style after the built-in one. They are read on the disk thread; the style once, the picture each time it
// is asked for. Their bytes are served as they are: the pages' Content-Security-Policy keeps them from loading anything
// of another host. Used by PageRoutes; loop thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/ports.hpp"

namespace holdfast::api {

class Branding {
 public:
  explicit Branding(Ports& ports) : ports_(ports) {}

  /// Answers `/branding/icon` and `/branding/style.css`; 404 where nothing is configured. A file that cannot be read or
  /// is too large is left out, and said once.
  void handle(const WebRequest& request, const WebReplyPtr& reply);

 private:
  void icon(const WebReplyPtr& reply);
  void style(const WebReplyPtr& reply);
  void read_style(std::size_t index, std::string so_far);
  void log_once(const std::string& trouble);

  Ports& ports_;
  std::optional<std::string> style_;  // once it is read
  std::vector<WebReplyPtr> waiting_;  // for it
  std::vector<std::string> logged_;   // one for each file at most
};

/// Of a picture by the end of its file's name; empty: it is none that browsers show.
std::string picture_type_of(const std::string& path);

}  // namespace holdfast::api
