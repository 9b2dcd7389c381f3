// node_core.hpp: the inside of Node, in one place so that its parts (node_*.cpp: membership, replication,
// losses, mastery, fencing, operations, statistics) share the state they must. Used by node.cpp and those parts only. The small decisions
// themselves are pure modules of their own (failure_detector, election, cluster_state, replicated_table,
// commands, picture).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/operations/commands.hpp"
#include "cluster/mastery/election.hpp"
#include "cluster/membership/failure_detector.hpp"
#include "cluster/membership/loss_ledger.hpp"
#include "cluster/codec/message_codec.hpp"
#include "cluster/node.hpp"
#include "cluster/replication/own_table.hpp"
#include "cluster/membership/roster.hpp"

namespace holdfast::cluster {

class NodeCore {
 public:
  NodeCore(NodeOptions options, Random random);

  void step(Instant now, const Input& input);
  Outcome take_outcome();
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  [[nodiscard]] const View& view() const { return view_; }
  [[nodiscard]] const rules::Engine& engine() const { return engine_; }
  [[nodiscard]] Identity identity() const { return {incarnation_, view_.term}; }
  [[nodiscard]] std::string objection_to(std::string_view identifier, std::string_view nick) const;
  [[nodiscard]] std::uint64_t known_incarnation(std::string_view identifier) const;

 private:
  /// What is known of a peer beyond the view; same index as View::members.
  struct Peer {
    std::uint64_t admitted = 0;  // incarnation whose key is admitted
    Instant admitted_at{};       // by the first HELLO since it was last heard
    bool wants_hello = false;    // one of us has begun a new life that the other has not greeted
    bool number_is_taken = false;  // another agent says HELLO with the incarnation of the life that is known
    bool left = false;           // this incarnation has said LEAVE
    bool left_for_good = false;  // and is silent since
    bool had_life = false;       // has been RUNNING in an earlier incarnation since it was last lost
    std::set<rules::ProcessId> ran_before;  // what ran in that earlier life, or was to be started in it
    Instant next_hello{};
    Duration hello_period{};
    std::optional<Instant> hello_asked;
    std::uint64_t beat_delta_seq = 0;  // what its last heartbeat says of its table
    std::uint64_t beat_digest = 0;
    std::int64_t clock_offset_ms = 0;  // my clock minus its clock, at the last heartbeat
    std::vector<Liveness> ages;        // its opinions, by order of identifier
    Instant next_repair{};
    std::uint64_t request = 0;  // of the snapshot that is under way, 0 = none
    std::uint64_t assembled_seq = 0;
    std::uint32_t assembled_of = 0;
    std::map<std::uint32_t, Snapshot> chunks;
    Instant reconnected_at{};
    Duration reconnect_wait{};  // until the next, doubled by each; zero again when it is heard
    Instant next_question{};
    Term bound;  // follows this term and its table was whole then
    std::uint8_t minor = 0;  // of the protocol, as its last heartbeat was made
    // The change of its table up to which the picture shows its copies: what a loss is known "as of".
    std::uint64_t shown_incarnation = 0;
    std::uint64_t shown_seq = 0;
    std::optional<std::pair<Instant, std::string>> lost_at_work;  // when and why, for the Master that is to fence it
    bool is_core = false;  // named so in the roster, whatever its tags
    bool has_run = false;  // has been RUNNING since this node knows it
    Instant roster_sent{};  // my list, to it
    Duration roster_period{};
  };

  /// An address where a node may be whose name is not known.
  struct Seed {
    std::string endpoint;
    std::string identifier;  // of who answered there; empty: nobody has
    bool announced = false;  // it was heard of, not configured
    Instant announced_at{};
    Instant next{};
    Duration period{};
    std::optional<Instant> asked;
  };

