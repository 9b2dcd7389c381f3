#include "cluster/codec/row_codec.hpp"

#include "base/limits.hpp"
#include "cluster/codec/message_tags.hpp"
#include "cluster/codec/tlv_values.hpp"

namespace holdfast::cluster {
namespace {

std::uint64_t flag_if(bool is_set, std::uint64_t flag) {
  return is_set ? flag : 0;
}
std::uint64_t bits_of(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

ProcessState read_state(TlvReader& in) {
  const auto state = state_of(read_int32(in));
  if (!state) {
    in.set_malformed();
  }
  return state.value_or(ProcessState::unknown);
}

void read_flags(std::uint64_t flags, ProcessFact& fact) {
  fact.expected_exit = (flags & row::unexpected_exit) == 0;
  fact.disabled = (flags & row::disabled) != 0;
  fact.has_stdout = (flags & row::has_stdout) != 0;
  fact.has_stderr = (flags & row::has_stderr) != 0;
  fact.awaits_restart = (flags & row::awaits_restart) != 0;
}

FenceFact read_fence(TlvReader& outer) {
  FenceFact fence;
  TlvReader in(outer.value());
  while (in.next()) {
    switch (in.tag()) {
      case fence_row::identifier:
        fence.identifier = read_text(in);
        break;
      case fence_row::by:
        fence.by = read_text(in);
        break;
      case fence_row::at_us:
        fence.at_us = static_cast<std::int64_t>(in.number());
        break;
      case fence_row::reason:
        fence.reason = read_text(in);
        break;
      default:
        break;
    }
  }
  if (in.malformed() || fence.identifier.empty()) {
    outer.set_malformed();
  }
  return fence;
}

TlvWriter write_fence(const FenceFact& fence) {
  TlvWriter out;
  out.text(fence_row::identifier, fence.identifier);
  out.text_unless_empty(fence_row::by, fence.by);
  out.number_unless_zero(fence_row::at_us, bits_of(fence.at_us));
  out.text_unless_empty(fence_row::reason, fence.reason);
  return out;
}

/// One item of a row; the outer reader learns if the row is malformed.
void read_fact_item(TlvReader& in, ProcessFact& fact) {
  switch (in.tag()) {
    case row::group:
      fact.id.group = read_text(in);
      return;
    case row::name:
      fact.id.name = read_text(in);
      return;
    case row::program:
      fact.program_name = read_text(in);
      return;
    case row::index:
      fact.process_index = read_int32(in);
      return;
    case row::state:
      fact.state = read_state(in);
      return;
    case row::flags:
      read_flags(in.number(), fact);
      return;
    case row::pid:
      fact.pid = read_int32(in);
      return;
    case row::exit_status:
      fact.exit_status = read_int32(in);
      return;
    case row::startsecs:
      fact.startsecs = read_int32(in);
      return;
    case row::stopwaitsecs:
      fact.stopwaitsecs = read_int32(in);
      return;
    case row::start_us:
      fact.start_us = static_cast<std::int64_t>(in.number());
      return;
    case row::stop_us:
      fact.stop_us = static_cast<std::int64_t>(in.number());
      return;
    case row::since:
      fact.since_mono_ms = in.number();
      return;
    case row::event_us:
      fact.event_us = static_cast<std::int64_t>(in.number());
      return;
    case row::event_mono:
      fact.event_mono_ms = in.number();
      return;
    case row::spawn_error:
      fact.spawn_error = read_text(in);
      return;
    case row::ending:
      fact.ending = read_text(in);
      return;
    case row::last_words:
      fact.last_words = read_text(in);
      return;
    case row::start_args:
      fact.extra_args = read_text(in);
      return;
    default:
      return;
  }
}

}  // namespace

TlvWriter write_fact(const ProcessFact& fact) {
  TlvWriter out;
  out.text(row::group, std::string_view(fact.id.group).substr(0, limits::cluster_text_bytes));
  out.text(row::name, std::string_view(fact.id.name).substr(0, limits::cluster_text_bytes));
  out.text_unless_empty(row::program, fact.program_name);
  out.number_unless_zero(row::index, bits_of(fact.process_index));
  out.number_unless_zero(row::state, bits_of(code_of(fact.state)));
  out.number_unless_zero(row::flags,
                         flag_if(!fact.expected_exit, row::unexpected_exit) | flag_if(fact.disabled, row::disabled) |
                             flag_if(fact.has_stdout, row::has_stdout) | flag_if(fact.has_stderr, row::has_stderr) |
                             flag_if(fact.awaits_restart, row::awaits_restart));
  out.number_unless_zero(row::pid, bits_of(fact.pid));
  out.number_unless_zero(row::exit_status, bits_of(fact.exit_status));
  out.number(row::startsecs, bits_of(fact.startsecs));
  out.number(row::stopwaitsecs, bits_of(fact.stopwaitsecs));
  out.number_unless_zero(row::start_us, bits_of(fact.start_us));
  out.number_unless_zero(row::stop_us, bits_of(fact.stop_us));
  out.number_unless_zero(row::since, fact.since_mono_ms);
  out.text_unless_empty(row::spawn_error, fact.spawn_error);
  out.text_unless_empty(row::ending, fact.ending);
  out.text_unless_empty(row::last_words, fact.last_words);
  out.text_unless_empty(row::start_args, fact.extra_args);
  out.number_unless_zero(row::event_us, bits_of(fact.event_us));
  out.number_unless_zero(row::event_mono, fact.event_mono_ms);
  return out;
}

TlvWriter write_forced(const ForcedFact& forced) {
  TlvWriter out;
  out.text(forced_row::namespec, forced.namespec);
  out.number(forced_row::state, bits_of(code_of(forced.state)));
  out.text_unless_empty(forced_row::reason, forced.reason);
  out.number_unless_zero(forced_row::at_us, bits_of(forced.at_us));
  return out;
}

TlvWriter write_fences(const FenceList& list) {
  TlvWriter out;
  out.number_unless_zero(fence_list::epoch, list.term.epoch);
  out.number_unless_zero(fence_list::master, list.term.master);
  out.number_unless_zero(fence_list::revision, list.revision);
  for (const FenceFact& fence : list.fences) {
    out.nested(fence_list::fence, write_fence(fence));
  }
  return out;
}

ProcessFact read_fact(TlvReader& outer) {
  ProcessFact fact;
  bool has_group = false;  // which may be called ""
  bool has_name = false;
  TlvReader in(outer.value());
  while (in.next()) {
    has_group = has_group || in.tag() == row::group;
    has_name = has_name || in.tag() == row::name;
    read_fact_item(in, fact);
  }
  if (in.malformed() || !has_group || !has_name) {
    outer.set_malformed();
  }
  return fact;
}

ForcedFact read_forced(TlvReader& outer) {
  ForcedFact forced;
  TlvReader in(outer.value());
  while (in.next()) {
    switch (in.tag()) {
      case forced_row::namespec:
        forced.namespec = read_text(in);
        break;
      case forced_row::state:
        forced.state = read_state(in);
        break;
      case forced_row::reason:
        forced.reason = read_text(in);
        break;
      case forced_row::at_us:
        forced.at_us = static_cast<std::int64_t>(in.number());
        break;
      default:
        break;
    }
  }
  if (in.malformed() || forced.namespec.empty()) {
    outer.set_malformed();
  }
  return forced;
}

FenceList read_fences(TlvReader& outer) {
  FenceList list;
  TlvReader in(outer.value());
  while (in.next()) {
    switch (in.tag()) {
      case fence_list::epoch:
        list.term.epoch = in.number();
        break;
      case fence_list::master:
        list.term.master = in.number();
        break;
      case fence_list::revision:
        list.revision = in.number();
        break;
      case fence_list::fence:
        list.fences.push_back(read_fence(in));
        break;
      default:
        break;
    }
  }
  if (in.malformed() || list.fences.size() > limits::cluster_roster_max) {
    outer.set_malformed();
  }
  return list;
}

}  // namespace holdfast::cluster
