// waiting_requests.hpp: the requests whose answer depends on what processes will do (contract
// supervisor.md 4.6). Told each change of state, it completes what that settles. Never starts or stops
// anything. Owned by Supervisor; bounded by limits::waiting_requests. A client that goes away changes nothing
// here: the operation goes on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/process_id.hpp"
#include "supervision/effect.hpp"
#include "supervision/request_id.hpp"

namespace holdfast::supervision {

/// What a request waits for at one process.
enum class Awaited {
  spawned,    // start, wait=false: the keeper's answer
  running,    // start, wait=true
  signalled,  // stop, wait=false, asked while spawning: the stop signal
  stopped,    // stop, wait=true
};

/// What acting on one process gave: settled (success or a fault), or still awaited.
struct Awaiting {
  Awaited what;
};
using StepResult = std::variant<Done, FaultText, Awaiting>;

class WaitingRequests {
 public:
  /// A request for one process: answered with true or a fault. `name` as the faults shall show it.
  void add_single(RequestId id, const ProcessId& key, std::uint64_t ordinal, std::string name, Awaited what);

  /// A request for several: answered with `rows`, which are settled already or kept free for a member (`row`), then
  /// those of the other members in the order in which they are settled.
  struct Member {
    ProcessId key;
    std::uint64_t ordinal = 0;
    std::string name;
    Awaited what;
    std::optional<std::size_t> row;
  };
  void add_many(RequestId id, std::vector<ProcessResult> rows, std::vector<Member> members);

  /// The keeper has a child for this process.
  void on_spawned(std::uint64_t ordinal, std::vector<Effect>& effects);

  /// One change of state, in order of occurrence.
  void on_change(const StateChanged& change, std::vector<Effect>& effects);

  [[nodiscard]] bool full() const;
  [[nodiscard]] bool empty() const { return requests_.empty(); }

 private:
  using Verdict = std::optional<std::variant<Done, FaultText>>;

  struct Request {
    RequestId id{};
    bool single = false;
    std::vector<ProcessResult> rows;
    std::map<std::uint64_t, Member> members;  // by ordinal
  };

  void add(Request request);
  template <typename Judge>
  void judge_members(std::uint64_t ordinal, std::vector<Effect>& effects, Judge judge);
  static void answer(Request& request, const Member& member, const std::variant<Done, FaultText>& verdict,
                     std::vector<Effect>& effects);

  std::map<std::uint64_t, Request> requests_;                     // in order of arrival
  std::set<std::pair<std::uint64_t, std::uint64_t>> by_process_;  // (process ordinal, request)
  std::uint64_t next_ = 1;
};

}  // namespace holdfast::supervision
