// failure.hpp: why a call to the server gave no value, and the two ways to say it: as supervisorctl shows an
// error that no command expects (contract supervisor.md 6.1: class and text as Python has them, because
// scripts match them), and in words for people, which our own commands use. Pure.
#pragma once

#include <string>

namespace holdfast::ctl {

/// The fault codes of contract supervisor.md 4.3 that commands tell apart.
namespace fault {
inline constexpr int unknown_method = 1;
inline constexpr int shutdown_state = 6;
inline constexpr int bad_name = 10;
inline constexpr int bad_signal = 11;
inline constexpr int no_file = 20;
inline constexpr int not_executable = 21;
inline constexpr int failed = 30;
inline constexpr int abnormal_termination = 40;
inline constexpr int spawn_error = 50;
inline constexpr int already_started = 60;
inline constexpr int not_running = 70;
inline constexpr int success = 80;
inline constexpr int already_added = 90;
inline constexpr int still_running = 91;
inline constexpr int cant_reread = 92;
inline constexpr int disabled = 103;
}  // namespace fault

struct Failure {
  enum class Kind {
    fault,         // the server says no: code and text are the fault's
    refused,       // nobody listens
    no_such_file,  // the unix socket does not exist
    forbidden,     // no right to use the unix socket
    unresolved,    // the host name is unknown; the code is getaddrinfo's
    system,        // the system says why there is no connection: its errno is the code
    timeout,
    closed,       // the connection ended before the answer (its errno, or 0, is the code), or was given up on
                  // purpose
    incomplete,   // it ended within the answer: the text says what is missing
    http_status,  // an answer other than 200: its number is the code, its words the text
    not_http,     // the text is the first line of what came instead
    not_rpc,      // an answer that is no XML-RPC: the text says why
    bad_url,      // the server URL is none we can use
    end_of_input,  // a person was asked for what is missing, and there was none
  };
  Kind kind = Kind::fault;
  int code = 0;
  std::string text;
  friend bool operator==(const Failure&, const Failure&) = default;
};

inline bool is_fault(const Failure& failure, int code) {
  return failure.kind == Failure::Kind::fault && failure.code == code;
}

/// The server, or the log, has come to its end.
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

/// One sentence; `url` is the server's as the user gave it.
std::string people_text(const Failure& failure, const std::string& url);

/// What is said of a log that cannot be followed at `url`.
std::string follow_failure_text(const std::string& url, const Failure& failure);

}  // namespace holdfast::ctl
