// process_fields.hpp: every field of ProcessSettings with what a change of it means, in one list. Whoever compares two
// settings or makes a number of them goes through this list and cannot forget a field: a new one does not compile
// until it stands here. Plain references, valid as long as the settings; called by fingerprint and settings_diff.
#pragma once

#include <tuple>

#include "config/settings.hpp"

namespace holdfast::config {

enum class FieldUse {
  child,    // a child is made from it or judged by it: a changed one makes a restart necessary
  start,    // read only when the group is started: reread shows a change, a running child has nothing of it
  section,  // where the configuration file puts the process: no difference by itself
};

template <FieldUse Use, typename Type>
struct ProcessField {
  static constexpr FieldUse use = Use;
  const Type& value;
};

template <FieldUse Use, typename Type>
ProcessField<Use, Type> field(const Type& value) {
  return {value};
}

/// The place of a field that is used for a child decides the fingerprint: a new one is added at the end
/// (fingerprint.hpp), the others may stand anywhere.
inline auto fields_of(const ProcessSettings& settings) {
  using enum FieldUse;
  // The names are all there are: one that is added to a struct makes this an error.
  const auto& [name, program_name, process_index, command, directory, umask, autostart, lifecycle, user,
               redirect_stderr, stdout_channel, stderr_channel, environment, serverurl] = settings;
  const auto& [priority, autorestart, startsecs, startretries, exitcodes, stopsignal, stopwaitsecs, stopasgroup,
               killasgroup] = lifecycle;
  return std::tuple{
      field<child>(name),           field<section>(program_name), field<section>(process_index),
      field<child>(command),        field<child>(directory),      field<child>(umask),
      field<child>(priority),       field<start>(autostart),      field<child>(autorestart),
      field<child>(startsecs),      field<child>(startretries),   field<child>(exitcodes),
      field<child>(stopsignal),     field<child>(stopwaitsecs),   field<child>(stopasgroup),
      field<child>(killasgroup),    field<child>(user),           field<child>(redirect_stderr),
      field<child>(stdout_channel), field<child>(stderr_channel), field<child>(environment),
      field<child>(serverurl),
  };
}

}  // namespace holdfast::config
