#include "ctl/client/failure.hpp"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "config/python_text.hpp"
#include "ctl/format/text_layout.hpp"
#include "http/response.hpp"

namespace holdfast::ctl {
namespace {

std::string status_line(const Failure& failure) {
  return std::to_string(failure.code) + " " +
         (failure.text.empty() ? std::string(http::reason_phrase(failure.code)) : one_line(failure.text));
}

/// Python's class for an errno (PEP 3151), and the system's words.
std::string os_error(int number) {
  if (number == ENAMETOOLONG) {
    return "<class 'OSError'>, AF_UNIX path too long";  // found before the system is asked
  }
  static constexpr std::array<std::pair<int, std::string_view>, 9> kClasses{{{ECONNREFUSED, "ConnectionRefusedError"},
                                                                             {ENOENT, "FileNotFoundError"},
                                                                             {EACCES, "PermissionError"},
                                                                             {EPERM, "PermissionError"},
                                                                             {ETIMEDOUT, "TimeoutError"},
                                                                             {ENOTDIR, "NotADirectoryError"},
                                                                             {ECONNRESET, "ConnectionResetError"},
                                                                             {ECONNABORTED, "ConnectionAbortedError"},
                                                                             {EPIPE, "BrokenPipeError"}}};
  const auto* found = std::ranges::find(kClasses, number, &std::pair<int, std::string_view>::first);
  return "<class '" + std::string(found == kClasses.end() ? "OSError" : found->second) + "'>, [Errno " +
         std::to_string(number) + "] " + ::strerrordesc_np(number);
}

}  // namespace

std::string fault_text(const Failure& failure) {
  return "<Fault " + std::to_string(failure.code) + ": " + config::repr(failure.text) + ">";
}

std::string python_text(const Failure& failure) {
  switch (failure.kind) {
    case Failure::Kind::fault:
      return "<class 'xmlrpc.client.Fault'>, " + fault_text(failure);
    case Failure::Kind::refused:
      return os_error(ECONNREFUSED);
    case Failure::Kind::no_such_file:
      return os_error(ENOENT);
    case Failure::Kind::forbidden:
      return os_error(EACCES);
    case Failure::Kind::system:
      return os_error(failure.code);
    case Failure::Kind::unresolved:
      return "<class 'socket.gaierror'>, [Errno " + std::to_string(failure.code) + "] " + ::gai_strerror(failure.code);
    case Failure::Kind::timeout:
      return os_error(ETIMEDOUT);
    case Failure::Kind::closed:
      return failure.code != 0
                 ? os_error(failure.code)
                 : "<class 'http.client.RemoteDisconnected'>, Remote end closed connection without response";
    case Failure::Kind::incomplete:
      return "<class 'http.client.IncompleteRead'>, IncompleteRead(" + failure.text + ")";
    case Failure::Kind::http_status:
      return "<class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: " + status_line(failure) + ">";
    case Failure::Kind::not_http:
      return "<class 'http.client.BadStatusLine'>, " + one_line(failure.text);
    case Failure::Kind::not_rpc:
      return "<class 'xmlrpc.client.ResponseError'>, ResponseError()";
    case Failure::Kind::bad_url:
      return "<class 'ValueError'>, " + failure.text;
    case Failure::Kind::end_of_input:
      return "<class 'EOFError'>, " + failure.text;
  }
  return failure.text;
}

std::string follow_failure_text(const std::string& url, const Failure& failure) {
  if (failure.kind == Failure::Kind::http_status) {
    return url + " Cannot read, status code " + std::to_string(failure.code);
  }
  const std::string text = python_text(failure);
  const std::size_t comma = text.find(", ");
  return url + " Cannot connect, error: " + text.substr(0, comma) + " (" + text.substr(comma + 2) + ")";
}

std::string plain_text(const Failure& failure, const std::string& url) {
  switch (failure.kind) {
    case Failure::Kind::fault:
      if (failure.code == code_of(Fault::unknown_method)) {
        return url + " does not know this command's method: it is no Holdfast agent, or is in no cluster";
      }
      return failure.text;
    case Failure::Kind::refused:
      return url + " refused connection";
    case Failure::Kind::no_such_file:
      return url + " no such file";
    case Failure::Kind::forbidden:
      return url + ": permission denied";
    case Failure::Kind::unresolved:
      return url + ": the host name is unknown";
    case Failure::Kind::system:
      return url + ": no connection: " + ::strerrordesc_np(failure.code);
    case Failure::Kind::timeout:
      return url + ": no answer in time";
    case Failure::Kind::closed:
      return url + ": the server closed the connection before it answered";
    case Failure::Kind::incomplete:
      return url + ": the server closed the connection within its answer (" + failure.text + ")";
    case Failure::Kind::http_status:
      return failure.code == 401 ? "Server requires authentication"
                                 : url + " answered with HTTP status " + status_line(failure);
    case Failure::Kind::not_http:
      return url + ": who answers there speaks no HTTP: " + one_line(failure.text);
    case Failure::Kind::not_rpc:
      return url + ": the answer is no XML-RPC: " + one_line(failure.text);
    case Failure::Kind::bad_url:
      return failure.text;
    case Failure::Kind::end_of_input:
      return "no name and password were given";
  }
  return failure.text;
}

}  // namespace holdfast::ctl
