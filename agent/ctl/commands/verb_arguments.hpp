// verb_arguments.hpp: what the words after each of our own commands say. They are words of the shell, so names may hold
// blanks; options may stand before or after them, and every command takes `-o json`. Errors are sentences for people.
// Asks no server. Called by parsed_command.hpp. Pure; CLI11 stays inside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "ctl/format/console.hpp"

namespace holdfast::ctl {

struct NodesArguments {
  std::optional<Format> format;
};
Result<NodesArguments> parse_nodes(const std::vector<std::string>& words);

struct ClusterStatusArguments {
  std::vector<std::string> names;
  std::optional<Format> format;
};
Result<ClusterStatusArguments> parse_cluster_status(const std::vector<std::string>& words);

struct AppArguments {
  enum class Verb { start, stop, restart } verb = Verb::start;
  std::vector<std::string> names;
  std::string strategy;  // empty: as the application's rules say
  bool wait = true;
  std::optional<Format> format;
};
Result<AppArguments> parse_app(const std::vector<std::string>& words);

struct EndSyncArguments {
  std::string master;  // empty: as an election prefers
  std::optional<Format> format;
};
Result<EndSyncArguments> parse_end_sync(const std::vector<std::string>& words);

struct UnfenceArguments {
  std::string node;  // or "all"
  std::optional<Format> format;
};
Result<UnfenceArguments> parse_unfence(const std::vector<std::string>& words);

struct HistoryArguments {
  std::string name;   // empty: everything
  std::string since;  // empty: from the start
  std::int64_t limit = limits::ctl_history_rows;
  std::optional<Format> format;
};
Result<HistoryArguments> parse_history(const std::vector<std::string>& words);
/// `name` is required and there is no --since.
Result<HistoryArguments> parse_why(const std::vector<std::string>& words);

struct KeysArguments {
  enum class Verb { make, add, drop, reload } verb = Verb::make;
  std::string file;      // empty for reload
  std::string new_file;  // for add: where the new key is
  std::optional<Format> format;
};
Result<KeysArguments> parse_keys(const std::vector<std::string>& words);

struct RulesArguments {
  enum class Verb { check, show, reload } verb = Verb::show;
  std::vector<std::string> names;  // check: files, one at least; show: an application or group:name, or none
  std::optional<Format> format;
};
Result<RulesArguments> parse_rules(const std::vector<std::string>& words);

/// The one verb of `agent` and `keeper` is `restart`.
struct UpgradeArguments {
  std::optional<Format> format;
};
Result<UpgradeArguments> parse_agent(const std::vector<std::string>& words);
Result<UpgradeArguments> parse_keeper(const std::vector<std::string>& words);

}  // namespace holdfast::ctl
