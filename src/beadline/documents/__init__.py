"""Documents as data: lossless lines, journals with torn tails, the folders of runs, the start metadata; no Bluesky."""

from .encoding import decode_line, encode_document
from .folder_layout import run_folder, run_folders, scan_id_of
from .journal_files import JOURNAL_NAME, Document, JournalTail, ReadJournal, complete_lines, kind_of, read_documents
from .start_metadata import BeadType, Buffer, Sample, StartMetadata, check_start_metadata

__all__ = [
    "JOURNAL_NAME",
    "BeadType",
    "Buffer",
    "Document",
    "JournalTail",
    "ReadJournal",
    "Sample",
    "StartMetadata",
    "check_start_metadata",
    "complete_lines",
    "decode_line",
    "encode_document",
    "kind_of",
    "read_documents",
    "run_folder",
    "run_folders",
    "scan_id_of",
]