  // node_core.cpp: dispatch and the outgoing side
  void handle(const FrameReceived& input);
  void handle(const HelloDone& input);
  void handle(const HelloFailed& input);
  void handle(const HttpProbe& input);
  void handle(const LocalTable& input);
  void handle(const LocalProcessChanged& input);
  void handle(const LocalProcessRemoved& input);
  void handle(const LocalCommandDone& input);
  void handle(const OperatorRequest& input);
  void handle(const LoopStalled& input);
  void handle(const PlannedStop& input);
  void handle(const RulesChanged& input);
  void handle(const SeedAnswered& input);
  void handle(const NodeSighted& input);
  void handle(const MemberRefused& input);
  void handle(const StatisticsWanted& input);
  void handle(const LocalSamples& input);
  void handle(const TimePassed& input);
  void evaluate();
  void publish(const Message& message);
  void send(NodeId node, const Message& message);
  [[nodiscard]] FrameHeader header(std::uint64_t seq) const;
  void prepare_heartbeat();
  [[nodiscard]] Duration beat_spacing() const;
  void note(HistoryRow row);
  void note_state(std::string what, std::string why);
  [[nodiscard]] std::optional<std::size_t> index_of(NodeId node) const;
  [[nodiscard]] std::optional<std::size_t> index_of(std::string_view identifier) const;
  [[nodiscard]] bool settled() const;

  // node_membership.cpp
  void receive(std::size_t i, const FrameHeader& head, const Heartbeat& beat, Instant stamp);
  void receive(std::size_t i, const FrameHeader& head, const Leave& leave, Instant stamp);
  void receive(std::size_t i, const FrameHeader& head, const PeerOpinion& opinion, Instant stamp);
  void take_term_of(std::size_t i, const FrameHeader& head, const Heartbeat& beat);
  void compare(std::size_t i, const NamedValues& common);
  void begin_life_above(std::uint64_t known, const std::string& why);
  [[nodiscard]] bool is_another_life(std::size_t i, const HelloDone& hello) const;
  void begin_life(std::size_t i, std::uint64_t incarnation);
  void watch_members();
  void judge(std::size_t i);
  void reconnect_if_silent(std::size_t i);
  [[nodiscard]] Duration handshake_patience() const;
  [[nodiscard]] bool awaited(std::size_t i) const;
  [[nodiscard]] Verdict verdict_on(std::size_t i) const;
  void greet_members();
  void activate_members();
  void came_running(std::size_t i);
  void set_member_state(std::size_t i, MemberState state, const std::string& why);
  void refresh_instance(std::size_t i);
  [[nodiscard]] bool in_sync(std::size_t i) const;
  [[nodiscard]] std::vector<Liveness> age_vector() const;

  // node_roster.cpp
  void receive(std::size_t i, const FrameHeader& head, const Roster& roster, Instant stamp);
  void index_members();
  bool take_member(const KnownMember& who, const std::string& how);
  void insert_member(MemberView member);
  void refuse_member(const std::string& identifier, const std::string& why);
  void refresh_core(std::size_t i);
  void offer_roster(std::size_t i);
  void greet_seeds();
  [[nodiscard]] bool roster_settled() const;
  [[nodiscard]] SynchronisationFacts synchronisation_facts() const;

  // node_replication.cpp
  void receive(std::size_t i, const FrameHeader& head, const Delta& delta, Instant stamp);
  void receive(std::size_t i, const FrameHeader& head, const SnapshotRequest& request, Instant stamp);
  void receive(std::size_t i, const FrameHeader& head, Snapshot& snapshot, Instant stamp);  // its rows are taken
  void receive(std::size_t i, const FrameHeader& head, const DeltaRequest& request, Instant stamp);
  void repair(std::size_t i);
  void own_changed(std::vector<Delta> deltas);
  void rows_touched(std::size_t i, const std::vector<std::string>& touched);

  // node_statistics.cpp
  void receive(std::size_t i, const FrameHeader& head, const StatisticsRequest& request, Instant stamp);
  void receive(std::size_t i, const FrameHeader& head, const HostSample& sample, Instant stamp);
  void receive(std::size_t i, const FrameHeader& head, const ProcessSamples& samples, Instant stamp);
  void follow_statistics();

  // node_forced.cpp
  void carry_out_forced(const rules::ForcedState& forced);
  void take_over_forced();
  void refresh_forced();

