#include "drivers/cluster/outcome_executor.hpp"

#include <optional>
#include <string>
#include <utility>

namespace holdfast {

void OutcomeExecutor::add(cluster::Outcome outcome) {
  outcomes_.push_back(std::move(outcome));
  pump();
}

void OutcomeExecutor::pump() {
  if (executing_) {
    return;
  }
  executing_ = true;
  while (!outcomes_.empty() && !persisting_) {
    cluster::Outcome& outcome = outcomes_.front();
    if (outcome.persist) {
      persist(*std::exchange(outcome.persist, std::nullopt));
      continue;
    }
    const cluster::Outcome current = std::move(outcome);
    outcomes_.pop_front();
    execute(current);
  }
  executing_ = false;
}

void OutcomeExecutor::persist(const cluster::Identity& identity) {
  persisting_ = true;
  storage::Identity record;
  record.incarnation = identity.incarnation;
  record.epoch = identity.term.epoch;
  if (const cluster::MemberView* master = parts_.node.view().find(identity.term.master)) {
    record.master = master->identifier;
  }
  parts_.identity.save(record, [this] {
    persisting_ = false;
    pump();
  });
}

void OutcomeExecutor::execute(const cluster::Outcome& outcome) {
  for (const cluster::HistoryRow& row : outcome.history) {
    parts_.history.record(row, parts_.node.view());
  }
  for (const cluster::LocalCommand& command : outcome.commands) {
    parts_.orders.execute(command);
  }
  send(outcome);
  for (const cluster::Reply& reply : outcome.replies) {
    give(reply);
  }
  for (const cluster::PeerSamples& samples : outcome.samples) {
    parts_.observer.on_samples(samples);
  }
  if (outcome.end) {
    parts_.observer.on_end(*outcome.end);
  }
  if (outcome.view_changed) {
    parts_.observer.on_view_changed();
  }
}

/// What goes to other nodes. Where there is no room it is counted, and the core asks for it again.
void OutcomeExecutor::send(const cluster::Outcome& outcome) {
  if (outcome.heartbeat) {
    (void)parts_.gossip.set_heartbeat(outcome.heartbeat->bytes);
  }
  for (const cluster::Publish& publish : outcome.publish) {
    (void)parts_.gossip.publish(publish.stream, publish.bytes);
  }
  for (const cluster::BulkFollow& bulk : outcome.follows) {
    (void)parts_.gossip.follow_bulk(bulk.node_id, bulk.follow);  // said again while it lasts
  }
  for (const cluster::Send& send : outcome.sends) {
    (void)parts_.gossip.send(send.node_id, send.bytes);
  }
  for (const std::string& identifier : outcome.hellos) {
    parts_.admission.send_hello(identifier);
  }
  for (const std::string& endpoint : outcome.seeds) {
    parts_.admission.send_hello_to_seed(endpoint);
  }
  for (const std::string& identifier : outcome.probes) {
    parts_.admission.probe(identifier);
  }
  for (const cluster::NodeId node_id : outcome.reconnects) {
    (void)parts_.gossip.reconnect(node_id);
  }
}

void OutcomeExecutor::give(const cluster::Reply& reply) {
  const auto found = answers_.find(reply.handle);
  if (found == answers_.end()) {
    return;
  }
  const Answer answer = found->second;
  if (reply.phase != cluster::AnswerPhase::accepted) {
    answers_.erase(found);
  }
  answer(reply);
}

}  // namespace holdfast
