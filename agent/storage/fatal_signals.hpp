// fatal_signals.hpp: one last call before this process dies of a signal that says it is broken (SIGABRT, SEGV, BUS,
// FPE, ILL). The process still dies by that signal, with its core. One call per process; whoever sets it clears it.
// Used by MainLog; set and clear from any thread, one at a time.
#pragma once

namespace holdfast::storage {

/// Async-signal-safe; called at most once. `context` is what was set with it.
using LastCall = void (*)(void* context);

void set_last_call(LastCall call, void* context);
/// Whether a call is set, with this context.
bool last_call_is(const void* context);
void clear_last_call();

}  // namespace holdfast::storage
