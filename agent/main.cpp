// main.cpp: holdfast-agent. Started by the keeper (holdfastd), never by a person: with the keeper's socket as
// descriptor 3 it is the agent, with --launch-settings it answers the keeper what the configuration says
// about the start.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "agent.hpp"
#include "launch.hpp"

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool asked = !arguments.empty() && arguments.front() == "--launch-settings";
  if (asked) {
    arguments.erase(arguments.begin());
  }
  const holdfast::Invocation invocation = holdfast::split_arguments(std::move(arguments));
  if (asked) {
    const int status = holdfast::print_launch_settings(invocation);
    std::fflush(nullptr);
    std::_Exit(status);  // the keeper waits: what was read of many programs is not freed piece by piece
  }
  return holdfast::run_agent(invocation);
}