  // node_losses.cpp
  void receive(std::size_t i, const FrameHeader& head, const LossReport& report, Instant stamp);
  void lose(std::size_t i, const std::string& why);
  void first_table_of_a_new_life(std::size_t i, LossLedger::Ending earlier);
  void note_ending(const LossLedger::Ending& ending);
  [[nodiscard]] bool is_start_ordered_from(const PendingOperation& pending, std::size_t i) const;
  [[nodiscard]] std::vector<rules::ProcessId> starts_ordered_from(std::size_t i) const;
  void hand_over_losses();
  void report_losses();
  [[nodiscard]] LossLedger::Ending ending_shown(std::size_t i) const;
  [[nodiscard]] bool defined(const rules::ProcessId& id) const;
  [[nodiscard]] bool runs_somewhere(const rules::ProcessId& id) const;

  // node_mastery.cpp
  void decide_master();
  void set_term(Term term, const std::string& why);
  void step_down(const std::string& why);
  void begin_mastery(bool was_acting);
  void decide_state();
  void make_good();
  void master_state();
  void follower_state();
  [[nodiscard]] bool all_end() const;
  void set_state(ClusterState state, const std::string& why);
  [[nodiscard]] bool all_bound(Duration patience) const;
  void bind_members();
  void tell_engine(const rules::Event& event);
  void carry_out(const rules::Action& action);
  void end_cluster(bool restart, const std::string& why);
  void withdraw_start(const rules::ProcessId& id, NodeId target);
  void carry_out_order(const rules::Order& order);
  void carry_out_completed(const rules::Completed& completed);
  void refresh_conflicts();
  void drive_engine();
  [[nodiscard]] ElectionInput election_input() const;
  [[nodiscard]] std::vector<NodeId> masters_heard_by_followers() const;

  // node_end_sync.cpp
  struct Objection {
    ResultCode code = ResultCode::success;
    std::string text;
  };
  [[nodiscard]] std::optional<Objection> objection_to_end_sync() const;
  [[nodiscard]] std::vector<std::size_t> members_named(std::string_view identifier_or_nick) const;
  [[nodiscard]] std::size_t preferred_master() const;
  void request_end_sync(const std::string& operation, const OperatorRequest& request);
  void become_named_master(const OperatorForward& request);
  void end_wait(const std::string& why);
  void check_synchronisation();
  [[nodiscard]] SynchronisationFacts facts_of_the_living() const;
  void wait_again(const std::string& why);

  // node_fencing.cpp
  [[nodiscard]] bool fences_losses() const;
  [[nodiscard]] std::string fence_text(std::size_t i) const;
  template <typename Edit>
  void rewrite_fences(const std::string& why, Edit edit);
  void fence_lost(std::size_t i, const std::string& why);
  [[nodiscard]] FenceFact new_fence(std::size_t i, const std::string& why) const;
  void take_over_fences(bool was_acting);
  void refresh_fences();
  void follow_masters_fences(const MemberView& master);
  void go_by_fences(FenceList list, const std::string& why);
  void fence_newcomer(std::size_t i);
  void isolate(std::size_t i);
  void let_in(std::size_t i, const std::string& why);
  [[nodiscard]] bool may_speak(std::size_t i, const Message& message) const;
  void add_fenced_voters(ElectionInput& input) const;
  [[nodiscard]] bool fences_are_changing() const;
  void take_rivals_fences(NodeId master);
  [[nodiscard]] bool is_fenced_and_whole(std::size_t i) const;
  [[nodiscard]] bool is_across(std::size_t i) const;
  void yield_without_master();
  void give_up_requests_to(std::size_t i);
  void request_unfence(const std::string& operation, const OperatorRequest& request);
  [[nodiscard]] const MemberView& keeper_of_fences() const;
  void write_unfence(const OperatorForward& request);
  Objection unfence(const std::string& target, const std::string& user);

