// failure.hpp: why a call to the server gave no value, and its two texts: the one that supervisorctl shows of an error
// that no command expects (contract supervisor.md 6.1: class and text as Python has them, because scripts match them),
// and the plain one of our own commands. Made by server.hpp, shown by session.hpp and the commands. Pure.
#pragma once

#include <string>

#include "base/fault.hpp"

namespace holdfast::ctl {

struct Failure {
  enum class Kind {
    fault,         // the server answered with a fault, whose code and text these are
    refused,       // nobody listens there
    no_such_file,  // the unix socket does not exist
    forbidden,     // no right to use the unix socket
    unresolved,    // the host name is unknown; the code is getaddrinfo's
    system,        // no connection for another reason: its errno is the code
    timeout,
    closed,        // the connection ended before the answer (its errno, or 0, is the code), or we ended it on purpose
    incomplete,    // the connection ended within the answer: the text says what is missing
    http_status,   // an answer other than 200: its number is the code, its reason phrase the text
    not_http,      // the text is the first line of what came instead
    not_rpc,       // an answer that is no XML-RPC: the text says why
    bad_url,       // the server's URL has a scheme that we do not speak
    end_of_input,  // a name and a password were asked for, and nobody gave them
  };
  Kind kind = Kind::fault;
  int code = 0;
  std::string text;
  friend bool operator==(const Failure&, const Failure&) = default;
};

inline bool is_fault(const Failure& failure, Fault fault) {
  return failure.kind == Failure::Kind::fault && failure.code == code_of(fault);
}

/// The server ended the connection: of a followed log, its end.
inline bool is_end(const Failure& failure) {
  return failure.kind == Failure::Kind::closed || failure.kind == Failure::Kind::incomplete;
}

inline bool is_unauthorized(const Failure& failure) {
  return failure.kind == Failure::Kind::http_status && failure.code == 401;
}

/// "<Fault 10: 'BAD_NAME: x'>".
std::string fault_text(const Failure& failure);

/// "<class 'xmlrpc.client.Fault'>, <Fault 10: 'BAD_NAME: x'>".
std::string python_text(const Failure& failure);

/// One sentence for people; `url` is the server's, as the user gave it.
std::string plain_text(const Failure& failure, const std::string& url);

/// The error line of a log that cannot be followed at `url`.
std::string follow_failure_text(const std::string& url, const Failure& failure);

}  // namespace holdfast::ctl
