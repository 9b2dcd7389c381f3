#include "ctl/commands/verb_arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/strategies.hpp"

namespace holdfast::ctl {
namespace {

/// One command's parser. CLI11 reports by exceptions; they end in parse().
class Parser {
 public:
  explicit Parser(std::string command) : command_(std::move(command)), app_("", command_) {
    app_.set_help_flag();  // `help COMMAND` is the one way
    app_.add_option("-o,--output", output_)->check(CLI::IsMember({"text", "json"}));
  }

  CLI::App& app() { return app_; }

  Status parse(const std::vector<std::string>& words, std::optional<Format>& format) {
    try {
      app_.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& error) {
      return Error{command_ + ": " + error.what() + "; see: help " + command_};
    }
    if (!output_.empty()) {
      format = output_ == "json" ? Format::json : Format::text;
    }
    return {};
  }

 private:
  std::string command_;
  CLI::App app_;
  std::string output_;
};

template <typename Arguments>
Result<Arguments> finish(Parser& parser, const std::vector<std::string>& words, Arguments& arguments) {
  if (Status status = parser.parse(words, arguments.format); !status) {
    return status.error();
  }
  return std::move(arguments);
}

CLI::Option* add_limit(Parser& parser, std::int64_t& limit) {
  return parser.app().add_option("--limit", limit)->check(CLI::Range(std::int64_t{1}, limits::ctl_history_rows_max));
}

Result<UpgradeArguments> parse_upgrade(const std::string& command, const std::vector<std::string>& words) {
  Parser parser(command);
  UpgradeArguments arguments;
  std::string verb;
  parser.app().add_option("verb", verb)->required()->check(CLI::IsMember({"restart"}));
  return finish(parser, words, arguments);
}

}  // namespace

Result<NodesArguments> parse_nodes(const std::vector<std::string>& words) {
  Parser parser("nodes");
  NodesArguments arguments;
  return finish(parser, words, arguments);
}

Result<ClusterStatusArguments> parse_cluster_status(const std::vector<std::string>& words) {
  Parser parser("status");
  ClusterStatusArguments arguments;
  parser.app().add_flag("--cluster");
  parser.app().add_option("name", arguments.names);
  return finish(parser, words, arguments);
}

Result<AppArguments> parse_app(const std::vector<std::string>& words) {
  Parser parser("app");
  AppArguments arguments;
  std::string verb;
  bool no_wait = false;
  parser.app().add_option("verb", verb)->required()->check(CLI::IsMember({"start", "stop", "restart"}));
  parser.app().add_option("name", arguments.names)->required();
  parser.app().add_option("--strategy", arguments.strategy);
  parser.app().add_flag("--no-wait", no_wait);
  auto parsed = finish(parser, words, arguments);
  if (!parsed) {
    return parsed;
  }
  AppArguments& result = parsed.value();
  result.wait = !no_wait;
  result.verb = verb == "start"  ? AppArguments::Verb::start
                : verb == "stop" ? AppArguments::Verb::stop
                                 : AppArguments::Verb::restart;
  if (!result.strategy.empty() && result.verb == AppArguments::Verb::stop) {
    return Error{"app: --strategy says where to start, which stop does not"};
  }
  if (!result.strategy.empty() && !parse<StartingStrategy>(result.strategy)) {
    return Error{"app: '" + result.strategy + "' is no starting strategy: " + names_of<StartingStrategy>(" or ")};
  }
  return parsed;
}

Result<EndSyncArguments> parse_end_sync(const std::vector<std::string>& words) {
  Parser parser("end_sync");
  EndSyncArguments arguments;
  parser.app().add_option("node", arguments.master);
  return finish(parser, words, arguments);
}

Result<UnfenceArguments> parse_unfence(const std::vector<std::string>& words) {
  Parser parser("unfence");
  UnfenceArguments arguments;
  parser.app().add_option("node", arguments.node)->required();
  return finish(parser, words, arguments);
}

Result<HistoryArguments> parse_history(const std::vector<std::string>& words) {
  Parser parser("history");
  HistoryArguments arguments;
  parser.app().add_option("name", arguments.name);
  parser.app().add_option("--since", arguments.since);
  add_limit(parser, arguments.limit);
  return finish(parser, words, arguments);
}

Result<HistoryArguments> parse_why(const std::vector<std::string>& words) {
  Parser parser("why");
  HistoryArguments arguments;
  parser.app().add_option("name", arguments.name)->required();
  add_limit(parser, arguments.limit);
  return finish(parser, words, arguments);
}

Result<KeysArguments> parse_keys(const std::vector<std::string>& words) {
  Parser parser("keys");
  KeysArguments arguments;
  std::string verb;
  parser.app().add_option("verb", verb)->required()->check(CLI::IsMember({"new", "add", "drop", "reload"}));
  parser.app().add_option("file", arguments.file);
  parser.app().add_option("new_file", arguments.new_file);
  auto parsed = finish(parser, words, arguments);
  if (!parsed) {
    return parsed;
  }
  KeysArguments& result = parsed.value();
  using Verb = KeysArguments::Verb;
  result.verb = verb == "new" ? Verb::make : verb == "add" ? Verb::add : verb == "drop" ? Verb::drop : Verb::reload;
  if (result.file.empty() != (result.verb == Verb::reload) || result.new_file.empty() == (result.verb == Verb::add)) {
    return Error{"keys: one of: keys new FILE, keys add FILE NEWFILE, keys drop FILE, keys reload"};
  }
  return parsed;
}

Result<RulesArguments> parse_rules(const std::vector<std::string>& words) {
  Parser parser("rules");
  RulesArguments arguments;
  std::string verb;
  parser.app().add_option("verb", verb)->required()->check(CLI::IsMember({"check", "show", "reload"}));
  parser.app().add_option("name", arguments.names);
  auto parsed = finish(parser, words, arguments);
  if (!parsed) {
    return parsed;
  }
  RulesArguments& result = parsed.value();
  using Verb = RulesArguments::Verb;
  result.verb = verb == "check" ? Verb::check : verb == "show" ? Verb::show : Verb::reload;
  const std::size_t count = result.names.size();
  if ((result.verb == Verb::check && count == 0) || (result.verb == Verb::show && count > 1) ||
      (result.verb == Verb::reload && count != 0)) {
    return Error{"rules: one of: rules check FILE..., rules show [NAME], rules reload"};
  }
  return parsed;
}

Result<UpgradeArguments> parse_agent(const std::vector<std::string>& words) {
  return parse_upgrade("agent", words);
}

Result<UpgradeArguments> parse_keeper(const std::vector<std::string>& words) {
  return parse_upgrade("keeper", words);
}

}  // namespace holdfast::ctl
