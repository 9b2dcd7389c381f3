// simulated_world.hpp: N real cluster::Nodes, each with a model supervisor, a disk and a clock of its own,
// joined by a packet simulator and driven by one queue of (time, sequence). Faults, workload and delays come
// from one seed; the invariants are checked after every event, convergence after the last fault.
// Single-threaded; the same seed gives the same digest.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "cluster/node.hpp"
#include "rules/application_state.hpp"
#include "simulator/model_supervisor.hpp"
#include "simulator/world_options.hpp"

namespace holdfast::simulator {

struct RunResult {
  std::optional<std::string> violation;
  std::uint64_t digest = 0;
  std::uint64_t events = 0;
  std::uint64_t commands = 0;
  std::uint64_t terms = 0;
  /// From when everybody was up, awake and connected again; nothing if it never was so.
  std::optional<Duration> views_equal_after;    // one Master, equal views
  std::optional<Duration> programs_once_after;  // and every program once, for good; not where people asked for more
  Duration longest_silence{};                   // between two heartbeats of one node at another, while nothing failed
  std::vector<std::string> last_events;         // readable, for a failure
};

class SimulatedWorld {
 public:
  explicit SimulatedWorld(WorldOptions options, bool verbose);
  ~SimulatedWorld();
  RunResult run();

 private:
  enum class Kind {
    frame,
    hello,
    hello_answer,
    hello_timeout,
    probe,
    timer,
    beat,
    programs,
    boot,
    down,
    wake,
    fault,
    rare_fault,
    people,
    look
  };
  struct Packet {
    Kind kind = Kind::frame;
    std::size_t from = 0;
    std::size_t to = 0;
    std::uint64_t from_life = 0;
    std::uint64_t to_life = 0;
    cluster::Stream stream = cluster::Stream::ctl;
    std::shared_ptr<const std::string> bytes;
    std::uint64_t number = 0;  // hello: its id; frame and answer: the sender's incarnation
    std::uint64_t known = 0;   // hello: incarnation of the other side that is known
    bool accepted = false;
    bool refused = false;
    std::uint8_t major = cluster::kProtocolMajor;  // frame: of its sender
    Instant sent_at{};
  };
  struct Event {
    Instant at{};
    std::uint64_t sequence = 0;
    std::size_t packet = 0;  // its place in packets_
    friend bool operator>(const Event& a, const Event& b) {
      return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    }
  };
  /// A node's copy of another's rows, as it was last checked.
  struct Seen {
    std::uint64_t life = 0;  // of who sees it
    std::uint64_t incarnation = 0;
    std::uint64_t seq = 0;
    std::uint64_t digest = 0;
    std::uint64_t writings = 0;  // what was known of the owner's writings
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  struct Machine {
    std::string identifier;
    cluster::NodeId node_id = 0;
    std::unique_ptr<cluster::Node> node;  // null: the agent is down
    std::uint64_t life = 0;               // events of an earlier one are void
    bool programs_up = true;              // the keeper lives
    bool is_leaving = false;
    Instant awake_since{};              // of its agent: booted, and neither frozen nor stalled
    std::optional<Instant> down_since;  // with its programs
    cluster::Identity disk;
    cluster::Identity backup;  // an early copy of it
    std::uint8_t major = cluster::kProtocolMajor;
    std::uint8_t minor = cluster::kProtocolMinor;
    std::unique_ptr<ModelSupervisor> supervisor;
    std::int64_t clock_offset_ns = 0;
    std::int64_t clock_ppm = 0;
    std::int64_t wall_offset_ns = 1'700'000'000'000'000'000;  // wall clock minus the world's; faults step it
    std::string heartbeat;
    std::uint64_t beat_seq = 0;
    Instant turned{};                                // the loop's last turn
    std::optional<Instant> paused_until;             // whole process
    std::optional<Instant> stalled_until;            // loop only
    std::deque<std::pair<Instant, Packet>> waiting;  // for the loop, with the stamp of receipt
    std::optional<Instant> timer_at;
    std::optional<Instant> programs_at;
    std::set<std::size_t> open_hellos;
    std::set<std::size_t> open_seeds;  // addresses greeted without a name
    cluster::Term last_executed;
    cluster::FenceList fences;         // as it went by them after its last step
    cluster::FenceList fences_before;  // and before that step
  };

