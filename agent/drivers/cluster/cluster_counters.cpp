#include "drivers/cluster/cluster_counters.hpp"

#include <string>

namespace holdfast {

CounterList counters_of(const transport::Counters& frames, const transport::HelloCounters& hellos,
                        const cluster::Counters& heard) {
  CounterList all{{"frames in", frames.frames_in}, {"frames out", frames.frames_out}};
  for (std::size_t i = 0; i < transport::drop_causes; ++i) {
    all.emplace_back("frames dropped: " + std::string(transport::name_of(static_cast<transport::Drop>(i))),
                     frames.dropped[i]);
  }
  all.emplace_back("hellos accepted", hellos.accepted);
  for (std::size_t i = 0; i < transport::hello_causes; ++i) {
    all.emplace_back("hellos refused: " + std::string(transport::name_of(static_cast<transport::HelloCause>(i))),
                     hellos.refused[i]);
  }
  all.emplace_back("members refused", heard.members_refused);
  all.emplace_back("statistics sent to nodes", heard.points_sent);
  all.emplace_back("statistics heard from nodes", heard.points_heard);
  all.emplace_back("statistics heard unasked", heard.points_unwanted);
  return all;
}

}  // namespace holdfast
