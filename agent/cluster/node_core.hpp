// node_core.hpp: the inside of Node: what an input means is decided by its parts (node_parts.hpp); this class says in
// which order they have their turn in a step, checks whose frame is listened to, and when the next step is due. Used
// by node.cpp only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/codec/message_codec.hpp"
#include "cluster/node.hpp"
#include "cluster/node_parts.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class NodeCore {
 public:
  NodeCore(NodeOptions options, Random random);

  void step(Instant now, const Input& input);
  Outcome take_outcome();
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  [[nodiscard]] const View& view() const { return view_; }
  [[nodiscard]] const rules::Engine& engine() const { return parts_.rules.engine(); }
  [[nodiscard]] Identity identity() const { return {view_.me().incarnation, view_.term()}; }
  [[nodiscard]] std::string objection_to(std::string_view identifier, std::string_view nick) const;
  [[nodiscard]] std::uint64_t known_incarnation(std::string_view identifier) const;

 private:
  StepContext context();
  void begin(Instant now);

  void handle(StepContext& step, const FrameReceived& input);
  void handle(StepContext& step, const HelloDone& input);
  void handle(StepContext& step, const HelloFailed& input);
  void handle(StepContext& step, const HttpProbe& input);
  void handle(StepContext& step, const LocalTable& input);
  void handle(StepContext& step, const LocalProcessChanged& input);
  void handle(StepContext& step, const LocalCommandDone& input);
  void handle(StepContext& step, const OperatorRequest& input);
  void handle(StepContext& step, const LoopStalled& input);
  void handle(StepContext& step, const PlannedStop& input);
  void handle(StepContext& step, const SeedAnswered& input);
  void handle(StepContext& step, const NodeSighted& input);
  void handle(StepContext& step, const MemberRefused& input);
  void handle(StepContext& step, const StatisticsWanted& input);
  void handle(StepContext& step, const LocalSamples& input);
  void handle(StepContext& step, const NewRules& input);
  void handle(StepContext& step, const TimePassed& input);

  [[nodiscard]] bool is_admitted(StepContext& step, const MemberView& from, const FrameHeader& head);
  void decide(StepContext& step);
  void evaluate(StepContext& step);
  [[nodiscard]] bool settled() const;

  const NodeOptions options_;
  Random random_;
  View view_;
  Members members_;
  FrameWriter frames_;
  NodeParts parts_;
  Agenda agenda_;
  Outcome outcome_;
  Instant now_{};
  bool began_ = false;
};

}  // namespace holdfast::cluster
