// Methods of supervisor.* about the logs of processes: read, tail, clear.
#include <memory>
#include <utility>

#include "api/methods/supervisor_rows.hpp"
#include "supervision/log_path.hpp"

namespace holdfast::api {
namespace {

using supervision::Channel;

template <Channel C>
void read_log(const MethodCall& call) {
  const std::int64_t offset = call.arguments.integer(1);
  const std::int64_t length = call.arguments.integer(2);
  with_process(call, call.done, [&](const supervision::Process& process) {
    read_file(call, supervision::log_path_of(process, C), offset, length);
  });
}

template <Channel C>
void tail_log(const MethodCall& call) {
  const std::int64_t offset = call.arguments.integer(1);
  const std::int64_t length = call.arguments.integer(2);
  with_process(call, call.done, [&](const supervision::Process& process) {
    call.ports.logs.tail(supervision::log_path_of(process, C), offset, length, [done = call.done](LogTail tail) {
      done(wire::Value(wire::Array{std::move(tail.data), tail.offset, tail.overflow}));
    });
  });
}

void clear_logs(const MethodCall& call) {
  const std::string name = call.arguments.string(0);
  const MethodDone done = recorded(call, name, "clear log");
  with_process(call, done, [&](const supervision::Process& process) {
    call.ports.logs.clear_process(process.key(), [done, name](const Status& status) {
      done(status ? MethodResult(wire::Value(true)) : MethodResult(make_fault(Fault::failed, name)));
    });
  });
}

void clear_all_logs(const MethodCall& call) {
  struct Collected {
    wire::Array results;   // in the order of the processes, whoever is done first
    std::size_t open = 1;  // one for the loop below
    MethodDone done;
  };
  auto collected = std::make_shared<Collected>();
  collected->done = recorded(call, "", "clear all logs");
  const auto close_one = [collected] {
    if (--collected->open == 0) {
      collected->done(wire::Value(std::move(collected->results)));
    }
  };
  for (const supervision::Process* process : call.ports.supervision.supervisor().by_priority()) {
    ++collected->open;
    const std::size_t place = collected->results.size();
    collected->results.emplace_back();
    call.ports.logs.clear_process(
        process->key(), [collected, close_one, place, key = process->key()](const Status& status) {
          supervision::ProcessResult result{key, status ? Fault::success : Fault::failed, "OK"};
          if (!status) {
            result.description = make_fault(Fault::failed, make_namespec(key)).text;
          }
          collected->results[place] = result_value(result);
          close_one();
        });
  }
  close_one();
}

}  // namespace

std::vector<MethodRow> supervisor_log_rows() {
  const std::vector<MethodParameter> range{{"name", "string"}, {"offset", "int"}, {"length", "int"}};
  return {
      {.name = "readProcessStdoutLog",
       .alias = "readProcessLog",
       .result = "string",
       .parameters = range,
       .help = "Bytes of a process's stdout log, from an offset.",
       .reads_only = true,
       .body = read_log<Channel::out>},
      {.name = "readProcessStderrLog",
       .result = "string",
       .parameters = range,
       .help = "Bytes of a process's stderr log, from an offset.",
       .reads_only = true,
       .body = read_log<Channel::err>},
      {.name = "tailProcessStdoutLog",
       .alias = "tailProcessLog",
       .result = "array",
       .parameters = range,
       .help = "The end of a process's stdout log: bytes, offset, overflow.",
       .reads_only = true,
       .body = tail_log<Channel::out>},
      {.name = "tailProcessStderrLog",
       .result = "array",
       .parameters = range,
       .help = "The end of a process's stderr log: bytes, offset, overflow.",
       .reads_only = true,
       .body = tail_log<Channel::err>},
      {.name = "clearProcessLogs",
       .alias = "clearProcessLog",
       .result = "boolean",
       .parameters = {{"name", "string"}},
       .help = "Empties the logs of a process.",
       .body = clear_logs},
      {.name = "clearAllProcessLogs",
       .result = "array",
       .help = "Empties the logs of every process.",
       .body = clear_all_logs},
  };
}

}  // namespace holdfast::api
