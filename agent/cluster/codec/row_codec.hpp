// row_codec.hpp: one row of a replicated table as an item of a payload: a process's facts, a forced state, or the list
// of the fenced nodes. Used by message_encode.cpp and message_decode.cpp, which bound how many there are.
#pragma once

#include "cluster/codec/fence_fact.hpp"
#include "cluster/codec/forced_fact.hpp"
#include "cluster/codec/process_fact.hpp"
#include "cluster/codec/tlv.hpp"

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
