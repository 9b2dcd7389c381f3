#include "keeper/agent_program.hpp"

#include <sys/stat.h>

#include "keeper/limits.hpp"

namespace holdfast::keeper {
namespace {

bool same_file(const Fd& a, const Fd& b) {
  struct stat one {};
  struct stat other {};
  return a.valid() && b.valid() && fstat(a.get(), &one) == 0 && fstat(b.get(), &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

void AgentProgram::choose() {
  former_ = std::exchange(former_next_, false);
  const Fd file(former_ ? -1 : open(path_.c_str(), O_PATH | O_CLOEXEC));
  // Above the number that the agent's socket gets.
  installed_ = Fd(file.valid() ? fcntl(file.get(), F_DUPFD_CLOEXEC, agent_socket_fd + 1) : -1);
}

int AgentProgram::exec(char* const* argv) const {
  if (former_) {
    execveat(ran_.get(), "", argv, environ, AT_EMPTY_PATH);
    if (errno == ENOENT) {  // a script: its interpreter reads it by this descriptor, which must outlive the exec
      fcntl(ran_.get(), F_SETFD, 0);
      execveat(ran_.get(), "", argv, environ, AT_EMPTY_PATH);
    }
  } else {
    execv(path_.c_str(), argv);  // by its path: so ps shows its name
  }
  return errno;
}

void AgentProgram::ready() {
  failures_ = 0;
  if (!former_) {
    ran_ = std::move(installed_);
  }
}

bool AgentProgram::failed(bool may_pass) {
  if (!is_on_trial()) {
    failures_ = 0;
    return false;
  }
  if (may_pass && ++failures_ < limits::tries_after_hello) {
    return false;
  }
  failures_ = 0;
  former_next_ = true;
  return true;
}

bool AgentProgram::is_on_trial() const {
  return !former_ && ran_.valid() && !same_file(installed_, ran_);
}

std::string AgentProgram::name() const {
  return former_ ? path_ + " (as it was before)" : path_;
}

}  // namespace holdfast::keeper
