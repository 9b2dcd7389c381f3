// views.hpp: what the pages show, as plain values: filled by agent/api from its read models, turned into HTML
// by the page functions (pages.hpp). States are enumerations, whose words the pages write; other words and times arrive
// ready where only the filler can know them. The pages choose shape, colour and order. Strings are raw (unescaped):
// escaping is the pages' business. Equal values give equal HTML, but for ages. No behaviour.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/application_state.hpp"
#include "base/instant.hpp"
#include "base/member_state.hpp"
#include "base/process_state.hpp"

namespace holdfast::dashboard {

/// How a line or a badge is to be felt. Shown as shape and colour beside the word, never as colour alone.
enum class Tone { good, busy, warning, bad, idle };

/// The answer to the form that was just sent; shown once.
struct FlashMessage {
  Tone tone = Tone::good;
  std::string text;
  std::string operation;  // operation id, may be empty
};

/// What every page has around its content.
struct FrameView {
  std::string software = "Holdfast";
  std::string name;        // what its user calls the whole; empty = as the software
  bool has_icon = false;   // a picture of the user's stands beside it
  bool has_style = false;  // style of the user's comes after the built-in one
  std::string version;
  std::string cluster;  // name; empty = this agent is alone
  std::string node;     // the node that serves the page (nick)
  std::string node_identifier;
  std::string master;         // nick; empty = none
  std::string cluster_state;  // "OPERATION", ...; empty when alone
  std::uint64_t epoch = 0;
  std::string user;                   // who is logged in; empty = no authentication
  std::vector<std::string> warnings;  // e.g. "gossip is open: no cluster key"
  std::optional<FlashMessage> flash;
  std::string csrf_token;  // in every form
  WallTime now{};
  int refresh_s = 0;     // ?refresh=: meta refresh; 0 = off
  int utc_offset_s = 0;  // of the serving node, for the times shown
};

/// Something that needs a person, most urgent first.
struct AttentionItem {
  Tone tone = Tone::bad;
  std::optional<std::string> application;  // link target: process page when process is given, else application page
  std::optional<std::string> process;
  std::string node;  // nick
  std::string what;  // "FATAL", "conflict", "node silent" ...
  std::string text;  // why, in words
  WallTime since{};
  friend bool operator==(const AttentionItem&, const AttentionItem&) = default;
};

struct NodeView {
  std::string nick;
  std::string identifier;
  MemberState state = MemberState::stopped;
  bool master = false;
  bool local = false;  // serves this page
  int load = 0;        // declared load of what runs there, percent
  int running = 0;     // processes
  int processes = 0;
  WallTime since{};                               // in this state
  std::string note;                               // "no cluster key", "protocol 1..1" ...
  std::vector<std::string> on_same_machine = {};  // nicks of other nodes
  friend bool operator==(const NodeView&, const NodeView&) = default;
};

/// What a state means to somebody who looks for trouble: an expected end is told from a failure.
enum class Condition {
  running,
  moving,    // starting or stopping
  failed,    // FATAL, BACKOFF, UNKNOWN, or an end that was not expected
  finished,  // ended as expected
  stopped
};

/// A process on the overview and on its application's page: one row over all nodes.
struct ProcessRowView {
  std::string application;
  std::string process;
  ProcessState state = ProcessState::stopped;
  Condition condition = Condition::stopped;
  std::vector<std::string> nodes;  // nicks where it runs; where it last ran when stopped
  bool conflict = false;           // runs more often than it may
  std::int64_t pid = 0;            // when it runs once
  WallTime since{};                // in this state; 0 = never started
  std::string description;         // last exit or spawn error in words; empty while running
  int rank = -1;                   // start sequence; -1 = not sequenced (0 = not started by itself)
  bool required = false;
  bool managed = true;  // may be acted upon
  friend bool operator==(const ProcessRowView&, const ProcessRowView&) = default;
};

/// What of an application has failed: something that it requires, or something else.
enum class Health { good, minor_failure, major_failure };

struct ApplicationRowView {
  std::string name;
  ApplicationState state = ApplicationState::stopped;
  Health health = Health::good;
  int running = 0;
  int starting = 0;
  int failed = 0;
  int stopped = 0;  // the finished ones, too
  std::vector<std::string> nodes;
  std::string waiting;   // "waiting for db:redis" while starting
  bool managed = false;  // named by a rules file: started and failed over by the cluster
  friend bool operator==(const ApplicationRowView&, const ApplicationRowView&) = default;
};

struct EventView {
  std::int64_t id = 0;
  WallTime at{};
  std::string word;  // what, in a word or two: "RUNNING", "start"
  Tone tone = Tone::idle;
  std::string detail;       // why, who asked, what it was before
  std::string application;  // the subject with process; may be empty
  std::string process;
  std::string node;  // nick; the subject when there is no application
  std::string operation;
  bool cause = false;  // a reason for what happened, not what happened
};

/// The GET filter of the process table: words, all of which must match (name, state:, node:, app:).
struct FilterView {
  std::string query;
  int shown = 0;
  int total = 0;
  int page = 1;
  int pages = 1;
};

struct OverviewView {
  FrameView frame;
  std::vector<AttentionItem> attention;
  int processes_total = 0;
  int processes_running = 0;
  int processes_finished = 0;  // ended as expected
  std::vector<NodeView> nodes;
  std::vector<ApplicationRowView> applications;
  std::vector<ProcessRowView> processes;
  FilterView filter;
  std::vector<EventView> events;  // newest first
};

/// How far one step of a start sequence is.
enum class StepState { done, starting, failed, stopped };

/// One step of a start sequence.
struct RankView {
  int rank = 0;
  StepState state = StepState::stopped;
  std::vector<ProcessRowView> processes;
  friend bool operator==(const RankView&, const RankView&) = default;
};

/// A process and its state on each node of the matrix; nullopt: it is not defined there.
struct MatrixRowView {
  ProcessRowView process;
  std::vector<std::optional<ProcessState>> states;
  friend bool operator==(const MatrixRowView&, const MatrixRowView&) = default;
};

struct ApplicationView {
  FrameView frame;
  ApplicationRowView row;
  std::string starting_strategy;
  std::string distribution;
  std::string starting_failure;
  std::string running_failure;
  std::string operation;                 // running start or stop: "starting 3/8"
  std::vector<RankView> ranks;           // start sequence, in order
  std::vector<ProcessRowView> unranked;  // not started by itself
  std::vector<std::string> columns;      // nicks of the matrix
  std::vector<MatrixRowView> matrix;
  std::vector<EventView> why;  // decisions, newest first
};

struct CopyRowView {
  std::string node;  // nick
  std::string node_identifier;
  ProcessState state = ProcessState::stopped;
  std::int64_t pid = 0;
  WallTime since{};
  std::string description;  // empty while it runs: pid and time say it
  bool disabled = false;
  friend bool operator==(const CopyRowView&, const CopyRowView&) = default;
};

struct LogView {
  std::string node;
  std::string channel = "stdout";
  std::string file;  // empty = no log
  std::string tail;  // raw bytes
  std::int64_t size = 0;
  bool cut = false;        // there is more before the tail
  std::string follow_url;  // relative, streamed text (logtail/...); empty = not followed live
  std::string error;       // why there is no tail
};

struct ProcessView {
  FrameView frame;
  ProcessRowView row;
  std::vector<CopyRowView> copies;
  std::string command;
  LogView log;
  std::vector<EventView> events;  // state changes and actions, newest first
  std::vector<EventView> why;     // decisions, newest first
};

/// A page that says one thing: an error, or "nothing here".
struct MessageView {
  FrameView frame;
  int status = 404;
  std::string title;
  std::string text;
  std::string hint;  // what to do
};

/// An action that came by GET (Supervisor's old URLs): a form that asks and POSTs.
struct ConfirmView {
  FrameView frame;
  std::string question;  // "Stop web:worker_00?"
  std::string effect;    // what exactly will happen
  std::string action;    // as in Supervisor's address: start stop restart clearlog stopall restartall
  std::string name;      // the process, as in the address; empty for all
  bool dangerous = false;
};

/// Supervisor's page with the end of a log (contract supervisor.md 4.11).
struct TailView {
  FrameView frame;
  std::string process;  // as asked for; empty = none was named
  std::string tail;     // the log's end, or what is wrong
  std::int64_t limit = 0;
};

}  // namespace holdfast::dashboard
