#include "supervision/process_record.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/limits.hpp"

namespace holdfast::supervision {
namespace {

// A blob: four bytes that tell its kind and format, then fields of tag (1 byte), length (2 bytes, little
// endian), value. Integers are 8 bytes little endian. Tags are never reused with another meaning. The items of frames
// (cluster/codec/tlv.hpp) differ in all of it: tags of 2 bytes, numbers without leading zeros, a text that is too long
// is an error and is not cut, as it is here, and so is a number that is out of range, which here leaves the default.
constexpr std::string_view kProcessMagic = "HFp\x01";
constexpr std::string_view kAgentMagic = "HFa\x01";
constexpr std::size_t kHeaderBytes = 3;
constexpr std::size_t kFieldMax = 0xFFFF;

enum class Tag : std::uint8_t {
  group = 1,
  name = 2,
  fingerprint = 3,
  state = 4,
  tries = 5,
  started_at = 6,
  timer = 7,
  start_wall = 8,
  stop_wall = 9,
  stop_wanted = 10,
  exit_status = 11,
  spawnerr = 12,
  priority = 13,
  autorestart = 14,
  startsecs = 15,
  startretries = 16,
  exitcodes = 17,
  stopsignal = 18,
  stopwaitsecs = 19,
  stopasgroup = 20,
  killasgroup = 21,
  stdout_path = 22,
  stderr_path = 23,
  ending = 24,
  last_words = 25,
  restarted_at = 26,
  changed_at = 27,
  changed_wall = 28,
  extra_args = 29,
  daemon_state = 64,
  process = 65,
  disabled_program = 66,
};

class RecordWriter {
 public:
  explicit RecordWriter(std::string_view magic) : bytes_(magic) {}

