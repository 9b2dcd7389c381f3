// fingerprint.hpp: a number for what a program was started with, which outlives the agent: the next one compares it
// with the number of the settings it has read, and knows whether a restart is due. Pure; called by supervision.
//
// A newer agent compares with what an older one left, so the number of given settings must stay what it was: no field
// that counts may change its place, and how a type is taken in must not change. A new field that counts makes every
// program look changed once, unless it is left out while it has its default.
#pragma once

#include <cstdint>

#include "config/settings.hpp"

namespace holdfast::config {

/// Differs when two settings differ in anything that a child is made from or judged by (FieldUse::child). Stable across
/// machines and versions as long as the settings have the same fields. Never 0, which means "never spawned".
std::uint64_t fingerprint_of(const ProcessSettings& settings);

}  // namespace holdfast::config
