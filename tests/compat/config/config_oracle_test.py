"""Compares our configuration reader with the originals on generated input: the INI dialect with the parser that
Supervisor builds on Python's, expansion, environments and value types with Supervisor's functions, and (whole_files.py)
whole files, command lines and [supervisorctl] with Supervisor's own options objects. Differences that we want are listed where they are allowed for, each with its reason, and nowhere else.
Usage: config_oracle_test.py CONFIG_DUMP [unittest arguments]"""
import os
import pathlib
import random
import shlex
import tempfile
import unittest

import oracle
from oracle import SEED, ConfigParser, UnhosedConfigParser, ask, datatypes, expand, python_answer
from corpus import a_text
from whole_files import CommandLines, CtlSections, WholeFiles  # noqa: F401  (unittest finds them here)


def tearDownModule():
    assert oracle.close() == 0, "the dumping executable failed (its sanitizers may have found something)"


def python_document(texts):
    """What Supervisor's parser makes of the texts, in the order and with the here-replacement of its read_config."""
    parser = UnhosedConfigParser()
    with tempfile.TemporaryDirectory() as folder:
        for name, text, *here in texts:
            path = os.path.join(folder, "text")
            pathlib.Path(path).write_bytes(text.encode("utf-8"))
            try:
                with open(path, encoding="utf-8") as file:
                    parser._read(file, name)
            except ConfigParser.ParsingError as error:
                return {"error": str(error)}
            if here:
                parser.expand_here(here[0])
    return {"sections": [[name, list(map(list, parser._sections[name].items())), sorted(parser.options(name))]
                         for name in parser.sections()],
            "defaults": list(map(list, parser.defaults().items()))}


def our_document(texts):
    answer = ask(what="document", texts=texts)
    if "error" in answer:
        return {"error": answer["error"]}
    return {"sections": [[name, [pair[:2] for pair in keys], sorted(every)] for name, keys, every in answer["sections"]],
            "defaults": [pair[:2] for pair in answer["defaults"]]}


class Dialect(unittest.TestCase):
    maxDiff = None

    def compare(self, texts):
        self.assertEqual(our_document(texts), python_document(texts), f"texts: {texts!r}")

    def test_generated_texts(self):
        rng = random.Random(SEED)
        counts = {"valid": 0, "broken": 0}
        for number in range(600):
            texts = [["/etc/it's \"x\".conf" if number % 7 == 0 else f"file{number}", a_text(rng, number % 2 == 1)]]
            self.compare(texts)
            counts["broken" if "error" in our_document(texts) else "valid"] += 1
        self.assertGreater(counts["valid"], 150, counts)  # the generator must not have become one-sided
        self.assertGreater(counts["broken"], 150, counts)

    def test_merged_texts_with_here(self):
        rng = random.Random(SEED + 1)
        for number in range(200):
            self.compare([[f"file{part}", "[a]\n" + a_text(rng, False), f"/here/{part}"] for part in range(3)])

    def test_samples_of_the_contract(self):
        for text in ["[a]\nx = 1 ; c\nx = 2", "[a]\nenvironment=A=1,\n  B=2", "[a]\nx=1\n\n  2\n", "[a]\n  x=1\n  y=2", "x=1\n",
                     "[a]\nx=1,\n  2\n;c\n  3", "[a] ; c\nX: 1", "\ufeff[a]\nx=1", "[DEFAULT]\nu=1\n[a]\nx=2", "[a]\nx=1\n[a]\nx=2\ny=3",
                     "[a]\nx =\n  1\n  2", "[a]\nx\x00y=1\n", "", "\n", "[a]\nx=1\n    # c\n   2", "[a]\n=1\n  2\nb=1\nc\n", "[a]]b]c\nx=1"]:
            self.compare([["f", text]])

    def test_places(self):
        answer = ask(what="document", texts=[["m", "[a]\n\nx=1\n 2\ny=3\n"], ["n", "[a]\nx=4\n"]])
        self.assertEqual(answer["sections"][0][1], [["x", "4", 2], ["y", "3", 5]])


# ------------------------------------------------------------------------------------------------- expansion and types


