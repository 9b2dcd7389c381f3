#include "cluster/replication/replication.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/fencing/fencing.hpp"
#include "cluster/replication/copy_tracker.hpp"

namespace holdfast::cluster {

Replication::Replication(Parts parts, Members& members) : parts_(parts), members_(members) {
  own_.begin_incarnation(members_.me().table, members_.me().incarnation);
}

void Replication::publish(StepContext& step, std::vector<Delta> deltas) {
  for (Delta& delta : deltas) {
    step.publish(std::move(delta));
  }
  if (const std::vector<std::string> touched = own_.take_touched(); !touched.empty()) {
    parts_.copies.rows_touched(step, members_.me(), touched);
  }
}

void Replication::set_own_table(StepContext& step, const std::vector<ProcessFact>& facts) {
  publish(step, own_.set_all(members_.me().table, facts));
  if (!std::exchange(own_table_known_, true)) {
    step.announce();
  }
}

void Replication::set_own_process(StepContext& step, const ProcessFact& fact) {
  publish(step, own_.set(members_.me().table, fact));
}

void Replication::force(StepContext& step, std::vector<ForcedFact> forced) {
  publish(step, own_.force(members_.me().table, std::move(forced)));
}

void Replication::unforce(StepContext& step, const std::string& namespec) {
  publish(step, own_.unforce(members_.me().table, namespec));
}

void Replication::unforce_all(StepContext& step) {
  publish(step, own_.unforce_all(members_.me().table));
}

void Replication::set_fences(StepContext& step, const FenceList& list) {
  publish(step, own_.set_fences(members_.me().table, list));
}

void Replication::begin_own_incarnation(std::uint64_t incarnation) {
  own_.begin_incarnation(members_.me().table, incarnation);
}

void Replication::receive(StepContext& step, const MemberView& from, const SnapshotRequest& request) {
  for (Snapshot& chunk : own_.snapshot(members_.me().table, request.request)) {
    step.send(from.node_id, std::move(chunk));
  }
}

void Replication::receive(StepContext& step, const MemberView& from, const DeltaRequest& request) {
  if (auto deltas = own_.since(members_.me().table, request.since)) {
    for (Delta& delta : *deltas) {
      step.send(from.node_id, std::move(delta));
    }
    return;
  }
  for (Snapshot& chunk : own_.snapshot(members_.me().table, 0)) {
    step.send(from.node_id, std::move(chunk));
  }
}

void Replication::receive(StepContext& step, const MemberView& from, std::uint64_t incarnation, const Delta& delta) {
  std::vector<std::string> touched;
  switch (members_.edit(from).table.apply(incarnation, delta, touched)) {
    case Merge::applied:
      parts_.fencing.lists_may_differ();
      parts_.copies.rows_touched(step, from, touched);
      return;
    case Merge::stale:
      return;
    case Merge::gap:
      ++step.counters.gaps;
      repair(step, from);
      return;
  }
}

void Replication::repair(StepContext& step, const MemberView& member) {
  Record& record = records_[member];
  if (step.now < record.next_repair || step.has(Mutation::no_gap_repair)) {
    return;
  }
  const std::int64_t jitter_ms = step.random.between(0, 100);
  record.next_repair = step.now + limits::cluster_repair_period + std::chrono::milliseconds(jitter_ms);
  record.chunks.clear();
  record.request = ++next_request_;
  if (member.table.complete() && member.table.seq() < record.owner_seq) {
    step.send(member.node_id, DeltaRequest{member.table.seq()});
    return;
  }
  if (member.table.complete()) {
    ++step.counters.digest_mismatches;
  }
  step.send(member.node_id, SnapshotRequest{record.request});
}

void Replication::receive(StepContext& step, const MemberView& from, std::uint64_t incarnation, Snapshot& snapshot) {
  Record& record = records_[from];
  const bool wanted = record.request != 0 && (snapshot.request == record.request || snapshot.request == 0);
  if ((wanted || step.has(Mutation::snapshot_ignores_seq)) && assemble(step, record, snapshot)) {
    replace(step, members_.edit(from), incarnation);
  }
}

/// True: the chunks are all here.
bool Replication::assemble(StepContext& step, Record& record, Snapshot& chunk) {
  if (record.chunks.empty() || record.assembled_seq != chunk.seq || record.assembled_of != chunk.chunks) {
    record.chunks.clear();
    record.assembled_seq = chunk.seq;
    record.assembled_of = chunk.chunks;
  }
  std::size_t rows = chunk.facts.size();
  std::size_t forced_rows = chunk.forced.size();
  for (const auto& [number, known] : record.chunks) {
    rows += known.facts.size();
    forced_rows += known.forced.size();
  }
  if (rows > limits::cluster_rows_max || forced_rows > limits::cluster_rows_max) {
    ++step.counters.malformed;
    record.chunks.clear();
    return false;
  }
  const std::size_t chunks = chunk.chunks;
  record.chunks.insert_or_assign(chunk.chunk, std::move(chunk));
  return record.chunks.size() >= chunks;
}

void Replication::replace(StepContext& step, MemberView& member, std::uint64_t incarnation) {
  Record& record = records_[member];
  std::vector<ProcessFact> facts;
  std::vector<ForcedFact> forced;
  FenceList fences;
  for (auto& [number, chunk] : std::exchange(record.chunks, {})) {
    std::move(chunk.facts.begin(), chunk.facts.end(), std::back_inserter(facts));
    std::move(chunk.forced.begin(), chunk.forced.end(), std::back_inserter(forced));
    if (chunk.fences) {
      fences = std::move(*chunk.fences);
    }
  }
  record.request = 0;
  std::vector<std::string> touched;
  if (member.table.replace(incarnation, record.assembled_seq, std::move(facts), std::move(forced),
                           step.has(Mutation::snapshot_ignores_seq), touched, std::move(fences)) == Merge::applied) {
    ++step.counters.snapshots_applied;
    parts_.fencing.lists_may_differ();
    parts_.copies.rows_touched(step, member, touched);
    step.reconsider();
  }
}

void Replication::owner_is_at(const MemberView& member, std::uint64_t seq, std::uint64_t digest) {
  records_[member].owner_seq = seq;
  records_[member].owner_digest = digest;
}

bool Replication::in_sync(const MemberView& member) const {
  const ReplicatedTable& table = member.table;
  const Record& record = records_[member];
  if (!table.complete() || table.seq() < record.owner_seq) {
    return false;
  }
  return table.seq() > record.owner_seq || table.digest() == record.owner_digest;
}

void Replication::incarnation_begins(StepContext& step, const MemberView& member) {
  forget_request(member);
  owner_is_at(member, 0, 0);
  records_[member].next_repair = step.now;
  members_.edit(member).table.begin_incarnation(member.incarnation);
}

void Replication::forget_request(const MemberView& member) {
  records_[member].request = 0;
  records_[member].chunks.clear();
}

}  // namespace holdfast::cluster
