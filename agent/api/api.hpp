// api.hpp: everything that the agent answers over HTTP, behind one function: XML-RPC, JSON, log streams, pages. It
// chooses the route by path prefix (contract supervisor.md 4.1) and holds the method table that XML-RPC and JSON share.
// It opens nothing: adapters come in as ports. Made by the composition root, called by the web driver; loop thread
// only.
#pragma once

#include <memory>

#include "api/method_table.hpp"
#include "api/pages/page_routes.hpp"
#include "api/ports.hpp"

namespace holdfast::api {

class Api {
 public:
  /// `ports` outlives the Api. Adds the methods of the interfaces that the settings ask for.
  explicit Api(Ports& ports);

  /// Answers one request by `reply`, now or later.
  void handle(WebRequest request, WebReplyPtr reply);

  [[nodiscard]] const MethodTable& methods() const { return table_; }
  /// Also what the event stream of the pages sends.
  [[nodiscard]] PageRoutes& pages() { return pages_; }

 private:
  void xml_rpc(WebRequest request, const WebReplyPtr& reply);
  void log_stream(const WebRequest& request, const WebReplyPtr& reply);

  Ports& ports_;
  MethodTable table_;
  MethodTable page_methods_;  // supervisor.*, also where the configuration has no rpcinterface, as in the reference
  PageRoutes pages_;
};

}  // namespace holdfast::api
