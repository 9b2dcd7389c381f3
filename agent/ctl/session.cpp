#include "ctl/session.hpp"

namespace holdfast::ctl {
namespace {

constexpr const char* kApiVersion = "3.0";  // of the supervisor.* methods

// supervisorctl ends such a line with a place in its source, and scripts match that; ours helps nobody who
// reads it.
constexpr const char* kNoPlace = ": file: holdfastctl line: 0";

}  // namespace

Session::Session(Access access, MakeServer make_server, Console& console, LineReader& input, bool interactive)
    : access_(std::move(access)),
      make_server_(std::move(make_server)),
      console_(console),
      input_(input),
      interactive_(interactive),
      server_(make_server_(access_)) {}

void Session::open(const std::string& url) {
  access_.url = url;
  nodes_.clear();
  server_ = make_server_(access_);
}

Reply Session::call(const std::string& method, const Server::Params& params, Patience patience) {
  Reply reply = server_->call(method, params, patience);
  while (!reply && interactive_ && is_unauthorized(reply.failure())) {
    if (auto failure = log_in()) {
      return std::move(*failure);
    }
    reply = server_->call(method, params, patience);
  }
  return reply;
}

std::optional<Failure> Session::log_in() {
  console_.problem("Server requires authentication");
  const LineReader::Answer name = input_.read("Username:");
  const LineReader::Answer password =
      name.outcome == LineReader::Outcome::line ? input_.read_secret("Password:") : name;
  if (password.outcome != LineReader::Outcome::line) {
    left_ = left_ || password.outcome == LineReader::Outcome::interrupted;
    return Failure{Failure::Kind::end_of_input, 0, password.text};
  }
  console_.problem("");
  access_.username = name.text;
  access_.password = password.text;
  nodes_.clear();
  server_ = make_server_(access_);
  return std::nullopt;
}

Session::Up Session::up_check() {
  const Reply reply = call("supervisor.getVersion");
  if (reply) {
    const std::string* version = reply.value().as_string();
    if (version != nullptr && *version == kApiVersion) {
      return Up::up;
    }
    console_.problem("Sorry, this version of supervisorctl expects to talk to a server with API version " +
                     std::string(kApiVersion) + ", but the remote version is " +
                     (version == nullptr ? "unknown" : *version) + ".");
    status_ = exit_status::not_installed;
    return Up::down;
  }
  const Failure& failure = reply.failure();
  if (is_fault(failure, fault::unknown_method)) {
    console_.problem(
        "Sorry, supervisord responded but did not recognize the supervisor namespace commands that "
        "supervisorctl uses to control it.  Please check that the [rpcinterface:supervisor] section is "
        "enabled in the configuration file (see sample.conf).");
    status_ = exit_status::unimplemented;
    return Up::down;
  }
  if (failure.kind == Failure::Kind::refused) {
    console_.problem(url() + " refused connection");
    status_ = exit_status::insufficient_privileges;
    return Up::down;
  }
  if (failure.kind == Failure::Kind::no_such_file) {
    console_.problem(url() + " no such file");
    status_ = exit_status::not_running;
    return Up::down;
  }
  unexpected(failure);
  return Up::broken;
}

void Session::unexpected(const Failure& failure) {
  if (is_unauthorized(failure)) {
    console_.problem("Server requires authentication");
  }
  unexpected(python_text(failure));
}

void Session::unexpected(const std::string& python_text) {
  console_.problem("error: " + python_text + kNoPlace);
  status_ = exit_status::generic;
}

void Session::refused(const Failure& failure) {
  console_.complain(people_text(failure, url()));
  switch (failure.kind) {
    case Failure::Kind::refused:
      status_ = exit_status::insufficient_privileges;
      return;
    case Failure::Kind::no_such_file:
      status_ = exit_status::not_running;
      return;
    case Failure::Kind::bad_url:
      status_ = exit_status::invalid_arguments;
      return;
    case Failure::Kind::fault:
      status_ = failure.code == fault::unknown_method ? exit_status::unimplemented : exit_status::generic;
      return;
    case Failure::Kind::forbidden:
    case Failure::Kind::unresolved:
    case Failure::Kind::system:
    case Failure::Kind::timeout:
    case Failure::Kind::closed:
    case Failure::Kind::incomplete:
    case Failure::Kind::http_status:
    case Failure::Kind::not_http:
    case Failure::Kind::not_rpc:
    case Failure::Kind::end_of_input:
      status_ = exit_status::generic;
      return;
  }
}

void Session::set_status_of_fault(int code, int ignored) {
  if (code == ignored || code == fault::success) {
    return;
  }
  const bool dead =
      code == fault::spawn_error || code == fault::abnormal_termination || code == fault::not_running;
  status_ = dead ? exit_status::not_running : exit_status::generic;
}

bool Session::confirm(const std::string& question) {
  const LineReader::Answer answer = input_.read(question);
  if (answer.outcome == LineReader::Outcome::end) {
    unexpected(Failure{Failure::Kind::end_of_input, 0, answer.text});
  }
  if (answer.outcome == LineReader::Outcome::interrupted) {
    console_.problem("");
    set_status(exit_status::generic);
    leave();
  }
  return answer.outcome == LineReader::Outcome::line &&
         (answer.text.starts_with('y') || answer.text.starts_with('Y'));
}

}  // namespace holdfast::ctl
