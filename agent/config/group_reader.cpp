// [group:x] and the groups that single sections make.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "config/section_readers.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

constexpr int kListenerPriority = -1;  // pools start first and stop last

/// The names of what [group:x], the pools and the priorities of lone programs may use (contract 1.4).
Expansions group_names(const ReadContext& context) {
  Expansions names(&context.environment);
  names.set("here", context.here);
  return names;
}

std::string_view after_colon(std::string_view section) {
  return section.substr(section.find(':') + 1);
}

/// Supvisors' plugin adds event types of its own (supvisors.md CFG-E7).
bool known_event(const ReadContext& context, const std::string& name) {
  static const std::set<std::string> kSupvisorsEvents{"PROCESS", "PROCESS_ADDED", "PROCESS_REMOVED", "PROCESS_ENABLED",
                                                      "PROCESS_DISABLED"};
  return is_event_type(name) || (context.settings.cluster && kSupvisorsEvents.contains(name));
}

class GroupReader {
 public:
  explicit GroupReader(ReadContext& context) : context_(context), names_(group_names(context)) {}

  Status run() {
    using Reader = Status (GroupReader::*)(const std::string&);
    constexpr std::pair<std::string_view, Reader> kKinds[] = {
        {"group:", &GroupReader::read_group},
        {"program:", &GroupReader::read_program},
        {"eventlistener:", &GroupReader::read_listener},
        {"fcgi-program:", &GroupReader::read_fcgi},
    };
    for (const auto& [prefix, reader] : kKinds) {
      for (const auto& [section, tree] : context_.document.sections()) {
        if (!section.starts_with(prefix) || grouped_.contains(section)) {
          continue;
        }
        if (Status status = (this->*reader)(section); !status) {
          return status;
        }
      }
    }
    finish();
    return {};
  }

 private:
  Status read_group(const std::string& section) {
    SectionReader keys(context_, section, names_);
    GroupSettings group = make_group(section, GroupKind::program);
    auto name = parse_name(after_colon(section));
    if (!name) {
      return keys.error("", name.error().message);
    }
    group.name = name.value();
    const std::vector<std::string> programs = parse_list(keys.text("programs").value_or(""));
    keys.read("priority", group.priority, parse_integer);
    if (!keys.status()) {
      return keys.status();
    }
    for (const std::string& program : programs) {
      auto member = member_section(keys, program);
      if (!member) {
        return member.error();
      }
      grouped_.insert(member.value());
      auto processes = read_processes(context_, member.value(), group.name);
      if (!processes) {
        return processes.error();
      }
      std::move(processes.value().begin(), processes.value().end(), std::back_inserter(group.processes));
    }
    groups_.push_back(std::move(group));
    return {};
  }

  /// The section that a member of a group names.
  Result<std::string> member_section(const SectionReader& keys, const std::string& program) {
    const bool plain = context_.document.has_section("program:" + program);
    const bool fcgi = context_.document.has_section("fcgi-program:" + program);
    if (!plain && !fcgi) {
      return keys.error("programs", "[" + keys.section() + "] names unknown program or fcgi-program " + program);
    }
    if (plain && fcgi) {
      return keys.error("programs", "[" + keys.section() + "] name " + program +
                                        " is ambiguous (exists as program and fcgi-program)");
    }
    if (fcgi) {
      context_.say(LogLevel::warn, "[fcgi-program:" + program + "] is a member of [" + keys.section() +
                                       "]: there it runs as a plain program, without its socket");
    }
    return (plain ? "program:" : "fcgi-program:") + program;
  }

  Status read_program(const std::string& section) { return read_homogeneous(section, GroupKind::program); }

  Status read_homogeneous(const std::string& section, GroupKind kind) {
    SectionReader keys(context_, section, names_);
    GroupSettings group = make_group(section, kind);
    auto name = parse_name(after_colon(section));
    if (!name) {
      return keys.error("", name.error().message);
    }
    group.name = name.value();
    keys.read("priority", group.priority, parse_integer);
    if (!keys.status()) {
      return keys.status();
    }
    if (kind == GroupKind::fcgi_program) {
      auto socket = read_fcgi_socket(context_, section);
      if (!socket) {
        return socket.error();
      }
      group.fcgi_socket = socket.value();
    }
    return add(std::move(group), section);
  }

