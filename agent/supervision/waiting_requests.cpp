#include "supervision/waiting_requests.hpp"

#include <utility>

#include "base/limits.hpp"

namespace holdfast::supervision {
namespace {

using Verdict = std::optional<std::variant<Done, FaultText>>;

ProcessResult row_of(const ProcessId& key, const std::variant<Done, FaultText>& verdict) {
  if (const auto* fault = std::get_if<FaultText>(&verdict)) {
    return {key, fault->fault, text_of(*fault)};
  }
  return {key, Fault::success, "OK"};
}

/// A start in progress, at a change of state (contract 4.6: the first failed try is the answer, later tries
/// go on).
Verdict judge_start(const std::string& name, const StateChanged& change) {
  if (!change.last_run.spawnerr.empty()) {
    return FaultText{Fault::spawn_error, name};
  }
  if (change.to == ProcessState::running) {
    return Done{};
  }
  if (change.to == ProcessState::starting) {
    return std::nullopt;
  }
  return FaultText{Fault::abnormal_termination, name};
}

Verdict judge(const WaitingRequests::Member& member, const StateChanged& change) {
  switch (member.what) {
    case Awaited::spawned:
    case Awaited::running:
      return judge_start(member.name, change);
    case Awaited::signalled:
      if (change.to == ProcessState::stopping || is_stopped(change.to)) {
        return Done{};
      }
      return std::nullopt;
    case Awaited::stopped:
      if (change.to == ProcessState::unknown) {
        return FaultText{Fault::failed, "unknown problem killing " + change.key.name};
      }
      if (is_stopped(change.to)) {
        return Done{};
      }
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

void WaitingRequests::add_single(RequestId id, const ProcessId& key, std::uint64_t ordinal, std::string name,
                                 Awaited what) {
  Request request{id, true, {}, {}};
  request.members.emplace(ordinal, Member{key, ordinal, std::move(name), what, std::nullopt});
  add(std::move(request));
}

void WaitingRequests::add_many(RequestId id, std::vector<ProcessResult> rows, std::vector<Member> members) {
  Request request{id, false, std::move(rows), {}};
  for (Member& member : members) {
    request.members.emplace(member.ordinal, std::move(member));
  }
  add(std::move(request));
}

void WaitingRequests::add(Request request) {
  for (const auto& [ordinal, member] : request.members) {
    by_process_.emplace(ordinal, next_);
  }
  requests_.emplace(next_++, std::move(request));
}

void WaitingRequests::on_spawned(std::uint64_t ordinal, std::vector<Effect>& effects) {
  judge_members(ordinal, effects, [](const Member& member) -> Verdict {
    return member.what == Awaited::spawned ? Verdict(Done{}) : std::nullopt;
  });
}

void WaitingRequests::on_change(const StateChanged& change, std::vector<Effect>& effects) {
  if (change.from == change.to) {
    return;
  }
  judge_members(change.ordinal, effects, [&](const Member& member) { return judge(member, change); });
}

bool WaitingRequests::full() const {
  return requests_.size() >= limits::waiting_requests;
}

template <typename Judge>
void WaitingRequests::judge_members(std::uint64_t ordinal, std::vector<Effect>& effects, Judge judge_member) {
  for (auto at = by_process_.lower_bound({ordinal, 0}); at != by_process_.end() && at->first == ordinal;) {
    const auto found = requests_.find(at->second);
    Request& request = found->second;
    const auto member = request.members.find(ordinal);
    const Verdict verdict = judge_member(member->second);
    if (!verdict) {
      ++at;
      continue;
    }
    answer(request, member->second, *verdict, effects);
    request.members.erase(member);
    if (request.members.empty()) {
      if (!request.single) {
        effects.emplace_back(Completed{request.id, std::move(request.rows)});
      }
      requests_.erase(found);
    }
    at = by_process_.erase(at);
  }
}

void WaitingRequests::answer(Request& request, const Member& member, const std::variant<Done, FaultText>& verdict,
                             std::vector<Effect>& effects) {
  if (!request.single) {
    if (member.row) {
      request.rows[*member.row] = row_of(member.key, verdict);
    } else {
      request.rows.push_back(row_of(member.key, verdict));
    }
  } else if (const auto* fault = std::get_if<FaultText>(&verdict)) {
    effects.emplace_back(Completed{request.id, *fault});
  } else {
    effects.emplace_back(Completed{request.id, Done{}});
  }
}

}  // namespace holdfast::supervision
