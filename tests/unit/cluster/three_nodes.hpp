// three_nodes.hpp: three nodes by hand and a driver that carries every frame at once: the fixture of the tests of Node.
// The simulator does the rest.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/codec/message_codec.hpp"
#include "cluster/node.hpp"

namespace holdfast::cluster {

class ThreeNodes : public ::testing::Test {
 protected:
  static constexpr std::size_t kCount = 3;

  ThreeNodes() {
    synchronisation_.strict = true;
    for (std::size_t i = 0; i < kCount; ++i) {
      roster_.push_back({"10.0.0." + std::to_string(i + 1) + ":60000", "n" + std::to_string(i + 1), false});
    }
    rules::ApplicationRule application;
    application.selector.name = "app";
    application.start_sequence = 1;
    rules::ProgramRule program;
    program.selector.name = "web";
    program.leaves.identifiers = "*";
    program.leaves.start_sequence = 1;
    program.leaves.running_failure_strategy = rules::RunningFailureStrategy::restart_process;
    application.programs.push_back(program);
    rules_.applications.push_back(application);
    for (std::size_t i = 0; i < kCount; ++i) {
      start(i, 1);
    }
  }

  void start(std::size_t i, std::uint64_t incarnation) {
    NodeOptions options;
    options.identifier = roster_[i].identifier;
    options.roster = roster_;
    options.incarnation = incarnation;
    options.machine_id = "m" + std::to_string(i);
    options.synchronisation = synchronisation_;
    options.rules = rules_;
    if (adjust_) {
      adjust_(i, options);
    }
    nodes_[i] = std::make_unique<Node>(options, Random(i));
    beats_[i] = 0;
    fact_.id.group = "app";
    fact_.startsecs = 0;
    LocalTable table;
    for (const std::string& name : defined_[i]) {
      table.facts.push_back(fact_of("app:" + name));
    }
    step(i, table);
  }

  /// fact_ for that process.
  ProcessFact fact_of(const std::string& namespec) const {
    ProcessFact fact = fact_;
    fact.id.name = namespec.substr(namespec.find(':') + 1);
    return fact;
  }

  void step(std::size_t i, const Input& input) {
    if (!nodes_[i]) {
      return;
    }
    nodes_[i]->step(now_, input);
    execute(i, nodes_[i]->take_outcome());
  }

  void deliver(std::size_t from, std::size_t to, const std::string& bytes) {
    if (cut_.contains({std::min(from, to), std::max(from, to)})) {
      return;
    }
    std::string frame = bytes;
    if (minor_[from] != kProtocolMinor) {
      DecodedMessage older = decode_message(bytes).value();
      older.header.proto_minor = minor_[from];
      frame = encode_message(older.header, older.message);
    }
    step(to, FrameReceived{node_id_of(roster_[from].identifier), Stream::ctl, std::move(frame), now_});
  }

  void execute(std::size_t i, Outcome outcome) {
    for (const HistoryRow& row : outcome.history) {
      history_.push_back(roster_[i].nick + " " + row.subject + " " + row.what + ": " + row.why);
    }
    for (const LocalCommand& command : outcome.commands) {
      commands_.push_back({i, command});
      if (!obey_ || command.namespec == disobeyed_) {
        continue;
      }
      ProcessFact fact = fact_of(command.namespec);
      fact.state = command.action == Action::stop_process ? ProcessState::stopped : ProcessState::running;
      fact.start_us = 1;
      step(i, LocalProcessChanged{fact});
      step(i, LocalCommandDone{command.operation, OperationCode(), "done"});
    }
    for (const Reply& reply : outcome.replies) {
      replies_.push_back(reply);
    }
    if (outcome.heartbeat) {
      heartbeat_[i] = outcome.heartbeat->bytes;
    }
    for (const Publish& item : outcome.publish) {
      for (std::size_t to = 0; to < kCount; ++to) {
        if (to != i && (item.stream == Stream::ctl || follows_.contains({to, i}))) {
          deliver(i, to, item.bytes);
        }
      }
      bulk_frames_ += item.stream == Stream::bulk ? 1 : 0;
    }
    for (const BulkFollow& item : outcome.follows) {
      for (std::size_t to = 0; to < kCount; ++to) {
        if (node_id_of(roster_[to].identifier) == item.node_id) {
          follows_.erase({i, to});
          if (item.follow) {
            follows_.insert({i, to});
          }
        }
      }
    }
    for (PeerSamples& item : outcome.samples) {
      samples_.emplace_back(i, std::move(item));
    }
    for (const Send& item : outcome.sends) {
      for (std::size_t to = 0; to < kCount; ++to) {
        if (node_id_of(roster_[to].identifier) == item.node_id) {
          last_send_ = item.bytes;
          deliver(i, to, item.bytes);
        }
      }
    }
    for (const std::string& identifier : outcome.hellos) {
      greet(i, identifier);
    }
    for (const NodeId silent : outcome.reconnects) {
      reconnects_.push_back({i, silent, now_});
    }
    for (const std::string& identifier : outcome.probes) {
      const std::size_t to = index_of(identifier);
      step(i, HttpProbe{identifier, port_open_[to], !port_open_[to]});
    }
  }

