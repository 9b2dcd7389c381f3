// one_node.hpp: the parts of one node without the node: a test calls one part with a step context and looks at the
// effects that it left. The other parts are there, as new as at the start; nobody takes their turn for them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cluster/codec/message_codec.hpp"
#include "cluster/node_parts.hpp"

namespace holdfast::cluster {

class OneNode : public ::testing::Test {
 protected:
  /// n1, n2 and n3; this is n1.
  OneNode() {
    for (int i = 1; i <= 3; ++i) {
      options_.roster.push_back({"10.0.0." + std::to_string(i) + ":60000", "n" + std::to_string(i), false});
    }
    options_.identifier = options_.roster.front().identifier;
    options_.incarnation = 7;
  }

  /// After the options have been adjusted; the first call to anything else does it.
  void make() {
    view_ = std::make_unique<View>(make_view(options_));
    members_ = std::make_unique<Members>(*view_);
    frames_ = std::make_unique<FrameWriter>(cluster_id_of(options_.cluster_name));
    parts_ = std::make_unique<NodeParts>(options_, *members_, *view_, 5);
    agenda_ = {now_ + 1h, false, false};
    parts_->synchronisation.begin(now_);
  }
  StepContext step() {
    if (!parts_) {
      make();
    }
    return {now_, options_, *view_, *members_, view_->counters, random_, *frames_, agenda_, outcome_};
  }
  NodeParts& parts() {
    if (!parts_) {
      make();
    }
    return *parts_;
  }
  MemberView& member(std::size_t number) {  // 1 is this node
    (void)parts();
    return view_->members[number - 1];
  }

  /// It has proven itself and is heard.
  void make_running(std::size_t number) {
    MemberView& one = member(number);
    one.incarnation = 3;
    one.state = MemberState::running;
    one.liveness = Liveness::fresh;
    one.heard_at = now_;
    one.joined = one.synchronised = true;
    one.proto_minor = kProtocolMinor;
    if (!one.local) {
      parts().hellos.admit(one, 3, now_);
      parts().watch.incarnation_begins(one, now_);
      std::vector<std::string> touched;
      one.table.begin_incarnation(3);
      one.table.replace(3, 0, {}, {}, false, touched);
    }
  }
  void make_me_master() {
    StepContext context = step();
    member(1).state = MemberState::running;
    member(1).synchronised = true;
    parts().mastery.follow(context, {member(1).term.epoch + 1, member(1).node_id}, "test");
    member(1).acting_master = true;
    view_->master = member(1).identifier;
    outcome_ = {};
    agenda_.reconsider = agenda_.heartbeat_urgent = false;
  }

  /// Of its rows.
  static ProcessFact fact(const std::string& name, ProcessState state) {
    ProcessFact fact;
    fact.id.group = "app";
    fact.id.name = name;
    fact.state = state;
    return fact;
  }
  /// `facts` are all of its table, as of `seq`.
  void set_table(std::size_t number, std::uint64_t seq, std::vector<ProcessFact> facts) {
    std::vector<std::string> touched;
    MemberView& one = member(number);
    one.table.replace(one.table.incarnation(), seq, std::move(facts), {}, false, touched);
  }

  /// What was sent to a node, of one kind.
  template <typename Kind>
  std::vector<Kind> sent_to(std::size_t number) {
    std::vector<Kind> found;
    for (const Send& send : outcome_.sends) {
      const Message message = decode_message(send.bytes).value().message;
      if (const auto* one = std::get_if<Kind>(&message); one != nullptr && send.node_id == member(number).node_id) {
        found.push_back(*one);
      }
    }
    return found;
  }
  std::vector<std::string> history() const {
    std::vector<std::string> lines;
    for (const HistoryRow& row : outcome_.history) {
      lines.push_back(row.subject + " " + row.what);
    }
    return lines;
  }

  NodeOptions options_;
  Random random_{1};
  Instant now_ = Instant::from_ms(1'000'000);
  Agenda agenda_;
  Outcome outcome_;
  std::unique_ptr<View> view_;
  std::unique_ptr<Members> members_;
  std::unique_ptr<FrameWriter> frames_;
  std::unique_ptr<NodeParts> parts_;
};

inline constexpr auto kRowRunning = ProcessState::running;
inline constexpr auto kRowStopped = ProcessState::stopped;

using Lines = std::vector<std::string>;

}  // namespace holdfast::cluster