  void text(Tag tag, std::string_view value) {
    const std::size_t size = std::min(value.size(), kFieldMax);
    bytes_ += static_cast<char>(tag);
    bytes_ += static_cast<char>(size & 0xFFU);
    bytes_ += static_cast<char>(size >> 8U);
    bytes_ += value.substr(0, size);
  }
  void number(Tag tag, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    std::string out;
    for (unsigned shift = 0; shift < 64; shift += 8) {
      out += static_cast<char>((bits >> shift) & 0xFFU);
    }
    text(tag, out);
  }
  /// Left out when it is the default, which is what a missing field is read as.
  void number_unless(Tag tag, std::int64_t value, std::int64_t default_value) {
    if (value != default_value) {
      number(tag, value);
    }
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

struct Field {
  std::uint8_t tag = 0;
  std::string_view value;
};

/// Takes the next field off `rest`; nullopt when it is not whole.
std::optional<Field> next_field(std::string_view& rest) {
  if (rest.size() < kHeaderBytes) {
    return std::nullopt;
  }
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(rest[i])); };
  const std::size_t size = byte(1) | byte(2) << 8U;
  if (rest.size() - kHeaderBytes < size) {
    return std::nullopt;
  }
  const Field field{static_cast<std::uint8_t>(byte(0)), rest.substr(kHeaderBytes, size)};
  rest.remove_prefix(kHeaderBytes + size);
  return field;
}

std::optional<std::int64_t> number_in(std::string_view value) {
  if (value.size() != 8) {
    return std::nullopt;
  }
  std::uint64_t bits = 0;
  for (std::size_t i = value.size(); i > 0; --i) {
    bits = bits << 8U | static_cast<unsigned char>(value[i - 1]);
  }
  return static_cast<std::int64_t>(bits);
}

std::optional<int> small_number_in(std::string_view value, int low, int high) {
  const auto number = number_in(value);
  if (!number || *number < low || *number > high) {
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

/// A monotonic instant: bounded, so that adding any configured time to it cannot overflow.
std::optional<Instant> instant_in(std::string_view value) {
  const auto number = number_in(value);
  if (!number || *number < 0 || *number > std::numeric_limits<std::int64_t>::max() / 2) {
    return std::nullopt;
  }
  return Instant{*number};
}

constexpr int kIntMax = std::numeric_limits<int>::max();
constexpr int kSignalMax = 64;

void write_lifecycle(RecordWriter& writer, const config::LifecyclePolicy& lifecycle) {
  const config::LifecyclePolicy defaults;
  writer.number_unless(Tag::priority, lifecycle.priority, defaults.priority);
  writer.number_unless(Tag::autorestart, static_cast<int>(lifecycle.autorestart),
                       static_cast<int>(defaults.autorestart));
  writer.number_unless(Tag::startsecs, lifecycle.startsecs, defaults.startsecs);
  writer.number_unless(Tag::startretries, lifecycle.startretries, defaults.startretries);
  if (lifecycle.exitcodes != defaults.exitcodes) {
    std::string codes;
    for (const int code : lifecycle.exitcodes) {
      codes += static_cast<char>(code);
    }
    writer.text(Tag::exitcodes, codes);
  }
  writer.number_unless(Tag::stopsignal, lifecycle.stopsignal, defaults.stopsignal);
  writer.number_unless(Tag::stopwaitsecs, lifecycle.stopwaitsecs, defaults.stopwaitsecs);
  writer.number_unless(Tag::stopasgroup, lifecycle.stopasgroup ? 1 : 0, 0);
  writer.number_unless(Tag::killasgroup, lifecycle.killasgroup ? 1 : 0, 0);
}

std::string encode_fields(const ProcessRecord& record, bool with_words, bool with_paths, std::size_t spawnerr_bytes) {
  RecordWriter writer(kProcessMagic);
  writer.text(Tag::group, record.key.group);
  writer.text(Tag::name, record.key.name);
  writer.number_unless(Tag::fingerprint, static_cast<std::int64_t>(record.fingerprint), 0);
  writer.number_unless(Tag::state, code_of(record.state), code_of(ProcessState::stopped));
  writer.number_unless(Tag::tries, record.tries, 0);
  writer.number_unless(Tag::started_at, record.last_run.started_at.ns, 0);
  if (record.restarted_at) {
    writer.number(Tag::restarted_at, record.restarted_at->ns);
  }
  if (record.timer) {
    writer.number(Tag::timer, record.timer->ns);
  }
  writer.number_unless(Tag::start_wall, record.last_run.start_wall.us, 0);
  writer.number_unless(Tag::stop_wall, record.last_run.stop_wall.us, 0);
  writer.number_unless(Tag::changed_at, record.last_run.changed_at.ns, 0);
  writer.number_unless(Tag::changed_wall, record.last_run.changed_wall.us, 0);
  writer.number_unless(Tag::stop_wanted, record.stop_wanted ? 1 : 0, 0);
  if (record.last_run.exit_status) {
    writer.number(Tag::exit_status, *record.last_run.exit_status);
  }
  if (!record.last_run.spawnerr.empty()) {
    writer.text(Tag::spawnerr, std::string_view(record.last_run.spawnerr).substr(0, spawnerr_bytes));
  }
  if (!record.last_run.ending.empty()) {
    writer.text(Tag::ending, record.last_run.ending);
  }
  if (!record.last_run.extra_args.empty()) {
    writer.text(Tag::extra_args, record.last_run.extra_args);
  }
  if (with_words && !record.last_run.last_words.empty()) {
    writer.text(Tag::last_words, record.last_run.last_words);
  }
  write_lifecycle(writer, record.lifecycle);
  if (with_paths && !record.stdout_path.empty()) {
    writer.text(Tag::stdout_path, record.stdout_path);
  }
  if (with_paths && !record.stderr_path.empty()) {
    writer.text(Tag::stderr_path, record.stderr_path);
  }
  return writer.bytes();
}

/// Takes `value` into `target` when it was readable; a field that is not keeps its default.
template <typename Target, typename Value>
void take(Target& target, const std::optional<Value>& value) {
  if (value) {
    target = static_cast<Target>(*value);
  }
}

void read_exitcodes(std::set<int>& codes, std::string_view value) {
  codes.clear();
  for (const char c : value) {
    codes.insert(static_cast<unsigned char>(c));
  }
}

void read_lifecycle_item(config::LifecyclePolicy& lifecycle, Tag tag, std::string_view value) {
  switch (tag) {  // NOLINT: the fields of the record itself are read by its own function
    case Tag::priority:
      take(lifecycle.priority, small_number_in(value, -kIntMax, kIntMax));
      break;
    case Tag::autorestart:
      take(lifecycle.autorestart, small_number_in(value, 0, static_cast<int>(config::AutoRestart::always)));
      break;
    case Tag::startsecs:
      take(lifecycle.startsecs, small_number_in(value, -kIntMax, kIntMax));
      break;
    case Tag::startretries:
      take(lifecycle.startretries, small_number_in(value, -kIntMax, kIntMax));
      break;
    case Tag::exitcodes:
      read_exitcodes(lifecycle.exitcodes, value);
      break;
    case Tag::stopsignal:
      take(lifecycle.stopsignal, small_number_in(value, 0, kSignalMax));
      break;
    case Tag::stopwaitsecs:
      take(lifecycle.stopwaitsecs, small_number_in(value, -kIntMax, kIntMax));
      break;
    case Tag::stopasgroup:
      take(lifecycle.stopasgroup, small_number_in(value, 0, 1));
      break;
    case Tag::killasgroup:
      take(lifecycle.killasgroup, small_number_in(value, 0, 1));
      break;
    case Tag::group:
    case Tag::name:
    case Tag::fingerprint:
    case Tag::state:
    case Tag::tries:
    case Tag::started_at:
    case Tag::timer:
    case Tag::start_wall:
    case Tag::stop_wall:
    case Tag::stop_wanted:
    case Tag::exit_status:
    case Tag::spawnerr:
    case Tag::stdout_path:
    case Tag::stderr_path:
    case Tag::ending:
    case Tag::last_words:
    case Tag::restarted_at:
    case Tag::changed_at:
    case Tag::changed_wall:
    case Tag::extra_args:
    case Tag::daemon_state:
    case Tag::process:
    case Tag::disabled_program:
      break;
  }
}

void read_state(ProcessState& state, std::string_view value) {
  if (const auto code = small_number_in(value, 0, kIntMax)) {
    take(state, state_of(*code));
  }
}

/// On this boot's clock.
void read_moment(ProcessRecord& record, Tag tag, std::string_view value) {
  if (tag == Tag::started_at) {
    take(record.last_run.started_at, instant_in(value));
  } else if (tag == Tag::changed_at) {
    take(record.last_run.changed_at, instant_in(value));
  } else {
    (tag == Tag::timer ? record.timer : record.restarted_at) = instant_in(value);
  }
}

void read_text_item(ProcessRecord& record, Tag tag, std::string_view value) {
  LastRun& run = record.last_run;
  const std::pair<Tag, std::string*> texts[] = {
      {Tag::spawnerr, &run.spawnerr}, {Tag::stdout_path, &record.stdout_path}, {Tag::stderr_path, &record.stderr_path},
      {Tag::ending, &run.ending},     {Tag::last_words, &run.last_words},      {Tag::extra_args, &run.extra_args}};
  for (const auto& [each, text] : texts) {
    if (each == tag) {
      *text = value;
    }
  }
}

void read_field(ProcessRecord& record, const Field& field) {
  const std::string_view value = field.value;
  const Tag tag{field.tag};
  switch (tag) {
    case Tag::group:
      record.key.group = std::string(value);
      break;
    case Tag::name:
      record.key.name = std::string(value);
      break;
    case Tag::fingerprint:
      take(record.fingerprint, number_in(value));
      break;
    case Tag::state:
      read_state(record.state, value);
      break;
    case Tag::tries:
      take(record.tries, small_number_in(value, 0, kIntMax / 2));
      break;
    case Tag::started_at:
    case Tag::changed_at:
    case Tag::restarted_at:
    case Tag::timer:
      read_moment(record, tag, value);
      break;
    case Tag::start_wall:
      take(record.last_run.start_wall.us, number_in(value));
      break;
    case Tag::stop_wall:
      take(record.last_run.stop_wall.us, number_in(value));
      break;
    case Tag::changed_wall:
      take(record.last_run.changed_wall.us, number_in(value));
      break;
    case Tag::stop_wanted:
      take(record.stop_wanted, small_number_in(value, 0, 1));
      break;
    case Tag::exit_status:
      if (const auto status = small_number_in(value, -1, kIntMax)) {
        record.last_run.exit_status = *status;
      }
      break;
    case Tag::spawnerr:
    case Tag::stdout_path:
    case Tag::stderr_path:
    case Tag::ending:
    case Tag::last_words:
    case Tag::extra_args:
      read_text_item(record, tag, value);
      break;
    case Tag::priority:
    case Tag::autorestart:
    case Tag::startsecs:
    case Tag::startretries:
    case Tag::exitcodes:
    case Tag::stopsignal:
    case Tag::stopwaitsecs:
    case Tag::stopasgroup:
    case Tag::killasgroup:
      read_lifecycle_item(record.lifecycle, tag, value);
      break;
    case Tag::daemon_state:
    case Tag::process:
    case Tag::disabled_program:
      break;
  }
}

}  // namespace

std::string encode(const ProcessRecord& record) {
  constexpr std::size_t kShort = 256;
  if (std::string whole = encode_fields(record, true, true, kFieldMax); whole.size() <= limits::process_blob_bytes) {
    return whole;
  }
  for (const bool with_paths : {true, false}) {
    for (const std::size_t spawnerr_bytes : {kFieldMax, kShort, std::size_t{0}}) {
      std::string blob = encode_fields(record, false, with_paths, spawnerr_bytes);
      if (blob.size() <= limits::process_blob_bytes) {
        return blob;
      }
    }
  }
  return {};  // names of kilobytes: such a process cannot be re-adopted
}

Result<ProcessRecord> decode_process_record(std::string_view blob) {
  if (!blob.starts_with(kProcessMagic)) {
    return Error{"not a process record of this product"};
  }
  ProcessRecord record;
  bool has_group = false;  // which may be called "": Supervisor takes [program:]
  bool has_name = false;
  std::string_view rest = blob.substr(kProcessMagic.size());
  while (!rest.empty()) {
    const auto field = next_field(rest);
    if (!field) {
      return Error{"process record is cut off"};
    }
    has_group = has_group || Tag{field->tag} == Tag::group;
    has_name = has_name || Tag{field->tag} == Tag::name;
    read_field(record, *field);
  }
  if (!has_group || !has_name) {
    return Error{"process record without group and name"};
  }
  return record;
}

std::string encode(const AgentRecord& record) {
  RecordWriter writer(kAgentMagic);
  writer.number(Tag::daemon_state, code_of(record.daemon_state));
  for (const std::string& program : record.disabled) {
    if (writer.bytes().size() + kHeaderBytes + program.size() <= limits::agent_blob_bytes) {
      writer.text(Tag::disabled_program, program);
    }
  }
  for (const ProcessRecord& process : record.processes) {
    const std::string blob = encode(process);
    if (writer.bytes().size() + kHeaderBytes + blob.size() > limits::agent_blob_bytes) {
      break;
    }
    if (!blob.empty()) {
      writer.text(Tag::process, blob);
    }
  }
  return writer.bytes();
}

Result<AgentRecord> decode_agent_record(std::string_view blob) {
  if (!blob.starts_with(kAgentMagic)) {
    return Error{"not an agent record of this product"};
  }
  AgentRecord record;
  std::string_view rest = blob.substr(kAgentMagic.size());
  while (!rest.empty()) {
    const auto field = next_field(rest);
    if (!field) {
      return Error{"agent record is cut off"};
    }
    if (Tag{field->tag} == Tag::daemon_state) {
      if (const auto state = small_number_in(field->value, -1, 1)) {
        record.daemon_state = static_cast<DaemonState>(*state);
      }
    } else if (Tag{field->tag} == Tag::disabled_program) {
      record.disabled.emplace(field->value);
    } else if (Tag{field->tag} == Tag::process) {
      if (auto process = decode_process_record(field->value)) {
        record.processes.push_back(std::move(process).value());
      }
    }
  }
  return record;
}

}  // namespace holdfast::supervision
