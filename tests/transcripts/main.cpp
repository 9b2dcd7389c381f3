// transcripts: plays transcript files against the supervision state machines and compares. With --rewrite the
// expected lines become what was seen: read the difference in version control before keeping it. Test code.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "listener_player.hpp"
#include "player.hpp"
#include "script.hpp"

namespace {

using holdfast::transcripts::Block;
using holdfast::transcripts::ListenerPlayer;
using holdfast::transcripts::Player;

std::vector<std::filesystem::path> all_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(TRANSCRIPTS_DIR)) {
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Who plays a file: its name says what it is about.
std::function<std::vector<std::string>(const std::string&)> player_of(const std::filesystem::path& path) {
  if (path.filename().string().starts_with("listener_")) {
    return [player = std::make_shared<ListenerPlayer>()](const std::string& it) { return player->play(it); };
  }
  return [player = std::make_shared<Player>()](const std::string& it) { return player->play(it); };
}

/// Number of blocks that did not give what they should; an ERROR line never does.
int play(const std::filesystem::path& path, bool rewrite) {
  std::vector<Block> blocks = holdfast::transcripts::read_script(content_of(path));
  const auto play_one = player_of(path);
  int failures = 0;
  int commands = 0;
  for (Block& block : blocks) {
    std::vector<std::string> got;
    for (const std::string& command : block.commands) {
      const auto lines = play_one(command);
      got.insert(got.end(), lines.begin(), lines.end());
      ++commands;
    }
    const bool wrong = std::any_of(got.begin(), got.end(), [](const auto& line) { return line.starts_with("ERROR"); });
    if (wrong || (got != block.expected && !rewrite)) {
      ++failures;
      std::printf("%s:%d: %s\n%s\n", path.filename().c_str(), block.line,
                  block.commands.empty() ? "" : block.commands.front().c_str(),
                  holdfast::transcripts::difference(block.expected, got).c_str());
    }
    block.expected = got;
  }
  if (commands == 0) {
    std::printf("%s: no commands\n", path.filename().c_str());
    ++failures;
  }
  if (rewrite) {
    std::ofstream(path) << holdfast::transcripts::write_script(blocks);
  }
  return failures;
}

}  // namespace

int main(int argc, char** argv) {
  bool rewrite = false;
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--rewrite") {
      rewrite = true;
    } else {
      files.emplace_back(argv[i]);
    }
  }
  if (files.empty()) {
    files = all_files();
  }
  int failures = 0;
  for (const auto& file : files) {
    failures += play(file, rewrite);
  }
  std::printf("%zu transcripts, %d blocks differ\n", files.size(), failures);
  return failures == 0 && !files.empty() ? 0 : 1;
}
