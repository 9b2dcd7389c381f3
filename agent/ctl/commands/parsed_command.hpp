// parsed_command.hpp: what all of our own commands do alike: their words are read by a parser (verb_arguments.hpp), the
// option `-o` among them holds for the command, and words that it cannot use are an error line with status 2. Calls no
// server. Used by the tables, for our family's rows, and by those commands.
#pragma once

#include "ctl/commands/command.hpp"

namespace holdfast::ctl {

/// For one of our own commands that cannot use its words: prints the error on standard error and sets status 2.
void show_unusable_words(Session& session, const Error& error);

/// For a call that failed: prints a fault as `ERROR (text)` and sets status 1, as Supvisors' commands do (contract
/// supvisors.md 6); anything else, and a method that the server does not have, is printed in plain words.
void show_own_fault(Session& session, const Failure& failure);

/// The function of a row: reads the words, then acts on what they say.
template <auto parse_words, auto act>
void parsed_command(Session& session, const Arguments& arguments) {
  const auto parsed = parse_words(arguments.shell_words);
  if (!parsed) {
    return show_unusable_words(session, parsed.error());
  }
  session.console().set_format(parsed.value().format.value_or(session.console().format()));
  act(session, parsed.value());
}

}  // namespace holdfast::ctl
