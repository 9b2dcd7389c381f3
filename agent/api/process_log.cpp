#include "api/process_log.hpp"

#include <utility>

#include "base/fault.hpp"
#include "supervision/log_path.hpp"

namespace holdfast::api {
namespace {

using Answer = std::function<void(Result<ProcessLogEnd>)>;

constexpr const char* kMethod = "holdfast.tailProcessLog";  // by which another node is asked

Error error_of(Fault fault, std::string text) {
  return Error{std::move(text), code_of(fault)};
}

void read_here(Ports& ports, const ProcessLogQuestion& question, const Answer& answer) {
  const supervision::Process* process = ports.supervision.supervisor().find_namespec(question.namespec);
  if (process == nullptr) {
    return answer(error_of(Fault::bad_name, question.namespec + " is no program of this node"));
  }
  const bool err = question.channel == "stderr";
  const std::string file =
      supervision::log_path_of(*process, err ? supervision::Channel::err : supervision::Channel::out);
  if (file.empty()) {
    return answer(error_of(Fault::no_file, question.namespec + " keeps no log of " + question.channel));
  }
  ports.logs.tail(file, 0, question.length, [file, answer](LogTail tail) {
    ProcessLogEnd end{file, std::move(tail.data), tail.offset, false};
    end.cut = end.size > static_cast<std::int64_t>(end.data.size());
    answer(std::move(end));
  });
}

template <typename T>
const T* part(const wire::Value& value, std::string_view name, const T* (wire::Value::*as)() const) {
  const wire::Value* found = value.find(name);
  return found == nullptr ? nullptr : (found->*as)();
}

/// What the other node has sent is taken only in the form that this version sends it.
Result<ProcessLogEnd> end_of(const wire::Value& value, const std::string& nick) {
  const auto* file = part(value, "file", &wire::Value::as_string);
  const auto* data = part(value, "data", &wire::Value::as_string);
  const auto* size = part(value, "size", &wire::Value::as_int);
  const auto* cut = part(value, "cut", &wire::Value::as_bool);
  if (file == nullptr || data == nullptr || size == nullptr || cut == nullptr) {
    return error_of(Fault::failed, nick + " has sent no log");
  }
  return ProcessLogEnd{*file, *data, *size, *cut};
}

void read_there(Ports& ports, const ProcessLogQuestion& question, const cluster::MemberView& member,
                const Answer& answer) {
  if (member.state == MemberState::stopped) {
    return answer(error_of(Fault::failed, member.nick + " is STOPPED; its log cannot be read now"));
  }
  ports.cluster->ask(member.identifier, kMethod, {question.namespec, question.channel, question.length, std::string()},
                     [nick = member.nick, answer](const Result<wire::Value>& value) {
                       if (!value) {
                         return answer(value.error());
                       }
                       answer(end_of(value.value(), nick));
                     });
}

}  // namespace

void read_process_log(Ports& ports, const ProcessLogQuestion& question, Answer answer) {
  if (question.node.empty() || ports.cluster == nullptr) {
    return read_here(ports, question, answer);
  }
  const cluster::MemberView* member = ports.cluster->node().view().find(question.node);
  if (member == nullptr) {
    return answer(error_of(Fault::bad_name, "there is no node " + question.node));
  }
  member->local ? read_here(ports, question, answer) : read_there(ports, question, *member, answer);
}

}  // namespace holdfast::api
