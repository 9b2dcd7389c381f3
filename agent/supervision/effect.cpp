#include "supervision/effect.hpp"

namespace holdfast::supervision {

std::string_view name_of(Cause cause) {
  switch (cause) {
    case Cause::autostart:
      return "autostart";
    case Cause::request:
      return "request";
    case Cause::autorestart:
      return "autorestart";
    case Cause::retry:
      return "retry";
    case Cause::spawned:
      return "spawned";
    case Cause::spawn_failed:
      return "spawn_failed";
    case Cause::exited:
      return "exited";
    case Cause::gave_up:
      return "gave_up";
    case Cause::shutdown:
      return "shutdown";
    case Cause::signal_failed:
      return "signal_failed";
    case Cause::adopted:
      return "adopted";
  }
  return "request";
}

}  // namespace holdfast::supervision
