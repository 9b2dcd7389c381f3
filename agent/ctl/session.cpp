#include "ctl/session.hpp"

namespace holdfast::ctl {
namespace {

// supervisorctl ends such a line with a place in its source, and scripts match that. A place in ours would help nobody
// who reads the line.
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
  console_.print_message("Server requires authentication");
  const LineReader::Answer name = input_.read("Username:");
  const LineReader::Answer password =
      name.outcome == LineReader::Outcome::line ? input_.read_secret("Password:") : name;
  if (password.outcome != LineReader::Outcome::line) {
    end_requested_ = end_requested_ || password.outcome == LineReader::Outcome::interrupted;
    return Failure{Failure::Kind::end_of_input, 0, password.text};
  }
  console_.print_message("");
  access_.username = name.text;
  access_.password = password.text;
  nodes_.clear();
  server_ = make_server_(access_);
  return std::nullopt;
}

void Session::show_unexpected(const Failure& failure) {
  if (is_unauthorized(failure)) {
    console_.print_message("Server requires authentication");
  }
  show_unexpected(python_text(failure));
}

void Session::show_unexpected(const std::string& python_text) {
  console_.print_message("error: " + python_text + kNoPlace);
  status_ = exit_status::generic;
}

bool Session::show_unreachable(const std::string& prefix, const Failure& failure) {
  if (failure.kind == Failure::Kind::refused) {
    console_.print_message(prefix + url() + " refused connection");
    status_ = exit_status::insufficient_privileges;
    return true;
  }
  if (failure.kind == Failure::Kind::no_such_file) {
    console_.print_message(prefix + url() + " no such file");
    status_ = exit_status::not_running;
    return true;
  }
  return false;
}

void Session::show_failure(const Failure& failure) {
  console_.print_error(plain_text(failure, url()));
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
      status_ = failure.code == code_of(Fault::unknown_method) ? exit_status::unimplemented : exit_status::generic;
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

void Session::set_status_of_fault(int code, std::optional<Fault> ignored) {
  const auto is = [code](Fault fault) { return code == code_of(fault); };
  if ((ignored && is(*ignored)) || is(Fault::success)) {
    return;
  }
  const bool dead = is(Fault::spawn_error) || is(Fault::abnormal_termination) || is(Fault::not_running);
  status_ = dead ? exit_status::not_running : exit_status::generic;
}

bool Session::confirm(const std::string& question) {
  const LineReader::Answer answer = input_.read(question);
  if (answer.outcome == LineReader::Outcome::end) {
    show_unexpected(Failure{Failure::Kind::end_of_input, 0, answer.text});
  }
  if (answer.outcome == LineReader::Outcome::interrupted) {
    console_.print_message("");
    set_status(exit_status::generic);
    request_end();
  }
  return answer.outcome == LineReader::Outcome::line && (answer.text.starts_with('y') || answer.text.starts_with('Y'));
}

}  // namespace holdfast::ctl
