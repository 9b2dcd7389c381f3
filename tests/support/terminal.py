"""A program at a pseudo-terminal, and what a person sees there: the screen's lines after cursor movements, erasures and
colours were obeyed or left out. Standard library only."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import holdfast_testing

PATIENCE_S = holdfast_testing.PATIENCE_S
_PIECE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b[=>()][0-9A-Z]?|([\r\n\b\a\t])|([^\x1b\r\n\b\a\t]+)|\x1b")


class _Screen:
    """Lines that grow at the end; only the last one is written to."""

    def __init__(self):
        self.lines = [""]
        self.column = 0

    def write(self, text):
        for found in _PIECE.finditer(text):
            count, letter, control, words = found.groups()
            if words:
                line = self.lines[-1].ljust(self.column)
                self.lines[-1] = line[:self.column] + words + line[self.column + len(words):]
                self.column += len(words)
            elif control == "\n":
                self.lines.append("")
                self.column = 0
            elif control == "\r":
                self.column = 0
            elif control == "\b" or letter == "D":
                self.column = max(0, self.column - int(count or 1) if letter else self.column - 1)
            elif control == "\t":
                self.column = self.column // 8 * 8 + 8
            elif letter == "G":
                self.column = int(count or 1) - 1
            elif letter == "C":
                self.column += int(count or 1)
            elif letter == "K":
                self.lines[-1] = self.lines[-1][:self.column]
            elif letter == "P":
                self.lines[-1] = self.lines[-1][:self.column] + self.lines[-1][self.column + int(count or 1):]
            elif letter == "@":
                self.lines[-1] = self.lines[-1][:self.column] + " " * int(count or 1) + self.lines[-1][self.column:]


INTERRUPT = "\x03"
END = "\x04"  # of input, at the beginning of a line


class Terminal:
    """A program started at a terminal of its own, 200 columns wide."""

    def __init__(self, words, folder, environment):
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a runner in the background may ignore it
            os.chdir(folder)
            os.execve(words[0], [str(word) for word in words], {**environment, "TERM": "xterm"})
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self._words = words
        self._bytes = b""
        self._prompts = 0
        self.returncode = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)

    @property
    def program(self):
        return os.path.basename(self._words[0])

    @property
    def text(self):
        screen = _Screen()
        screen.write(self._bytes.decode(errors="replace"))
        return "\n".join(line.rstrip() for line in screen.lines)

    def type(self, keys):
        if INTERRUPT in keys:  # Python's readline forgets one that comes between its last key and its waiting for the next
            holdfast_testing.at_rest(self.pid)
        os.write(self._fd, keys.encode())

    def wait_for_line_editing(self):
        """Until the program takes each key as it comes. Before that the terminal echoes keys by itself, and an end of
        input meets nobody who reads."""
        deadline = time.monotonic() + PATIENCE_S
        while termios.tcgetattr(self._fd)[3] & termios.ICANON:
            if time.monotonic() > deadline:
                raise AssertionError(f"no line is edited; the screen of {self._words}:\n{self.text}")
            time.sleep(0.002)

    def _read(self, deadline):
        if not select.select([self._fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return False
        try:
            part = os.read(self._fd, 65536)
        except OSError:  # its end
            part = b""
        self._bytes += part
        return bool(part)

    def wait_for(self, text, times=1):
        """Until `text` stands on the screen so many times."""
        self._wait_until(lambda: self.text.count(text) >= times, text)

    def wait_for_line(self, line, times=1):
        """Until so many lines are that, each with its end: what is written next stands below."""
        self._wait_until(lambda: self.text.split("\n")[:-1].count(line) >= times, line)

    def _wait_until(self, condition, text):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if not self._read(deadline):
                raise AssertionError(f"waited in vain for {text!r}; the screen of {self._words}:\n{self.text}")

    def wait_prompt(self, prompt):
        """Until the screen ends in one more `prompt` than there were at the last call."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            lines = self.text.split("\n")
            prompts = sum(line.startswith(prompt.rstrip()) for line in lines)
            if lines[-1] == prompt.rstrip() and prompts > self._prompts:
                self._prompts = prompts
                return
            if not self._read(deadline):
                raise AssertionError(f"waited in vain for the prompt {prompt!r}; the screen of {self._words}:\n{self.text}")

    def wait(self):
        """All it says until its end; its exit status."""
        deadline = time.monotonic() + PATIENCE_S
        while self._read(deadline):
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"it does not end; the screen of {self._words}:\n{self.text}")
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode
