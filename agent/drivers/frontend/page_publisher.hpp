// page_publisher.hpp: keeps the open pages current: several changes in a row become one set of fragments on the event
// stream, and without an open page there is none. It asks the pages what differs from what was sent last; it does not
// know what they show. Used by Frontend; loop thread only.
#pragma once

#include <vector>

#include "api/api.hpp"
#include "http/event_stream.hpp"
#include "system/event_loop.hpp"

namespace holdfast {

class PagePublisher {
 public:
  PagePublisher(system::EventLoop& loop, api::Api& api, http::EventStream& events)
      : api_(api), events_(events), timer_(loop) {}

  /// Something that a page may show has changed.
  void soon();
  /// A page has opened its stream: what changed since it was made is sent with everything else.
  void on_watcher();

 private:
  void publish(const std::vector<api::Fragment>& fragments);

  api::Api& api_;
  http::EventStream& events_;
  system::Deadline timer_;
};

}  // namespace holdfast
