#include "ctl/commands/completion.hpp"
#include "base/process_id.hpp"

#include <algorithm>

#include "base/strategies.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"
#include "ctl/format/text_layout.hpp"

namespace holdfast::ctl {
namespace {

using Words = std::vector<std::string>;

void add_once(Words& words, std::string word) {
  if (std::ranges::find(words, word) == words.end()) {
    words.push_back(std::move(word));
  }
}

Words strategies() {
  Words words;
  for (const StartingStrategy strategy : all_values<StartingStrategy>()) {
    words.push_back(std::string(name_of(strategy)) + " ");
  }
  return words;
}

}  // namespace

Completions Completer::complete(std::string_view line) {
  const std::size_t blank = line.find_last_of(" \t");
  const std::string_view word = blank == std::string_view::npos ? line : line.substr(blank + 1);
  Completions found;
  found.word_bytes = word.size();
  for (std::string& candidate : candidates(split_words(line.substr(0, line.size() - word.size())), word)) {
    if (candidate.starts_with(word)) {
      found.words.push_back(std::move(candidate));
    }
  }
  std::ranges::sort(found.words);
  found.words.erase(std::unique(found.words.begin(), found.words.end()), found.words.end());
  return found;
}

Words Completer::candidates(const Words& before, std::string_view word) {
  if (before.empty()) {
    return actions();
  }
  const Command* command = find_command(before.front());
  return command == nullptr ? Words() : of_subject(command->subject, before.size() - 1, word);
}

Words Completer::of_subject(Command::Subject subject, std::size_t index, std::string_view word) {
  switch (subject) {
    case Command::Subject::nothing:
      return {};
    case Command::Subject::actions:
      return actions();
    case Command::Subject::groups:
      return groups();
    case Command::Subject::processes:
      return processes(word);
    case Command::Subject::nodes:
      return nodes(" ");
    case Command::Subject::application_verb:
      return index == 0 ? Words{"start ", "stop ", "restart "} : groups();
    case Command::Subject::key_verb:
      return index == 0 ? Words{"add ", "drop ", "new ", "reload "} : Words();
    case Command::Subject::rules_verb:
      return index == 0 ? Words{"check ", "reload ", "show "} : groups();
    case Command::Subject::strategy_and_applications:
      return index == 0 ? strategies() : groups();
    case Command::Subject::strategy_and_processes:
      return index == 0 ? strategies() : processes(word);
  }
  return {};
}

Words Completer::actions() {
  Words words;
  const wire::Array& methods = ask("system.listMethods");
  for (const Command& command : commands()) {
    if (is_offered(command, methods)) {
      words.push_back(std::string(command.name) + " ");
    }
  }
  return words;
}

Words Completer::groups() {
  Words words;
  for (const wire::Value& info : ask("supervisor.getAllProcessInfo")) {
    add_once(words, text_member(info, "group") + " ");
  }
  for (const wire::Value& process : ask("holdfast.getClusterProcesses")) {
    add_once(words, text_member(process, "application") + " ");
  }
  return words;
}

Words Completer::processes(std::string_view word) {
  if (word.find('/') != std::string_view::npos) {
    return processes_elsewhere();
  }
  Words words = nodes("/");
  for (const wire::Value& info : ask("supervisor.getAllProcessInfo")) {
    const std::string group = text_member(info, "group");
    const std::string name = text_member(info, "name");
    if (word.find(':') != std::string_view::npos || name != group) {
      words.push_back(group + ":" + name + " ");
      words.push_back(group + ":* ");
    } else {
      words.push_back(name + " ");
    }
  }
  return words;
}

Words Completer::processes_elsewhere() {
  Words words;
  for (const wire::Value& process : ask("holdfast.getClusterProcesses")) {
    const std::string namespec = make_namespec({text_member(process, "application"), text_member(process, "process")});
    for (const wire::Value& copy : items_member(process, "copies")) {
      words.push_back(text_member(copy, "node") + "/" + namespec + " ");
    }
  }
  return words;
}

Words Completer::nodes(std::string_view behind) {
  Words words;
  for (const wire::Value& process : ask("holdfast.getClusterProcesses")) {
    for (const wire::Value& copy : items_member(process, "copies")) {
      add_once(words, text_member(copy, "node") + std::string(behind));
    }
  }
  return words;
}

const wire::Array& Completer::ask(const std::string& method) {
  auto known = std::ranges::find(answers_, method, &std::pair<std::string, wire::Value>::first);
  if (known == answers_.end()) {
    const Reply reply = session_.call_without_login(method);
    answers_.emplace_back(method, reply ? reply.value() : wire::Value(wire::Array{}));
    known = answers_.end() - 1;
  }
  return items_of(known->second);
}

}  // namespace holdfast::ctl
