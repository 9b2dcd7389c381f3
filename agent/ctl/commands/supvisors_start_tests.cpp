// test_start_application test_start_process: what a start would do, without starting anything (contract supvisors.md
// 6).
#include "ctl/commands/supvisors_calls.hpp"
#include "ctl/commands/supvisors_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/text_layout.hpp"

namespace holdfast::ctl {
namespace {

/// A strategy, then the name of what would be started.
void test_start(Session& session, const std::string& method, const std::vector<std::string>& words) {
  const Reply reply = session.call("supvisors." + method, {words[0], words[1]});
  if (!reply) {
    return show_supvisors_failure(session, words[1], reply.failure());
  }
  std::vector<std::vector<std::string>> rows;
  for (const wire::Value& item : items_of(reply.value())) {
    const wire::Value* nodes = item.find("running_identifiers");
    const wire::Value* state = item.find("state");
    rows.push_back({text_member(item, "application_name"), text_member(item, "process_name"),
                    state == nullptr ? "" : python_str(*state), nodes == nullptr ? "[]" : python_str(*nodes),
                    one_line(text_member(item, "forced_reason"))});
  }
  const std::vector<SupvisorsColumn> columns{
      {"Application"}, {"Process"}, {"State", 12}, {"Supervisor"}, {"Reason", SupvisorsColumn::kFree}};
  for (const std::string& line : supvisors_table_lines(columns, rows)) {
    session.console().print(line);
  }
  session.console().print_document(reply.value());
}

}  // namespace

void run_test_start_application(Session& session, const Arguments& arguments) {
  test_start(session, "test_start_application", arguments.words);
}

void run_test_start_process(Session& session, const Arguments& arguments) {
  test_start(session, "test_start_process", arguments.words);
}

}  // namespace holdfast::ctl