class Expansion(unittest.TestCase):
    NAMES = {"a": "text", "b": 7, "n": -3, "here": "/x", "e": "é", "(x)": "nested", "": "nameless"}

    def check(self, form):
        expected = python_answer(expand, form, dict(self.NAMES), "section.key")
        ours = ask(what="expand", format=form, names=self.NAMES, label="section.key")
        got = {"value": ours["text"]} if "text" in ours else {"error": ours["error"]}
        self.assertEqual(got, expected, form)

    def test_forms(self):
        for form in ["plain", "%%", "%", "50%", "%(a)s", "%(b)d", "%(b)02d", "%(b)5d|", "%(b)-5d|", "%(b)+d", "%(b)x", "%(b)#x", "%(b)#o", "%(b)s",
                     "%(a)10s|", "%(a)-10s|", "%(a).2s", "%(a)r", "%(e)r", "%(e)a", "%(a)q", "%(a)", "%(a", "%(zz)s", "%(zz)q", "%(a)d", "%(a)x", "%(a)f",
                     "%(b)f", "%(b).2f", "%(b)e", "%(b)g", "%(n)d", "%(n)05d", "%(n)x", "%(a)c", "%(b)c", "%(e)c", "%(a)%", "%5%", "%(a)ls", "%(a)*d",
                     "%(b)*d", "%((x))s", "%()s", "x%(a)sy%(b)dz%%", "é%(a)q", "%(b).4d", "%(b)08.3d", "%(b) d", "%(a)é", "%(a)\n", "%(here)s/%(a)s", "%(a)05s",
                     "it's %(zz)s", "%(x'y)s", "%(b)i", "%(b)u", "%(b)X", "%(b)G", "%(a)hs", "%(b)+.3e", "%(n)+d", "%(b)-05d|", "%(b)#X", "%(n)#06x"]:
            with self.subTest(form=form):
                self.check(form)

    def test_generated_forms(self):
        rng = random.Random(SEED + 2)
        pieces = ["%(a)s", "%(b)d", "%(b)", "%%", "%(", ")", "s", "0", "5", ".", "-", "+", "#", " ", "%(n)", "x", "%(e)", "(", "q", "é", "%(zz)s", "d"]
        for _ in range(3000):
            form = "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 7)))
            if self.has_bare_conversion(form):
                continue  # a conversion without a name prints all names there; we refuse it
            self.check(form)

    @staticmethod
    def has_bare_conversion(form):
        class Watch(dict):
            bare = False

            def __str__(self):
                Watch.bare = True
                return ""
            __repr__ = __str__
        try:
            form % Watch(Expansion.NAMES)
        except Exception as error:  # noqa: BLE001
            return Watch.bare or "Watch" in str(error) or "%c requires" in str(error) or "not enough" in str(error) \
                or "unsupported" in str(error) and ask(what="expand", format=form, names=Expansion.NAMES, label="l")[
                    "error"].endswith("a conversion needs a name in parentheses") or "* wants" in str(error)
        return Watch.bare


def posix_pairs(text):
    """dict_of_key_value_pairs as of Supervisor 4.4: with POSIX quoting."""
    lexer = shlex.shlex(str(text), posix=True)
    lexer.wordchars += "/.+-():"
    tokens = list(lexer)
    pairs = {}
    for at in range(0, len(tokens), 4):
        triple = tokens[at:at + 3]
        if len(triple) != 3 or triple[1] != "=":
            raise ValueError("Unexpected end of key/value pairs in value '%s'" % text)
        pairs[triple[0]] = triple[2]
    return pairs


