// main.cpp: holdfast-agent. Started by the keeper (holdfastd), never by a person: with the keeper's socket as
// descriptor 3 it is the agent, with --launch-settings it answers the keeper what the configuration says
// about the start, with --check-handover it answers an agent whether it could take over from it.
#include <sys/prctl.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "agent.hpp"
#include "startup/handover_check.hpp"
#include "startup/launch.hpp"

int main(int argc, char** argv) {
  (void)::prctl(PR_SET_NAME, "holdfast-agent");  // the keeper may have run us by a descriptor
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string question = arguments.empty() ? "" : arguments.front();
  const bool settings = question == "--launch-settings";
  const bool handover = question == holdfast::kCheckHandover;
  if (settings || handover) {
    arguments.erase(arguments.begin());
  }
  holdfast::Invocation invocation = holdfast::split_arguments(std::move(arguments));
  invocation.program = argv[0];
  if (settings || handover) {
    const int status =
        settings ? holdfast::print_launch_settings(invocation) : holdfast::print_handover_check(invocation);
    std::fflush(nullptr);
    std::_Exit(status);  // the keeper waits: what was read of many programs is not freed piece by piece
  }
  return holdfast::run_agent(invocation);
}
