"""A column is added to a track in one place, and arrives wherever tracks go."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import beadline
from beadline.tracks import COLUMN_NAMES, COLUMN_UNITS

TESTS = Path(__file__).parent
PACKAGE = Path(beadline.__file__).parent
END_OF_THE_COLUMNS = """is perfect; NaN without a table"),
)"""
FURTHER = """is perfect; NaN without a table"),
    Column("wobble_nm", "nm", "a number that nobody has measured before"),
)"""


@pytest.mark.slow
def test_a_column_added_to_the_schema_arrives_in_file_documents_catalogue_and_view(tmp_path):
    copied = shutil.copytree(PACKAGE, tmp_path / "src" / "beadline")  # with the compiled loops, which stay valid
    schema = copied / "tracks.py"
    text = schema.read_text(encoding="utf-8")
    assert text.count(END_OF_THE_COLUMNS) == 1
    schema.write_text(text.replace(END_OF_THE_COLUMNS, FURTHER), encoding="utf-8")

    done = subprocess.run(
        [sys.executable, TESTS / "record_with_a_further_column.py", tmp_path],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "src"), str(TESTS)])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))

    columns, values = [*COLUMN_NAMES, "wobble_nm"], [0.5, 1.5]
    assert seen["package"] == str(copied)
    assert seen["file"] == {"columns": columns, "values": values}
    assert seen["documents"] == {"shape": [2, len(columns)], "columns": columns, "units": [*COLUMN_UNITS, "nm"]}
    assert seen["catalogue"] == {"unit": "nm", "values": values}
    assert seen["tiled"] == values
    assert seen["view"] == values
