// program_requests.hpp: the requests to this node's programs that are under way: who asked, and who is answered. Gives
// each its number, and writes who asked for what and what became of it to the history. It carries out nothing. Owned by
// ProgramDriver; loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "api/ports.hpp"
#include "storage/history.hpp"
#include "supervision/effect.hpp"
#include "supervision/input.hpp"

namespace holdfast {

class ProgramRequests {
 public:
  using Answer = api::SupervisionPort::Answer;

  /// `node`: the identifier that history rows carry.
  ProgramRequests(storage::History& history, std::string node) : history_(history), node_(std::move(node)) {}

  /// The request gets its number; `answer` is called once, by complete().
  void add(supervision::Input& request, const api::Caller& caller, Answer answer);
  /// The request that has this number is answered.
  void complete(const supervision::Completed& completed);
  /// A signal to the daemon; who sent it is not known: the keeper passes it on.
  void record_signal(int signo, const std::string& outcome);

 private:
  storage::History& history_;
  std::string node_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, Answer> answers_;
};

/// The number that add() has given to the request; 0: it is none.
supervision::RequestId id_of(const supervision::Input& request);

}  // namespace holdfast
