// process_log.hpp: the end of a process's log, from this node's file or, asked over HTTP, from the node that
// has it. A node that is asked by another answers from its own file only, so that a question never travels
// twice. Used by the process page and by holdfast.tailProcessLog. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "api/ports.hpp"
#include "base/result.hpp"

namespace holdfast::api {

struct ProcessLogQuestion {
  std::string namespec;  // group:name
  std::string channel;   // stdout or stderr
  std::int64_t length = 0;
  std::string node;  // nick or identifier; empty: this one
};

struct ProcessLogEnd {
  std::string file;  // on its node
  std::string data;
  std::int64_t size = 0;  // of the file
  bool cut = false;       // there is more before `data`
};

/// An error says in words for people which node and why; its code is a fault's (2, 10, 20, 30). Answered
/// exactly once, at the latest after the deadline of ClusterPort::ask; maybe within this call.
void read_process_log(Ports& ports, const ProcessLogQuestion& question,
                      std::function<void(Result<ProcessLogEnd>)> answer);

}  // namespace holdfast::api
