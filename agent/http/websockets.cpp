#include "http/websockets.hpp"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <map>

#include "base/limits.hpp"

namespace holdfast::http {
namespace {

namespace beast = boost::beast;
using Tcp = boost::asio::ip::tcp;
using Upgrade = beast::http::request<beast::http::empty_body>;
using Stream = beast::websocket::stream<Tcp::socket, /*deflateSupported=*/false>;

/// The request as Beast wants it.
Upgrade upgrade_of(const Request& request) {
  Upgrade upgrade(beast::http::verb::get, request.target, 11);
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const Headers::Field field = request.headers.at(i);
    upgrade.insert(beast::string_view(field.name.data(), field.name.size()),
                   beast::string_view(field.value.data(), field.value.size()));
  }
  return upgrade;
}

bool is_ipv6(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 && address.ss_family == AF_INET6;
}

/// One client: at most one read and one write under way; the rest waits in its queue.
class Listening : public std::enable_shared_from_this<Listening> {
 public:
  struct Events {
    std::function<void()> opened;
    std::function<void()> drained;
    std::function<void()> closed;
  };

  Listening(Tcp::socket socket, Upgrade upgrade, Events events)
      : stream_(std::move(socket)), upgrade_(std::move(upgrade)), events_(std::move(events)) {}

  void start() {
    beast::websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = limits::websocket_handshake;
    timeout.idle_timeout = limits::websocket_silence;
    timeout.keep_alive_pings = true;
    stream_.set_option(timeout);
    stream_.read_message_max(limits::websocket_read_bytes);
    stream_.auto_fragment(false);
    stream_.text(true);
    stream_.async_accept(upgrade_, [self = shared_from_this()](const beast::error_code& error) {
      if (error) {
        return self->end();
      }
      self->open_ = true;
      self->events_.opened();
      self->read();
      self->write();
    });
  }

  bool send(const std::shared_ptr<const std::string>& text) {
    if (ended_ || queue_.size() >= limits::websocket_queue_messages ||
        (queued_bytes_ + text->size() > limits::websocket_queue_bytes && !queue_.empty())) {
      overflowed_ = true;
      return false;
    }
    queued_bytes_ += text->size();
    queue_.push_back(text);
    write();
    return true;
  }

  [[nodiscard]] std::size_t queued() const { return queue_.size(); }

  void close() {
    events_ = {[] {}, [] {}, [] {}};
    if (!open_ || ended_ || writing_) {
      return cut();
    }
    stream_.async_close(beast::websocket::close_code::going_away,
                        [self = shared_from_this()](const beast::error_code&) { self->cut(); });
  }

 private:
  /// Reads for the sake of control frames and of the end.
  void read() {
    stream_.async_read(read_buffer_, [self = shared_from_this()](const beast::error_code& error, std::size_t) {
      if (error) {
        return self->end();
      }
      self->read_buffer_.clear();
      self->read();
    });
  }

  void write() {
    if (!open_ || ended_ || writing_) {
      return;
    }
    if (queue_.empty()) {
      if (std::exchange(overflowed_, false)) {
        events_.drained();
      }
      return;
    }
    writing_ = true;
    stream_.async_write(boost::asio::buffer(*queue_.front()),
                        [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                          self->writing_ = false;
                          if (error) {
                            return self->end();
                          }
                          self->queued_bytes_ -= self->queue_.front()->size();
                          self->queue_.pop_front();
                          self->write();
                        });
  }

  void end() {
    if (!std::exchange(ended_, true)) {
      cut();
      std::exchange(events_, {[] {}, [] {}, [] {}}).closed();
    }
  }

  void cut() {
    ended_ = true;
    beast::error_code ignored;
    stream_.next_layer().close(ignored);
  }

  Stream stream_;
  Upgrade upgrade_;
  Events events_;
  beast::flat_static_buffer<limits::websocket_read_bytes> read_buffer_;
  std::deque<std::shared_ptr<const std::string>> queue_;  // the first is being written
  std::size_t queued_bytes_ = 0;
  bool open_ = false;
  bool ended_ = false;
  bool writing_ = false;
  bool overflowed_ = false;
};

}  // namespace

class WebSockets::Impl : public std::enable_shared_from_this<WebSockets::Impl> {
 public:
  Impl(boost::asio::io_context& io, Handlers handlers) : io_(io), handlers_(std::move(handlers)) {}

  ClientId take(const Request& request, Responder responder) {
    if (clients_.size() >= limits::websocket_clients) {
      responder.respond(error_response(503, "Too many event clients are connected"));
      return 0;
    }
    Upgrade upgrade = upgrade_of(request);
    UniqueFd fd = responder.take_connection();
    if (!fd.valid()) {
      return 0;
    }
    Tcp::socket socket(io_);
    beast::error_code error;
    socket.assign(is_ipv6(fd.get()) ? Tcp::v6() : Tcp::v4(), fd.get(), error);
    if (error) {
      return 0;
    }
    [[maybe_unused]] const int owned_by_socket = fd.release();
    const ClientId id = next_id_++;
    const auto client =
        std::make_shared<Listening>(std::move(socket), std::move(upgrade),
                                    Listening::Events{notice(id, &Handlers::on_open), notice(id, &Handlers::on_drained),
                                                      notice(id, &Handlers::on_closed)});
    clients_[id] = client;
    client->start();
    return id;
  }

  bool send(ClientId id, const std::shared_ptr<const std::string>& text) {
    const auto found = clients_.find(id);
    return found != clients_.end() && std::shared_ptr(found->second)->send(text);
  }

  [[nodiscard]] std::size_t queued(ClientId id) const {
    const auto found = clients_.find(id);
    return found == clients_.end() ? 0 : found->second->queued();
  }

  [[nodiscard]] std::size_t clients() const { return clients_.size(); }

  void close() {
    for (const auto& [id, client] : std::exchange(clients_, {})) {
      client->close();
    }
  }

 private:
  /// What a client calls when something became of it. Posted: whoever is told may call back into this object.
  std::function<void()> notice(ClientId id, std::function<void(ClientId)> Handlers::*handler) {
    return [weak = weak_from_this(), id, handler] {
      const auto self = weak.lock();
      if (!self) {
        return;
      }
      if (handler == &Handlers::on_closed) {
        self->clients_.erase(id);
      }
      boost::asio::post(self->io_, [weak, id, handler] {
        if (const auto still = weak.lock()) {
          (still->handlers_.*handler)(id);
        }
      });
    };
  }

  boost::asio::io_context& io_;
  Handlers handlers_;
  std::map<ClientId, std::shared_ptr<Listening>> clients_;
  ClientId next_id_ = 1;
};

WebSockets::WebSockets(boost::asio::io_context& io, Handlers handlers)
    : impl_(std::make_shared<Impl>(io, std::move(handlers))) {}

WebSockets::~WebSockets() {
  impl_->close();
}

bool WebSockets::is_upgrade(const Request& request) {
  return request.method == Method::get && request.minor_version >= 1 &&
         beast::websocket::is_upgrade(upgrade_of(request));
}

WebSockets::ClientId WebSockets::take(const Request& request, Responder responder) {
  return impl_->take(request, std::move(responder));
}
bool WebSockets::send(ClientId client, const std::shared_ptr<const std::string>& text) {
  return impl_->send(client, text);
}
std::size_t WebSockets::queued(ClientId client) const {
  return impl_->queued(client);
}
std::size_t WebSockets::clients() const {
  return impl_->clients();
}
void WebSockets::close() {
  impl_->close();
}

}  // namespace holdfast::http
