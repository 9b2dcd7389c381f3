// Whose processes do what: own changes out, peers' changes in, gaps repaired, the rules engine's picture kept
// up.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/node_core.hpp"
#include "cluster/picture.hpp"

namespace holdfast::cluster {

void NodeCore::own_changed(std::vector<Delta> deltas) {
  for (Delta& delta : deltas) {
    publish(std::move(delta));
  }
  if (const std::vector<std::string> touched = own_.take_touched(); !touched.empty()) {
    rows_touched(view_.local, touched);
  }
}

void NodeCore::receive(std::size_t i, const FrameHeader& head, const Delta& delta, Instant) {
  MemberView& member = view_.members[i];
  std::vector<std::string> touched;
  switch (member.table.apply(head.incarnation, delta, touched)) {
    case Merge::applied:
      fences_stale_ = true;
      rows_touched(i, touched);
      return;
    case Merge::stale:
      return;
    case Merge::gap:
      ++view_.counters.gaps;
      repair(i);
      return;
  }
}

/// Asks the owner for what is missing: rarely, and one request at a time (a gap storm would add to the loss).
void NodeCore::repair(std::size_t i) {
  MemberView& member = view_.members[i];
  Peer& peer = peers_[i];
  if (now_ < peer.next_repair || options_.mutations.no_gap_repair) {
    return;
  }
  const std::int64_t jitter_ms = random_.between(0, 100);
  peer.next_repair = now_ + limits::cluster_repair_period + std::chrono::milliseconds(jitter_ms);
  peer.chunks.clear();
  peer.request = ++next_request_;
  if (member.table.complete() && member.table.seq() < peer.beat_delta_seq) {
    send(member.node_id, DeltaRequest{member.table.seq()});
    return;
  }
  if (member.table.complete()) {
    ++view_.counters.digest_mismatches;
  }
  send(member.node_id, SnapshotRequest{peer.request});
}

void NodeCore::receive(std::size_t i, const FrameHeader&, const SnapshotRequest& request, Instant) {
  for (Snapshot& chunk : own_.snapshot(request.request)) {
    send(view_.members[i].node_id, std::move(chunk));
  }
}

void NodeCore::receive(std::size_t i, const FrameHeader&, const DeltaRequest& request, Instant) {
  const NodeId node = view_.members[i].node_id;
  if (auto deltas = own_.since(request.since)) {
    for (Delta& delta : *deltas) {
      send(node, std::move(delta));
    }
    return;
  }
  for (Snapshot& chunk : own_.snapshot(0)) {
    send(node, std::move(chunk));
  }
}

void NodeCore::receive(std::size_t i, const FrameHeader& head, Snapshot& snapshot, Instant) {
  MemberView& member = view_.members[i];
  Peer& peer = peers_[i];
  const bool wanted = peer.request != 0 && (snapshot.request == peer.request || snapshot.request == 0);
  if (!wanted && !options_.mutations.snapshot_ignores_seq) {
    return;
  }
  if (peer.chunks.empty() || peer.assembled_seq != snapshot.seq || peer.assembled_of != snapshot.chunks) {
    peer.chunks.clear();
    peer.assembled_seq = snapshot.seq;
    peer.assembled_of = snapshot.chunks;
  }
  std::size_t rows = snapshot.facts.size();
  std::size_t forced_rows = snapshot.forced.size();
  for (const auto& [number, chunk] : peer.chunks) {
    rows += chunk.facts.size();
    forced_rows += chunk.forced.size();
  }
  if (rows > limits::cluster_rows_max || forced_rows > limits::cluster_rows_max) {
    ++view_.counters.malformed;
    peer.chunks.clear();
    return;
  }
  const std::uint64_t seq = snapshot.seq;
  const std::size_t chunks = snapshot.chunks;
  peer.chunks.insert_or_assign(snapshot.chunk, std::move(snapshot));
  if (peer.chunks.size() < chunks) {
    return;
  }
  std::vector<ProcessFact> facts;
  facts.reserve(rows);
  std::vector<ForcedFact> forced;
  FenceList fences;
  for (auto& [number, chunk] : std::exchange(peer.chunks, {})) {
    std::move(chunk.facts.begin(), chunk.facts.end(), std::back_inserter(facts));
    std::move(chunk.forced.begin(), chunk.forced.end(), std::back_inserter(forced));
    if (chunk.fences) {
      fences = std::move(*chunk.fences);
    }
  }
  peer.request = 0;
  std::vector<std::string> touched;
  if (member.table.replace(head.incarnation, seq, std::move(facts), std::move(forced),
                           options_.mutations.snapshot_ignores_seq, touched,
                           std::move(fences)) == Merge::applied) {
    ++view_.counters.snapshots_applied;
    fences_stale_ = true;
    rows_touched(i, touched);
    dirty_ = true;
  }
}

/// Brings the picture in line with the rows; on the Master the rules engine hears of each copy.
void NodeCore::rows_touched(std::size_t i, const std::vector<std::string>& touched) {
  MemberView& member = view_.members[i];
  if (!member.local && member.state != MemberState::running) {
    return;  // copies of a node that is not RUNNING count when it becomes so (contract PRC-6)
  }
  peers_[i].shown_incarnation = member.table.incarnation();
  peers_[i].shown_seq = member.table.seq();
  if (touched.empty()) {
    return;
  }
  forced_shown_.reset();  // the Master may have spoken of what is new here
  const std::int64_t offset_ms = member.local ? 0 : peers_[i].clock_offset_ms;
  std::vector<rules::ProcessId> ids;
  for (const std::string& namespec : touched) {
    const auto row = member.table.rows().find(namespec);
    if (row == member.table.rows().end()) {
      const rules::ProcessId id = process_id_of(namespec);
      remove_copy(view_.cluster, member.identifier, id);
      continue;
    }
    const ProcessFact& fact = row->second;
    const std::int64_t since_ms = static_cast<std::int64_t>(fact.since_mono_ms) + offset_ms;
    put_copy(view_.cluster, member.identifier, fact, std::min(Instant::from_ms(since_ms), now_), ++change_);
    ids.push_back({fact.group, fact.name});
    if (fact.awaits_restart || supervision::is_running(fact.state)) {
      losses_.runs(ids.back());
    }
  }
  outcome_.view_changed = true;
  refresh_conflicts();
  if (view_.acting_master) {
    for (rules::ProcessId& id : ids) {
      tell_engine(rules::CopyChanged{std::move(id), member.identifier});
    }
  }
}

}  // namespace holdfast::cluster