  std::size_t index_of(const std::string& identifier) const {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (roster_[i].identifier == identifier) {
        return i;
      }
    }
    return kCount;
  }

  void greet(std::size_t from, const std::string& identifier) {
    const std::size_t to = index_of(identifier);
    if (!nodes_[to] || !greets_ || cut_.contains({std::min(from, to), std::max(from, to)})) {
      step(from, HelloFailed{identifier, HelloFault::unreachable, "down"});
      return;
    }
    const HelloDone mine{roster_[from].identifier,
                         roster_[from].nick,
                         nodes_[from]->identity().incarnation,
                         "m" + std::to_string(from),
                         0,
                         nodes_[from]->known_incarnation(identifier),
                         {agents_[from], {}},
                         {},
                         {},
                         common_[from]};
    const HelloDone theirs{identifier,
                           roster_[to].nick,
                           nodes_[to]->identity().incarnation,
                           "m" + std::to_string(to),
                           0,
                           nodes_[to]->known_incarnation(roster_[from].identifier),
                           {agents_[to], {}},
                           {},
                           {},
                           common_[to]};
    step(to, mine);
    step(from, theirs);
  }

  void run(Duration span) {
    for (const Instant end = now_ + span; now_ < end; now_ = now_ + 50ms) {
      for (std::size_t i = 0; i < kCount; ++i) {
        if (nodes_[i] && now_ >= nodes_[i]->next_deadline().value_or(now_)) {
          step(i, TimePassed{});
        }
      }
      if (now_.ms() % 200 != 0) {
        continue;
      }
      for (std::size_t i = 0; i < kCount; ++i) {
        if (!nodes_[i] || heartbeat_[i].empty()) {
          continue;
        }
        std::string bytes = heartbeat_[i];
        ASSERT_TRUE(restamp_heartbeat(bytes.data(), bytes.size(), ++beats_[i], static_cast<std::uint64_t>(now_.ms())));
        for (std::size_t to = 0; to < kCount; ++to) {
          if (to != i && !deaf_.contains({to, i})) {
            deliver(i, to, bytes);
          }
        }
      }
    }
  }

  std::size_t commands_to(std::size_t i) const {
    return static_cast<std::size_t>(
        std::count_if(commands_.begin(), commands_.end(), [&](const auto& item) { return item.first == i; }));
  }

  Synchronisation synchronisation_;
  std::vector<RosterItem> roster_;
  rules::RuleSet rules_;
  ProcessFact fact_;
  std::unique_ptr<Node> nodes_[kCount];
  std::string heartbeat_[kCount];
  std::uint64_t beats_[kCount] = {};
  bool port_open_[kCount] = {};
  std::vector<std::string> defined_[kCount] = {{"web"}, {"web"}, {"web"}};  // programs of each node
  std::set<std::pair<std::size_t, std::size_t>> deaf_;                      // (who, to whose heartbeats)
  std::set<std::pair<std::size_t, std::size_t>> cut_;                       // (lower, higher): nothing goes through
  std::function<void(std::size_t, NodeOptions&)> adjust_;                   // before a node starts
  NamedValues common_[kCount];                                              // what each says in HELLO
  std::uint8_t minor_[kCount] = {kProtocolMinor, kProtocolMinor, kProtocolMinor};  // as which each speaks
  std::set<std::pair<std::size_t, std::size_t>> follows_;                          // (who, whose bulk stream)
  std::vector<std::pair<std::size_t, PeerSamples>> samples_;                       // (at whom, what)
  std::size_t bulk_frames_ = 0;
  std::string agents_[kCount];  // and who speaks for it; empty: not said
  bool greets_ = true;
  bool obey_ = true;
  std::string disobeyed_;
  struct Reconnect {
    std::size_t by;
    NodeId to;
    Instant at;
  };
  std::vector<Reconnect> reconnects_;
  std::vector<std::pair<std::size_t, LocalCommand>> commands_;
  std::vector<Reply> replies_;
  std::vector<std::string> history_;
  std::string last_send_;
  Instant now_ = Instant::from_ms(1'000'000);
};

}  // namespace holdfast::cluster
