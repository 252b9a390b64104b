"""Holds message.py and the JSON Schemas to schema/golden, the documents that every
language has to accept or refuse: python3 -m unittest contract_test."""

import json
import re
import unittest
from datetime import datetime
from pathlib import Path

from message import message, subject

try:
    import jsonschema
except ModuleNotFoundError:
    jsonschema = None

SCHEMA = Path(__file__).resolve().parents[3] / "schema"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
counts: dict = {}


def read(path: str):
    return json.loads((SCHEMA / path).read_text(encoding="utf-8"))


def validator(kind: str):
    check = jsonschema.FormatChecker(formats=())

    @check.checks("date-time", raises=ValueError)
    def _(text):
        if not isinstance(text, str):
            return True
        day = re.sub("^0000", "0004", text.upper())  # RFC 3339 has a year 0, datetime has none
        return RFC3339.fullmatch(text) and datetime.fromisoformat(day.replace("Z", "+00:00"))

    # In JSON Schema $ is the end, in Python it also stands before a last line feed.
    text = (SCHEMA / f"{kind}.schema.json").read_text(encoding="utf-8").replace('$"', '\\\\Z"')
    return jsonschema.Draft202012Validator(json.loads(text), format_checker=check)


def field(error) -> str:
    """The field that an error is about; document for the document as a whole."""
    if error.absolute_path:
        return error.absolute_path[0]
    missing = re.match(r"'(\w+)' is a required property", error.message)
    return missing[1] if missing else "document"


def leaves(error):
    """The errors that made this one, of the schemas of a oneOf."""
    return [leaf for inner in error.context for leaf in leaves(inner)] if error.context else [error]


def faults(check, wrong: dict) -> set:
    try:
        document = wrong["document"] if "document" in wrong else json.loads(wrong["raw"])
    except ValueError:
        return {"document"}
    return {field(leaf) for e in check.iter_errors(document) for leaf in leaves(e)}


class Contract(unittest.TestCase):
    @unittest.skipIf(jsonschema is None, "the package jsonschema is missing")
    def test_documents(self):
        for kind in ("job", "result", "dead", "batchfinished"):
            check, n = validator(kind), {"valid": 0, "invalid": 0}
            for file in (SCHEMA / "golden" / kind / "valid").iterdir():
                self.assertEqual(faults(check, {"raw": file.read_text(encoding="utf-8")}), set(), file)
                n["valid"] += 1
            for file in (SCHEMA / "golden" / kind / "invalid").iterdir():
                wrong = json.loads(file.read_text(encoding="utf-8"))
                found = faults(check, wrong)
                if wrong.get("schemaAccepts"):
                    self.assertEqual(found, set(), file)
                else:
                    self.assertIn(wrong["field"], found, f"{file}: {wrong['why']}")
                n["invalid"] += 1
            counts[kind] = n

    def test_subjects(self):
        subjects = read("golden/subjects.json")["subjects"]
        for v in subjects:
            args = (v["of"], v["lane"], v["appId"], v.get("batchId"))
            if "refused" in v:
                with self.assertRaisesRegex(ValueError, f"^{v['refused']}: ", msg=v):
                    subject(*args)
            else:
                self.assertEqual(subject(*args), v["subject"])
        counts["subjects"] = len(subjects)

    def test_messages(self):
        messages = read("golden/messages.json")["messages"]
        for v in messages:
            where, headers, payload = message(v["lane"], v["job"], v.get("batchId"), v.get("traceparent"))
            got = {"subject": where, "headers": headers, "payload": json.loads(payload)}
            self.assertEqual(got, v["message"], v["why"])
        counts["messages"] = len(messages)


def tearDownModule():
    print("contract " + json.dumps(counts))


if __name__ == "__main__":
    unittest.main()
