// service_notifier.hpp: tells a service manager what the agent is doing, by the sd_notify protocol: one
// datagram to the socket named by $NOTIFY_SOCKET. No libsystemd. Does nothing when there is no such socket;
// never blocks; not needed for anything to work. Called by the composition root: "READY=1", "STATUS=…",
// "RELOADING=1", "STOPPING=1", "MAINPID=…".
#pragma once

#include <string>
#include <string_view>

namespace holdfast::system {

class ServiceNotifier {
 public:
  /// Reads $NOTIFY_SOCKET once (a path, or an abstract name after '@').
  ServiceNotifier();
  explicit ServiceNotifier(std::string address) : address_(std::move(address)) {}

  [[nodiscard]] bool wanted() const { return !address_.empty(); }
  /// Sends newline-separated assignments; false when nobody listens or it could not be sent.
  bool notify(std::string_view assignments) const;

 private:
  std::string address_;
};

}  // namespace holdfast::system
