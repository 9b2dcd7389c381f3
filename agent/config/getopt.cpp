#include "config/getopt.hpp"

#include <algorithm>

namespace holdfast::config {
namespace {

class Splitter {
 public:
  Splitter(const std::vector<std::string>& arguments, std::span<const KnownOption> known)
      : arguments_(arguments), known_(known) {}

  Result<SplitCommandLine> run() {
    while (at_ < arguments_.size()) {
      const std::string& word = arguments_[at_];
      if (word == "--") {
        ++at_;
        break;
      }
      if (word.size() < 2 || word.front() != '-') {
        break;
      }
      ++at_;
      if (Status status = word[1] == '-' ? take_long(word.substr(2)) : take_short(word.substr(1)); !status) {
        return status.error();
      }
    }
    line_.rest.assign(arguments_.begin() + static_cast<std::ptrdiff_t>(at_), arguments_.end());
    return std::move(line_);
  }

 private:
  Status take_long(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    std::vector<const KnownOption*> matches;
    for (const KnownOption& option : known_) {
      if (option.name == name && !name.empty()) {
        matches.assign(1, &option);
        break;
      }
      if (!option.name.empty() && option.name.starts_with(name)) {
        matches.push_back(&option);
      }
    }
    if (matches.empty()) {
      return Error{"option --" + name + " not recognized"};
    }
    if (matches.size() > 1) {
      return Error{"option --" + name + " not a unique prefix"};
    }
    const KnownOption& option = *matches.front();
    const std::string spelling = "--" + std::string(option.name);
    std::string value;
    if (equals != std::string::npos) {
      if (!option.takes_value) {
        return Error{"option " + spelling + " must not have an argument"};
      }
      value = word.substr(equals + 1);
    } else if (option.takes_value) {
      if (at_ == arguments_.size()) {
        return Error{"option " + spelling + " requires argument"};
      }
      value = arguments_[at_++];
    }
    line_.options.push_back({option.id, spelling, value});
    return {};
  }

  Status take_short(std::string_view letters) {
    while (!letters.empty()) {
      const char letter = letters.front();
      letters.remove_prefix(1);
      const auto option = std::find_if(known_.begin(), known_.end(),
                                       [letter](const KnownOption& known) { return known.letter == letter; });
      if (option == known_.end() || letter == '\0') {
        return Error{std::string("option -") + letter + " not recognized"};
      }
      std::string value;
      if (option->takes_value) {
        if (letters.empty() && at_ == arguments_.size()) {
          return Error{std::string("option -") + letter + " requires argument"};
        }
        value = letters.empty() ? arguments_[at_++] : std::string(letters);
        letters = {};
      }
      line_.options.push_back({option->id, std::string("-") + letter, value});
    }
    return {};
  }

  const std::vector<std::string>& arguments_;
  std::span<const KnownOption> known_;
  std::size_t at_ = 0;
  SplitCommandLine line_;
};

}  // namespace

Result<SplitCommandLine> split_command_line(const std::vector<std::string>& arguments,
                                            std::span<const KnownOption> known) {
  return Splitter(arguments, known).run();
}

Status put_option_flag(bool& place, const GivenOption& given) {
  if (place) {
    return Error{"conflicting command line option " + repr(given.spelling)};
  }
  place = true;
  return {};
}

}  // namespace holdfast::config
