#include "drivers/telemetry/event_sinks.hpp"

#include <utility>

namespace holdfast {

http::Credentials event_account_of(const config::Settings& settings) {
  const config::HttpServerSettings& server = inet_server_of(settings);
  return settings.cluster->event_authentication ? http::Credentials{server.username, server.password}
                                                : http::Credentials{};
}

Result<std::unique_ptr<EventSink>> EventSinks::make(config::EventLink link, std::uint16_t port,
                                                    std::function<void()> on_news) {
  return link == config::EventLink::zeromq ? make_zeromq_sink(loop_, settings_, port, std::move(on_news))
                                           : make_websocket_sink(loop_, into_, settings_, port, std::move(on_news));
}

}  // namespace holdfast
