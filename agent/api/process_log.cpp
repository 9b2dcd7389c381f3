#include "api/process_log.hpp"

#include <algorithm>
#include <utility>

#include "api/methods/fault.hpp"
#include "api/methods/supervisor_methods.hpp"

namespace holdfast::api {
namespace {

using supervision::Fault;
using Answer = std::function<void(Result<ProcessLogEnd>)>;

constexpr const char* kMethod = "holdfast.tailProcessLog";
constexpr std::int64_t kLengthMax = 64 * 1024;
constexpr std::int64_t kLengthDefault = 16 * 1024;

Error error_of(Fault fault, std::string text) {
  return Error{std::move(text), supervision::code_of(fault)};
}

void read_here(Ports& ports, const ProcessLogQuestion& question, const Answer& answer) {
  const supervision::Process* process = ports.supervision.supervisor().find_namespec(question.namespec);
  if (process == nullptr) {
    return answer(error_of(Fault::bad_name, question.namespec + " is no program of this node"));
  }
  const bool err = question.channel == "stderr";
  const std::string file = log_path_of(*process, err ? supervision::Channel::err : supervision::Channel::out);
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
  if (member.state == cluster::MemberState::stopped) {
    return answer(error_of(Fault::failed, member.nick + " is STOPPED; its log cannot be read now"));
  }
  ports.cluster->ask(member.identifier, kMethod,
                     {question.namespec, question.channel, question.length, std::string()},
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

void add_process_log_method(MethodTable& table, Ports& ports) {
  table.add(
      {kMethod,
       "struct",
       {{"name", "string"},
        {"channel", "string", "stdout"},
        {"length", "int", kLengthDefault},
        {"node", "string", ""}},
       "The end of the log of a process: of this node, or of the one that is named.",
       true,
       [&ports](const auto& params, const Caller&, const MethodDone& done) {
         Arguments arguments(params);
         ProcessLogQuestion question{arguments.string(0), "stdout", kLengthDefault, {}};
         if (params.size() > 1) {
           question.channel = arguments.string(1);
         }
         if (params.size() > 2) {
           question.length = std::clamp<std::int64_t>(arguments.integer(2), 1, kLengthMax);
         }
         if (params.size() > 3) {
           question.node = arguments.string(3);
         }
         if (arguments.failed()) {
           return done(arguments.problem());
         }
         if (question.channel != "stdout" && question.channel != "stderr") {
           return done(make_fault(Fault::incorrect_parameters, "channel is stdout or stderr"));
         }
         read_process_log(ports, question, [done](const Result<ProcessLogEnd>& end) {
           if (!end) {
             return done(make_fault(static_cast<Fault>(end.error().code), end.error().message));
           }
           done(wire::Value(wire::Struct{{"file", end.value().file},
                                         {"data", end.value().data},
                                         {"size", end.value().size},
                                         {"cut", end.value().cut}}));
         });
       }});
}

}  // namespace holdfast::api