  Status read_listener(const std::string& section) {
    SectionReader keys(context_, section, names_);
    GroupSettings group = make_group(section, GroupKind::event_listener);
    group.name = after_colon(section);
    group.priority = kListenerPriority;
    ListenerSettings listener;
    keys.read("priority", group.priority, parse_integer);
    keys.read("buffer_size", listener.buffer_size, parse_integer);
    if (listener.buffer_size < 1) {
      keys.fail("buffer_size", Error{"[" + section + "] section sets invalid buffer_size (" +
                                     std::to_string(listener.buffer_size) + ")"});
    }
    if (auto handler = keys.text("result_handler")) {
      listener.result_handler = *handler;
      if (*handler != kStockResultHandler) {  // the log says it when the group becomes active
        context_.settings.unused.push_back(keys.place("result_handler") + ": [" + section + "] result_handler " +
                                           *handler + " is not known here; every answer accepts the event");
      }
    }
    for (const std::string& event : parse_list(keys.text("events").value_or(""))) {
      listener.events.insert(text::upper(event));
    }
    if (listener.events.empty()) {
      keys.fail("events", Error{"[" + section + "] section requires an \"events\" line"});
    }
    for (const std::string& event : listener.events) {
      if (!known_event(context_, event)) {
        keys.fail("events", Error{"Unknown event type " + event + " in [" + section + "] events"});
      }
    }
    bool redirect = false;
    keys.read("redirect_stderr", redirect, parse_boolean);
    if (redirect) {
      keys.fail("redirect_stderr", Error{"[" + section +
                                         "] section sets redirect_stderr=true but this is not allowed because it "
                                         "will interfere with the eventlistener protocol"});
    }
    if (!keys.status()) {
      return keys.status();
    }
    listener.length_in_bytes = context_.settings.holdfast.byte_length_pools.contains(group.name);
    group.listener = std::move(listener);
    return add(std::move(group), section);
  }

  Status read_fcgi(const std::string& section) { return read_homogeneous(section, GroupKind::fcgi_program); }

  GroupSettings make_group(const std::string& section, GroupKind kind) const {
    GroupSettings group;
    group.kind = kind;
    group.file = context_.document.find_section(section)->data().file;
    return group;
  }

  Status add(GroupSettings group, const std::string& section) {
    auto processes = read_processes(context_, section, group.name);
    if (!processes) {
      return processes.error();
    }
    group.processes = std::move(processes).value();
    groups_.push_back(std::move(group));
    return {};
  }

  /// Sorts the groups, merges the daemon's environment, and drops what has a name that is taken
  /// (contract 1.16).
  void finish() {
    std::stable_sort(groups_.begin(), groups_.end(), [](const GroupSettings& a, const GroupSettings& b) {
      return std::pair(a.priority, std::string_view(a.name)) < std::pair(b.priority, std::string_view(b.name));
    });
    std::set<std::string> names;
    for (GroupSettings& group : groups_) {
      if (!names.insert(group.name).second) {
        context_.say(LogLevel::warn, "Two groups are named " + group.name + ": the one from " + group.file +
                                         " with priority " + std::to_string(group.priority) + " is ignored");
        continue;
      }
      drop_repeated(group);
      for (ProcessSettings& process : group.processes) {
        process.environment.insert(context_.settings.daemon.environment.begin(),
                                   context_.settings.daemon.environment.end());
      }
      context_.settings.groups.push_back(std::move(group));
    }
  }

  /// Of two processes with one name the later replaces the earlier, in the earlier's place, as in Supervisor.
  void drop_repeated(GroupSettings& group) {
    std::map<std::string, std::size_t> places;
    std::vector<ProcessSettings> kept;
    for (ProcessSettings& process : group.processes) {
      const auto [place, is_new] = places.emplace(process.name, kept.size());
      if (is_new) {
        kept.push_back(std::move(process));
        continue;
      }
      context_.say(LogLevel::warn, "Two processes of the group " + group.name + " are named " + process.name +
                                       ": only the last is used");
      kept[place->second] = std::move(process);
    }
    group.processes = std::move(kept);
  }

  ReadContext& context_;
  Expansions names_;
  std::set<std::string> grouped_;  // sections that a [group:x] names: they form no group of their own
  std::vector<GroupSettings> groups_;
};

}  // namespace

Status read_groups(ReadContext& context) {
  return GroupReader(context).run();
}

}  // namespace holdfast::config
