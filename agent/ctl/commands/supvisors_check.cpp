#include "ctl/commands/supvisors_check.hpp"

#include <algorithm>
#include <charconv>

#include "config/python_text.hpp"
#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"

namespace holdfast::ctl {
namespace {

constexpr const char* kVersion = "0.19";
constexpr std::size_t kCellGap = 2;

}  // namespace

bool supvisors_up(Session& session) {
  const Reply reply = session.call("supvisors.get_api_version");
  if (reply) {
    const std::string* version = reply.value().as_string();
    if (version != nullptr && *version == kVersion) {
      return true;
    }
    session.console().problem("ERROR: the server has version " + (version == nullptr ? "?" : *version) +
                              " of Supvisors' interface, this command needs " + kVersion);
    session.set_status(exit_status::not_installed);
    return false;
  }
  const Failure& failure = reply.failure();
  if (is_fault(failure, fault::unknown_method)) {
    session.console().problem("ERROR: " + session.url() +
                              " is in no cluster: it has neither [cluster] nor [rpcinterface:supvisors]");
    session.set_status(exit_status::unimplemented);
  } else if (failure.kind == Failure::Kind::refused) {
    session.console().problem("ERROR: " + session.url() + " refused connection");
    session.set_status(exit_status::insufficient_privileges);
  } else if (failure.kind == Failure::Kind::no_such_file) {
    session.console().problem("ERROR: " + session.url() + " no such file");
    session.set_status(exit_status::not_running);
  } else {
    session.unexpected(failure);
  }
  return false;
}

void supvisors_failed(Session& session, const std::string& subject, const Failure& failure) {
  if (failure.kind != Failure::Kind::fault) {
    return session.unexpected(failure);
  }
  const bool missing = is_fault(failure, fault::unknown_method);
  session.console().problem((subject.empty() ? "" : subject + ": ") + "ERROR (" + failure.text +
                            (missing ? ": " + session.url() + " does not have this command's method)" : ")"));
  session.set_status(missing ? exit_status::unimplemented : exit_status::generic);
}

std::optional<wire::Value> supvisors_ask(Session& session, const std::string& method) {
  const Reply reply = session.call("supvisors." + method);
  if (!reply) {
    supvisors_failed(session, "", reply.failure());
    return std::nullopt;
  }
  return reply.value();
}

void supvisors_wrong(Session& session, std::string_view command, const std::string& text) {
  session.console().problem("ERROR: " + text);
  session.set_status(exit_status::invalid_arguments);
  show_help(session, command);
}

std::optional<StartingStrategy> strategy_argument(Session& session, std::string_view command,
                                                  const std::vector<std::string>& words) {
  const auto strategy = words.empty() ? std::nullopt : parse<StartingStrategy>(words.front());
  if (!strategy) {
    supvisors_wrong(session, command,
                    std::string(command) + " requires a starting strategy first: CONFIG, LESS_LOADED, " +
                        "MOST_LOADED, LOCAL, LESS_LOADED_NODE or MOST_LOADED_NODE");
  }
  return strategy;
}

std::string python_str(const wire::Value& value) {
  if (const std::string* text = value.as_string()) {
    return one_line(*text);
  }
  if (const bool* truth = value.as_bool()) {
    return *truth ? "True" : "False";
  }
  if (const std::int64_t* number = value.as_int()) {
    return std::to_string(*number);
  }
  if (const double* number = value.as_double()) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, *number).ptr;
    const std::string text(digits, end);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
  }
  std::string list;
  for (const wire::Value& item : items_of(value)) {
    const std::string* text = item.as_string();
    list += (list.empty() ? "" : ", ") + (text != nullptr ? config::repr(*text) : python_str(item));
  }
  return "[" + list + "]";
}

std::vector<std::string> supvisors_table(std::vector<SupvisorsColumn> columns,
                                         const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::string> titles;
  for (std::size_t at = 0; at < columns.size(); ++at) {
    titles.push_back(columns[at].title);
    if (columns[at].width == SupvisorsColumn::kFit) {
      std::size_t widest = width_of(titles.back());
      for (const auto& row : rows) {
        widest = std::max(widest, width_of(row[at]));
      }
      columns[at].width = widest + kCellGap;
    } else if (columns[at].width == SupvisorsColumn::kFree) {
      columns[at].width = 0;
    }
  }
  std::vector<std::string> lines;
  const auto add = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t at = 0; at < columns.size(); ++at) {
      line += padded(cells[at], columns[at].width);
    }
    lines.push_back(std::move(line));
  };
  add(titles);
  std::ranges::for_each(rows, add);
  return lines;
}

}  // namespace holdfast::ctl
