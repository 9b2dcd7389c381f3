#include "startup/keeper_handshake.hpp"

#include <utility>

#include "base/clock.hpp"
#include "startup/startup_log.hpp"

namespace holdfast {

void KeeperHandshake::take_part(system::KeeperClient::Handlers& handlers, system::KeeperClient& keeper,
                                std::function<void()> done) {
  inheritance_.fill_by(handlers);
  handlers.on_welcome = [this, &keeper](const keeper::Welcome& welcome) {
    on_welcome(welcome);
    // Listening sockets before children: whatever else is short, who asks is answered.
    (void)keeper.list_held();
  };
  handlers.on_trouble = [this](keeper::TroubleWith with, const std::string& text) { report_.add_trouble(with, text); };
  handlers.on_held_end = [&keeper] { (void)keeper.list(); };
  handlers.on_list_end = [this, done = std::move(done)] {
    if (!report_.resumed()) {
      say_killed_keeper(report_.welcome().killed_keeper, inheritance_.children, storage_.log());
    }
    done();
  };
}

void KeeperHandshake::on_welcome(const keeper::Welcome& welcome) {
  report_.set_welcome(welcome);
  write_startup_log(welcome, settings_, storage_.log());
  storage_.history().record(storage::RestartEvent{wall_now(), settings_.daemon.identifier,
                                                  report_.resumed() ? "agent" : "keeper",
                                                  storage_.identity().incarnation, report_.start_reason()});
}

}  // namespace holdfast
