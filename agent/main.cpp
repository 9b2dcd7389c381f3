// main.cpp: holdfast-agent. Started by the keeper (holdfastd), never by a person: with the keeper's socket as
// descriptor 3 it is the agent, with --launch-settings it answers the keeper what the configuration says
// about the start.
#include <cstdio>
#include <string>
#include <vector>

#include "agent.hpp"
#include "launch.hpp"

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments.front() == "--launch-settings") {
    arguments.erase(arguments.begin());
    return holdfast::print_launch_settings(arguments);
  }
  return holdfast::run_agent(arguments);
}
