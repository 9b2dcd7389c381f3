#include "cluster/codec/operation_codec.hpp"

#include <limits>

#include "cluster/codec/message_tags.hpp"
#include "cluster/codec/tlv_values.hpp"

namespace holdfast::cluster {
namespace {

OperationCode read_code(TlvReader& in) {
  const auto code = OperationCode::from_number(in.number());
  if (!code) {
    in.set_malformed();
  }
  return code.value_or(OperationCode());
}

template <typename Answer>
void write_answer(TlvWriter& out, const Answer& m) {
  out.text_unless_empty(order::operation, m.operation);
  out.number(order::phase, static_cast<std::uint64_t>(m.phase));
  out.number_unless_zero(order::code, m.code.number());
  out.text_unless_empty(order::text, m.text);
}

template <typename Answer>
void read_answer_item(TlvReader& in, Answer& m) {
  switch (in.tag()) {
    case order::operation:
      m.operation = read_text(in);
      return;
    case order::phase:
      m.phase = read_enum(in, AnswerPhase::accepted, AnswerPhase::completed);
      return;
    case order::code:
      m.code = read_code(in);
      return;
    case order::text:
      m.text = read_text(in);
      return;
    default:
      return;
  }
}

}  // namespace

void write(TlvWriter& out, const Command& m) {
  out.text_unless_empty(order::operation, m.operation);
  out.text_unless_empty(order::cause, m.cause);
  out.number_unless_zero(order::epoch, m.term.epoch);
  out.number_unless_zero(order::master, m.term.master);
  out.number_unless_zero(order::origin, m.origin);
  out.number_unless_zero(order::target_incarnation, m.target_incarnation);
  out.text_unless_empty(order::user, m.user);
  out.number(order::action, static_cast<std::uint64_t>(m.action));
  out.text_unless_empty(order::target, m.namespec);
  out.text_unless_empty(order::argument, m.argument);
  out.text_unless_empty(order::reason, m.reason);
  out.number_unless_zero(order::remaining_ms, m.remaining_ms);
  out.number_unless_zero(order::cited_mono_ms, m.cited_mono_ms);
}

void write(TlvWriter& out, const OperatorForward& m) {
  out.text_unless_empty(order::operation, m.operation);
  out.number_unless_zero(order::epoch, m.term.epoch);
  out.number_unless_zero(order::master, m.term.master);
  out.number_unless_zero(order::origin, m.origin);
  out.text_unless_empty(order::user, m.user);
  out.number(order::action, static_cast<std::uint64_t>(m.action));
  out.text_unless_empty(order::target, m.target);
  out.text_unless_empty(order::argument, m.argument);
  out.number_unless_zero(order::remaining_ms, m.remaining_ms);
  if (m.strategy) {
    out.number(order::strategy, static_cast<std::uint64_t>(*m.strategy));
  }
  if (m.conciliation) {
    out.number(order::conciliation, static_cast<std::uint64_t>(*m.conciliation));
  }
}

void write(TlvWriter& out, const CommandAnswer& m) {
  write_answer(out, m);
}
void write(TlvWriter& out, const OperatorAnswer& m) {
  write_answer(out, m);
}

void read_item(TlvReader& in, Command& m) {
  switch (in.tag()) {
    case order::operation:
      m.operation = read_text(in);
      return;
    case order::cause:
      m.cause = read_text(in);
      return;
    case order::epoch:
      m.term.epoch = in.number();
      return;
    case order::master:
      m.term.master = in.number();
      return;
    case order::origin:
      m.origin = in.number();
      return;
    case order::target_incarnation:
      m.target_incarnation = in.number();
      return;
    case order::user:
      m.user = read_text(in);
      return;
    case order::action:
      m.action = read_enum(in, Action::start_process, Action::signal_process);
      return;
    case order::target:
      m.namespec = read_text(in);
      return;
    case order::argument:
      m.argument = read_text(in);
      return;
    case order::reason:
      m.reason = read_text(in);
      return;
    case order::remaining_ms:
      m.remaining_ms = static_cast<std::uint32_t>(in.number_up_to(std::numeric_limits<std::uint32_t>::max()));
      return;
    case order::cited_mono_ms:
      m.cited_mono_ms = in.number();
      return;
    default:
      return;
  }
}

void read_item(TlvReader& in, OperatorForward& m) {
  switch (in.tag()) {
    case order::operation:
      m.operation = read_text(in);
      return;
    case order::epoch:
      m.term.epoch = in.number();
      return;
    case order::master:
      m.term.master = in.number();
      return;
    case order::origin:
      m.origin = in.number();
      return;
    case order::user:
      m.user = read_text(in);
      return;
    case order::action:
      m.action = read_enum<Action>(in);
      return;
    case order::target:
      m.target = read_text(in);
      return;
    case order::argument:
      m.argument = read_text(in);
      return;
    case order::remaining_ms:
      m.remaining_ms = static_cast<std::uint32_t>(in.number_up_to(std::numeric_limits<std::uint32_t>::max()));
      return;
    case order::strategy:
      m.strategy = read_enum<StartingStrategy>(in);
      return;
    case order::conciliation:
      m.conciliation = read_enum<ConciliationStrategy>(in);
      return;
    default:
      return;
  }
}

void read_item(TlvReader& in, CommandAnswer& m) {
  read_answer_item(in, m);
}
void read_item(TlvReader& in, OperatorAnswer& m) {
  read_answer_item(in, m);
}

}  // namespace holdfast::cluster