  // simulated_world.cpp
  void push(Instant at, Packet what);
  [[nodiscard]] Packet pop();
  void handle(const Packet& packet);
  void boot(std::size_t i);
  void step(std::size_t i, const cluster::Input& input);
  void execute(std::size_t i, cluster::Outcome outcome);
  void send(std::size_t i, cluster::Send item);
  void arm(std::size_t i);
  void arm_programs(std::size_t i);
  void programs_moved(std::size_t i);
  [[nodiscard]] Instant local(std::size_t i, Instant world) const;
  [[nodiscard]] Instant world(std::size_t i, Instant local) const;
  [[nodiscard]] std::size_t index_of(const std::string& identifier) const;
  [[nodiscard]] std::size_t index_of(cluster::NodeId node) const;
  void say(const std::string& line);

  // delivery.cpp
  void wake(std::size_t i);
  void feed(std::size_t i, const Packet& packet, Instant stamp);
  void take_hello(std::size_t i, const Packet& packet);
  void note_silence(std::size_t from, std::size_t to);

  // peer_contact_model.cpp
  void beat(std::size_t i);
  void broadcast(std::size_t i, cluster::Stream stream, const std::shared_ptr<const std::string>& bytes);
  void greet(std::size_t from, const std::string& identifier);
  void greet_seed(std::size_t from, const std::string& endpoint);
  void send_hello(std::size_t from, std::size_t to);
  void seed_answered(std::size_t i, std::size_t seed, bool answered);
  void refuse_version(std::size_t i, std::size_t peer);
  void probe(std::size_t from, const std::string& identifier);

  // packet_simulator.cpp
  void transmit(Packet packet);
  void speak_own_version(Packet& packet);
  [[nodiscard]] bool cut(std::size_t from, std::size_t to) const;
  void cut_link(std::size_t from, std::size_t to);
  void heal_all();
  void connect_anew(std::size_t from, std::size_t to);
  [[nodiscard]] Instant arrival_in_order(std::size_t from, std::size_t to);
  Duration draw_delay();
  Duration draw_lateness();

  // faults.cpp
  void fault();
  void rare_fault();
  void partition();
  void freeze(std::size_t i);
  void crash(std::size_t i, bool with_programs, std::optional<Duration> away = {});
  void power_cut();
  void leave(std::size_t i);
  void end_agent(std::size_t i);
  void drop_burst(std::size_t from);
  void step_wall_clock(std::size_t i);
  void set_wall_clock(std::size_t i, std::int64_t step_ms);
  void upgrade();
  void end_faults();

  // workload.cpp
  void operate();
  void ask(std::size_t i, cluster::OperatorRequest request);
  void start_peoples_application();
  void finish_what_people_began();

  // invariants.cpp
  void fail(const std::string& what);
  void check_outcome(std::size_t i, const cluster::Outcome& outcome);
  void check_order_origin(std::size_t i, const cluster::LocalCommand& command);
  void check_verdict(std::size_t i, const cluster::HistoryRow& row);
  void check_absent();
  [[nodiscard]] const cluster::MemberView* member_at(std::size_t i, std::size_t whom) const;
  [[nodiscard]] bool awake_for(std::size_t i, Duration span) const;
  [[nodiscard]] bool connected_for(std::size_t a, std::size_t b, Duration span) const;
  [[nodiscard]] bool know_the_same(std::size_t a, std::size_t b) const;
  [[nodiscard]] bool heard_by_most(std::size_t subject, std::size_t observer) const;
  void check_command(std::size_t i, const cluster::LocalCommand& command);
  void check_tables(std::size_t i, std::size_t owner);
  void check_reply(std::size_t i, const cluster::Reply& reply);

