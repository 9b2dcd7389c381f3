// server.hpp: the daemon as a command sees it: XML-RPC calls and followed logs. An interface, so that commands are
// tested without a network; HttpServer is the real one, over TCP or a unix socket (contract
// supervisor.md 1.10, 4.1, 4.10). Knows no command and prints nothing. Called by session.hpp. Single-threaded; blocks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/check.hpp"
#include "ctl/client/failure.hpp"
#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

/// The value that a call gave, or why it gave none.
class [[nodiscard]] Reply {
 public:
  Reply(wire::Value value) : data_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Reply(Failure failure) : data_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return data_.index() == 0; }
  [[nodiscard]] const wire::Value& value() const {
    CHECK(data_.index() == 0);
    return std::get<0>(data_);
  }
  [[nodiscard]] const Failure& failure() const {
    CHECK(data_.index() == 1);
    return std::get<1>(data_);
  }

 private:
  std::variant<wire::Value, Failure> data_;
};

/// How long an answer is waited for: a question has a deadline; an action (start or stop with wait) has none; a glance,
/// which is repeated or which its caller can do without, has a short one.
enum class Patience { question, action, glance };

class Server {
 public:
  using Params = std::vector<wire::Value>;
  using Sink = std::function<void(std::string_view)>;

  virtual ~Server() = default;
  virtual Reply call(const std::string& method, const Params& params, Patience patience) = 0;
  /// GET `path`; hands what comes to `sink` until the server ends the answer or `cancel_fd` is readable. The failure
  /// when nothing could be read.
  virtual std::optional<Failure> follow(const std::string& path, const Sink& sink, int cancel_fd) = 0;
};

/// Where a server is, and the user name and password to give there (empty: none).
struct Access {
  std::string url;
  std::string username;
  std::string password;
};

class HttpServer final : public Server {
 public:
  explicit HttpServer(Access access);
  ~HttpServer() override;

  Reply call(const std::string& method, const Params& params, Patience patience) override;
  std::optional<Failure> follow(const std::string& path, const Sink& sink, int cancel_fd) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::ctl
