#include "drivers/frontend/frontend.hpp"

namespace holdfast {

void Frontend::make_api(const Shown& shown) {
  logs_ = std::make_unique<LogAccess>(parts_.disk, parts_.log, parts_.cluster_log, shown.output);
  history_ = std::make_unique<HistoryAccess>(parts_.history, shown.node);
  ports_ = std::make_unique<api::Ports>(
      api::Ports{shown.agent, shown.supervision, *logs_, shown.cluster, *history_, web_, shown.statistics});
  api_ = std::make_unique<api::Api>(*ports_);
  pages_ = std::make_unique<PagePublisher>(parts_.loop, *api_, web_.events());
}

}  // namespace holdfast
