#include <algorithm>
#include <array>

#include "ctl/commands/command_table.hpp"

namespace holdfast::ctl {
namespace {

/// Methods of Supvisors that no agent of this version has, but a server of Supvisors.
constexpr std::array<std::string_view, 1> kNoAgentYet{"supvisors.update_numprocs"};

}  // namespace

std::span<const Command> commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> rows;
    for (const auto& table : {supervisor_command_table(), supvisors_command_table(), own_command_table()}) {
      rows.insert(rows.end(), table.begin(), table.end());
    }
    return rows;
  }();
  return all;
}

bool is_offered(const Command& command, const wire::Array& methods) {
  if (command.help.empty()) {
    return false;
  }
  if (methods.empty()) {
    return std::ranges::find(kNoAgentYet, command.method) == kNoAgentYet.end();
  }
  return command.method.empty() || std::ranges::any_of(methods, [&command](const wire::Value& method) {
           return method.as_string() != nullptr && *method.as_string() == command.method;
         });
}

const Command* find_command(std::string_view name) {
  const auto found = std::ranges::find(commands(), name, &Command::name);
  return found == commands().end() ? nullptr : &*found;
}

}  // namespace holdfast::ctl
