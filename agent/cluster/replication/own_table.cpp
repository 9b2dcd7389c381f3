#include "cluster/replication/own_table.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace holdfast::cluster {
namespace {

ProcessFact cut_to_limits(ProcessFact fact) {
  for (std::string* text : {&fact.id.group, &fact.id.name, &fact.program_name, &fact.spawn_error, &fact.ending,
                            &fact.last_words, &fact.extra_args}) {
    if (text->size() > limits::cluster_text_bytes) {
      text->resize(limits::cluster_text_bytes);
    }
  }
  return fact;
}

/// Moves rows out of `all`, from `done` on, until the delta is full.
template <typename Row>
void fill(Delta& delta, std::vector<Row>& into, std::vector<Row>& all, std::size_t& done) {
  while (delta.rows() < limits::cluster_delta_rows && done < all.size()) {
    into.push_back(std::move(all[done++]));
  }
}

std::size_t size_on_wire(const ForcedFact& forced) {
  return 24 + forced.namespec.size() + forced.reason.size();
}
std::size_t size_on_wire(const ProcessFact& fact) {
  return 160 + fact.id.group.size() + fact.id.name.size() + fact.program_name.size() + fact.spawn_error.size() +
         fact.ending.size() + fact.last_words.size() + fact.extra_args.size();
}

}  // namespace

void OwnTable::begin_incarnation(ReplicatedTable& table, std::uint64_t incarnation) {
  std::vector<ProcessFact> facts;
  for (const auto& [namespec, fact] : table.rows()) {
    facts.push_back(fact);
  }
  std::vector<ForcedFact> forced;
  for (const auto& [namespec, one] : table.forced()) {
    forced.push_back(one);
  }
  FenceList fences = table.fences();
  table.begin_incarnation(incarnation);
  CHECK(table.replace(incarnation, 0, std::move(facts), std::move(forced), false, touched_, std::move(fences)) ==
        Merge::applied);
  ring_.clear();
}

std::vector<Delta> OwnTable::publish(ReplicatedTable& table, Delta change) {
  std::vector<Delta> deltas;
  std::size_t facts = 0;
  std::size_t removed = 0;
  std::size_t forced = 0;
  std::size_t unforced = 0;
  for (std::size_t left = change.rows() + (change.fences ? 1 : 0); left > 0;) {
    Delta delta;
    delta.seq = table.seq() + 1;
    fill(delta, delta.facts, change.facts, facts);
    fill(delta, delta.removed, change.removed, removed);
    fill(delta, delta.forced, change.forced, forced);
    fill(delta, delta.unforced, change.unforced, unforced);
    left -= delta.rows();
    if (change.fences) {
      delta.fences = std::exchange(change.fences, std::nullopt);
      --left;
    }
    CHECK(table.apply(table.incarnation(), delta, touched_) == Merge::applied);
    ring_.push_back(delta);
    if (ring_.size() > limits::cluster_delta_ring) {
      ring_.pop_front();
    }
    deltas.push_back(std::move(delta));
  }
  return deltas;
}

std::vector<Delta> OwnTable::set(ReplicatedTable& table, const ProcessFact& fact) {
  ProcessFact cut = cut_to_limits(fact);
  const auto known = table.rows().find(cut.namespec());
  if (known != table.rows().end() && known->second == cut) {
    return {};
  }
  if (known == table.rows().end() && table.rows().size() >= limits::cluster_rows_max) {
    return {};  // more programs than a table holds: supervised, but not shown to the cluster
  }
  Delta change;
  change.facts.push_back(std::move(cut));
  return publish(table, std::move(change));
}

std::vector<Delta> OwnTable::set_all(ReplicatedTable& table, const std::vector<ProcessFact>& facts) {
  std::set<std::string> wanted;
  Delta change;
  for (const ProcessFact& fact : facts) {
    ProcessFact cut = cut_to_limits(fact);
    if (wanted.size() >= limits::cluster_rows_max || !wanted.insert(cut.namespec()).second) {
      continue;
    }
    const auto known = table.rows().find(cut.namespec());
    if (known == table.rows().end() || !(known->second == cut)) {
      change.facts.push_back(std::move(cut));
    }
  }
  for (const auto& [namespec, fact] : table.rows()) {
    if (!wanted.contains(namespec)) {
      change.removed.push_back(namespec);
    }
  }
  return publish(table, std::move(change));
}

std::vector<Delta> OwnTable::force(ReplicatedTable& table, std::vector<ForcedFact> forced) {
  Delta change;
  for (ForcedFact& one : forced) {
    one.namespec.resize(std::min(one.namespec.size(), limits::cluster_text_bytes));
    one.reason.resize(std::min(one.reason.size(), limits::cluster_text_bytes));
    const auto known = table.forced().find(one.namespec);
    const bool has_room = table.forced().size() + change.forced.size() < limits::cluster_rows_max;
    if (known == table.forced().end() ? has_room : !(known->second == one)) {
      change.forced.push_back(std::move(one));
    }
  }
  return publish(table, std::move(change));
}

std::vector<Delta> OwnTable::unforce(ReplicatedTable& table, const std::string& namespec) {
  Delta change;
  if (table.forced().contains(namespec)) {
    change.unforced.push_back(namespec);
  }
  return publish(table, std::move(change));
}

std::vector<Delta> OwnTable::unforce_all(ReplicatedTable& table) {
  Delta change;
  for (const auto& [namespec, forced] : table.forced()) {
    change.unforced.push_back(namespec);
  }
  return publish(table, std::move(change));
}

std::vector<Delta> OwnTable::set_fences(ReplicatedTable& table, const FenceList& list) {
  Delta change;
  if (list != table.fences()) {
    change.fences = list;
  }
  return publish(table, std::move(change));
}

std::optional<std::vector<Delta>> OwnTable::since(const ReplicatedTable& table, std::uint64_t since) const {
  if (since > table.seq() || (since < table.seq() && (ring_.empty() || ring_.front().seq > since + 1))) {
    return std::nullopt;
  }
  std::vector<Delta> deltas;
  for (const Delta& delta : ring_) {
    if (delta.seq > since) {
      deltas.push_back(delta);
    }
  }
  return deltas;
}

std::vector<Snapshot> OwnTable::snapshot(const ReplicatedTable& table, std::uint64_t request) const {
  std::vector<Snapshot> chunks(1);
  std::size_t size = 0;
  const auto chunk_for = [&](const auto& row) -> Snapshot& {
    if (size > 0 && size + size_on_wire(row) > limits::cluster_chunk_bytes) {
      chunks.emplace_back();
      size = 0;
    }
    size += size_on_wire(row);
    return chunks.back();
  };
  for (const auto& [namespec, fact] : table.rows()) {
    chunk_for(fact).facts.push_back(fact);
  }
  for (const auto& [namespec, forced] : table.forced()) {
    chunk_for(forced).forced.push_back(forced);
  }
  if (table.fences() != FenceList{}) {
    chunks.front().fences = table.fences();
  }
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    chunks[i].request = request;
    chunks[i].seq = table.seq();
    chunks[i].chunk = static_cast<std::uint32_t>(i);
    chunks[i].chunks = static_cast<std::uint32_t>(chunks.size());
  }
  return chunks;
}

std::vector<std::string> OwnTable::take_touched() {
  return std::exchange(touched_, {});
}

}  // namespace holdfast::cluster
