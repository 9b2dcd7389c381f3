// start_job.hpp: the start of one application by ranks, or of single processes of it (contract
// supvisors.md 4.3, 4.4). States of one command: requested (no STARTING seen), starting (STARTING or BACKOFF
// seen), waiting_exit (RUNNING seen, wait_exit), stopping (the process must end its stop before it can
// start). A command ends by the table of 4.3, by its deadline, or with its instance. Owned by Sequencer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rules/placement.hpp"
#include "rules/step_context.hpp"

namespace holdfast::rules {

class StartJob {
 public:
  StartJob(std::string application, Origin origin) : application_(std::move(application)), origin_(std::move(origin)) {}

  /// Plans every process of the start sequence that is not RUNNING; false if none of them is to be started
  /// (contract 4.3 point 2). One that is STARTING by itself is waited for in its rank.
  bool plan_sequence(StepContext& context, LazyLoads& loads);
  /// Adds one process, to be started now; false if it is in the job already.
  bool add_process(const std::string& process, const Origin& origin) { return add(kNow, process, origin, false); }
  /// Likewise, when the ranks before its own run.
  bool add_in_rank(StepContext& context, const std::string& process, const Origin& origin);

  /// Takes events and deadlines into account and orders what is due; true if something changed.
  bool advance(StepContext& context, LazyLoads& loads, std::uint64_t& last_order_id, std::vector<JobNotes>& notes);
  /// False if the order is none of this job's.
  bool order_refused(StepContext& context, const OrderRefused& refusal, std::vector<JobNotes>& notes);
  void instance_lost(StepContext& context, const std::string& identifier, std::vector<JobNotes>& notes);

  /// Takes the process out; gives the instance on which its start was ordered.
  std::optional<std::string> cancel(const std::string& process);

  [[nodiscard]] bool done() const { return commands_.empty() && planned_.empty(); }
  /// A required process failed under strategy STOP: stop the application when this job is done.
  [[nodiscard]] const std::string& stop_reason() const { return stop_reason_; }
  [[nodiscard]] bool contains(const std::string& process) const;
  [[nodiscard]] bool has_command(const std::string& process) const;
  [[nodiscard]] std::vector<std::string> processes() const;
  /// Where starts of this job are under way, to stop them too.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> targets() const;
  /// Loads of chosen targets that the view does not show as running yet.
  void add_pending(const StepContext& context, LoadTable& loads) const;
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  [[nodiscard]] JobView view() const;
  [[nodiscard]] const Origin& origin() const { return origin_; }

 private:
  struct Planned {
    std::string process;
    bool sequence = true;  // wait_exit counts only in a sequence
    std::string fixed;     // SINGLE_*: the instance chosen up front
    std::string fixed_reason;
    bool refused = false;  // SINGLE_*: nothing fits; fixed_reason says why
    Origin origin;
    int attempts = 0;  // instances lost under it
  };
  struct Command {
    Planned plan;
    std::string identifier;
    std::uint64_t order_id = 0;
    std::uint64_t change = 0;                     // the copy's last change that was taken into account
    ProcessState before = ProcessState::stopped;  // its state when the order was given
    CommandPhase phase = CommandPhase::requested;
    Instant since{};
    Instant deadline = Instant::max();
  };
  enum class Verdict { open, success, failure, place };  // place: the stop it waited for has ended
  struct Judgement {
    Verdict verdict = Verdict::open;
    std::string why;
    bool forced = false;  // the real state does not show the failure
  };

  bool add(int rank, const std::string& process, const Origin& origin, bool sequence);
  /// Waits for a start that somebody else has begun.
  void follow(StepContext& context, Planned planned, const std::string& identifier, const CopyView& copy);
  void launch(StepContext& context, Planned planned, LazyLoads& loads, std::uint64_t& last_order_id,
              std::vector<JobNotes>& notes);
  [[nodiscard]] Placement place(const StepContext& context, const Planned& planned, const ProcessView& process,
                                LazyLoads& loads) const;
  Judgement judge(StepContext& context, Command& command) const;
  Judgement judge_state(StepContext& context, Command& command, const CopyView& copy) const;
  Judgement judge_time(StepContext& context, const Command& command) const;
  bool poll(StepContext& context, LazyLoads& loads, std::uint64_t& last_order_id, std::vector<JobNotes>& notes);
  void fail(StepContext& context, const Planned& planned, const Judgement& judgement, std::vector<JobNotes>& notes);
  static constexpr int kNow = 0;  // no sequence has a rank 0
  [[nodiscard]] ProcessId id_of(const std::string& process) const { return {application_, process}; }

  std::string application_;
  Origin origin_;
  int rank_ = 0;
  std::map<int, std::vector<Planned>> planned_;  // by rank; kNow: as soon as possible
  std::vector<Command> commands_;
  std::string stop_reason_;
};

}  // namespace holdfast::rules