class EnvironmentText(unittest.TestCase):
    def check(self, text):
        expected = python_answer(posix_pairs, text)
        ours = ask(what="environment", text=text)
        self.assertEqual({"value": ours["pairs"]} if "pairs" in ours else {"error": ours["error"]}, expected, text)

    def test_samples(self):
        for text in ["", "A=1", "A=1,", "A=1,B=2", "A=1\nB=2", "A=x#y,B=2", 'A="x y",B=\'q"r\'', 'A=""', "A=", "A", "A==", "A='", 'A="\\"', "A=\\",
                     'A="a\\"b"', 'A="a\\nb"', "A='a\\nb'", 'A="x"y\'z\'', "A=é", "A=日", "A=1;B=2", "A=1,A=2", "K=/a:b.c-d+(e)", 'X="a,b;c%d",Y=z/1:2',
                     "A=1 , B=2", "A = 1", "#c\nA=1", "A=1#c\n,B=2", "A='it'\"'\"'s'", "A=a b", "A=@x", 'A="@x"', "A='',B=\"\"", ",A=1", "A=1,,B=2"]:
            with self.subTest(text=text):
                self.check(text)

    def test_generated(self):
        rng = random.Random(SEED + 3)
        for _ in range(3000):
            self.check("".join(rng.choice(["A", "B", "=", ",", "1", "x y", '"', "'", "\\", "#", "\n", " ", "é", "/", ";", "%", "日", "="])
                               for _ in range(rng.randrange(1, 12))))

    def test_where_4_2_5_agrees(self):
        for text in ["A=1,B=2", 'A="x y",B=\'q"r\'', "K=/a:b.c-d+(e)", "A=x#y,B=2", "A=1,", "A", "A=1\nB=2"]:
            self.assertEqual(python_answer(posix_pairs, text), python_answer(datatypes.dict_of_key_value_pairs, text))


class ValueTypes(unittest.TestCase):
    TEXTS = ["yes", "TRUE", "On", "1", "0", "no", "off", "False", "maybe", "", " 1", "it's", "2", "-1", "+5", " 7 ", "1_000", "1__0", "_1", "12a", "0x10",
             "1KB", "1 kb", "5MB", "1GB", "1K", "1XB", "KB", "1.5MB", "022", "0o22", "8", "0700", "0o_7", "TERM", "SIGTERM", "term", "sigusr1", " hup ", "FOO",
             "15", "65", "SIG", "32", "34", "64", "0,2", "0,256", "0, 2", "0,,2", "-1,2", "warn", "WARN", "Blather", "error", "warning", "unexpected",
             "Unexpected", "é", "a b", "a:b", "a/b", " ab ", "root", "nobody", "65534", "99999", "no such", "root:root", "root:nogroup", "root:nope", "0:0",
             "root:99999", ":", "9001", "*:9001", ":9001", "localhost:9001", "HOST:9001", "host:", "70000", "host:70000", "host:x", "x", "/tmp", "/nowhere",
             "~", "~/x", "/nowhere/x", "/tmp/x", "x.log", "~nobody/x", "~nouser/x", "/tmp/", "/tmp/../tmp/./x", "a/../../b", "//x", "///x", "", "\n", "\\"]

    def check(self, kind, function, convert=lambda value: value, skip=()):
        for text in self.TEXTS:
            if text in skip:
                continue
            expected = python_answer(function, text)
            if "value" in expected:
                expected["value"] = convert(expected["value"])
            ours = ask(what="value", type=kind, text=text)
            ours.pop("place", None)
            self.assertEqual(ours, expected, f"{kind} of {text!r}")

    def test_types(self):
        self.check("boolean", datatypes.boolean)
        self.check("integer", datatypes.integer)
        self.check("byte_size", datatypes.byte_size, lambda size: max(size, 0))  # a negative size means no rotation: 0
        # a negative mask is refused: no system call takes one
        self.check("octal_type", datatypes.octal_type, skip=("-1",))
        self.check("signal_number", datatypes.signal_number, int)
        self.check("list_of_exitcodes", datatypes.list_of_exitcodes, lambda codes: sorted(set(codes)))
        self.check("logging_level", datatypes.logging_level)
        self.check("auto_restart", datatypes.auto_restart, lambda value: {
            False: 0, datatypes.RestartWhenExitUnexpected: 1, datatypes.RestartUnconditionally: 2}[value])
        self.check("existing_directory", datatypes.existing_directory)
        self.check("existing_dirpath", datatypes.existing_dirpath)
        self.check("process_or_group_name", datatypes.process_or_group_name)
        self.check("name_to_uid", datatypes.name_to_uid, skip=("-1",))  # Python looks -1 up as 4294967295
        self.check("colon_separated_user_group", datatypes.colon_separated_user_group,
                   lambda pair: [value % 2 ** 32 for value in pair])
        self.check("inet_address", datatypes.inet_address, list)

    def test_normal_paths(self):
        from supervisor.options import normalize_path
        self.check("normalize_path", normalize_path)


# ----------------------------------------------------------------------------------------------------------- whole files


if __name__ == "__main__":
    unittest.main()
