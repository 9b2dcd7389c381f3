// operation_code.hpp: how an operation of the cluster ended, as nodes tell each other: done, a fault of the one table
// (base/fault.hpp), or an obstacle that only clusters have and that no client knows as a fault. One table gives each
// its number in frames and the fault that a client is answered. Plain values, never a text; used by everything that
// answers an operation, put into frames by operation_codec.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/fault.hpp"

namespace holdfast::cluster {

/// What keeps a cluster from doing an operation, or from knowing what became of it.
enum class Obstacle : std::uint8_t {
  no_master,          // nobody can plan now
  stale_term,         // ordered under a term that is over
  wrong_incarnation,  // meant for an earlier incarnation of the target
  outcome_unknown,    // no answer by the deadline: it may or may not have happened
};

constexpr std::string_view name_of(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::no_master:
      return "NO_MASTER";
    case Obstacle::stale_term:
      return "STALE_TERM";
    case Obstacle::wrong_incarnation:
      return "WRONG_INCARNATION";
    case Obstacle::outcome_unknown:
      return "UNKNOWN";
  }
  return {};
}

struct OperationCodeRow {
  std::optional<Fault> fault;        // as a client is answered; nullopt: done
  std::optional<Obstacle> obstacle;  // nullopt: the fault itself
};

/// The place of a row is its number in frames: new ones are added at the end.
inline constexpr std::array<OperationCodeRow, 17> kOperationCodes{{
    {std::nullopt, std::nullopt},
    {Fault::bad_supvisors_state, std::nullopt},
    {Fault::not_managed, std::nullopt},
    {Fault::bad_name, std::nullopt},
    {Fault::already_started, std::nullopt},
    {Fault::not_running, std::nullopt},
    {Fault::abnormal_termination, std::nullopt},
    {Fault::still_running, std::nullopt},
    {Fault::spawn_error, std::nullopt},
    {Fault::failed, std::nullopt},
    {Fault::bad_supvisors_state, Obstacle::no_master},
    {Fault::failed, Obstacle::stale_term},
    {Fault::failed, Obstacle::wrong_incarnation},
    {Fault::failed, Obstacle::outcome_unknown},
    {Fault::disabled, std::nullopt},
    {Fault::not_applicable, std::nullopt},
    {Fault::incorrect_parameters, std::nullopt},
}};

class OperationCode {
 public:
  /// Done.
  constexpr OperationCode() = default;
  // The conversions are implicit on purpose: answers read as `{Fault::bad_name, target}`.
  /// A fault that has no number in frames is FAILED.
  constexpr OperationCode(Fault fault) {  // NOLINT(google-explicit-constructor)
    if (!find(fault, std::nullopt)) {
      find(Fault::failed, std::nullopt);
    }
  }
  constexpr OperationCode(Obstacle obstacle) {  // NOLINT(google-explicit-constructor)
    for (const OperationCodeRow& row : kOperationCodes) {
      if (row.obstacle == obstacle) {
        find(row.fault, obstacle);
      }
    }
  }

  /// nullopt: no such number.
  static constexpr std::optional<OperationCode> from_number(std::uint64_t number) {
    if (std::cmp_greater_equal(number, kOperationCodes.size())) {
      return std::nullopt;
    }
    OperationCode code;
    code.number_ = static_cast<std::uint8_t>(number);
    return code;
  }
  [[nodiscard]] constexpr std::uint8_t number() const { return number_; }

  [[nodiscard]] constexpr bool done() const { return number_ == 0; }
  /// What a client is answered; nullopt: done.
  [[nodiscard]] constexpr std::optional<Fault> fault() const { return kOperationCodes[number_].fault; }

  friend constexpr bool operator==(const OperationCode&, const OperationCode&) = default;

  friend constexpr std::string_view name_of(OperationCode code) {
    const OperationCodeRow& row = kOperationCodes[code.number_];
    return row.obstacle ? name_of(*row.obstacle) : name_of(row.fault.value_or(Fault::success));
  }

 private:
  /// Takes the number of the row, if there is one.
  constexpr bool find(std::optional<Fault> fault, std::optional<Obstacle> obstacle) {
    for (std::size_t i = 0; i < kOperationCodes.size(); ++i) {
      if (kOperationCodes[i].fault == fault && kOperationCodes[i].obstacle == obstacle) {
        number_ = static_cast<std::uint8_t>(i);
        return true;
      }
    }
    return false;
  }

  std::uint8_t number_ = 0;
};

}  // namespace holdfast::cluster
