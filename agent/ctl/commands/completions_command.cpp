// completions LINE: what may stand at the end of LINE, one a line: for the completion of bash
// (packaging/completion/holdfastctl). In no list of commands: nobody types it.
#include "ctl/shell/completion.hpp"

namespace holdfast::ctl {

void run_completions(Session& session, const Arguments& arguments) {
  Completer completer(session);
  const std::string line = arguments.words.empty() ? "" : arguments.words.front();
  wire::Array words;
  for (const std::string& word : completer.complete(line).words) {
    session.console().say(word);
    words.emplace_back(word);
  }
  session.console().result(words);
}

}  // namespace holdfast::ctl
