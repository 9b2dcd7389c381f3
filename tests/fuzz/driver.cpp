// driver.cpp: what stands in for libFuzzer in the ordinary test run: gives one target every file of its corpus,
// then a fixed number of mutations of them from a fixed seed, so that each run does the same. An input that
// kills the process is left as a file whose name is printed; added to the corpus it is the bug's test.
//
//   fuzz_corpora NAME CORPUS-FOLDER [RUNS [SEED]]     or     fuzz_corpora NAME FILE...
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.hpp"

// FUZZ_TARGET(NAME) of each: its LLVMFuzzerTestOneInput is called fuzz_NAME here.
#define FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.inc"
#undef FUZZ_TARGET

// The sanitizers end by abort(), so that on_abort sees the input.
extern "C" const char* __asan_default_options();
extern "C" const char* __ubsan_default_options();
extern "C" const char* __asan_default_options() {
  return "abort_on_error=1";
}
extern "C" const char* __ubsan_default_options() {
  return "abort_on_error=1:print_stacktrace=1";
}

namespace {

using holdfast::Random;

constexpr std::size_t kInputBytesMax = 64 * 1024;
constexpr std::uint64_t kSeed = 20'261'121;

using Target = int (*)(const std::uint8_t* data, std::size_t size);
Target target = nullptr;
std::string present;     // what the target has in hand
std::string crash_file;  // where it goes when the target dies of it

void on_abort(int) {
  const int file = ::open(crash_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  [[maybe_unused]] ssize_t done = ::write(file, present.data(), present.size());
  done = ::write(2, "the input is in ", 16);
  done = ::write(2, crash_file.data(), crash_file.size());
  done = ::write(2, "\n", 1);
  ::signal(SIGABRT, SIG_DFL);  // and return: abort() ends the process
}

void give(std::string input) {
  present = std::move(input);
  // A copy of exactly this size: reading one byte beyond it is seen by ASan.
  const std::vector<std::uint8_t> bytes(present.begin(), present.end());
  target(bytes.data(), bytes.size());
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The files of a folder by name: the same order everywhere.
std::vector<std::string> corpus_of(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    corpus.push_back(content_of(path));
  }
  return corpus;
}

std::size_t place_in(const std::string& text, Random& random) {
  return random.below(text.size() + 1);
}

/// A piece of `text`, mostly short.
std::string piece_of(const std::string& text, Random& random) {
  const std::size_t from = place_in(text, random);
  const std::uint64_t most = random.below(4) == 0 ? text.size() : 16;
  return text.substr(from, random.below(most + 1));
}

void mutate(std::string& text, const std::vector<std::string>& corpus, Random& random) {
  static constexpr std::uint8_t telling[] = {0, 1, 0x7F, 0x80, 0xFF, '\n', '\r', ' ', '"', '%', '<', '&', '\\', ','};
  const std::size_t at = place_in(text, random);
  const bool inside = at < text.size();
  switch (random.below(8)) {
    case 0:
      if (inside) {
        text[at] = static_cast<char>(text[at] ^ (1 << random.below(8)));
      }
      break;
    case 1:
      if (inside) {
        text[at] = static_cast<char>(random.below(256));
      }
      break;
    case 2:
      text.insert(at, 1 + random.below(3), static_cast<char>(telling[random.below(std::size(telling))]));
      break;
    case 3:
      text.erase(at, 1 + random.below(16));
      break;
    case 4:
      text.insert(at, piece_of(text, random));
      break;
    case 5:
      text.insert(at, piece_of(corpus[random.below(corpus.size())], random));
      break;
    case 6:  // a length, or half of it
      for (std::size_t i = at; i < text.size() && i < at + (1U << random.below(4)); ++i) {
        text[i] = static_cast<char>(telling[random.below(5)]);
      }
      break;
    case 7:
      text.resize(at);
      break;
  }
}

Target target_of(const std::string& wanted) {
#define FUZZ_TARGET(name) \
  if (wanted == #name) {  \
    return fuzz_##name;   \
  }
#include "fuzz_targets.inc"
#undef FUZZ_TARGET
  return nullptr;
}

int replay(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    give(content_of(file));
    std::printf("%s: harmless\n", file.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  target = target_of(name);
  if (target == nullptr) {
    std::fprintf(stderr, "there is no target '%s' (tests/fuzz/CMakeLists.txt names them)\n", name.c_str());
    return 2;
  }
  const std::vector<std::string> arguments(argv + 2, argv + argc);
  crash_file = "fuzz_" + name + ".crash";
  ::signal(SIGABRT, on_abort);
  if (arguments.empty() || !std::filesystem::is_directory(arguments[0])) {
    return replay(arguments);
  }
  const std::vector<std::string> corpus = corpus_of(arguments[0]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s holds no files\n", arguments[0].c_str());
    return 1;
  }
  const std::uint64_t runs = arguments.size() > 1 ? std::stoull(arguments[1]) : 0;
  Random random(arguments.size() > 2 ? std::stoull(arguments[2]) : kSeed);
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  for (const std::string& seed : corpus) {
    give(seed);
  }
  for (std::uint64_t run = 0; run < runs; ++run) {
    std::string input = corpus[random.below(corpus.size())];
    for (std::uint64_t i = 1 + random.below(6); i > 0; --i) {
      mutate(input, corpus, random);
    }
    input.resize(std::min(input.size(), kInputBytesMax));
    give(std::move(input));
  }
  const std::chrono::duration<double> took = Clock::now() - begin;
  std::printf("%zu files and %llu mutations of them in %.1f s\n", corpus.size(), static_cast<unsigned long long>(runs),
              took.count());
  return 0;
}
