// row_codec.hpp: one row of a replicated table as an item of a payload: a process's facts, a forced state, or the list
// of the fenced nodes. Used by message_encode.cpp and message_decode.cpp, which bound how many there are.
#pragma once

#include "cluster/codec/tlv.hpp"
#include "cluster/fencing/fence_fact.hpp"
#include "cluster/mastery/forced_fact.hpp"
#include "cluster/process_fact.hpp"

namespace holdfast::cluster {

TlvWriter write_fact(const ProcessFact& fact);
TlvWriter write_forced(const ForcedFact& forced);
TlvWriter write_fences(const FenceList& list);

/// The item that `outer` is at; what is no row makes `outer` malformed.
ProcessFact read_fact(TlvReader& outer);
ForcedFact read_forced(TlvReader& outer);
/// Of at most limits::cluster_roster_max nodes.
FenceList read_fences(TlvReader& outer);

}  // namespace holdfast::cluster