  // fences.cpp
  void check_fences(std::size_t i);
  void check_order_to_fenced(std::size_t i, const cluster::Send& item);
  void look_at_fences();
  [[nodiscard]] bool fences_cannot_vanish() const;
  [[nodiscard]] std::optional<std::string> differing_fences() const;
  [[nodiscard]] bool somebody_is_fenced() const;

  // convergence.cpp
  void look();
  void check_convergence();
  [[nodiscard]] bool over() const;
  [[nodiscard]] std::optional<std::string> differing_views() const;
  [[nodiscard]] std::optional<std::string> differing_view(std::size_t i,
                                                          const std::vector<rules::ProcessStatus>& expected) const;
  [[nodiscard]] std::optional<std::string> program_not_once() const;
  [[nodiscard]] std::optional<std::string> not_converged() const;

  WorldOptions options_;
  bool verbose_;
  Random random_;
  Instant now_{};
  std::uint64_t sequence_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> queue_;
  std::vector<Packet> packets_;            // of the events in the queue
  std::vector<std::size_t> free_packets_;  // places in it
  std::vector<Machine> machines_;
  std::map<cluster::NodeId, std::size_t> by_node_;
  std::vector<cluster::RosterItem> roster_;
  rules::RuleSet rules_;
  std::vector<std::string> wanted_;  // namespecs that must run exactly once
  std::vector<std::vector<int>> cuts_;
  std::vector<std::vector<Instant>> clear_since_;                   // (from, to): not cut, not dead
  std::vector<std::vector<Instant>> last_arrival_;                  // (from, to): of a stream that keeps its order
  std::vector<std::vector<Instant>> last_beat_;                     // (from, to)
  std::set<std::pair<std::size_t, std::size_t>> dead_connections_;  // (from, to): what from publishes
  std::vector<Packet> held_;                                        // on cut links, to arrive stale
  std::map<std::pair<std::size_t, std::size_t>, Instant> bursts_;   // (from, to) -> until
  std::map<std::string, std::uint64_t> meant_for_;  // order -> the life of its target that it was given to
  std::optional<Instant> frame_sent_;               // of the frame that a node is being fed
  cluster::Input frame_input_ =
      cluster::FrameReceived{};  // that frame: one place, so that its bytes need no memory anew
  bool faulty_ = true;
  std::uint64_t next_hello_ = 0;
  std::uint64_t next_handle_ = 0;
  std::deque<std::pair<Instant, std::string>> log_;
  std::map<std::pair<std::size_t, std::uint64_t>, std::map<std::uint64_t, std::uint64_t>>
      written_;                          // (owner, incarnation) -> seq -> digest
  std::vector<std::uint64_t> writings_;  // of each owner: how often what is written of it has changed
  std::vector<std::vector<Seen>> seen_;  // (who, owner)
  std::set<std::string> executed_;
  std::set<std::string> touched_;  // applications that people have asked for
  std::set<std::string> stopped_on_purpose_;
  struct Asked {
    std::size_t node = 0;
    std::uint64_t life = 0;
    Instant latest{};
  };
  std::map<std::uint64_t, Asked> asked_;  // by handle: not answered for good
  std::uint64_t peoples_handle_ = 0;      // of the start of the application that only people start
  bool peoples_runs_ = false;             // all of it has run
  bool people_have_looked_ = false;
  bool people_let_in_ = false;
  bool absence_over_ = false;  // there is one long absence in a run
  Instant calm_since_{};       // after the last fault: everybody is up, awake and connected
  std::optional<std::string> last_difference_;
  std::optional<Instant> agreed_about_;  // the calm_since_ that views were equal after
  std::optional<Instant> views_equal_at_;
  std::optional<Instant> whole_at_;
  Instant last_command_{};
  Instant last_term_{};
  RunResult result_;
};

}  // namespace holdfast::simulator
