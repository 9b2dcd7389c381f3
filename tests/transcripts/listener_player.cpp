#include "listener_player.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "words.hpp"

namespace holdfast::transcripts {

using namespace holdfast::supervision;  // NOLINT: the vocabulary of every line below

namespace {

std::string meant(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\n", at)) != std::string::npos;) {
    text.replace(at, 2, "\n");
  }
  return text;
}

/// What follows the first `words` words of a command.
std::string after(const std::string& command, int words) {
  std::size_t at = 0;
  for (int i = 0; i < words && at != std::string::npos; ++i) {
    at = command.find(' ', at);
    at = at == std::string::npos ? at : at + 1;
  }
  return at == std::string::npos ? "" : command.substr(at);
}

}  // namespace

std::vector<std::string> ListenerPlayer::play(const std::string& command) {
  lines_.clear();
  const Words words = text::split_list(command, ' ');
  const bool known = !words.empty() && (define(words) || world(words, command) || member_command(words, command));
  if (!known) {
    lines_.push_back("ERROR: cannot do: " + command);
  }
  if (pools_) {
    settle();
  }
  return std::exchange(lines_, {});
}

bool ListenerPlayer::define(const Words& words) {
  if (words[0] != "pool" || words.size() < 3) {
    return false;
  }
  config::GroupSettings group;
  group.name = words[1];
  group.kind = config::GroupKind::event_listener;
  group.listener.emplace();
  std::int64_t members = 1;
  for (const std::string& word : Words(words.begin() + 2, words.end())) {
    const std::string value = word.substr(word.find('=') + 1);
    if (word.starts_with("events=")) {
      for (const std::string& each : text::split_list(value, ',')) {
        group.listener->events.insert(each);
      }
    } else if (word == "bytes") {
      group.listener->length_in_bytes = true;
    } else if (word.starts_with("handler=")) {
      group.listener->result_handler = value;
    } else if (word.starts_with("buffer=")) {
      group.listener->buffer_size = static_cast<int>(number_in(value));
    } else {
      members = number_in(value);
    }
  }
  for (std::int64_t i = 0; i < members; ++i) {
    config::ProcessSettings process;
    process.name = members == 1 ? group.name : group.name + "_0" + std::to_string(i);
    group.processes.push_back(process);
  }
  pools().add(group);
  groups_.push_back(std::move(group));
  return true;
}

ProcessId ListenerPlayer::key_of(const std::string& name) const {
  return {name.substr(0, name.find('_')), name};
}

StartId ListenerPlayer::child_of(const std::string& name) const {
  const auto found = children_.find(name);
  return StartId{found == children_.end() ? 0 : found->second};
}

bool ListenerPlayer::member_command(const Words& words, const std::string& command) {
  if (words.size() < 2 || !pools_) {
    return false;
  }
  const std::string& verb = words[0];
  const std::string& name = words[1];
  const ProcessId key = key_of(name);
  const std::map<std::string, std::string> said{
      {"ready", "READY\n"}, {"ok", "RESULT 2\nOK"}, {"fail", "RESULT 4\nFAIL"}};
  if (verb == "spawn" || verb == "run") {
    children_[name] = next_child_++;
    closed_.erase(name);
    pools().state_changed(key, ProcessState::starting);
    pools().spawned(key, child_of(name));
    if (verb == "run") {
      pools().state_changed(key, ProcessState::running);
    }
  } else if (verb == "running" || verb == "stopping") {
    pools().state_changed(key, verb == "running" ? ProcessState::running : ProcessState::stopping);
  } else if (said.contains(verb)) {
    says(name, said.at(verb));
  } else if (verb == "says") {
    says(name, meant(after(command, 2)));
  } else if (verb == "dies") {
    pools().state_changed(key, ProcessState::exited);
    pools().exited(key, child_of(name));
    children_.erase(name);
  } else if (verb == "closes") {
    closed_.insert(name);
  } else if (verb == "takes" && words.size() == 3) {
    room_[name] = static_cast<std::size_t>(number_in(words[2]));
  } else {
    return false;
  }
  return true;
}

