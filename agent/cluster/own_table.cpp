#include "cluster/own_table.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace holdfast::cluster {
namespace {

ProcessFact cut_to_limits(ProcessFact fact) {
  for (std::string* text : {&fact.group, &fact.name, &fact.program_name, &fact.description, &fact.spawn_error,
                            &fact.extra_args}) {
    if (text->size() > limits::cluster_text_bytes) {
      text->resize(limits::cluster_text_bytes);
    }
  }
  return fact;
}

std::size_t size_on_wire(const ProcessFact& fact) {
  return 160 + fact.group.size() + fact.name.size() + fact.program_name.size() + fact.description.size() +
         fact.spawn_error.size() + fact.extra_args.size();
}

}  // namespace

OwnTable::OwnTable(ReplicatedTable& table, std::uint64_t incarnation) : table_(table) {
  begin_incarnation(incarnation);
}

void OwnTable::begin_incarnation(std::uint64_t incarnation) {
  std::vector<ProcessFact> facts;
  for (const auto& [namespec, fact] : table_.rows()) {
    facts.push_back(fact);
  }
  table_.begin_incarnation(incarnation);
  CHECK(table_.replace(incarnation, 0, std::move(facts), false, touched_) == Merge::applied);
  ring_.clear();
}

std::vector<Delta> OwnTable::publish(std::vector<ProcessFact> facts, std::vector<std::string> removed) {
  std::vector<Delta> deltas;
  std::size_t fact = 0;
  std::size_t gone = 0;
  while (fact < facts.size() || gone < removed.size()) {
    Delta delta;
    delta.seq = table_.seq() + 1;
    while (delta.facts.size() < limits::cluster_delta_rows && fact < facts.size()) {
      delta.facts.push_back(std::move(facts[fact++]));
    }
    while (delta.facts.size() + delta.removed.size() < limits::cluster_delta_rows && gone < removed.size()) {
      delta.removed.push_back(std::move(removed[gone++]));
    }
    CHECK(table_.apply(table_.incarnation(), delta, touched_) == Merge::applied);
    ring_.push_back(delta);
    if (ring_.size() > limits::cluster_delta_ring) {
      ring_.pop_front();
    }
    deltas.push_back(std::move(delta));
  }
  return deltas;
}

std::vector<Delta> OwnTable::set(const ProcessFact& fact) {
  ProcessFact cut = cut_to_limits(fact);
  const auto known = table_.rows().find(cut.namespec());
  if (known != table_.rows().end() && known->second == cut) {
    return {};
  }
  if (known == table_.rows().end() && table_.rows().size() >= limits::cluster_rows_max) {
    return {};  // more programs than a table holds: supervised, but not shown to the cluster
  }
  std::vector<ProcessFact> facts;
  facts.push_back(std::move(cut));
  return publish(std::move(facts), {});
}

std::vector<Delta> OwnTable::remove(const std::string& namespec) {
  if (!table_.rows().contains(namespec)) {
    return {};
  }
  return publish({}, {namespec});
}

std::vector<Delta> OwnTable::set_all(const std::vector<ProcessFact>& facts) {
  std::set<std::string> wanted;
  std::vector<ProcessFact> changed;
  for (const ProcessFact& fact : facts) {
    ProcessFact cut = cut_to_limits(fact);
    if (wanted.size() >= limits::cluster_rows_max || !wanted.insert(cut.namespec()).second) {
      continue;
    }
    const auto known = table_.rows().find(cut.namespec());
    if (known == table_.rows().end() || !(known->second == cut)) {
      changed.push_back(std::move(cut));
    }
  }
  std::vector<std::string> removed;
  for (const auto& [namespec, fact] : table_.rows()) {
    if (!wanted.contains(namespec)) {
      removed.push_back(namespec);
    }
  }
  return publish(std::move(changed), std::move(removed));
}

std::optional<std::vector<Delta>> OwnTable::since(std::uint64_t since) const {
  if (since > table_.seq() || (since < table_.seq() && (ring_.empty() || ring_.front().seq > since + 1))) {
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

std::vector<Snapshot> OwnTable::snapshot(std::uint64_t request) const {
  std::vector<Snapshot> chunks(1);
  std::size_t size = 0;
  for (const auto& [namespec, fact] : table_.rows()) {
    if (size > 0 && size + size_on_wire(fact) > limits::cluster_chunk_bytes) {
      chunks.emplace_back();
      size = 0;
    }
    size += size_on_wire(fact);
    chunks.back().facts.push_back(fact);
  }
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    chunks[i].request = request;
    chunks[i].seq = table_.seq();
    chunks[i].chunk = static_cast<std::uint32_t>(i);
    chunks[i].chunks = static_cast<std::uint32_t>(chunks.size());
  }
  return chunks;
}

std::vector<std::string> OwnTable::take_touched() {
  return std::exchange(touched_, {});
}

}  // namespace holdfast::cluster
