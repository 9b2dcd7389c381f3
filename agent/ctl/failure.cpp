#include "ctl/failure.hpp"

#include "config/python_text.hpp"
#include "http/response.hpp"

namespace holdfast::ctl {
namespace {

std::string status_line(const Failure& failure) {
  return std::to_string(failure.code) + " " + std::string(http::reason_phrase(failure.code));
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
      return "<class 'ConnectionRefusedError'>, [Errno 111] Connection refused";
    case Failure::Kind::no_such_file:
      return "<class 'FileNotFoundError'>, [Errno 2] No such file or directory";
    case Failure::Kind::forbidden:
      return "<class 'PermissionError'>, [Errno 13] Permission denied";
    case Failure::Kind::unresolved:
      return "<class 'socket.gaierror'>, [Errno -2] Name or service not known";
    case Failure::Kind::timeout:
      return "<class 'TimeoutError'>, [Errno 110] Connection timed out";
    case Failure::Kind::closed:
      return "<class 'http.client.RemoteDisconnected'>, Remote end closed connection without response";
    case Failure::Kind::http_status:
      return "<class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: " +
             status_line(failure) + ">";
    case Failure::Kind::not_rpc:
      return "<class 'xmlrpc.client.ResponseError'>, " + failure.text;
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

std::string people_text(const Failure& failure, const std::string& url) {
  switch (failure.kind) {
    case Failure::Kind::fault:
      if (failure.code == fault::unknown_method) {
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
    case Failure::Kind::timeout:
      return url + ": no answer in time";
    case Failure::Kind::closed:
      return url + ": the server closed the connection before it answered";
    case Failure::Kind::http_status:
      return failure.code == 401 ? "Server requires authentication"
                                 : url + " answered with HTTP status " + status_line(failure);
    case Failure::Kind::not_rpc:
      return url + ": the answer is no XML-RPC: " + failure.text;
    case Failure::Kind::bad_url:
      return failure.text;
    case Failure::Kind::end_of_input:
      return "no name and password were given";
  }
  return failure.text;
}

}  // namespace holdfast::ctl
