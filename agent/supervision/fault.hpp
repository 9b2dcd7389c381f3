// fault.hpp: the faults (base/fault.hpp) by the names under which the state machines and their callers use them.
// Vocabulary only.
#pragma once

#include "base/fault.hpp"

namespace holdfast::supervision {

using holdfast::code_of;
using holdfast::Fault;
using holdfast::FaultText;
using holdfast::name_of;
using holdfast::text_of;

}  // namespace holdfast::supervision
