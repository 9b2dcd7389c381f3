// fake_server.hpp: a server whose answers a test writes down, and a session on it that runs one command and gives its
// output back. For the tests of this folder.
#pragma once

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "ctl/commands/run_command.hpp"

namespace holdfast::ctl {

struct Script {
  std::map<std::string, Reply> replies;  // by method
  std::vector<std::pair<std::string, Server::Params>> calls;
  std::optional<Failure> follow_failure;
  std::string log;
  std::string followed;
  Access access;  // of the last connection
};

class FakeServer final : public Server {
 public:
  explicit FakeServer(Script& script) : script_(script) {}
  Reply call(const std::string& method, const Params& params, Patience) override {
    script_.calls.emplace_back(method, params);
    const auto found = script_.replies.find(method);
    return found == script_.replies.end()
               ? Reply(Failure{Failure::Kind::fault, code_of(Fault::unknown_method), "UNKNOWN_METHOD"})
               : found->second;
  }
  std::optional<Failure> follow(const std::string& path, const Sink& sink, int) override {
    script_.followed = path;
    if (!script_.follow_failure) {
      sink(script_.log);
    }
    return script_.follow_failure;
  }

 private:
  Script& script_;
};

/// A person whose lines a test writes down.
class ScriptedLines final : public LineReader {
 public:
  ScriptedLines(const std::string& lines, std::ostream& prompts) : lines_(lines), prompts_(prompts) {}
  Answer read(const std::string& prompt) override {
    prompts_ << prompt;
    std::string line;
    return std::getline(lines_, line) ? Answer{Outcome::line, line} : Answer{Outcome::end, "EOF when reading a line"};
  }
  Answer read_unedited() override { return read(""); }
  Answer read_secret(const std::string& prompt) override { return read(prompt); }

 private:
  std::istringstream lines_;
  std::ostream& prompts_;
};

/// What a command printed, and the exit status that it left.
struct Output {
  std::string out;
  std::string err;
  int status = 0;
};

inline Output run(Script& script, const std::vector<std::string>& words, Format format = Format::text,
                  const std::string& answers = "", bool interactive = false) {
  std::ostringstream out;
  std::ostringstream err;
  ScriptedLines lines(answers, out);
  Console console(out, err, format);
  const auto make_server = [&script](const Access& access) {
    script.access = access;
    return std::make_unique<FakeServer>(script);
  };
  Session session({"http://n1:9001", "", ""}, make_server, console, lines, interactive);
  run_command_line(session, words);
  return {out.str(), err.str(), session.status()};
}

inline Failure fault_reply(int code, const std::string& text) {
  return {Failure::Kind::fault, code, text};
}

}  // namespace holdfast::ctl
