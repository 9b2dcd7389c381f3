// main.cpp: holdfast-agent. Started by the keeper (holdfastd), never by a person: with the keeper's socket as
// descriptor 3 it is the agent, with --launch-settings it answers the keeper what the configuration says
// about the start.
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
  return asked ? holdfast::print_launch_settings(invocation) : holdfast::run_agent(invocation);
}
