// The socket of [fcgi-program:x].
#include "base/text.hpp"
#include "config/python_text.hpp"
#include "config/section_readers.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

constexpr std::string_view kUnixUrl = "unix://";
constexpr std::string_view kTcp = "tcp://";

/// Supervisor raises ValueError("… %s", value): what a user sees is the pair, as Python prints one.
std::string as_python_pair(std::string_view text, std::string_view value) {
  return "(" + repr(text) + ", " + repr(value) + ")";
}

Status parse_tcp(const std::string& text, FcgiSocketSettings& socket) {
  const Error bad{as_python_pair("Bad socket format %s", text)};
  const std::size_t colon = text.rfind(':');
  if (!text.starts_with(kTcp) || colon <= kTcp.size()) {
    return bad;
  }
  const std::string host = text.substr(kTcp.size(), colon - kTcp.size());
  const std::string digits = text.substr(colon + 1);
  if (host.find_first_of(": \t\n\r\v\f") != std::string::npos || digits.empty() ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    return bad;
  }
  const auto port = parse_port(digits);
  if (!port) {
    return port.error();
  }
  socket.host = text::lower(host);
  socket.port = port.value();
  socket.url = std::string(kTcp) + socket.host + ":" + std::to_string(socket.port);
  return {};
}

Status parse_unix(ReadContext& context, const std::string& text, const std::optional<Account>& user,
                  FcgiSocketSettings& socket) {
  const std::string path = text.substr(kUnixUrl.size());
  if (!path.starts_with('/')) {
    return Error{as_python_pair("Unix socket path %s is not an absolute path", path)};
  }
  socket.path = normal_path(path, context.host);
  socket.url = std::string(kUnixUrl) + socket.path;
  if (!socket.owner && user && user->uid != context.host.own_uid()) {
    socket.owner = std::pair(user->uid, user->gid);
  }
  return {};
}

}  // namespace

Result<FcgiSocketSettings> read_fcgi_socket(ReadContext& context, const std::string& section) {
  Expansions names(&context.environment);
  names.set("here", context.here);
  SectionReader keys(context, section, names);
  FcgiSocketSettings socket;
  std::optional<Account> user;
  keys.read("user", user, [&](const std::string& text) { return context.find_account(text); });
  keys.read("socket_backlog", socket.backlog, parse_integer);
  if (socket.backlog && (*socket.backlog < 1 || *socket.backlog > 65535)) {
    keys.fail("socket_backlog", Error{"Invalid socket_backlog value " + std::to_string(*socket.backlog)});
  }
  keys.read("socket_owner", socket.owner, [&](const std::string& text) {
    auto owner = parse_user_group(text, context.host);
    return owner ? owner : Error{"Invalid socket_owner value " + text};
  });
  keys.read("socket_mode", socket.mode, [](const std::string& text) {
    auto mode = parse_octal(text);
    return mode ? mode : Error{"Invalid socket_mode value " + text};
  });
  if (!keys.status()) {
    return keys.status().error();
  }
  const auto program_name = parse_name(std::string_view(section).substr(section.find(':') + 1));
  names.set("program_name", program_name.ok() ? program_name.value() : "");
  const auto text = keys.text("socket");
  if (!keys.status()) {
    return keys.status().error();
  }
  if (!text || text->empty()) {
    return keys.error("socket", "[" + section + "] section requires a \"socket\" line");
  }
  Status status;
  if (text->starts_with(kUnixUrl)) {
    status = parse_unix(context, *text, user, socket);
  } else if (socket.owner || keys.has("socket_mode")) {
    status = Error{"socket_owner and socket_mode params should only be used with a Unix domain socket"};
  } else {
    status = parse_tcp(*text, socket);
  }
  if (!status) {
    return keys.error("socket", status.error().message + " in [" + section + "] socket");
  }
  return socket;
}

}  // namespace holdfast::config
