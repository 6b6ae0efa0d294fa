"""Tests of a session; a package, so that the session they share is closed after the last of them."""