bool ListenerPlayer::world(const Words& words, const std::string& command) {
  if (words[0] == "blind" && !pools_) {
    kept_.clear();
    resume(words);
  } else if (words[0] == "resume" && !pools_) {
    resume(words);
  } else if (!pools_) {
    return false;
  } else if (words[0] == "crash") {
    pools_.reset();
    uncommitted_.clear();
    if (words.size() == 2) {
      uncommitted_[number_of(child_of(words[1]))] = last_chunk_[words[1]];
    }
  } else if (words[0] == "happens" && words.size() >= 2 && parse<EventType>(words[1])) {
    pools().happened(*parse<EventType>(words[1]), meant(after(command, 2)));
  } else if (words[0] == "clock" && words.size() == 2) {
    pools().tick(WallTime::from_seconds(number_in(words[1])));
  } else if (words[0] == "advance" && words.size() == 2) {
    advance(duration_in(words[1]));
  } else if (words[0] == "next-tick" && words.size() == 2) {
    const auto next = pools().next_tick(WallTime::from_seconds(number_in(words[1])));
    lines_.push_back(next ? std::to_string(next->seconds()) : "never");
  } else if (words[0] == "remove" && words.size() == 2) {
    pools().remove(words[1]);
  } else if (words[0] == "status") {
    status();
  } else {
    return false;
  }
  return true;
}

/// As the driver's timer does it.
void ListenerPlayer::advance(Duration by) {
  const Instant end = now_ + by;
  for (auto due = pools().next_dispatch(); due && *due <= end; due = pools().next_dispatch()) {
    now_ = std::max(now_, *due);
    lines_.push_back("after " + std::to_string((now_ - Instant{}).count() / 1'000'000) + " ms");
    settle();
    if (pools().next_dispatch() == due) {
      lines_.push_back("ERROR: a deadline that stays");
      break;
    }
  }
  now_ = end;
}

void ListenerPlayer::says(const std::string& name, const std::string& text) {
  last_chunk_[name] = ++chunks_;
  pools().output(key_of(name), child_of(name), text, chunks_);
}

void ListenerPlayer::resume(const Words& words) {
  pools_ = std::make_unique<ListenerPools>("srv");
  for (const config::GroupSettings& group : groups_) {
    pools().add(group);
  }
  if (const Status restored = kept_.empty() ? Status() : pools().restore(kept_, uncommitted_); !restored) {
    lines_.push_back("ERROR: " + restored.error().message);
  }
  for (const std::string& name : Words(words.begin() + 1, words.end())) {
    pools().state_changed(key_of(name), ProcessState::running);
    pools().reattached(key_of(name), child_of(name));
  }
  pools().all_reattached();
}

void ListenerPlayer::status() {
  for (const auto& pool : pools().pools()) {
    std::string line = pool->name() + " holds";
    for (const PoolEvent& event : pool->buffer()) {
      line += " " + std::to_string(event.serial);
    }
    for (const ListenerMember& member : pool->members()) {
      line += "; " + member.key.name + " " + std::string(name_of(member.protocol.state())) +
              (member.event ? " with " + std::to_string(member.event->serial) : "");
    }
    lines_.push_back(line);
  }
}

/// As the driver does it: effects until there are none, then the state is kept.
void ListenerPlayer::settle() {
  for (auto effects = pools().take_effects(now_); !effects.empty(); effects = pools().take_effects(now_)) {
    for (const ListenerEffect& each : effects) {
      std::visit([this](const auto& it) { perform(it); }, each);
    }
  }
  if (pools().changed()) {
    kept_ = pools().encode();
  }
}

void ListenerPlayer::perform(const LogLine& it) {
  lines_.push_back(std::string(level_name(it.level)) + " " + it.text);
}

void ListenerPlayer::perform(const SendToListener& it) {
  const std::string& name = it.key.name;
  if (closed_.contains(name)) {
    pools().send_failed(it.key, it.start_id);
    return;
  }
  std::size_t taken = it.bytes.size();
  if (const auto room = room_.find(name); room != room_.end()) {
    taken = std::min(taken, room->second);
    room_.erase(room);
  }
  lines_.push_back("to " + name + ": " + visible(it.bytes.substr(0, taken)));
  pools().sent(it.key, it.start_id, it.bytes.size() - taken);
}

void ListenerPlayer::perform(const ListenerHealth& it) {
  lines_.push_back(it.key.name + (it.broken ? " is broken" : " is well again"));
}

}  // namespace holdfast::transcripts
