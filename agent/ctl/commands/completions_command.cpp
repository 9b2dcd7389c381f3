// completions LINE: what may stand at the end of LINE, one a line: for the completion of bash
// (packaging/completion/holdfastctl). No list of commands has it: nobody types it.
#include "ctl/commands/completion.hpp"
#include "ctl/commands/own_commands.hpp"

namespace holdfast::ctl {

void run_completions(Session& session, const Arguments& arguments) {
  Completer completer(session);
  const std::string line = arguments.shell_words.empty() ? "" : arguments.shell_words.front();
  wire::Array words;
  for (const std::string& word : completer.complete(line).words) {
    session.console().print(word);
    words.emplace_back(word);
  }
  session.console().print_document(words);
}

}  // namespace holdfast::ctl