  // node_operations.cpp
  void receive(std::size_t i, const FrameHeader& head, const Command& command, Instant stamp);
  void receive(std::size_t i, const FrameHeader& head, const CommandAnswer& answer, Instant stamp);
  void receive(std::size_t i, const FrameHeader& head, const OperatorForward& forward, Instant stamp);
  void receive(std::size_t i, const FrameHeader& head, const OperatorAnswer& answer, Instant stamp);
  void obey(const Command& command);
  void answer(const std::string& operation, ReceivedOperations& ledger, AnswerPhase phase, ResultCode code,
              const std::string& text);
  void answered(const std::string& operation, NodeId by, AnswerPhase phase, ResultCode code,
                const std::string& text);
  void accepted_order_ended(const std::string& operation, NodeId by, AnswerPhase phase, ResultCode code,
                            const std::string& text);
  void reply(std::uint64_t handle, const std::string& operation, AnswerPhase phase, ResultCode code,
             const std::string& text);
  void ask(const std::string& operation, PendingOperation pending);
  void request_of_node(const std::string& operation, std::size_t target, const OperatorRequest& request);
  void request_of_master(const std::string& operation, const OperatorRequest& request);
  /// A person's request to the node that does it, this one too.
  void forward(const std::string& operation, const OperatorRequest& request, NodeId to);
  bool is_new(const MemberView& sender, const std::string& operation, NodeId origin);
  bool may_plan(const std::string& operation, NodeId origin, Term term);
  void take(const OperatorForward& request);
  void plan(const OperatorForward& request);
  void plan_accepted(const OperatorForward& request);
  void resend_pending();
  void send_pending(const std::string& operation, PendingOperation& pending);
  [[nodiscard]] std::string operation_prefix() const;
  [[nodiscard]] std::string new_operation();

  NodeOptions options_;
  Random random_;
  std::uint64_t incarnation_;
  View view_;
  std::vector<Peer> peers_;
  std::vector<std::size_t> by_identifier_;  // roster in order of identifier: the order of age vectors
  std::vector<std::size_t> rank_;           // of each member in that order
  std::vector<std::pair<NodeId, std::size_t>> by_node_;  // in order of the id; looked at for every frame
  std::vector<Seed> seeds_;
  std::map<std::string, std::string> refused_;  // identifier -> why, as it was said
  Instant met_at_{};                            // the last node that was new
  std::uint64_t cluster_id_ = 0;
  std::uint32_t roster_hash_ = 0;
  OwnTable own_;
  FailureDetector detector_;
  rules::Engine engine_;
  Outcome outcome_;
  Instant now_{};
  Instant started_{};
  bool began_ = false;
  bool table_known_ = false;  // the local supervisor has said what it runs
  bool synchronised_ = false;
  bool named_master_ = false;  // by a person, and not Master yet
  std::optional<Instant> lost_somebody_;  // and the USER condition has not been judged by that yet
  bool leaving_ = false;
  bool dirty_ = true;  // something that membership, election or state depend on has changed
  bool fences_stale_ = false;  // a member may know a newer list of fenced nodes
  bool beat_at_once_ = false;
  std::uint64_t life_ = 0;  // drawn at the start
  std::uint64_t ctl_seq_ = 0;
  std::uint64_t bulk_seq_ = 0;
  std::uint64_t direct_seq_ = 0;
  std::uint64_t beat_seq_ = 0;
  std::uint64_t next_request_ = 0;
  std::uint64_t next_operation_ = 0;
  std::uint64_t change_ = 0;
  std::uint64_t epoch_seen_ = 0;
  Instant next_beat_{};
  Instant beat_prepared_{};
  Instant next_turn_{};
  Instant sight_changed_{};  // who is in sight
  Instant mastery_since_{};  // my last claim
  Instant master_changed_{};  // who is Master, in this node's sight
  Instant next_claim_{};     // a node begins terms no faster than this
  Instant next_conciliation_{};
  bool repair_wanted_ = false;
  std::vector<Liveness> last_ages_;
  std::vector<Liveness> ages_by_place_;  // of the heartbeat that is being read
  ForcedRows forced_rows_;  // what the picture shows of the Master's
  std::optional<std::pair<NodeId, std::uint64_t>> forced_shown_;  // whose, as of which revision of its table
  StatisticsFollow statistics_;
  LossLedger losses_;                                // what a new Master may have to handle
  std::pair<Term, std::uint64_t> losses_reported_;   // under this term, up to this revision of the ledger
  ReceivedOperations commands_;                      // to this node's supervisor
  ReceivedOperations plans_;                         // to this node as Master
  std::map<std::string, PendingOperation> pending_;
  AcceptedOrders accepted_orders_;
};

}  // namespace holdfast::cluster
